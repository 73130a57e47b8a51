"""What single events of note did to a dyad."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from detente.analysis.effects import of_effect
from detente.analysis.kinds import Kind, month_of
from detente.analysis.results import SingleEvent, as_json, numbers, refusing
from detente.analysis.rows import Rows, ask
from detente.analysis.series import Dyad
from detente.settings import Inference
from detente.statistics.effects.events import Event
from detente.statistics.effects.interrupted import interrupted_time_series
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal

TEST_ID = "single_event"
# Titles told in full where a month has several events.
_TITLES = 2


def single_event_rows(dyad: Dyad, kind: Kind, chosen: Inference) -> Rows:
    """Ask of each event of note whether the dyad's series jumped at it.

    Events of note in one month are one question: a monthly series cannot tell them apart.
    """
    if not kind.notable:
        return []
    if isinstance(kind.outcome, Refusal):
        refusal = kind.outcome
        return [_row(dyad, kind, day, refusal) for day in _by_month(kind.notable)]
    series = kind.outcome.rename(f"{'-'.join(dyad.pair)} {dyad.choice.measure}")
    asked = [day for day in _by_month(kind.notable) if month_of(day[0]) in series.index]
    of_note = f"{kind.label}, of note"
    # In quotation marks, since a title is a sentence of its own.
    named = [Event(when=day[0].when, category=of_note, title=f'"{_title(day)}"') for day in asked]
    days = {event.when for event in kind.notable}
    others = [event for event in kind.events if event.when not in days]
    found = ask(
        f"effects of single events of {kind.label}",
        lambda: interrupted_time_series(series, [*named, *others], only=of_note),
    )
    results: Sequence[EffectResult | Refusal] = (
        [found] * len(asked) if isinstance(found, Refusal) else found
    )
    crowds = [sum(month_of(other) == month_of(day[0]) for other in others) for day in asked]
    return [
        _row(dyad, kind, day, result, n_beside)
        for day, result, n_beside in zip(asked, results, crowds, strict=True)
    ]


def _row(
    dyad: Dyad,
    kind: Kind,
    day: Sequence[Event],
    result: EffectResult | Refusal,
    n_beside: int = 0,
) -> SingleEvent:
    notes = []
    if len(day) > 1:
        notes.append(f"{len(day)} events of note in one month are asked about as one")
    if n_beside:
        notes.append(
            f"{n_beside} other day{'s' if n_beside > 1 else ''} of the kind in the same month; "
            "told apart only if such days have their average effect"
        )
    row = {
        **dyad.where,
        "event_kind": kind.label,
        "event_date": day[0].when,
        "title": _title(day),
    }
    if isinstance(result, Refusal):
        return SingleEvent(
            **row,
            **refusing(result, dyad.subject),
            test_id=TEST_ID,
            test=result.model,
            warnings=tuple(notes),
        )
    main = result.main
    return SingleEvent(
        **row,
        **numbers(main.test) | {"test_id": TEST_ID, "settings": as_json(result.settings)},
        effect=main.estimate.value,
        effect_lo=main.estimate.lower,
        effect_hi=main.estimate.upper,
        span=result.span,
        warnings=(*result.warnings, *notes),
        wording=of_effect(result),
    )


def _by_month(events: Sequence[Event]) -> list[list[Event]]:
    ordered = sorted(events, key=lambda event: (str(event.when), event.title))
    return [list(group) for _, group in groupby(ordered, key=month_of)]


def _title(day: Sequence[Event]) -> str:
    titles = list(dict.fromkeys(event.title for event in day))
    rest = len(titles) - _TITLES
    return "; ".join(titles[:_TITLES]) + (f"; and {rest} more" if rest > 0 else "")
