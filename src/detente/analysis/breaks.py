"""Whether, when and how often the mean of a dyad's series changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from detente.analysis.results import Outcome, as_json, numbers, refusing, saying
from detente.analysis.rows import Rows, ask, of_test
from detente.analysis.series import Dyad
from detente.analysis.tables import BreakPoint, BreakTest
from detente.base.phrases import join, say, upper
from detente.indices.periods import PANDAS_FREQ
from detente.settings import Inference
from detente.statistics.breaks.resampling import LAST
from detente.statistics.breaks.results import BreakAnalysis, analysis_sentence, break_sentence
from detente.statistics.breaks.search import MIN_ACTIVE, find_breaks
from detente.statistics.results import Refusal, TestResult

# The row that sums the search up, and the test that any break at all rests on.
SUMMARY, ANY_BREAK = "number_of_breaks", "any_break_bootstrap"
# The errors of the tests suppose a memory that dies out; these add up everything before.
_CUMULATED = {"stock": "breaks.stock_carries", "score": "breaks.score_carries"}


def search(
    values: pd.Series, chosen: Inference, trimming: float | None = None, draws: int = 0
) -> BreakAnalysis | Refusal:
    """Search one series for breaks in its mean, with the settings' choices."""
    return ask(
        "structural breaks",
        lambda: find_breaks(
            values,
            trimming=chosen.trimming if trimming is None else trimming,
            max_breaks=chosen.max_breaks,
            significance=chosen.significance,
            min_active=MIN_ACTIVE,
            draws=draws,
            seed=chosen.seed,
        ),
    )


def break_rows(
    dyad: Dyad,
    found: BreakAnalysis | Refusal,
    notes: Sequence[Sequence[str]] = (),
    in_short: str = "",
) -> Rows:
    """Return the tests of the mean of one dyad's series and the breaks found.

    Parameters
    ----------
    dyad, found
        The series and what the search found in it.
    notes
        For each break, in order, what a reader has to know of it, in whole sentences.
    in_short
        The same of all breaks in short, for the sentence on their number.
    """
    if isinstance(found, Refusal):
        return [refused_search(dyad, found)]
    span = f"{found.first} to {found.last}"
    carries = _CUMULATED.get(dyad.choice.measure)
    cautions: list[str] = [] if carries is None else [say(carries)]
    hangs = list(notes) or [()] * len(found.breaks)
    shortly = [in_short] if in_short else []
    sentence = analysis_sentence(found, dyad.subject)
    summary = BreakTest(
        **dyad.where,
        test_id=SUMMARY,
        outcome=Outcome.ESTIMATED,
        test=say("asked.number_of_breaks"),
        n_obs=found.n_obs,
        span=span,
        settings=as_json(found.settings),
        warnings=(*found.warnings, *cautions, *shortly),
        wording=saying(
            join([sentence, *(say("breaks.and_so", caution=upper(c)) for c in cautions), *shortly])
        ),
    )
    asked = [
        *([(say("asked.any_break"), found.sup_f_bootstrap)] if found.sup_f_bootstrap else []),
        *([(say("asked.any_trimming"), found.any_trimming)] if found.any_trimming else []),
        (say("asked.any_break"), found.sup_f),
        *(
            (say("asked.last_periods", n=n), test)
            for n, test in zip(LAST, found.last_observations, strict=True)
        ),
        (say("asked.any_number"), found.double_maximum),
        (say("asked.stability"), found.cusum),
        (say("asked.residuals"), found.residual_autocorrelation),
        *((say("asked.against", n=n, more=n + 1), test) for n, test in enumerate(found.sequential)),
    ]
    tests = [
        _refused(dyad, test, name) if isinstance(test, Refusal) else _tested(dyad, test, span, name)
        for name, test in asked
    ]
    points = [_point(dyad, found, number, cautions, of_one) for number, of_one in enumerate(hangs)]
    return [summary, *tests, *points]


def refused_search(dyad: Dyad, refusal: Refusal) -> BreakTest:
    """Return the row of a series in which no break can be sought."""
    return _refused(dyad, refusal, say("asked.breaks"))


def _tested(dyad: Dyad, test: TestResult, span: str, name: str) -> BreakTest:
    return BreakTest(
        **dyad.where,
        **numbers(test) | {"test": say("asked.by", question=name, test=test.test)},
        span=span,
        warnings=test.warnings,
        wording=of_test(test, dyad.subject),
    )


def _refused(dyad: Dyad, refusal: Refusal, name: str) -> BreakTest:
    return BreakTest(
        **dyad.where,
        **refusing(refusal, dyad.subject),
        test_id=refusal.test_id or SUMMARY,
        test=say("asked.by", question=name, test=refusal.model),
    )


def _point(
    dyad: Dyad, found: BreakAnalysis, number: int, cautions: list[str], notes: Sequence[str]
) -> BreakPoint:
    one = found.breaks[number]
    freq = PANDAS_FREQ[dyad.choice.freq]
    return BreakPoint(
        **dyad.where,
        test_id="break",
        outcome=Outcome.ESTIMATED,
        break_number=number + 1,
        last_before=last_day(one.last_before, freq),
        last_before_lo=day_or_none(one.lower, freq),
        last_before_hi=day_or_none(one.upper, freq),
        mean_before=one.before["mean"],
        mean_after=one.after["mean"],
        n_obs=found.n_obs,
        span=f"{found.first} to {found.last}",
        settings=as_json(found.settings),
        warnings=(*one.warnings, *cautions, *notes),
        wording=saying(join([break_sentence(one, dyad.subject), *notes])),
    )


def last_day(label: str, freq: str) -> date:
    """Return the last day of a period by its label."""
    return pd.Period(label, freq=freq).end_time.date()


def day_or_none(label: str | None, freq: str) -> date | None:
    """Return the last day of a period; None where there is none."""
    return None if label is None else last_day(label, freq)
