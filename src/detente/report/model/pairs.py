"""Every pair of the study, as the report tells of it: read at once, in a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from detente.database.published import Published
from detente.report import language
from detente.report.language import Language
from detente.report.model import balance, events
from detente.report.model.balance import WINDOW, Month
from detente.report.model.events import (
    MOST_EVENTS,
    Event,
    Kind,
    Sum,
    by_kind,
    summed,
    within,
)
from detente.report.model.reported import MEASURED, SERIES, Reported, Span, reported, span
from detente.report.model.verdict import Verdict, verdict
from detente.settings import Settings

_FEWEST_ACTIVE = 12  # months with an event, from which on a forecast is told


@dataclass(frozen=True)
class Actor:
    """A state, by code, name and name in its own language (empty where that is the same)."""

    iso3: str
    name: str
    native: str = ""


@dataclass(frozen=True)
class Break:
    """A break in the level of the monthly points: the last day before it, and its interval."""

    day: date
    lower: date | None
    upper: date | None
    mean_before: float
    mean_after: float
    n_checks: int
    n_lost: int
    lost: str


@dataclass(frozen=True)
class LevelChange:
    """A span of two years between whose ends the level of relations differs."""

    first: date
    last: date
    before: float
    after: float


@dataclass(frozen=True)
class Outlook:
    """What a month is likely to bring, and how such forecasts fared.

    Attributes
    ----------
    conflict, nothing, cooperation
        Shares of months by the sign of their points; they add up to one.
    is_forecast
        Whether they come from the forecast; else they are the shares of the past months.
    coverage_80
        Share of past outcomes inside the 80 % intervals of the forecast.
    lo, hi, end
        The 80 % interval of the points of the next six months together, and their last day.
    month
        The month that a forecast is of.
    """

    conflict: float
    nothing: float
    cooperation: float
    is_forecast: bool = False
    coverage_80: float | None = None
    lo: float | None = None
    hi: float | None = None
    end: date | None = None
    month: date | None = None


@dataclass(frozen=True)
class Agreement:
    """How another source agrees: the correlation of monthly points."""

    source: str
    correlation: float | None
    n: int


@dataclass(frozen=True)
class Deaths:
    """How many people a source counts as killed in a period.

    Attributes
    ----------
    start
        First day of the month or year.
    best, low, high
        Its estimates; the range is None where it gives none.
    is_complete
        Whether the source covers the period whole.
    """

    start: date
    best: int
    low: int | None
    high: int | None
    is_complete: bool = True


def deaths_by_year(months: Sequence[Deaths]) -> list[Deaths]:
    """Add months up to years, a year with a month missing or incomplete being marked so."""
    found = []
    for year, group in groupby(months, key=lambda one: one.start.year):
        of_year = list(group)
        whole = len(of_year) == 12 and all(one.is_complete for one in of_year)
        found.append(replace(added(of_year), start=date(year, 1, 1), is_complete=whole))
    return found


def added(months: Sequence[Deaths]) -> Deaths:
    """Add up the deaths of some months, one at the least."""
    lows = [one.low for one in months if one.low is not None]
    highs = [one.high for one in months if one.high is not None]
    return Deaths(
        months[0].start,
        sum(one.best for one in months),
        sum(lows) if lows else None,
        sum(highs) if highs else None,
    )


@dataclass(frozen=True)
class Pair:
    """Everything that the pages of one pair show.

    Attributes
    ----------
    months
        All months with their balance; empty where the source has no event of the pair.
    events
        All events, or the most mentioned ones of a feed.
    n_events
        All of them, those that `events` leaves out among them.
    sums
        What all of them add up to by month, kind and side.
    kinds
        What the last twelve complete months add up to.
    is_tested
        Whether the data bore a test for shifts in the level; None where none was asked for.
    later
        Events after the last complete month.
    deaths
        By month, of a source that counts them.
    n_preliminary, preliminary_since
        Events of a preliminary release, and the day of the first.
    """

    actor1: Actor
    actor2: Actor
    series: Reported
    months: tuple[Month, ...] = ()
    events: tuple[Event, ...] = ()
    n_events: int = 0
    sums: tuple[Sum, ...] = ()
    kinds: tuple[Kind, ...] = ()
    verdict: Verdict | None = None
    later: tuple[Event, ...] = ()
    breaks: tuple[Break, ...] = ()
    changes: tuple[LevelChange, ...] = ()
    is_tested: bool | None = None
    outlook: Outlook | None = None
    agreement: tuple[Agreement, ...] = ()
    quads: tuple[tuple[int, int, int, int, int], ...] = ()
    deaths: tuple[Deaths, ...] = ()
    n_preliminary: int = 0
    preliminary_since: date | None = None

    @property
    def slug(self) -> str:
        """Name of the pair's files."""
        return f"{self.actor1.iso3}-{self.actor2.iso3}"

    @property
    def key(self) -> tuple[str, str]:
        """The two codes, in alphabetical order."""
        return self.actor1.iso3, self.actor2.iso3

    @property
    def window(self) -> tuple[date, date]:
        """First days of the first and the last of the twelve months of the balance."""
        if self.verdict is None:
            return date.min, date.min
        return _back(self.verdict.last.month, WINDOW - 1), self.verdict.last.month

    @property
    def recent(self) -> list[Event]:
        """The events of the twelve months of the balance."""
        return within(self.events, *self.window) if self.verdict else []


