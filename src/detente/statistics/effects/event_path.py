"""The path of a series around events, period by period: the curve of an event-study plot."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from detente.base.phrases import say, text_of
from detente.statistics.effects.event_study import WindowSettings, control_columns, whole_windows
from detente.statistics.effects.events import Event, place_events, shifted
from detente.statistics.effects.results import EffectResult, EffectTerm, as_test, smallest_lead
from detente.statistics.frames import (
    NotEstimableError,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.hac import CollinearError, Estimate, HacRegression
from detente.statistics.results import Refusal, Setting, reason_of
from detente.statistics.samples import FloatArray


def event_study_path(
    series: pd.Series,
    events: Iterable[Event],
    category: str,
    settings: WindowSettings | None = None,
) -> EffectResult | Refusal:
    r"""Estimate where the series stands in each period around an event.

    Parameters
    ----------
    series
        The outcome, one value a period, named; it must leave out the events whose effect is asked
        (see ``detente.statistics.effects.event_study.event_study_by_category``).
    events
        Of all categories; the others are controls.
    category
        Whose path is asked.
    settings
        The window: ``before`` periods before the event and ``after`` from the event's own on.

    Returns
    -------
    EffectResult or Refusal
        Terms ``"response"`` at horizons ``-before`` to ``-2`` and 0 to ``after - 1``, in the unit
        of the series, per event; -1 is the base and zero by construction, so left out.

    Raises
    ------
    SeriesError
        If the periods are not consecutive, no event of the category is given, or an event carries
        a period of another frequency.

    Notes
    -----
    Least squares of :math:`y_t` on a constant, the number of the category's events in
    :math:`t - k` for each k of the window, and the windows of the other categories. The term at
    horizon h is :math:`\beta_h - \beta_{-1}`. Windows that overlap add up, which supposes that
    each event does the same on top of the others. The pre-trend check takes the smallest p-value
    of the horizons before the event times their number (Bonferroni). Bands are pointwise, with
    errors as in ``detente.statistics.hac.HacRegression``.

    References
    ----------
    Freyaldenhoven, Hansen, Perez Perez and Shapiro (2021), "Visualization, identification, and
    estimation in the linear panel event-study design", NBER working paper 29170, for the plot.
    """
    settings = settings or WindowSettings()
    table = place_events(series, events)
    given = table.of(category)
    counts = whole_windows(given, settings)
    index = period_index(series, "series")
    n_events = int(counts.sum())
    name = text_of(series.name)
    model = say("model.path", series=name, about=say("about.category", category=category))
    others = [*table.others(category).values(), given - counts]
    try:
        require_informative(series, settings.min_active)
        if n_events == 0:
            raise NotEstimableError(say("reason.no_window"))
        estimates, bandwidth = _estimates(series, counts, others, index, settings)
    except CollinearError:
        reason = say("reason.periods_alike")
        return Refusal(model=model, reason=reason)
    except NotEstimableError as error:
        return Refusal(model=model, reason=reason_of(error))
    about = say(
        "about.events_many" if n_events > 1 else "about.events_one", n=n_events, category=category
    )
    shared: dict[str, Setting] = {**settings.as_settings(), "bandwidth": bandwidth, "base": -1}
    terms = tuple(
        EffectTerm(
            name="response",
            horizon=horizon,
            estimate=estimate,
            test=as_test(
                estimate,
                test_id="event_study_path",
                test=say("named.path"),
                what=say(
                    "about.horizon_difference",
                    series=name,
                    horizon=horizon,
                    about=about,
                    period=say(f"number.{unit(index)}"),
                ),
                settings=shared,
            ),
            n_events=n_events,
        )
        for horizon, estimate in estimates.items()
    )
    leads = [term for term in terms if term.horizon is not None and term.horizon < 0]
    n_left_out = int(given.sum()) - n_events + table.n_outside[category]
    return EffectResult(
        method=say("method.event_study"),
        series=name,
        category=category,
        about=about,
        comparison=say("about.path", about=about, period=say(f"number.{unit(index)}")),
        terms=terms,
        pre_trend=smallest_lead(
            leads, series=name, about=about, of=say("method.path"), settings=shared
        ),
        span=span(index),
        period=unit(index),
        n_left_out=n_left_out,
        settings=shared,
        warnings=((say("warning.events_left_out", n=n_left_out),) if n_left_out else ()),
    )


def _estimates(
    series: pd.Series,
    counts: FloatArray,
    others: list[FloatArray],
    index: pd.PeriodIndex,
    settings: WindowSettings,
) -> tuple[dict[int, Estimate], int]:
    """Estimate every horizon from one regression."""
    horizons = range(-settings.before, settings.after)
    own = np.column_stack([shifted(counts, horizon) for horizon in horizons])
    x = np.column_stack([own, control_columns(others, index, settings)])
    fit = HacRegression(numbers(series), x, settings.bandwidth)
    found = {}
    for place, horizon in enumerate(horizons):
        if horizon != -1:
            weights = np.zeros(x.shape[1])
            weights[place], weights[settings.before - 1] = 1.0, -1.0
            found[horizon] = fit.contrast(weights, settings.level)
    return found, fit.bandwidth
