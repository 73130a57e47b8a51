"""Whether two forecasts of the same months differ in accuracy by more than chance."""

from __future__ import annotations

import numpy as np
from scipy import stats

from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import FloatArray

NAME = "Diebold-Mariano with small-sample correction (Harvey, Leybourne and Newbold 1997)"
# Below this the correction leaves nothing to judge by.
MIN_ORIGINS = 20


def diebold_mariano(
    losses: FloatArray, benchmark: FloatArray, horizon: int, names: tuple[str, str], loss: str
) -> TestResult | Refusal:
    """Test that two forecasts have the same expected loss.

    Parameters
    ----------
    losses, benchmark
        Loss of the forecast and of its benchmark at each origin in order of time, shape (n,).
    horizon
        Periods ahead, h; forecasts made h periods ahead overlap, so the differences may be
        correlated up to lag h - 1.
    names
        Of the forecast and of its benchmark.
    loss
        What the losses are, for instance ``"CRPS"``.

    Returns
    -------
    TestResult or Refusal
        The statistic is negative where the forecast has the smaller mean loss. Refused below 20
        origins, and where the losses never differ.

    Notes
    -----
    With d the differences, the statistic is mean(d) / sqrt(V / n), V the sum of their
    autocovariances up to lag h - 1, times sqrt((n + 1 - 2 h + h (h - 1) / n) / n), judged against
    Student's t with n - 1 degrees of freedom, both sides. Where V comes out at or below zero, the
    autocovariances are weighted as Bartlett does, and a warning says so. The null is that of the
    forecasts as they were made, estimated parameters included (Giacomini and White 2006), not of
    the models in the population.

    References
    ----------
    Diebold and Mariano (1995), Journal of Business and Economic Statistics 13, 253-263; Harvey,
    Leybourne and Newbold (1997), International Journal of Forecasting 13, 281-291, equation 9;
    Giacomini and White (2006), Econometrica 74, 1545-1578.
    """
    name, other = names
    differences = losses - benchmark
    n = len(differences)
    if n < max(MIN_ORIGINS, 2 * horizon):
        return Refusal(
            model=NAME, reason=f"{n} origins; at least {max(MIN_ORIGINS, 2 * horizon)} are needed"
        )
    if np.ptp(differences) == 0.0:
        return Refusal(
            model=NAME, reason=f"the {loss} of {name} and of {other} differ by the same every time"
        )
    variance, warnings = _long_run_variance(differences, horizon)
    correction = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    statistic = float(correction * differences.mean() / np.sqrt(variance / n))
    return TestResult(
        test_id="diebold_mariano",
        test=NAME,
        null_hypothesis=f"the {loss} of {name} is on average that of {other}",
        alternative=f"the {loss} of {name} is on average lower or higher than that of {other}",
        statistic=statistic,
        p_value=float(2.0 * stats.t.sf(abs(statistic), n - 1)),
        n_obs=n,
        distribution=f"t({n - 1})",
        settings={"horizon": horizon, "lags": horizon - 1, "loss": loss},
        warnings=warnings,
    )


def _long_run_variance(differences: FloatArray, horizon: int) -> tuple[float, tuple[str, ...]]:
    centred = differences - differences.mean()
    n = len(centred)
    covariances = np.array([centred[lag:] @ centred[: n - lag] / n for lag in range(horizon)])
    variance = float(covariances[0] + 2.0 * covariances[1:].sum())
    # Relative, since rounding alone can leave a sum of zeros above zero.
    if variance > 1e-12 * covariances[0]:
        return variance, ()
    bartlett = 1.0 - np.arange(1, horizon) / horizon
    variance = float(covariances[0] + 2.0 * (bartlett * covariances[1:]).sum())
    return variance, ("the plain variance is not positive; autocovariances weighted by Bartlett",)
