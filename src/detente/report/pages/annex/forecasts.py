"""What is expected of the next months, and how such forecasts fared."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from detente.report.charts import lines
from detente.report.charts.lines import Point
from detente.report.model.results import Row
from detente.report.pages import calibration
from detente.report.pages.annex.wording import (
    ResultsInWords,
    decimals,
    ident,
    per_cent,
)
from detente.report.pages.blocks import Block, Picture, Table, Text
from detente.report.pages.figures import Figure, source


def blocks(tests: ResultsInWords) -> list[Block]:
    """Return what is expected of the next months, and how such forecasts fared."""
    say = tests.say
    every = tests.results.of("outlook")
    if every and tests.pair.outlook is None:
        return [Text(say("annex.too_few"))]
    months = sorted(
        (one for one in every if one["target"] == "month"), key=lambda one: one["horizon"]
    )
    found: list[Block] = [Picture(_fan(tests, months))] if months else []
    now = [one for one in tests.results.of("level") if one.get("kind") == "filtered"]
    tested = calibration.figure(tests.pair, now, say)
    if tested:
        found += [Picture(tested), Text(say("annex.pit_lead"), is_soft=True)]
    if any(one["n_judged"] for one in every):
        found.append(
            Table(
                say("annex.held"),
                tuple(say(f"annex.{key}") for key in
                      ("target", "forecasts_n", "held_80", "held_95")),
                tuple(
                    (
                        _target(tests, one),
                        say.count(one["n_judged"]),
                        per_cent(one["coverage_80"]),
                        per_cent(one["coverage_95"]),
                    )
                    for one in every
                    if one["n_judged"]
                ),
                (1, 2, 3),
                "forecast-coverage",
            )
        )  # fmt: skip
    scores = tests.results.of("outlook_score")
    if scores:
        found.append(Text(say("annex.scores_lead")))
        found.append(
            Table(
                say("annex.scores"),
                tuple(say(f"annex.{key}") for key in
                      ("target", "model", "forecasts_n", "crps", "coverage")),
                tuple(
                    (
                        _target(tests, one),
                        _model(tests, one),
                        say.count(one["n_forecasts"]),
                        decimals(one["crps"], 2),
                        per_cent(one["coverage_80"]),
                    )
                    for one in scores
                ),
                (2, 3, 4),
                "forecast-scores",
            )
        )  # fmt: skip
    return found


def _target(tests: ResultsInWords, row: Row) -> str:
    key = "annex.target_sum" if str(row["target"]).startswith("sum") else "annex.target_month"
    return tests.say(key, n=row["horizon"])


def _model(tests: ResultsInWords, row: Row) -> str:
    key = f"annex.model_{ident(row['model']).replace('-', '_')}"
    return tests.say(key) if tests.say.has(key) else str(row["model"])


def _fan(tests: ResultsInWords, rows: Sequence[Row]) -> Figure:
    say = tests.say
    points = [
        Point(n, one["median"], one["lo_95"], one["hi_95"], (one["lo_80"], one["hi_80"]))
        for n, one in enumerate(rows)
    ]
    title = say("annex.fan_title")
    draw = partial(
        lines.curve, "fan", points, title, say("annex.fan_what"),
        whole_ticks=[(n, say.short_month(one["period_start"])) for n, one in enumerate(rows)],
        has_dots=True,
    )  # fmt: skip
    return Figure(
        tests.pair.slug, "fan", title, say("annex.fan_what"), source(tests.pair, say), "points",
        draw(size=(774.0, 200.0)), ("month", "median", "mean", "lo80", "hi80", "lo95", "hi95"),
        tuple(
            (
                one["period_start"], one["median"], one["mean"], one["lo_80"], one["hi_80"],
                one["lo_95"], one["hi_95"],
            )
            for one in rows
        ),
        draw(size=lines.PHONE),
    )  # fmt: skip
