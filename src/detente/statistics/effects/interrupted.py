"""Whether the line of a series breaks at an event: its level, its slope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.statistics.effects.events import Event, EventTable, place_events, season_columns
from detente.statistics.effects.results import EffectResult, EffectTerm, as_test
from detente.statistics.frames import (
    NotEstimableError,
    label,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.hac import CollinearError, HacRegression, ReferenceProcess
from detente.statistics.results import Choices, Refusal, Setting
from detente.statistics.samples import FloatArray


@dataclass(frozen=True, kw_only=True)
class InterruptionSettings(Choices):
    """Choices behind an interrupted time series.

    Attributes
    ----------
    window
        Periods kept on either side of the event; the whole series where ``None``.
    min_side
        Fewest periods on either side; a line needs some.
    has_controls
        Whether other events inside the window enter as steps.
    is_seasonal
        Whether dummies of the month take out a yearly pattern.
    bandwidth
        Lags of the Newey-West errors; the rule of thumb where ``None``.
    level
        Coverage of the intervals.
    min_active
        Periods of the window in which the series must differ from its most frequent value.
    """

    window: int | None = 36
    min_side: int = 12
    has_controls: bool = True
    is_seasonal: bool = False
    bandwidth: int | None = None
    level: float = 0.95
    min_active: int = 12


def interrupted_time_series(
    series: pd.Series,
    events: Iterable[Event],
    settings: InterruptionSettings | None = None,
    only: str | None = None,
) -> list[EffectResult | Refusal]:
    r"""Fit a line before and a line after each event and compare them.

    Parameters
    ----------
    series
        The outcome, one value a period, named. It must leave out the events whose effect is asked
        (see :func:`detente.statistics.effects.event_study.event_study_by_category`).
    events
        Each is asked about in turn.
    settings
        Choices; defaults where left out.
    only
        Ask about the events of this category alone.

    Returns
    -------
    list
        One entry an event inside the series, in the order given. The terms are ``"level change"``
        (the jump at the event, in the unit of the series) and ``"slope change"`` (per period).

    Raises
    ------
    SeriesError
        If the periods are not consecutive, or an event carries a period of another frequency.

    Notes
    -----
    :math:`y_t = a + b t + c\,1(t \ge t_0) + d (t - t_0) 1(t \ge t_0) + \text{steps} + e_t` by
    least squares, with the errors of :class:`detente.statistics.hac.HacRegression`, whose reference
    process is found on the whole series: a window is too short to show a slow drift. Other
    events in the window are held as steps of one common size a category, those of the same
    category included: :math:`c` is the jump at this event beyond them.

    References
    ----------
    Wagner, Soumerai, Zhang and Ross-Degnan (2002), Journal of Clinical Pharmacy and Therapeutics
    27, 299-309.
    """
    settings = settings or InterruptionSettings()
    table = place_events(series, events)
    return [_single(series, table, i, settings) for i in table.numbers(only)]


def _single(
    series: pd.Series, table: EventTable, number: int, settings: InterruptionSettings
) -> EffectResult | Refusal:
    index = period_index(series, "series")
    event, place = table.events[number], table.places[number]
    name = event.name
    about = f"{name} ({label(index[place])})"
    model = f"interrupted time series of {series.name} at {about}"
    first = 0 if settings.window is None else max(place - settings.window, 0)
    last = len(index) if settings.window is None else min(place + settings.window, len(index))
    n_before, n_after = place - first, last - place
    if min(n_before, n_after) < settings.min_side:
        return Refusal(
            model=model,
            reason=(
                f"{n_before} {unit(index)}s before and {n_after} from the event on; "
                f"{settings.min_side} are needed on either side"
            ),
        )
    part = series.iloc[first:last]
    try:
        require_informative(part, settings.min_active)
        memory = _memory(series, table, number, settings)
        fit = _regression(part, table, number, slice(first, last), settings, memory)
        level_change = fit.coefficient(2, settings.level)
        slope_change = fit.coefficient(3, settings.level)
    except CollinearError:
        return Refusal(
            model=model, reason="its step cannot be told apart from those of other events"
        )
    except NotEstimableError as reason:
        return Refusal(model=model, reason=str(reason))
    shared: dict[str, Setting] = {**settings.as_settings(), "bandwidth": fit.bandwidth}
    terms = tuple(
        EffectTerm(
            name=name,
            horizon=None,
            estimate=estimate,
            test=as_test(
                estimate,
                test_id=f"interrupted_{name.replace(' ', '_')}",
                test=f"{name} of a segmented line, Newey-West t with Bell-McCaffrey correction",
                what=f"the {name} of {series.name} at {about}",
                settings=shared,
            ),
            n_events=1,
        )
        for name, estimate in (("level change", level_change), ("slope change", slope_change))
    )
    kept = period_index(part, "series")
    return EffectResult(
        method="interrupted time series",
        series=str(series.name),
        category=event.category,
        event=about,
        about=about,
        comparison=f"at {about} than the line before leads one to expect",
        terms=terms,
        pre_trend=None,
        span=span(kept),
        period=unit(index),
        n_left_out=0,
        settings=shared,
    )


def _memory(
    series: pd.Series, table: EventTable, number: int, settings: InterruptionSettings
) -> ReferenceProcess | None:
    """Memory of the whole series around its two lines: a window is too short to show a drift."""
    try:
        require_informative(series, settings.min_active)
        return _regression(
            series, table, number, slice(0, len(series)), settings, memory=None
        ).reference
    except NotEstimableError:
        return None


def _regression(
    part: pd.Series,
    table: EventTable,
    number: int,
    kept: slice,
    settings: InterruptionSettings,
    memory: ReferenceProcess | None,
) -> HacRegression:
    index = period_index(part, "series")
    at = table.places[number] - kept.start
    time = np.arange(len(part), dtype=np.float64) - at
    post = (time >= 0.0).astype(np.float64)
    columns: list[FloatArray] = [np.ones(len(part)), time, post, post * time]
    if settings.has_controls:
        for category in table.categories:
            counts = table.of(category)[kept].copy()
            if category == table.events[number].category:
                counts[at] -= 1.0
            # An event in the first period of the window moves no step inside it.
            steps = np.cumsum(counts)
            if np.ptp(steps) > 0.0:
                columns.append(steps - steps[0])
    x = np.column_stack([*columns, season_columns(index, settings.is_seasonal)])
    return HacRegression(numbers(part), x, settings.bandwidth, memory)
