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


def amounts(*values: float) -> tuple[str, ...]:
    """Write amounts of one unit: with two decimals, or three digits where these would show nothing.

    All in one way, by the largest of them.
    """
    largest = max(map(abs, values))
    usual = largest == 0.0 or 0.005 <= largest < 1e9
    return tuple(f"{value:z.2f}" if usual else f"{value:z.3g}" for value in values)


def interval(estimate: Estimate) -> Phrase:
    """Write an interval: ``95% interval 3.10 to 21.50``."""
    _, lower, upper = amounts(estimate.value, estimate.lower, estimate.upper)
    return say("number.interval", level=f"{estimate.level:.0%}", lower=lower, upper=upper)


def periods(number: int, period: str) -> Phrase:
    """Count periods: ``1 month``, ``3 weeks``."""
    return say(f"number.{period}_one" if number == 1 else f"number.{period}_many", n=number)


def significant(test: TestResult, p_adjusted: float | None, level: float) -> bool:
    """Whether the null is rejected, by the adjusted p-value where there is one."""
    return test.rejects(level) if p_adjusted is None else p_adjusted < level
