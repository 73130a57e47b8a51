"""Which series of which source a question, a test or a report is about."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from detente.base.toml_models import Declared

# The source of records kept by hand: files of data/raw/records. Every other name is a feed's or
# that of a file under [sources.csv].
RECORDS = "records"

Counting = Literal["all", "one_a_day"]
SeriesFreq = Literal["month", "week"]
Measure = Literal[
    "net", "net_per_1k", "cooperation", "conflict", "relative_net", "mean_goldstein", "n_events",
    "n_cooperation", "n_conflict", "n_deaths", "stock", "score",
]  # fmt: skip

_SOURCE = r"^([a-z][a-z0-9_]*)?$"


class SeriesChoice(Declared):
    """Which index, of which source, counted how and by which period, the questions are asked of."""

    # 'records', or another source; empty for the one that a refresh finds (`ReportedSeries`).
    source: str = Field(default="", pattern=_SOURCE)
    counting: Counting = "all"
    freq: SeriesFreq = "month"
    measure: Measure = "net"

    @model_validator(mode="after")
    def _the_score_moves_by_month(self) -> SeriesChoice:
        if self.measure == "score" and self.freq == "week":
            raise ValueError('the relation score moves by month; say freq = "month"')
        return self


class SeriesAsked(Declared):
    """What the study says of the series that its report shows; what it leaves out is found.

    A refresh chooses the rest by what is there (`detente.indices.reported`).
    """

    # Several are read together: the first leads, the others stand behind the level of relations.
    sources: tuple[str, ...] = ()
    counting: Counting | None = None
    freq: SeriesFreq | None = None
    measure: Measure | None = None

    @model_validator(mode="after")
    def _names_each_source_once(self) -> SeriesAsked:
        if len(set(self.sources)) < len(self.sources):
            raise ValueError("each source is named once")
        return self


class ReportedSeries(Declared):
    """The series that every page, query, test, command and bundle shows unless told otherwise.

    Attributes
    ----------
    sources
        The sources behind it; the first leads: its balance is shown first. The others stand behind
        the level of relations, and beside it.
    counting, freq, measure
        How its acts are counted, by which period, and which index is shown.
    reason
        Why it was chosen, in words.
    """

    sources: tuple[str, ...] = Field(min_length=1)
    counting: Counting = "all"
    freq: SeriesFreq = "month"
    measure: Measure = "net"
    reason: str = ""

    @property
    def source(self) -> str:
        """The first of the sources: the indices that are shown and tested are its own."""
        return self.sources[0]

    @property
    def is_of_records(self) -> bool:
        """Whether the source that leads is of hand-kept records."""
        return self.source == RECORDS

    @property
    def choice(self) -> SeriesChoice:
        """The series of the source that leads, as the questions are asked of it."""
        return SeriesChoice(
            source=self.source, counting=self.counting, freq=self.freq, measure=self.measure
        )
