"""Fill the tables of the level: of every dyad after a full build, else of those that differ."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from detente.analysis import wording
from detente.analysis.levels.fitting import FIT, LEVEL, TABLES, Kept, fitted
from detente.analysis.levels.panel import NOW, SIGNS, THEN, Panel, panels
from detente.analysis.rows import Pair
from detente.base.progress import Progress
from detente.database import comparison
from detente.database.builder import Warehouse
from detente.settings.inference import Inference
from detente.statistics.level.model import Prior
from detente.statistics.level.nodes import Nodes


def fill(warehouse: Warehouse, settings: Inference, progress: Progress) -> int:
    """Fill the tables; return how many series of months they hold.

    After an incremental build only the dyads of which a complete month differs are computed again,
    unless one of the months that place the parameters does.
    """
    if not settings.enabled:
        return 0
    changed = _changed(warehouse)
    # A counting beside 'all' where the settings ask about it.
    asked = {(one.source, str(one.counting)) for one in settings.series}
    every = panels(warehouse, asked)
    _forget_gone(warehouse, every)
    as_of = warehouse.rows("select as_of from meta.study")[0][0]
    prior = Prior(step_freedom=settings.step_freedom)
    n_series = 0
    with threadpool_limits(limits=1, user_api="blas"):
        for panel in progress.track(every, "Estimating levels", len(every)):
            is_there = changed is not None and _is_there(warehouse, panel)
            only = _differing(panel, changed or {}) if is_there else None
            if only == []:
                continue
            kept = _kept(warehouse, panel)
            some = only if kept else None
            n_series += _replaced(warehouse, panel, kept, prior, some, pd.Timestamp(as_of))
    return n_series


def _replaced(
    warehouse: Warehouse,
    panel: Panel,
    kept: Kept | None,
    prior: Prior,
    only: Sequence[int] | None,
    as_of: pd.Timestamp,
) -> int:
    """Replace the rows of a panel's dyads; return how many there are."""
    of_panel = [panel.source, panel.counting]
    some = None if only is None else [panel.pairs[place] for place in only]
    _forget(warehouse, of_panel, some)
    for found in fitted(panel, kept, prior, only):
        for table, rows in found.items():
            whole = rows.assign(source=panel.source, counting=panel.counting)
            if table == LEVEL:
                whole = whole.assign(as_of=as_of)
            if "sentence" in whole:
                wording.keep(warehouse, whole["sentence"])
            warehouse.insert_frame(table, whole)
    return len(some or panel.pairs)


def _changed(warehouse: Warehouse) -> dict[str, set[Pair]] | None:
    """Return the dyads of which a complete month differs, by source; None after a full build."""
    if not comparison.has_base(warehouse):
        return None
    found: dict[str, set[Pair]] = {}
    for source, first, second in warehouse.rows(
        "select distinct source, actor1_iso3, actor2_iso3 "  # noqa: S608
        f"from (({NOW} except all {THEN}) union all ({THEN} except all {NOW}))"
    ):
        found.setdefault(source, set()).add((first, second))
    return found


def _differing(panel: Panel, changed: dict[str, set[Pair]]) -> list[int]:
    """Return the places of the dyads of which a month differs in a source."""
    pairs = set().union(*(changed.get(source, set()) for source in panel.sources))
    return [place for place, pair in enumerate(panel.pairs) if pair in pairs]


def _is_there(warehouse: Warehouse, panel: Panel) -> bool:
    query = f"select sources from {FIT} where source = ? and counting = ? limit 1"  # noqa: S608
    rows = warehouse.rows(query, [panel.source, panel.counting])
    return bool(rows) and tuple(rows[0][0]) == panel.sources


def _forget(
    warehouse: Warehouse, of_panel: Sequence[str], some: Sequence[Pair] | None = None
) -> None:
    """Delete the rows of some dyads, or of all, by one source."""
    where = "where source = ? and counting = ?"
    for table in TABLES:
        if some is None:
            warehouse.execute(f"delete from {table} {where}", list(of_panel))  # noqa: S608
            continue
        warehouse.execute(
            f"delete from {table} {where} and concat(actor1_iso3, '-', actor2_iso3) in "  # noqa: S608
            "(select unnest(?::varchar[]))",
            [*of_panel, ["-".join(pair) for pair in some]],
        )


def _forget_gone(warehouse: Warehouse, every: Sequence[Panel]) -> None:
    """Delete the levels of sources that are gone."""
    there = {(one.source, one.counting) for one in every}
    for of_panel in warehouse.rows(f"select distinct source, counting from {FIT}"):  # noqa: S608
        if tuple(of_panel) not in there:
            _forget(warehouse, of_panel)


def _kept(warehouse: Warehouse, panel: Panel) -> Kept | None:
    """Return power and nodes of an earlier refresh, if the same months placed them."""
    rows = warehouse.frame(
        "select * from stats.level_fit where source = ? and counting = ? and months_sha256 = ? "
        "order by actor1_iso3, actor2_iso3",
        [panel.source, panel.counting, panel.fingerprint],
    )
    if len(rows) != len(SIGNS) * len(panel.pairs):
        return None
    nodes = []
    for sign in SIGNS:
        of_sign = rows[rows["sign"] == sign]
        columns = [
            np.array([np.stack(list(map(np.asarray, one))) for one in of_sign[f"node_{name}"]])
            for name in ("log_q", "log_phi", "effect", "log_weight", "log_evidence")
        ]
        log_mean = of_sign["log_mean"].to_numpy(dtype=float)
        nodes.append(Nodes(columns[0], columns[1], columns[2], columns[3], columns[4], log_mean))
    return float(rows["power"].iloc[0]), nodes
