"""Ask the questions of `detente.inference` of the study's series and fill `stats.*`.

Everything is asked of the monthly net score of source `records`, over the months that every file
covers whole. The choices stand in `[inference]` of `detente.toml`, not in the result.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from detente import hypotheses
from detente.inference import breaks, diagnostics, effects, reciprocity
from detente.inference.breaks import BreakAnalysis
from detente.inference.correction import benjamini_hochberg
from detente.inference.effect_results import EffectResult, effect_sentence
from detente.inference.events import Event
from detente.inference.granger import GrangerResult
from detente.inference.impulse import ImpulseResult
from detente.inference.results import Refusal, TestResult
from detente.inference.sentences import result_sentence
from detente.progress import Progress
from detente.settings import Settings
from detente.warehouse import Warehouse

SOURCE, COUNTING, FREQ, MEASURE = "records", "all", "month", "net"
Row = dict[str, Any]
Pair = tuple[str, str]


def fill(warehouse: Warehouse, settings: Settings, progress: Progress) -> int:
    """Fill the tables of inference and return how many results and refusals they hold."""
    if not settings.inference.enabled or not _has_series(warehouse):
        return 0
    pairs = settings.study.dyad_pairs
    tests: list[Row] = []
    points: list[Row] = []
    answers: list[Row] = []
    responses: list[Row] = []
    facts: list[Row] = []
    for pair in progress.track(pairs, "Testing dyads", len(pairs)):
        found_tests, found_points = _breaks(warehouse, settings, pair)
        tests += found_tests
        points += found_points
        facts += _diagnostics(warehouse, settings, pair)
        found_answers, found_responses = _reciprocity(warehouse, settings, pair)
        answers += found_answers
        responses += found_responses
    triads = [row for states in settings.inference.triads for row in _triad(warehouse, states)]
    reactions = [
        row
        for pair in progress.track(pairs, "Asking about events", len(pairs))
        for row in _effects(warehouse, pair)
    ]
    _adjust_families(tests, "test")
    _adjust_families(facts, "test")
    _adjust(answers)
    _adjust(triads)
    _adjust_families(reactions, "method")
    tests, facts, answers, triads, reactions = (
        [_finished(row) for row in rows] for rows in (tests, facts, answers, triads, reactions)
    )
    tables = {
        "stats.break_test": tests,
        "stats.break_point": points,
        "stats.diagnostic": facts,
        "stats.granger": answers,
        "stats.impulse_response": responses,
        "stats.triad": triads,
        "stats.event_effect": reactions,
        "stats.hypothesis": [
            {
                "position": position,
                "hypothesis_id": asked.id,
                "question": asked.question,
                **hypotheses.answer(
                    asked, tests, points, answers, reactions, settings.inference.significance
                ),
            }
            for position, asked in enumerate(settings.inference.hypotheses, start=1)
        ],
    }
    for table, rows in tables.items():
        columns = warehouse.columns(table)
        warehouse.insert(table, columns, [[row.get(name) for name in columns] for row in rows])
    return sum(len(rows) for rows in tables.values())


# -- series --------------------------------------------------------------------------------------


def _has_series(warehouse: Warehouse) -> bool:
    return bool(warehouse.rows("select 1 from marts.dyad_month where source = ? limit 1", [SOURCE]))


def _series(warehouse: Warehouse, direction: str, pair: Pair) -> pd.Series:
    """Return one dyad's net score by complete month."""
    frame = warehouse.frame(
        """
        select period_start, net
        from marts.dyad_month
        where
            source = ? and counting = ? and direction = ? and actor1_iso3 = ?
            and actor2_iso3 = ? and is_complete
        order by period_start
        """,
        [SOURCE, COUNTING, direction, *pair],
    )
    return _monthly(frame, "net")


def _monthly(frame: pd.DataFrame, column: str) -> pd.Series:
    months = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq="M")
    return pd.Series(frame[column].to_numpy(dtype=float), index=months, name=column)


