"""Check the level of relations: bands and errors on simulated relations, and speed.

python bench/level.py coverage    the table of docs/methods.md, The level
python bench/level.py student     the same with steps of Student's t
python bench/level.py speed       ten dyads of thirty years, and a sample of many
python bench/level.py many        what a refresh takes for many, by the clock
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from detente.analysis import levels
from detente.statistics.level import fit, simulation, summary
from detente.statistics.level.model import Prior
from detente.statistics.level.nodes import FINE, MANY

N_SERIES, N_MONTHS = 48, 336


def coverage(step_freedom: float | None = None, n_series: int = N_SERIES) -> None:
    """Print how often bands hold the truth, and how far tone, balance and score are from it."""
    prior = Prior(step_freedom=step_freedom)
    print(f"{'design':<24}" + "".join(f"{name:>10}" for name in _COLUMNS))
    every = []
    for place, (name, design) in enumerate(simulation.DESIGNS.items()):
        seen = simulation.simulate(design, n_series, N_MONTHS, seed=1000 + place)
        fitted = [
            fit.fit(one, simulation.POWER, prior) for one in (seen.cooperation, seen.conflict)
        ]
        row = []
        for summarise in (summary.filtered_summary, summary.smoothed_summary):
            shares = simulation.coverage(summarise(*fitted), seen)
            row += [100 * shares[key] for key in ("level 80", "level 95", "tone 80", "tone 95")]
        filtered = summary.filtered_summary(*fitted)
        estimates = (
            filtered.tone[2],
            simulation.twelve_month_tone(seen),
            simulation.saturating_score(seen),
        )
        errors = [float(np.sqrt(np.mean((one[24:] - seen.tone[24:]) ** 2))) for one in estimates]
        every.append([*row, *errors])
        print(f"{name:<24}" + _numbers(every[-1]), flush=True)
    print(f"{'mean':<24}" + _numbers(list(np.mean(every, axis=0))))


_COLUMNS = (
    "f lev 80", "f lev 95", "f tone 80", "f tone 95", "s lev 80", "s lev 95", "s tone 80",
    "s tone 95", "e tone", "e 12m", "e score",
)  # fmt: skip


def _numbers(values: list[float]) -> str:
    return "".join(f"{one:>10.1f}" for one in values[:8]) + "".join(
        f"{one:>10.3f}" for one in values[8:]
    )


def speed() -> None:
    """Print seconds of a processor for ten dyads, and what ten thousand take at that pace."""
    design = simulation.DESIGNS["drift, sparse"]
    for n_series, grid, log2_draws, last in ((10, FINE, 9, 0), (64, MANY, 7, 1)):
        n_months = 360
        seen = simulation.simulate(design, n_series, n_months, seed=1)
        started = time.process_time()
        for rows in fit.in_parts(seen.cooperation):
            pair = [
                fit.fit(one.of(rows), simulation.POWER, grid=grid)
                for one in (seen.cooperation, seen.conflict)
            ]
            summary.filtered_summary(*pair, log2_draws)
            summary.smoothed_summary(*pair, log2_draws)
            summary.months(*pair, log2_draws=log2_draws, last=last)
        seconds = time.process_time() - started
        each = 1000 * seconds / n_series
        print(f"{n_series} dyads, {n_months} months: {seconds:.1f} s, {each:.0f} ms a dyad")


def many(n_dyads: int = 1280) -> None:
    """Print what the rows of many dyads take as a refresh makes them, by the clock."""
    n_months = 360
    seen = simulation.simulate(simulation.DESIGNS["drift, sparse"], n_dyads, n_months, seed=1)
    panel = levels.Panel(
        source="made_up",
        counting="all",
        sources=("made_up",),
        pairs=tuple((f"A{place:05}", "B") for place in range(n_dyads)),
        months=pd.period_range("1990-01", periods=n_months, freq="M"),
        cooperation=seen.cooperation,
        conflict=seen.conflict,
    )
    wall, busy = time.perf_counter(), time.process_time()
    for _ in levels.fitted(panel, None, Prior()):
        pass
    wall, busy = time.perf_counter() - wall, time.process_time() - busy
    print(
        f"{n_dyads} dyads: {wall:.1f} s, {busy:.1f} s of a processor; "
        f"10,000 at this pace: {wall * 10_000 / n_dyads / 60:.1f} minutes"
    )


if __name__ == "__main__":
    with threadpool_limits(limits=1, user_api="blas"):
        {
            "coverage": coverage,
            "student": lambda: coverage(step_freedom=4.0, n_series=16),
            "speed": speed,
            "many": many,
        }[sys.argv[1]]()
