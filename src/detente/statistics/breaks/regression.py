"""The regression whose coefficients may break, posed once for all tests on it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from detente.base.phrases import say
from detente.statistics.breaks.segmentation import minimal_segment
from detente.statistics.results import Refusal
from detente.statistics.samples import FloatArray, Sample, SeriesError, take_sample
from detente.statistics.units import differs

Variance = Literal["hac", "iid"]

# A long-run variance, and the mean that it belongs to, cannot be told from fewer observations.
MIN_REGIME = 5
# The tests rest on means being about normal; where nearly every period has the same value, zero as
# a rule, a handful of events decides everything.
MIN_ACTIVE = 10
# Missing values are left out; where they are many, time itself is distorted.
MAX_MISSING_SHARE = 0.2
# Bai and Perron (2003) simulate no sample below this that their tests could be trusted in.
MIN_OBSERVATIONS = 20


@dataclass(frozen=True, kw_only=True)
class BreakProblem:
    """A regression y = x b + u with b free to change, and how its breaks are sought.

    Attributes
    ----------
    sample
        The observed series less ``centre``; ``sample.values`` is y, shape (n,). A constant is among
        the regressors, so that no test depends on it, and sums of squares keep their digits.
    centre
        Mean of the observed series.
    design
        Regressors x, shape (n, q), a constant first; only the constant for a shift of the mean.
    names
        Name of each coefficient; ``("mean",)`` for a shift of the mean.
    min_segment
        Fewest observations of a regime, h.
    variance
        ``"hac"``: robust to heteroskedasticity and autocorrelation within a regime and different
        between regimes (see ``detente.statistics.breaks.long_run``); ``"iid"``: one variance, no
        autocorrelation.
    """

    sample: Sample
    design: FloatArray
    names: tuple[str, ...]
    min_segment: int
    variance: Variance
    centre: float = 0.0

    @property
    def n_obs(self) -> int:
        """Number of observations n, after gaps are dropped."""
        return len(self.sample)

    @property
    def width(self) -> int:
        """Coefficients that may break, q."""
        return int(self.design.shape[1])

    @property
    def n_active(self) -> int:
        """Observations that differ from the most frequent value."""
        counts = np.unique(self.sample.values, return_counts=True)[1]
        return self.n_obs - int(counts.max())

    def label(self, position: int) -> str:
        """Name the period of the observation at ``position``, counted from 1."""
        return self.sample.labels[position - 1]

    def settings(self) -> dict[str, str | int | float | bool | None]:
        """Report what was chosen, as every result on this problem carries it."""
        return {
            "first": self.sample.labels[0],
            "last": self.sample.labels[-1],
            "min_segment": self.min_segment,
            "coefficients": ", ".join(self.names),
            "variance": (
                "HAC: quadratic spectral kernel, Andrews AR(1) bandwidth, VAR(1) prewhitening, "
                "separately in each regime"
                if self.variance == "hac"
                else "one variance, no autocorrelation"
            ),
            "n_missing_dropped": self.sample.n_missing,
        }


def pose(
    series: pd.Series | ArrayLike,
    exog: pd.DataFrame | None = None,
    *,
    trimming: float = 0.15,
    min_segment: int | None = None,
    variance: Variance = "hac",
) -> BreakProblem | Refusal:
    """Pose a break problem, or refuse it with the reason.

    Parameters
    ----------
    series
        The series, in order of time. Missing values are left out and counted: the neighbours of a
        gap are then treated as neighbours.
    exog
        Further regressors, one row for each period of ``series`` and the same index, no constant.
    trimming
        Fewest observations of a regime as a share of the sample, in (0, 0.5]. Bai and Perron (2003)
        advise 0.15 or more where the errors may be autocorrelated. No break can be found closer
        than this to either end.
    min_segment
        The same as a number of observations; overrides ``trimming``.
    variance
        See ``BreakProblem``.

    Returns
    -------
    BreakProblem or Refusal
        Refused: fewer than 20 observations, fewer than two regimes, regimes shorter than
        q + 5 observations, a series that never changes, fewer than 10 observations that differ
        from the most frequent value, more than a fifth of the periods missing.

    Raises
    ------
    SeriesError
        If the series or the regressors are malformed.
    ValueError
        If ``trimming`` is outside (0, 0.5].
    """
    if not 0.0 < trimming <= 0.5:
        raise ValueError(f"trimming must lie in (0, 0.5], got {trimming}")
    kept, regressors, names = _align(series, exog)
    given = take_sample(kept, gaps="drop")
    # Halves, so that the sum of no two values overflows.
    middle = float(np.mean(given.values / 2)) * 2
    sample = replace(given, values=_without_rounding(given.values, middle))
    n_obs = len(sample)
    length = minimal_segment(n_obs, trimming) if min_segment is None else min_segment
    design = np.column_stack([np.ones(n_obs), regressors])
    problem = BreakProblem(
        sample=sample,
        design=design,
        names=names,
        min_segment=length,
        variance=variance,
        centre=middle,
    )
    reason = _objection(problem)
    return (
        problem if reason is None else Refusal(model=say("model.structural_breaks"), reason=reason)
    )


def _without_rounding(values: FloatArray, middle: float) -> FloatArray:
    """Return values less their mean; all zero where they differ by no more than rounding."""
    centred = values - middle
    kept = differs(float(np.ptp(values)), float(np.abs(values).max()))
    return np.asarray(centred) if kept else np.zeros_like(values)


def _align(
    series: pd.Series | ArrayLike, exog: pd.DataFrame | None
) -> tuple[pd.Series | ArrayLike, FloatArray, tuple[str, ...]]:
    if exog is None:
        n_kept = len(take_sample(series, gaps="drop"))
        return series, np.empty((n_kept, 0)), ("mean",)
    if not isinstance(series, pd.Series) or not series.index.equals(exog.index):
        raise SeriesError("the regressors need the same index as the series; reindex them first")
    if not np.isfinite(exog.to_numpy(dtype=np.float64)[series.notna()]).all():
        raise SeriesError("the regressors must be finite wherever the series is observed")
    regressors = exog.to_numpy(dtype=np.float64)[series.notna().to_numpy()]
    return series, regressors, ("constant", *(str(name) for name in exog.columns))


def _objection(problem: BreakProblem) -> str | None:
    n_obs, width, length = problem.n_obs, problem.width, problem.min_segment
    if n_obs < MIN_OBSERVATIONS:
        return say("reason.too_few", n=n_obs, needed=MIN_OBSERVATIONS)
    if length < width + MIN_REGIME:
        return say("reason.regimes_short", length=length, width=width, needed=width + MIN_REGIME)
    if n_obs < 2 * length:
        return say("reason.no_two_regimes", n=n_obs, length=length)
    if np.ptp(problem.sample.values) == 0.0:
        return say("reason.constant")
    kinds, counts = np.unique(problem.sample.values, return_counts=True)
    n_active = n_obs - int(counts.max())
    if n_active < MIN_ACTIVE:
        return say(
            "reason.mostly_one_value",
            n_active=n_active,
            n=n_obs,
            value=f"{kinds[counts.argmax()] + problem.centre:g}",
            needed=MIN_ACTIVE,
        )
    n_missing = problem.sample.n_missing
    if n_missing > MAX_MISSING_SHARE * (n_obs + n_missing):
        return say(
            "reason.gaps",
            n_missing=n_missing,
            n=n_obs + n_missing,
            share=f"{MAX_MISSING_SHARE:.0%}",
        )
    return None
