"""Which year of a dyad is the lowest, and how surely."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from detente.analysis.results import Outcome, as_json, refusing, saying
from detente.analysis.rows import Pair, about
from detente.analysis.tables import ExtremeYear
from detente.analysis.variant import scale_name
from detente.base.phrases import Phrase, join, say
from detente.database.builder import Warehouse
from detente.indices import intervals
from detente.settings import SeriesChoice, Settings
from detente.settings.study import Index
from detente.statistics.results import Refusal

MODEL, TEST_ID = "bootstrap of the years", "extreme_year"
_FEWEST_YEARS = 2
# Each occurrence is drawn in every replicate: beyond this a draw takes minutes.
_MOST_OCCURRENCES = 200_000
# Years told in a sentence: those that are the lowest in so many of the draws.
_TOLD = 0.05


def extreme_year_rows(
    warehouse: Warehouse, settings: Settings, *, source: str, counting: str
) -> list[ExtremeYear]:
    """Say of every dyad and year how often it is the lowest in the draws, on every scale."""
    years = warehouse.frame(
        "select actor1_iso3, actor2_iso3, period_start from marts.dyad_year "
        "where source = ? and counting = ? and direction = 'undirected' and is_complete "
        "and n_events > 0 order by period_start",
        [source, counting],
    )
    (n_all,) = warehouse.rows("select count(*) from core.event where source = ?", [source])[0]
    own = settings.index.scale
    scales = [own]
    if n_all <= _MOST_OCCURRENCES:
        known = warehouse.rows("select scale from meta.scale order by scale")
        scales += [scale for (scale,) in known if scale != own]
    choice = SeriesChoice.model_validate({"source": source, "counting": counting})
    rows: list[ExtremeYear] = []
    for scale in scales:
        drawn = pd.DataFrame()
        if n_all <= _MOST_OCCURRENCES:
            drawn = _occurrences(warehouse, settings.index, choice, scale)
        for pair in settings.study.dyad_pairs:
            where = {**about(choice, pair), "freq": "year", "measure": "net", "scale": scale}
            mine = _of(years, pair)
            subject = f"{'-'.join(pair)} net score a year"
            if scale != own:
                subject = join([subject, say("variant.scale", scale=scale_name(scale))])
            if n_all > _MOST_OCCURRENCES:
                reason = say("reason.many_events", n=n_all, most=_MOST_OCCURRENCES)
                rows.append(_refused(where, subject, reason))
            elif len(mine) < _FEWEST_YEARS:
                reason = say("reason.few_years", n=len(mine), needed=_FEWEST_YEARS)
                rows.append(_refused(where, subject, reason))
            else:
                rows += _rows(where, subject, mine, _of(drawn, pair))
    return rows


def _refused(where: dict[str, Any], subject: str, reason: str) -> ExtremeYear:
    refusal = Refusal(model=MODEL, reason=reason)
    return ExtremeYear(**where, test_id=TEST_ID, **refusing(refusal, subject))


def _occurrences(
    warehouse: Warehouse, index: Index, choice: SeriesChoice, scale: str
) -> pd.DataFrame:
    """Return what each occurrence adds to its dyad, in millionths, in the order of days."""
    counted = "once" if choice.counting == "one_a_day" else "every"
    # The names come from the settings and the reference tables, validated.
    return warehouse.frame(
        "select actor1_iso3, actor2_iso3, day, seed, "  # noqa: S608
        f"{counted}_forward_net + {counted}_backward_net as net "
        f"from marts.occurrences('{scale}', '{index.officials}', '{index.weighting}', "
        "null, null) where source = ? order by day, seed",
        [choice.source],
    )


def _of(frame: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    mine = (frame["actor1_iso3"] == pair[0]) & (frame["actor2_iso3"] == pair[1])
    return frame[mine].reset_index(drop=True)


def _rows(
    where: dict[str, Any], subject: str, years: pd.DataFrame, drawn: pd.DataFrame
) -> list[ExtremeYear]:
    starts = pd.DatetimeIndex(pd.to_datetime(years["period_start"]))
    place = starts.year.get_indexer(pd.DatetimeIndex(pd.to_datetime(drawn["day"])).year)
    inside = place >= 0
    points = drawn[["net"]].to_numpy(np.int64)[inside]
    segment = place[inside].astype(np.int64)
    sums = intervals.replicate_sums(
        drawn["seed"].to_numpy(np.uint64)[inside], segment, points, len(starts)
    )[:, 0]
    totals = np.zeros(len(starts), dtype=np.int64)
    np.add.at(totals, segment, points[:, 0])
    lowest, highest = intervals.chances_of_extremes(sums)
    shared = {
        **where,
        "test_id": TEST_ID,
        "outcome": Outcome.ESTIMATED,
        "n_obs": len(starts),
        "span": f"{starts[0].year} to {starts[-1].year}",
        "settings": as_json({"draws": intervals.REPLICATES, "unit": "occurrence"}),
        "wording": saying(_sentence(subject, starts.year, lowest)),
    }
    return [
        ExtremeYear(
            **shared,
            period_start=start.date(),
            net=float(net) / intervals.MILLION,
            p_lowest=float(low),
            p_highest=float(high),
        )
        for start, net, low, high in zip(starts, totals, lowest, highest, strict=True)
    ]


def _sentence(subject: str, years: pd.Index, lowest: intervals.Floats) -> Phrase:
    order = np.argsort(-lowest, kind="stable")
    likely = [place for place in order if lowest[place] >= _TOLD]
    named = [
        say("extremes.year", year=str(years[place]), share=f"{lowest[place]:.0%}")
        for place in likely
    ]
    rest = 1.0 - float(lowest[likely].sum())
    return say(
        "extremes.lowest",
        n=len(years),
        subject=subject,
        named=join(named, ", "),
        other=say("extremes.other", share=f"{rest:.0%}") if rest >= 0.005 else "",
        draws=intervals.REPLICATES,
    )
