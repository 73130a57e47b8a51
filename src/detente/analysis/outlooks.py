"""Fill `stats.outlook` and `stats.outlook_score`: what to expect, and how past outlooks did."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd

from detente.analysis import levels
from detente.analysis.levels import Panel
from detente.analysis.rows import Pair
from detente.base import processes
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.settings.inference import Forecasts, Inference
from detente.statistics.forecasting.mix import MixSettings, judged, outlooks
from detente.statistics.forecasting.outlook import MIX, MODELS, Outlook
from detente.statistics.level import fit

OUTLOOK, SCORE = "stats.outlook", "stats.outlook_score"
Row = dict[str, Any]
Tables = dict[str, list[Row]]
_TOGETHER = 5  # dyads of a task, so that each processor has some


def fill(warehouse: Warehouse, settings: Inference, progress: Progress) -> int:
    """Fill the two tables; return how many rows they got."""
    tables = outlook_rows(warehouse, settings, progress)
    for table, rows in tables.items():
        warehouse.insert_frame(table, pd.DataFrame(rows))
    return sum(map(len, tables.values()))


def outlook_rows(warehouse: Warehouse, settings: Inference, progress: Progress) -> Tables:
    """Return the outlook of every dyad of each source that the settings ask about."""
    chosen = settings.forecasts
    tables: Tables = {OUTLOOK: [], SCORE: []}
    if not chosen.enabled:
        return tables
    asked = {(one.source, str(one.counting)) for one in settings.series}
    panels = [one for one in levels.panels(warehouse, asked) if (one.source, one.counting) in asked]
    for panel in progress.track(panels, "Looking ahead", len(panels)):
        power = levels.power_of(warehouse, panel)
        if power is None:
            continue
        chosen_mix = MixSettings(
            horizon=chosen.horizon,
            training_months=chosen.training_months,
            refit_months=chosen.refit_months,
            seed=settings.seed,
            step_freedom=settings.step_freedom,
        )
        parts = [
            partial(_rows, panel.of(part), power, chosen_mix, chosen)
            for part in fit.in_parts(panel.cooperation, _TOGETHER)
        ]
        for found in processes.done(parts, "looks ahead"):
            for table, rows in found.items():
                tables[table] += rows
    return tables


def _rows(panel: Panel, power: float, chosen: MixSettings, forecasts: Forecasts) -> Tables:
    """Return the rows of some dyads."""
    tables: Tables = {OUTLOOK: [], SCORE: []}
    of_each = outlooks(panel.cooperation, panel.conflict, power, chosen)
    for pair, found in zip(panel.pairs, of_each, strict=True):
        _add(tables, panel, pair, found, forecasts)
    return tables


def _add(
    tables: Tables, panel: Panel, pair: Pair, found: Sequence[Outlook], forecasts: Forecasts
) -> None:
    where = {
        "source": panel.source,
        "counting": panel.counting,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
    }
    n_full = len(panel.months) - forecasts.training_months - forecasts.horizon + 1
    chosen_origins = judged(n_full, forecasts.selection_share)
    for one in found:
        about = {**where, "target": one.target.name, "horizon": one.target.horizon}
        tables[OUTLOOK].append({**about, **_outlook_row(panel, one, chosen_origins)})
        if chosen_origins is not None:
            tables[SCORE] += [
                {**about, **_score_row(panel, one, chosen_origins, model)} for model in MODELS
            ]


def _outlook_row(panel: Panel, one: Outlook, origins: slice | None) -> Row:
    last = panel.months[-1]
    mix = one.forecasts[MIX]
    ends: Row = {}
    for level in (0.5, 0.8, 0.95):
        low, high = one.interval(level)
        ends |= {f"lo_{round(100 * level)}": low, f"hi_{round(100 * level)}": high}
    shares: Row = {"coverage_80": None, "coverage_95": None, "n_judged": 0}
    if origins is not None:
        held = {level: one.held(level)[origins] for level in (0.8, 0.95)}
        shares = {
            "coverage_80": float(held[0.8].mean()),
            "coverage_95": float(held[0.95].mean()),
            "n_judged": len(held[0.8]),
        }
    first = one.target.horizon - one.target.length + 1
    odds = dict(zip(("p_conflict", "p_nothing", "p_cooperation"), one.odds(), strict=True))
    return {
        "origin": last.to_timestamp().date(),
        "period_start": (last + first).to_timestamp().date(),
        "period_end": (last + one.target.horizon).end_time.date(),
        "mean": float(mix.mean()[-1]),
        "median": float(mix.quantile(0.5)[-1]),
        **ends,
        **odds,
        **shares,
    }


def _score_row(panel: Panel, one: Outlook, origins: slice, model: str) -> Row:
    scores = one.crps(model)[origins]
    months = panel.months[one.origins[origins]]
    return {
        "model": model,
        "first_origin": _day(months[0]),
        "last_origin": _day(months[-1]),
        "n_forecasts": len(scores),
        "crps": float(scores.mean()),
        "coverage_80": float(one.raw_coverage(model, 0.8)[origins].mean()),
        "coverage_95": float(one.raw_coverage(model, 0.95)[origins].mean()),
    }


def _day(month: pd.Period) -> object:
    return month.to_timestamp().date()
