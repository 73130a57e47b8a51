"""What comes next: forecasts of each dyad's net score and count of conflict, and how they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd

from detente.analysis.results import (
    Forecast,
    ForecastScore,
    Outcome,
    as_json,
    decide,
    refusing,
    saying,
)
from detente.analysis.rows import Pair, about, adjusted
from detente.analysis.series import stretches, subject
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.settings import RECORDS, SeriesChoice, Settings
from detente.statistics.forecasting.backtest import Backtest, BacktestSettings, Record, backtest
from detente.statistics.forecasting.choice import Comparison, Score, compare
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.vintages import Vintages
from detente.statistics.forecasting.wording import forecast_sentence, score_sentence
from detente.statistics.results import Refusal, TestResult

OfModel = TypeVar("OfModel", Forecast, ForecastScore)
# What is forecast, and whether it counts events.
MEASURES: tuple[tuple[Literal["net", "n_conflict"], bool], ...] = (
    ("net", False),
    ("n_conflict", True),
)


@dataclass(frozen=True)
class _Answer:
    """The backtest of one series and what it shows."""

    where: dict[str, Any]
    subject: str
    found: Backtest
    compared: Comparison
    settings: Mapping[str, Any]


def forecast_rows(
    warehouse: Warehouse,
    settings: Settings,
    *,
    source: str,
    counting: Literal["all", "one_a_day"],
    progress: Progress,
) -> tuple[list[Forecast], list[ForecastScore]]:
    """Forecast the measures of every dyad of one source.

    Returns
    -------
    tuple of lists of rows
        Of `stats.forecast` and of `stats.forecast_score`. p-values are corrected within one measure
        and horizon, over all dyads and models; the model to use is chosen after that.
    """
    if not settings.inference.forecasts.enabled:
        return [], []
    forecasts: list[Forecast] = []
    scores: list[ForecastScore] = []
    pairs = settings.study.dyad_pairs
    series = SeriesByPublication.of(warehouse, source, counting)
    for measure, is_count in MEASURES:
        choice = SeriesChoice(source=source, counting=counting, measure=measure)
        answers: list[_Answer] = []
        for pair in progress.track(pairs, f"Forecasting {source} {measure}", len(pairs)):
            answer = _ask(series.vintages(pair, measure), is_count, settings, choice, pair)
            if isinstance(answer, Refusal):
                told_of = about(choice, pair), subject(choice, pair), answer
                forecasts.append(_refused(Forecast, *told_of))
                scores.append(_refused(ForecastScore, *told_of))
            else:
                answers.append(answer)
        told = _rows(answers, settings.inference.significance)
        forecasts += told[0]
        scores += told[1]
    return forecasts, scores


def _ask(
    vintages: Vintages | None,
    is_count: bool,
    settings: Settings,
    series: SeriesChoice,
    pair: Pair,
) -> _Answer | Refusal:
    chosen = settings.inference.forecasts
    if vintages is None:
        return Refusal(model="forecasts", reason="no month is covered whole by the source")
    asked = BacktestSettings(
        horizon=chosen.horizon,
        training_months=chosen.training_months,
        refit_months=chosen.refit_months,
        draws=chosen.draws,
        seed=settings.inference.seed,
    )
    found = backtest(vintages, is_count=is_count, settings=asked)
    if isinstance(found, Refusal):
        return found
    compared = compare(found, chosen.selection_share)
    return _Answer(
        where=about(series, pair),
        subject=subject(series, pair),
        found=found,
        compared=compared,
        settings={
            **asked.as_settings(),
            "selection_share": chosen.selection_share,
            "earlier_origins": " to ".join(compared.earlier),
            "later_origins": " to ".join(compared.later),
            "vintages": _vintages_in_words(series.source, found),
        },
    )


def _vintages_in_words(source: str, found: Backtest) -> str:
    if source == RECORDS:
        return "by added_at; a hand-kept record counts as known on its own day, so no month is late"
    return (
        f"by added_at; {found.n_revised} of {len(found.months)} months were revised after their end"
    )


# A score by its series, model and horizon.
_Key = tuple[str, str, int]


def _rows(answers: list[_Answer], level: float) -> tuple[list[Forecast], list[ForecastScore]]:
    """Correct the tests of one measure, choose, and put everything into rows."""
    p_adjusted = _adjusted(answers)
    chosen: dict[str, str] = {}
    for answer in answers:
        challenger = answer.compared.challenger
        p_value = p_adjusted.get((answer.subject, challenger, 0)) if challenger else None
        chosen[answer.subject] = answer.compared.chosen(p_value, level)
    scores = [
        _score_row(answer, score, chosen[answer.subject], p_adjusted, level)
        for answer in answers
        for score in answer.compared.scores
    ]
    forecasts = [
        row for answer in answers for row in _forecast_rows_of(answer, chosen[answer.subject])
    ]
    refused = [
        (answer.where, answer.subject, refusal)
        for answer in answers
        for refusal in answer.found.refused
    ]
    return (
        forecasts + [_refused(Forecast, *one) for one in refused],
        scores + [_refused(ForecastScore, *one) for one in refused],
    )


def _adjusted(answers: list[_Answer]) -> dict[_Key, float | None]:
    """Correct within each horizon, over all dyads and models of one measure."""
    raw: dict[int, dict[_Key, float | None]] = {}
    for answer in answers:
        for score in answer.compared.scores:
            p_value = score.test.p_value if isinstance(score.test, TestResult) else None
            key = (answer.subject, score.model, score.horizon)
            raw.setdefault(score.horizon, {})[key] = p_value
    return {key: value for family in raw.values() for key, value in adjusted(family).items()}


def _refused(kind: type[OfModel], where: dict[str, Any], subject: str, refusal: Refusal) -> OfModel:
    return kind(
        **where,
        **refusing(refusal, subject),
        test_id=_TEST_IDS[kind],
        model=refusal.model,
        is_chosen=False,
    )


_TEST_IDS: Mapping[type, str] = {Forecast: "forecast", ForecastScore: "diebold_mariano"}


def _score_row(
    answer: _Answer,
    score: Score,
    chosen: str,
    p_adjusted: Mapping[_Key, float | None],
    level: float,
) -> ForecastScore:
    record = _record_of(answer, score.model)
    own = p_adjusted[answer.subject, score.model, score.horizon]
    row: dict[str, Any] = {
        **answer.where,
        "test_id": _TEST_IDS[ForecastScore],
        "outcome": Outcome.ESTIMATED,
        "model": score.model,
        "is_chosen": score.model == chosen,
        "p_adjusted": own,
        "is_baseline": record.is_baseline,
        "horizon": score.horizon,
        "n_forecasts": score.n_forecasts,
        "crps": score.crps,
        "crps_earlier": score.crps_earlier,
        "log_score": score.log_score,
        **{f"coverage_{round(100 * level)}": held for level, held in score.coverage.items()},
        "baseline": answer.compared.baseline,
        "skill": score.skill,
        "n_obs": score.n_origins,
        "span": " to ".join(answer.compared.later),
        "settings": as_json({**answer.settings, **record.settings}),
        "warnings": record.warnings,
        "level": level,
    }
    test = score.test
    if isinstance(test, TestResult):
        row |= {
            "null_hypothesis": test.null_hypothesis,
            "alternative": test.alternative,
            "statistic": test.statistic,
            "distribution": test.distribution,
            "p_value": test.p_value,
            "outcome": decide(test, own, level),
            "warnings": (*record.warnings, *test.warnings),
        }
    elif isinstance(test, Refusal):
        row["warnings"] = (*record.warnings, f"no test against the baseline: {test.reason}")
    sentence = score_sentence(
        score,
        answer.compared,
        answer.subject,
        chosen=chosen,
        p_adjusted=own,
        p_challenger=p_adjusted.get((answer.subject, answer.compared.challenger or "", 0)),
        level=level,
    )
    return ForecastScore(**row, wording=saying(sentence))


def _record_of(answer: _Answer, model: str) -> Record:
    return next(one for one in answer.found.records if one.model == model)


def _forecast_rows_of(answer: _Answer, chosen: str) -> Iterator[Forecast]:
    months = answer.found.months
    origin = months[-1]
    for record in answer.found.records:
        intervals = _intervals(record.next)
        mean, median = record.next.mean(), record.next.quantile(0.5)
        for ahead in range(1, answer.found.settings.horizon + 1):
            row = {
                **answer.where,
                "test_id": _TEST_IDS[Forecast],
                "outcome": Outcome.ESTIMATED,
                "model": record.model,
                "is_chosen": record.model == chosen,
                "origin": origin.start_time.date(),
                "horizon": ahead,
                "period_start": (origin + ahead).start_time.date(),
                "mean": float(mean[ahead - 1]),
                "median": float(median[ahead - 1]),
                **{name: float(ends[ahead - 1]) for name, ends in intervals.items()},
                "n_obs": len(months),
                "span": f"{months[0]} to {origin}",
                "settings": as_json({**answer.settings, **record.settings}),
                "warnings": record.warnings,
            }
            score = answer.compared.of(record.model, ahead)
            sentence = forecast_sentence(
                answer.subject, origin, row, score, is_chosen=record.model == chosen
            )
            yield Forecast(**row, wording=saying(sentence))


def _intervals(forecast: Predictive) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return the ends of the intervals by column, each of shape (horizon,)."""
    found = {}
    for level in (50, 80, 95):
        found[f"lo_{level}"], found[f"hi_{level}"] = forecast.interval(level / 100)
    return found


