"""The Ljung-Box statistic, for series and for residuals."""

from __future__ import annotations

from statsmodels.stats.diagnostic import acorr_ljungbox

from detente.statistics.samples import FloatArray


def ljung_box(values: FloatArray, lags: int, n_parameters: int = 0) -> tuple[float, float]:
    """Return the Ljung-Box statistic and its p-value.

    Parameters
    ----------
    values
        Shape (n,), consecutive in time.
    lags
        Lags taken together; more than `n_parameters`, fewer than n.
    n_parameters
        Autoregressive and moving-average coefficients estimated before, taken off the degrees of
        freedom.

    References
    ----------
    Ljung and Box (1978), Biometrika 65, 297-303.
    """
    row = acorr_ljungbox(values, lags=[lags], model_df=n_parameters).iloc[0]
    return float(row["lb_stat"]), float(row["lb_pvalue"])
