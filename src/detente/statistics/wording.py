"""How numbers of a test are put into a sentence."""

from __future__ import annotations

from detente.base.phrases import Phrase, say
from detente.statistics.hac import Estimate
from detente.statistics.results import TestResult


def probability(p_value: float | None) -> Phrase:
    """Write a p-value: ``p = 0.006``, or ``p < 0.001``."""
    if p_value is None:
        return say("number.p_none")
    return say("number.p_small") if p_value < 0.001 else say("number.p", value=f"{p_value:.3f}")


def beside(p_value: float | None, p_adjusted: float | None) -> Phrase:
    """Write a p-value, and the adjusted one where there is one."""
    if p_adjusted is None:
        return probability(p_value)
    return say("number.p_adjusted", raw=probability(p_value), adjusted=probability(p_adjusted))


def interval(estimate: Estimate, digits: int = 2) -> Phrase:
    """Write an interval: ``95% interval 3.10 to 21.50``."""
    return say(
        "number.interval",
        level=f"{estimate.level:.0%}",
        lower=f"{estimate.lower:.{digits}f}",
        upper=f"{estimate.upper:.{digits}f}",
    )


def periods(number: int, period: str) -> Phrase:
    """Count periods: ``1 month``, ``3 weeks``."""
    return say(f"number.{period}_one" if number == 1 else f"number.{period}_many", n=number)


def significant(test: TestResult, p_adjusted: float | None, level: float) -> bool:
    """Whether the null is rejected, by the adjusted p-value where there is one."""
    return test.rejects(level) if p_adjusted is None else p_adjusted < level
