"""What the inference left in `stats.*` for one dyad: frames for charts, values for sentences."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import pandas as pd

from detente.database.published import Published
from detente.report.model.content import (
    Actor,
    Break,
    Forecast,
    ForecastMonth,
    ForecastScore,
    Regime,
)
from detente.report.model.records import SOURCE

_SHORTEST_REGIME = 6  # months that the runs of each regime last on average
_OF_DYAD = (
    "source = ? and counting = 'all' and freq = 'month' and measure = 'net' "
    "and least(actor1_iso3, actor2_iso3) = ? and greatest(actor1_iso3, actor2_iso3) = ?"
)


def breaks(database: Published, actor1: Actor, actor2: Actor) -> tuple[Break, ...]:
    """Return the breaks in the dyad's monthly net score, oldest first."""
    rows = _rows(
        database,
        "last_before as day, last_before_lo as lower, last_before_hi as upper, "
        "mean_before, mean_after, sentence",
        "stats.break_point",
        (actor1, actor2),
        order="last_before",
    )
    return tuple(Break(**row) for row in rows)


def break_refusal(database: Published, actor1: Actor, actor2: Actor) -> tuple[bool, str | None]:
    """Return whether breaks were sought in the dyad's series at all, and why not if refused."""
    rows = _rows(
        database,
        "refusal",
        "stats.break_test",
        (actor1, actor2),
        more="and (test_id = 'number_of_breaks' or is_refused)",
        order="refusal nulls first",
    )
    return bool(rows), rows[0]["refusal"] if rows else None


def regimes(database: Published, actor1: Actor, actor2: Actor) -> tuple[Regime, ...]:
    """Return the runs of months in one regime, oldest first.

    None where there is no model, where a single mean fits better (BIC), or where the runs of any
    regime last less than six months on average: what passes within half a year is an event, no
    state of a relation, however long the calm between such events lasts.
    """
    rows = _rows(
        database,
        "period_start, regime, regime_mean, probability",
        "stats.regime",
        (actor1, actor2),
        more="and regime is not null and coalesce(bic < bic_one_regime, true)",
        order="period_start",
    )
    return tuple(
        Regime(
            run[0]["period_start"],
            run[-1]["period_start"],
            run[0]["regime_mean"],
            run[-1]["probability"],
        )
        for run in lasting_runs(rows)
    )


