"""What the tables of the level say, for what rests on them."""

from __future__ import annotations

from datetime import date

from detente.analysis import wording
from detente.analysis.hypotheses import Movement
from detente.analysis.levels.panel import Panel
from detente.analysis.rows import Pair
from detente.database.builder import Warehouse


def movements(warehouse: Warehouse, source: str, counting: str) -> dict[Pair, Movement]:
    """Read how the level of each dyad moved, by one source."""
    where = "where source = ? and counting = ?"
    changes: dict[Pair, list[tuple[date, date, str]]] = {}
    for first, second, start, end, sentence, parts in warehouse.rows(
        "select actor1_iso3, actor2_iso3, first_month, last_month, sentence, parts "  # noqa: S608
        f"from stats.level_change left join {wording.TABLE} using (sentence) {where} "
        "order by last_month",
        [source, counting],
    ):
        told = (start, end, wording.phrase(sentence, parts))
        changes.setdefault((first, second), []).append(told)
    rows = warehouse.rows(
        "select actor1_iso3, actor2_iso3, is_step, sentence, parts "  # noqa: S608
        f"from stats.step_or_drift left join {wording.TABLE} using (sentence) {where}",
        [source, counting],
    )
    return {
        (first, second): Movement(
            is_step, wording.phrase(sentence, parts), tuple(changes.get((first, second), ()))
        )
        for first, second, is_step, sentence, parts in rows
    }


def power_of(warehouse: Warehouse, panel: Panel) -> float | None:
    """Return the power that the levels were estimated with; None where they were not."""
    return power(warehouse, panel.source, panel.counting)


def power(warehouse: Warehouse, source: str, counting: str) -> float | None:
    """Return the power that the levels of a source were estimated with; None where none were."""
    query = "select power from stats.level_fit where source = ? and counting = ? limit 1"
    rows = warehouse.rows(query, [source, counting])
    return float(rows[0][0]) if rows else None
