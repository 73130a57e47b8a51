"""Impulse responses and variance decompositions: how a shock to one series affects the others.

Point values are those of statsmodels' responses (generalised ones are added); the bands come from
a bias-corrected residual bootstrap, which statsmodels lacks, computed for all draws at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from detente.base.phrases import join, say
from detente.statistics.reciprocity.var_model import VarFit, largest_roots
from detente.statistics.results import Refusal, Setting
from detente.statistics.samples import FloatArray

Kind = Literal["orthogonalised", "generalised"]
KINDS: tuple[Kind, ...] = ("orthogonalised", "generalised")

# Draws handled at once; bounds the memory of long weekly samples.
_CHUNK = 100


@dataclass(frozen=True, kw_only=True)
class ImpulseResult:
    """Impulse responses and variance decompositions of one vector autoregression.

    Attributes
    ----------
    responses
        One row per kind, impulse, response and horizon (0 to ``horizon`` periods): ``value``,
        ``lower``, ``upper`` in the unit of the response, to a shock of one standard deviation.
    shares
        One row per kind, response, impulse and horizon (1 to ``horizon`` periods ahead): ``value``,
        ``lower``, ``upper``, the part in [0, 1] of the forecast-error variance of the response
        owed to the impulse; for each response the values add up to one.
    ordering
        Names in Cholesky order: an earlier series may move a later one within the period, not the
        reverse. Generalised responses do not depend on it.
    span
        First and last period.
    period
        What one period is called.
    n_obs
        Rows used, after lags.
    n_draws
        Bootstrap samples behind the bands.
    """

    responses: pd.DataFrame = field(repr=False)
    shares: pd.DataFrame = field(repr=False)
    ordering: tuple[str, ...]
    span: str
    period: str
    n_obs: int
    n_draws: int
    settings: dict[str, Setting]
    warnings: tuple[str, ...]


def impulse_responses(
    fit: VarFit, *, horizon: int = 12, n_draws: int = 1000, level: float = 0.95, seed: int = 0
) -> ImpulseResult | Refusal:
    r"""Trace shocks through a fitted vector autoregression.

    Parameters
    ----------
    fit
        A fitted vector autoregression.
    horizon
        Longest horizon, in periods.
    n_draws
        Bootstrap samples, for the bias and again for the bands.
    level
        Pointwise coverage of the bands.
    seed
        Of the bootstrap; the same seed gives the same bands.

    Returns
    -------
    ImpulseResult or Refusal
        A refusal where the fitted model is not stable, since its responses would grow without
        bound, or where the series are so sparse that a bootstrap sample cannot be fitted.

    Notes
    -----
    With moving-average matrices :math:`\Phi_h` and residual covariance :math:`\Sigma = PP'`, the
    orthogonalised responses are :math:`\Phi_h P` (Luetkepohl 2005, 2.3.2) and the generalised
    ones :math:`\Phi_h \Sigma e_j / \sqrt{\sigma_{jj}}` (Pesaran and Shin 1998, Economics
    Letters 58, 17-29, equation 10). Shares are accumulated squared responses over their sum across
    impulses; for generalised responses that is the form of Lanne and Nyberg (2016), Oxford
    Bulletin of Economics and Statistics 78, 595-603, equation 9, which adds up to one.

    The bands are percentiles of the bootstrap after bootstrap of Kilian (1998), Review of
    Economics and Statistics 80, 218-230: residuals are drawn with replacement, the coefficients
    are corrected for their bias without leaving the stable region, and so is each draw. The value
    is the least-squares one, and at long horizons of persistent series it may lie near an end of
    its band. Drawing residuals one by one supposes that their variance does not come in spells;
    where it does, the bands are too narrow (Brueggemann, Jentsch and Trenkler 2016).
    """
    if not fit.is_stable:
        return Refusal(
            model=say("model.impulse", names=join(fit.columns, ", ")),
            reason=say("reason.unstable", root=f"{fit.largest_root:.3f}"),
        )
    results = fit.results
    slopes = np.asarray(results.coefs, dtype=np.float64)[None]
    sigma = np.asarray(results.sigma_u, dtype=np.float64)[None]
    point = _trace(slopes, sigma, horizon)
    # A response is in the unit of the series that responds.
    units = {"response": fit.units[:, None], "share": np.ones((1, 1))}
    try:
        drawn = _bootstrap(fit, horizon, n_draws, np.random.default_rng(seed))
    except np.linalg.LinAlgError:
        return Refusal(
            model=say("model.impulse", names=join(fit.columns, ", ")),
            reason=say("reason.bootstrap_thin"),
        )
    tails = (0.5 - level / 2.0, 0.5 + level / 2.0)
    bands = {name: np.quantile(draws, tails, axis=0) for name, draws in drawn.items()}
    responses: list[pd.DataFrame] = []
    shares: list[pd.DataFrame] = []
    for kind in KINDS:
        for what, rows, first in (("response", responses, 0), ("share", shares, 1)):
            key = f"{kind} {what}"
            value, band = units[what] * point[key][0], units[what] * bands[key]
            rows.append(_tidy(fit.columns, kind, value, band, first))
    return ImpulseResult(
        responses=pd.concat(responses, ignore_index=True),
        shares=pd.concat(shares, ignore_index=True),
        ordering=fit.columns,
        span=fit.span,
        period=fit.period,
        n_obs=fit.n_obs,
        n_draws=n_draws,
        settings={
            "lags": fit.lag,
            "horizon": horizon,
            "draws": n_draws,
            "seed": seed,
            "level": level,
            "bands": "bias-corrected residual bootstrap (Kilian 1998), percentiles, pointwise",
            "trend": fit.settings.trend,
        },
        warnings=fit.warnings,
    )


def _tidy(
    columns: tuple[str, ...], kind: Kind, value: FloatArray, band: FloatArray, first: int
) -> pd.DataFrame:
    """Arrays (horizon, response, impulse) as one row per number."""
    steps, response, impulse = np.indices(value.shape)
    names = np.asarray(columns, dtype=object)
    return pd.DataFrame(
        {
            "kind": kind,
            "impulse": names[impulse.ravel()],
            "response": names[response.ravel()],
            "horizon": steps.ravel() + first,
            "value": value.ravel(),
            "lower": band[0].ravel(),
            "upper": band[1].ravel(),
        }
    )


def _trace(slopes: FloatArray, sigma: FloatArray, horizon: int) -> dict[str, FloatArray]:
    """Responses and shares for many models at once.

    `slopes` (draws, lags, k, k) and `sigma` (draws, k, k) give arrays (draws, horizon [+ 1], k
    responses, k impulses).
    """
    n_draws, n_lags, width, _ = slopes.shape
    moving = np.zeros((n_draws, horizon + 1, width, width))
    moving[:, 0] = np.eye(width)
    for h in range(1, horizon + 1):
        for lag in range(1, min(n_lags, h) + 1):
            moving[:, h] += moving[:, h - lag] @ slopes[:, lag - 1]
    spread = np.sqrt(np.diagonal(sigma, axis1=1, axis2=2))
    impact = {
        "orthogonalised": np.linalg.cholesky(sigma),
        "generalised": sigma / spread[:, None, :],
    }
    traced: dict[str, FloatArray] = {}
    for kind in KINDS:
        response = moving @ impact[kind][:, None]
        grown = np.cumsum(response[:, :horizon] ** 2, axis=1)
        traced[f"{kind} response"] = response
        traced[f"{kind} share"] = grown / grown.sum(axis=3, keepdims=True)
    return traced


def _bootstrap(
    fit: VarFit, horizon: int, n_draws: int, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Draw `n_draws` corrected models and trace each."""
    slopes = np.asarray(fit.results.coefs, dtype=np.float64)
    bias = np.zeros_like(slopes)
    for drawn, _ in _refit(fit, slopes, n_draws, rng):
        bias += (drawn - slopes).sum(axis=0) / n_draws
    centre = _corrected(slopes[None], bias)[0]
    pieces: dict[str, list[FloatArray]] = {}
    for drawn, sigma in _refit(fit, centre, n_draws, rng):
        for name, traced in _trace(_corrected(drawn, bias), sigma, horizon).items():
            pieces.setdefault(name, []).append(traced)
    return {name: np.concatenate(parts) for name, parts in pieces.items()}


