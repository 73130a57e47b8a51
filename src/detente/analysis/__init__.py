"""Ask the questions of `detente.statistics` of the study's series and fill `stats.*`.

The series are those of `[[inference.series]]` in `detente.toml`, by default the monthly net score
of the hand-kept records. Each is asked over the periods that its source covers whole, and is a
family of tests by itself. The choices stand in `[inference]`, not in the result.
"""

from __future__ import annotations

from threadpoolctl import threadpool_limits

from detente.analysis import hypotheses, levels, work
from detente.analysis.extremes import extreme_year_rows
from detente.analysis.forecasts import forecast_rows
from detente.analysis.outlooks import outlook_rows
from detente.analysis.rows import Pair, Row, Tables, adjust_families, finished, refused
from detente.analysis.series import dyad, has_series, reads_differ
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile
from detente.indices import balance, consensus
from detente.settings import SeriesChoice, Settings
from detente.statistics.results import Refusal

__all__ = ["fill", "is_filled_here", "reads_differ"]

# Within one series, the rows of a table that share the values of the columns are one family.
FAMILIES: dict[str, tuple[str, ...]] = {
    "stats.break_test": ("test",),
    "stats.diagnostic": ("test",),
    "stats.granger": ("acts",),
    "stats.triad": ("direction",),
    "stats.event_effect": ("method",),
    "stats.event_path": ("actor1_iso3", "actor2_iso3", "event_kind", "method"),
    "stats.single_event": ("event_kind",),
}


def is_filled_here(file: SqlFile) -> bool:
    """Say whether a table is one that the questions fill."""
    filled_elsewhere = (*consensus.TABLES, *levels.TABLES, balance.TABLE)
    return file.layer == "stats" and file.is_input and file.table not in filled_elsewhere


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
            work.add(tables, {"stats.hypothesis": _answers(settings, found)})
        work.add(tables, found)
    # Forecasts are of the monthly scores and counts whatever measure the tests are asked of.
    for source, counting in dict.fromkeys(
        (one.source, one.counting) for one in settings.inference.series
    ):
        forecasts, scores = forecast_rows(
            warehouse, settings, source=source, counting=counting, progress=progress
        )
        years = extreme_year_rows(warehouse, settings, source=source, counting=counting)
        work.add(tables, {"stats.extreme_year": years})
        work.add(tables, {"stats.forecast": forecasts, "stats.forecast_score": scores})
    work.add(tables, outlook_rows(warehouse, settings, progress))
    for table, rows in tables.items():
        columns = warehouse.columns(table)
        values = [[row.get(name) for name in columns] for row in rows]
        warehouse.insert(table, columns, values)
    return sum(len(rows) for rows in tables.values())


def _asked_of(
    warehouse: Warehouse, settings: Settings, choice: SeriesChoice, progress: Progress
) -> Tables:
    """Ask everything of one series of every dyad, correct for many tests, and word the results."""
    if not has_series(warehouse, choice):
        pairs = settings.study.dyad_pairs
        return {"stats.break_test": [_absent(warehouse, choice, pair) for pair in pairs]}
    tables: Tables = {}
    tasks = work.tasks(warehouse, settings, choice)
    title = f"Asking about {choice.source} {choice.measure}"
    for found in progress.track(work.done(tasks), title, len(tasks)):
        work.add(tables, found)
    for table, columns in FAMILIES.items():
        adjust_families(tables.get(table, []), columns)
    return {table: [finished(row) for row in rows] for table, rows in tables.items()}


def _absent(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> Row:
    one = dyad(warehouse, choice, pair)
    reason = f"no complete {choice.freq} of {choice.source} is loaded"
    return refused(one.where, one.subject, Refusal(model="inference", reason=reason), "breaks")


def _answers(settings: Settings, tables: Tables) -> list[Row]:
    """Answer the study's questions from the results of its first series."""
    asked = settings.inference.hypotheses
    found = hypotheses.answers(
        asked,
        hypotheses.Results(
            break_tests=tables.get("stats.break_test", []),
            break_points=tables.get("stats.break_point", []),
            granger=tables.get("stats.granger", []),
            event_effects=tables.get("stats.event_effect", []),
        ),
        settings.inference.significance,
    )
    return [
        {"position": position, "hypothesis_id": one.id, "question": one.question, **answer}
        for position, (one, answer) in enumerate(zip(asked, found, strict=True), start=1)
    ]
