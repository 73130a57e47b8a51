"""What the events of each kind do to a dyad, built without that kind."""

from __future__ import annotations

from typing import Any

import pandas as pd

from detente.analysis.kinds import Kind, month_of
from detente.analysis.rows import Row, Tables, as_json, ask, numbers, refused
from detente.analysis.series import Dyad
from detente.settings import Inference
from detente.statistics.effects import estimate
from detente.statistics.effects.event_path import event_study_path
from detente.statistics.effects.results import EffectResult
from detente.statistics.results import Refusal, TestResult

_NO_PLACEBO_DYAD = Refusal(
    model="placebo dyads", reason="every dyad without the two states has part in the events"
)
EFFECTS, PATHS = "stats.event_effect", "stats.event_path"


def effect_rows(dyad: Dyad, kind: Kind, chosen: Inference) -> Tables:
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
    rows = {
        EFFECTS: [
            _row(
                dyad,
                kind.label,
                "event study",
                found.event_study,
                found.placebo_dates,
                found.placebo_dyads or _NO_PLACEBO_DYAD,
            ),
            _row(
                dyad,
                kind.label,
                "local projection",
                found.local_projection,
                found.placebo_dates_projection,
            ),
        ],
        PATHS: [
            *_path(dyad, kind.label, "event study", path),
            *_path(dyad, kind.label, "local projection", found.local_projection),
        ],
    }
    late = [
        f"Of the kind, the records hold {words}: earlier ones are missing." for words in kind.late
    ]
    for row in (*rows[EFFECTS], *rows[PATHS]):
        row["warnings"] = [*row["warnings"], *late]
    for row in rows[EFFECTS]:
        if "placebo" in row:
            row["placebo"] = " ".join([row["placebo"], *late])
    return rows


def _nothing(dyad: Dyad, label: str, reason: Refusal) -> Tables:
    return {
        EFFECTS: [_row(dyad, label, "event study", reason, reason)],
        PATHS: _path(dyad, label, "event study", reason),
    }


def _row(
    dyad: Dyad,
    label: str,
    method: str,
    result: EffectResult | Refusal,
    placebo: TestResult | Refusal,
    others: TestResult | Refusal | None = None,
) -> Row:
    row = {**dyad.where, "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return {**row, **refused(dyad.where, _about(dyad, label), result)}
    main = result.main
    beside = placebo if isinstance(placebo, TestResult) else None
    words = (
        estimate.placebo_sentence(placebo)
        if isinstance(placebo, TestResult)
        else f"Placebo dates: {placebo.reason}."
    )
    dyads: dict[str, Any] = {}
    notes = list(result.warnings)
    if isinstance(others, TestResult):
        dyads = {"placebo_dyads": others.settings["placebos"]}
        notes += others.warnings
        # Where so few dyads cannot reject, the sentence has nothing to say of them.
        if float(str(others.settings["smallest_p_value"])) < 1.0 - main.estimate.level:
            words += f" {estimate.placebo_sentence(others)}"
    elif isinstance(others, Refusal):
        notes.append(f"placebo dyads: {others.reason}")
    return {
        **row,
        **numbers(main.test),
        "n_events": main.n_events,
        "effect": main.estimate.value,
        "effect_lo": main.estimate.lower,
        "effect_hi": main.estimate.upper,
        "p_pre_trend": result.pre_trend.p_value if result.pre_trend else None,
        "p_placebo": beside.p_value if beside else None,
        "p_placebo_dyad": others.p_value if isinstance(others, TestResult) else None,
        "span": result.span,
        "settings": as_json({**result.settings, **dyads}),
        "warnings": notes,
        "result": result,
        "placebo": words,
    }


def _path(dyad: Dyad, label: str, method: str, result: EffectResult | Refusal) -> list[Row]:
    row = {**dyad.where, "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return [{**row, **refused(dyad.where, _about(dyad, label), result)}]
    return [
        {
            **row,
            **numbers(term.test),
            "horizon": term.horizon,
            "n_events": term.n_events,
            "effect": term.estimate.value,
            "effect_lo": term.estimate.lower,
            "effect_hi": term.estimate.upper,
            "span": result.span,
            "settings": as_json(result.settings),
            "warnings": list(result.warnings),
            "result": result,
            "term": term,
        }
        for term in result.terms
        if term.horizon is not None
    ]


def _about(dyad: Dyad, label: str) -> str:
    return f"{label} and {'-'.join(dyad.pair)}"
