"""What the events of each kind do to a dyad, built without that kind."""

from __future__ import annotations

from typing import Any

import pandas as pd

from detente.infer.rows import Row, Tables, as_json, ask, numbers, refused
from detente.infer.series import Dyad, Kind
from detente.inference import effects
from detente.inference.effect_results import EffectResult
from detente.inference.events import Event
from detente.inference.results import Refusal, TestResult
from detente.settings import Inference

EFFECTS = "stats.event_effect"


def effect_rows(dyad: Dyad, kind: Kind, chosen: Inference) -> Tables:
    """Ask what the events of one kind do to one dyad."""
    if isinstance(kind.outcome, Refusal):
        return {EFFECTS: [_row(dyad, kind.label, "event study", kind.outcome, kind.outcome)]}
    series = kind.outcome.rename(f"{'-'.join(dyad.pair)} {dyad.choice.measure}")
    inside = [one for one in kind.events if _month(one) in series.index]
    if not inside:
        none = Refusal(
            model=f"effect of {kind.label}",
            reason="no record of the kind falls into the months that every file covers",
        )
        return {EFFECTS: [_row(dyad, kind.label, "event study", none, none)]}
    settings = effects.EffectSettings(alone_up_to=0)
    found = ask(
        f"effect of {kind.label}",
        lambda: effects.category_effects(series, inside, kind.label, settings=settings),
    )
    if isinstance(found, Refusal):
        return {EFFECTS: [_row(dyad, kind.label, "event study", found, found)]}
    return {
        EFFECTS: [
            _row(dyad, kind.label, method, result, placebo)
            for method, result, placebo in (
                ("event study", found.event_study, found.placebo_dates),
                ("local projection", found.local_projection, found.placebo_dates_projection),
            )
        ]
    }


def _row(dyad: Dyad, label: str, method: str, result: EffectResult | Refusal, placebo: Any) -> Row:
    row = {**dyad.where, "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return {**row, **refused(dyad.where, f"{label} and {'-'.join(dyad.pair)}", result)}
    main = result.main
    beside = placebo if isinstance(placebo, TestResult) else None
    words = effects.placebo_sentence(beside) if beside else f"Placebo dates: {placebo.reason}."
    return {
        **row,
        **numbers(main.test),
        "n_events": main.n_events,
        "effect": main.estimate.value,
        "effect_lo": main.estimate.lower,
        "effect_hi": main.estimate.upper,
        "p_pre_trend": result.pre_trend.p_value if result.pre_trend else None,
        "p_placebo": beside.p_value if beside else None,
        "span": result.span,
        "settings": as_json(result.settings),
        "warnings": list(result.warnings),
        "result": result,
        "placebo": words,
    }


def _month(event: Event) -> pd.Period:
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
