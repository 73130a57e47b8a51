"""The questions, each a function from the series to rows of `stats.*`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

import pandas as pd

from detente.infer.rows import SOURCE, Pair, Row, about, as_json, numbers, refused, tested
from detente.infer.series import events_of, net_scores, net_scores_without
from detente.inference import breaks, diagnostics, effects, reciprocity
from detente.inference.breaks import BreakAnalysis
from detente.inference.effect_results import EffectResult
from detente.inference.events import Event
from detente.inference.granger import GrangerResult
from detente.inference.impulse import ImpulseResult
from detente.inference.results import Refusal, TestResult
from detente.settings import Settings
from detente.warehouse import Warehouse


def break_rows(warehouse: Warehouse, settings: Settings, pair: Pair) -> tuple[list[Row], list[Row]]:
    """Test the mean of one dyad for breaks; return the tests and the breaks found."""
    subject = f"{'-'.join(pair)} net score a month"
    chosen = settings.inference
    found = breaks.find_breaks(
        net_scores(warehouse, "undirected", pair),
        trimming=chosen.trimming,
        max_breaks=chosen.max_breaks,
        significance=chosen.significance,
    )
    if isinstance(found, Refusal):
        return [refused(pair, found, subject, name="breaks")], []
    span = f"{found.first} to {found.last}"
    rows = [
        {
            **about(pair),
            "test": "number of breaks",
            "n_obs": found.n_obs,
            "span": span,
            "settings": as_json(found.settings),
            "warnings": list(found.warnings),
            "sentence": breaks.analysis_sentence(found, subject),
        }
    ]
    asked = [
        ("any break", found.sup_f),
        ("any number of breaks", found.double_maximum),
        ("stability", found.cusum),
        ("autocorrelation of residuals", found.residual_autocorrelation),
        *((f"{n} breaks against {n + 1}", test) for n, test in enumerate(found.sequential)),
    ]
    rows += [tested(pair, name, test, subject, span) for name, test in asked]
    return rows, [_point(pair, found, number, subject) for number in range(len(found.breaks))]


def diagnostic_rows(warehouse: Warehouse, settings: Settings, pair: Pair) -> list[Row]:
    """Say what one dyad's series is like and which models it can bear."""
    subject = f"{'-'.join(pair)} net score a month"
    found = diagnostics.suitability(
        net_scores(warehouse, "undirected", pair),
        trimming=settings.inference.trimming,
        level=settings.inference.significance,
    )
    facts = found.profile
    span = f"{facts.first} to {facts.last}"
    chosen = {"level": found.level, "trimming": settings.inference.trimming}
    summary = {
        **about(pair),
        "test": "what the series can bear",
        "n_obs": facts.n_obs,
        "span": span,
        "settings": as_json(chosen),
        "warnings": [],
        "sentence": diagnostics.suitability_sentence(found, subject),
    }
    return [
        summary,
        *(tested(pair, "", test, subject, span) for test in found.tests),
        *(refused(pair, refusal, subject) for refusal in found.refused),
    ]


def _point(pair: Pair, found: BreakAnalysis, number: int, subject: str) -> Row:
    one = found.breaks[number]
    return {
        **about(pair),
        "break_number": number + 1,
        "last_before": _last_day(one.last_before),
        "last_before_lo": _last_day(one.lower),
        "last_before_hi": _last_day(one.upper),
        "mean_before": one.before["mean"],
        "mean_after": one.after["mean"],
        "n_obs": found.n_obs,
        "span": f"{found.first} to {found.last}",
        "settings": as_json(found.settings),
        "warnings": list(one.warnings),
        "sentence": breaks.break_sentence(one, subject),
    }


def reciprocity_rows(
    warehouse: Warehouse, settings: Settings, pair: Pair
) -> tuple[list[Row], list[Row]]:
    """Ask whether each side answers the other; return the tests and the responses."""
    ways = (pair, (pair[1], pair[0]))
    frame = pd.DataFrame({">".join(way): net_scores(warehouse, "directed", way) for way in ways})
    draws = reciprocity.BootstrapSettings(
        n_draws=settings.inference.draws, seed=settings.inference.seed
    )
    found = reciprocity.dyad(frame, *pair, bootstrap=draws)
    if isinstance(found, Refusal):
        rows = [refused(way, found, f"acts of {way[0]} towards {way[1]}") for way in ways]
        return rows, [refused(pair, found, f"acts between {pair[0]} and {pair[1]}")]
    rows = []
    for way, one in zip(ways, found.tests, strict=True):
        if isinstance(one, Refusal):
            rows.append(refused(way, one, f"acts of {way[0]} towards {way[1]}"))
            continue
        target = one.target.split(">")
        rows.append(
            {
                **about((target[0], target[1])),
                **_granger(one),
            }
        )
    return rows, _responses(pair, found.impulse)


