"""Fill `stats.outlook` and `stats.outlook_score`: what to expect, and how past outlooks did."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.analysis import levels
from detente.analysis.levels import Panel
from detente.analysis.rows import Pair
from detente.base.progress import Progress
from detente.database.builder import Warehouse
from detente.settings import Settings
from detente.statistics.forecasting.backtest import MIN_ORIGINS_A_PART
from detente.statistics.forecasting.outlook import MIX, MODELS, Outlook, outlook, targets
from detente.statistics.level import ahead, fit

OUTLOOK, SCORE = "stats.outlook", "stats.outlook_score"
Row = dict[str, Any]
Tables = dict[str, list[Row]]
_LOG2_DRAWS = 8

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


def fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    """Fill the two tables; return how many rows they got."""
    tables = outlook_rows(warehouse, settings, progress)
    for table, rows in tables.items():
        warehouse.insert_frame(table, pd.DataFrame(rows))
    return sum(map(len, tables.values()))


def outlook_rows(warehouse: Warehouse, settings: Settings, progress: Progress) -> Tables:
    """Return the outlook of every dyad of each source that the settings ask about."""
    chosen = settings.inference.forecasts
    tables: Tables = {OUTLOOK: [], SCORE: []}
    if not chosen.enabled:
        return tables
    asked = {(one.source, str(one.counting)) for one in settings.inference.series}
    panels = [one for one in levels.panels(warehouse, asked) if (one.source, one.counting) in asked]
    for panel in progress.track(panels, "Looking ahead", len(panels)):
        power = levels.power_of(warehouse, panel)
        if power is None:
            continue
        origins = _origins(len(panel.months), chosen.training_months)
        for part in fit.in_parts(panel.cooperation):
            paths = _paths(panel, part, power, origins, settings)
            for place, pair in enumerate(panel.pairs[part]):
                found = _of_dyad(panel, part.start + place, paths[:, place], origins, settings)
                _add(tables, panel, pair, found, settings)
    return tables


def _origins(n_months: int, training_months: int) -> Integers:
    """Return the origins: every month after the training, the last one being now."""
    return np.arange(min(training_months, n_months) - 1, n_months)


def _paths(
    panel: Panel, part: slice, power: float, origins: Integers, settings: Settings
) -> Floats:
    """Return what the level model expected at each origin; (origins, series, horizon, draws).

    Parameters are estimated again at every so many origins, from the months known then.
    """
    chosen = settings.inference.forecasts
    found = []
    for first in range(0, len(origins), chosen.refit_months):
        block = origins[first : first + chosen.refit_months]
        pair = [
            fit.fit(sums.of(part).to(int(block[-1]) + 1), power, placed_by=int(block[0]) + 1)
            for sums in (panel.cooperation, panel.conflict)
        ]
        found.append(
            ahead.net_paths(
                pair[0], pair[1], block, chosen.horizon, _LOG2_DRAWS, settings.inference.seed
            )
        )
    return np.concatenate(found)


def _of_dyad(
    panel: Panel, place: int, paths: Floats, origins: Integers, settings: Settings
) -> list[Outlook]:
    values = panel.cooperation.y[place, 0] - panel.conflict.y[place, 0]
    # A month of which a feed shows nothing is not known; it counts as the mean of the others here.
    values = np.where(np.isnan(values), np.nanmean(values), values)
    return [
        outlook(values, paths, origins, one)
        for one in targets(settings.inference.forecasts.horizon)
    ]


def _add(
    tables: Tables, panel: Panel, pair: Pair, found: Sequence[Outlook], settings: Settings
) -> None:
    where = {
        "source": panel.source,
        "counting": panel.counting,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
    }
    chosen = settings.inference.forecasts
    n_full = len(panel.months) - chosen.training_months - chosen.horizon + 1
    judged = _judged(n_full, chosen.selection_share)
    for one in found:
        about = {**where, "target": one.target.name, "horizon": one.target.horizon}
        tables[OUTLOOK].append({**about, **_outlook_row(panel, one, judged)})
        if judged is not None:
            tables[SCORE] += [
                {**about, **_score_row(panel, one, judged, model)} for model in MODELS
            ]


def _judged(n_origins: int, selection_share: float) -> slice | None:
    """Return the later origins, as the comparison of forecasts cuts them; None where too few."""
    if n_origins < 2 * MIN_ORIGINS_A_PART:
        return None
    return slice(round(selection_share * n_origins), n_origins)


def _outlook_row(panel: Panel, one: Outlook, judged: slice | None) -> Row:
    last = panel.months[-1]
    mix = one.forecasts[MIX]
    ends: Row = {}
    for level in (0.5, 0.8, 0.95):
        low, high = one.interval(level)
        ends |= {f"lo_{round(100 * level)}": low, f"hi_{round(100 * level)}": high}
    shares: Row = {"coverage_80": None, "coverage_95": None, "n_judged": 0}
    if judged is not None:
        held = {level: one.held(level)[judged] for level in (0.8, 0.95)}
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


def _score_row(panel: Panel, one: Outlook, judged: slice, model: str) -> Row:
    scores = one.crps(model)[judged]
    months = panel.months[one.origins[judged]]
    return {
        "model": model,
        "first_origin": _day(months[0]),
        "last_origin": _day(months[-1]),
        "n_forecasts": len(scores),
        "crps": float(scores.mean()),
        "coverage_80": float(one.raw_coverage(model, 0.8)[judged].mean()),
        "coverage_95": float(one.raw_coverage(model, 0.95)[judged].mean()),
    }


def _day(month: pd.Period) -> object:
    return month.to_timestamp().date()
