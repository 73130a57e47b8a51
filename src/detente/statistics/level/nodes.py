"""The values that the parameters may take, each with its weight: a small grid.

Where the parameters are replaced by their most likely values, bands are too narrow: of bands that
promise 80% some 76% held. So the step q takes values over the whole of its prior, and around the
most likely dispersion at each of them the dispersions take the nodes of Gauss-Hermite quadrature.

Reference
---------
Rue, H., Martino, S. and Chopin, N. (2009). Approximate Bayesian inference for latent Gaussian
models by using integrated nested Laplace approximations. JRSS B 71, 319-392, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from detente.statistics.level import mode
from detente.statistics.level.mode import Mode
from detente.statistics.level.model import Centre, Prior, Sums

Floats = npt.NDArray[np.float64]

# How far the nodes for log q reach, in standard deviations of its prior.
_REACH = 2.5
_ROUNDS = 4
_DIFFERENCE = 0.2
_LONGEST = 1.5


@dataclass(frozen=True)
class Grid:
    """How many values the parameters take.

    Attributes
    ----------
    steps
        Values of log q, equally far apart.
    alone, together
        Values of each log phi, where there is one source and where there are several.
    """

    steps: int = 9
    alone: int = 5
    together: int = 3


FINE = Grid()
# For thousands of series: bands of simulated relations hold as often within a point.
MANY = Grid(steps=6, alone=3, together=2)
# Enough to compare powers by: one dispersion at each step, with Laplace's approximation around it.
COARSE = Grid(steps=5, alone=1, together=1)


@dataclass(frozen=True)
class Nodes:
    """Values of the parameters of each series.

    Attributes
    ----------
    log_step
        Log of q; shape (series, nodes).
    log_dispersion
        Log of phi; shape (series, nodes, sources).
    effect
        Effects of the sources, most likely at the node; shape (series, nodes, sources).
    log_weight
        Log of prior density times the volume that the node stands for; shape (series, nodes).
    log_evidence
        Log density of the data at the node (Laplace); shape (series, nodes).
    log_mean
        Where the prior of the first state is centred; shape (series,).
    """

    log_step: Floats
    log_dispersion: Floats
    effect: Floats
    log_weight: Floats
    log_evidence: Floats
    log_mean: Floats

    def of(self, chosen: slice | Sequence[int]) -> Nodes:
        """Return the nodes of some of the series."""
        return Nodes(*(getattr(self, one.name)[chosen] for one in fields(self)))

    @property
    def weight(self) -> Floats:
        """Posterior probability of each node; shape (series, nodes)."""
        return normalised(self.log_weight + self.log_evidence)

    @property
    def log_marginal(self) -> Floats:
        """Log density of the data, over all nodes; shape (series,)."""
        return np.asarray(np.logaddexp.reduce(self.log_weight + self.log_evidence, axis=1))

    def mean(self, values: Floats) -> Floats:
        """Return the posterior mean of values by node, shape (series, nodes); shape (series,)."""
        return np.asarray((self.weight * values).sum(axis=1))


def normalised(logs: Floats) -> Floats:
    """Return probabilities that sum to 1 along the last axis, from logs up to a constant."""
    grown = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=-1, keepdims=True))


def place(sums: Sums, centre: Centre, prior: Prior, power: float, grid: Grid = FINE) -> Nodes:
    """Place the nodes of each series' parameters, and evaluate the data's density at them.

    A grid over the prior of log q; at each value a Gauss-Hermite rule in log phi around the mode,
    scaled by its curvature, as in Rue, Martino and Chopin (2009, section 3).

    Parameters
    ----------
    sums
        Points and offsets, shape (series, sources, months).
    centre
        Where the priors of each series are centred.
    power
        Of the Tweedie variance, between 1 and 2.
    grid
        How many values q and phi take.
    """
    n_values = grid.alone if sums.y.shape[1] == 1 else grid.together
    spread = np.linspace(-_REACH, _REACH, grid.steps)
    weights_of_step = normalised(-0.5 * spread**2)
    found = []
    peak, path, along = centre.log_dispersion, None, None
    for deviation, of_step in zip(spread, weights_of_step, strict=True):
        log_step = np.full(len(sums.y), prior.log_step + prior.log_step_sd * deviation)
        at = _At(sums, centre, prior, log_step, power, along)
        peak, width, path = at.maximise(peak, path)
        along = at.along
        found += [
            (log_step, *node, np.log(of_step)) for node in at.around(peak, width, path, n_values)
        ]
    steps, dispersions, modes, priors, of_steps = zip(*found, strict=True)
    return Nodes(
        log_step=np.stack(steps, axis=1),
        log_dispersion=np.stack(dispersions, axis=1),
        effect=np.stack([one.effect for one in modes], axis=1),
        log_weight=np.stack(priors, axis=1) + np.array(of_steps),
        log_evidence=np.stack([one.log_evidence for one in modes], axis=1),
        log_mean=centre.log_mean,
    )


class _At:
    """The dispersions at one value of q."""

    def __init__(
        self,
        sums: Sums,
        centre: Centre,
        prior: Prior,
        log_step: Floats,
        power: float,
        along: tuple[Floats, Floats] | None,
    ) -> None:
        self.given = (sums, centre, prior, log_step)
        self.power = power
        self.middle, self.sd = centre.log_dispersion, prior.log_dispersion_sd
        # How states and effects change with each log phi; (sources, series, months or sources).
        self.along = along

    def mode(self, log_dispersion: Floats, path: Mode | None) -> Mode:
        return mode.find(*self.given, log_dispersion, self.power, path)

    def near(self, peak: Floats, path: Mode, deviation: Floats) -> Mode:
        """Return the mode at dispersions near a peak, sought from where its slopes point to.

        Parameters
        ----------
        peak, deviation
            Log phi and the distance from it, shape (series, sources).
        """
        state, effect = path.state, path.effect
        if self.along:
            d_state, d_effect = self.along
            state = state + np.einsum("ni,int->nt", deviation, d_state)
            effect = effect + np.einsum("ni,inj->nj", deviation, d_effect)
        return self.mode(peak + deviation, replace(path, state=state, effect=effect))

    def log_prior(self, log_dispersion: Floats) -> Floats:
        """Return the log prior density of the dispersions; shape (series,)."""
        z = (log_dispersion - self.middle) / self.sd
        normal = -0.5 * z**2 - np.log(self.sd) - 0.5 * np.log(2 * np.pi)
        return np.asarray(normal.sum(axis=1))

    def maximise(self, peak: Floats, path: Mode | None) -> tuple[Floats, Floats, Mode]:
        """Find the most likely log dispersions by Newton's method with numerical derivatives.

        Returns
        -------
        peak, width
            Log phi and its standard deviation by the curvature; shape (series, sources).
        path
            The mode of the states there.
        """
        width = np.full_like(peak, 0.5)
        climbs = np.ones((len(peak), 1), dtype=bool)
        path = self.mode(peak, path)
        for _ in range(_ROUNDS):
            here = path.log_evidence + self.log_prior(peak)
            moved = np.empty_like(peak)
            along = []
            for source in range(peak.shape[1]):
                step = np.zeros_like(peak)
                step[:, source] = _DIFFERENCE
                up, down = (self.near(peak, path, way * step) for way in (1, -1))
                above, below = (
                    one.log_evidence + self.log_prior(peak + way * step)
                    for one, way in ((up, 1), (down, -1))
                )
                along.append(
                    [
                        (getattr(up, name) - getattr(down, name)) / (2 * _DIFFERENCE)
                        for name in ("state", "effect")
                    ]
                )
                slope = (above - below) / (2 * _DIFFERENCE)
                # Flat or hollow: as the prior bends, at least.
                bend = np.maximum((2 * here - above - below) / _DIFFERENCE**2, self.sd**-2)
                moved[:, source] = np.clip(slope / bend, -_LONGEST, _LONGEST)
                width[:, source] = bend**-0.5
            self.along = np.stack([one for one, _ in along]), np.stack([one for _, one in along])
            # Each series stops by itself: what it gives does not depend on the others.
            step = np.where(climbs, moved, 0.0)
            path = self.near(peak, path, step)
            peak = peak + step
            climbs &= (np.abs(moved / width) >= 0.1).any(axis=1, keepdims=True)
            if not climbs.any():
                break
        return peak, width, path

    def around(
        self, peak: Floats, width: Floats, path: Mode, n_values: int
    ) -> list[tuple[Floats, Mode, Floats]]:
        """Return the nodes of a Gauss-Hermite rule around a peak.

        Returns
        -------
        list
            Of each node: log phi, shape (series, sources); the mode there; and the log of prior
            times volume, shape (series,).
        """
        n_sources = peak.shape[1]
        z, w = np.polynomial.hermite_e.hermegauss(n_values)
        nodes = []
        for chosen in product(range(len(z)), repeat=n_sources):
            deviation = z[list(chosen)]
            log_dispersion = peak + width * deviation
            found = self.near(peak, path, width * deviation)
            # The volume of a node is its weight over the normal density that the rule supposes.
            volume = (np.log(w[list(chosen)]) + 0.5 * deviation**2 + np.log(width)).sum(axis=1)
            nodes.append(
                (
                    log_dispersion,
                    found,
                    self.log_prior(log_dispersion) + volume,
                )
            )
        return nodes
