"""Series whose truth is known: what the bands of the level are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from detente.statistics.level import tweedie
from detente.statistics.level.model import Sums
from detente.statistics.level.summary import Summary

Floats = npt.NDArray[np.float64]

POWER = 1.3


@dataclass(frozen=True, kw_only=True)
class Design:
    """How relations are made up.

    Attributes
    ----------
    path
        How the state moves: ``"drift"`` (by a normal step every month), ``"jump"`` (twice, by 1.2,
        at random months), ``"constant"``, or ``"cycle"`` (a wave of six years).
    log_mean
        Of the points of cooperation and of conflict a month, around which the state lies.
    phi
        Dispersion.
    sources
        1 to 3. The second starts after two fifths of the months, the third stops after three
        fifths; they report 1.8 and 0.6 times what the first does, with noise of their own.
    missing
        Share of months in which a source did not look.
    growth
        Whether the first source is a feed whose volume grows eightfold.
    """

    path: Literal["drift", "jump", "constant", "cycle"] = "drift"
    log_mean: float = 1.0
    phi: float = 6.0
    sources: int = 1
    missing: float = 0.0
    growth: bool = False


SPARSE, DENSE = 0.3, 2.5
DESIGNS: Mapping[str, Design] = {
    "drift, sparse": Design(log_mean=SPARSE),
    "drift, dense": Design(log_mean=DENSE),
    "jumps, sparse": Design(path="jump", log_mean=SPARSE),
    "jumps, dense": Design(path="jump", log_mean=DENSE),
    "constant, sparse": Design(path="constant", log_mean=SPARSE),
    "constant, dense": Design(path="constant", log_mean=DENSE),
    "cycle, sparse": Design(path="cycle", log_mean=SPARSE),
    "cycle, dense": Design(path="cycle", log_mean=DENSE),
    "drift, two sources": Design(sources=2),
    "drift, three sources": Design(sources=3),
    "drift, a third missing": Design(missing=1 / 3),
    "drift, growing feed": Design(growth=True, log_mean=DENSE),
}


@dataclass(frozen=True)
class Simulated:
    """Relations and what was seen of them.

    Attributes
    ----------
    cooperation, conflict
        What was seen.
    states
        Logs of the expected points a month, cooperation and conflict; shape (2, months, series).
    """

    cooperation: Sums
    conflict: Sums
    states: Floats

    @property
    def level(self) -> Floats:
        """True level; shape (months, series)."""
        return np.asarray(np.exp(self.states[0]) - np.exp(self.states[1]))

    @property
    def tone(self) -> Floats:
        """True tone; shape (months, series)."""
        return np.asarray(np.tanh((self.states[0] - self.states[1]) / 2))


def simulate(design: Design, n_series: int, n_months: int, seed: int) -> Simulated:
    """Draw months of a design: states, points and offsets; the same for the same seed."""
    rng = np.random.default_rng(seed)
    states = np.stack([_path(design, n_series, n_months, rng) for _ in range(2)])
    shape = (n_series, design.sources, n_months)
    offset = np.zeros(shape)
    if design.growth:
        offset[:, 0] = np.linspace(-np.log(8) / 2, np.log(8) / 2, n_months)
    known = rng.random(shape) >= design.missing
    if design.sources > 1:
        known[:, 1, : 2 * n_months // 5] = False
    if design.sources > 2:
        known[:, 2, 3 * n_months // 5 :] = False
    effects = np.log(np.array([1.0, 1.8, 0.6])[: design.sources])[:, None]
    phi = design.phi * np.array([1.0, 1.3, 0.8])[: design.sources][:, None]
    seen = []
    for state in states:
        log_mean = offset + effects + state.T[:, None, :]
        points = tweedie.draw(rng, log_mean, phi, POWER)
        seen.append(Sums(np.where(known, points, np.nan), offset))
    return Simulated(seen[0], seen[1], states)


def _path(design: Design, n_series: int, n_months: int, rng: np.random.Generator) -> Floats:
    """Return a state by month; shape (months, series)."""
    start = design.log_mean + rng.normal(0, 0.4, n_series)
    months = np.arange(n_months)[:, None]
    if design.path == "drift":
        # Steps of different size, as relations differ.
        step = np.exp(rng.normal(np.log(0.12), 0.35, n_series))
        return np.asarray(start + np.cumsum(rng.normal(0, 1, (n_months, n_series)) * step, axis=0))
    if design.path == "jump":
        at = np.sort(rng.integers(n_months // 8, n_months - n_months // 8, (2, n_series)), axis=0)
        way = rng.choice([-1.2, 1.2], (2, n_series))
        return np.asarray(start + (way[:, None] * (months >= at[:, None])).sum(axis=0))
    if design.path == "cycle":
        phase = rng.uniform(0, 2 * np.pi, n_series)
        return np.asarray(start + 0.7 * np.sin(2 * np.pi * months / 72 + phase))
    return np.repeat(start[None], n_months, axis=0)


def coverage(found: Summary, truth: Simulated) -> dict[str, float]:
    """Return the share of months whose bands contain the true level and tone, by band."""
    shares = {}
    for name, values, true in (
        ("level", found.level, truth.level),
        ("tone", found.tone, truth.tone),
    ):
        for band, (low, high) in {"80": (1, 3), "95": (0, 4)}.items():
            held = (values[low] <= true) & (true <= values[high])
            shares[f"{name} {band}"] = float(held.mean())
    return shares


def twelve_month_tone(seen: Simulated) -> Floats:
    """Return the relative net in [-1, 1] of the first source's last twelve months.

    Shape (series, months); NaN before the twelfth month.
    """
    cooperation, conflict = (
        _last_twelve(one.y[:, 0].T / np.exp(one.log_offset[:, 0].T))
        for one in (seen.cooperation, seen.conflict)
    )
    total = cooperation + conflict
    return np.where(total > 0, (cooperation - conflict) / np.where(total > 0, total, 1.0), 0.0)


def _last_twelve(values: Floats) -> Floats:
    summed = np.cumsum(np.nan_to_num(values), axis=0)
    found = np.full_like(values, np.nan)
    found[11:] = summed[11:]
    found[12:] -= summed[:-12]
    return found


def saturating_score(seen: Simulated, points_per_score: float = 40.0) -> Floats:
    """Return the bounded score in [-1, 1] of the first source (docs/methods.md, Score)."""
    net = np.nan_to_num(seen.cooperation.y[:, 0] - seen.conflict.y[:, 0]).T
    influence = np.clip(net / points_per_score / 9, -1, 1)
    score = np.zeros(influence.shape[1])
    found = np.empty_like(influence)
    for month, one in enumerate(influence):
        score = (1 - np.abs(one)) * score + one
        found[month] = score
    return found
