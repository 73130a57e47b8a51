"""Regimes by a Markov-switching model: a second opinion on structural breaks.

The break tests let the mean move to any level and stay there; the switching model lets it go to and
fro between a few levels. Where both date a change alike, it does not depend on the one model.

The variance is common to the regimes unless asked otherwise: the question is about the mean, a
regime of its own variance is often one of larger variance at the same mean, and on counts, where
values repeat, such a regime collapses onto a single value and the likelihood goes to infinity.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

from detente.base.phrases import Phrase, join, listed, say
from detente.statistics.results import Refusal, Setting
from detente.statistics.samples import FloatArray, Sample, take_sample

MODEL = "Markov switching"

# Each regime has a mean and a way out; fewer observations decide nothing.
MIN_OBSERVATIONS = 50
# Where one value, zero as a rule, fills more of a series than this, normal regimes say nothing but
# "zero" and "not zero".
MAX_SHARE_OF_ONE_VALUE = 0.75
# A regime that lasts fewer periods than this on average picks out single periods.
MIN_DURATION = 2.0
# A regime this much less variable than the series has collapsed onto a single value.
_COLLAPSED = 1e-4


@dataclass(frozen=True, kw_only=True)
class RegimeSwitch:
    """The likeliest regime changes between two neighbouring periods.

    ``last_before`` and ``first_after`` are labels; ``before`` and ``after`` number the regimes by
    rising mean from 0.
    """

    last_before: str
    first_after: str
    before: int
    after: int


@dataclass(frozen=True, kw_only=True)
class RegimeAnalysis:
    """A fitted Markov-switching mean.

    Attributes
    ----------
    first, last, n_obs
        Sample.
    means, standard_deviations
        Of each regime, by rising mean, in the unit of the series.
    transition
        Shape (k, k); ``transition[i][j]`` is the probability that j follows i.
    expected_durations
        Periods that a regime lasts on average; infinite where it is never left.
    probabilities
        Shape (n, k): probability of each regime in each period, given the whole series.
    switches
        Where the likeliest regime changes, in order of time.
    log_likelihood, bic, bic_one_regime
        ``bic`` minus ``bic_one_regime`` below zero speaks for several regimes. No p-value: under
        one regime the transition probabilities are not identified, and the likelihood ratio has no
        chi-square distribution.
    converged
        What the optimiser says.
    settings, warnings
        What was chosen; what the fitting program complained about.
    """

    first: str
    last: str
    n_obs: int
    means: tuple[float, ...]
    standard_deviations: tuple[float, ...]
    transition: tuple[tuple[float, ...], ...]
    expected_durations: tuple[float, ...]
    probabilities: FloatArray = field(repr=False)
    switches: tuple[RegimeSwitch, ...]
    log_likelihood: float
    bic: float
    bic_one_regime: float
    converged: bool
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...]


def find_regimes(
    series: pd.Series | ArrayLike,
    *,
    n_regimes: int = 2,
    switching_variance: bool = False,
    n_starts: int = 5,
    seed: int = 20230316,
) -> RegimeAnalysis | Refusal:
    """Fit a mean that switches between regimes.

    Parameters
    ----------
    series
        Equally spaced, without gaps.
    n_regimes
        Number of regimes, 2 or more.
    switching_variance
        Give each regime its own variance as well.
    n_starts
        Random starts around statsmodels' own; the likelihood has several peaks.
    seed
        Of the random starts, so that the same series gives the same answer.

    Returns
    -------
    RegimeAnalysis or Refusal
        Refused: fewer than 50 observations, one value in more than three quarters of the periods,
        a fit that fails, is not finite, or collapses onto a single value. A fit that did not
        converge is returned with ``converged=False`` and a warning.

    Raises
    ------
    SeriesError
        If the series is malformed or has gaps.
    ValueError
        If fewer than two regimes are asked for.

    References
    ----------
    Hamilton (1989), Econometrica 57, 357-384; statsmodels ``MarkovRegression``.
    """
    if n_regimes < 2:
        raise ValueError(f"expected two regimes or more, got {n_regimes}")
    sample = take_sample(series)
    reason = objection(sample)
    if reason is not None:
        return Refusal(model=MODEL, reason=reason)
    centre, scale = float(sample.values.mean()), float(sample.values.std())
    standardised = (sample.values - centre) / scale
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fitted: Any = MarkovRegression(
                standardised,
                k_regimes=n_regimes,
                trend="c",
                switching_variance=switching_variance,
            ).fit(search_reps=n_starts, rng=np.random.default_rng(seed), maxiter=500, disp=0)
        except (np.linalg.LinAlgError, ValueError, ZeroDivisionError) as error:
            return Refusal(model=MODEL, reason=f"the fit failed: {error}")
    return _read(sample, fitted, centre, scale, n_starts, seed, caught)


def regime_sentence(analysis: RegimeAnalysis, subject: str) -> Phrase:
    """Say the regimes of one series in one sentence."""
    about = {"subject": subject, "first": analysis.first, "last": analysis.last}
    if not analysis.converged:
        return say("regimes.not_converged", count=len(analysis.means), **about)
    means = [
        say("regimes.mean", mean=f"{mean:.4g}", spread=f"{spread:.3g}")
        for mean, spread in zip(analysis.means, analysis.standard_deviations, strict=True)
    ]
    prefers = "itself" if analysis.bic < analysis.bic_one_regime else "one_mean"
    return say(
        "regimes.found",
        means=listed(means),
        where=_where(analysis),
        prefers=say(f"regimes.prefers_{prefers}"),
        **about,
    )


def _where(analysis: RegimeAnalysis) -> Phrase:
    """Say when the likeliest regime changes, if that means anything."""
    shortest = min(analysis.expected_durations)
    if shortest < MIN_DURATION:
        return say("regimes.short", periods=f"{shortest:.1f}")
    if not analysis.switches:
        return say("regimes.never")
    if len(analysis.switches) <= 6:
        dates = join([switch.last_before for switch in analysis.switches], ", ")
        return say("regimes.after", dates=dates)
    return say("regimes.times", n=len(analysis.switches))


def objection(sample: Sample) -> str | None:
    """Say why a series cannot bear the model; ``None`` where it can."""
    n_obs = len(sample)
    if n_obs < MIN_OBSERVATIONS:
        return f"{n_obs} observations; at least {MIN_OBSERVATIONS} are needed"
    values, counts = np.unique(sample.values, return_counts=True)
    if len(values) == 1:
        return "the series never changes"
    share = counts.max() / n_obs
    if share > MAX_SHARE_OF_ONE_VALUE:
        return (
            f"the value {values[counts.argmax()]:g} fills {share:.0%} of the periods (more than "
            f"{MAX_SHARE_OF_ONE_VALUE:.0%})"
        )
    return None


def _read(
    sample: Sample,
    fitted: Any,
    centre: float,
    scale: float,
    n_starts: int,
    seed: int,
    caught: list[warnings.WarningMessage],
) -> RegimeAnalysis | Refusal:
    names: list[str] = list(fitted.model.param_names)
    values = dict(zip(names, np.asarray(fitted.params, dtype=np.float64), strict=True))
    n_regimes = int(fitted.k_regimes)
    means = np.array([values[f"const[{i}]"] for i in range(n_regimes)])
    variances = np.array(
        [values.get(f"sigma2[{i}]", values.get("sigma2", math.nan)) for i in range(n_regimes)]
    )
    # statsmodels stores the probability of i given j at [i, j, time].
    transition = np.asarray(fitted.regime_transition, dtype=np.float64)[:, :, 0].T
    # The smoother leaves rounding errors beyond 1; NaN stays NaN.
    probabilities = np.clip(
        np.asarray(fitted.smoothed_marginal_probabilities, dtype=np.float64), 0.0, 1.0
    )
    log_likelihood = float(fitted.llf)
    everything = np.concatenate([means, variances, transition.ravel(), probabilities.ravel()])
    if not (np.isfinite(everything).all() and math.isfinite(log_likelihood)):
        return Refusal(model=MODEL, reason="the fit is not finite")
    if variances.min() < _COLLAPSED:
        value = centre + scale * means[variances.argmin()]
        return Refusal(model=MODEL, reason=f"a regime collapses onto the value {value:g}")
    order = np.argsort(means, kind="stable")
    probabilities = probabilities[:, order]
    transition = transition[np.ix_(order, order)]
    n_obs = len(sample)
    # The series was divided by its standard deviation, which the density has to pay for.
    log_likelihood -= n_obs * math.log(scale)
    converged = bool(fitted.mle_retvals["converged"])
    complaints = sorted({str(warning.message) for warning in caught})
    if not converged:
        complaints.insert(0, "the optimiser did not converge")
    durations = tuple(
        math.inf if stay >= 1.0 else float(1.0 / (1.0 - stay)) for stay in np.diag(transition)
    )
    if min(durations) < MIN_DURATION:
        complaints.append("a regime picks out single periods; skewed series make such regimes")
    one_regime = -0.5 * n_obs * (math.log(2.0 * math.pi * scale**2) + 1.0)
    return RegimeAnalysis(
        first=sample.labels[0],
        last=sample.labels[-1],
        n_obs=n_obs,
        means=tuple(float(centre + scale * mean) for mean in means[order]),
        standard_deviations=tuple(float(scale * math.sqrt(v)) for v in variances[order]),
        transition=tuple(tuple(float(p) for p in row) for row in transition),
        expected_durations=durations,
        probabilities=probabilities,
        switches=_switches(sample, probabilities),
        log_likelihood=log_likelihood,
        bic=-2.0 * log_likelihood + len(names) * math.log(n_obs),
        bic_one_regime=-2.0 * one_regime + 2.0 * math.log(n_obs),
        converged=converged,
        settings={
            "n_regimes": n_regimes,
            "switching": "mean and variance" if "sigma2[0]" in values else "mean",
            "n_starts": n_starts,
            "seed": seed,
            "n_missing_dropped": sample.n_missing,
        },
        warnings=tuple(complaints),
    )


def _switches(sample: Sample, probabilities: FloatArray) -> tuple[RegimeSwitch, ...]:
    likeliest = probabilities.argmax(axis=1)
    return tuple(
        RegimeSwitch(
            last_before=sample.labels[int(i)],
            first_after=sample.labels[int(i) + 1],
            before=int(likeliest[i]),
            after=int(likeliest[i + 1]),
        )
        for i in np.flatnonzero(np.diff(likeliest))
    )
