"""A second opinion on the breaks: a mean that switches between two levels."""

from __future__ import annotations

import pandas as pd

from detente.analysis.results import Outcome, Regime, as_json, refusing, saying
from detente.analysis.rows import Rows, ask
from detente.analysis.series import PANDAS_FREQ, Dyad
from detente.settings import Inference
from detente.statistics.diagnostics.regimes import MODEL, find_regimes, regime_sentence
from detente.statistics.results import Refusal

TEST_ID = "regimes"


def regime_rows(dyad: Dyad, chosen: Inference) -> Rows:
    """Fit the switching mean to one dyad's series; return each period's likeliest regime."""
    found = ask(MODEL, lambda: find_regimes(dyad.values))
    if isinstance(found, Refusal):
        return [Regime(**dyad.where, test_id=TEST_ID, **refusing(found, dyad.subject))]
    shared = {
        **dyad.where,
        "test_id": TEST_ID,
        "outcome": Outcome.ESTIMATED,
        "n_regimes": len(found.means),
        "bic": found.bic,
        "bic_one_regime": found.bic_one_regime,
        "is_converged": found.converged,
        "n_obs": found.n_obs,
        "span": f"{found.first} to {found.last}",
        "settings": as_json(found.settings),
        "warnings": found.warnings,
        "wording": saying(regime_sentence(found, dyad.subject)),
    }
    periods = pd.period_range(found.first, found.last, freq=PANDAS_FREQ[dyad.choice.freq])
    likeliest = found.probabilities.argmax(axis=1)
    return [
        Regime(
            **shared,
            period_start=period.start_time.date(),
            regime=int(regime) + 1,
            regime_mean=found.means[int(regime)],
            probability=float(row[regime]),
        )
        for period, regime, row in zip(periods, likeliest, found.probabilities, strict=True)
    ]
