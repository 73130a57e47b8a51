"""Least squares with Newey-West errors whose size and degrees of freedom suit short samples.

Newey-West (HAC) intervals are too narrow where few observations carry a coefficient, which is the
rule here: ten summits in thirty years, one law with six months on either side. Bell and McCaffrey
(2002) and Young (2016) correct a sandwich estimate with two numbers computed from the design and a
reference error process: the factor by which the estimate falls short on average, and the degrees
of freedom of the chi-square that has the estimate's mean and variance. The covariance is
statsmodels'; the two numbers are written here because no library offers them for HAC.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from scipy.fft import irfft, next_fast_len, rfft
from scipy.linalg import toeplitz
from scipy.linalg.lapack import dpttrf, dpttrs
from scipy.signal import lfilter
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import cov_hac

from detente.base.phrases import say
from detente.statistics.frames import NotEstimableError
from detente.statistics.samples import FloatArray

# The grid of reference processes. Finer steps change intervals by less than their sampling error.
_PERSISTENCE = (0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.98)
_PERSISTENT_SHARE = (0.1, 0.25, 0.5, 0.75, 1.0)


class CollinearError(NotEstimableError):
    """Some regressors say the same as others."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A number with its uncertainty.

    Attributes
    ----------
    value
        The estimate, in the unit of the series.
    standard_error
        Newey-West with the small-sample factor; same unit.
    degrees_of_freedom
        Of the t distribution behind ``lower``, ``upper`` and ``p_value``.
    lower, upper
        Ends of the two-sided interval of coverage ``level``.
    level
        For instance 0.95.
    p_value
        Two-sided, of the null that the value is zero.
    n_obs
        Observations in the regression.
    """

    value: float
    standard_error: float
    degrees_of_freedom: float
    lower: float
    upper: float
    level: float
    p_value: float
    n_obs: int

    @property
    def statistic(self) -> float:
        """The t ratio."""
        return self.value / self.standard_error


@dataclass(frozen=True, kw_only=True)
class ReferenceProcess:
    """A first-order autoregression of unit variance seen through white noise.

    Its autocorrelation at lag j > 0 is ``share * persistence**j``: the shape of an event series,
    in which slow change lies under much chance.
    """

    persistence: float
    share: float

    def covariance(self, n_obs: int) -> FloatArray:
        """Return the covariance matrix of ``n_obs`` values in a row, with a unit diagonal."""
        lags = self.share * self.persistence ** np.arange(n_obs)
        lags[0] = 1.0
        return np.asarray(toeplitz(lags), dtype=np.float64)

    def applied_to(self, x: FloatArray) -> FloatArray:
        """Return the covariance matrix times `x`, shape (n, ...), in a time linear in n."""
        if self.share == 0.0:
            return np.asarray(x, dtype=np.float64)
        filtered = lfilter([1.0], [1.0, -self.persistence], x, axis=0)
        backward = lfilter([1.0], [1.0, -self.persistence], x[::-1], axis=0)[::-1]
        return np.asarray((1.0 - self.share) * x + self.share * (filtered + backward - x))

    def _autocorrelation(self, lags: NDArray[np.int64]) -> FloatArray:
        found = self.share * self.persistence ** np.abs(lags).astype(float)
        return np.where(lags == 0, 1.0, found)

    def trace_of_product(self, diagonals: Sequence[FloatArray]) -> float:
        """Return tr(Omega W) for a symmetric W given by its diagonals 0, 1, ..., L."""
        shares = self._autocorrelation(np.arange(len(diagonals)))
        sums = [(1.0 if lag == 0 else 2.0) * one.sum() for lag, one in enumerate(diagonals)]
        return float(shares @ np.array(sums))

    def trace_of_square(self, diagonals: Sequence[FloatArray]) -> float:
        """Return tr(Omega W Omega W) for a symmetric W given by its diagonals 0, 1, ..., L.

        Notes
        -----
        With w_d the d-th diagonal, below the main one for d < 0, the trace is the sum over d and e
        of sum_jl rho(l + e - j) rho(j + d - l) w_d(j) w_e(l): a correlation of two diagonals
        against a function of l - j, by the fast Fourier transform.
        """
        n_obs, width = len(diagonals[0]), len(diagonals) - 1
        size = next_fast_len(2 * n_obs + 2 * width, real=True)
        shifts = range(-width, width + 1)
        rows = np.zeros((len(shifts), n_obs))
        for place, shift in enumerate(shifts):
            one = diagonals[abs(shift)]
            first = max(-shift, 0)
            rows[place, first : first + len(one)] = one
        spectra = rfft(rows, size, axis=1)
        lags = np.arange(size)
        lags = np.where(lags > size // 2, lags - size, lags)
        # The autocorrelation at every lag that is asked for, found once.
        furthest = size // 2 + 1 + width
        known = self._autocorrelation(np.arange(-furthest, furthest + 1))
        # What has died out is nil: products of denormal numbers would take most of the time.
        known[known < 1e-20] = 0.0
        kernels = np.stack([known[furthest + lags + shift] for shift in shifts])
        felt = kernels.any(axis=0)
        kernels = kernels[:, felt]
        total = 0.0
        for place, shift in enumerate(shifts):
            both = irfft(np.conj(spectra[place]) * spectra, size, axis=1)[:, felt]
            # It is symmetric, so that at shift - l it is that at l - shift.
            total += float(np.einsum("st,st,t->", both, kernels, kernels[width - shift]))
        return total

    def log_likelihood(self, y: FloatArray, x: FloatArray) -> float:
        """Restricted log-likelihood of ``y = x b + error``, up to a constant.

        Notes
        -----
        The unit-variance AR(1) has a tridiagonal precision P, so that
        Omega = (1-s) I + s P^-1 = B P^-1 with B = (1-s) P + s I tridiagonal too: linear time.
        Patterson and Thompson (1971), Biometrika 58, 545-554.
        """
        n_obs, n_columns = x.shape
        phi, share = self.persistence, self.share
        inner = 1.0 - phi**2
        diagonal = np.full(n_obs, (1.0 + phi**2) / inner)
        diagonal[[0, -1]] = 1.0 / inner
        beside = -phi / inner
        # B = L D L', straight from LAPACK: this runs for every process of the grid.
        d, e, _ = dpttrf(
            (1.0 - share) * diagonal + share, np.full(n_obs - 1, (1.0 - share) * beside)
        )
        both = np.column_stack([x, y])
        solved = dpttrs(d, e, both)[0]
        weighted = diagonal[:, None] * solved
        weighted[1:] += beside * solved[:-1]
        weighted[:-1] += beside * solved[1:]
        gram = both.T @ weighted
        lower = np.linalg.cholesky(gram[:n_columns, :n_columns])
        reduced = np.linalg.solve(lower, gram[:n_columns, n_columns])
        rss = float(gram[n_columns, n_columns] - reduced @ reduced)
        log_det = np.log(d).sum() + (n_obs - 1) * math.log(inner)
        log_det_x = 2.0 * np.log(np.diag(lower)).sum()
        return -0.5 * float(log_det + log_det_x + (n_obs - n_columns) * math.log(rss))


def _middle_and_unit(y: FloatArray, x: FloatArray) -> tuple[float, float]:
    """Return what is taken off a series, and the unit that it is then put in.

    Nothing is taken off where the columns of `x` do not span a constant.
    """
    one = np.ones(len(y))
    spanned = np.linalg.norm(x @ np.linalg.lstsq(x, one)[0] - one) <= 1e-8 * math.sqrt(len(y))
    middle = 2.0 * float(np.mean(y / 2.0)) if spanned else 0.0
    spread = float(np.abs(y - middle).max())
    # A power of two changes no digit.
    return middle, math.ldexp(1.0, math.frexp(spread)[1]) if spread > 0.0 else 1.0


def rule_of_thumb_bandwidth(n_obs: int) -> int:
    """Return the Bartlett kernel's lags: floor(4 (n/100)^(2/9)), Newey and West (1994, p. 641).

    >>> rule_of_thumb_bandwidth(336)
    5
    """
    return int(4.0 * math.pow(n_obs / 100.0, 2.0 / 9.0))


class HacRegression:
    r"""An ordinary least-squares fit with Newey-West covariance.

    Parameters
    ----------
    y
        Shape (n,), consecutive in time.
    x
        Shape (n, k), of full column rank; holds the constant.
    bandwidth
        Lags of the Bartlett kernel; by default ``rule_of_thumb_bandwidth``.
    reference
        The process that stands for the errors' memory; by default the likeliest one, given ``y``
        and ``x``. Handed over where several regressions of one series shall share it.

    Raises
    ------
    CollinearError
        If the columns of ``x`` are linearly dependent.
    NotEstimableError
        If there are no more observations than columns, or the fit is exact.

    Notes
    -----
    With :math:`a = X(X'X)^{-1}c` the variance of :math:`c'\hat\beta` is estimated by
    :math:`\hat u' W \hat u`, :math:`W_{ij} = a_i a_j (1 - |i-j|/(L+1))_+`. Were the errors normal
    with covariance :math:`\Omega`, the truth would be :math:`a'\Omega a`, and with
    :math:`S = M \Omega M` the estimate would have mean :math:`\mathrm{tr}(SW)` and variance
    :math:`2\,\mathrm{tr}(SWSW)`. So the estimate is multiplied by
    :math:`a'\Omega a/\mathrm{tr}(SW)` and judged by a t distribution with
    :math:`\mathrm{tr}(SW)^2/\mathrm{tr}(SWSW)` degrees of freedom. The scale of :math:`\Omega`
    cancels; its shape is the ``ReferenceProcess`` of highest restricted likelihood on a grid.
    A negative memory, which would narrow the interval, is not considered.

    References
    ----------
    Newey and West (1987), Econometrica 55, 703-708. Bell and McCaffrey (2002), Survey Methodology
    28, 169-181. Imbens and Kolesar (2016), Review of Economics and Statistics 98, 701-712. Young
    (2016), "Improved, nearly exact, statistical inference with robust and clustered covariance
    matrices using effective degrees of freedom corrections", London School of Economics.
    """

    def __init__(
        self,
        y: FloatArray,
        x: FloatArray,
        bandwidth: int | None = None,
        reference: ReferenceProcess | None = None,
    ) -> None:
        n_obs, n_columns = x.shape
        if n_obs <= n_columns:
            raise NotEstimableError(say("reason.few_for_columns", n=n_obs, width=n_columns))
        # Columns of unlike size (a trend beside a dummy) would upset every tolerance below.
        scale = np.abs(x).max(axis=0)
        if not scale.all() or np.linalg.matrix_rank(x / scale, rtol=1e-8) < n_columns:
            raise CollinearError(say("reason.dependent_regressors"))
        self.n_obs = n_obs
        self.bandwidth = rule_of_thumb_bandwidth(n_obs) if bandwidth is None else bandwidth
        self._given = reference
        self._scale = scale
        self._x = x / scale
        if not np.isfinite(y).all():
            raise NotEstimableError(say("reason.missing_value"))
        # In units of its own spread around its middle: with sums of squares of the values as they
        # are, a level of 1e8 would leave no digits for what moves.
        self._middle, self._unit = _middle_and_unit(y, self._x)
        self._y = (y - self._middle) / self._unit
        self._fit: Any = OLS(self._y, self._x).fit()
        self._u = np.asarray(self._fit.resid, dtype=np.float64)
        # What the last digits of the values as they came make of a residual.
        self._noise = 8.0 * np.finfo(float).eps * float(np.abs(y).max()) / self._unit
        exact = max(1e-9 * math.sqrt(float(self._y @ self._y)), self._noise * math.sqrt(n_obs))
        if math.sqrt(float(self._u @ self._u)) <= exact:
            raise NotEstimableError(say("reason.regressors_fit"))

    @cached_property
    def coefficients(self) -> FloatArray:
        """Least-squares coefficients, shape (k,)."""
        found = self._unit * self._fit.params
        if self._middle:
            found = found + self._middle * np.linalg.lstsq(self._x, np.ones(self.n_obs))[0]
        return np.asarray(found / self._scale)

    @cached_property
    def covariance(self) -> FloatArray:
        """Newey-West covariance of the coefficients without the small-sample factor, (k, k)."""
        covariance = cov_hac(self._fit, nlags=self.bandwidth, use_correction=False)
        scale = self._scale / self._unit
        return np.asarray(covariance / np.outer(scale, scale))

    @cached_property
    def reference(self) -> ReferenceProcess:
        """The process that stands for the errors' memory."""
        if self._given is not None:
            return self._given

        white = ReferenceProcess(persistence=0.0, share=0.0)
        others = (
            ReferenceProcess(persistence=persistence, share=share)
            for persistence in _PERSISTENCE
            for share in _PERSISTENT_SHARE
        )
        # An orthonormal basis instead of x shifts every likelihood by the same constant.
        y, q = self._y, self._basis
        return max((white, *others), key=lambda process: process.log_likelihood(y, q))

    @cached_property
    def _basis(self) -> FloatArray:
        return np.asarray(np.linalg.qr(self._x)[0], dtype=np.float64)

    @cached_property
    def _low_rank(self) -> tuple[FloatArray, FloatArray]:
        """U and G of S = Omega + U G U': S itself would be as large as the square of the series."""
        q, c = self._basis, self.reference.applied_to(self._basis)
        k = q.shape[1]
        g = np.block([[q.T @ c, -np.eye(k)], [-np.eye(k), np.zeros((k, k))]])
        return np.column_stack([q, c]), g

    def _traces(self, w: Any, diagonals: list[FloatArray]) -> tuple[float, float]:
        """Return tr(SW) and tr(SWSW), in memory that is linear in the series' length."""
        u, g = self._low_rank
        wu = np.asarray(w @ u)
        inner = g @ (u.T @ wu)
        crossed = g @ (wu.T @ self.reference.applied_to(wu))
        once = self.reference.trace_of_product(diagonals) + float(np.trace(inner))
        twice = self.reference.trace_of_square(diagonals)
        return once, twice + 2.0 * float(np.trace(crossed)) + float(np.sum(inner * inner.T))

    def coefficient(self, column: int, level: float = 0.95) -> Estimate:
        """Estimate one coefficient with its interval; see ``contrast``."""
        weights = np.zeros(self._x.shape[1])
        weights[column] = 1.0
        return self.contrast(weights, level)

    def contrast(self, weights: FloatArray, level: float = 0.95) -> Estimate:
        """Estimate ``weights @ coefficients`` with its interval.

        Parameters
        ----------
        weights
            Shape (k,).
        level
            Coverage of the interval.

        Raises
        ------
        NotEstimableError
            If the observations that carry the contrast are fitted exactly, so that they say
            nothing about its error.
        """
        scaled = weights / self._scale
        a = self._x @ np.linalg.solve(self._x.T @ self._x, scaled)
        lags = range(min(self.bandwidth, self.n_obs - 1) + 1)
        diagonals = [
            (1.0 - lag / (self.bandwidth + 1.0)) * a[lag:] * a[: self.n_obs - lag] for lag in lags
        ]
        w = sparse.diags_array(
            [*diagonals, *diagonals[1:]],
            offsets=[*lags, *(-lag for lag in lags[1:])],
            format="csr",
        )
        expected, squared = self._traces(w, diagonals)
        truth = float(a @ self.reference.applied_to(a))
        raw = float(weights @ self.covariance @ weights)
        # In the unit of the series, as the covariance is.
        least = max(1e-18 * float(self._y @ self._y), self._noise**2) * self._unit**2
        if expected <= 1e-9 * truth or squared <= 0.0 or raw <= least * float(a @ a):
            raise NotEstimableError(say("reason.no_residual"))
        error = math.sqrt(raw * truth / expected)
        freedom = expected**2 / squared
        value = float(weights @ self.coefficients)
        half = float(stats.t.ppf(0.5 + level / 2.0, freedom)) * error
        return Estimate(
            value=value,
            standard_error=error,
            degrees_of_freedom=freedom,
            lower=value - half,
            upper=value + half,
            level=level,
            p_value=float(2.0 * stats.t.sf(abs(value) / error, freedom)),
            n_obs=self.n_obs,
        )
