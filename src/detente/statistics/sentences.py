"""A test in one plain sentence, from its own fields."""

from __future__ import annotations

import math
from collections.abc import Sequence

from detente.base.phrases import Phrase, join, say, upper
from detente.statistics.results import Refusal, TestResult
from detente.statistics.wording import beside


def result_sentence(
    result: TestResult | Refusal,
    subject: str,
    *,
    level: float = 0.05,
    p_adjusted: float | None = None,
) -> Phrase:
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
        return say("test.refused", model=result.model, subject=subject, reason=result.reason)
    value = say("test.infinite") if math.isinf(result.statistic) else f"{result.statistic:.2f}"
    against: str
    if result.p_value is not None:
        against = beside(result.p_value, p_adjusted)
    else:
        critical = result.critical_values.get(f"{level:g}")
        against = (
            say("test.no_critical_value")
            if critical is None
            else say("test.critical_value", value=f"{critical:.2f}")
        )
    rejected = result.rejects(level) if p_adjusted is None else p_adjusted < level
    return say(
        "test.rejected" if rejected else "test.not_rejected",
        test=upper(result.test),
        subject=subject,
        statistic=value,
        against=against,
        null=result.null_hypothesis,
        level=f"{level:g}",
        caution=cautions(result.warnings),
    )


def cautions(warnings: Sequence[str]) -> str:
    """Put warnings behind a sentence; nothing where there are none."""
    return say("test.caution", warnings=join(warnings, "; ")) if warnings else ""
