"""Acts of two states whose truth is known: a common climate, answering, or neither."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.signal import lfilter

from detente.statistics.samples import FloatArray

RECENT = 4


@dataclass(frozen=True, kw_only=True)
class Design:
    """How acts come about.

    Attributes
    ----------
    rate
        Acts a week of each side in an average climate.
    half_life, spread
        Of the climate: weeks, and standard deviation in logs.
    is_common
        Whether both sides have the same climate, or each its own.
    answers
        Acts that each act of the other side brings about in the four weeks after it, on average.
    repeats
        The same of acts of your own.
    """

    rate: tuple[float, float] = (0.25, 0.25)
    half_life: float = 26.0
    spread: float = 0.7
    is_common: bool = True
    answers: tuple[float, float] = (0.0, 0.0)
    repeats: float = 0.0


DESIGNS = {
    "common climate, half a year": Design(),
    "common climate, two months": Design(half_life=8.0),
    "common climate, two years": Design(half_life=104.0, spread=1.0),
    "common climate, sparse": Design(rate=(0.07, 0.07)),
    "common climate, uneven sides": Design(rate=(0.5, 0.1)),
    "common climate, own repeats": Design(repeats=0.3),
    "a climate each": Design(is_common=False),
    "both answer": Design(answers=(0.4, 0.4)),
    "one answers": Design(answers=(0.4, 0.0)),
    "both answer, sparse": Design(rate=(0.07, 0.07), answers=(0.4, 0.4)),
    "both answer, no climate": Design(spread=0.01, answers=(0.4, 0.4)),
}


def simulate(design: Design, n_weeks: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw numbers of acts, one row per week and one column per direction."""
    climates = [_climate(design, n_weeks, rng) for _ in range(1 if design.is_common else 2)]
    base = [rate * np.exp(climates[i % len(climates)]) for i, rate in enumerate(design.rate)]
    acts = np.zeros((2, n_weeks))
    for week in range(n_weeks):
        recent = acts[:, max(0, week - RECENT) : week].sum(axis=1)
        for i in (0, 1):
            brought = design.answers[i] * recent[1 - i] + design.repeats * recent[i]
            acts[i, week] = rng.poisson(base[i][week] + brought / RECENT)
    index = pd.period_range("1998-01-05", periods=n_weeks, freq="W-SUN")
    return pd.DataFrame({"A>B": acts[0], "B>A": acts[1]}, index=index)


def _climate(design: Design, n_weeks: int, rng: np.random.Generator) -> FloatArray:
    rho = 0.5 ** (1.0 / design.half_life)
    steps = rng.normal(0.0, design.spread * math.sqrt(1.0 - rho**2), n_weeks)
    steps[0] = rng.normal(0.0, design.spread)
    return np.asarray(lfilter([1.0], [1.0, -rho], steps))
