"""Bounds of what functions take: the last value that is refused and the first that is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from detente.base.errors import DetenteError
from detente.statistics.breaks import critical_values
from detente.statistics.breaks.dates import argmax_quantile
from detente.statistics.breaks.segmentation import segment
from detente.statistics.correction import benjamini_hochberg
from detente.statistics.effects.event_study import WindowSettings
from detente.statistics.effects.local_projection import ProjectionSettings
from detente.statistics.effects.placebo import PlaceboSettings
from detente.statistics.forecasting.mix import MixSettings
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.level import heavy_tails
from detente.statistics.reciprocity.var_model import VarSettings

DRAWS = Predictive.of(np.arange(10.0))
STEP = np.repeat([0.0, 1.0], 10) + np.tile([0.0, 0.1], 10)
# Shares inside (0, 1).
BELOW, ABOVE = (0.0, 1e-9), (1.0, 1 - 1e-9)


def _sup_f(low: float, high: float, n: int = 1) -> float:
    return critical_values.sup_f_p_value(5.0, n, (low, high))


@pytest.mark.parametrize(
    ("function", "refused", "taken"),
    [
        *((lambda x: benjamini_hochberg({"a": 0.5}, level=x), *pair) for pair in (BELOW, ABOVE)),
        *((lambda x: benjamini_hochberg({"a": x}), *pair) for pair in ((-1e-9, 0.0), (1.1, 1.0))),
        *((argmax_quantile, *pair) for pair in (BELOW, ABOVE)),
        *((DRAWS.quantile, *pair) for pair in (BELOW, ABOVE)),
        *((DRAWS.interval, *pair) for pair in (BELOW, ABOVE)),
        *((lambda x: VarSettings(level=x), *pair) for pair in (BELOW, ABOVE)),
        (lambda x: VarSettings(max_lag=x), 0, 1),
        (lambda x: WindowSettings(before=x), 1, 2),
        (lambda x: WindowSettings(after=x), 1, 2),
        (lambda x: ProjectionSettings(lags=x), 0, 1),
        (lambda x: ProjectionSettings(horizon=x), -1, 0),
        (lambda x: ProjectionSettings(leads=x), 1, 2),
        (lambda x: PlaceboSettings(n_draws=x), 0, 1),
        (lambda x: PlaceboSettings(min_distance=x), 0, 1),
        (lambda x: MixSettings(horizon=x), 0, 1),
        (lambda x: MixSettings(refit_months=x), 0, 1),
        (lambda x: MixSettings(training_months=x), 59, 60),
        (heavy_tails.parts, 2.0, 2.1),
        (lambda x: _sup_f(x, 0.9), 0.0, 0.01),
        (lambda x: _sup_f(0.1, x), 1.0, 0.99),
        (lambda x: _sup_f(x, 0.5), 0.51, 0.5),
        (lambda x: _sup_f(0.1, 0.9, x), 0, 1),
        (lambda x: _sup_f(0.1, 0.9, x), critical_values.MAX_REGRESSORS + 1,
         critical_values.MAX_REGRESSORS),
        (lambda x: segment(STEP, min_segment=x), 1, 2),
        (lambda x: segment(STEP, min_segment=x), 11, 10),
        (lambda x: segment(STEP, min_segment=5, max_breaks=x), -1, 0),
    ],
)  # fmt: skip
def test_a_value_at_the_bound(function: Callable[[Any], object], refused: Any, taken: Any) -> None:
    with pytest.raises((ValueError, DetenteError)):
        function(refused)
    function(taken)