@dataclass(frozen=True)
class Study:
    """All pairs, the focal one first, and what their numbers rest on.

    Attributes
    ----------
    n_all
        Pairs of the study that have enough events, those without a page among them.
    """

    title: str
    series: Reported
    span: Span
    stands_at: date
    pairs: tuple[Pair, ...]
    n_all: int = 0

    def pair(self, one: str, two: str) -> Pair | None:
        """Return a pair by its codes, in either order."""
        key = (min(one, two), max(one, two))
        return next((pair for pair in self.pairs if pair.key == key), None)

    @property
    def last_month(self) -> date | None:
        """The last complete month that any pair has a balance of."""
        ends = [one.verdict.last.month for one in self.pairs if one.verdict]
        return max(ends, default=None)


def read(database: Published, settings: Settings) -> Study:
    """Return every pair of the study."""
    say = language.load(settings.report.language)
    series = reported(database)
    pairs = settings.study.dyad_pairs
    names = actors(database, say)
    months = balance.balances(database, series, pairs)
    told = events.events(database, series, pairs)
    # Of a pair with too many events to tell, all are added up all the same.
    many = [pair for pair, ones in told.items() if len(ones) >= MOST_EVENTS]
    sums = events.sums(database, series, many)
    results = _Results(database, series)
    return Study(
        title=settings.report.title,
        series=series,
        span=span(database, series),
        stands_at=database.rows("select as_of from meta.study")[0][0],
        pairs=tuple(
            _pair(
                Pair(
                    names.get(one, Actor(one, one)),
                    names.get(two, Actor(two, two)),
                    series,
                    months.get((one, two), ()),
                    told[one, two],
                    sums=sums.get((one, two)) or summed(told[one, two]),
                ),
                results,
            )
            for one, two in pairs
        ),
        n_all=database.rows("select count(*) from meta.study_dyad")[0][0],
    )


def _pair(pair: Pair, results: _Results) -> Pair:
    """Fill in what follows from the months and events, and what the tests say."""
    if not pair.months:
        return pair
    windows = [one for one in pair.months if one.balance is not None]
    factors = _factors(pair.months) if pair.series.per_1k else {}
    kinds: list[tuple[Kind, ...]] = [(), ()]
    for place, at in enumerate((-1, -1 - WINDOW)):
        if len(windows) >= -at:
            end = windows[at]
            kinds[place] = _kinds(pair, end, factors, most=1000)
    found = verdict(pair.months, kinds[0], kinds[1])
    last = windows[-1].month if windows else date.min
    shown: tuple[Kind, ...] = ()
    if windows:
        shown = _kinds(pair, windows[-1], factors)
    return Pair(
        pair.actor1,
        pair.actor2,
        pair.series,
        pair.months,
        pair.events,
        n_events=sum(one.n_events for one in pair.months),
        sums=pair.sums,
        kinds=shown,
        verdict=found,
        later=tuple(one for one in pair.events if windows and one.month > last),
        breaks=results.breaks(pair.key),
        changes=results.changes(pair.key),
        is_tested=results.is_tested(pair.key),
        outlook=_outlook(pair, results),
        agreement=results.agreement(pair.key),
        quads=results.quads(pair.key),
        deaths=results.deaths(pair.key),
        **results.preliminary(pair.key),
    )


