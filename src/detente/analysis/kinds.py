"""The kinds of records, their days, and the series that their effect is asked of.

An effect is asked of surprises: of a month's points less what the level of the months before led
one to expect. So a slow rise is no effect of the events that fall into it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.analysis.levels import FEWEST_MONTHS
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad, by_period
from detente.database.builder import Warehouse
from detente.settings import RECORDS
from detente.statistics.effects.events import Event
from detente.statistics.level.fit import fit
from detente.statistics.level.model import Sums
from detente.statistics.level.nodes import MANY
from detente.statistics.level.summary import surprises
from detente.statistics.results import Refusal

# Measures whose expected value the level tells.
MEASURES = ("net", "net_per_1k")


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The records of one file and what their effect is asked of.

    Attributes
    ----------
    label
        Of the file.
    pair
        The dyad that the effect is asked of.
    events
        Its days on the dyad, or in the whole study where none is on the dyad.
    outcome
        The dyad's surprises, built without the kind's records, or why they cannot be built.
    is_own
        Whether the events are the dyad's own.
    late
        Which of the kind's records the file keeps only from some day on, in words.
    """

    label: str
    pair: Pair
    events: tuple[Event, ...]
    outcome: pd.Series | Refusal
    is_own: bool = True
    late: tuple[str, ...] = ()


def labels(warehouse: Warehouse) -> list[str]:
    """Return the kinds of records, one a file."""
    query = "select distinct label from meta.raw_file where source = ? order by label"
    return [label for (label,) in warehouse.rows(query, [RECORDS])]


def kinds(
    warehouse: Warehouse, dyads: Sequence[Dyad], label: str, power: float | None
) -> list[Kind]:
    """Read what is asked of one kind of records and each dyad.

    Parameters
    ----------
    power
        Of the level of these series; None where no level was estimated.
    """
    acts = _acts(warehouse, label)
    own = {one.pair: acts[acts["pair"] == one.pair] for one in dyads}
    outcomes = _outcomes(
        warehouse, dyads, label, {pair for pair, mine in own.items() if not mine.empty}, power
    )
    return [
        Kind(
            label=label,
            pair=one.pair,
            events=tuple(
                Event(when=day, category=label)
                for day in sorted(
                    set((acts if own[one.pair].empty else own[one.pair])["event_date"])
                )
            ),
            outcome=outcomes[one.pair],
            is_own=not own[one.pair].empty,
        )
        for one in dyads
    ]


def _acts(warehouse: Warehouse, label: str) -> pd.DataFrame:
    """Return the days of one kind on each dyad."""
    rows = warehouse.rows(
        """
        select distinct event.actor1_iso3, event.actor2_iso3, event.event_date
        from marts.dyad_event as event
        inner join core.record as record on record.record_id = event.occurrence_id
        inner join meta.raw_file as raw_file on raw_file.raw_file_id = event.raw_file_id
        where event.source = ? and raw_file.label = ?
        order by all
        """,
        [RECORDS, label],
    )
    return pd.DataFrame(
        [((first, second), day) for first, second, day in rows], columns=["pair", "event_date"]
    )


def _outcomes(
    warehouse: Warehouse,
    dyads: Sequence[Dyad],
    label: str,
    owners: set[Pair],
    power: float | None,
) -> dict[Pair, pd.Series | Refusal]:
    """Return the surprises that the kind's own records are not part of, or why there are none."""
    found: dict[Pair, pd.Series | Refusal] = {}
    of_records: list[Dyad] = []
    for one in dyads:
        reason = _objection(one, power, has_own=one.pair in owners)
        if reason is not None:
            found[one.pair] = Refusal(model=f"effect of {label}", reason=reason)
        elif one.choice.source == RECORDS:
            of_records.append(one)
        else:
            found[one.pair] = _of_feed(warehouse, one)
    if of_records and power is not None:
        found |= _of_records(warehouse, of_records, label, power)
    return found


def _objection(dyad: Dyad, power: float | None, *, has_own: bool) -> str | None:
    choice = dyad.choice
    if choice.freq != "month":
        return "effects of events are asked of monthly series"
    if choice.measure not in MEASURES:
        return (
            "effects are asked of the net score, of which the level says what was to be expected, "
            f"and not of {choice.measure}"
        )
    if choice.source != RECORDS and has_own:
        return (
            f"the {choice.measure} of {choice.source} cannot be built without the events of the "
            "kind, so that an event would be its own effect"
        )
    if power is None or len(dyad.values) < FEWEST_MONTHS:
        return f"no level is estimated from fewer than {FEWEST_MONTHS} complete months"
    return None


