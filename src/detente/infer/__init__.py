"""Ask the questions of `detente.inference` of the study's series and fill `stats.*`.

Everything is asked of the monthly net score of source `records`, over the months that every file
covers whole. The choices stand in `[inference]` of `detente.toml`, not in the result.
"""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from detente import consensus, hypotheses
from detente.infer.forecasts import forecast_rows
from detente.infer.questions import (
    break_rows,
    diagnostic_rows,
    effect_rows,
    reciprocity_rows,
    triad_rows,
)
from detente.infer.rows import COUNTING, SOURCE, Row, adjust, adjust_families, finished
from detente.infer.series import has_series, reads_differ
from detente.progress import Progress
from detente.settings import Settings
from detente.warehouse import SqlFile, Warehouse

__all__ = ["fill", "is_filled_here", "reads_differ"]


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
    if not settings.inference.enabled or not has_series(warehouse):
        return 0
    pairs = settings.study.dyad_pairs
    tests: list[Row] = []
    points: list[Row] = []
    answers: list[Row] = []
    responses: list[Row] = []
    facts: list[Row] = []
    for pair in progress.track(pairs, "Testing dyads", len(pairs)):
        found_tests, found_points = break_rows(warehouse, settings, pair)
        tests += found_tests
        points += found_points
        facts += diagnostic_rows(warehouse, settings, pair)
        found_answers, found_responses = reciprocity_rows(warehouse, settings, pair)
        answers += found_answers
        responses += found_responses
    triads = [row for states in settings.inference.triads for row in triad_rows(warehouse, states)]
    reactions = [
        row
        for pair in progress.track(pairs, "Asking about events", len(pairs))
        for row in effect_rows(warehouse, pair)
    ]
    adjust_families(tests, "test")
    adjust_families(facts, "test")
    adjust(answers)
    adjust(triads)
    adjust_families(reactions, "method")
    tests, facts, answers, triads, reactions = (
        [finished(row) for row in rows] for rows in (tests, facts, answers, triads, reactions)
    )
    forecasts, scores = forecast_rows(
        warehouse, settings, source=SOURCE, counting=COUNTING, progress=progress
    )
    tables = {
        "stats.forecast": forecasts,
        "stats.forecast_score": scores,
        "stats.break_test": tests,
        "stats.break_point": points,
        "stats.diagnostic": facts,
        "stats.granger": answers,
        "stats.impulse_response": responses,
        "stats.triad": triads,
        "stats.event_effect": reactions,
        "stats.hypothesis": [
            {
                "position": position,
                "hypothesis_id": asked.id,
                "question": asked.question,
                **hypotheses.answer(
                    asked, tests, points, answers, reactions, settings.inference.significance
                ),
            }
            for position, asked in enumerate(settings.inference.hypotheses, start=1)
        ],
    }
    for table, rows in tables.items():
        columns = warehouse.columns(table)
        warehouse.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
    return sum(len(rows) for rows in tables.values())
