"""What the methods that ask for an event's effect return."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from detente.base.phrases import Phrase, join, say, upper
from detente.statistics.hac import Estimate
from detente.statistics.results import Setting, TestResult
from detente.statistics.wording import amounts, beside, interval, periods, probability, significant


@dataclass(frozen=True, kw_only=True)
class EffectTerm:
    """One number of an answer.

    Attributes
    ----------
    name
        ``"after minus before"``, ``"level change"``, ``"slope change"``, ``"mean response"``, or
        ``"response"`` at a horizon.
    horizon
        Periods after the event, negative for leads; ``None`` where the term has none.
    estimate
        In the unit of the series (of the series per period for a slope).
    test
        Of the null that the term is zero.
    n_events
        Events that the estimate rests on.
    """

    name: str
    horizon: int | None
    estimate: Estimate
    test: TestResult
    n_events: int


@dataclass(frozen=True, kw_only=True)
class EffectResult:
    """What a series did around events.

    Attributes
    ----------
    method
        ``"event study"``, ``"panel event study"`` or ``"local projection"``.
    series
        Name of the series.
    category
        Of the events.
    about
        The events, as they stand in a sentence.
    comparison
        What is compared with what, completing "the series is higher ...".
    terms
        The first is the summary to report.
    pre_trend
        Test of movement before the events; a rejection is evidence against reading
        the terms as their effect. ``None`` where the method models the trend before.
    span, period
        First and last period used, and what one period is called.
    n_left_out
        Events of the category that lie too close to an end of the series, or outside it.
    warnings
        In words.
    """

    method: str
    series: str
    category: str
    about: str
    comparison: str
    terms: tuple[EffectTerm, ...]
    pre_trend: TestResult | None
    span: str
    period: str
    n_left_out: int
    settings: Mapping[str, Setting] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def main(self) -> EffectTerm:
        """The term to report."""
        return self.terms[0]

    def frame(self) -> pd.DataFrame:
        """One row per term."""
        return pd.DataFrame(
            [
                {
                    "method": self.method,
                    "series": self.series,
                    "category": self.category,
                    "term": term.name,
                    "horizon": term.horizon,
                    "value": term.estimate.value,
                    "standard_error": term.estimate.standard_error,
                    "lower": term.estimate.lower,
                    "upper": term.estimate.upper,
                    "level": term.estimate.level,
                    "degrees_of_freedom": term.estimate.degrees_of_freedom,
                    "p_value": term.estimate.p_value,
                    "n_obs": term.estimate.n_obs,
                    "n_events": term.n_events,
                }
                for term in self.terms
            ]
        ).astype({"horizon": "Int64"})


def as_test(
    estimate: Estimate, *, test_id: str, test: str, what: str, settings: Mapping[str, Setting]
) -> TestResult:
    """Return the two-sided test that the estimated effect is zero, by Student's t."""
    return TestResult(
        test_id=test_id,
        test=test,
        null_hypothesis=say("null.zero", what=what),
        alternative=say("alternative.not_zero", what=what),
        statistic=estimate.statistic,
        p_value=estimate.p_value,
        n_obs=estimate.n_obs,
        distribution=f"t({estimate.degrees_of_freedom:.1f})",
        settings=settings,
    )


def smallest_lead(
    leads: Sequence[EffectTerm],
    *,
    series: str,
    about: str,
    of: str,
    settings: Mapping[str, Setting],
) -> TestResult:
    """Test whether a series was level before events: the smallest p-value, Bonferroni-corrected.

    Parameters
    ----------
    leads
        The terms at negative horizons, at least one; the last period before is their base.
    series, about
        The series and the events, as they stand in a sentence.
    of
        The method, with its article.
    settings
        Of the method.
    """
    worst = min(leads, key=lambda term: term.estimate.p_value)
    return TestResult(
        test_id="pre_trend",
        test=say("named.leads", method=of),
        null_hypothesis=say("null.level_before", series=series, n=len(leads) + 1, about=about),
        alternative=say("alternative.differed", series=series),
        statistic=worst.estimate.statistic,
        p_value=min(1.0, len(leads) * worst.estimate.p_value),
        n_obs=worst.estimate.n_obs,
        distribution=f"t({worst.estimate.degrees_of_freedom:.1f}), {len(leads)} leads",
        settings={**settings, "lead_of_statistic": worst.horizon},
    )


def effect_sentence(
    result: EffectResult,
    *,
    term: EffectTerm | None = None,
    p_adjusted: float | None = None,
    level: float = 0.05,
) -> Phrase:
    """State what a series did around events, and no more than the estimate says.

    Parameters
    ----------
    result
        Of an event study or a local projection.
    term
        Which of its terms; the main one where left out.
    p_adjusted
        After correction for the family of tests; decides where given.
    level
        Of the decision and of the pre-trend check.

    Returns
    -------
    str
        One sentence for the term; one more where the pre-trend check fails.
    """
    term = term or result.main
    estimate = term.estimate
    found = say(
        "effects.found",
        interval=interval(estimate),
        p=beside(estimate.p_value, p_adjusted),
        method=result.method,
        span=result.span,
    )
    subject, place = result.series, result.comparison
    if term.name == "response":
        place = _at_horizon(result, term)
    value, *_ = amounts(estimate.value, estimate.lower, estimate.upper)
    if significant(term.test, p_adjusted, level):
        manner = "higher" if estimate.value > 0.0 else "lower"
        sentence = say(
            f"effects.{manner}",
            subject=upper(subject),
            size=value.lstrip("-"),
            place=place,
            found=found,
        )
    else:
        sentence = say(
            "effects.not_shown",
            subject=subject,
            place=place,
            value=value,
            found=found,
        )
    if result.pre_trend is not None and result.pre_trend.rejects(level):
        moving = say("effects.pre_trend", p=probability(result.pre_trend.p_value))
        return join([sentence, moving])
    return sentence


def _at_horizon(result: EffectResult, term: EffectTerm) -> Phrase:
    horizon = term.horizon or 0
    key = "itself" if horizon == 0 else "after" if horizon > 0 else "before"
    return say(
        f"effects.horizon_{key}",
        ahead=periods(abs(horizon), result.period),
        period=say(f"number.{result.period}"),
        about=result.about,
    )
