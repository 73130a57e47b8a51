"""Linear models of the net score, estimated by statsmodels, with bootstrapped errors.

Each of them says how a surprise travels: y(t + h) is a point forecast plus the surprises of the h
months to come, the one of j months before weighted by psi(j). Surprises are drawn from the model's
own residuals and not from a normal distribution: months without acts pile up at zero and crises
reach far (Thombs and Schucany 1990, Journal of the American Statistical Association 85, 486-492;
Hyndman and Athanasopoulos 2021, section 5.5).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.linalg import LinAlgError
from scipy.signal import lfilter
from statsmodels.tools.sm_exceptions import ConvergenceWarning, SingularMatrixWarning
from statsmodels.tsa.api import VAR
from statsmodels.tsa.ar_model import AutoReg
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.statespace.sarimax import SARIMAX

from detente.statistics.forecasting.models import require_active
from detente.statistics.frames import NotEstimableError
from detente.statistics.reciprocity.var_model import largest_roots, require_full_rank
from detente.statistics.results import Setting
from detente.statistics.samples import FloatArray

SEASON = 12


@dataclass(frozen=True, kw_only=True)
class Linear:
    """A fitted linear model.

    Attributes
    ----------
    path
        Point forecasts of the months after a history, shape (horizon,).
    weights
        What a surprise in each part does to the sum j months later, shape (j, parts), j from 0.
    residuals
        Centred, and widened for the parameters that were estimated, shape (months, parts).
    settings
        What the search chose.
    """

    path: Callable[[FloatArray, int], FloatArray] = field(repr=False)
    weights: Callable[[int], FloatArray] = field(repr=False)
    residuals: FloatArray = field(repr=False)
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...] = ()

    def draw(
        self, history: FloatArray, horizon: int, n_draws: int, rng: np.random.Generator
    ) -> FloatArray:
        """Draw the months after a history, shape (horizon, n_draws).

        The residuals of each month ahead are drawn by Latin hypercube (McKay, Beckman and Conover
        1979, Technometrics 21, 239-245): each part of the sample about equally often.
        """
        order = rng.permuted(np.tile(np.arange(n_draws), (horizon, 1)), axis=1)
        place = (order + rng.random((horizon, n_draws))) / n_draws * len(self.residuals)
        surprises = self.residuals[place.astype(np.int64)]
        psi = self.weights(horizon)
        draws = np.tile(self.path(history, horizon)[:, None], n_draws)
        for ahead in range(horizon):
            # The surprise of month `ahead` reaches that month and all later ones.
            reach = psi[: horizon - ahead]
            draws[ahead:] += reach @ surprises[ahead].T
        return draws


def spread(residuals: FloatArray, n_parameters: int) -> FloatArray:
    """Centre residuals and undo their shrinking by the fit, shape (months, parts)."""
    table = residuals.reshape(len(residuals), -1)
    free = len(table) - n_parameters
    if free <= 0:
        raise NotEstimableError(f"{len(table)} residuals for {n_parameters} parameters")
    return np.asarray((table - table.mean(axis=0)) * np.sqrt(len(table) / free))


@contextmanager
def _told(notes: list[str], model: str) -> Iterator[None]:
    """Turn what statsmodels warns about into words that stay with the result."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for one in caught:
        text = str(one.message).splitlines()[0]
        if issubclass(one.category, ConvergenceWarning):
            notes.append(f"{model} did not converge")
        elif "starting" not in text:  # where a search starts says nothing of where it ends
            notes.append(f"{model}: {text}")


