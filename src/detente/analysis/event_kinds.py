"""The kinds of records, their days, and the series that their effect is asked of.

An effect is asked of surprises: of a month's points less what the level of the months before led
one to expect. So a slow rise is no effect of the events that fall into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.analysis.levels import FEWEST_MONTHS
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad, by_period
from detente.base.phrases import say
from detente.database.builder import Warehouse
from detente.database.quoting import literal
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
    query = (
        "select distinct label from meta.raw_file where meta.is_hand_kept(source) order by label"
    )
    return [label for (label,) in warehouse.rows(query)]


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
            found[one.pair] = Refusal(model=say("model.effect", kind=label), reason=reason)
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
            "effects are estimated on the net score, whose expected value the level gives, "
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
        for one, dyad_sums, row in zip(dyads, without, surprises(signs[0], signs[1]), strict=True)
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

    Returns
    -------
    pandas.DataFrame
        ``cooperation`` and ``conflict`` (scale points), one row per month.
    """
    choice = dyad.choice
    warehouse.execute(
        "create or replace temp table kept_act as select event.* from core.event as event "
        "inner join meta.raw_file as raw_file using (raw_file_id) "
        "where event.source = ? and raw_file.label <> ?",
        [RECORDS, label],
    )
    sums = (
        "from marts.day_sums((select scale from meta.study), (select officials from meta.study), "  # noqa: S608
        f"(select weighting from meta.study), {literal(dyad.pair[0])}, {literal(dyad.pair[1])}, "
        "of_acts := 'from kept_act')"
    )
    frame = warehouse.frame(
        f"""
        select period_start, cooperation, conflict
        from marts.period_indices(
            {literal(sums)}, 'month', {literal(RECORDS)}, {literal(dyad.pair[0])},
            {literal(dyad.pair[1])}
        )
        where counting = ? and direction = 'undirected' and is_complete
        order by period_start
        """,  # noqa: S608  # codes of the study
        [choice.counting],
    )
    months = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq="M")
    return frame[["cooperation", "conflict"]].set_axis(months, axis=0)


def month_of(event: Event) -> pd.Period:
    """Return the calendar month in which an event falls, whether it is dated by day or by month."""
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
