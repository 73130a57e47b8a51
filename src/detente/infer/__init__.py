"""Ask the questions of `detente.inference` of the study's series and fill `stats.*`.

The series are those of `[[inference.series]]` in `detente.toml`, by default the monthly net score
of the hand-kept records. Each is asked over the periods that its source covers whole, and is a
family of tests by itself. The choices stand in `[inference]`, not in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from threadpoolctl import threadpool_limits

from detente import consensus, hypotheses
from detente.infer import triads
from detente.infer.breaks import break_rows
from detente.infer.diagnostics import diagnostic_rows
from detente.infer.effects import effect_rows
from detente.infer.forecasts import forecast_rows
from detente.infer.reciprocity import reciprocity_rows
from detente.infer.rows import Pair, Row, Tables, adjust_families, finished, refused
from detente.infer.series import Dyad, dyad, has_series, kind, labels, reads_differ
from detente.inference.results import Refusal
from detente.progress import Progress
from detente.settings import Inference, SeriesChoice, Settings
from detente.warehouse import SqlFile, Warehouse

__all__ = ["fill", "is_filled_here", "reads_differ"]

# What is asked of each dyad's series, in this order.
QUESTIONS: tuple[Callable[[Dyad, Inference], Tables], ...] = (
    break_rows,
    diagnostic_rows,
    reciprocity_rows,
)
# Within one series, the rows of a table that share the value of the column are a family of tests.
FAMILIES = {
    "stats.break_test": "test",
    "stats.diagnostic": "test",
    "stats.granger": None,
    "stats.triad": None,
    "stats.event_effect": "method",
}


def is_filled_here(file: SqlFile) -> bool:
    """Say whether a table is one that the questions fill."""
    return file.layer == "stats" and file.is_input and file.table not in consensus.TABLES


def fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    """Fill the tables of inference and return how many results and refusals they hold."""
    # One thread for linear algebra: the matrices are small, so that threads would mostly wait for
    # each other, and the last digit of a sum would depend on how many there are.
    with threadpool_limits(limits=1, user_api="blas"):
        return _fill(warehouse, settings, progress)


def _fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    if not settings.inference.enabled:
        return 0
    tables: Tables = {}
    for choice in settings.inference.series:
        found = _asked_of(warehouse, settings, choice, progress)
        if choice == settings.inference.series[0]:
            _add(tables, {"stats.hypothesis": _answers(settings, found)})
        _add(tables, found)
    # Forecasts are of the monthly scores and counts whatever measure the tests are asked of.
    for source, counting in dict.fromkeys(
        (one.source, one.counting) for one in settings.inference.series
    ):
        forecasts, scores = forecast_rows(
            warehouse, settings, source=source, counting=counting, progress=progress
        )
        _add(tables, {"stats.forecast": forecasts, "stats.forecast_score": scores})
    for table, rows in tables.items():
        columns = warehouse.columns(table)
        warehouse.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
    return sum(len(rows) for rows in tables.values())


def _asked_of(
    warehouse: Warehouse, settings: Settings, choice: SeriesChoice, progress: Progress
) -> Tables:
    """Ask everything of one series of every dyad, correct for many tests, and word the results."""
    pairs = settings.study.dyad_pairs
    if not has_series(warehouse, choice):
        return {"stats.break_test": [_absent(warehouse, choice, pair) for pair in pairs]}
    tables: Tables = {}
    for found in progress.track(
        _results(warehouse, settings, choice), f"Asking about {choice.source} {choice.measure}"
    ):
        _add(tables, found)
    for table, column in FAMILIES.items():
        adjust_families(tables.get(table, []), column)
    return {table: [finished(row) for row in rows] for table, rows in tables.items()}


def _results(warehouse: Warehouse, settings: Settings, choice: SeriesChoice) -> Iterator[Tables]:
    chosen = settings.inference
    dyads = [dyad(warehouse, choice, pair) for pair in settings.study.dyad_pairs]
    for one in dyads:
        for question in QUESTIONS:
            yield question(one, chosen)
    for states in chosen.triads:
        yield triads.triad_rows(triads.read(warehouse, choice, states), chosen)
    for one in dyads:
        for label in labels(warehouse):
            yield effect_rows(one, kind(warehouse, one, label), chosen)


def _absent(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> Row:
    where = dyad(warehouse, choice, pair)
    reason = f"no complete {choice.freq} of {choice.source} is loaded"
    return refused(where.where, where.subject, Refusal(model="every test", reason=reason), "breaks")


def _answers(settings: Settings, tables: Tables) -> list[Row]:
    """Answer the study's questions from the results of its first series."""
    asked_of = (
        tables.get(table, [])
        for table in (
            "stats.break_test",
            "stats.break_point",
            "stats.granger",
            "stats.event_effect",
        )
    )
    tests, points, answers, reactions = asked_of
    return [
        {
            "position": position,
            "hypothesis_id": asked.id,
            "question": asked.question,
            **hypotheses.answer(
                asked, tests, points, answers, reactions, settings.inference.significance
            ),
        }
        for position, asked in enumerate(settings.inference.hypotheses, start=1)
    ]


def _add(tables: Tables, more: Tables) -> None:
    for table, rows in more.items():
        tables.setdefault(table, []).extend(rows)
