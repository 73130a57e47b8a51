"""Intervals for the date of a break.

Under shifts that shrink as the sample grows, the estimated date minus the true one behaves as the
place where a two-sided Wiener process with negative drift is largest (Bai 1997). The process has
one variance and drift before the break and another after it, so its distribution is not symmetric.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import log_ndtr

from detente.base.phrases import say
from detente.statistics.breaks.long_run import Divisor, long_run_covariance
from detente.statistics.breaks.segmentation import fit, regimes
from detente.statistics.samples import FloatArray

Errors = Literal["hac", "regime", "common"]


@dataclass(frozen=True, kw_only=True)
class DateInterval:
    """Interval for one break, in positions counted from 1 (the last period of the old regime).

    Attributes
    ----------
    position
        The estimate.
    lower, upper
        Ends, rounded outwards to whole periods and cut at the first and the last observation;
        ``None`` where the interval does not exist, with the reason in ``warnings``.
    level
        Intended coverage, for instance 0.95.
    warnings
        In words: cut at an end of the sample, all on one side, not defined.
    """

    position: int
    lower: int | None
    upper: int | None
    level: float
    warnings: tuple[str, ...] = ()


def argmax_cdf(x: float, drift: float = 1.0, spread: float = 1.0) -> float:
    r"""Distribution of the place where the two-sided process is largest.

    Parameters
    ----------
    x
        Place, in units of the left side.
    drift
        Ratio of the drift on the right to that on the left, above 0.
    spread
        Ratio of the variance on the right to that on the left, above 0.

    Returns
    -------
    float

    Notes
    -----
    The process is :math:`W_1(-x) - |x|/2` on the left and
    :math:`\sqrt{\phi} W_2(x) - \xi x/2` on the right. Seen from the other side, with time and
    height rescaled, it is a process of the same kind with both ratios inverted, so one half of the
    distribution gives the other.

    References
    ----------
    Bai (1997), "Estimation of a change point in multiple regression models", Review of Economics
    and Statistics 79, 551-563, appendix; Bai and Perron (1998), Econometrica 66, section 3.2.
    """
    ratio = drift / spread
    if x <= 0.0:
        return _left_tail(-x, ratio)
    return 1.0 - _left_tail(x * drift * ratio, 1.0 / ratio)


def _left_tail(distance: float, ratio: float) -> float:
    """P(place <= -distance); depends on the right side by drift / variance alone."""
    root = math.sqrt(distance)
    # The product of a huge exponential and a tiny normal tail is taken in logarithms.
    product = math.exp(
        ratio * (1.0 + ratio) * distance / 2.0 + float(log_ndtr(-(0.5 + ratio) * root))
    )
    weight = (1.0 + 2.0 * ratio) / (ratio * (1.0 + ratio))
    tail = math.exp(float(log_ndtr(-root / 2.0)))
    return (
        -root * math.exp(-distance / 8.0) / math.sqrt(2.0 * math.pi)
        - weight * product
        + (distance / 2.0 - 2.0 + weight * (1.0 + 2.0 * ratio)) * tail
    )


def argmax_quantile(probability: float, drift: float = 1.0, spread: float = 1.0) -> float:
    """Return the quantile of the place of the maximum; see ``argmax_cdf`` for the process.

    Parameters
    ----------
    probability
        Inside (0, 1).
    drift, spread
        Ratios of the right side to the left, above 0.

    Returns
    -------
    float
        In the units of the process's time; below 0 where the probability is below that of the left.

    Raises
    ------
    ValueError
        The probability is not inside (0, 1).
    """
    if not 0.0 < probability < 1.0:
        raise ValueError(f"expected a probability inside (0, 1), got {probability}")

    def excess(x: float) -> float:
        return argmax_cdf(x, drift, spread) - probability

    step = 1.0 if probability > argmax_cdf(0.0, drift, spread) else -1.0
    far = step
    while excess(far) * step < 0.0:
        far *= 2.0
    return float(brentq(excess, min(far, 0.0), max(far, 0.0), xtol=1e-10))


def break_intervals(
    y: FloatArray,
    x: FloatArray,
    breaks: tuple[int, ...],
    *,
    level: float = 0.95,
    errors: Errors = "hac",
    divisor: Divisor = "bai-perron",
) -> tuple[DateInterval, ...]:
    """Give each break of a least-squares partition its interval.

    Parameters
    ----------
    y, x
        Shapes (n,) and (n, q).
    breaks
        Observations before each break, from ``detente.statistics.breaks.segmentation.segment``.
    level
        Coverage.
    errors
        ``"hac"``: heteroskedastic and autocorrelated, each regime with its own long-run covariance
        and moments of the regressors. ``"regime"``: uncorrelated, each regime its own variance;
        the default of R's strucchange. ``"common"``: uncorrelated, one variance and one second
        moment of the regressors throughout.
    divisor
        Passed to ``detente.statistics.breaks.long_run.long_run_covariance``.

    Returns
    -------
    tuple of DateInterval
        In order of time. Intervals are one at a time; they may overlap.

    Notes
    -----
    Equal-tailed. Where the limit puts more than 1 - (1 - level) / 2 of its mass on one side of the
    estimate, that side begins at the estimate, which keeps the estimate in the interval and the
    coverage at least nominal.

    References
    ----------
    Bai (1997), Review of Economics and Statistics 79, proposition 3; Bai and Perron (1998), section
    3.2; (2003), section 3.3.
    """
    spans = regimes(breaks, len(y))
    coefficients = [fit(y[s:e], x[s:e]) for s, e in spans]
    residual = np.concatenate(
        [y[s:e] - x[s:e] @ b for (s, e), b in zip(spans, coefficients, strict=True)]
    )
    moments = _regime_moments(x, residual, spans, errors, divisor)
    found = []
    for i, position in enumerate(breaks):
        jump = coefficients[i + 1] - coefficients[i]
        found.append(_interval(position, len(y), jump, moments[i], moments[i + 1], level))
    return tuple(found)


def _regime_moments(
    x: FloatArray,
    residual: FloatArray,
    spans: list[tuple[int, int]],
    errors: Errors,
    divisor: Divisor,
) -> list[tuple[FloatArray, FloatArray]]:
    """For each regime the second moment of x and the covariance of x times the error."""
    if errors == "common":
        second = x.T @ x / len(x)
        variance = float(residual @ residual) / len(x)
        return [(second, variance * second)] * len(spans)
    moments = []
    for start, end in spans:
        own, error = x[start:end], residual[start:end]
        second = own.T @ own / (end - start)
        if errors == "hac":
            covariance = long_run_covariance(own * error[:, None], divisor=divisor)
        else:
            covariance = float(error @ error) / (end - start) * second
        moments.append((second, covariance))
    return moments


def _interval(
    position: int,
    n_obs: int,
    jump: FloatArray,
    left: tuple[FloatArray, FloatArray],
    right: tuple[FloatArray, FloatArray],
    level: float,
) -> DateInterval:
    size_left, size_right = float(jump @ left[0] @ jump), float(jump @ right[0] @ jump)
    noise_left, noise_right = float(jump @ left[1] @ jump), float(jump @ right[1] @ jump)
    # Residuals of rounding alone are no noise: below 1e-10 of the jump, as standard deviations.
    rounding = 1e-20 * min(size_left, size_right) ** 2
    smallest = max(1e-12 * max(noise_left, noise_right), rounding)
    if min(noise_left, noise_right) <= smallest or min(size_left, size_right) <= 0.0:
        return DateInterval(
            position=position,
            lower=None,
            upper=None,
            level=level,
            warnings=(say("warning.no_interval"),),
        )
    drift, spread = size_right / size_left, noise_right / noise_left
    outside = (1.0 - level) / 2.0
    scale = noise_left / size_left**2
    low = argmax_quantile(outside, drift, spread) * scale
    high = argmax_quantile(1.0 - outside, drift, spread) * scale
    warnings = []
    if low > 0.0 or high < 0.0:
        warnings.append(say("warning.one_side"))
    # The place of the maximum is the estimate minus the truth, so its ends change sides.
    lower = position - max(math.ceil(high), 0)
    upper = position - min(math.floor(low), 0)
    if lower < 1:
        lower = 1
        warnings.append(say("warning.cut_first"))
    if upper > n_obs:
        upper = n_obs
        warnings.append(say("warning.cut_last"))
    return DateInterval(
        position=position, lower=lower, upper=upper, level=level, warnings=tuple(warnings)
    )
