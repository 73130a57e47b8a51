"""The series that is reported: resolved once in a refresh, kept in `meta.reported_series`.

What `[report] series` of `detente.toml` leaves out is chosen by what is there: the records if the
study keeps any; else several sources together where they share two years or more, the longest one
in the lead; else the one feed. Of a stream of news the net score is shown per 1,000 events of the
source, because its volume grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.base.errors import NotPublished
from detente.database.builder import Warehouse
from detente.database.reader import Readable
from detente.settings import RECORDS, ReportedSeries, Settings
from detente.sources import usual_measure

# Complete months that sources must share before their levels can be told apart.
FEWEST_SHARED = 24
_COLUMNS = ("source", "sources", "counting", "freq", "measure", "reason")


@dataclass(frozen=True)
class Span:
    """What is there of a source.

    Attributes
    ----------
    source
        Its name.
    first, last
        First day of its first and of its last complete month; None where it has none.
    n_events
        Events between the pairs of the study.
    """

    source: str
    first: date | None
    last: date | None
    n_events: int

    @property
    def n_months(self) -> int:
        """How many months it covers whole."""
        return self.shared_months(self)

    def shared_months(self, other: Span) -> int:
        """Return how many months both sources cover whole."""
        if not (self.first and self.last and other.first and other.last):
            return 0
        first, last = max(self.first, other.first), min(self.last, other.last)
        return max(0, 12 * (last.year - first.year) + last.month - first.month + 1)


def choose(settings: Settings, spans: list[Span]) -> ReportedSeries | None:
    """Choose the series by the settings and by what is there.

    Parameters
    ----------
    spans
        What is there of each source that is loaded.

    Returns
    -------
    ReportedSeries or None
        None where the settings name no source and none is loaded.
    """
    asked, first = settings.report.series, next(iter(settings.inference.series), None)
    if asked.sources:
        sources, reason = asked.sources, "named in [report] series"
    elif first and first.source:
        sources, reason = (first.source,), "the first of [[inference.series]]"
    else:
        sources, reason = _by_what_is_loaded(spans)
    if not sources:
        return None
    by_choice = first is not None and first.source in ("", sources[0]) and not asked.sources
    counting = first.counting if first and by_choice else "all"
    freq = first.freq if first and by_choice else "month"
    measure = first.measure if first and by_choice else usual_measure(sources[0])
    return ReportedSeries(
        sources=sources,
        counting=asked.counting or counting,
        freq=asked.freq or freq,
        measure=asked.measure or measure,
        reason=reason,
    )


def _by_what_is_loaded(spans: list[Span]) -> tuple[tuple[str, ...], str]:
    """Return the sources to report by what is there, and why."""
    # The one with most months leads; of two as long, the one that tells more.
    order = sorted(spans, key=lambda one: (-one.n_months, -one.n_events, one.source))
    if not order:
        return (), ""
    if any(one.source == RECORDS for one in order):
        return (RECORDS,), "the study keeps records"
    with_events = [one for one in order if one.n_events] or order
    lead = with_events[0]
    beside = tuple(
        one.source for one in with_events[1:] if lead.shared_months(one) >= FEWEST_SHARED
    )
    if beside:
        return (
            (lead.source, *beside),
            f"sources that share {FEWEST_SHARED} months or more, the longest first",
        )
    reason = "the only source" if len(order) == 1 else "the source with most complete months"
    return (lead.source,), reason


def spans(warehouse: Warehouse) -> list[Span]:
    """Return what is there of each source that is loaded."""
    rows = warehouse.rows(
        "select covered.source, min(period_start) filter (is_complete), "
        "max(period_start) filter (is_complete), coalesce(sum(n_events), 0)::bigint "
        "from meta.coverage as covered "
        "left join marts.dyad_month as month on month.source = covered.source "
        "and direction = 'undirected' and counting = 'all' "
        "group by covered.source order by covered.source"
    )
    return [Span(*row) for row in rows]


def resolve(warehouse: Warehouse, settings: Settings) -> ReportedSeries | None:
    """Choose the series of a database under construction and write it down."""
    found = choose(settings, spans(warehouse))
    warehouse.execute("delete from meta.reported_series")
    if found:
        warehouse.insert(
            "meta.reported_series",
            list(_COLUMNS),
            [
                (
                    found.source,
                    list(found.sources),
                    found.counting,
                    found.freq,
                    found.measure,
                    found.reason,
                )
            ],
        )
    return found


def find(database: Readable) -> ReportedSeries | None:
    """Return the series that a database reports; None where no event is loaded."""
    rows = database.rows(
        "select sources, counting, freq, measure, reason from meta.reported_series"
    )
    if not rows:
        return None
    sources, counting, freq, measure, reason = rows[0]
    return ReportedSeries(
        sources=tuple(sources), counting=counting, freq=freq, measure=measure, reason=reason
    )


def read(database: Readable) -> ReportedSeries:
    """Return the series that a database reports.

    Raises
    ------
    NotPublished
        Nothing is loaded.
    """
    found = find(database)
    if found is None:
        raise NotPublished(
            "The database has no series to report: no events are loaded between the study's start "
            "and the day of the refresh. Put records into data/raw/records or switch on a source "
            "(`detente source list`), then run `detente refresh`."
        )
    return found


def others(database: Readable, reported: ReportedSeries) -> tuple[str, ...]:
    """Return the other sources that are loaded, to be shown beside the reported series."""
    rows = database.rows("select source from meta.coverage order by source")
    return tuple(source for (source,) in rows if source != reported.source)


def applied(database: Readable, settings: Settings) -> Settings:
    """Return the settings with what a refresh found.

    The reported series is the first that questions are asked of. Of a study of many pairs only the
    ones with most events are asked about and get a report.
    """
    found = find(database)
    if settings.study.has_many_pairs:
        pairs = database.rows(
            "select actor1_iso3, actor2_iso3 from meta.study_dyad order by position limit ?",
            [settings.study.most_reported],
        )
        study = settings.study.model_copy(update={"dyads": tuple(pairs)})
        settings = settings.model_copy(update={"study": study})
    return settings if found is None else settings.showing(found)
