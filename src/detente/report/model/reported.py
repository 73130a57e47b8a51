"""The reported series: of which source, counted how, the report tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.settings import Settings


@dataclass(frozen=True)
class Reported:
    """What the report is about, and what its source can say.

    Attributes
    ----------
    source, counting
        As in `marts.dyad_month`.
    per_1k
        Whether the balance is corrected for the volume of the source: points per 1,000 events of
        all pairs. Feeds report more every year, hand-kept records do not.
    has_titles
        Whether an event has a title and a category; a machine-coded one has a CAMEO code alone.
    """

    source: str
    counting: str = "all"
    per_1k: bool = False
    has_titles: bool = True


@dataclass(frozen=True)
class Span:
    """What the source covers: nothing at all where `first_day` is None."""

    first_day: date | None
    last_day: date | None
    complete_to: date | None


def reported(database: Published, settings: Settings) -> Reported:
    """Return the series that the report tells of."""
    series = settings.inference.series[0]
    # A hand-kept file has records; a feed has events alone.
    ((kept,),) = database.rows(
        "select exists (from core.record inner join meta.raw_file as file using (raw_file_id) "
        "where file.source = ?)",
        [series.source],
    )
    return Reported(
        source=series.source,
        counting=series.counting,
        per_1k=series.measure == "net_per_1k" or not kept,
        has_titles=bool(kept),
    )


def span(database: Published, series: Reported) -> Span:
    """Return the days that the source covers."""
    rows = database.rows(
        "select first_day, last_day, complete_to from meta.coverage where source = ?",
        [series.source],
    )
    return Span(*rows[0]) if rows else Span(None, None, None)
