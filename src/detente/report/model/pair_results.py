"""What the tests, forecasts and sources say of each pair, read at once for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from typing import Any

from detente.database.published import Published
from detente.report.model.reported import MEASURED, SERIES, Reported


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
        Share of past outcomes inside the 80% intervals of the forecast.
    lo, hi, end
        The 80% interval of the points of the next six months together, and their last day.
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


class PairResults:
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

    def is_step(self, pair: tuple[str, str]) -> bool:
        """Say whether steps explain the months of a pair clearly better than drift."""
        return any(is_step for (is_step,) in self._steps.get(pair, []))

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
