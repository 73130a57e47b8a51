"""The most likely path of the state, by Newton's method on a banded Hessian.

The log density of the data is concave in the state, and the precision of a random walk is
tridiagonal, so that a step costs no more than the series is long. The Hessians of many series are
blocks of one tridiagonal matrix: one call factors them all.

Reference
---------
Durbin, J. and Koopman, S. J. (2012). Time Series Analysis by State Space Methods, 2nd edition.
Oxford University Press, section 10.6 (mode estimation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import lapack

from detente.statistics.level import tweedie
from detente.statistics.level.model import Centre, Prior, Sums

Floats = npt.NDArray[np.float64]
Data = tuple[Floats, Floats]

_STEPS = 60
# After a step of this length what is left is of its square: Newton's method converges so.
_CLOSE = 1e-4
_LONGEST_STEP = 2.0


@dataclass(frozen=True)
class Mode:
    """The most likely states and effects at given parameters.

    Attributes
    ----------
    state
        Shape (series, months).
    effect
        Of each source, that of the first being 0; shape (series, sources).
    log_evidence
        Laplace's approximation to the log density of the data at the parameters; shape (series,).
    has_converged
        Shape (series,).
    """

    state: Floats
    effect: Floats
    log_evidence: Floats
    has_converged: npt.NDArray[np.bool_]


def find(
    sums: Sums,
    centre: Centre,
    prior: Prior,
    log_step: Floats,
    log_dispersion: Floats,
    power: float,
    start: Mode | None = None,
) -> Mode:
    """Find the most likely path of each series.

    Parameters
    ----------
    sums
        Points by series, source and month.
    centre, prior
        Where the prior lies.
    log_step
        Log of q; shape (series,).
    log_dispersion
        Log of phi; shape (series, sources).
    power
        Of the variance.
    start
        A path to start from.
    """
    return _Search(sums, centre, prior, log_step, log_dispersion, power).run(start)


class _Search:
    """Newton's method for all series together."""

    def __init__(
        self,
        sums: Sums,
        centre: Centre,
        prior: Prior,
        log_step: Floats,
        log_dispersion: Floats,
        power: float,
    ) -> None:
        self.n_series, self.n_sources, self.n_months = sums.y.shape
        known = sums.is_known
        self.y = np.where(known, sums.y, 0.0)
        self.centre, self.prior, self.power = centre, prior, power
        self.phi = np.exp(log_dispersion)[:, :, None]
        offset = np.where(known, sums.log_offset, 0.0)
        # What a month's data weigh, whatever the state: 0 where a source did not look.
        self.points = self.y * np.exp((1 - power) * offset) / self.phi
        self.volume = known * np.exp((2 - power) * offset) / self.phi
        self.step_precision = np.exp(-2 * log_step)[:, None]
        self.start_precision = prior.start_sd**-2
        self.log_step = log_step
        # The precision of the random walk: its diagonal; beside it stands -step_precision.
        diagonal = np.full((self.n_series, self.n_months), 2.0) * self.step_precision
        if self.n_months > 1:
            diagonal[:, 0] = self.start_precision + self.step_precision[:, 0]
            diagonal[:, -1] = self.step_precision[:, 0]
        else:
            diagonal[:, 0] = self.start_precision
        self.prior_diagonal = diagonal
        beside = np.repeat(-self.step_precision, self.n_months, axis=1)
        beside[:, -1] = 0.0  # one series ends here, and the next begins
        self.beside = beside.ravel()[:-1]

    def run(self, start: Mode | None) -> Mode:
        if start is None:
            state = np.repeat(self.centre.log_mean[:, None], self.n_months, axis=1)
            effect = self.centre.effect.copy()
        else:
            state, effect = start.state.copy(), start.effect.copy()
        data = self._data(state, effect)
        value = self._objective(state, effect, data)
        converged = np.zeros(self.n_series, dtype=bool)
        for _ in range(_STEPS):
            d_state, d_effect = self._step(state, effect, data)
            longest = np.maximum(
                np.abs(d_state).max(axis=1), np.abs(d_effect).max(axis=1, initial=0.0)
            )
            share = np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
            # Each series stops by itself: what it gives does not depend on the others.
            share = np.where(converged, 0.0, share)
            state, effect, value, data = self._search_along(
                state, effect, value, d_state, d_effect, share
            )
            converged |= longest < _CLOSE
            if converged.all():
                break
        n_free = self.n_months + self.n_sources - 1
        evidence = value + 0.5 * n_free * np.log(2 * np.pi) - 0.5 * self._log_determinant(data)
        return Mode(state, effect, evidence + self._base(), converged)

    def _search_along(
        self,
        state: Floats,
        effect: Floats,
        value: Floats,
        d_state: Floats,
        d_effect: Floats,
        share: Floats,
    ) -> tuple[Floats, Floats, Floats, Data]:
        """Go along a step as far as the objective rises: halve where it does not."""
        for _ in range(30):
            new_state = state + share[:, None] * d_state
            new_effect = effect + share[:, None] * d_effect
            data = self._data(new_state, new_effect)
            new_value = self._objective(new_state, new_effect, data)
            falls = new_value < value - 1e-9 * (1 + np.abs(value))
            if not falls.any():
                break
            share = np.where(falls, share / 2, share)
        return new_state, new_effect, new_value, data

    def _data(self, state: Floats, effect: Floats) -> Data:
        """Return the two parts of the log density of each month's data, and so of its slope."""
        state, effect = np.minimum(state, 300.0)[:, None, :], effect[:, :, None]
        less, more = 1 - self.power, 2 - self.power
        return (
            self.points * np.exp(less * effect) * np.exp(less * state),
            self.volume * np.exp(more * effect) * np.exp(more * state),
        )

    def _objective(self, state: Floats, effect: Floats, data: Data) -> Floats:
        """Return the log density of data, states and effects, without the base of the data."""
        points, means = (one.sum(axis=(1, 2)) for one in data)
        density = points / (1 - self.power) - means / (2 - self.power)
        first = state[:, 0] - self.centre.log_mean
        steps = np.diff(state, axis=1)
        walk = -0.5 * self.start_precision * first**2 - 0.5 * self.step_precision[:, 0] * (
            steps**2
        ).sum(axis=1)
        normal = -np.log(self.prior.start_sd) - (self.n_months - 1) * self.log_step
        normal -= 0.5 * self.n_months * np.log(2 * np.pi)
        moved = effect[:, 1:] - self.centre.effect[:, 1:]
        effects = -0.5 * (moved**2).sum(axis=1) / self.prior.effect_sd**2
        effects -= (self.n_sources - 1) * (np.log(self.prior.effect_sd) + 0.5 * np.log(2 * np.pi))
        return np.asarray(density + walk + normal + effects)

    def _base(self) -> Floats:
        base = tweedie.log_base_of(self.power)(self.y, self.phi)
        return np.asarray(base.sum(axis=(1, 2)))

    def _bend(self, data: Data) -> Floats:
        """Return how the log density of the data bends; shape (series, sources, months)."""
        points, means = data
        return np.asarray((self.power - 1) * points + (2 - self.power) * means)

    def _factored(self, bend: Floats) -> tuple[Floats, Floats]:
        """Return the factors of the negative Hessian in the states."""
        diagonal = (self.prior_diagonal + bend.sum(axis=1)).ravel()
        factor_d, factor_l, info = lapack.dpttrf(diagonal, self.beside)
        if info != 0:  # pragma: no cover  # the Hessian of a concave function
            raise FloatingPointError("the Hessian of the state is not positive definite")
        return factor_d, factor_l

    def _step(self, state: Floats, effect: Floats, data: Data) -> tuple[Floats, Floats]:
        """Return Newton's step."""
        bend, slope = self._bend(data), data[0] - data[1]
        gradient = slope.sum(axis=1) + self._walk_gradient(state)
        solved = self._solved(self._factored(bend), bend, gradient)
        if self.n_sources == 1:
            return solved[:, :, 0], np.zeros_like(effect)
        moved = effect[:, 1:] - self.centre.effect[:, 1:]
        pull = slope[:, 1:].sum(axis=2) - moved / self.prior.effect_sd**2
        pull -= np.einsum("nit,nt->ni", bend[:, 1:], solved[:, :, 0])
        complement = self._complement(bend[:, 1:], solved[:, :, 1:])
        step = np.linalg.solve(complement, pull[:, :, None])[:, :, 0]
        d_state = solved[:, :, 0] - np.einsum("ntj,nj->nt", solved[:, :, 1:], step)
        return d_state, np.concatenate([np.zeros((self.n_series, 1)), step], axis=1)

    def _solved(self, factors: tuple[Floats, Floats], bend: Floats, *first: Floats) -> Floats:
        """Solve for given right sides and those of the effects; shape (series, months, sides)."""
        sides = [*first, *(bend[:, i] for i in range(1, self.n_sources))]
        solved, _ = lapack.dpttrs(*factors, np.column_stack([one.ravel() for one in sides]))
        return np.asarray(solved.reshape(self.n_series, self.n_months, len(sides)))

    def _complement(self, cross: Floats, solved: Floats) -> Floats:
        """Return Schur's complement: the effects of the sources beside the states."""
        n_effects = self.n_sources - 1
        own = np.zeros((self.n_series, n_effects, n_effects))
        own[:, range(n_effects), range(n_effects)] = cross.sum(axis=2) + self.prior.effect_sd**-2
        return np.asarray(own - np.einsum("nit,ntj->nij", cross, solved))

    def _log_determinant(self, data: Data) -> Floats:
        """Return the log determinant of the negative Hessian; shape (series,)."""
        bend = self._bend(data)
        factors = self._factored(bend)
        found = np.log(factors[0]).reshape(self.n_series, self.n_months).sum(axis=1)
        if self.n_sources > 1:
            complement = self._complement(bend[:, 1:], self._solved(factors, bend))
            found += np.linalg.slogdet(complement)[1]
        return np.asarray(found)

    def _walk_gradient(self, state: Floats) -> Floats:
        found = np.zeros_like(state)
        found[:, 0] = -self.start_precision * (state[:, 0] - self.centre.log_mean)
        steps = np.diff(state, axis=1) * self.step_precision
        found[:, :-1] += steps
        found[:, 1:] -= steps
        return found