def _kinds(
    pair: Pair, end: Month, factors: Mapping[date, float], most: int = 6
) -> tuple[Kind, ...]:
    """Return what the twelve months that end with one add up to, by kind."""
    first = _back(end.month, WINDOW - 1)
    whole = [one for one in pair.sums if first <= one.month <= end.month]
    inside = within(pair.events, first, end.month)
    return by_kind(inside, end.balance or 0.0, factors.get(end.month, 1.0), most, whole)


def replace_events(pair: Pair, events: Sequence[Event]) -> Pair:
    """Return a pair of whose events only some are told; all are counted."""
    return replace(pair, events=tuple(events))


def _outlook(pair: Pair, results: _Results) -> Outlook | None:
    """Return what to expect; nothing of a pair whose few events foretell none."""
    if sum(one.n_events > 0 for one in pair.months) < _FEWEST_ACTIVE:
        return None
    return results.outlook(pair.key) or _base_rates(pair.months)


def _base_rates(months: Sequence[Month]) -> Outlook | None:
    """Return the shares of past months by the sign of their points."""
    complete = [one for one in months if one.is_complete]
    if len(complete) < WINDOW:
        return None
    n = len(complete)
    return Outlook(
        sum(one.net < 0 for one in complete) / n,
        sum(one.net == 0 for one in complete) / n,
        sum(one.net > 0 for one in complete) / n,
    )


def _factors(months: Sequence[Month]) -> dict[date, float]:
    """Return by the last month of each window what turns its points into the balance."""
    found = {}
    for place, one in enumerate(months):
        volume = sum(month.n_source for month in months[max(place - WINDOW + 1, 0) : place + 1])
        if volume:
            found[one.month] = 1000.0 / volume
    return found