@dataclass(frozen=True, kw_only=True)
class ExponentialSmoothing:
    """ETS(A,N,N) or ETS(A,Ad,N), the one with the lower AICc.

    Hyndman, Koehler, Ord and Snyder (2008), Forecasting with Exponential Smoothing, table 2.3 and
    section 6.2.
    """

    name: str = "exponential smoothing"
    settings: Mapping[str, Setting] = field(
        default_factory=lambda: {"grid": "ETS(A,N,N), ETS(A,Ad,N)", "criterion": "AICc"}
    )

    def fit(self, history: FloatArray) -> Linear:
        """Estimate both forms and keep the better one."""
        values = history.sum(axis=1)
        require_active(values, "the series")
        notes: list[str] = []
        fitted: list[tuple[float, bool, Any]] = []
        for has_trend in (False, True):
            mine: list[str] = []
            with _told(mine, f"exponential smoothing {_form(has_trend)}"):
                found = _ets(values, has_trend).fit(disp=False)
            if found.mle_retvals["converged"] and np.isfinite(found.aicc):
                fitted.append((float(found.aicc), has_trend, found))
            else:
                notes.append(f"exponential smoothing {_form(has_trend)} did not converge")
        if not fitted:
            raise NotEstimableError("no form of exponential smoothing converged")
        _, has_trend, best = min(fitted, key=lambda one: one[:2])
        parameters = np.asarray(best.params, dtype=np.float64)
        level, trend, damping = parameters[:3] if has_trend else (parameters[0], 0.0, 0.0)

        def path(known: FloatArray, horizon: int) -> FloatArray:
            state = _ets(known.sum(axis=1), has_trend).smooth(parameters)
            slope = float(state.slope[-1]) if has_trend else 0.0
            lasting = np.cumsum(damping ** np.arange(1, horizon + 1))
            return np.asarray(float(state.level[-1]) + slope * lasting)

        def weights(horizon: int) -> FloatArray:
            lasting = np.cumsum(damping ** np.arange(1, horizon))
            return np.concatenate([[1.0], level + trend * lasting])[:, None]

        return Linear(
            path=path,
            weights=weights,
            residuals=spread(np.asarray(best.resid, dtype=np.float64), len(parameters)),
            settings={"form": _form(has_trend)},
            warnings=tuple(notes),
        )


def _ets(values: FloatArray, has_trend: bool) -> Any:
    return ETSModel(values, error="add", trend="add" if has_trend else None, damped_trend=has_trend)


def _form(has_trend: bool) -> str:
    return "ETS(A,Ad,N)" if has_trend else "ETS(A,N,N)"


@dataclass(frozen=True, kw_only=True)
class Autoregression:
    """An autoregression by least squares, its lags chosen by AICc.

    Attributes
    ----------
    max_lag
        The grid holds lags 1 to p, p up to this, each with and without the lag of a year; and the
        lag of a year alone.
    """

    name: str = "autoregression"
    max_lag: int = 4

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The grid."""
        return {
            "grid": f"lags 1 to p, p = 1 to {self.max_lag}, with and without lag {SEASON}; "
            f"lag {SEASON} alone",
            "criterion": "AICc",
        }

    def fit(self, history: FloatArray) -> Linear:
        """Estimate every set of lags on the same months and keep the best one."""
        values = history.sum(axis=1)
        require_active(values, "the series")
        if len(values) < 3 * SEASON:
            raise NotEstimableError(f"{len(values)} months; at least {3 * SEASON} are needed")
        runs = [list(range(1, last + 1)) for last in range(1, self.max_lag + 1)]
        grid = [[SEASON], *(lags for run in runs for lags in (run, [*run, SEASON]))]
        fits = [(lags, found) for lags in grid if (found := _autoregression(values, lags))]
        if not fits:
            raise NotEstimableError(
                "at every set of lags the months before are linearly dependent or leave no residual"
            )
        lags, best = min(fits, key=lambda one: float(one[1].aicc))
        parameters = np.asarray(best.params, dtype=np.float64)
        constant = float(parameters[0])
        slopes = np.zeros(max(lags))
        slopes[np.array(lags) - 1] = parameters[1:]

        def path(known: FloatArray, horizon: int) -> FloatArray:
            recent = list(known.sum(axis=1)[-len(slopes) :])
            for _ in range(horizon):
                recent.append(constant + float(slopes @ recent[: -len(slopes) - 1 : -1]))
            return np.array(recent[-horizon:])

        return Linear(
            path=path,
            weights=lambda horizon: response(slopes, np.zeros(0), horizon)[:, None],
            residuals=spread(np.asarray(best.resid, dtype=np.float64), len(parameters)),
            settings={"lags": ", ".join(map(str, lags))},
        )


def _autoregression(values: FloatArray, lags: list[int]) -> Any:
    """Estimate one set of lags; ``None`` where they are linearly dependent or leave no residual."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", SingularMatrixWarning)
        try:
            found = AutoReg(values, lags, hold_back=SEASON).fit()
        except SingularMatrixWarning:
            return None
    is_exact = float(np.var(found.resid)) <= 1e-20 * float(np.var(values))
    return None if is_exact else found


