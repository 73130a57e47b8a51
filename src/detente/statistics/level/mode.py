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

_STEPS = 60
_CLOSE = 1e-7
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
        self.known = sums.is_known
        self.y = np.where(self.known, sums.y, 0.0)
        self.offset = np.where(self.known, sums.log_offset, 0.0)
        self.centre, self.prior, self.power = centre, prior, power
        self.phi = np.exp(log_dispersion)[:, :, None]
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
        value = self._objective(state, effect)
        converged = np.zeros(self.n_series, dtype=bool)
        for _ in range(_STEPS):
            d_state, d_effect, _ = self._step(state, effect)
            longest = np.maximum(
                np.abs(d_state).max(axis=1), np.abs(d_effect).max(axis=1, initial=0.0)
            )
            share = np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, _LONGEST_STEP))
            # Each series stops by itself: what it gives does not depend on the others.
            share = np.where(converged, 0.0, share)
            state, effect, value = self._search_along(
                state, effect, value, d_state, d_effect, share
            )
            converged |= longest < _CLOSE
            if converged.all():
                break
        *_, log_determinant = self._step(state, effect)
        n_free = self.n_months + self.n_sources - 1
        evidence = value + 0.5 * n_free * np.log(2 * np.pi) - 0.5 * log_determinant
        return Mode(state, effect, evidence + self._base(), converged)

    def _search_along(
        self,
        state: Floats,
        effect: Floats,
        value: Floats,
        d_state: Floats,
        d_effect: Floats,
        share: Floats,
    ) -> tuple[Floats, Floats, Floats]:
        """Go along a step as far as the objective rises: halve where it does not."""
        for _ in range(30):
            new_state = state + share[:, None] * d_state
            new_effect = effect + share[:, None] * d_effect
            new_value = self._objective(new_state, new_effect)
            falls = new_value < value - 1e-9 * (1 + np.abs(value))
            if not falls.any():
                break
            share = np.where(falls, share / 2, share)
        return new_state, new_effect, new_value

    def _log_mean(self, state: Floats, effect: Floats) -> Floats:
        return np.asarray(self.offset + effect[:, :, None] + state[:, None, :])

    def _objective(self, state: Floats, effect: Floats) -> Floats:
        """Return the log density of data, states and effects, without the base of the data."""
        log_mean = np.minimum(self._log_mean(state, effect), 300.0)
        data = np.where(
            self.known, tweedie.kernel(self.y, log_mean, self.phi, self.power), 0.0
        ).sum(axis=(1, 2))
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
        return np.asarray(data + walk + normal + effects)

    def _base(self) -> Floats:
        base = tweedie.log_base_of(self.power)(self.y, np.broadcast_to(self.phi, self.y.shape))
        return np.asarray(base.sum(axis=(1, 2)))

    def _step(self, state: Floats, effect: Floats) -> tuple[Floats, Floats, Floats]:
        """Return Newton's step, and the log determinant of the negative Hessian."""
        shrunk = np.exp((1 - self.power) * self._log_mean(state, effect))
        mean = shrunk * np.exp(self._log_mean(state, effect))
        slope = np.where(self.known, (self.y * shrunk - mean) / self.phi, 0.0)
        bend = np.where(
            self.known,
            ((self.power - 1) * self.y * shrunk + (2 - self.power) * mean) / self.phi,
            0.0,
        )
        gradient = slope.sum(axis=1) + self._walk_gradient(state)
        diagonal = (self.prior_diagonal + bend.sum(axis=1)).ravel()
        factor_d, factor_l, info = lapack.dpttrf(diagonal, self.beside)
        if info != 0:  # pragma: no cover  # the Hessian of a concave function
            raise FloatingPointError("the Hessian of the state is not positive definite")
        log_determinant = np.log(factor_d).reshape(state.shape).sum(axis=1)
        n_effects = self.n_sources - 1
        right = np.column_stack(
            [gradient.ravel(), *(bend[:, i].ravel() for i in range(1, self.n_sources))]
        )
        solved, _ = lapack.dpttrs(factor_d, factor_l, right)
        solved = solved.reshape(self.n_series, self.n_months, 1 + n_effects)
        if not n_effects:
            return solved[:, :, 0], np.zeros_like(effect), log_determinant
        # Schur's complement: the effects of the sources beside the states.
        cross = bend[:, 1:]
        own = np.zeros((self.n_series, n_effects, n_effects))
        own[:, range(n_effects), range(n_effects)] = cross.sum(axis=2) + self.prior.effect_sd**-2
        complement = own - np.einsum("nit,ntj->nij", cross, solved[:, :, 1:])
        moved = effect[:, 1:] - self.centre.effect[:, 1:]
        pull = slope[:, 1:].sum(axis=2) - moved / self.prior.effect_sd**2
        pull -= np.einsum("nit,nt->ni", cross, solved[:, :, 0])
        step = np.linalg.solve(complement, pull[:, :, None])[:, :, 0]
        d_state = solved[:, :, 0] - np.einsum("ntj,nj->nt", solved[:, :, 1:], step)
        d_effect = np.concatenate([np.zeros((self.n_series, 1)), step], axis=1)
        return d_state, d_effect, log_determinant + np.linalg.slogdet(complement)[1]

    def _walk_gradient(self, state: Floats) -> Floats:
        found = np.zeros_like(state)
        found[:, 0] = -self.start_precision * (state[:, 0] - self.centre.log_mean)
        steps = np.diff(state, axis=1) * self.step_precision
        found[:, :-1] += steps
        found[:, 1:] -= steps
        return found
