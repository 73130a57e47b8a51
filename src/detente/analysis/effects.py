"""What the events of each kind do to a dyad, and to all together, beyond what was expected."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from detente.analysis.event_kinds import Kind, month_of
from detente.analysis.results import Wording, as_json, numbers, refusing
from detente.analysis.rows import Rows, ask
from detente.analysis.series import Dyad
from detente.analysis.tables import (
    PLACEBO,
    PROJECTION,
    STUDY,
    EventEffect,
    EventPanel,
    EventPath,
)
from detente.base.phrases import join, say
from detente.settings import Inference, SeriesChoice
from detente.statistics.effects import estimate
from detente.statistics.effects.events import Event
from detente.statistics.effects.panel import Member, panel_effect
from detente.statistics.effects.results import EffectResult, EffectTerm, effect_sentence
from detente.statistics.results import Refusal, TestResult
from detente.statistics.wording import beside

PANEL = "event_panel"


def effect_rows(dyad: Dyad, kind: Kind, chosen: Inference) -> Rows:
    """Ask what the events of one kind do to one dyad: the change, and the path around them."""
    if isinstance(kind.outcome, Refusal):
        return _refused_rows(dyad, kind.label, kind.outcome)
    series = kind.outcome.rename(
        say("about.series", pair="-".join(dyad.pair), measure=dyad.choice.measure)
    )
    inside = _inside(kind)
    if not inside:
        none = Refusal(
            model=say("model.effect", kind=kind.label),
            reason=say("reason.no_record"),
        )
        return _refused_rows(dyad, kind.label, none)
    found = ask(
        say("model.effect", kind=kind.label),
        lambda: estimate.category_effects(series, inside, kind.label),
    )
    if isinstance(found, Refusal):
        return _refused_rows(dyad, kind.label, found)
    late = [say("effects.late", kind=join(kind.late, "; "))] if kind.late else []
    rows: list[EventEffect | EventPath] = [
        _row(dyad, kind.label, found.event_study, late),
        _placebo_row(dyad, kind.label, found.placebo_dates),
        *_path(dyad, kind.label, STUDY, found.path),
        *_path(dyad, kind.label, PROJECTION, found.local_projection),
    ]
    return [row.noting(*late) for row in rows]


def panel_rows(choice: SeriesChoice, kinds: Sequence[Kind]) -> Rows:
    """Ask what the events of one kind do on average over the dyads that they are about."""
    label = kinds[0].label
    where: dict[str, Any] = {
        "source": choice.source,
        "counting": choice.counting,
        "freq": choice.freq,
        "measure": choice.measure,
        "event_kind": label,
    }
    members = {
        "-".join(one.pair): Member(series=one.outcome, events=tuple(_inside(one)))
        for one in kinds
        if one.is_own and not isinstance(one.outcome, Refusal) and _inside(one)
    }
    found = ask(say("model.panel_of", kind=label), lambda: panel_effect(members, label))
    if isinstance(found, Refusal):
        refused = refusing(found, f"{label}, all dyads")
        return [EventPanel(**where, **refused, test_id=PANEL, test=found.model)]
    main = found.main
    return [
        EventPanel(
            **where,
            **numbers(main.test) | {"settings": as_json(found.settings)},
            n_dyads=len(members),
            n_events=main.n_events,
            effect=main.estimate.value,
            effect_lo=main.estimate.lower,
            effect_hi=main.estimate.upper,
            span=found.span,
            warnings=found.warnings,
            wording=of_effect(found),
        )
    ]


def _inside(kind: Kind) -> list[Event]:
    if isinstance(kind.outcome, Refusal):
        return []
    return [one for one in kind.events if month_of(one) in kind.outcome.index]


def _refused_rows(dyad: Dyad, label: str, reason: Refusal) -> Rows:
    return [_row(dyad, label, reason), *_path(dyad, label, STUDY, reason)]


def _row(
    dyad: Dyad, label: str, result: EffectResult | Refusal, late: Sequence[str] = ()
) -> EventEffect:
    row = {**dyad.where, "event_kind": label, "method": STUDY}
    if isinstance(result, Refusal):
        return EventEffect(**row, **_refused(dyad, label, STUDY, result))
    main = result.main
    return EventEffect(
        **row,
        **numbers(main.test) | {"settings": as_json(result.settings)},
        n_events=main.n_events,
        effect=main.estimate.value,
        effect_lo=main.estimate.lower,
        effect_hi=main.estimate.upper,
        p_pre_trend=result.pre_trend.p_value if result.pre_trend else None,
        span=result.span,
        warnings=result.warnings,
        wording=of_effect(result, after=join(late)),
    )


def _placebo_row(dyad: Dyad, label: str, result: TestResult | Refusal) -> EventEffect:
    """Return the change's rank among those of other dates: a family of tests by itself."""
    row = {**dyad.where, "event_kind": label, "method": PLACEBO}
    if isinstance(result, Refusal):
        return EventEffect(**row, **_refused(dyad, label, PLACEBO, result))
    return EventEffect(
        **row,
        **numbers(result),
        n_events=int(str(result.settings["n_events"])),
        effect=result.statistic,
        span=str(result.settings["span"]),
        warnings=result.warnings,
        wording=partial(_of_placebo, result, "-".join(dyad.pair), label),
    )


def _of_placebo(
    result: TestResult, pair: str, label: str, p_adjusted: float | None, level: float
) -> str:
    p_value = result.p_value if p_adjusted is None else p_adjusted
    stands = p_value is not None and p_value < level
    return say(
        "effects.dates_stand_out" if stands else "effects.dates_do_not",
        pair=pair,
        kind=label,
        p=beside(result.p_value, p_adjusted),
        distribution=result.distribution,
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
    return partial(_of_effect, result, term, after)


def _of_effect(
    result: EffectResult,
    term: EffectTerm | None,
    after: str,
    p_adjusted: float | None,
    level: float,
) -> str:
    sentence = effect_sentence(result, term=term, p_adjusted=p_adjusted, level=level)
    return join([sentence, after])
