"""The outlook of net points from every month of the past: the level model and the decayed past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detente.base.errors import UsageError
from detente.base.phrases import say
from detente.statistics.forecasting import outlook
from detente.statistics.forecasting.outlook import Outlook, targets
from detente.statistics.frames import NotEstimableError, numbers, period_index, require_informative
from detente.statistics.level import fit, predictions
from detente.statistics.level.model import Prior, Sums
from detente.statistics.results import Choices, Refusal, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.units import own_units

# Origins that the judging of forecasts needs in each half.
MIN_ORIGINS_A_PART = 24
_LOG2_DRAWS = 8


@dataclass(frozen=True, kw_only=True)
class MixSettings(Choices):
    """Choices behind an outlook.

    Attributes
    ----------
    horizon
        Months ahead, from 1 to this.
    training_months
        Known at the first origin.
    refit_months
        The values of the level's parameters are estimated again at every so many origins.
    seed
        Of the draws.
    step_freedom
        Degrees of freedom of the level's steps; None for normal ones.
    """

    horizon: int = 6
    training_months: int = 120
    refit_months: int = 24
    seed: int = 0
    step_freedom: float | None = None

    def __post_init__(self) -> None:
        if min(self.horizon, self.refit_months) < 1 or self.training_months < 60:
            raise UsageError(
                "expected a horizon and refit_months of 1 or more and training_months of 60 or "
                f"more, got {self.horizon}, {self.refit_months} and {self.training_months}"
            )


def outlooks(
    cooperation: Sums, conflict: Sums, power: float, settings: MixSettings
) -> list[list[Outlook]]:
    """Forecast the first source's net points of every series from every month after the training.

    Parameters
    ----------
    cooperation, conflict
        Points of the same series. At an origin nothing later is looked at.
    power
        Of the level model.
    settings
        Horizon, training and seed.

    Returns
    -------
    list
        By series one outlook a target; its last origin is the last month.
    """
    n_months = cooperation.y.shape[2]
    origins = np.arange(min(settings.training_months, n_months) - 1, n_months)
    paths = _paths((cooperation, conflict), power, origins, settings)
    net = (cooperation.y - conflict.y)[:, 0]
    # A month of which a feed shows nothing is not known; it counts as the mean of the others here.
    net = np.where(np.isnan(net), np.nanmean(net, axis=1, keepdims=True), net)
    return [
        outlook.outlooks(values, paths[:, place], origins, targets(settings.horizon))
        for place, values in enumerate(net)
    ]


def _paths(
    signs: Sequence[Sums], power: float, origins: NDArray[np.int64], settings: MixSettings
) -> FloatArray:
    """Return what the level model expected at each origin; (origins, series, horizon, draws).

    Parameters are estimated again at every so many origins, from the months known then.
    """
    found = []
    for first in range(0, len(origins), settings.refit_months):
        block = origins[first : first + settings.refit_months]
        pair = [
            fit.fit(
                sums.to(int(block[-1]) + 1),
                power,
                Prior(step_freedom=settings.step_freedom),
                placed_by=int(block[0]) + 1,
            )
            for sums in signs
        ]
        found.append(
            predictions.net_paths(
                pair[0], pair[1], block, settings.horizon, _LOG2_DRAWS, settings.seed
            )
        )
    return np.concatenate(found)


def judged(n_origins: int, share: float = 0.5) -> slice | None:
    """Return the later of the origins whose months ahead are known; None where they are too few.

    On the earlier ones the intervals learn.
    """
    if n_origins < 2 * MIN_ORIGINS_A_PART:
        return None
    return slice(round(share * n_origins), n_origins)


def outlook_of_series(
    series: pd.Series, settings: MixSettings | None = None
) -> list[Outlook] | Refusal:
    """Forecast one series from its months above zero and those below.

    Parameters
    ----------
    series
        One value a month over a ``PeriodIndex``, none missing. What is above zero is taken as
        points of cooperation, what is below as points of conflict.
    settings
        Choices; defaults where left out.

    Returns
    -------
    list or Refusal
        One outlook a target, in the unit of the series. Refused where the series is too short, or
        moves too seldom.

    Raises
    ------
    SeriesError
        If the months are not consecutive.
    """
    settings = settings or MixSettings()
    try:
        index = period_index(series, "a forecast")
        needed = settings.training_months + settings.horizon + 2 * MIN_ORIGINS_A_PART - 1
        if len(index) < needed:
            raise NotEstimableError(
                say(
                    "reason.few_months",
                    n=len(index),
                    needed=needed,
                    training=settings.training_months,
                )
            )
        require_informative(series)
    except NotEstimableError as reason:
        return Refusal(model=say("model.outlook"), reason=reason_of(reason))
    values = numbers(series)
    # The scale changes nothing, but neither overflows nor underflows.
    unit = own_units(np.concatenate([[0.0], values])).unit
    scaled = values / unit
    signs = []
    for sign in (1.0, -1.0):
        points = np.maximum(sign * scaled, 0.0)[None, None]
        positive = points[points > 0.0]
        size = float(np.median(positive)) if len(positive) else 1.0
        signs.append(Sums(points, np.zeros_like(points), size))
    # By the months that every origin knows, so that no forecast looks ahead.
    placing = [one.to(settings.training_months) for one in signs]
    power = fit.best_power((placing[0], placing[1]))
    (found,) = outlooks(signs[0], signs[1], power, settings)
    return [one.scaled(unit) for one in found]
