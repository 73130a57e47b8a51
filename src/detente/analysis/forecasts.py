"""What comes next: forecasts of each dyad's net score and count of conflict, and how they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from detente.analysis.rows import Pair, Row, about, adjust, as_json
from detente.analysis.series import subject
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.settings import RECORDS, SeriesChoice, Settings
from detente.statistics.forecasting.backtest import Backtest, BacktestSettings, Record, backtest
from detente.statistics.forecasting.choice import Comparison, Score, compare
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.vintages import Vintages
from detente.statistics.forecasting.wording import forecast_sentence, score_sentence
from detente.statistics.results import Refusal, TestResult
from detente.statistics.sentences import result_sentence

# What is forecast, and whether it counts events.
MEASURES: tuple[tuple[Literal["net", "n_conflict"], bool], ...] = (
    ("net", False),
    ("n_conflict", True),
)


@dataclass(frozen=True)
class _Answer:
    """The backtest of one series and what it shows."""

    where: Row
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
) -> tuple[list[Row], list[Row]]:
    """Forecast the measures of every dyad of one source.

    Returns
    -------
    tuple of lists of rows
        Of `stats.forecast` and of `stats.forecast_score`. p-values are corrected within one measure
        and horizon, over all dyads and models; the model to use is chosen after that.
    """
    if not settings.inference.forecasts.enabled:
        return [], []
    forecasts: list[Row] = []
    scores: list[Row] = []
    pairs = settings.study.dyad_pairs
    series = SeriesByPublication.of(warehouse, source, counting)
    for measure, is_count in MEASURES:
        choice = SeriesChoice(source=source, counting=counting, measure=measure)
        answers: list[_Answer] = []
        for pair in progress.track(pairs, f"Forecasting {source} {measure}", len(pairs)):
            answer = _ask(series.vintages(pair, measure), is_count, settings, choice, pair)
            if isinstance(answer, Refusal):
                refused = _refused(about(choice, pair), subject(choice, pair), answer)
                forecasts.append(refused)
                scores.append(refused)
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


def _rows(answers: list[_Answer], level: float) -> tuple[list[Row], list[Row]]:
    """Correct the tests of one measure, choose, and put everything into rows."""
    scores = [
        (answer, score, _score_row(answer, score))
        for answer in answers
        for score in answer.compared.scores
    ]
    for horizon in sorted({score.horizon for _, score, _ in scores}):
        adjust([row for _, score, row in scores if score.horizon == horizon])
    adjusted = {
        (answer.subject, score.model): row["p_adjusted"]
        for answer, score, row in scores
        if score.horizon == 0
    }
    chosen: dict[str, str] = {}
    for answer in answers:
        challenger = answer.compared.challenger
        p_value = adjusted.get((answer.subject, challenger)) if challenger else None
        chosen[answer.subject] = answer.compared.chosen(p_value, level)
    for answer, score, row in scores:
        row["is_chosen"] = score.model == chosen[answer.subject]
        row["sentence"] = score_sentence(
            score,
            answer.compared,
            answer.subject,
            chosen=chosen[answer.subject],
            p_adjusted=row["p_adjusted"],
            p_challenger=adjusted.get((answer.subject, answer.compared.challenger or "")),
            level=level,
        )
    forecasts = [
        row for answer in answers for row in _forecast_rows_of(answer, chosen[answer.subject])
    ]
    refusals = [
        _refused(answer.where, answer.subject, refusal)
        for answer in answers
        for refusal in answer.found.refused
    ]
    return forecasts + refusals, [row for _, _, row in scores] + refusals


def _refused(where: Row, subject: str, refusal: Refusal) -> Row:
    return {
        **where,
        "model": refusal.model,
        "is_chosen": False,
        "refusal": refusal.reason,
        "warnings": [],
        "sentence": result_sentence(refusal, subject),
    }


def _score_row(answer: _Answer, score: Score) -> Row:
    record = _record_of(answer, score.model)
    row: Row = {
        **answer.where,
        "model": score.model,
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
        "warnings": list(record.warnings),
    }
    test = score.test
    if isinstance(test, TestResult):
        row |= {
            "null_hypothesis": test.null_hypothesis,
            "alternative": test.alternative,
            "statistic": test.statistic,
            "distribution": test.distribution,
            "p_value": test.p_value,
            "warnings": [*record.warnings, *test.warnings],
        }
    elif isinstance(test, Refusal):
        row["warnings"] = [*record.warnings, f"no test against the baseline: {test.reason}"]
    return row


def _record_of(answer: _Answer, model: str) -> Record:
    return next(one for one in answer.found.records if one.model == model)


def _forecast_rows_of(answer: _Answer, chosen: str) -> Iterator[Row]:
    months = answer.found.months
    origin = months[-1]
    for record in answer.found.records:
        intervals = _intervals(record.next)
        mean, median = record.next.mean(), record.next.quantile(0.5)
        for ahead in range(1, answer.found.settings.horizon + 1):
            row = {
                **answer.where,
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
                "warnings": list(record.warnings),
            }
            score = answer.compared.of(record.model, ahead)
            yield {
                **row,
                "sentence": forecast_sentence(
                    answer.subject, origin, row, score, is_chosen=record.model == chosen
                ),
            }


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
        """Return one measure of both directions, by what was known when; None without months."""
        ways = (pair, (pair[1], pair[0]))
        months = pd.PeriodIndex(self._of(self.now, pair)["period_start"], freq="M")
        if not len(months):
            return None
        final = np.empty((len(months), 2))
        added = np.zeros((len(months), len(months), 2))
        for part, way in enumerate(ways):
            final[:, part] = self._of(self.now, way)[measure].to_numpy(dtype=np.float64)
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
