"""The reported series: of which source, counted how, the report tells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.indices import reported as resolved
from detente.settings import RECORDS
from detente.settings.series import Counting
from detente.sources import is_stream_of_news, traits_of

# Columns by which the rows of a table are those of the series; of what was measured, two more.
SERIES = ("source", "counting")
MEASURED = (*SERIES, "freq", "measure")


@dataclass(frozen=True)
class Reported:
    """What the report is about, and what its source can say.

    Attributes
    ----------
    source, counting
        As in `marts.dyad_month`.
    freq, measure
        Of the series that the tests are asked of.
    has_titles
        Whether an event has a title and a category; a machine-coded one has a CAMEO code alone.
    is_level_per_1k
        Whether the level of relations is in points per 1,000 events of the source.
    names_sides_alone
        Whether the order of an event's two actors does not tell who acted.
    """

    source: str
    counting: Counting = "all"
    freq: str = "month"
    measure: str = "net"
    has_titles: bool = True
    is_level_per_1k: bool = False
    names_sides_alone: bool = False

    def matching(self, columns: Sequence[str]) -> tuple[str, list[str]]:
        """Return the condition that chooses the rows of the series, and its parameters."""
        condition = " and ".join(f"{name} = ?" for name in columns)
        return condition, [getattr(self, name) for name in columns]

    @property
    def per_1k(self) -> bool:
        """Whether the balance is corrected for the volume of the source.

        It is then given in points per 1,000 events of all pairs: feeds report more every year,
        hand-kept records do not.
        """
        return self.measure == "net_per_1k"

    @property
    def is_of_records(self) -> bool:
        """Whether it is of the records kept by hand."""
        return self.source == RECORDS


@dataclass(frozen=True)
class Span:
    """What the source covers: nothing at all where `first_day` is None."""

    first_day: date | None
    last_day: date | None
    complete_to: date | None


def reported(database: Published) -> Reported:
    """Return the series that the database was built to show."""
    series = resolved.read(database)
    # A hand-kept file has records; a feed has events alone.
    ((kept,),) = database.rows(
        "select exists (from core.record inner join meta.raw_file as file using (raw_file_id) "
        "where file.source = ?)",
        [series.source],
    )
    return Reported(
        source=series.source,
        counting=series.counting,
        freq=series.freq,
        measure=series.measure,
        has_titles=bool(kept),
        is_level_per_1k=is_stream_of_news(series.source),
        names_sides_alone=traits_of(series.source).names_sides_alone,
    )


def span(database: Published, series: Reported) -> Span:
    """Return the days that the source covers."""
    rows = database.rows(
        "select first_day, last_day, complete_to from meta.coverage where source = ?",
        [series.source],
    )
    return Span(*rows[0]) if rows else Span(None, None, None)
