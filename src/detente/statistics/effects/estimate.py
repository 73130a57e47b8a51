"""What events of one category did to one series: every method and check at once.

The event must not be its own effect. A summit is a cooperative act, so an index that counts it
rises in its month whatever follows. The caller therefore passes, for each category, the series
built without that category's records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from detente.statistics.effects.event_path import event_study_path
from detente.statistics.effects.event_study import WindowSettings, event_study_by_category
from detente.statistics.effects.events import Event, place_events
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.placebo import PlaceboSettings, placebo_dates
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal, TestResult


@dataclass(frozen=True, kw_only=True)
class EffectSettings:
    """Choices behind all methods.

    Attributes
    ----------
    window, projection, placebo
        Of each method.
    """

    window: WindowSettings = field(default_factory=WindowSettings)
    projection: ProjectionSettings = field(default_factory=ProjectionSettings)
    placebo: PlaceboSettings = field(default_factory=PlaceboSettings)


@dataclass(frozen=True, kw_only=True)
class CategoryEffects:
    """One category asked about on one series.

    Attributes
    ----------
    series, category
        What is asked about.
    event_study
        The one estimate, and test, of the question.
    placebo_dates
        Of its difference of window means.
    path, local_projection
        Curves around the events.
    """

    series: str
    category: str
    event_study: EffectResult | Refusal
    placebo_dates: TestResult | Refusal
    path: EffectResult | Refusal
    local_projection: EffectResult | Refusal


def category_effects(
    series: pd.Series,
    events: Iterable[Event],
    category: str,
    settings: EffectSettings | None = None,
) -> CategoryEffects:
    """Ask what events of one category did to one series.

    Parameters
    ----------
    series
        The outcome, one value a period, named, built without the records of ``category``. It may
        be the index of the dyad that the events belong to, or of a third one.
    events
        Of all categories; the others are controls.
    category
        Whose effect is asked.
    settings
        Choices; defaults where left out.

    Raises
    ------
    SeriesError
        If the periods are not consecutive, no event of the category is given, or an event carries
        a period of another frequency.
    """
    settings = settings or EffectSettings()
    events = tuple(events)
    place_events(series, events).of(category)
    (study,) = event_study_by_category(series, events, settings.window, only=category)
    (curve,) = local_projection_by_category(series, events, settings.projection, only=category)
    return CategoryEffects(
        series=str(series.name),
        category=category,
        event_study=study,
        placebo_dates=placebo_dates(series, events, category, settings.window, settings.placebo),
        path=event_study_path(series, events, category, settings.window),
        local_projection=curve,
    )
