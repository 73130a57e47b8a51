"""Forecasts as they would have been made at past months, with what was known then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from detente.base.errors import UsageError
from detente.statistics.forecasting.baselines import LAST_VALUE, SAME_MONTH, baselines
from detente.statistics.forecasting.counts import CountAutoregression
from detente.statistics.forecasting.linear import (
    Autoregression,
    Directions,
    ExponentialSmoothing,
    MovingAverage,
)
from detente.statistics.forecasting.models import Forecaster, Model
from detente.statistics.forecasting.predictive import Predictive, pool
from detente.statistics.forecasting.vintages import Vintages
from detente.statistics.frames import NotEstimableError
from detente.statistics.results import Choices, Refusal, Setting
from detente.statistics.samples import FloatArray

POOL = "pooled average"
# Origins that a comparison of accuracy needs in each part of the backtest.
MIN_ORIGINS_A_PART = 24


@dataclass(frozen=True, kw_only=True)
class BacktestSettings(Choices):
    """Choices behind the forecasts.

    Attributes
    ----------
    horizon
        Months ahead, from 1 to this.
    training_months
        Of the history at the first origin.
    refit_months
        Parameters and orders are estimated again at every so many origins and applied to what has
        become known since at the origins between. The baselines have none.
    draws
        Points of each predictive distribution.
    seed
        Of the draws.
    """

    horizon: int = 6
    training_months: int = 120
    refit_months: int = 24
    draws: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.horizon, self.refit_months) < 1 or self.training_months < 60:
            raise UsageError(
                "expected a horizon and refit_months of 1 or more and training_months of 60 or "
                f"more, got {self.horizon}, {self.refit_months} and {self.training_months}"
            )
        if self.draws < 40:
            raise UsageError(
                f"expected 40 draws or more, so that a 95% interval leaves some out; "
                f"got {self.draws}"
            )


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one model said at every origin, and now.

    Attributes
    ----------
    model
        Its name.
    is_baseline
        Whether it is there to be beaten.
    past
        Its forecasts, shape (origins, horizon, draws).
    next
        Its forecast from the last month, shape (horizon, draws).
    settings
        What was chosen and, at the last month, found.
    warnings
        With the number of fits that gave them.
    """

    model: str
    is_baseline: bool
    past: Predictive = field(repr=False)
    next: Predictive = field(repr=False)
    settings: Mapping[str, Setting]
    warnings: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Backtest:
    """The forecasts of all models for one series.

    Attributes
    ----------
    months
        Of the series.
    origins
        Position of the last month known at each origin, shape (origins,). Every origin has all its
        months ahead observed.
    observed
        What the months ahead brought, as known now, shape (origins, horizon).
    records
        One a model that the series bears.
    refused
        The models that it does not bear.
    n_revised
        Months of which something became known only after their end.
    """

    months: pd.PeriodIndex
    origins: NDArray[np.int64]
    observed: FloatArray = field(repr=False)
    records: tuple[Record, ...]
    refused: tuple[Refusal, ...]
    n_revised: int
    settings: BacktestSettings


def models(is_count: bool) -> tuple[Model, ...]:
    """Return the models that are no baselines, for counts or for a score."""
    if is_count:
        return (CountAutoregression(),)
    return (ExponentialSmoothing(), Autoregression(), MovingAverage(), Directions())


