"""Means of a series before and after events, each event alone and each category together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from detente.base.errors import UsageError
from detente.base.phrases import say, text_of
from detente.statistics.effects.events import (
    Event,
    EventTable,
    covering,
    place_events,
    season_columns,
    shifted,
)
from detente.statistics.effects.results import EffectResult, EffectTerm, as_test
from detente.statistics.frames import (
    NotEstimableError,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.hac import CollinearError, Estimate, HacRegression
from detente.statistics.results import Choices, Refusal, Setting, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.wording import periods


@dataclass(frozen=True, kw_only=True)
class WindowSettings(Choices):
    """Choices behind an event study.

    Attributes
    ----------
    before, after
        Periods compared: ``before`` ones up to the one before the event, ``after`` ones from the
        event's own on. At least 2 each.
    is_seasonal
        Whether dummies of the month take out a yearly pattern.
    bandwidth
        Lags of the Newey-West errors; the rule of thumb where ``None``.
    level
        Coverage of the intervals.
    min_active
        Periods in which the series must differ from its most frequent value.
    """

    before: int = 6
    after: int = 6
    is_seasonal: bool = False
    bandwidth: int | None = None
    level: float = 0.95
    min_active: int = 20

    def __post_init__(self) -> None:
        if self.before < 2 or self.after < 2:
            raise UsageError(
                "expected at least 2 periods before and after, "
                f"got {self.before} and {self.after}: one period has no spread to judge by"
            )


def event_study_by_category(
    series: pd.Series,
    events: Iterable[Event],
    settings: WindowSettings | None = None,
    only: str | None = None,
) -> list[EffectResult | Refusal]:
    """Compare the means before and after, once for each category of events.

    Parameters
    ----------
    series
        The outcome, one value a period, named. It must leave out the events whose effect is asked:
        a summit counted among the cooperative acts of its own month would raise the mean after it
        by construction. Pass, for each category, the index built without that category's records.
    events
        Of all categories; each category is asked about in turn while the others are held as
        controls.
    settings
        Choices; defaults where left out.
    only
        Ask about this category alone.

    Returns
    -------
    list
        One entry a category, alphabetical: a result, or a refusal with its reason.

    Raises
    ------
    SeriesError
        If the periods are not consecutive, or an event carries a period of another frequency.

    Notes
    -----
    Least squares of the series on a constant and, for each category, the number of events whose
    window before, and whose window after, covers the period; windows that overlap add up. The
    effect is the difference of the category's two coefficients, in the unit of the series: the
    average change from before to after that goes with one event. Without overlaps it is the
    difference of means. The pre-trend check adds a slope within the window before and tests it.
    Errors and degrees of freedom as in ``detente.statistics.hac.HacRegression``.

    References
    ----------
    MacKinlay (1997), Journal of Economic Literature 35, 13-39.
    """
    settings = settings or WindowSettings()
    table = place_events(series, events)
    asked = table.categories if only is None else (only,)
    return [_category(series, table, name, settings) for name in asked]


def windows(counts: FloatArray, settings: WindowSettings) -> tuple[FloatArray, FloatArray]:
    """Count the windows before and after events that cover each period.

    Parameters
    ----------
    counts
        Events by period, shape (..., periods).
    settings
        How many periods the windows have.

    Returns
    -------
    before, after
        Shapes as `counts`. The window after begins with the period of the event.
    """
    return (
        covering(counts, -settings.before, -1),
        covering(counts, 0, settings.after - 1),
    )


def whole_windows(counts: FloatArray, settings: WindowSettings) -> FloatArray:
    """Return the counts, shape (periods,), of events whose windows lie whole inside the series."""
    kept = counts.copy()
    kept[: settings.before] = 0.0
    kept[len(kept) - settings.after + 1 :] = 0.0
    return kept


def control_columns(
    others: Sequence[FloatArray], index: pd.PeriodIndex, settings: WindowSettings
) -> FloatArray:
    """Return the controls: a constant, windows of the other events, dummies of the season.

    Parameters
    ----------
    others
        Events by period of each other category, shape (periods,) each.

    Returns
    -------
    ndarray
        Shape (periods, columns).
    """
    columns: list[FloatArray] = [np.ones(len(index))]
    for counts in others:
        # An event at an end of the series has one window, or none, inside it.
        columns.extend(window for window in windows(counts, settings) if window.any())
    return np.column_stack([*columns, season_columns(index, settings.is_seasonal)])


def _category(
    series: pd.Series, table: EventTable, category: str, settings: WindowSettings
) -> EffectResult | Refusal:
    given = table.of(category)
    kept = whole_windows(given, settings)
    n_events = int(kept.sum())
    n_left_out = int(given.sum()) - n_events + table.n_outside[category]
    about = (
        say("about.events_many", n=n_events, category=category)
        if n_events > 1
        else say("about.the_one", category=category)
    )
    # Events without a whole window still move the series; they are controls.
    others = [*table.others(category).values(), given - kept]
    index = period_index(series, "series")
    period = unit(index)
    before, after = periods(settings.before, period), periods(settings.after, period)
    name = text_of(series.name)
    model = say("model.event_study", series=name, about=say("about.category", category=category))
    try:
        require_informative(series, settings.min_active)
        if not kept.any():
            raise NotEstimableError(
                say(
                    "reason.no_window_of",
                    before=before,
                    after=settings.after,
                    span=span(index),
                )
            )
        effect, slope = _regressions(series, kept, others, index, settings)
    except CollinearError:
        reason = say("reason.windows_alike", about=about)
        return Refusal(model=model, reason=reason)
    except NotEstimableError as error:
        return Refusal(model=model, reason=reason_of(error))
    shared: dict[str, Setting] = {**settings.as_settings(), "bandwidth": effect[1]}
    what = say(
        "about.mean_difference", series=name, after=after, about=about, before=settings.before
    )
    term = EffectTerm(
        name="after minus before",
        horizon=None,
        estimate=effect[0],
        test=as_test(
            effect[0],
            test_id="event_study",
            test=say("named.window"),
            what=what,
            settings=shared,
        ),
        n_events=n_events,
    )
    return EffectResult(
        method=say("method.event_study"),
        series=name,
        category=category,
        about=about,
        comparison=say("about.window", after=after, about=about, before=settings.before),
        terms=(term,),
        pre_trend=as_test(
            slope[0],
            test_id="pre_trend",
            test=say("named.slope"),
            what=say("about.slope", series=name, before=before, about=about),
            settings=shared,
        ),
        span=span(index),
        period=period,
        n_left_out=n_left_out,
        settings=shared,
        warnings=(say("warning.events_left_out", n=n_left_out),) if n_left_out else (),
    )


def _regressions(
    series: pd.Series,
    counts: FloatArray,
    others: Sequence[FloatArray],
    index: pd.PeriodIndex,
    settings: WindowSettings,
) -> tuple[tuple[Estimate, int], tuple[Estimate, int]]:
    """Estimate the effect and the slope before it, each with its bandwidth."""
    y = numbers(series)
    controls = control_columns(others, index, settings)
    before, after = windows(counts, settings)
    # Centred, so that the slope leaves the mean before as it is.
    slope = sum(
        (settings.before - by + 1 - (settings.before + 1) / 2.0) * shifted(counts, -by)
        for by in range(1, settings.before + 1)
    )
    plain = HacRegression(y, np.column_stack([before, after, controls]), settings.bandwidth)
    tilted = HacRegression(y, np.column_stack([before, after, slope, controls]), settings.bandwidth)
    first = np.zeros(2 + controls.shape[1])
    first[:2] = -1.0, 1.0
    second = np.zeros(3 + controls.shape[1])
    second[2] = 1.0
    return (
        (plain.contrast(first, settings.level), plain.bandwidth),
        (tilted.contrast(second, settings.level), tilted.bandwidth),
    )
