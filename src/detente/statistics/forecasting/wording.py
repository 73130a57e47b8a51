"""Forecasts and their scores in plain sentences, from their own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from detente.statistics.forecasting.choice import Comparison, Score
from detente.statistics.results import TestResult
from detente.statistics.wording import probability

# Among the words of the scores: the interval whose coverage is told.
LEVEL_TOLD = 0.80


def forecast_sentence(
    subject: str, origin: pd.Period, row: Mapping[str, Any], score: Score, *, is_chosen: bool
) -> str:
    """Say what one model expects of one month, and how far its intervals could be trusted.

    Parameters
    ----------
    subject
        The series.
    origin
        Last month known.
    row
        With ``model``, ``horizon``, ``median``, ``lo_80`` and ``hi_80``.
    score
        Of the same model and horizon.
    is_chosen
        Whether it is the model in use.
    """
    ahead = row["horizon"]
    use = "the model in use" if is_chosen else "not the model in use"
    return (
        f"{subject} in {origin + ahead}, {_months(ahead)} after {origin}: median "
        f"{_number(row['median'])}, 80% interval {_number(row['lo_80'])} to "
        f"{_number(row['hi_80'])}, by the {row['model']} ({use}). "
        f"Of the months forecast so in the backtest {score.coverage[LEVEL_TOLD]:.0%} fell into "
        "such intervals."
    )


def score_sentence(
    score: Score,
    compared: Comparison,
    subject: str,
    *,
    chosen: str,
    p_adjusted: float | None,
    p_challenger: float | None,
    level: float,
) -> str:
    """Say how a model did on the later origins, and whether it differs from the best baseline.

    Parameters
    ----------
    score
        Of the model at one horizon, 0 for all together.
    compared
        The comparison it belongs to.
    subject
        The series.
    chosen
        The model in use.
    p_adjusted
        Of this score's test, corrected.
    p_challenger
        Of the challenger's test over all horizons, corrected.
    level
        At which tests decide.
    """
    of_best = compared.of(compared.baseline, score.horizon).crps
    ahead = "at all horizons" if score.horizon == 0 else f"{_months(score.horizon)} ahead"
    against = "" if score.model == compared.baseline else f" against {of_best:.3g}"
    text = (
        f"Forecasts of {subject} {ahead} by the {score.model}: mean CRPS {score.crps:.3g}{against} "
        f"over {score.n_origins} origins from {compared.later[0]} to {compared.later[1]}; "
        f"{score.coverage[LEVEL_TOLD]:.0%} of what came fell into the 80% intervals."
    )
    if isinstance(score.test, TestResult):
        text += f" {_tested(score.test, score, compared.baseline, p_adjusted, level)}"
    if score.horizon == 0:
        text += _use(score.model, compared, chosen, p_challenger, level)
    return text


def _tested(
    test: TestResult, score: Score, baseline: str, p_adjusted: float | None, level: float
) -> str:
    against = probability(test.p_value)
    p_value = test.p_value
    if p_adjusted is not None:
        against += f", adjusted {probability(p_adjusted)}"
        p_value = p_adjusted
    numbers = f"(Diebold-Mariano, {test.statistic:.2f}, {against})"
    if p_value is None or p_value >= level:
        return (
            f"That it is on average as accurate as the {baseline}, the best baseline by the "
            f"origins before, is not rejected at {level:g} {numbers}."
        )
    way = "more" if score.skill is not None and score.skill > 0.0 else "less"
    return (
        f"It was {way} accurate than the {baseline}, the best baseline by the origins before "
        f"{numbers}."
    )


def _use(
    model: str, compared: Comparison, chosen: str, p_challenger: float | None, level: float
) -> str:
    if model == chosen and model != compared.baseline:
        return " It is in use: it was the best model by the origins before and beat that baseline."
    if model != chosen:
        return ""
    if compared.challenger is None:
        return " It is in use: no other model could be estimated."
    skill = compared.of(compared.challenger).skill
    if skill is not None and skill > 0.0:
        doubt = "no test" if p_challenger is None else f"adjusted {probability(p_challenger)}"
        why = f"was not significantly more accurate at {level:g} ({doubt})"
    else:
        why = "was not more accurate"
    return f" It is in use: the best model by the origins before, the {compared.challenger}, {why}."


def _number(value: float) -> str:
    # Counts as counts, scores to a tenth of a point; no minus before a zero.
    return f"{round(value, 1) + 0.0:g}"


def _months(number: int) -> str:
    return "1 month" if number == 1 else f"{number} months"
