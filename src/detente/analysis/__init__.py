"""Ask the questions of `detente.statistics` of the study's series and fill `stats.*`.

The series are the reported one (`detente.indices.reported`), which answers the study's questions,
and those of `[[inference.series]]` in `detente.toml`. Each is asked over the periods that its
source covers whole, and is a family of tests by itself. The choices stand in `[inference]`, not in
the result.
"""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from detente.analysis import hypotheses, levels, outlooks, question_tasks, tables, wording
from detente.analysis.breaks import refused_search
from detente.analysis.extremes import extreme_year_rows
from detente.analysis.results import Stored
from detente.analysis.rows import Pair, Rows, in_families
from detente.analysis.series import dyad, has_series, reads_differ
from detente.base import processes
from detente.base.phrases import say
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile
from detente.settings import SeriesChoice, Settings
from detente.statistics.results import Refusal

__all__ = ["TABLES", "fill", "insert", "is_filled_here", "reads_differ"]

# The tables that the questions fill.
TABLES = (*(kind.table for kind in tables.TABLES), outlooks.OUTLOOK, outlooks.SCORE)


def is_filled_here(file: SqlFile) -> bool:
    """Say whether a table is one that the questions fill."""
    return file.table in TABLES


def fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    """Fill the tables of inference and return how many results and refusals they hold."""
    # One thread for linear algebra: the matrices are small, so that threads would mostly wait for
    # each other, and the last digit of a sum would depend on how many there are.
    with threadpool_limits(limits=1, user_api="blas"):
        return _fill(warehouse, settings, progress)


def _fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    if not settings.inference.enabled:
        return 0
    chosen = settings.inference
    rows: Rows = []
    if not chosen.series:  # nothing is loaded
        rows += hypotheses.answers(chosen.hypotheses, [], chosen.significance)
    for choice in chosen.series:
        found = _asked_of(warehouse, settings, choice, progress)
        if choice == chosen.series[0]:
            movements = levels.movements(warehouse, choice.source, choice.counting)
            rows += hypotheses.answers(chosen.hypotheses, found, chosen.significance, movements)
        rows += found
    for source, counting in dict.fromkeys(
        (one.source, one.counting) for one in settings.inference.series
    ):
        rows += extreme_year_rows(warehouse, settings, source=source, counting=counting)
    insert(warehouse, rows)
    return len(rows) + outlooks.fill(warehouse, settings.inference, progress)


def insert(warehouse: Warehouse, rows: Rows) -> None:
    """Insert rows into their tables.

    Raises
    ------
    DetenteError
        A table lacks a column that its rows have.
    """
    by_kind: dict[type[Stored], list[Stored]] = {}
    for row in rows:
        by_kind.setdefault(type(row), []).append(row)
    for kind, of_kind in by_kind.items():
        values = [row.values() for row in of_kind]
        warehouse.insert(kind.table, kind.columns(), values)
        wording.keep(warehouse, values)


def _asked_of(
    warehouse: Warehouse, settings: Settings, choice: SeriesChoice, progress: Progress
) -> Rows:
    """Ask everything of one series of every dyad, and correct for many tests."""
    if not has_series(warehouse, choice):
        return [_absent(warehouse, choice, pair) for pair in settings.study.dyad_pairs]
    rows: Rows = []
    tasks = question_tasks.tasks(warehouse, settings, choice)
    title = f"Asking about {choice.source} {choice.measure}"
    answers = processes.done(tasks, "asks the study's questions")
    for found in progress.track(answers, title, len(tasks)):
        rows += found
    return in_families(rows, settings.inference.significance)


def _absent(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> Stored:
    reason = say("reason.not_loaded", period=say(f"number.{choice.freq}"), source=choice.source)
    refusal = Refusal(model=say("model.inference"), reason=reason)
    return refused_search(dyad(warehouse, choice, pair), refusal)
