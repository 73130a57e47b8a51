"""Forecasts and their scores in plain sentences, from their own fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from detente.base.phrases import Phrase, join, say
from detente.statistics.forecasting.choice import Comparison, Score
from detente.statistics.results import TestResult
from detente.statistics.wording import beside, periods, probability

# Among the words of the scores: the interval whose coverage is told.
LEVEL_TOLD = 0.80


def forecast_sentence(
    subject: str, origin: pd.Period, row: Mapping[str, Any], score: Score, *, is_chosen: bool
) -> Phrase:
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
    return say(
        "forecast.month",
        subject=subject,
        period=str(origin + ahead),
        ahead=periods(ahead, "month"),
        origin=str(origin),
        median=_number(row["median"]),
        lower=_number(row["lo_80"]),
        upper=_number(row["hi_80"]),
        model=row["model"],
        use=say("forecast.in_use" if is_chosen else "forecast.not_in_use"),
        coverage=f"{score.coverage[LEVEL_TOLD]:.0%}",
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
) -> Phrase:
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
    ahead = (
        say("forecast.all_horizons")
        if score.horizon == 0
        else say("forecast.ahead", ahead=periods(score.horizon, "month"))
    )
    told: list[str] = [
        say(
            "forecast.score",
            subject=subject,
            ahead=ahead,
            model=score.model,
            crps=f"{score.crps:.3g}",
            against=""
            if score.model == compared.baseline
            else say("forecast.against", crps=f"{of_best:.3g}"),
            n=score.n_origins,
            first=str(compared.later[0]),
            last=str(compared.later[1]),
            coverage=f"{score.coverage[LEVEL_TOLD]:.0%}",
        )
    ]
    if isinstance(score.test, TestResult):
        told.append(_tested(score.test, score, compared.baseline, p_adjusted, level))
    if score.horizon == 0:
        told.append(_use(score.model, compared, chosen, p_challenger, level))
    return join(told)


def _tested(
    test: TestResult, score: Score, baseline: str, p_adjusted: float | None, level: float
) -> Phrase:
    p_value = test.p_value if p_adjusted is None else p_adjusted
    numbers = say(
        "forecast.tested",
        statistic=f"{test.statistic:.2f}",
        p=beside(test.p_value, p_adjusted),
    )
    if p_value is None or p_value >= level:
        return say("forecast.alike", baseline=baseline, level=f"{level:g}", numbers=numbers)
    way = "more" if score.skill is not None and score.skill > 0.0 else "less"
    return say(f"forecast.{way}", baseline=baseline, numbers=numbers)


def _use(
    model: str, compared: Comparison, chosen: str, p_challenger: float | None, level: float
) -> str:
    if model == chosen and model != compared.baseline:
        return say("forecast.use_best")
    if model != chosen:
        return ""
    if compared.challenger is None:
        return say("forecast.use_alone")
    skill = compared.of(compared.challenger).skill
    if skill is None or skill <= 0.0:
        return say("forecast.use_no_better", challenger=compared.challenger)
    doubt = (
        say("forecast.no_test")
        if p_challenger is None
        else say("forecast.adjusted", p=probability(p_challenger))
    )
    return say(
        "forecast.use_no_clear",
        challenger=compared.challenger,
        level=f"{level:g}",
        doubt=doubt,
    )


def _number(value: float) -> str:
    # Counts as counts, scores to a tenth of a point; no minus before a zero.
    return f"{round(value, 1) + 0.0:g}"
