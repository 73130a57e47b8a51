"""Checks before a publish, notices, limits of queries, and what the report shows."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from detente.base.toml_models import Declared
from detente.settings.series import SeriesAsked


class Checks(Declared):
    """What the checks before a publish let pass (docs/runbook.md)."""

    # Events a day on newly covered days, as a share of the days before them, and of past months,
    # as a share of what they held before. Sources with fewer events a day are left alone.
    volume_low: float = Field(default=0.25, ge=0, lt=1)
    volume_high: float = Field(default=4.0, gt=1)
    history_high: float = Field(default=1.5, gt=1)
    volume_days: int = Field(default=56, ge=7, le=3660)
    volume_min_events: float = Field(default=50.0, ge=0)
    # Sources whose newer versions take events back, and how much they may take in one run: this
    # share of the events of a month and of the source, or this many, whichever is more. By default
    # the sources that are known for it. A file of your own may, too.
    may_retract: tuple[str, ...] | None = None
    retracted_share: float = Field(default=0.05, ge=0, le=1)
    retracted_events: int = Field(default=20, ge=0)
    # Days that the newest event of a source may lie back; a source that is not named is not judged.
    max_lag_days: dict[str, Annotated[int, Field(ge=0)]] = {}


class Notices(Declared):
    """Who receives a notice when a run fails or an index moves far, by mail or through Prefect."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]*$")
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    # The password comes from the environment (DETENTE_SMTP_PASSWORD), never from this file.
    user: str = ""
    sender: str = Field(default="", alias="from", pattern=r"^([^\s@]+@[^\s@]+)?$")
    to: tuple[Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")], ...] = ()
    # A notification block of the Prefect server, as TYPE/NAME; it holds the secrets. Flows alone
    # reach it, the command line sends mail.
    prefect_block: str = Field(
        default="", pattern=r"^([a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*)?$"
    )
    on_failure: bool = True
    # A month that differs between two publishes is reported if it is a surprise: if net points at
    # least as far out had this probability or less, given the months before.
    surprise: float = Field(default=0.02, gt=0, lt=1)
    # Where no level is estimated (the month is not complete yet, or inference is off): if its net
    # score moved so far, in standard deviations of the dyad's earlier months.
    move_sd: float = Field(default=2.0, gt=0)

    @model_validator(mode="after")
    def _can_be_sent(self) -> Notices:
        if self.host and not (self.sender and self.to):
            raise ValueError("a host needs `from` and `to`")
        if self.user and not self.starttls and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a password is not sent in clear: set starttls = true")
        return self


class Query(Declared):
    """Limits of `detente sql`."""

    timeout_seconds: float = Field(default=60.0, gt=0)
    memory_limit: str = Field(default="2GB", pattern=r"^\d+(\.\d+)?\s?[KMGT]i?B$")


class Report(Declared):
    """What the report shows."""

    # Default: the study's name.
    title: str = ""
    # Which series it shows first; what is not said is chosen by what is there.
    series: SeriesAsked = SeriesAsked()
    months_in_ranking: int = Field(default=10, ge=1, le=100)
    paper: Literal["a4", "letter"] = "a4"
    # A file of reports/lang; the sentences of tests stay as the database has them.
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")
