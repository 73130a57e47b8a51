"""A test in one plain sentence, from its own fields."""

from __future__ import annotations

import math

from detente.statistics.results import Refusal, TestResult
from detente.statistics.wording import probability


def result_sentence(
    result: TestResult | Refusal,
    subject: str,
    *,
    level: float = 0.05,
    p_adjusted: float | None = None,
) -> str:
    """Say what a test says of ``subject``, and no more.

    Not rejecting is never worded as showing the null.

    Parameters
    ----------
    result
        A test, or the reason why there is none.
    subject
        The series, for instance ``"Japan-South Korea net cooperation"``.
    level
        Level of the decision.
    p_adjusted
        p-value after correction for many tests; decides where it is given, and is shown beside the
        raw one.
    """
    if isinstance(result, Refusal):
        return f"{result.model} was not applied to {subject}: {result.reason}."
    value = "infinite" if math.isinf(result.statistic) else f"{result.statistic:.2f}"
    if result.p_value is not None:
        against = probability(result.p_value)
        if p_adjusted is not None:
            against += f", adjusted {probability(p_adjusted)}"
    else:
        critical = result.critical_values.get(f"{level:g}")
        against = "no critical value" if critical is None else f"critical value {critical:.2f}"
    rejected = result.rejects(level) if p_adjusted is None else p_adjusted < level
    verb = "is rejected" if rejected else "is not rejected"
    caution = f"; {'; '.join(result.warnings)}" if result.warnings else ""
    return (
        f"{result.test[0].upper()}{result.test[1:]} for {subject}: statistic {value}, {against}; "
        f"that {result.null_hypothesis} {verb} at {level:g}{caution}."
    )
