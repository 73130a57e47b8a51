"""Where the events of the machine-coded sources lie."""

from __future__ import annotations

from pydantic import Field

from detente.base.toml_models import Declared

LOCAL = "local"


class EventStore(Declared):
    """The event store (docs/scale.md).

    Credentials of an object store come from the environment, as of any client of S3.
    """

    # "local" (data/processed/events), or a folder of a bucket: "s3://bucket/events".
    url: str = Field(
        default=LOCAL, pattern=r"^(local|s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)+)$"
    )
    # How long a file of the object store that is needed no longer stays for other machines: their
    # databases read it until their next refresh.
    keep_days: int = Field(default=7, ge=1)

    @property
    def is_remote(self) -> bool:
        """Whether other machines may write to the store."""
        return self.url != LOCAL
