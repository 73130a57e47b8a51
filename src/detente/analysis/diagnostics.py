"""What a dyad's series is like before anything is asked of it."""

from __future__ import annotations

from detente.analysis.rows import Tables, as_json, ask, refused, tested
from detente.analysis.series import Dyad
from detente.settings import Inference
from detente.statistics.diagnostics.tests import suitability, suitability_sentence
from detente.statistics.results import Refusal

FACTS = "stats.diagnostic"


def diagnostic_rows(dyad: Dyad, chosen: Inference) -> Tables:
    """Say what one dyad's series is like and which models it can bear."""
    found = ask(
        "inference",
        lambda: suitability(dyad.values, trimming=chosen.trimming, level=chosen.significance),
    )
    if isinstance(found, Refusal):
        return {FACTS: [refused(dyad.where, dyad.subject, found)]}
    facts = found.profile
    span = f"{facts.first} to {facts.last}"
    summary = {
        **dyad.where,
        "test": "what the series can bear",
        "n_obs": facts.n_obs,
        "span": span,
        "settings": as_json({"level": found.level, "trimming": chosen.trimming}),
        "warnings": [],
        "sentence": suitability_sentence(found, dyad.subject),
    }
    return {
        FACTS: [
            summary,
            *(tested(dyad.where, dyad.subject, test, span) for test in found.tests),
            *(refused(dyad.where, dyad.subject, refusal) for refusal in found.refused),
        ]
    }
