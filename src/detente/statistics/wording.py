"""How numbers of a test are put into a sentence."""

from __future__ import annotations

from detente.statistics.hac import Estimate
from detente.statistics.results import TestResult


def probability(p_value: float | None) -> str:
    """Write a p-value: ``p = 0.006``, or ``p < 0.001``."""
    if p_value is None:
        return "no p-value"
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"


def interval(estimate: Estimate, digits: int = 2) -> str:
    """Write an interval: ``95% interval 3.10 to 21.50``."""
    return (
        f"{estimate.level:.0%} interval {estimate.lower:.{digits}f} to {estimate.upper:.{digits}f}"
    )


def significant(test: TestResult, p_adjusted: float | None, level: float) -> bool:
    """Whether the null is rejected, by the adjusted p-value where there is one."""
    return test.rejects(level) if p_adjusted is None else p_adjusted < level
