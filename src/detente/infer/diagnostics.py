"""What a dyad's series is like before anything is asked of it."""

from __future__ import annotations

from detente.infer.rows import Tables, as_json, ask, refused, tested
from detente.infer.series import Dyad
from detente.inference.diagnostics import suitability, suitability_sentence
from detente.inference.results import Refusal
from detente.settings import Inference

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