def _without(warehouse: Warehouse, pair: Pair, label: str) -> pd.Series:
    """Return a dyad's net score by complete month without the records of one kind."""
    frame = warehouse.frame(
        """
        with kept as (
            select date_trunc('month', event.event_date)::date as period_start, event.net
            from marts.dyad_event as event
            inner join meta.raw_file as raw_file using (raw_file_id)
            where event.source = ? and event.actor1_iso3 = ? and event.actor2_iso3 = ?
                and raw_file.label <> ?
        )

        select
            month.period_start,
            coalesce(sum(kept.net::decimal(18, 6)), 0)::double as net,
        from marts.dyad_month as month
        left join kept using (period_start)
        where
            month.source = ? and month.counting = ? and month.direction = 'undirected'
            and month.actor1_iso3 = ? and month.actor2_iso3 = ? and month.is_complete
        group by month.period_start
        order by month.period_start
        """,
        [SOURCE, *pair, label, SOURCE, COUNTING, *pair],
    )
    return _monthly(frame, "net")


def _events(warehouse: Warehouse, pair: Pair, label: str) -> list[Event]:
    """Return the days of one kind: those on the dyad, or of the whole study if none is on it."""
    query = """
        select distinct event.event_date
        from marts.dyad_event as event
        inner join meta.raw_file as raw_file using (raw_file_id)
        where event.source = ? and raw_file.label = ?
            and (event.actor1_iso3, event.actor2_iso3) = (?, ?)
        order by event.event_date
        """
    own = warehouse.rows(query, [SOURCE, label, *pair])
    if not own:
        everywhere = query.replace("and (event.actor1_iso3, event.actor2_iso3) = (?, ?)", "")
        own = warehouse.rows(everywhere, [SOURCE, label])
    return [Event(when=day, category=label) for (day,) in own]


# -- questions -----------------------------------------------------------------------------------