def backtest(
    vintages: Vintages, *, is_count: bool, settings: BacktestSettings | None = None
) -> Backtest | Refusal:
    """Forecast from every past month and from the last one.

    Parameters
    ----------
    vintages
        The series by what was known when. At an origin nothing later is looked at, not even to
        choose a lag.
    is_count
        Whether the sum of the parts counts events; decides which models are asked.
    settings
        Choices; defaults where left out.

    Returns
    -------
    Backtest or Refusal
        Refused where the series is too short to choose a model on one part of the origins and
        judge it on the other, or never changes.
    """
    settings = settings or BacktestSettings()
    name = "forecasts"
    n_origins = len(vintages) - settings.training_months - settings.horizon + 1
    needed = 2 * MIN_ORIGINS_A_PART + settings.horizon - 1
    if n_origins < needed:
        return Refusal(
            model=name,
            reason=f"{len(vintages)} months leave {max(n_origins, 0)} origins after "
            f"{settings.training_months} months of training and {settings.horizon} to be forecast; "
            f"{needed} are needed",
        )
    target = vintages.now()
    if np.ptp(target) == 0.0:
        return Refusal(model=name, reason="the series never changes")
    origins = settings.training_months - 1 + np.arange(n_origins)
    ahead = np.arange(1, settings.horizon + 1)
    members: list[Record] = []
    refused: list[Refusal] = []
    asked: list[tuple[Model, bool]] = [(one, True) for one in baselines(is_count)]
    asked += [(one, False) for one in models(is_count)]
    for model, is_baseline in asked:
        found = _record(model, is_baseline, vintages, origins, settings)
        if isinstance(found, Refusal):
            refused.append(found)
        else:
            members.append(found)
    mixed = _pooled(members, settings)
    if isinstance(mixed, Refusal):
        refused.append(mixed)
    else:
        members.append(mixed)
    return Backtest(
        months=vintages.months,
        origins=origins,
        observed=target[origins[:, None] + ahead],
        records=tuple(members),
        refused=tuple(refused),
        n_revised=vintages.n_revised,
        settings=settings,
    )


def _record(
    model: Model,
    is_baseline: bool,
    vintages: Vintages,
    origins: NDArray[np.int64],
    settings: BacktestSettings,
) -> Record | Refusal:
    """Let one model forecast from every origin, and from the last month with all known now."""
    notes: Counter[str] = Counter()
    try:
        past = _past(model, vintages, origins, settings, notes)
        latest = model.fit(vintages.final)
        drawn = _draw(latest, vintages.final, len(vintages) - 1, settings)
    except NotEstimableError as reason:
        return Refusal(model=model.name, reason=str(reason))
    n_fits = -(-len(origins) // settings.refit_months)
    told = [f"{note} ({count} of {n_fits} fits of the backtest)" for note, count in notes.items()]
    told += [f"{note} (the fit behind the forecast)" for note in latest.warnings]
    return Record(
        model=model.name,
        is_baseline=is_baseline,
        past=Predictive.of(past),
        next=Predictive.of(drawn),
        settings={**model.settings, **latest.settings},
        warnings=tuple(told),
    )


def _past(
    model: Model,
    vintages: Vintages,
    origins: NDArray[np.int64],
    settings: BacktestSettings,
    notes: Counter[str],
) -> FloatArray:
    """Forecast from every origin, shape (origins, horizon, draws); count what the fits say."""
    past = np.empty((len(origins), settings.horizon, settings.draws))
    fitted: Forecaster | None = None
    for number, origin in enumerate(map(int, origins)):
        history = vintages.known(origin)
        if fitted is None or number % settings.refit_months == 0:
            try:
                fitted = model.fit(history)
                notes.update(fitted.warnings)
            except NotEstimableError as reason:
                if fitted is None:
                    first = f"by {vintages.months[origin]}, the first origin, {reason}"
                    raise NotEstimableError(first) from reason
                notes[f"{reason}; the fit before is kept"] += 1
        past[number] = _draw(fitted, history, origin, settings)
    return past


def _draw(
    fitted: Forecaster, history: FloatArray, origin: int, settings: BacktestSettings
) -> FloatArray:
    # A generator for each origin, so that a forecast does not depend on those made before it.
    rng = np.random.default_rng([settings.seed, origin])
    drawn = fitted.draw(history, settings.horizon, settings.draws, rng)
    if not np.isfinite(drawn).all():
        raise NotEstimableError(f"its forecasts after {len(history)} months are not finite")
    return drawn


# Their point rests on one month alone, so they are there to be beaten and not to be pooled.
_NOT_POOLED = frozenset({LAST_VALUE, SAME_MONTH})


def _pooled(members: Sequence[Record], settings: BacktestSettings) -> Record | Refusal:
    """Mix the models and the two means with equal weights."""
    pooled = [one for one in members if one.model not in _NOT_POOLED]
    if all(one.is_baseline for one in pooled):
        return Refusal(model=POOL, reason="no model is there to be pooled with the baselines")
    return Record(
        model=POOL,
        is_baseline=False,
        past=pool([one.past for one in pooled], settings.draws),
        next=pool([one.next for one in pooled], settings.draws),
        settings={"members": ", ".join(one.model for one in pooled), "weights": "equal"},
        warnings=(),
    )
