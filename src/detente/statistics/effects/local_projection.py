"""The path of a series after an event, horizon by horizon (Jorda 2005).

statsmodels has `LocalProjections`, against which the point estimates are tested. It is not used
for them because it knows no leads, no window of following events and no small-sample errors.
"""

from __future__ import annotations

from collections.abc import Iterable
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
from detente.statistics.effects.results import EffectResult, EffectTerm, as_test, smallest_lead
from detente.statistics.frames import (
    NotEstimableError,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.hac import CollinearError, Estimate, HacRegression, rule_of_thumb_bandwidth
from detente.statistics.results import Choices, Refusal, Setting, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.units import own_units
from detente.statistics.wording import periods


@dataclass(frozen=True, kw_only=True)
class ProjectionSettings(Choices):
    """Choices behind local projections.

    Attributes
    ----------
    horizon
        Longest horizon, in periods.
    lags
        Lags of the series and of the event counts that are held constant.
    leads
        Longest lead of the pre-trend check, at least 2.
    holds_following
        Whether events between the event and the horizon are held constant: then the path is that
        of one event alone, else it includes what usually follows. Events that answer the series
        itself make the first a biased choice, clusters of events the second (Teulings and Zubanov
        2014, Journal of Applied Econometrics 29, 497-514).
    is_seasonal
        Whether dummies of the month take out a yearly pattern.
    bandwidth
        Lags of the Newey-West errors; where ``None``, the rule of thumb or the horizon, whichever
        is longer.
    level
        Pointwise coverage of the bands.
    min_events
        Fewest events; below it a single one would decide.
    min_active
        Periods in which the series must differ from its most frequent value.
    """

    horizon: int = 12
    lags: int = 4
    leads: int = 6
    holds_following: bool = True
    is_seasonal: bool = False
    bandwidth: int | None = None
    level: float = 0.95
    min_events: int = 5
    min_active: int = 20

    def __post_init__(self) -> None:
        if self.lags < 1 or self.horizon < 0 or self.leads < 2:
            raise UsageError(
                "expected lags of 1 or more, a horizon of 0 or more and leads of 2 or more, got "
                f"{self.lags}, {self.horizon} and {self.leads}"
            )


@dataclass(frozen=True, kw_only=True)
class Projection:
    """One regression of the path, before it is run.

    Attributes
    ----------
    outcome
        Shape (rows,).
    own
        Columns of the category asked about, shape (rows, columns); the first is the event count.
    controls
        All other columns, shape (rows, columns).
    least_bandwidth
        Lags by which outcomes overlap.
    """

    outcome: FloatArray
    own: FloatArray
    controls: FloatArray
    least_bandwidth: int

    @property
    def n_events(self) -> int:
        """Events that the coefficient rests on."""
        return int(self.own[:, 0].sum())


def local_projection_by_category(
    series: pd.Series,
    events: Iterable[Event],
    settings: ProjectionSettings | None = None,
    only: str | None = None,
) -> list[EffectResult | Refusal]:
    """Estimate the path of the series after an event, once for each category.

    Parameters
    ----------
    series
        The outcome, one value a period, named. It must leave out the events whose effect is asked
        (see ``detente.statistics.effects.event_study.event_study_by_category``): else
        horizon 0 holds the event itself.
    events
        Of all categories; each is asked about in turn while the others are held as controls.
    settings
        Choices; defaults where left out.
    only
        Ask about this category alone.

    Returns
    -------
    list
        One entry a category, alphabetical. Terms: ``"mean response"`` over horizons 0 to H first,
        then ``"response"`` at each lead (negative horizons; -1 is the base and zero by
        construction, so left out) and horizon. The unit is that of the series, per event.

    Raises
    ------
    SeriesError
        If the periods are not consecutive, or an event carries a period of another frequency.

    Notes
    -----
    For each horizon h, least squares of :math:`y_{t+h} - y_{t-1}` on the number of events
    :math:`d_t`, on p lags of y and of d, on the events that follow up to t + h (see
    ``holds_following``) and, for each other category, its events at t, in the p periods before and
    in the h periods after. The mean response has the mean of :math:`y_t, ..., y_{t+H}` in place of
    :math:`y_{t+h}`.

    Leads: :math:`y_{t-k} - y_{t-1}` on :math:`d_t` and on the events before; lags of y would
    contain the outcome. The pre-trend check takes the smallest p-value over the leads 2 to K times
    K - 1 (Bonferroni).

    Errors are Newey-West with the correction of ``detente.statistics.hac.HacRegression``; the
    kernel reaches at least over the h periods by which outcomes overlap. Holding lags of the
    series makes the bands robust to its persistence (Montiel Olea and Plagborg-Moller 2021,
    Econometrica 89, 1789-1823). Bands are pointwise.

    References
    ----------
    Jorda (2005), American Economic Review 95, 161-182.
    """
    settings = settings or ProjectionSettings()
    table = place_events(series, events)
    asked = table.categories if only is None else (only,)
    return [_category(series, table, name, settings) for name in asked]


def mean_projection(
    y: FloatArray,
    counts: FloatArray,
    others: Iterable[FloatArray],
    season: FloatArray,
    settings: ProjectionSettings,
) -> Projection:
    """Set up the regression of the mean response over horizons 0 to H.

    Parameters
    ----------
    y
        The series, shape (periods,).
    counts
        Events of the category asked about, shape (periods,).
    others
        Events of each other category, shape (periods,).
    season
        Dummies, shape (periods, columns); may have no column.
    settings
        Choices.
    """
    ahead = np.stack([shifted(y, -h) for h in range(settings.horizon + 1)])
    return _projection(
        ahead.mean(axis=0), settings.horizon, y, counts, tuple(others), season, settings
    )


def own_columns(counts: FloatArray, horizon: int, settings: ProjectionSettings) -> FloatArray:
    """Return the event counts of one category at t, at its lags and, if held, at its leads.

    Parameters
    ----------
    counts
        Events by period, shape (..., periods).
    horizon
        Periods ahead; the leads 1 to ``horizon`` are held where ``settings.holds_following``
        (Teulings and Zubanov 2014, Journal of Applied Econometrics 29, 497-514).

    Returns
    -------
    ndarray
        Shape (..., periods, columns): t, lags 1 to ``settings.lags``, then leads.
    """
    moves = [0, *range(1, settings.lags + 1)]
    if settings.holds_following:
        moves += [-h for h in range(1, horizon + 1)]
    return np.stack([shifted(counts, by) for by in moves], axis=-1)


def usable_rows(n_periods: int, horizon: int, settings: ProjectionSettings) -> slice:
    """Return the rows, counted from 0, whose lags and outcome lie inside the series."""
    return slice(settings.lags, n_periods - horizon)


def _projection(
    ahead: FloatArray,
    horizon: int,
    y: FloatArray,
    counts: FloatArray,
    others: tuple[FloatArray, ...],
    season: FloatArray,
    settings: ProjectionSettings,
) -> Projection:
    """Regression of `ahead` less the last value before, at rows whose outcome is inside."""
    rows = usable_rows(len(y), horizon, settings)
    past = own_units(y).values
    columns = [np.ones(len(y)), *(shifted(past, lag) for lag in range(1, settings.lags + 1))]
    for other in others:
        columns += [other, covering(other, 1, settings.lags)]
        if settings.holds_following and horizon > 0:
            columns.append(covering(other, -horizon, -1))
    return Projection(
        outcome=(ahead - shifted(y, 1))[rows],
        own=_occupied(own_columns(counts, horizon, settings)[rows]),
        controls=_occupied(np.column_stack([*columns, season])[rows]),
        least_bandwidth=horizon,
    )


def _lead(
    k: int,
    y: FloatArray,
    counts: FloatArray,
    others: tuple[FloatArray, ...],
    season: FloatArray,
    settings: ProjectionSettings,
) -> Projection:
    """Regression of the value k periods before the event less the last value before it."""
    rows = slice(k + settings.lags, len(y))
    own = np.stack([shifted(counts, by) for by in range(k + settings.lags + 1)], axis=-1)
    columns = [np.ones(len(y))]
    for other in others:
        columns += [other, covering(other, 1, k), covering(other, k + 1, k + settings.lags)]
    return Projection(
        outcome=(shifted(y, k) - shifted(y, 1))[rows],
        own=_occupied(own[rows]),
        controls=_occupied(np.column_stack([*columns, season])[rows]),
        least_bandwidth=k - 1,
    )


def _occupied(columns: FloatArray) -> FloatArray:
    """Drop all-zero columns after the first: a shift may push every event out of the rows."""
    keep = [0, *(i for i in range(1, columns.shape[1]) if columns[:, i].any())]
    return columns[:, keep]


def _category(
    series: pd.Series, table: EventTable, category: str, settings: ProjectionSettings
) -> EffectResult | Refusal:
    index = period_index(series, "series")
    period = unit(index)
    counts = table.of(category)
    name = text_of(series.name)
    model = say("model.projection", series=name, about=say("about.category", category=category))
    rows = usable_rows(len(index), settings.horizon, settings)
    n_events = int(counts[rows].sum())
    if n_events < settings.min_events:
        return Refusal(
            model=model,
            reason=say(
                f"reason.few_events_{'one' if n_events == 1 else 'many'}",
                n=n_events,
                lags=periods(settings.lags, period),
                ahead=settings.horizon,
                span=span(index),
                needed=settings.min_events,
            ),
        )
    y = numbers(series)
    others = tuple(table.others(category).values())
    season = season_columns(index, settings.is_seasonal)
    try:
        require_informative(series, settings.min_active)
        runs = _run(y, counts, others, season, settings)
    except CollinearError:
        reason = say("reason.categories_alike")
        return Refusal(model=model, reason=reason)
    except NotEstimableError as error:
        return Refusal(model=model, reason=reason_of(error))
    about = say("about.events_many", n=n_events, category=category)
    shared: dict[str, Setting] = dict(settings.as_settings())
    terms = tuple(
        _term(kind, horizon, run, n_here, name, about, shared)
        for (kind, horizon), (run, n_here) in runs.items()
    )
    leads = [term for term in terms if term.horizon is not None and term.horizon < 0]
    n_left_out = int(counts.sum()) - n_events + table.n_outside[category]
    notes = []
    if n_left_out:
        notes.append(say("warning.events_near_end", n=n_left_out))
    return EffectResult(
        method=say("method.local_projection"),
        series=name,
        category=category,
        about=about,
        comparison=say(
            "about.mean",
            ahead=periods(settings.horizon + 1, period),
            about=about,
            period=say(f"number.{period}"),
        ),
        terms=terms,
        pre_trend=smallest_lead(
            leads, series=name, about=about, of=say("method.projection"), settings=shared
        ),
        span=span(index),
        period=period,
        n_left_out=n_left_out,
        settings=shared,
        warnings=tuple(notes),
    )


def _run(
    y: FloatArray,
    counts: FloatArray,
    others: tuple[FloatArray, ...],
    season: FloatArray,
    settings: ProjectionSettings,
) -> dict[tuple[str, int | None], tuple[Estimate, int]]:
    """Every regression, the summary first."""
    projections: dict[tuple[str, int | None], Projection] = {
        ("mean response", None): mean_projection(y, counts, others, season, settings)
    }
    for k in range(settings.leads, 1, -1):
        projections["response", -k] = _lead(k, y, counts, others, season, settings)
    for h in range(settings.horizon + 1):
        projections["response", h] = _projection(
            shifted(y, -h), h, y, counts, others, season, settings
        )
    return {
        key: (_estimate(projection, settings), projection.n_events)
        for key, projection in projections.items()
    }


def _estimate(projection: Projection, settings: ProjectionSettings) -> Estimate:
    bandwidth = settings.bandwidth
    if bandwidth is None:
        rule = rule_of_thumb_bandwidth(len(projection.outcome))
        bandwidth = max(rule, projection.least_bandwidth)
    x = np.column_stack([projection.own, projection.controls])
    return HacRegression(projection.outcome, x, bandwidth).coefficient(0, settings.level)


def _term(
    name: str,
    horizon: int | None,
    estimate: Estimate,
    n_events: int,
    series: str,
    about: str,
    shared: dict[str, Setting],
) -> EffectTerm:
    method = say(f"method.{name.replace(' ', '_')}")
    what = (
        say("about.response", name=method, series=series, about=about)
        if horizon is None
        else say("about.response_at", name=method, series=series, about=about, horizon=horizon)
    )
    return EffectTerm(
        name=name,
        horizon=horizon,
        estimate=estimate,
        test=as_test(
            estimate,
            test_id="local_projection",
            test=say("named.projection"),
            what=what,
            settings=shared,
        ),
        n_events=n_events,
    )