def _of_records(
    warehouse: Warehouse, dyads: Sequence[Dyad], label: str, power: float
) -> dict[Pair, pd.Series | Refusal]:
    """Fit the level without the kind, all dyads at once, and return what came unexpected."""
    without = [sums_without(warehouse, one, label) for one in dyads]
    months = without[0].index
    for one in without[1:]:
        months = months.union(one.index)
    signs = []
    for sign in ("cooperation", "conflict"):
        points = np.stack([one[sign].reindex(months).to_numpy(dtype=float) for one in without])
        positive = points[points > 0]
        unit = float(np.median(positive)) if len(positive) else 1.0
        sums = Sums(points[:, None], np.zeros_like(points)[:, None], unit)
        signs.append(fit(sums, power, grid=MANY))
    return {
        one.pair: pd.Series(row, index=months).reindex(dyad_sums.index).rename(one.choice.measure)
        for one, dyad_sums, row in zip(dyads, without, surprises(*signs), strict=True)
    }


def _of_feed(warehouse: Warehouse, dyad: Dyad) -> pd.Series:
    """Read a feed's points less those expected, in the unit of the measure."""
    choice = dyad.choice
    per = "1000 / month.n_source_events" if choice.measure == "net_per_1k" else "1"
    frame = warehouse.frame(
        f"""
        select level.period_start, (level.net - level.predicted_net) * {per} as {choice.measure}
        from stats.level as level
        inner join marts.dyad_month as month
            on month.source = level.source and month.counting = level.counting
            and month.actor1_iso3 = level.actor1_iso3 and month.actor2_iso3 = level.actor2_iso3
            and month.period_start = level.period_start and month.direction = 'undirected'
        where
            level.kind = 'filtered' and level.source = ? and level.counting = ?
            and level.actor1_iso3 = ? and level.actor2_iso3 = ?
        order by level.period_start
        """,  # noqa: S608  # the measure is one of a list
        [choice.source, choice.counting, *dyad.pair],
    )
    return by_period(frame, choice)


def sums_without(warehouse: Warehouse, dyad: Dyad, label: str) -> pd.DataFrame:
    """Return a dyad's cooperation and conflict by complete month without the records of one kind.

    A record counts as mentioned once, so that weights by mentions are one constant.

    Returns
    -------
    pandas.DataFrame
        ``cooperation`` and ``conflict`` (scale points), one row a month.
    """
    choice = dyad.choice
    once = "distinct" if choice.counting == "one_a_day" else ""
    frame = warehouse.frame(
        f"""
        with acts as (
            select {once}
                event.event_date,
                event.actor1_iso3,
                event.cameo_code,
                date_trunc('month', event.event_date)::date as period_start_of_act,
                scale.scale_value::decimal(18, 6) as points,
            from core.record_event as event
            inner join meta.raw_file as raw_file using (raw_file_id)
            cross join meta.study as study
            left join core.scale as scale
                on scale.cameo_code = event.cameo_code and scale.scale = study.scale
            where
                raw_file.label <> ?
                and least(event.actor1_iso3, event.actor2_iso3) = ?
                and greatest(event.actor1_iso3, event.actor2_iso3) = ?
        )

        select
            month.period_start,
            coalesce(sum(points) filter (points > 0), 0)::double as cooperation,
            -coalesce(sum(points) filter (points < 0), 0)::double as conflict,
        from marts.dyad_month as month
        left join acts on acts.period_start_of_act = month.period_start
        where
            month.source = ? and month.counting = ? and month.direction = 'undirected'
            and month.actor1_iso3 = ? and month.actor2_iso3 = ? and month.is_complete
        group by month.period_start
        order by month.period_start
        """,  # noqa: S608  # a word of two
        [label, *dyad.pair, RECORDS, choice.counting, *dyad.pair],
    )
    weighting = warehouse.rows("select weighting from meta.study")[0][0]
    weight = math.log(2.0) if weighting == "log_mentions" else 1.0
    months = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq="M")
    return weight * frame[["cooperation", "conflict"]].set_axis(months, axis=0)


def month_of(event: Event) -> pd.Period:
    """Return the month of an event."""
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
