"""How many events each source has in each month, and where its gaps are."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, sqrt

from detente.database.published import Published
from detente.report.language import Language

LEVELS = 5
_GAPS_SHOWN = 12


@dataclass(frozen=True)
class Month:
    """One month of a source.

    Attributes
    ----------
    n_events
        Events of the month; null outside the days that the source is said to cover.
    level
        0 to 5, by the square root of the share of the fullest month; for shading only.
    is_complete
        Whether every file of the source covers the whole month.
    """

    n_events: int | None
    level: int
    is_complete: bool


@dataclass(frozen=True)
class Year:
    """Twelve months of a source."""

    year: int
    months: tuple[Month, ...]

    @property
    def n_events(self) -> int:
        """Events of the year; months that the source does not cover add nothing."""
        return sum(month.n_events or 0 for month in self.months)


@dataclass(frozen=True)
class Coverage:
    """What a source covers, month by month."""

    source: str
    first_day: date
    last_day: date
    complete_to: date | None
    years: tuple[Year, ...]
    n_empty_months: int
    n_months: int
    gaps: tuple[tuple[date, date], ...]
    span: str
    gaps_told: str


def coverage(database: Published, first: str, say: Language) -> tuple[Coverage, ...]:
    """Return the coverage of every source that the database holds events of, one of them first."""
    return tuple(
        _source(database, say, *row)
        for row in database.rows(
            "select source, first_day, last_day, complete_to from meta.coverage "
            "order by source <> ?, source",
            [first],
        )
    )


def _source(
    database: Published,
    say: Language,
    source: str,
    first_day: date,
    last_day: date,
    complete_to: date | None,
) -> Coverage:
    counts = {
        (start.year, start.month): int(n)
        for start, n in database.rows(
            "select date_trunc('month', day)::date, sum(n_events) from marts.volume_day "
            "where source = ? and counting = 'all' group by all",
            [source],
        )
    }
    unknown = database.rows(
        "select first_day, last_day from meta.coverage_gap where source = ? order by all", [source]
    )
    years = grid(counts, first_day, last_day, complete_to, unknown)
    covered = [
        month.n_events for year in years for month in year.months if month.n_events is not None
    ]
    gaps = _gaps(database, source)
    return Coverage(
        source=source,
        first_day=first_day,
        last_day=last_day,
        complete_to=complete_to,
        years=years,
        n_empty_months=covered.count(0),
        n_months=len(covered),
        gaps=tuple(gaps[:_GAPS_SHOWN]),
        span=say(
            "methods.coverage_complete" if complete_to else "methods.coverage_span",
            first=say.day(first_day),
            last=say.day(last_day),
            **({"complete": say.day(complete_to)} if complete_to else {}),
            empty=say.count(covered.count(0)),
            months=say.count(len(covered)),
        ),
        gaps_told=_told(gaps, say),
    )


def _told(gaps: list[tuple[date, date]], say: Language) -> str:
    if not gaps:
        return ""
    days = [
        say.day(begin)
        if begin == end
        else say("methods.gap", first=say.day(begin), last=say.day(end))
        for begin, end in gaps[:_GAPS_SHOWN]
    ]
    return say("methods.gaps", n=say.count(len(gaps)), days="; ".join(days))


def grid(
    counts: dict[tuple[int, int], int],
    first_day: date,
    last_day: date,
    complete_to: date | None,
    unknown: Sequence[tuple[date, date]] = (),
) -> tuple[Year, ...]:
    """Lay counts out by year and month.

    Parameters
    ----------
    counts
        Events by (year, month); a month that is not there has none.
    first_day, last_day
        What the source is said to cover.
    complete_to
        Last day that is known whole.
    unknown
        First and last day of each stretch before it of which no file tells.
    """
    top = max(counts.values(), default=0)

    def month(year: int, number: int) -> Month:
        begin = date(year, number, 1)
        end = date(year, number, calendar.monthrange(year, number)[1])
        if end < first_day or begin > last_day:
            return Month(None, 0, is_complete=False)
        n = counts.get((year, number), 0)
        if not n and any(first <= begin and end <= last for first, last in unknown):
            return Month(None, 0, is_complete=False)
        level = ceil(LEVELS * sqrt(n / top)) if n else 0
        whole = (
            first_day <= begin
            and complete_to is not None
            and end <= complete_to
            and not any(first <= end and begin <= last for first, last in unknown)
        )
        return Month(n, level, whole)

    return tuple(
        Year(year, tuple(month(year, number) for number in range(1, 13)))
        for year in range(first_day.year, last_day.year + 1)
    )


def _gaps(database: Published, source: str) -> list[tuple[date, date]]:
    """Return runs of days without any event inside the coverage, the longest first.

    Of hand-kept records most days have none by nature, so that no gap is shown for them.
    """
    ((is_kept,),) = database.rows(
        "select exists (from core.record inner join meta.raw_file as file using (raw_file_id) "
        "where file.source = ?)",
        [source],
    )
    if is_kept:
        return []
    return [
        (begin, end)
        for begin, end in database.rows(
            """
            with days as (
                select unnest(generate_series(first_day, last_day, interval 1 day))::date as day
                from meta.coverage
                where source = $1
            ),

            empty_days as (
                select days.day
                from days
                anti join marts.volume_day as volume
                    on
                        volume.source = $1
                        and volume.counting = 'all'
                        and volume.day = days.day
            )

            select min(day), max(day)
            from (
                select day, day - row_number() over (order by day)::integer as run
                from empty_days
            )
            group by run
            order by count(*) desc, min(day)
            """,
            [source],
        )
    ]