def _granger(one: GrangerResult) -> Row:
    return {
        **numbers(one.test),
        "test": one.test.test,
        "span": one.span,
        "warnings": [*one.test.warnings, *one.warnings],
        "result": one,
    }


def _responses(pair: Pair, found: ImpulseResult | Refusal) -> list[Row]:
    """Return every response with its band, and beside it what the whole path says."""
    if isinstance(found, Refusal):
        return [refused(pair, found, f"acts between {pair[0]} and {pair[1]}")]
    sentences = {
        (impulse, response): reciprocity.response_sentence(found, impulse, response)
        for impulse in found.ordering
        for response in found.ordering
    }
    return [
        {
            **about(pair),
            "response_kind": row["kind"],
            "impulse": row["impulse"],
            "response": row["response"],
            "horizon": int(row["horizon"]),
            "response_value": float(row["value"]),
            "response_lo": float(row["lower"]),
            "response_hi": float(row["upper"]),
            "n_obs": found.n_obs,
            "span": found.span,
            "settings": as_json(found.settings),
            "warnings": list(found.warnings),
            "sentence": sentences[row["impulse"], row["response"]],
        }
        for row in found.responses.to_dict("records")
    ]


def triad_rows(warehouse: Warehouse, states: tuple[str, str, str]) -> list[Row]:
    """Ask of each relation of three states whether the past of the others helps to predict it."""
    pairs = [(min(pair), max(pair)) for pair in itertools.combinations(states, 2)]
    frame = pd.DataFrame(
        {"-".join(pair): net_scores(warehouse, "undirected", pair) for pair in pairs}
    )
    where = {**about(pairs[0]), "triad": "-".join(states)}
    if frame.empty or frame.isna().to_numpy().any():
        lacking = Refusal(
            model=f"vector autoregression of {'-'.join(states)}",
            reason="a month of one of the three relations has no net score in this study",
        )
        return [{**refused(pairs[0], lacking, "-".join(states)), **where}]
    # Responses of triads are not stored, so few draws do.
    draws = reciprocity.BootstrapSettings(n_draws=20)
    found = reciprocity.triad(frame, states, is_directed=False, bootstrap=draws)
    if isinstance(found, Refusal):
        return [{**refused(pairs[0], found, "-".join(states)), **where}]
    return [
        {**refused(pairs[0], one, "-".join(states)), **where}
        if isinstance(one, Refusal)
        else {
            **where,
            "predicted": one.target,
            "predictors": ", ".join(one.predictors),
            **_granger(one),
        }
        for one in found.tests
    ]


def effect_rows(warehouse: Warehouse, pair: Pair) -> Iterator[Row]:
    """Ask what the events of each kind do to one dyad, built without that kind."""
    labels = warehouse.rows(
        "select distinct label from meta.raw_file where source = ? order by label", [SOURCE]
    )
    for (label,) in labels:
        series = net_scores_without(warehouse, pair, label).rename(f"{'-'.join(pair)} net")
        events = events_of(warehouse, pair, label)
        inside = [one for one in events if _month(one) in series.index]
        if not inside:
            none = Refusal(
                model=f"effect of {label}",
                reason="no record of the kind falls into the months that every file covers",
            )
            yield _effect(pair, label, "event study", none, none)
            continue
        chosen = effects.EffectSettings(alone_up_to=0)
        found = effects.category_effects(series, inside, label, settings=chosen)
        for method, result, placebo in (
            ("event study", found.event_study, found.placebo_dates),
            ("local projection", found.local_projection, found.placebo_dates_projection),
        ):
            yield _effect(pair, label, method, result, placebo)


def _effect(
    pair: Pair, label: str, method: str, result: EffectResult | Refusal, placebo: Any
) -> Row:
    row = {**about(pair), "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return {**row, **refused(pair, result, f"{label} and {'-'.join(pair)}")}
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


def _last_day(label: str | None) -> date | None:
    return None if label is None else pd.Period(label, freq="M").end_time.date()


def _month(event: Event) -> pd.Period:
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
