"""Least squares with Newey-West errors whose size and degrees of freedom suit short samples.

Newey-West (HAC) intervals are too narrow where few observations carry a coefficient, which is the
rule here: ten summits in thirty years, one law with six months on either side. Bell and McCaffrey
(2002) and Young (2016) mend a sandwich estimate with two numbers computed from the design and a
reference error process: the factor by which the estimate falls short on average, and the degrees
of freedom of the chi-square that has the estimate's mean and variance. The covariance is
statsmodels'; the two numbers are written here because no library offers them for HAC.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse, stats
from scipy.linalg import toeplitz
from scipy.linalg.lapack import dpttrf, dpttrs
from statsmodels.regression.linear_model import OLS
from statsmodels.stats.sandwich_covariance import cov_hac

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
        """Covariance matrix of ``n_obs`` consecutive values, unit diagonal."""
        lags = self.share * self.persistence ** np.arange(n_obs)
        lags[0] = 1.0
        return np.asarray(toeplitz(lags), dtype=np.float64)

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


def rule_of_thumb_bandwidth(n_obs: int) -> int:
    """Lags of the Bartlett kernel: floor(4 (n/100)^(2/9)), Newey and West (1994, p. 641)."""
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
        Lags of the Bartlett kernel; by default :func:`rule_of_thumb_bandwidth`.
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
    cancels; its shape is the :class:`ReferenceProcess` of highest restricted likelihood on a grid.
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
            raise NotEstimableError(f"{n_obs} observations cannot carry {n_columns} coefficients")
        # Columns of unlike size (a trend beside a dummy) would upset every tolerance below.
        scale = np.abs(x).max(axis=0)
        if not scale.all() or np.linalg.matrix_rank(x / scale, rtol=1e-8) < n_columns:
            raise CollinearError("the regressors are linearly dependent")
        self.n_obs = n_obs
        self.bandwidth = rule_of_thumb_bandwidth(n_obs) if bandwidth is None else bandwidth
        self._given = reference
        self._scale = scale
        self._x = x / scale
        self._y = y
        self._fit: Any = OLS(y, self._x).fit()
        self._u = np.asarray(self._fit.resid, dtype=np.float64)
        if float(self._u @ self._u) <= 1e-18 * float(y @ y):
            raise NotEstimableError("the regressors fit the series exactly")

    @property
    def coefficients(self) -> FloatArray:
        """Least-squares coefficients, shape (k,)."""
        unscaled: FloatArray = self._fit.params / self._scale
        return unscaled

    @cached_property
    def covariance(self) -> FloatArray:
        """Newey-West covariance of the coefficients without the small-sample factor, (k, k)."""
        covariance = cov_hac(self._fit, nlags=self.bandwidth, use_correction=False)
        scaled: FloatArray = covariance / np.outer(self._scale, self._scale)
        return scaled

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
    def _omega(self) -> FloatArray:
        return self.reference.covariance(self.n_obs)

    @cached_property
    def _s(self) -> FloatArray:
        # In place: these square matrices are where the time goes.
        q = self._basis
        half: FloatArray = q @ (q.T @ self._omega)
        np.subtract(self._omega, half, out=half)
        half -= (half @ q) @ q.T
        return half

    def coefficient(self, column: int, level: float = 0.95) -> Estimate:
        """Estimate one coefficient with its interval; see :meth:`contrast`."""
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
        ws: FloatArray = w @ self._s
        expected = float(np.trace(ws))
        truth = float(a @ self._omega @ a)
        raw = float(weights @ self.covariance @ weights)
        if expected <= 1e-9 * truth or raw <= 1e-18 * float(a @ a) * float(self._y @ self._y):
            raise NotEstimableError("the observations that carry it leave no residual variation")
        error = math.sqrt(raw * truth / expected)
        freedom = expected**2 / float(np.sum(ws * ws.T))
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