def _back(month: date, n: int) -> date:
    count = 12 * month.year + month.month - 1 - n
    return date(count // 12, count % 12 + 1, 1)


def actors(database: Published, say: Language) -> dict[str, Actor]:
    """Return every actor by its code; a native name that says nothing new is left out."""
    return {
        iso3: Actor(iso3, say.actor(iso3, name), native)
        for iso3, name, native in database.rows(
            "select iso3, name, if(name_native = name, '', coalesce(name_native, '')) "
            "from core.actor"
        )
    }


class _Results:
    """The results of `stats` about the reported series, by pair."""

    def __init__(self, database: Published, series: Reported) -> None:
        self._has = {
            f"{schema}.{name}"
            for schema, name in database.rows(
                "select schema_name, table_name from duckdb_tables() "
                "union all select schema_name, view_name from duckdb_views()"
            )
        }
        self._database, self._series = database, series
        self._breaks = self._by_pair(
            "stats.break_point",
            "last_before, last_before_lo, last_before_hi, mean_before, mean_after",
            "true order by last_before",
            MEASURED,
        )
        self._checks = self._by_pair(
            "stats.robustness",
            "lost_breaks, variant_words, survives",
            "survives is not null and is_counted order by position",
            MEASURED,
        )
        self._outlooks = self._by_pair(
            "stats.outlook",
            "first(p_conflict order by horizon) filter (target = 'month'), "
            "first(p_nothing order by horizon) filter (target = 'month'), "
            "first(p_cooperation order by horizon) filter (target = 'month'), "
            "min(period_start) filter (target = 'month'), "
            "any_value(coverage_80) filter (target = 'sum_6m'), "
            "any_value(lo_80) filter (target = 'sum_6m'), "
            "any_value(hi_80) filter (target = 'sum_6m'), "
            "any_value(period_end) filter (target = 'sum_6m')",
            "true group by all",
        )
        self._changes = self._by_pair(
            "stats.level_change",
            "first_month, last_month, level_before, level_after",
            "true order by first_month",
        )
        self._steps = self._by_pair("stats.step_or_drift", "is_step", "true")
        self._tests = self._by_pair("stats.break_test", "is_refused", "true", MEASURED)
        self._quads = self._by_pair(
            "marts.dyad_year",
            "year(period_start), n_quad1, n_quad2, n_quad3, n_quad4",
            "direction = 'undirected' order by period_start",
        )

        self._deaths = self._by_pair(
            "marts.dyad_month",
            "period_start, n_deaths, n_deaths_low, n_deaths_high, is_complete",
            "direction = 'undirected' and n_deaths is not null order by period_start",
        )

        self._preliminary = {
            (one, two): {"n_preliminary": n, "preliminary_since": first}
            for one, two, n, first in database.rows(
                "select least(actor1_iso3, actor2_iso3), greatest(actor1_iso3, actor2_iso3), "
                "count(*), min(event_date) from core.event where source = ? and is_preliminary "
                "group by all",
                [series.source],
            )
        }

    def _by_pair(
        self, table: str, columns: str, condition: str, of: Sequence[str] = SERIES
    ) -> dict[tuple[str, str], list[tuple[Any, ...]]]:
        if table not in self._has:
            return {}
        found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        own, parameters = self._series.matching(of)
        for one, two, *row in self._database.rows(
            f"select actor1_iso3, actor2_iso3, {columns} from {table} "  # noqa: S608  # our own
            f"where {own} and {condition}",
            parameters,
        ):
            found.setdefault((one, two), []).append(tuple(row))
        return found

    def breaks(self, pair: tuple[str, str]) -> tuple[Break, ...]:
        """Return the breaks of a pair with the checks that do not find them."""
        # Where drift explains the months better, a date is no break.
        if any(not is_step for (is_step,) in self._steps.get(pair, [])):
            return ()
        checks = self._checks.get(pair, [])
        found = []
        for day, lower, upper, mean_before, mean_after in self._breaks.get(pair, []):
            lost = [words for gone, words, _ in checks if day in (gone or ())]
            found.append(
                Break(
                    day, lower, upper, mean_before, mean_after, len(checks), len(lost),
                    lost[0] if lost else "",
                )
            )  # fmt: skip
        return tuple(found)

    def is_tested(self, pair: tuple[str, str]) -> bool | None:
        """Say whether a test for shifts could be made; None where none was asked for."""
        refused = [is_refused for (is_refused,) in self._tests.get(pair, [])]
        return not all(refused) if refused else None

    def changes(self, pair: tuple[str, str]) -> tuple[LevelChange, ...]:
        """Return when the level of a pair rose or fell."""
        return tuple(LevelChange(*row) for row in self._changes.get(pair, []))

    def outlook(self, pair: tuple[str, str]) -> Outlook | None:
        """Return the odds of the next month, where the database has them."""
        rows = self._outlooks.get(pair, [])
        if not rows:
            return None
        conflict, nothing, cooperation, month, coverage, lo, hi, end = rows[0]
        return Outlook(conflict, nothing, cooperation, True, coverage, lo, hi, end, month)

    def agreement(self, pair: tuple[str, str]) -> tuple[Agreement, ...]:
        """Return how every other source agrees on a pair."""
        if "stats.source_agreement" not in self._has:
            return ()
        rows = self._database.rows(
            "select if(source1 = $1, source2, source1), correlation, n_periods "
            "from stats.source_agreement where $1 in (source1, source2) and counting = $2 "
            "and actor1_iso3 = $3 and actor2_iso3 = $4 order by 1",
            [self._series.source, self._series.counting, *pair],
        )
        return tuple(Agreement(*row) for row in rows)

    def preliminary(self, pair: tuple[str, str]) -> dict[str, Any]:
        """Return what there is to say of events that a later release is to replace."""
        return self._preliminary.get(pair, {})

    def deaths(self, pair: tuple[str, str]) -> tuple[Deaths, ...]:
        """Return the deaths of each month, nothing where the source does not count them."""
        return tuple(Deaths(*row) for row in self._deaths.get(pair, []))

    def quads(self, pair: tuple[str, str]) -> tuple[tuple[int, int, int, int, int], ...]:
        """Return how many acts of each quad class a year has."""
        return tuple(
            (int(row[0]), int(row[1] or 0), int(row[2] or 0), int(row[3] or 0), int(row[4] or 0))
            for row in self._quads.get(pair, [])
        )
