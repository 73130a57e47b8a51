"""Whether the past of one side helps to predict the other, and the responses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from detente.report.charts import lines
from detente.report.charts.lines import Point
from detente.report.model.results import Row
from detente.report.pages.annex.wording import ResultsInWords, decimals, ident
from detente.report.pages.blocks import Block, Picture, Text
from detente.report.pages.figures import Figure, source


def blocks(tests: ResultsInWords) -> list[Block]:
    """Return whether the past of one side helps to predict the other, and the responses."""
    say = tests.say
    found: list[Block] = []
    for row in tests.results.of("granger"):
        one, two = row["actor1_iso3"], row["actor2_iso3"]
        key = (row["acts"], two, one)
        if row["is_refused"]:
            found.append(tests.refused(row, _way(tests, two, one), "predicts", *key))
            continue
        found.append(
            tests.decided(
                row, "predicts", key,
                yes=row["outcome"] == "rejected" and not row["is_disputed"],
                one=tests.names.get(two, two),
                two=tests.names.get(one, one),
                acts=say(f"annex.acts_{row['acts']}"),
            )
        )  # fmt: skip
    found += _beyond_climate(tests)
    responses = tests.results.of("impulse_response")
    if responses:
        found.append(Text(say("annex.response_lead"), is_soft=True))
    ways = sorted({(one["impulse"], one["response"]) for one in responses})
    for impulse, response in ways:
        if impulse == response:
            continue
        rows = [
            one for one in responses if (one["impulse"], one["response"]) == (impulse, response)
        ]
        found.append(Picture(_response(tests, rows, impulse, response)))
    return found


def _way(tests: ResultsInWords, predictor: str, predicted: str) -> str:
    """Name whose acts are asked to predict whose."""
    first, second = (tests.names.get(one, one) for one in (predictor, predicted))
    return tests.say("explorer.way", first=first, second=second)


def _beyond_climate(tests: ResultsInWords) -> list[Block]:
    """Return whether acts of one side predict those of the other beyond a common climate."""
    say = tests.say
    rows = tests.results.of("common_climate")
    found: list[Block] = []
    if not all(row["is_refused"] for row in rows):
        found.append(Text(say("annex.climate_lead"), is_soft=True))
    for row in rows:
        one, two = row["actor1_iso3"], row["actor2_iso3"]
        key = (row["sign"], two, one)
        if row["is_refused"]:
            found.append(tests.refused(row, _way(tests, two, one), "climate", *key))
            continue
        found.append(
            tests.decided(
                row, "climate", key,
                yes=row["outcome"] == "rejected",
                one=tests.names.get(two, two),
                two=tests.names.get(one, one),
                sign=say(f"annex.sign_{row['sign']}"),
                ratio=decimals(row["ratio"], 2),
            )
        )  # fmt: skip
    return found


def _response(tests: ResultsInWords, rows: Sequence[Row], impulse: str, response: str) -> Figure:
    say = tests.say
    who = [_direction_in_words(tests, one) for one in (impulse, response)]
    title = say("annex.response_title", impulse=who[0], response=who[1])
    points = [
        Point(one["horizon"], one["response_value"], one["response_lo"], one["response_hi"])
        for one in rows
    ]
    draw = partial(
        lines.curve, ident("response", impulse), points, title, say("annex.response_what"),
        whole_ticks=[(one["horizon"], str(one["horizon"])) for one in rows],
    )  # fmt: skip
    return Figure(
        tests.pair.slug, ident("response", impulse), title, say("annex.response_what"),
        source(tests.pair, say), "points", draw(size=(774.0, 150.0)),
        ("months", "response", "lo95", "hi95"),
        tuple(
            (one["horizon"], one["response_value"], one["response_lo"], one["response_hi"])
            for one in rows
        ),
        draw(size=lines.PHONE),
    )  # fmt: skip


def _direction_in_words(tests: ResultsInWords, directed: str) -> str:
    one, _, two = directed.partition(">")
    return tests.say(
        "pair.towards", first=tests.names.get(one, one), second=tests.names.get(two, two)
    )