def response(slopes: FloatArray, averages: FloatArray, horizon: int) -> FloatArray:
    """Return how a surprise travels through an ARMA model, psi(0) to psi(horizon - 1)."""
    pulse = np.zeros(horizon)
    pulse[0] = 1.0
    return np.asarray(lfilter(np.r_[1.0, averages], np.r_[1.0, -slopes], pulse))


@dataclass(frozen=True, kw_only=True)
class MovingAverage:
    """ARMA(1, 1) around the sample mean by exact maximum likelihood: an AR(1) seen with noise."""

    name: str = "ARMA(1,1)"
    settings: Mapping[str, Setting] = field(default_factory=lambda: {"order": "(1, 0, 1)"})

    def fit(self, history: FloatArray) -> Linear:
        """Estimate the model."""
        values = history.sum(axis=1)
        require_active(values, "the series")
        mean = float(values.mean())
        notes: list[str] = []
        with _told(notes, self.name):
            model = SARIMAX(values - mean, order=(1, 0, 1), concentrate_scale=True)
            found = model.fit(disp=False)
        if not found.mle_retvals["converged"]:
            raise NotEstimableError("the search for the likelihood's maximum did not converge")
        slope, average = (float(one) for one in found.params[:2])

        def path(known: FloatArray, horizon: int) -> FloatArray:
            around = known.sum(axis=1) - mean
            # The surprises so far; that the first one is not known has long worn off.
            last = lfilter([1.0, -slope], [1.0, average], around)[-1]
            first = slope * around[-1] + average * last
            return np.asarray(mean + first * slope ** np.arange(horizon))

        return Linear(
            path=path,
            weights=lambda horizon: response(np.array([slope]), np.array([average]), horizon)[
                :, None
            ],
            residuals=spread(np.asarray(found.resid, dtype=np.float64), 3),
            settings={"order": "(1, 0, 1)"},
            warnings=tuple(dict.fromkeys(notes)),
        )


@dataclass(frozen=True, kw_only=True)
class Directions:
    """A vector autoregression of the two directions; their sum is forecast.

    Attributes
    ----------
    max_lag
        Lags are chosen among 1 to this by AIC (Ivanov and Kilian 2005).
    """

    name: str = "vector autoregression"
    max_lag: int = 4

    @property
    def settings(self) -> Mapping[str, Setting]:
        """The grid."""
        return {"grid": f"lags 1 to {self.max_lag}", "criterion": "AIC"}

    def fit(self, history: FloatArray) -> Linear:
        """Estimate the model.

        Raises
        ------
        NotEstimableError
            If there are not two directions, one hardly moves, or the two move as one.
        """
        if history.shape[1] < 2:
            raise NotEstimableError("the series has one part, not two directions")
        for number, column in enumerate(history.T, start=1):
            require_active(column, f"direction {number} of the dyad")
        centred = history - history.mean(axis=0)
        if np.linalg.matrix_rank(centred / np.abs(centred).max(axis=0)) < history.shape[1]:
            raise NotEstimableError("one direction is a multiple of the other")
        notes: list[str] = []
        with _told(notes, self.name):
            found = self._estimate(history)
        slopes = np.asarray(found.coefs, dtype=np.float64)
        if float(largest_roots(slopes[None])[0]) >= 1.0:
            raise NotEstimableError("the fitted model is not stable")

        def path(known: FloatArray, horizon: int) -> FloatArray:
            ahead = np.asarray(found.forecast(known[-found.k_ar :], horizon), dtype=np.float64)
            return np.asarray(ahead.sum(axis=1))

        residuals = np.asarray(found.resid, dtype=np.float64)
        return Linear(
            path=path,
            weights=lambda horizon: np.asarray(found.ma_rep(horizon)[:horizon]).sum(axis=1),
            residuals=spread(residuals, 1 + found.k_ar * history.shape[1]),
            settings={"lags": int(found.k_ar)},
            warnings=tuple(dict.fromkeys(notes)),
        )

    def _estimate(self, history: FloatArray) -> Any:
        try:
            model = VAR(history)
            orders = model.select_order(maxlags=self.max_lag, trend="c")
            found = model.fit(max(int(orders.aic), 1), trend="c")
        except LinAlgError as error:
            raise NotEstimableError("the two directions move as one") from error
        require_full_rank(np.asarray(found.endog_lagged, dtype=np.float64))
        return found
