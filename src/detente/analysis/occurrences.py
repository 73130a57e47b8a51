"""Numbers of acts by week, and whether those of one side predict those of the other.

The numbers are of one-sided acts where the source tells them: a record in which both sides act,
such as a meeting, would be in both series.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from detente.analysis.results import as_json, numbers, refusing
from detente.analysis.rows import Pair, Rows, about, ask
from detente.analysis.series import Dyad
from detente.analysis.tables import CommonClimate
from detente.base.phrases import say
from detente.database.builder import Warehouse
from detente.indices.periods import PANDAS_FREQ
from detente.settings import RECORDS, Inference, SeriesChoice
from detente.statistics.reciprocity.climate import Prediction, predictions
from detente.statistics.results import Refusal
from detente.statistics.wording import probability

SIGNS = ("cooperation", "conflict")
TEST_ID = "common_climate"
_EACH = {
    "records": """
        with sided as (
            select
                event.event_date,
                event.actor1_iso3,
                event.actor2_iso3,
                event.cameo_code,
                scale.scale_value as points,
                count(distinct event.actor1_iso3) over (
                    partition by
                        event.record_id,
                        least(event.actor1_iso3, event.actor2_iso3),
                        greatest(event.actor1_iso3, event.actor2_iso3)
                ) = 1 as is_one_sided,
            from core.record_event as event
            cross join meta.study as study
            inner join core.scale as scale
                on scale.cameo_code = event.cameo_code and scale.scale = study.scale
        )

        select
            date_trunc('week', event_date)::date as period_start,
            actor1_iso3,
            actor2_iso3,
            count({counted}) filter (points > 0) as cooperation,
            count({counted}) filter (points < 0) as conflict,
        from sided
        where is_one_sided
        group by all
        order by all
    """,
    "feed": """
        select
            period_start,
            actor1_iso3,
            actor2_iso3,
            n_cooperation as cooperation,
            n_conflict as conflict,
        from marts.dyad_week
        where source = ? and counting = ? and direction = 'directed' and is_complete
        order by all
    """,
}


def by_week(
    warehouse: Warehouse, dyads: Sequence[Dyad], choice: SeriesChoice
) -> dict[Pair, dict[str, pd.DataFrame]]:
    """Count the acts of each dyad by week, sign and direction.

    Returns
    -------
    dict
        By dyad and sign a frame with one column per direction, one row per week that lies whole
        inside the dyad's series; nothing of a dyad without a series.
    """
    if choice.source == RECORDS:
        counted = "distinct (event_date, cameo_code)" if choice.counting == "one_a_day" else "*"
        frame = warehouse.frame(_EACH["records"].format(counted=counted))
    else:
        frame = warehouse.frame(_EACH["feed"], [choice.source, choice.counting])
    frame["week"] = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq=PANDAS_FREQ["week"])
    found: dict[Pair, dict[str, pd.DataFrame]] = {}
    for one in dyads:
        if one.values.empty:
            continue
        first, last = one.values.index[0].start_time, one.values.index[-1].end_time
        weeks = pd.period_range(first, last, freq=PANDAS_FREQ["week"])
        weeks = weeks[(weeks.start_time >= first) & (weeks.end_time <= last)]
        found[one.pair] = {
            sign: pd.DataFrame(
                {
                    f"acts of {a} towards {b}": frame[
                        (frame["actor1_iso3"] == a) & (frame["actor2_iso3"] == b)
                    ]
                    .set_index("week")[sign]
                    .reindex(weeks, fill_value=0)
                    for a, b in (one.pair, one.pair[::-1])
                },
                dtype=float,
            )
            for sign in SIGNS
        }
    return found


def occurrence_rows(dyad: Dyad, chosen: Inference) -> Rows:
    """Ask, for each sign, whether acts of one side predict those of the other beyond the climate.

    Of a feed all acts are counted, of the records one-sided ones alone.
    """
    rows: Rows = []
    for sign in SIGNS:
        counts = (dyad.occurrences or {}).get(sign)
        found: object = Refusal(model=say("model.weekly_counts"), reason=say("reason.no_week"))
        if not dyad.tells_who_acted:
            found = Refusal(model=say("model.weekly_counts"), reason=say("reason.sides_alone"))
        elif counts is not None and len(counts):
            found = ask(say("model.climate"), partial(predictions, counts))
        for place, way in enumerate((dyad.pair, dyad.pair[::-1])):
            where = {**about(dyad.choice, way), "sign": sign}
            if isinstance(found, Refusal):
                subject = f"{sign} of {way[0]} towards {way[1]}"
                rows.append(
                    CommonClimate(
                        **where, **refusing(found, subject), test_id=TEST_ID, test=found.model
                    )
                )
                continue
            one = found.predictions[place]  # type: ignore[attr-defined]
            rows.append(
                CommonClimate(
                    **where,
                    **numbers(one.test) | {"settings": as_json(one.test.settings)},
                    n_acts=one.n_acts,
                    n_other=one.n_other,
                    ratio=one.ratio,
                    ratio_lo=one.lower,
                    ratio_hi=one.upper,
                    climate_half_life=found.half_life,  # type: ignore[attr-defined]
                    climate_sd=found.spread,  # type: ignore[attr-defined]
                    span=found.span,  # type: ignore[attr-defined]
                    wording=_Words(one, way, sign),
                )
            )
    return rows


class _Words:
    """The sentence of one direction."""

    def __init__(self, one: Prediction, way: Pair, sign: str) -> None:
        self.one, self.way, self.sign = one, way, sign

    def __call__(self, p_adjusted: float | None, level: float) -> str:
        one, (actor, target) = self.one, self.way
        p_value = one.test.p_value if p_adjusted is None else p_adjusted
        text = f"times {one.ratio:.2f}, 95% interval {one.lower:.2f} to {one.upper:.2f}, "
        text += probability(one.test.p_value)
        if p_adjusted is not None:
            text += f", BH-adjusted {probability(p_adjusted)}"
        past = f"acts of {self.sign} by {target} towards {actor} in the last four weeks"
        if p_value is not None and p_value < level:
            manner = "more" if one.ratio > 1.0 else "fewer"
            return (
                f"Beyond the climate that both share, {past} predict {manner} such acts of {actor} "
                f"({text})."
            )
        return (
            f"The data do not show that {past} predict such acts of {actor} beyond the climate "
            f"that both share ({text})."
        )