def lasting_runs(rows: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the rows, one a month in order, as runs of one `regime`; none where one is too brief.

    Each regime must last, not all together: a long run of one would hide that the other is events.
    """
    runs = [list(run) for _, run in groupby(rows, key=itemgetter("regime"))]
    for regime in {row["regime"] for row in rows}:
        lengths = [len(run) for run in runs if run[0]["regime"] == regime]
        if sum(lengths) < _SHORTEST_REGIME * len(lengths):
            return []
    return runs


def responses(database: Published, actor1: Actor, actor2: Actor) -> pd.DataFrame:
    """Return the generalised impulse responses: impulse, response, horizon, value, lo, hi."""
    return _frame(
        database,
        "impulse, response, horizon, response_value as value, response_lo as lo, response_hi as hi",
        "stats.impulse_response",
        (actor1, actor2),
        more="and response_kind = 'generalised' and response_value is not null",
        order="impulse, response, horizon",
    )


def paths(database: Published, actor1: Actor, actor2: Actor) -> pd.DataFrame:
    """Return the curves of event studies: event_kind, method, horizon, value, lo, hi."""
    return _frame(
        database,
        "event_kind, method, horizon, effect as value, effect_lo as lo, effect_hi as hi",
        "stats.event_path",
        (actor1, actor2),
        more="and effect is not null",
        order="event_kind, method, horizon",
    )


def forecast(database: Published, actor1: Actor, actor2: Actor) -> Forecast:
    """Return the forecast of the chosen model and the record of every model."""
    pair = (actor1, actor2)
    months = _rows(
        database,
        "period_start as month, mean, median, lo_50, hi_50, lo_80, hi_80, lo_95, hi_95, model, "
        "last_day(period_start) <= (select as_of from meta.study) as is_past",
        "stats.forecast",
        pair,
        more="and is_chosen and mean is not null",
        order="horizon",
    )
    scores = _rows(
        database,
        "model, coalesce(is_chosen, false) as is_chosen, n_forecasts, crps, coverage_80, baseline, "
        "skill, p_adjusted",
        "stats.forecast_score",
        pair,
        more="and horizon = 0 and not is_refused and model is not null",
        order="crps nulls last, model",
    )
    refused = _rows(
        database,
        "refusal",
        "stats.forecast",
        pair,
        more="and is_refused",
        order="refusal",
    )
    return Forecast(
        model=months[0]["model"] if months else "",
        months=tuple(
            ForecastMonth(**{key: value for key, value in row.items() if key != "model"})
            for row in months
        ),
        scores=tuple(ForecastScore(**row) for row in scores),
        refusal=refused[0]["refusal"] if refused and not months else None,
    )


def chances_of_lowest(database: Published, actor1: Actor, actor2: Actor) -> dict[int, float]:
    """Return by year how often it is the lowest in the bootstrap draws."""
    return dict(
        database.rows(
            """
            select year(period_start), p_lowest
            from stats.extreme_year
            where
                source = ? and counting = 'all' and actor1_iso3 = ? and actor2_iso3 = ?
                and not is_refused and scale = (select scale from meta.study)
            order by period_start
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def lowest_by_scale(database: Published, actor1: Actor, actor2: Actor) -> dict[str, int]:
    """Return the year with the lowest net score on every scale but that of the study."""
    return dict(
        database.rows(
            """
            select scale, year(arg_min(period_start, net))
            from stats.extreme_year
            where
                source = ? and counting = 'all' and actor1_iso3 = ? and actor2_iso3 = ?
                and not is_refused and scale <> (select scale from meta.study)
            group by scale
            order by scale
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def n_refused(database: Published, actor1: Actor, actor2: Actor) -> int:
    """Return how many questions the dyad's series could not bear: each test counts once."""
    refused = database.rows(
        """
        with refused as (
            select 'breaks' as question, *
            from stats.break_test
            union all by name
            select 'answers' as question, *
            from stats.granger
            union all by name
            select 'responses' as question, *
            from stats.impulse_response
            union all by name
            select event_kind || method as question, *
            from stats.event_effect
        )

        select count(distinct question)
        from refused
        where
            is_refused
            and source = ?
            and counting = 'all'
            and freq = 'month'
            and measure = 'net'
            and least(actor1_iso3, actor2_iso3) = ?
            and greatest(actor1_iso3, actor2_iso3) = ?
        """,
        _parameters((actor1, actor2)),
    )
    return int(refused[0][0])


def agreement(database: Published, actor1: Actor, actor2: Actor) -> list[dict[str, Any]]:
    """Return how each other source agrees with the records on this dyad."""
    return database.dicts(
        """
        select if(source1 = ?, source2, source1) as other, n_periods, correlation
        from stats.source_agreement
        where
            ? in (source1, source2)
            and counting = 'all'
            and actor1_iso3 = ?
            and actor2_iso3 = ?
        order by other
        """,
        [SOURCE, SOURCE, actor1.iso3, actor2.iso3],
    )


def _has(database: Published, table: str) -> bool:
    """Say whether the database holds a table: an earlier version may have built it."""
    layer, name = table.split(".")
    found = database.rows(
        "select count(*) from duckdb_tables() where schema_name = ? and table_name = ?",
        [layer, name],
    )
    return bool(found[0][0])


def _where(more: str) -> str:
    return f"{_OF_DYAD} {more}".strip()


def _parameters(pair: Sequence[Actor]) -> list[str]:
    return [SOURCE, *sorted(one.iso3 for one in pair)]


def _statement(columns: str, table: str, more: str, order: str) -> str:
    # Every part is a constant of this module.
    return f"select {columns} from {table} where {_where(more)} order by {order}"  # noqa: S608


def _rows(
    database: Published, columns: str, table: str, pair: Sequence[Actor], order: str, more: str = ""
) -> list[dict[str, Any]]:
    if not _has(database, table):
        return []
    return database.dicts(_statement(columns, table, more, order), _parameters(pair))


def _frame(
    database: Published, columns: str, table: str, pair: Sequence[Actor], order: str, more: str = ""
) -> pd.DataFrame:
    if not _has(database, table):
        return pd.DataFrame()
    return database.frame(_statement(columns, table, more, order), _parameters(pair))
