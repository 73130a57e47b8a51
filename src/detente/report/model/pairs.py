"""Every pair of the study as the report shows it: read at once, in a few queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from detente.database.published import Published
from detente.report import language
from detente.report.language import Language
from detente.report.model import balance, events, unknown
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
from detente.report.model.pair_results import (
    Agreement,
    Break,
    Deaths,
    LevelChange,
    Outlook,
    PairResults,
)
from detente.report.model.reported import Reported, Span, reported, span
from detente.report.model.unknown import Unknowns
from detente.report.model.verdict import Verdict, verdict
from detente.settings import Settings

_FEWEST_ACTIVE = 12  # months with an event, from which on a forecast is told

_TENS = 50.0  # of points; where they reach so far no decimal matters


@dataclass(frozen=True)
class Actor:
    """A state, by code, name and name in its own language (empty where that is the same)."""

    iso3: str
    name: str
    native: str = ""


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
    is_step
        Whether steps explain the months better than drift, dated or not.
    is_tested
        Whether the data bore a test for shifts in the level; None where none was asked for.
    later
        Events after the last month that has a balance.
    deaths
        By month, of a source that counts them.
    n_preliminary, preliminary_since
        Events of a preliminary release, and the day of the first.
    elsewhere
        Events of the pair in the study's other sources, where this one allows no balance.
    unknown
        Days that the source does not know, of both states or of one.
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
    is_step: bool = False
    is_tested: bool | None = None
    outlook: Outlook | None = None
    agreement: tuple[Agreement, ...] = ()
    quads: tuple[tuple[int, int, int, int, int], ...] = ()
    deaths: tuple[Deaths, ...] = ()
    n_preliminary: int = 0
    preliminary_since: date | None = None
    elsewhere: tuple[tuple[str, int], ...] = ()
    unknown: Unknowns = field(default_factory=Unknowns)

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
        return months_before(self.verdict.last.month, WINDOW - 1), self.verdict.last.month

    @property
    def last_month(self) -> date | None:
        """The month up to which the balance goes; None without one."""
        return self.verdict.last.month if self.verdict else None

    @property
    def is_interrupted(self) -> bool:
        """Whether months after the balance are complete, though no twelve in a row are."""
        last = self.last_month
        return last is not None and any(one.is_complete and one.month > last for one in self.months)

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
    def places(self) -> int:
        """Decimals that tell the balances of the pairs apart, where they are per 1,000 events."""
        if not self.series.per_1k:
            return 0
        lasts = [one.verdict.last for one in self.pairs if one.verdict]
        values = [abs(one) for last in lasts for one in (last.balance, last.change) if one]
        reach = max(values, default=_TENS)
        return 0 if reach >= _TENS else 1 if reach >= _TENS / 10 else 2 if reach >= 0.5 else 3

    @property
    def last_month(self) -> date | None:
        """The last complete month that any pair has a balance of."""
        return max((one.last_month for one in self.pairs if one.last_month), default=None)

    @property
    def is_interrupted(self) -> bool:
        """Whether months after the last balance are complete, though no twelve in a row are."""
        last = self.last_month
        return last is not None and any(
            month.is_complete and month.month > last for one in self.pairs for month in one.months
        )


def read(database: Published, settings: Settings) -> Study:
    """Return every pair of the study."""
    say = language.load(settings.report.language)
    series = reported(database)
    pairs = settings.study.dyad_pairs
    names = actors(database, say)
    months = balance.balances(database, series, pairs)
    shown = events.events(database, series, pairs)
    # Of a pair with too many events to tell, all are added up all the same.
    many = [pair for pair, ones in shown.items() if len(ones) >= MOST_EVENTS]
    sums = events.sums(database, series, many)
    results = PairResults(database, series)
    told_elsewhere = _elsewhere(database, series)
    gaps = unknown.of_pairs(database, series.source)
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
                    shown[one, two],
                    sums=sums.get((one, two)) or summed(shown[one, two]),
                    unknown=gaps.get((one, two), Unknowns()),
                ),
                results,
                told_elsewhere.get((one, two), ()),
            )
            for one, two in pairs
        ),
        n_all=database.rows("select count(*) from meta.study_dyad")[0][0],
    )


def _elsewhere(
    database: Published, series: Reported
) -> dict[tuple[str, str], tuple[tuple[str, int], ...]]:
    """Return how many events of each pair the other sources of the study have."""
    rows = database.rows(
        "select actor1_iso3, actor2_iso3, source, sum(n_events)::bigint as n "
        "from marts.dyad_year where direction = 'undirected' and counting = 'all' "
        "and source <> ? and source in (select source from meta.coverage) "
        "group by all having n > 0 order by n desc, source",
        [series.source],
    )
    found: dict[tuple[str, str], tuple[tuple[str, int], ...]] = {}
    for one, two, source, n in rows:
        found[one, two] = (*found.get((one, two), ()), (source, n))
    return found


def _pair(pair: Pair, results: PairResults, elsewhere: tuple[tuple[str, int], ...]) -> Pair:
    """Fill in what follows from the months and events, and what the tests say."""
    if not pair.months:
        return replace(pair, elsewhere=elsewhere)
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
        is_step=results.is_step(pair.key),
        is_tested=results.is_tested(pair.key),
        outlook=_outlook(pair, results),
        agreement=results.agreement(pair.key),
        quads=results.quads(pair.key),
        deaths=results.deaths(pair.key),
        elsewhere=() if found else elsewhere,
        unknown=pair.unknown,
        **results.preliminary(pair.key),
    )


def _kinds(
    pair: Pair, end: Month, factors: Mapping[date, float], most: int = 6
) -> tuple[Kind, ...]:
    """Return what the twelve months that end with one add up to, by kind."""
    first = months_before(end.month, WINDOW - 1)
    whole = [one for one in pair.sums if first <= one.month <= end.month]
    inside = within(pair.events, first, end.month)
    return by_kind(inside, end.balance or 0.0, factors.get(end.month, 1.0), most, whole)


def _outlook(pair: Pair, results: PairResults) -> Outlook | None:
    """Return what to expect; None for a pair with too few events for a forecast."""
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


def months_before(month: date, n: int) -> date:
    """Return the first day of the month `n` months before."""
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
