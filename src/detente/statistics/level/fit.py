"""Fit the model to cooperation and conflict of many series, and keep what a next month needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detente.statistics.level.filtering import Filter, Filtered, smooth
from detente.statistics.level.model import Prior, Sums, centre
from detente.statistics.level.nodes import COARSE, FINE, Grid, Nodes, normalised, place

Floats = npt.NDArray[np.float64]

# Series that are fitted together: as many as keep a month's arrays in a processor's cache.
TOGETHER = 64
# Powers among which the most likely one is looked for, and how far apart two are.
POWERS = tuple(round(1.1 + 0.1 * step, 2) for step in range(9))


@dataclass(frozen=True)
class Fit:
    """The model of one sign, fitted.

    Attributes
    ----------
    sums
        What it was fitted to.
    nodes
        Values of the parameters, with their weights.
    filtered
        States month by month.
    smoothed_mean, smoothed_variance
        States with all months; shape (months, series, nodes).
    rule
        The filter, to go on from the last month.
    prior
        What was supposed before.
    """

    sums: Sums
    nodes: Nodes
    filtered: Filtered
    smoothed_mean: Floats
    smoothed_variance: Floats
    rule: Filter
    prior: Prior

    @property
    def log_dispersion_centre(self) -> Floats:
        """Where the prior of the first source's log phi is centred; shape (series,)."""
        return centre(self.sums, self.rule.power).log_dispersion[:, 0]

    @property
    def weight(self) -> Floats:
        """Posterior probability of each node; shape (series, nodes)."""
        return self.filtered.now.weight

    @property
    def weight_by_month(self) -> Floats:
        """Probability of each node as it was at the time; shape (months, series, nodes)."""
        return normalised(self.filtered.log_weight)


def fit(
    sums: Sums,
    power: float,
    prior: Prior | None = None,
    *,
    placed_by: int | None = None,
    nodes: Nodes | None = None,
    grid: Grid = FINE,
) -> Fit:
    """Fit the model of one sign.

    Parameters
    ----------
    sums
        Points of one sign by series, source and month.
    power
        Of the variance, 1 < power < 2.
    prior
        What is supposed before; by default `Prior()`.
    placed_by
        The values of the parameters are placed by that many first months; by default by all. Their
        weights follow from all months in any case.
    nodes
        Values that were placed before, by the same months.
    grid
        How many values the parameters take.
    """
    if not 1 < power < 2:
        raise ValueError(f"the power of a sum of gamma sizes lies between 1 and 2, got {power}")
    chosen = prior or Prior()
    if nodes is None:
        placing = sums if placed_by is None else sums.to(placed_by)
        nodes = place(placing, centre(placing, power), chosen, power, grid)
    rule = Filter(nodes, chosen, power)
    filtered = rule.run(sums)
    return Fit(sums, nodes, filtered, *smooth(filtered), rule, chosen)


def in_parts(sums: Sums, together: int = TOGETHER) -> Iterator[slice]:
    """Yield the series part by part."""
    for first in range(0, len(sums.y), together):
        yield slice(first, first + together)


def log_marginal(sums: Sums, power: float, prior: Prior | None = None) -> float:
    """Return the log density of all series' data, integrated over q, phi and the effects."""
    chosen = prior or Prior()
    return sum(
        float(place(part, centre(part, power), chosen, power, COARSE).log_marginal.sum())
        for part in (sums.of(rows) for rows in in_parts(sums))
    )


def best_power(signs: tuple[Sums, ...], prior: Prior | None = None) -> float:
    """Return the most likely power of several series, common to them all.

    On a grid of tenths, then at the top of the parabola through the best three. Powers at an end of
    the grid are returned as they are.
    """
    found: dict[float, float] = {}

    def value(power: float) -> float:
        if power not in found:
            found[power] = sum(log_marginal(sums, power, prior) for sums in signs)
        return found[power]

    # The likelihood has one peak: maximise from where sums of records usually are.
    place_of = POWERS.index(1.3)
    while True:
        nearby = range(max(0, place_of - 1), min(len(POWERS), place_of + 2))
        best = max(nearby, key=lambda one: value(POWERS[one]))
        if best == place_of:
            break
        place_of = best
    if place_of in (0, len(POWERS) - 1):
        return POWERS[place_of]
    low, mid, high = (value(POWERS[place_of + way]) for way in (-1, 0, 1))
    return round(POWERS[place_of] + 0.05 * (high - low) / (2 * mid - low - high), 3)
