"""Fit the levels of a panel's dyads, side by side.

The values of the parameters are placed by the months up to the last complete calendar year, so that
what a month adds is a step of the filter and no new fit, and are kept for the next refresh.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from detente.analysis.levels import rows
from detente.analysis.levels.panel import SIGNS, Panel
from detente.base import processes
from detente.statistics.level import fit, summary
from detente.statistics.level.filtering import YEAR
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.nodes import FINE, MANY, Grid, Nodes

LEVEL, FIT = "stats.level", "stats.level_fit"
STEPS, CHANGE = "stats.step_or_drift", "stats.level_change"
TABLES = (LEVEL, FIT, STEPS, CHANGE)

Tables = dict[str, pd.DataFrame]
# The power, and the nodes of each sign, as an earlier build placed them.
Kept = tuple[float, list[Nodes]]

# So many dyads, those with the most months that are not zero, are enough to tell the power by.
_FOR_POWER = 24
# With more dyads than this the parameters take fewer values, bands are of fewer draws, and steps
# are looked for at the ends of quarters.
_FEW = 200
# Of so few dyads so many are a task, so that each processor has some.
_FEW_TOGETHER = 5


@dataclass(frozen=True)
class _Way:
    """How the levels of every dyad of a panel are estimated.

    Attributes
    ----------
    power
        Of the variance, common to all dyads.
    prior
        What is supposed before.
    fingerprint
        Of the panel whose months placed the parameters.
    grid
        How many values the parameters take.
    log2_draws
        Log of the number of draws that bands are taken of.
    months_apart
        Of the months at whose ends steps are looked for.
    """

    power: float
    prior: Prior
    fingerprint: str
    grid: Grid
    log2_draws: int
    months_apart: int


def fitted(
    panel: Panel, kept: Kept | None, prior: Prior, only: Sequence[int] | None = None
) -> Iterator[Tables]:
    """Yield rows of the tables by table, some dyads at a time.

    Parameters
    ----------
    kept
        Power and nodes of an earlier build; None places them by the panel's own first months.
    only
        Places of the dyads; None for all.
    """
    power, nodes = kept or (_power(panel), None)
    is_many = len(panel.pairs) > _FEW
    way = _Way(power, prior, panel.fingerprint, *((FINE, 9, 1), (MANY, 7, 3))[is_many])
    places = range(len(panel.pairs)) if only is None else only
    together = fit.TOGETHER if is_many else _FEW_TOGETHER
    parts = [
        partial(_part, panel.of(part), way, [one.of(part) for one in nodes] if nodes else None)
        for part in (places[start : start + together] for start in range(0, len(places), together))
    ]
    return processes.done(parts, "estimates levels")


def _part(panel: Panel, way: _Way, nodes: list[Nodes] | None) -> Tables:
    """Return rows of the tables for some dyads of a panel."""
    pair = [
        fit.fit(
            sums,
            way.power,
            way.prior,
            placed_by=panel.n_placing,
            grid=way.grid,
            nodes=nodes[place] if nodes else None,
        )
        for place, sums in enumerate((panel.cooperation, panel.conflict))
    ]
    cooperation, conflict = pair
    smoothed = summary.smoothed_summary(
        cooperation, conflict, way.log2_draws, lags=(YEAR, rows.SPAN)
    )
    return {
        LEVEL: rows.level_rows(panel, cooperation, conflict, smoothed, way.log2_draws),
        FIT: pd.concat(
            [
                rows.fit_rows(panel, sign, one, way.fingerprint)
                for sign, one in zip(SIGNS, pair, strict=True)
            ]
        ),
        STEPS: rows.step_rows(panel, cooperation, conflict, way.months_apart),
        CHANGE: rows.change_rows(panel, smoothed),
    }


def _power(panel: Panel) -> float:
    """Return the most likely power by the months that place the parameters."""
    placing = [sums.to(panel.n_placing) for sums in (panel.cooperation, panel.conflict)]
    active = sum((sums.y > 0).sum(axis=(1, 2)) for sums in placing)
    chosen = np.sort(np.argsort(-np.asarray(active), kind="stable")[:_FOR_POWER])
    return fit.best_power(
        tuple(Sums(one.y[chosen], one.log_offset[chosen], one.unit) for one in placing)
    )
