"""What the events of each kind do to a dyad, built without that kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from detente.analysis.kinds import Kind, month_of
from detente.analysis.results import (
    EventEffect,
    EventPath,
    Wording,
    as_json,
    numbers,
    refusing,
)
from detente.analysis.rows import Rows, ask
from detente.analysis.series import Dyad
from detente.base.phrases import join, say
from detente.settings import Inference
from detente.statistics.effects import estimate
from detente.statistics.effects.event_path import event_study_path
from detente.statistics.effects.results import EffectResult, EffectTerm, effect_sentence
from detente.statistics.results import Refusal, TestResult

_NO_PLACEBO_DYAD = Refusal(
    model="placebo dyads", reason="every dyad without the two states has part in the events"
)


def effect_rows(dyad: Dyad, kind: Kind, chosen: Inference) -> Rows:
    """Ask what the events of one kind do to one dyad: the change, and the path around them."""
    if isinstance(kind.outcome, Refusal):
        return _nothing(dyad, kind.label, kind.outcome)
    series = kind.outcome.rename(f"{'-'.join(dyad.pair)} {dyad.choice.measure}")
    inside = [one for one in kind.events if month_of(one) in series.index]
    if not inside:
        none = Refusal(
            model=f"effect of {kind.label}",
            reason="no record of the kind falls into the months that every file covers",
        )
        return _nothing(dyad, kind.label, none)
    settings = estimate.EffectSettings(alone_up_to=0)
    placebos = pd.DataFrame(kind.placebos, index=series.index) if kind.placebos else None
    found = ask(
        f"effect of {kind.label}",
        lambda: estimate.category_effects(series, inside, kind.label, placebos, settings),
    )
    if isinstance(found, Refusal):
        return _nothing(dyad, kind.label, found)
    path = ask(
        f"path around {kind.label}",
        lambda: event_study_path(series, inside, kind.label, settings.window),
    )
    late = [say("effects.late", kind=words) for words in kind.late]
    rows: list[EventEffect | EventPath] = [
        _row(
            dyad,
            kind.label,
            "event study",
            found.event_study,
            found.placebo_dates,
            found.placebo_dyads or _NO_PLACEBO_DYAD,
            late=late,
        ),
        _row(
            dyad,
            kind.label,
            "local projection",
            found.local_projection,
            found.placebo_dates_projection,
            late=late,
        ),
        *_path(dyad, kind.label, "event study", path),
        *_path(dyad, kind.label, "local projection", found.local_projection),
    ]
    return [row.noting(*late) for row in rows]


def _nothing(dyad: Dyad, label: str, reason: Refusal) -> Rows:
    return [
        _row(dyad, label, "event study", reason, reason),
        *_path(dyad, label, "event study", reason),
    ]


def _row(
    dyad: Dyad,
    label: str,
    method: str,
    result: EffectResult | Refusal,
    placebo: TestResult | Refusal,
    others: TestResult | Refusal | None = None,
    late: Sequence[str] = (),
) -> EventEffect:
    row = {**dyad.where, "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return EventEffect(**row, **_refused(dyad, label, method, result))
    main = result.main
    beside = placebo if isinstance(placebo, TestResult) else None
    words = (
        estimate.placebo_sentence(placebo)
        if isinstance(placebo, TestResult)
        else say("effects.no_placebo_dates", reason=placebo.reason)
    )
    dyads: dict[str, Any] = {}
    notes = list(result.warnings)
    if isinstance(others, TestResult):
        dyads = {"placebo_dyads": others.settings["placebos"]}
        notes += others.warnings
        # Where so few dyads cannot reject, the sentence has nothing to say of them.
        if float(str(others.settings["smallest_p_value"])) < 1.0 - main.estimate.level:
            words = join([words, estimate.placebo_sentence(others)])
    elif isinstance(others, Refusal):
        notes.append(say("effects.no_placebo_dyads", reason=others.reason))
    return EventEffect(
        **row,
        **numbers(main.test) | {"settings": as_json({**result.settings, **dyads})},
        n_events=main.n_events,
        effect=main.estimate.value,
        effect_lo=main.estimate.lower,
        effect_hi=main.estimate.upper,
        p_pre_trend=result.pre_trend.p_value if result.pre_trend else None,
        p_placebo=beside.p_value if beside else None,
        p_placebo_dyad=others.p_value if isinstance(others, TestResult) else None,
        span=result.span,
        warnings=tuple(notes),
        wording=of_effect(result, after=join([words, *late])),
    )


def _path(dyad: Dyad, label: str, method: str, result: EffectResult | Refusal) -> list[EventPath]:
    row = {**dyad.where, "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return [EventPath(**row, **_refused(dyad, label, method, result))]
    return [
        EventPath(
            **row,
            **numbers(term.test) | {"settings": as_json(result.settings)},
            horizon=term.horizon,
            n_events=term.n_events,
            effect=term.estimate.value,
            effect_lo=term.estimate.lower,
            effect_hi=term.estimate.upper,
            span=result.span,
            warnings=result.warnings,
            wording=of_effect(result, term),
        )
        for term in result.terms
        if term.horizon is not None
    ]


def _refused(dyad: Dyad, label: str, method: str, refusal: Refusal) -> dict[str, Any]:
    return {
        **refusing(refusal, f"{label} and {'-'.join(dyad.pair)}"),
        "test_id": method.replace(" ", "_"),
        "test": refusal.model,
    }


def of_effect(result: EffectResult, term: EffectTerm | None = None, after: str = "") -> Wording:
    """Return the wording of an effect, or of one of its terms, and what stands after it."""

    def words(p_adjusted: float | None, level: float) -> str:
        sentence = effect_sentence(result, term=term, p_adjusted=p_adjusted, level=level)
        return join([sentence, after])

    return words