@dataclass(frozen=True)
class SeriesByPublication:
    """The directed months of one source as they are now, and when each part became known."""

    now: pd.DataFrame
    added: pd.DataFrame

    @classmethod
    def of(cls, warehouse: Warehouse, source: str, counting: str) -> SeriesByPublication:
        """Read the series of one source and counting."""
        now = warehouse.frame(
            """
            select actor1_iso3, actor2_iso3, period_start, net, n_conflict
            from marts.dyad_month
            where source = ? and counting = ? and direction = 'directed' and is_complete
            order by actor1_iso3, actor2_iso3, period_start
            """,
            [source, counting],
        )
        added = warehouse.frame(
            """
            select actor1_iso3, actor2_iso3, period_start, known_month, net, n_conflict
            from stats.vintage
            where source = ? and counting = ?
            order by actor1_iso3, actor2_iso3, period_start, known_month
            """,
            [source, counting],
        )
        for frame in (now, added):
            for column in frame.columns.intersection(["period_start", "known_month"]):
                frame[column] = pd.PeriodIndex(pd.to_datetime(frame[column]), freq="M")
        return cls(now, added)

    def vintages(self, pair: Pair, measure: str) -> Vintages | None:
        """Return one measure of both directions, by what was known when; None without months.

        Months that follow one another up to now: what lies before the source's last gap is left
        out.
        """
        ways = (pair, (pair[1], pair[0]))
        months = pd.PeriodIndex(self._of(self.now, pair)["period_start"], freq="M")
        if not len(months):
            return None
        since = stretches(months)[-1]
        months = months[since]
        final = np.empty((len(months), 2))
        added = np.zeros((len(months), len(months), 2))
        for part, way in enumerate(ways):
            final[:, part] = self._of(self.now, way)[measure].to_numpy(dtype=np.float64)[since]
            news = self._of(self.added, way)
            month = months.get_indexer(pd.PeriodIndex(news["period_start"], freq="M"))
            known = months.get_indexer(pd.PeriodIndex(news["known_month"], freq="M"))
            # What became known after the last complete month counts in what is known now alone.
            inside = (month >= 0) & (known >= 0)
            values = news[measure].to_numpy(dtype=np.float64)
            added[known[inside], month[inside], part] = values[inside]
        return Vintages(
            months=months,
            parts=tuple(">".join(way) for way in ways),
            # Scores have few decimals; a sum that is zero shall be zero whatever its order.
            known_at=np.round(added.cumsum(axis=0), 9),
            final=np.round(final, 9),
        )

    @staticmethod
    def _of(frame: pd.DataFrame, way: Pair) -> pd.DataFrame:
        return frame[(frame["actor1_iso3"] == way[0]) & (frame["actor2_iso3"] == way[1])]
