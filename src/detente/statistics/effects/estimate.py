"""What events of one category did to one series: every method and check at once.

The event must not be its own effect. A summit is a cooperative act, so an index that counts it
rises in its month whatever follows. The caller therefore passes, for each category, the series
built without that category's records.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from detente.base.phrases import Phrase, say
from detente.statistics.effects.event_study import (
    WindowSettings,
    event_study_by_category,
    event_study_by_event,
)
from detente.statistics.effects.events import Event, place_events
from detente.statistics.effects.interrupted import InterruptionSettings, interrupted_time_series
from detente.statistics.effects.local_projection import (
    ProjectionSettings,
    local_projection_by_category,
)
from detente.statistics.effects.placebo import (
    PLACEBO_DYADS,
    PlaceboSettings,
    placebo_dates,
    placebo_dates_of_event,
    placebo_dyads,
)
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal, TestResult
from detente.statistics.wording import probability


@dataclass(frozen=True, kw_only=True)
class EffectSettings:
    """Choices behind all methods.

    Attributes
    ----------
    window, projection, interruption, placebo
        Of each method.
    alone_up_to
        Single events are asked about only in categories of no more events than this: two hundred
        launches are a category, not two hundred questions.
    """

    window: WindowSettings = field(default_factory=WindowSettings)
    projection: ProjectionSettings = field(default_factory=ProjectionSettings)
    interruption: InterruptionSettings = field(default_factory=InterruptionSettings)
    placebo: PlaceboSettings = field(default_factory=PlaceboSettings)
    alone_up_to: int = 20


@dataclass(frozen=True, kw_only=True)
class EventEffects:
    """One event asked about alone.

    Attributes
    ----------
    event
        The event.
    event_study, interruption
        Window means and segmented line around it.
    placebo_dates
        Its difference of window means against those of other dates.
    """

    event: Event
    event_study: EffectResult | Refusal
    interruption: EffectResult | Refusal
    placebo_dates: TestResult | Refusal


@dataclass(frozen=True, kw_only=True)
class CategoryEffects:
    """One category asked about on one series.

    Attributes
    ----------
    series, category
        What is asked about.
    event_study, local_projection
        Estimates over all events of the category.
    placebo_dates, placebo_dates_projection
        Of the event study and of the local projection's mean response.
    placebo_dyads
        ``None`` where no placebo dyads were given.
    alone
        Each event by itself; empty where the category has more events than the settings allow.
    """

    series: str
    category: str
    event_study: EffectResult | Refusal
    local_projection: EffectResult | Refusal
    placebo_dates: TestResult | Refusal
    placebo_dates_projection: TestResult | Refusal
    placebo_dyads: TestResult | Refusal | None
    alone: tuple[EventEffects, ...]


def category_effects(
    series: pd.Series,
    events: Iterable[Event],
    category: str,
    placebos: pd.DataFrame | None = None,
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
    placebos
        Series of dyads that the events should not reach, over the same periods.
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
    table = place_events(series, events)
    table.of(category)
    numbers = table.numbers(category)
    alone: list[EventEffects] = []
    if len(numbers) <= settings.alone_up_to:
        studies = event_study_by_event(series, events, settings.window, only=category)
        lines = interrupted_time_series(series, events, settings.interruption, only=category)
        for number, study, line in zip(numbers, studies, lines, strict=True):
            event = table.events[number]
            dates = placebo_dates_of_event(series, events, event, settings.window, settings.placebo)
            alone.append(
                EventEffects(event=event, event_study=study, interruption=line, placebo_dates=dates)
            )
    (study,) = event_study_by_category(series, events, settings.window, only=category)
    (path,) = local_projection_by_category(series, events, settings.projection, only=category)
    return CategoryEffects(
        series=str(series.name),
        category=category,
        event_study=study,
        local_projection=path,
        placebo_dates=placebo_dates(series, events, category, settings.window, settings.placebo),
        placebo_dates_projection=placebo_dates(
            series, events, category, settings.projection, settings.placebo
        ),
        placebo_dyads=(
            None
            if placebos is None
            else placebo_dyads(series, placebos, events, category, settings.window)
        ),
        alone=tuple(alone),
    )


def placebo_sentence(result: TestResult, *, level: float = 0.05) -> Phrase:
    """State how an effect ranks among placebos, and no more than that.

    Parameters
    ----------
    result
        Of placebo dates or placebo dyads.
    level
        Of the decision.
    """
    kind = "dyads" if result.test_id == PLACEBO_DYADS else "dates"
    found = {"p": probability(result.p_value), "distribution": result.distribution}
    if result.rejects(level):
        return say(f"effects.{kind}_stand_out", **found)
    smallest = result.settings.get("smallest_p_value")
    few = ""
    if isinstance(smallest, float) and smallest >= level:
        few = say("effects.few", p=f"{smallest:.2f}")
    return say(f"effects.{kind}_do_not", **found, few=few)
