"""Whether, when and how often the mean of a dyad's series changed."""

from __future__ import annotations

from datetime import date

import pandas as pd

from detente.infer.rows import Row, Tables, as_json, ask, refused, tested
from detente.infer.series import PANDAS_FREQ, Dyad
from detente.inference.breaks import (
    BreakAnalysis,
    analysis_sentence,
    break_sentence,
    find_breaks,
)
from detente.inference.results import Refusal
from detente.settings import Inference

TESTS, POINTS = "stats.break_test", "stats.break_point"
# The errors of the tests suppose a memory that dies out; these add up everything before.
_CUMULATED = {
    "stock": "the stock carries past periods over by construction, so breaks are found too often",
    "score": "the score carries past months over by construction, so breaks are found too often",
}


def break_rows(dyad: Dyad, chosen: Inference) -> Tables:
    """Test the mean of one dyad's series for breaks; return the tests and the breaks found."""
    found = ask(
        "structural breaks",
        lambda: find_breaks(
            dyad.values,
            trimming=chosen.trimming,
            max_breaks=chosen.max_breaks,
            significance=chosen.significance,
        ),
    )
    if isinstance(found, Refusal):
        return {TESTS: [refused(dyad.where, dyad.subject, found, "breaks")], POINTS: []}
    span = f"{found.first} to {found.last}"
    caution = _CUMULATED.get(dyad.choice.measure)
    cautions = [] if caution is None else [caution]
    sentence = analysis_sentence(found, dyad.subject)
    summary = {
        **dyad.where,
        "test": "number of breaks",
        "n_obs": found.n_obs,
        "span": span,
        "settings": as_json(found.settings),
        "warnings": [*found.warnings, *cautions],
        "sentence": sentence + "".join(f" {c[0].upper()}{c[1:]}." for c in cautions),
    }
    asked = [
        ("any break", found.sup_f),
        ("any number of breaks", found.double_maximum),
        ("stability", found.cusum),
        ("autocorrelation of residuals", found.residual_autocorrelation),
        *((f"{n} breaks against {n + 1}", test) for n, test in enumerate(found.sequential)),
    ]
    tests = [tested(dyad.where, dyad.subject, test, span, name) for name, test in asked]
    points = [_point(dyad, found, number, cautions) for number in range(len(found.breaks))]
    return {TESTS: [summary, *tests], POINTS: points}


def _point(dyad: Dyad, found: BreakAnalysis, number: int, cautions: list[str]) -> Row:
    one = found.breaks[number]
    freq = PANDAS_FREQ[dyad.choice.freq]
    return {
        **dyad.where,
        "break_number": number + 1,
        "last_before": _last_day(one.last_before, freq),
        "last_before_lo": _last_day(one.lower, freq),
        "last_before_hi": _last_day(one.upper, freq),
        "mean_before": one.before["mean"],
        "mean_after": one.after["mean"],
        "n_obs": found.n_obs,
        "span": f"{found.first} to {found.last}",
        "settings": as_json(found.settings),
        "warnings": [*one.warnings, *cautions],
        "sentence": break_sentence(one, dyad.subject),
    }


def _last_day(label: str | None, freq: str) -> date | None:
    return None if label is None else pd.Period(label, freq=freq).end_time.date()
