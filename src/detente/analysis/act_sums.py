"""Points of some acts by period: the definition of `marts.day_sums`, over other acts than all."""

from __future__ import annotations

import pandas as pd

from detente.analysis.series import Dyad
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.indices.periods import PANDAS_FREQ
from detente.settings import SeriesChoice

_COLUMNS = ["source", "pair", "period_start", "cooperation", "conflict", "net"]


def study_scale(warehouse: Warehouse) -> str:
    """Return the name of the scale by which the study weighs acts."""
    return str(warehouse.rows("select scale from meta.study")[0][0])


def by_period(warehouse: Warehouse, choice: SeriesChoice, scale: str, acts: str) -> pd.DataFrame:
    """Return what some acts add up to by period.

    Parameters
    ----------
    choice
        How acts are counted, and by which periods.
    scale
        Name of the scale.
    acts
        A query that returns the acts, with the columns of `core.event`; what it calls `source` is
        summed apart.

    Returns
    -------
    pandas.DataFrame
        ``source``, ``pair`` (undirected, in alphabetical order), ``period_start``, and
        ``cooperation``, ``conflict`` and ``net`` in points of the scale; one row per period with
        acts.
    """
    rows = warehouse.rows(
        f"""
        with
        summed as (
            select
                source,
                least(actor1_iso3, actor2_iso3) as side_a,
                greatest(actor1_iso3, actor2_iso3) as side_b,
                date_trunc($freq, day)::date as period_start,
                sum(cooperation::decimal(38, 12)) as cooperation,
                sum(conflict::decimal(38, 12)) as conflict,
            from marts.day_sums(
                $scale,
                (select officials from meta.study),
                (select weighting from meta.study),
                null,
                null,
                of_acts := {literal(acts)}
            )
            where counting = $counting
            group by all
        )
        select
            source, side_a, side_b, period_start,
            cooperation::double, conflict::double, (cooperation - conflict)::double,
        from summed
        order by all
        """,  # noqa: S608  # query() takes no parameter
        {"freq": choice.freq, "scale": scale, "counting": choice.counting},
    )
    return pd.DataFrame(
        [(source, (one, two), *told) for source, one, two, *told in rows], columns=_COLUMNS
    )


def placed(sums: pd.Series, starts: pd.Series, dyad: Dyad) -> pd.Series:
    """Put the points of periods with acts among all periods of a dyad's series.

    Parameters
    ----------
    sums
        Points, one a period with acts.
    starts
        The first day of each of these periods.

    Returns
    -------
    pandas.Series
        By the periods of the dyad's series; zero where no act is.
    """
    periods = pd.PeriodIndex(pd.to_datetime(starts), freq=PANDAS_FREQ[dyad.choice.freq])
    by_period_of_acts = pd.Series(sums.to_numpy(dtype=float), index=periods, name=sums.name)
    return by_period_of_acts.reindex(dyad.values.index, fill_value=0.0)