def _refit(
    fit: VarFit, slopes: FloatArray, n_draws: int, rng: np.random.Generator
) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Simulate from `slopes` with redrawn residuals; give the refitted slopes and covariances."""
    values = np.asarray(fit.results.endog, dtype=np.float64)
    n_lags, width, _ = slopes.shape
    fixed = np.asarray(fit.results.endog_lagged, dtype=np.float64)[:, : fit.results.k_trend]
    after = values[n_lags:]
    explained = sum(
        values[n_lags - lag : len(values) - lag] @ slopes[lag - 1].T for lag in range(1, n_lags + 1)
    )
    # Given the slopes, the deterministic part is what is left on average.
    remainder = after - explained
    base = fixed @ np.linalg.lstsq(fixed, remainder, rcond=None)[0]
    n_obs, n_fixed = fixed.shape
    freedom = n_obs - n_fixed - n_lags * width
    # Least-squares residuals are smaller than the errors they stand for.
    residuals = (remainder - base) * np.sqrt(n_obs / freedom)
    for start in range(0, n_draws, _CHUNK):
        n_here = min(_CHUNK, n_draws - start)
        shocks = residuals[rng.integers(n_obs, size=(n_here, n_obs))]
        path = np.empty((n_here, n_lags + n_obs, width))
        path[:, :n_lags] = values[:n_lags]
        for t in range(n_obs):
            step = base[t] + shocks[:, t]
            for lag in range(1, n_lags + 1):
                step = step + path[:, n_lags + t - lag] @ slopes[lag - 1].T
            path[:, n_lags + t] = step
        yield _least_squares(path, fixed, n_lags)


def _least_squares(
    path: FloatArray, fixed: FloatArray, n_lags: int
) -> tuple[FloatArray, FloatArray]:
    """Slopes (draws, lags, k, k) and residual covariances of many samples of one length."""
    n_draws, n_rows, width = path.shape
    n_obs, n_fixed = fixed.shape
    design = np.concatenate(
        [
            np.broadcast_to(fixed, (n_draws, n_obs, n_fixed)),
            *(path[:, n_lags - lag : n_rows - lag] for lag in range(1, n_lags + 1)),
        ],
        axis=2,
    )
    after = path[:, n_lags:]
    across = design.transpose(0, 2, 1)
    beta = np.linalg.solve(across @ design, across @ after)
    errors = after - design @ beta
    sigma = errors.transpose(0, 2, 1) @ errors / (n_obs - n_fixed - n_lags * width)
    slopes = beta[:, n_fixed:].reshape(n_draws, n_lags, width, width).transpose(0, 1, 3, 2)
    return slopes, sigma


def _corrected(slopes: FloatArray, bias: FloatArray) -> FloatArray:
    """Subtract the bias, or as much of it as leaves the model stable (Kilian 1998, step 1b)."""
    share = np.where(largest_roots(slopes) < 1.0, 1.0, 0.0)
    corrected = slopes - share[:, None, None, None] * bias
    while True:
        bad = (share > 0.0) & (largest_roots(corrected) >= 1.0)
        if not bad.any():
            return corrected
        share[bad] = np.maximum(share[bad] - 0.05, 0.0)
        corrected[bad] = slopes[bad] - share[bad][:, None, None, None] * bias
