"""Fill `stats.level` and `stats.level_fit`: the level of relations of every dyad, by month.

Each source is asked by itself, and where there are several, all of them together. The first of
them is the one that the others are measured against: the hand-kept records where they are loaded,
else the source with the most months. Months that a source does not cover whole are unknown, not
zero.

The values of the parameters are placed by the months up to the last complete calendar year, so that
what a month adds is a step of the filter and no new fit, and are kept for the next refresh.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from detente.analysis import wording
from detente.analysis.hypotheses import Movement
from detente.analysis.rows import Pair
from detente.base import processes
from detente.base.phrases import Phrase, say
from detente.base.progress import Progress
from detente.database import comparison
from detente.database.builder import Warehouse
from detente.settings import RECORDS, Settings
from detente.sources import is_stream_of_news
from detente.statistics.level import fit, step_or_drift, summary
from detente.statistics.level.filtering import YEAR
from detente.statistics.level.fit import Fit
from detente.statistics.level.model import Prior, Sums
from detente.statistics.level.nodes import FINE, MANY, Grid, Nodes
from detente.statistics.level.step_or_drift import StepOrDrift
from detente.statistics.level.summary import Summary

LEVEL, FIT = "stats.level", "stats.level_fit"
STEPS, CHANGE = "stats.step_or_drift", "stats.level_change"
TABLES = (LEVEL, FIT, STEPS, CHANGE)
# Months between which a rise or fall is looked for.
SPAN = 24
ALL = "all"
SIGNS = ("cooperation", "conflict")
# Fewer complete months than this say next to nothing of how fast a relation moves.
FEWEST_MONTHS = 24
# So many dyads, those with the most months that are not zero, are enough to tell the power by.
_FOR_POWER = 24
# With more dyads than this the parameters take fewer values, bands are of fewer draws, and steps
# are looked for at the ends of quarters.
_FEW = 200
# Of so few dyads so many are a task, so that each processor has some.
_FEW_TOGETHER = 5

Floats = npt.NDArray[np.float64]

_COLUMNS = (
    "source, counting, actor1_iso3, actor2_iso3, period_start, cooperation, conflict, "
    "n_source_events"
)
_NOW = (
    f"select {_COLUMNS} from marts.dyad_value "  # noqa: S608
    "where freq = 'month' and direction = 'undirected' and is_complete"
)
_THEN = f"select {_COLUMNS} from before.month where direction = 'undirected' and is_complete"  # noqa: S608


@dataclass(frozen=True)
class Panel:
    """The months of every dyad, from one source or several.

    Attributes
    ----------
    source, counting
        As the rows name them.
    sources
        Those that are seen; the others are measured against the first.
    pairs
        The dyads, in alphabetical order.
    months
        Consecutive months.
    cooperation, conflict
        Points by dyad, source and month.
    """

    source: str
    counting: str
    sources: tuple[str, ...]
    pairs: tuple[Pair, ...]
    months: pd.PeriodIndex
    cooperation: Sums
    conflict: Sums

    @property
    def n_placing(self) -> int:
        """How many first months place the values of the parameters."""
        return _n_placing(self.months)

    @property
    def fingerprint(self) -> str:
        """A hash of the months that place the values of the parameters."""
        digest = hashlib.sha256(repr((self.sources, self.pairs, self.months[0])).encode())
        for sums in (self.cooperation, self.conflict):
            placing = sums.to(self.n_placing)
            digest.update(np.ascontiguousarray(placing.y).tobytes())
            digest.update(np.ascontiguousarray(placing.log_offset).tobytes())
        return digest.hexdigest()

    def of(self, chosen: slice) -> Panel:
        """Return some of the dyads."""
        return replace(
            self,
            pairs=self.pairs[chosen],
            cooperation=self.cooperation.of(chosen),
            conflict=self.conflict.of(chosen),
        )

    @property
    def per_1k(self) -> bool:
        """Whether levels are points per 1,000 events of the source that leads."""
        return is_stream_of_news(self.sources[0])

    @property
    def n_sources(self) -> npt.NDArray[np.int64]:
        """How many sources cover each month of each dyad; shape (dyads, months)."""
        return np.asarray(self.cooperation.is_known.sum(axis=1))


def fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    """Fill the two tables; return how many series of months they hold.

    After an incremental build only what reads a source whose months differ is computed again.
    """
    if not settings.inference.enabled:
        return 0
    changed = _changed(warehouse)
    # A counting beside 'all' where the settings ask about it.
    asked = {(one.source, str(one.counting)) for one in settings.inference.series}
    every = panels(warehouse, asked)
    differ = [
        one
        for one in every
        if changed is None or changed & set(one.sources) or not _is_there(warehouse, one)
    ]
    _forget(warehouse, differ, every)
    as_of = warehouse.rows("select as_of from meta.study")[0][0]
    n_series = 0
    with threadpool_limits(limits=1, user_api="blas"):
        for panel in progress.track(differ, "Estimating levels", len(differ)):
            prior = Prior(step_freedom=settings.inference.step_freedom)
            found = fitted(panel, _kept(warehouse, panel), prior)
            warehouse.execute(
                "delete from stats.level_fit where source = ? and counting = ?",
                [panel.source, panel.counting],
            )
            for table, rows in found.items():
                whole = pd.concat(rows, ignore_index=True)
                if table == LEVEL:
                    whole = whole.assign(as_of=pd.Timestamp(as_of))
                if "sentence" in whole:
                    wording.keep(warehouse, whole["sentence"])
                warehouse.insert_frame(
                    table, whole.assign(source=panel.source, counting=panel.counting)
                )
            n_series += len(panel.pairs)
    return n_series


def _changed(warehouse: Warehouse) -> set[str] | None:
    """Return the sources of which a complete month differs; None after a full build."""
    if not comparison.has_base(warehouse):
        return None
    rows = warehouse.rows(
        f"select distinct source from (({_NOW} except all {_THEN}) "  # noqa: S608
        f"union all ({_THEN} except all {_NOW}))"
    )
    return {source for (source,) in rows}


def _is_there(warehouse: Warehouse, panel: Panel) -> bool:
    query = "select sources from stats.level_fit where source = ? and counting = ? limit 1"
    rows = warehouse.rows(query, [panel.source, panel.counting])
    return bool(rows) and tuple(rows[0][0]) == panel.sources


def _forget(warehouse: Warehouse, differ: Sequence[Panel], every: Sequence[Panel]) -> None:
    """Delete the levels that are recomputed, and those of sources that are gone."""
    gone = set(warehouse.rows("select distinct source, counting from stats.level_fit")) - {
        (one.source, one.counting) for one in every
    }
    for source, counting in gone:
        warehouse.execute(
            "delete from stats.level_fit where source = ? and counting = ?", [source, counting]
        )
    for source, counting in gone | {(one.source, one.counting) for one in differ}:
        for table in (LEVEL, STEPS, CHANGE):
            warehouse.execute(
                f"delete from {table} where source = ? and counting = ?",  # noqa: S608
                [source, counting],
            )


def panels(warehouse: Warehouse, asked: set[tuple[str, str]]) -> list[Panel]:
    """Read the months of every source, and of all together.

    Parameters
    ----------
    asked
        Sources with a way of counting that is read beside 'all'.
    """
    return list(_panels(warehouse.frame(f"{_NOW} order by all"), asked))


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


def _panels(frame: pd.DataFrame, asked: set[tuple[str, str]]) -> Iterator[Panel]:
    for counting, of_way in frame.groupby("counting"):
        way = str(counting)
        n_months = of_way.groupby("source")["period_start"].nunique()
        order = sorted(n_months.index, key=lambda one: (one != RECORDS, -int(n_months[one]), one))
        for source in order:
            if way == ALL or (source, way) in asked:
                yield from _panel(source, way, of_way, (str(source),))
        if way == ALL and len(order) > 1:
            yield from _panel(ALL, way, of_way, tuple(map(str, order)))


def _n_placing(months: pd.PeriodIndex) -> int:
    """Return how many months there are up to the last December that has enough before it."""
    decembers = np.flatnonzero(months.month == 12) + 1
    enough = decembers[decembers >= FEWEST_MONTHS]
    return int(enough[-1]) if len(enough) else len(months)


def _panel(
    name: str, counting: str, frame: pd.DataFrame, sources: tuple[str, ...]
) -> Iterator[Panel]:
    """Yield the months of some sources; nothing where they are too few."""
    rows = frame[frame["source"].isin(sources)]
    periods = pd.PeriodIndex(pd.to_datetime(rows["period_start"]), freq="M")
    months = pd.period_range(periods.min(), periods.max(), freq="M")
    if len(months) < FEWEST_MONTHS:
        return
    names = rows["actor1_iso3"].str.cat(rows["actor2_iso3"], "-")
    pairs = sorted(set(names))
    place = (
        names.map({one: n for n, one in enumerate(pairs)}).to_numpy(),
        rows["source"].map({one: n for n, one in enumerate(sources)}).to_numpy(),
        months.get_indexer(periods),
    )
    shape = (len(pairs), len(sources), len(months))
    offset = np.zeros(shape)
    volume = rows["n_source_events"].to_numpy(dtype=float)
    is_stream = rows["source"].map({one: is_stream_of_news(one) for one in sources}).to_numpy(bool)
    # Points a thousand events of a stream of news. Of a month of which it shows none nothing is
    # known; a list of chosen events without any is a month in which there were none.
    offset[place] = np.where(is_stream, np.log(np.maximum(volume, 1.0) / 1000), 0.0)
    known = ~is_stream | (volume > 0)
    if len(set(place[2][known])) < FEWEST_MONTHS:
        return
    signs = []
    for sign in SIGNS:
        points = np.full(shape, np.nan)
        points[place] = np.where(known, rows[sign].to_numpy(dtype=float), np.nan)
        # The months that place the parameters say what a typical act is: a later one moves nothing.
        placing = points[..., : _n_placing(months)]
        positive = placing[placing > 0]
        signs.append(Sums(points, offset, float(np.median(positive)) if len(positive) else 1.0))
    split = tuple((one[:3], one[4:]) for one in pairs)
    yield Panel(name, counting, sources, split, months, *signs)


def _kept(warehouse: Warehouse, panel: Panel) -> tuple[float, list[Nodes]] | None:
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


@dataclass(frozen=True)
class _Way:
    """How the levels of every dyad of a panel are estimated.

    Attributes
    ----------
    power
        Of the variance, common to all dyads.
    prior
        What is supposed before.
    fingerprint
        Of the panel whose months placed the parameters.
    grid
        How many values the parameters take.
    log2_draws
        Log of the number of draws that bands are taken of.
    months_apart
        Of the months at whose ends steps are looked for.
    """

    power: float
    prior: Prior
    fingerprint: str
    grid: Grid
    log2_draws: int
    months_apart: int


def fitted(
    panel: Panel, kept: tuple[float, list[Nodes]] | None, prior: Prior
) -> dict[str, list[pd.DataFrame]]:
    """Return rows of the tables, by table.

    Parameters
    ----------
    kept
        Power and nodes of an earlier build; None places them by the panel's own first months.
    """
    power, nodes = kept or (_power(panel), None)
    how = ((FINE, 9, 1), (MANY, 7, 3))[len(panel.pairs) > _FEW]
    way = _Way(power, prior, panel.fingerprint, *how)
    together = fit.TOGETHER if len(panel.pairs) > _FEW else _FEW_TOGETHER
    parts = [
        partial(_part, panel.of(rows), way, [one.of(rows) for one in nodes] if nodes else None)
        for rows in fit.in_parts(panel.cooperation, together)
    ]
    found: dict[str, list[pd.DataFrame]] = {table: [] for table in TABLES}
    for tables in processes.done(parts, "estimates levels"):
        for table, rows in tables.items():
            found[table].append(rows)
    return found


def _part(panel: Panel, way: _Way, nodes: list[Nodes] | None) -> dict[str, pd.DataFrame]:
    """Return rows of the tables for some dyads of a panel."""
    pair = [
        fit.fit(
            sums,
            way.power,
            way.prior,
            placed_by=panel.n_placing,
            grid=way.grid,
            nodes=nodes[place] if nodes else None,
        )
        for place, sums in enumerate((panel.cooperation, panel.conflict))
    ]
    cooperation, conflict = pair
    smoothed = summary.smoothed_summary(cooperation, conflict, way.log2_draws, lags=(YEAR, SPAN))
    return {
        LEVEL: _level_rows(panel, cooperation, conflict, smoothed, way.log2_draws),
        FIT: pd.concat(
            [
                _fit_rows(panel, sign, one, way.fingerprint)
                for sign, one in zip(SIGNS, pair, strict=True)
            ]
        ),
        STEPS: _step_rows(panel, cooperation, conflict, way.months_apart),
        CHANGE: _change_rows(panel, smoothed),
    }


def _power(panel: Panel) -> float:
    """Return the most likely power by the months that place the parameters."""
    placing = [sums.to(panel.n_placing) for sums in (panel.cooperation, panel.conflict)]
    active = sum((sums.y > 0).sum(axis=(1, 2)) for sums in placing)
    chosen = np.sort(np.argsort(-np.asarray(active), kind="stable")[:_FOR_POWER])
    return fit.best_power(
        tuple(Sums(one.y[chosen], one.log_offset[chosen], one.unit) for one in placing)
    )


def _level_rows(
    panel: Panel, cooperation: Fit, conflict: Fit, smoothed: Summary, log2_draws: int
) -> pd.DataFrame:
    """Return rows of `stats.level`, both kinds of each dyad and month."""
    n_pairs, n_months = len(panel.pairs), len(panel.months)

    def long(values: Floats) -> Floats:
        """Return values of shape (months, dyads), dyad by dyad."""
        return values.T.ravel()

    month = summary.months(cooperation, conflict, log2_draws=log2_draws)
    net = (cooperation.sums.y - conflict.sums.y)[:, 0].ravel()
    tables = []
    for kind, found in (
        ("filtered", summary.filtered_summary(cooperation, conflict, log2_draws)),
        ("smoothed", smoothed),
    ):
        columns: dict[str, object] = {
            "period_start": np.tile(panel.months.to_timestamp(), n_pairs),
            "actor1_iso3": np.repeat([first for first, _ in panel.pairs], n_months),
            "actor2_iso3": np.repeat([second for _, second in panel.pairs], n_months),
            "kind": kind,
            "p_higher_than_year_ago": long(found.p_higher[YEAR]),
            "net": net,
            "n_sources": panel.n_sources.ravel(),
        }
        for name, values in (("level", found.level), ("tone", found.tone)):
            ends = ("_lo_95", "_lo_80", "", "_hi_80", "_hi_95")
            columns |= {f"{name}{end}": long(row) for end, row in zip(ends, values, strict=True)}
        if kind == "filtered":
            columns |= {
                "predicted_net": long(month.predicted),
                "predicted_net_sd": long(month.predicted_sd),
                "pit": long(month.pit),
                "pit_tie": long(month.tie),
                "surprise": long(month.surprise),
            }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _fit_rows(panel: Panel, sign: str, one: Fit, fingerprint: str) -> pd.DataFrame:
    """Return rows of `stats.level_fit`."""
    nodes, weight, pairs = one.nodes, one.weight, panel.pairs

    def mean(values: Floats) -> Floats:
        return np.asarray(np.einsum("nk,nk...->n...", weight, values))

    return pd.DataFrame(
        {
            "actor1_iso3": [first for first, _ in pairs],
            "actor2_iso3": [second for _, second in pairs],
            "sign": sign,
            "sources": [list(panel.sources)] * len(pairs),
            "placed_to": panel.months[panel.n_placing - 1].to_timestamp(),
            "months_sha256": fingerprint,
            "power": one.rule.power,
            "q": np.exp(mean(nodes.log_step)),
            "phi": np.exp(mean(nodes.log_dispersion)).tolist(),
            "source_effect": mean(nodes.effect).tolist(),
            "log_mean": nodes.log_mean,
            "node_log_q": nodes.log_step.tolist(),
            "node_log_phi": nodes.log_dispersion.tolist(),
            "node_effect": nodes.effect.tolist(),
            "node_log_weight": nodes.log_weight.tolist(),
            "node_log_evidence": nodes.log_evidence.tolist(),
            "node_weight": weight.tolist(),
        }
    )


def _step_rows(panel: Panel, cooperation: Fit, conflict: Fit, months_apart: int) -> pd.DataFrame:
    """Return rows of `stats.step_or_drift`."""
    rows = []
    for place, pair in enumerate(panel.pairs):
        found = step_or_drift.compare(cooperation, conflict, place, months_apart)
        if found is None:
            continue
        several = found.log_marginal[step_or_drift.STEPS]
        rows.append(
            {
                "actor1_iso3": pair[0],
                "actor2_iso3": pair[1],
                "first_month": panel.months[0].to_timestamp(),
                "last_month": panel.months[-1].to_timestamp(),
                "log_constant": found.log_marginal[step_or_drift.CONSTANT],
                "log_one_step": found.log_marginal[step_or_drift.STEP],
                "log_several_steps": several if np.isfinite(several) else np.nan,
                "log_drift": found.log_marginal[step_or_drift.DRIFT],
                "log_drift_with_jump": found.log_marginal[step_or_drift.JUMP],
                "verdict": found.verdict,
                "lead": found.lead,
                "is_step": found.is_step,
                "step_after": panel.months[found.step[0]].end_time.normalize(),
                "p_step_after": found.step[1],
                "jump_after": panel.months[found.jump[0]].end_time.normalize(),
                "p_jump_after": found.jump[1],
                "sentence": step_sentence(found, "-".join(pair), panel.months),
            }
        )
    return pd.DataFrame(rows)


def step_sentence(found: StepOrDrift, subject: str, months: pd.PeriodIndex) -> Phrase:
    """Say which way of moving explains the months best, and what may be called a break."""
    log = found.log_marginal
    drift = max(log[step_or_drift.DRIFT], log[step_or_drift.JUMP])
    of_steps = max(log[step_or_drift.STEP], log[step_or_drift.STEPS])
    if found.is_step:
        end = say("level.step", month=str(months[found.step[0]]))
    elif found.verdict in (step_or_drift.STEP, step_or_drift.STEPS):
        end = say("level.unclear_step")
    else:
        end = say("level.no_step")
    return say(
        "level.way",
        subject=subject,
        first=str(months[0]),
        last=str(months[-1]),
        way=say(f"level.{_WAYS[found.verdict]}"),
        end=end,
        one=f"{drift - log[step_or_drift.STEP]:.1f}",
        many=f"{drift - of_steps:.1f}",
    )


# The entries of the catalogue that name the ways.
_WAYS = {
    step_or_drift.CONSTANT: "constant",
    step_or_drift.STEP: "one_step",
    step_or_drift.STEPS: "several_steps",
    step_or_drift.DRIFT: "drift",
    step_or_drift.JUMP: "jump",
}


def _change_rows(panel: Panel, smoothed: Summary) -> pd.DataFrame:
    """Return rows of `stats.level_change`."""
    rows = []
    unit = "_per_1k" if panel.per_1k else ""
    for place, pair in enumerate(panel.pairs):
        for one in summary.changes(smoothed, SPAN, place):
            first, last = panel.months[one.first], panel.months[one.last]
            rows.append(
                {
                    "actor1_iso3": pair[0],
                    "actor2_iso3": pair[1],
                    "direction": "rise" if one.is_rise else "fall",
                    "first_month": first.to_timestamp(),
                    "last_month": last.to_timestamp(),
                    "level_before": one.before,
                    "level_after": one.after,
                    "probability": one.probability,
                    "sentence": say(
                        f"level.{'rose' if one.is_rise else 'fell'}{unit}",
                        pair="-".join(pair),
                        first=str(first),
                        last=str(last),
                        before=f"{one.before:.1f}",
                        after=f"{one.after:.1f}",
                        probability=f"{min(one.probability, 0.999):.2f}",
                    ),
                }
            )
    return pd.DataFrame(rows)
