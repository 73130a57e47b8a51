"""Which year of a dyad is the lowest, and how surely."""

from __future__ import annotations

import numpy as np
import pandas as pd

from detente import intervals
from detente.infer.rows import Pair, Row, as_json, refused
from detente.inference.results import Refusal
from detente.settings import SeriesChoice, Settings
from detente.warehouse import Warehouse

MODEL = "bootstrap of the years"
_FEWEST_YEARS = 2
# Each occurrence is drawn in every replicate: beyond this a draw takes minutes.
_MOST_OCCURRENCES = 200_000
# Years told in a sentence: those that are the lowest in so many of the draws.
_TOLD = 0.05


def extreme_year_rows(
    warehouse: Warehouse, settings: Settings, *, source: str, counting: str
) -> list[Row]:
    """Say of every dyad and year how often it is the lowest in the bootstrap draws."""
    chosen = settings.index
    years = warehouse.frame(
        "select actor1_iso3, actor2_iso3, period_start, net from marts.dyad_year "
        "where source = ? and counting = ? and direction = 'undirected' and is_complete "
        "and n_events > 0 order by period_start",
        [source, counting],
    )
    (n_all,) = warehouse.rows("select count(*) from core.event where source = ?", [source])[0]
    # The names come from the settings, validated.
    drawn = pd.DataFrame()
    if n_all <= _MOST_OCCURRENCES:
        counted = "once" if counting == "one_a_day" else "every"
        drawn = warehouse.frame(
            "select actor1_iso3, actor2_iso3, day, seed, "  # noqa: S608
            f"{counted}_forward_net + {counted}_backward_net as net "
            f"from marts.occurrences('{chosen.scale}', '{chosen.officials}', "
            f"'{chosen.weighting}', null, null) where source = ? order by day, seed",
            [source],
        )
    choice = SeriesChoice(source=source, counting=counting)  # type: ignore[arg-type]
    rows = []
    for pair in settings.study.dyad_pairs:
        where = {**_where(choice, pair)}
        mine = _of(years, pair)
        subject = f"{'-'.join(pair)} net score a year"
        if n_all > _MOST_OCCURRENCES:
            reason = f"{n_all} events are more than the {_MOST_OCCURRENCES} that are drawn"
            rows.append(refused(where, subject, Refusal(model=MODEL, reason=reason)))
        elif len(mine) < _FEWEST_YEARS:
            reason = f"{len(mine)} complete years with acts, fewer than {_FEWEST_YEARS}"
            rows.append(refused(where, subject, Refusal(model=MODEL, reason=reason)))
        else:
            rows += _rows(where, subject, mine, _of(drawn, pair))
    return rows


def _where(choice: SeriesChoice, pair: Pair) -> Row:
    return {
        "source": choice.source,
        "counting": choice.counting,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
        "freq": "year",
        "measure": "net",
    }


def _of(frame: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    mine = (frame["actor1_iso3"] == pair[0]) & (frame["actor2_iso3"] == pair[1])
    return frame[mine].reset_index(drop=True)


def _rows(where: Row, subject: str, years: pd.DataFrame, drawn: pd.DataFrame) -> list[Row]:
    starts = pd.DatetimeIndex(pd.to_datetime(years["period_start"]))
    place = starts.year.get_indexer(pd.DatetimeIndex(pd.to_datetime(drawn["day"])).year)
    inside = place >= 0
    sums = intervals.replicate_sums(
        drawn["seed"].to_numpy(np.uint64)[inside],
        place[inside].astype(np.int64),
        drawn[["net"]].to_numpy(np.int64)[inside],
        len(starts),
    )[:, 0]
    lowest, highest = intervals.chances_of_extremes(sums)
    shared = {
        **where,
        "n_obs": len(starts),
        "span": f"{starts[0].year} to {starts[-1].year}",
        "settings": as_json({"draws": intervals.REPLICATES, "unit": "occurrence"}),
        "warnings": [],
        "sentence": _sentence(subject, starts.year, lowest),
    }
    return [
        {
            **shared,
            "period_start": start.date(),
            "net": float(net),
            "p_lowest": float(low),
            "p_highest": float(high),
        }
        for start, net, low, high in zip(starts, years["net"], lowest, highest, strict=True)
    ]


def _sentence(subject: str, years: pd.Index, lowest: intervals.Floats) -> str:
    order = np.argsort(-lowest, kind="stable")
    told = [place for place in order if lowest[place] >= _TOLD]
    named = ", ".join(f"{years[place]} in {lowest[place]:.0%}" for place in told)
    rest = 1.0 - float(lowest[told].sum())
    other = f" and another in {rest:.0%}" if rest >= 0.005 else ""
    return (
        f"Of {len(years)} complete years with acts, the lowest in {subject} is {named}{other} of "
        f"{intervals.REPLICATES} draws of the records (Poisson bootstrap)."
    )
