"""What a dyad's series is like before anything is asked of it."""

from __future__ import annotations

from detente.analysis.results import Outcome, as_json, numbers, refusing, saying
from detente.analysis.rows import Rows, ask, of_test
from detente.analysis.series import Dyad
from detente.analysis.tables import Diagnostic
from detente.base.phrases import say
from detente.settings import Inference
from detente.statistics.diagnostics.suitability import suitability, suitability_sentence
from detente.statistics.results import Refusal

# The row that sums the diagnostics up.
SUMMARY = "suitability"


def diagnostic_rows(dyad: Dyad, chosen: Inference) -> Rows:
    """Say what one dyad's series is like and which models it supports."""
    found = ask(
        "inference",
        lambda: suitability(dyad.values, trimming=chosen.trimming, level=chosen.significance),
    )
    if isinstance(found, Refusal):
        return [_refused(dyad, found)]
    facts = found.profile
    span = f"{facts.first} to {facts.last}"
    summary = Diagnostic(
        **dyad.where,
        test_id=SUMMARY,
        outcome=Outcome.ESTIMATED,
        test=say("asked.supports"),
        n_obs=facts.n_obs,
        span=span,
        settings=as_json({"level": found.level, "trimming": chosen.trimming}),
        wording=saying(suitability_sentence(found, dyad.subject)),
    )
    tests = [
        Diagnostic(
            **dyad.where,
            **numbers(test),
            span=span,
            warnings=test.warnings,
            wording=of_test(test, dyad.subject),
        )
        for test in found.tests
    ]
    return [summary, *tests, *(_refused(dyad, refusal) for refusal in found.refused)]


def _refused(dyad: Dyad, refusal: Refusal) -> Diagnostic:
    return Diagnostic(
        **dyad.where,
        **refusing(refusal, dyad.subject),
        test_id=refusal.test_id or SUMMARY,
        test=refusal.model,
    )
