"""Where the heavy statements of a refresh run."""

from __future__ import annotations

from pydantic import Field

from detente.base.toml_models import Declared

DUCKDB = "duckdb"


class Engine(Declared):
    """The engine that adds up the events (docs/scale.md).

    A token, where the server wants one, comes from the environment (DETENTE_ENGINE_TOKEN).
    """

    # "duckdb", or the address of a server of Spark Connect; "/;use_ssl=true" encrypts.
    url: str = Field(
        default=DUCKDB,
        pattern=r"^(duckdb|sc://([\w.-]+|\[[0-9a-f:]+\])(:\d{1,5})?(/;use_ssl=true)?)$",
    )
    # How long to wait for the server's first answer.
    timeout_seconds: float = Field(default=30.0, gt=0)

    @property
    def is_remote(self) -> bool:
        """Whether a server does the work."""
        return self.url != DUCKDB