def _breaks(warehouse: Warehouse, settings: Settings, pair: Pair) -> tuple[list[Row], list[Row]]:
    subject = f"{'-'.join(pair)} net score a month"
    chosen = settings.inference
    found = breaks.find_breaks(
        _series(warehouse, "undirected", pair),
        trimming=chosen.trimming,
        max_breaks=chosen.max_breaks,
        significance=chosen.significance,
    )
    if isinstance(found, Refusal):
        return [_refused(pair, found, subject, name="breaks")], []
    span = f"{found.first} to {found.last}"
    rows = [
        {
            **_about(pair),
            "test": "number of breaks",
            "n_obs": found.n_obs,
            "span": span,
            "settings": _text(found.settings),
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
    rows += [_tested(pair, name, test, subject, span) for name, test in asked]
    return rows, [_point(pair, found, number, subject) for number in range(len(found.breaks))]


def _diagnostics(warehouse: Warehouse, settings: Settings, pair: Pair) -> list[Row]:
    subject = f"{'-'.join(pair)} net score a month"
    found = diagnostics.suitability(
        _series(warehouse, "undirected", pair),
        trimming=settings.inference.trimming,
        level=settings.inference.significance,
    )
    facts = found.profile
    span = f"{facts.first} to {facts.last}"
    chosen = {"level": found.level, "trimming": settings.inference.trimming}
    summary = {
        **_about(pair),
        "test": "what the series can bear",
        "n_obs": facts.n_obs,
        "span": span,
        "settings": _text(chosen),
        "warnings": [],
        "sentence": diagnostics.suitability_sentence(found, subject),
    }
    return [
        summary,
        *(_tested(pair, "", test, subject, span) for test in found.tests),
        *(_refused(pair, refusal, subject) for refusal in found.refused),
    ]


def _point(pair: Pair, found: BreakAnalysis, number: int, subject: str) -> Row:
    one = found.breaks[number]
    return {
        **_about(pair),
        "break_number": number + 1,
        "last_before": _last_day(one.last_before),
        "last_before_lo": _last_day(one.lower),
        "last_before_hi": _last_day(one.upper),
        "mean_before": one.before["mean"],
        "mean_after": one.after["mean"],
        "n_obs": found.n_obs,
        "span": f"{found.first} to {found.last}",
        "settings": _text(found.settings),
        "warnings": list(one.warnings),
        "sentence": breaks.break_sentence(one, subject),
    }


def _reciprocity(
    warehouse: Warehouse, settings: Settings, pair: Pair
) -> tuple[list[Row], list[Row]]:
    ways = (pair, (pair[1], pair[0]))
    frame = pd.DataFrame({">".join(way): _series(warehouse, "directed", way) for way in ways})
    draws = reciprocity.BootstrapSettings(
        n_draws=settings.inference.draws, seed=settings.inference.seed
    )
    found = reciprocity.dyad(frame, *pair, bootstrap=draws)
    if isinstance(found, Refusal):
        rows = [_refused(way, found, f"acts of {way[0]} towards {way[1]}") for way in ways]
        return rows, [_refused(pair, found, f"acts between {pair[0]} and {pair[1]}")]
    rows = []
    for way, one in zip(ways, found.tests, strict=True):
        if isinstance(one, Refusal):
            rows.append(_refused(way, one, f"acts of {way[0]} towards {way[1]}"))
            continue
        target = one.target.split(">")
        rows.append(
            {
                **_about((target[0], target[1])),
                **_numbers(one.test),
                "test": one.test.test,
                "span": one.span,
                "warnings": [*one.test.warnings, *one.warnings],
                "result": one,
            }
        )
    return rows, _responses(pair, found.impulse)


def _responses(pair: Pair, found: ImpulseResult | Refusal) -> list[Row]:
    """Return every response with its band, and beside it what the whole path says."""
    if isinstance(found, Refusal):
        return [_refused(pair, found, f"acts between {pair[0]} and {pair[1]}")]
    sentences = {
        (impulse, response): reciprocity.response_sentence(found, impulse, response)
        for impulse in found.ordering
        for response in found.ordering
    }
    return [
        {
            **_about(pair),
            "response_kind": row["kind"],
            "impulse": row["impulse"],
            "response": row["response"],
            "horizon": int(row["horizon"]),
            "response_value": float(row["value"]),
            "response_lo": float(row["lower"]),
            "response_hi": float(row["upper"]),
            "n_obs": found.n_obs,
            "span": found.span,
            "settings": _text(found.settings),
            "warnings": list(found.warnings),
            "sentence": sentences[row["impulse"], row["response"]],
        }
        for row in found.responses.to_dict("records")
    ]


def _triad(warehouse: Warehouse, states: tuple[str, str, str]) -> list[Row]:
    """Ask of each relation of three states whether the past of the others helps to predict it."""
    pairs = [(min(pair), max(pair)) for pair in itertools.combinations(states, 2)]
    frame = pd.DataFrame({"-".join(pair): _series(warehouse, "undirected", pair) for pair in pairs})
    about = {**_about(pairs[0]), "triad": "-".join(states)}
    if frame.empty or frame.isna().to_numpy().any():
        lacking = Refusal(
            model=f"vector autoregression of {'-'.join(states)}",
            reason="a month of one of the three relations has no net score in this study",
        )
        return [{**_refused(pairs[0], lacking, "-".join(states)), **about}]
    # Responses of triads are not stored, so few draws do.
    draws = reciprocity.BootstrapSettings(n_draws=20)
    found = reciprocity.triad(frame, states, is_directed=False, bootstrap=draws)
    if isinstance(found, Refusal):
        return [{**_refused(pairs[0], found, "-".join(states)), **about}]
    return [
        {**_refused(pairs[0], one, "-".join(states)), **about}
        if isinstance(one, Refusal)
        else {
            **about,
            **_numbers(one.test),
            "predicted": one.target,
            "predictors": ", ".join(one.predictors),
            "test": one.test.test,
            "span": one.span,
            "warnings": [*one.test.warnings, *one.warnings],
            "result": one,
        }
        for one in found.tests
    ]


def _effects(warehouse: Warehouse, pair: Pair) -> Iterator[Row]:
    labels = warehouse.rows(
        "select distinct label from meta.raw_file where source = ? order by label", [SOURCE]
    )
    for (label,) in labels:
        series = _without(warehouse, pair, label).rename(f"{'-'.join(pair)} net")
        events = _events(warehouse, pair, label)
        inside = [one for one in events if _month(one) in series.index]
        if not inside:
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
    row = {**_about(pair), "event_kind": label, "method": method}
    if isinstance(result, Refusal):
        return {**row, **_refused(pair, result, f"{label} and {'-'.join(pair)}")}
    main = result.main
    beside = placebo if isinstance(placebo, TestResult) else None
    words = effects.placebo_sentence(beside) if beside else f"Placebo dates: {placebo.reason}."
    return {
        **row,
        **_numbers(main.test),
        "n_events": main.n_events,
        "effect": main.estimate.value,
        "effect_lo": main.estimate.lower,
        "effect_hi": main.estimate.upper,
        "p_pre_trend": result.pre_trend.p_value if result.pre_trend else None,
        "p_placebo": beside.p_value if beside else None,
        "span": result.span,
        "settings": _text(result.settings),
        "warnings": list(result.warnings),
        "result": result,
        "placebo": words,
    }


# -- rows ----------------------------------------------------------------------------------------


def _about(pair: Pair) -> Row:
    return {
        "source": SOURCE,
        "counting": COUNTING,
        "actor1_iso3": pair[0],
        "actor2_iso3": pair[1],
        "freq": FREQ,
        "measure": MEASURE,
    }


def _numbers(test: TestResult) -> Row:
    return {
        "null_hypothesis": test.null_hypothesis,
        "alternative": test.alternative,
        "statistic": test.statistic,
        "distribution": test.distribution,
        "p_value": test.p_value,
        "n_obs": test.n_obs,
        "settings": _text(test.settings),
    }


def _tested(pair: Pair, name: str, test: TestResult | Refusal, subject: str, span: str) -> Row:
    if isinstance(test, Refusal):
        return _refused(pair, test, subject, name=name)
    return {
        **_about(pair),
        **_numbers(test),
        "test": f"{name}: {test.test}" if name else test.test,
        "span": span,
        "warnings": list(test.warnings),
        "result": test,
        "subject": subject,
    }


def _refused(pair: Pair, refusal: Refusal, subject: str, name: str = "") -> Row:
    return {
        **_about(pair),
        "test": f"{name}: {refusal.model}" if name else refusal.model,
        "refusal": refusal.reason,
        "warnings": [],
        "sentence": result_sentence(refusal, subject),
    }


def _adjust_families(rows: Sequence[Row], key: str) -> None:
    """Correct within each family: the rows that share the value of `key`."""
    for name in sorted({row[key] for row in rows}):
        _adjust([row for row in rows if row[key] == name])


def _adjust(family: Sequence[Row]) -> None:
    """Put the adjusted p-value beside the raw one, within one family of tests."""
    table = benjamini_hochberg({n: row.get("p_value") for n, row in enumerate(family)}).table
    for row, adjusted in zip(family, table["p_adjusted"].to_numpy(dtype=float), strict=True):
        row["p_adjusted"] = None if math.isnan(adjusted) else float(adjusted)


def _finished(row: Row) -> Row:
    """Word a result, now that its adjusted p-value is known."""
    result, adjusted = row.get("result"), row.get("p_adjusted")
    if isinstance(result, GrangerResult):
        sentence = reciprocity.granger_sentence(result, p_adjusted=adjusted)
    elif isinstance(result, EffectResult):
        sentence = f"{effect_sentence(result, p_adjusted=adjusted)} {row['placebo']}"
    elif isinstance(result, TestResult):
        sentence = result_sentence(result, row["subject"], p_adjusted=adjusted)
    else:
        return row
    return {**row, "sentence": sentence}


def _text(settings: Mapping[str, Any]) -> str:
    return json.dumps(dict(settings), sort_keys=True, default=str)


def _last_day(label: str | None) -> date | None:
    return None if label is None else pd.Period(label, freq="M").end_time.date()


def _month(event: Event) -> pd.Period:
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
