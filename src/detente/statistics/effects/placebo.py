"""Whether an effect stands out among those of dates on which, or dyads in which, nothing happened.

A randomisation test leans on no error distribution: it asks how often an effect as large as the
one found comes out where the events were put elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from detente.base.errors import UsageError
from detente.base.phrases import say, text_of
from detente.statistics.effects.event_study import (
    WindowSettings,
    control_columns,
    whole_windows,
    windows,
)
from detente.statistics.effects.events import Event, place_events, season_columns
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    mean_projection,
    own_columns,
    usable_rows,
)
from detente.statistics.frames import (
    NotEstimableError,
    numbers,
    period_index,
    require_informative,
    span,
    unit,
)
from detente.statistics.hac import CollinearError
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import FloatArray
from detente.statistics.units import own_units

Scheme = Literal["circular", "random"]

# Placebos handled at once; bounds memory.
_CHUNK = 200


@dataclass(frozen=True, kw_only=True)
class PlaceboSettings:
    """Choices behind placebo dates.

    Attributes
    ----------
    scheme
        ``"circular"`` moves all events by the same number of periods and wraps around, so that
        their clustering is kept; exact where the series would look the same from any start.
        ``"random"`` draws the periods again.
    n_draws
        Placebos; with ``"circular"`` every shift is taken where there are no more than these.
    min_distance
        With ``"random"``: fewest periods between two events.
    seed
        Of the draws.
    min_draws
        Fewest placebos worth a p-value; 19 allow 0.05.
    """

    scheme: Scheme = "circular"
    n_draws: int = 999
    min_distance: int = 1
    seed: int = 0
    min_draws: int = 19

    def __post_init__(self) -> None:
        if self.n_draws < 1 or self.min_distance < 1:
            raise UsageError(
                "expected n_draws and min_distance of 1 or more, "
                f"got {self.n_draws} and {self.min_distance}"
            )


@dataclass(frozen=True, kw_only=True)
class _Design:
    """Everything that stays as it is while the events of one category are moved.

    `own` of the moved events has its effect in the contrast `weights`.
    """

    outcome: FloatArray
    controls: FloatArray
    weights: FloatArray
    eligible: slice
    counts: FloatArray
    settings: WindowSettings | ProjectionSettings

    def own(self, counts: FloatArray) -> FloatArray:
        """Return the columns of events on other dates.

        Parameters
        ----------
        counts
            Moved events by period, shape (placebos, periods).

        Returns
        -------
        ndarray
            Shape (placebos, rows, columns).
        """
        if isinstance(self.settings, WindowSettings):
            return np.stack(windows(counts, self.settings), axis=-1)
        horizon = self.settings.horizon
        rows = usable_rows(counts.shape[-1], horizon, self.settings)
        return own_columns(counts, horizon, self.settings)[:, rows]


def placebo_dates(
    series: pd.Series,
    events: Iterable[Event],
    category: str,
    effect: WindowSettings | ProjectionSettings | None = None,
    settings: PlaceboSettings | None = None,
) -> TestResult | Refusal:
    """Compare the effect of a category with those of the same events put on other dates.

    Parameters
    ----------
    series
        The outcome, one value a period, named; it must leave out the events whose effect is asked.
    events
        Of all categories. Those of ``category`` are moved; the others stay, as controls.
    category
        Whose effect is asked.
    effect
        ``WindowSettings`` for the difference of window means, ``ProjectionSettings`` for the mean
        response of local projections; the first with its defaults where left out.
    settings
        Choices; defaults where left out.

    Returns
    -------
    TestResult or Refusal
        ``statistic`` is the effect found, in the unit of the series, equal to the estimate of the
        event study or local projection; ``p_value`` is (1 + placebos at least as large in absolute
        value) / (1 + placebos). A refusal where the events or the free dates are too few.

    Raises
    ------
    SeriesError
        If the periods are not consecutive or no event of the category is given.
    UsageError
        If ``min_distance`` leaves no room for the events.

    Notes
    -----
    Events keep inside the stretch in which every event has its whole window (or its lags and
    horizons). Several events in one period move together. Phipson and Smyth (2010), Statistical
    Applications in Genetics and Molecular Biology 9, article 39, on the added ones.
    """
    return _against_other_dates(series, tuple(events), category, "", effect, settings)


def _against_other_dates(
    series: pd.Series,
    events: tuple[Event, ...],
    category: str,
    name: str,
    effect: WindowSettings | ProjectionSettings | None,
    settings: PlaceboSettings | None,
) -> TestResult | Refusal:
    settings = settings or PlaceboSettings()
    effect = effect or WindowSettings()
    subject = text_of(series.name)
    of_what = name or say("about.category", category=category)
    model = say("model.placebo", about=of_what, series=subject)
    try:
        require_informative(series, effect.min_active)
        design = _design(series, events, category, effect)
        moved, is_complete = _moved_counts(design, settings)
        found = _effects(design, design.counts[None])[0]
        if np.isnan(found):
            raise CollinearError(say("reason.events_alike"))
        placebos = _effects(design, moved)
    except NotEstimableError as reason:
        return Refusal(model=model, reason=reason_of(reason))
    usable = placebos[~np.isnan(placebos)]
    if len(usable) < settings.min_draws:
        return Refusal(
            model=model,
            reason=say("reason.few_placebos", n=len(usable), needed=settings.min_draws),
        )
    index = period_index(series, "series")
    lost = len(placebos) - len(usable)
    is_mean = isinstance(effect, ProjectionSettings)
    what = say("method.mean_response" if is_mean else "method.after_minus_before")
    return TestResult(
        test_id="placebo_dates",
        test=say(f"named.placebo_{settings.scheme}"),
        null_hypothesis=say(
            "null.placebo",
            what=what,
            series=subject,
            about=name or say("about.the_many", n=int(design.counts.sum()), category=category),
        ),
        alternative=say("alternative.larger_in_size"),
        statistic=float(found),
        p_value=_randomisation_p(float(found), usable),
        n_obs=len(design.outcome),
        distribution=f"{len(usable)} placebos",
        settings={
            "scheme": settings.scheme,
            "n_placebos": len(usable),
            "is_complete": is_complete,
            "min_distance": settings.min_distance if settings.scheme == "random" else None,
            "seed": None if is_complete else settings.seed,
            "n_events": int(design.counts.sum()),
            "period": unit(index),
            "span": span(index),
            **effect.as_settings(),
        },
        warnings=((say("warning.placebos_left_out", n=lost),) if lost else ()),
    )


def _randomisation_p(found: float, placebos: FloatArray) -> float:
    # A placebo that is the same set of dates differs only by rounding.
    threshold = abs(found) * (1.0 - 1e-9)
    return float((1 + np.count_nonzero(np.abs(placebos) >= threshold)) / (1 + len(placebos)))


def _design(
    series: pd.Series,
    events: Iterable[Event],
    category: str,
    effect: WindowSettings | ProjectionSettings,
) -> _Design:
    index = period_index(series, "series")
    table = place_events(series, events)
    given, others = table.of(category), tuple(table.others(category).values())
    y = numbers(series)
    if isinstance(effect, WindowSettings):
        counts = whole_windows(given, effect)
        return _Design(
            outcome=y,
            controls=control_columns([*others, given - counts], index, effect),
            weights=np.array([-1.0, 1.0]),
            eligible=slice(effect.before, len(y) - effect.after + 1),
            counts=counts,
            settings=effect,
        )
    season = season_columns(index, effect.is_seasonal)
    rows = usable_rows(len(y), effect.horizon, effect)
    # The neighbours of the usable rows belong to the own columns, hence all events are moved.
    projection = mean_projection(y, given, others, season, effect)
    n_own = own_columns(given[None], effect.horizon, effect).shape[-1]
    return _Design(
        outcome=projection.outcome,
        controls=projection.controls,
        weights=np.eye(n_own)[0],
        eligible=rows,
        counts=given,
        settings=effect,
    )


def _moved_counts(design: _Design, settings: PlaceboSettings) -> tuple[FloatArray, bool]:
    """Move the events; counts of shape (placebos, periods), and whether these are all moves."""
    stretch = design.counts[design.eligible]
    n_places, n_events = len(stretch), int(stretch.sum())
    if n_events == 0:
        raise NotEstimableError(say("reason.no_window"))
    rng = np.random.default_rng(settings.seed)
    is_complete = False
    if settings.scheme == "circular":
        shifts = np.arange(1, n_places)
        is_complete = len(shifts) <= settings.n_draws
        if not is_complete:
            shifts = rng.choice(shifts, size=settings.n_draws, replace=False)
        drawn = stretch[(np.arange(n_places) - shifts[:, None]) % n_places]
    else:
        drawn = _draw(stretch, settings, rng)
    moved = np.repeat(design.counts[None], len(drawn), axis=0)
    moved[:, design.eligible] = drawn
    return moved, is_complete


def _draw(stretch: FloatArray, settings: PlaceboSettings, rng: np.random.Generator) -> FloatArray:
    """Draw periods, uniformly among those that keep the distance; shuffle their numbers."""
    sizes = stretch[stretch > 0.0]
    gap = settings.min_distance - 1
    free = len(stretch) - (len(sizes) - 1) * gap
    if free < len(sizes):
        raise UsageError(
            f"{len(sizes)} periods with events, {settings.min_distance} apart, do not fit into "
            f"{len(stretch)} periods; lower min_distance"
        )
    drawn = np.zeros((settings.n_draws, len(stretch)))
    for row in drawn:
        # Choosing without the gaps and putting them back makes every arrangement equally likely.
        places = np.sort(rng.choice(free, size=len(sizes), replace=False))
        row[places + gap * np.arange(len(sizes))] = rng.permutation(sizes)
    return drawn


def _effects(design: _Design, moved: FloatArray) -> FloatArray:
    """Effect of each placebo, shape (placebos,); NaN where it cannot be told from the controls.

    By the theorem of Frisch, Waugh and Lovell: controls are taken out of the moved columns and of
    the outcome once, so that each placebo is a small regression.
    """
    q = np.linalg.qr(_independent(design.controls))[0]
    # A constant is among the controls, so that the level may go first.
    outcome = own_units(design.outcome)
    y = outcome.values - q @ (q.T @ outcome.values)
    effects = np.empty(len(moved))
    for start in range(0, len(moved), _CHUNK):
        part = slice(start, start + _CHUNK)
        own = design.own(moved[part])
        own = own - q @ (q.T @ own)
        across = own.transpose(0, 2, 1)
        gram = across @ own
        # The pseudo-inverse leaves out shifts that carry every event out of the rows.
        inverse = np.linalg.pinv(gram, rcond=1e-9, hermitian=True)
        beta = (inverse @ (across @ y)[..., None])[..., 0]
        # Identified only if the contrast lies in the row space of the design.
        reach = gram @ inverse @ design.weights
        effects[part] = np.where(
            np.abs(reach - design.weights).max(axis=1) < 1e-6, beta @ design.weights, np.nan
        )
    return outcome.unit * effects


def _independent(columns: FloatArray) -> FloatArray:
    """Refuse controls that say the same; the regression would refuse them too."""
    scale = np.abs(columns).max(axis=0)
    if not scale.all() or np.linalg.matrix_rank(columns / scale, rtol=1e-8) < columns.shape[1]:
        raise CollinearError("the control events cannot be told apart from each other")
    independent: FloatArray = columns / scale
    return independent
