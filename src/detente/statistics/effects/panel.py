"""The effect of events over several dyads at once, with errors clustered by dyad and by period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import OLS

from detente.base.phrases import say
from detente.statistics.effects.event_study import WindowSettings, whole_windows, windows
from detente.statistics.effects.events import Event, place_events
from detente.statistics.effects.results import EffectResult, EffectTerm, as_test
from detente.statistics.frames import (
    NotEstimableError,
    label,
    numbers,
    period_index,
    require_informative,
    unit,
)
from detente.statistics.hac import Estimate
from detente.statistics.results import Refusal, Setting, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.wording import periods

# The errors have one degree of freedom less than there are dyads.
FEWEST_DYADS = 5


@dataclass(frozen=True, kw_only=True)
class Member:
    """One dyad of a panel.

    Attributes
    ----------
    series
        The outcome, one value a period, built without the events' own records.
    events
        Of the category, on this dyad.
    """

    series: pd.Series
    events: tuple[Event, ...]


def panel_effect(
    members: Mapping[str, Member], category: str, settings: WindowSettings | None = None
) -> EffectResult | Refusal:
    """Compare the means before and after the events of a category over several dyads.

    Parameters
    ----------
    members
        The dyads by name.
    category
        Of the events.
    settings
        The windows; defaults where left out. ``bandwidth`` and ``is_seasonal`` are not used.

    Returns
    -------
    EffectResult or Refusal
        In standard deviations of each dyad's series. Refused with fewer than five dyads, or where
        the clusters leave no variance.

    Raises
    ------
    SeriesError
        If the periods of a series are not consecutive.

    Notes
    -----
    Least squares of all dyads' values, each dyad's divided by its standard deviation, on a constant
    for each dyad and on how many windows before, and after, the dyad's own events cover the period.
    One event can concern several dyads in the same month, and a dyad's errors may have memory, so
    the covariance is clustered both ways; the t distribution has the smaller number of clusters
    less one degrees of freedom.

    References
    ----------
    Cameron, Gelbach and Miller (2011), Journal of Business and Economic Statistics 29, 238-249.
    """
    settings = settings or WindowSettings()
    model = say("model.panel", about=say("about.category", category=category))
    try:
        return _panel_effect(members, category, settings)
    except NotEstimableError as reason:
        return Refusal(model=model, reason=reason_of(reason))


def _panel_effect(
    members: Mapping[str, Member], category: str, settings: WindowSettings
) -> EffectResult:
    if len(members) < FEWEST_DYADS:
        raise NotEstimableError(say("reason.few_dyads", n=len(members), needed=FEWEST_DYADS))
    blocks, n_events, n_given = [], 0, 0
    for place, one in enumerate(members.values()):
        block, counts = _block(one, category, settings, place)
        blocks.append(block)
        n_events += int(counts.sum())
        n_given += len(one.events)
    if not n_events:
        raise NotEstimableError(say("reason.no_window"))
    rows = np.concatenate(blocks)
    estimate = _clustered(rows, len(members), settings.level)
    indices = [period_index(one.series, "series") for one in members.values()]
    first, last = min(one[0] for one in indices), max(one[-1] for one in indices)
    period = unit(indices[0])
    shared: dict[str, Setting] = {
        "before": settings.before,
        "after": settings.after,
        "n_dyads": len(members),
        "dyads": ", ".join(members),
        "clusters": f"dyad and {period}",
        "unit": "standard deviations of each dyad's series",
    }
    about = say("about.on_dyads", n=n_events, category=category, n_dyads=len(members))
    after = periods(settings.after, period)
    test = as_test(
        estimate,
        test_id="event_panel",
        test=say("named.panel", period=say(f"number.{period}")),
        what=say("about.panel_difference", after=after, about=about, before=settings.before),
        settings=shared,
    )
    n_left_out = n_given - n_events
    return EffectResult(
        method=say("method.panel_event_study"),
        series=say("about.series_panel"),
        category=category,
        about=about,
        comparison=say("about.window", after=after, about=about, before=settings.before),
        terms=(
            EffectTerm(
                name="after minus before",
                horizon=None,
                estimate=estimate,
                test=test,
                n_events=n_events,
            ),
        ),
        pre_trend=None,
        span=f"{label(first)} to {label(last)}",
        period=period,
        n_left_out=n_left_out,
        settings=shared,
        warnings=((say("warning.events_left_out", n=n_left_out),) if n_left_out else ()),
    )


def _block(
    one: Member, category: str, settings: WindowSettings, place: int
) -> tuple[FloatArray, FloatArray]:
    """Return value, windows, dyad and period of each row, the dyad's means taken out."""
    require_informative(one.series, settings.min_active)
    index = period_index(one.series, "series")
    counts = whole_windows(place_events(one.series, one.events).of(category), settings)
    before, after = windows(counts, settings)
    y = numbers(one.series)
    centred = (y - y.mean()) / y.std()
    columns = [centred, before - before.mean(), after - after.mean()]
    names = [np.full(len(y), float(place)), index.asi8.astype(np.float64)]
    return np.column_stack([*columns, *names]), counts


def _clustered(rows: FloatArray, n_dyads: int, level: float) -> Estimate:
    # Numbered from 0: statsmodels takes no period before 1970, whose ordinal is negative.
    groups = np.column_stack([np.unique(one, return_inverse=True)[1] for one in rows[:, 3:].T])
    x = rows[:, 1:3]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise NotEstimableError(say("reason.before_after_alike"))
    # The dyads' means were taken out: the estimate is that with a constant for each.
    found = OLS(rows[:, 0], x).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
    weights = np.array([-1.0, 1.0])
    value = float(weights @ found.params)
    variance = float(weights @ np.asarray(found.cov_params()) @ weights)
    if not variance > 0.0:
        raise NotEstimableError(say("reason.no_cluster_variance"))
    error, freedom = float(np.sqrt(variance)), min(n_dyads, len(np.unique(groups[:, 1]))) - 1
    half = float(stats.t.ppf(0.5 + level / 2.0, freedom)) * error
    return Estimate(
        value=value,
        standard_error=error,
        degrees_of_freedom=float(freedom),
        lower=value - half,
        upper=value + half,
        level=level,
        p_value=float(2.0 * stats.t.sf(abs(value) / error, freedom)),
        n_obs=len(rows),
    )
