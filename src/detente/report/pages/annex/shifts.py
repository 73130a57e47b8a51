"""Step or drift, the breaks with their intervals, and what they depend on."""

from __future__ import annotations

from collections.abc import Sequence

from detente.report.charts import lines
from detente.report.charts.lines import Dates
from detente.report.model.results import Row
from detente.report.pages import verdict_sentences
from detente.report.pages.annex.wording import (
    ResultsInWords,
    chance,
    ident,
    signed,
)
from detente.report.pages.blocks import Block, Picture, Result, Table, Text
from detente.report.pages.figures import Figure, source

# Tests of no break at all, which are of the level itself; the others are of breaks beyond the
# first, of the last months alone, or of the residuals.
_OF_ANY_BREAK = (
    "any_break", "any_break_bootstrap", "any_break_any_trimming", "any_number_of_breaks",
    "breaks_0_against_1", "stability",
)  # fmt: skip


def blocks(tests: ResultsInWords) -> list[Block]:
    """Return step or drift, the breaks with their intervals, and what they depend on."""
    say = tests.say
    found: list[Block] = [*_step_or_drift(tests)]
    for place, one in enumerate(tests.pair.breaks, start=1):
        key = "annex.rose" if one.mean_after > one.mean_before else "annex.fell"
        plain = say(
            key,
            month=say.month(one.day),
            before=tests.level(one.mean_before),
            after=tests.level(one.mean_after),
            lower=say.month(one.lower or one.day),
            upper=say.month(one.upper or one.day),
        )
        row = tests.results.of("break_point")[place - 1]
        found.append(
            Result(ident("shift", place), plain, tests.full(row), say("annex.tag_dated"), True)
        )
    searches = _robustness(tests)
    for row in tests.results.of("break_test"):
        found.append(_break_test(tests, row))
    if tests.pair.breaks:
        found.append(Text(say("annex.not_cause"), is_soft=True))
    return [*found, *searches]


def _step_or_drift(tests: ResultsInWords) -> list[Block]:
    found: list[Block] = []
    say = tests.say
    for row in tests.results.of("step_or_drift"):
        name = ident(row["verdict"]).replace("-", "_")
        key = "annex.drift" if name.startswith("drift") else "annex.unsettled"
        if row["is_step"]:
            key = "annex.step"
        plain = say(key, verdict=say(f"annex.moves_{name}"))
        found.append(Result("step-or-drift", plain, tests.full(row)))
    for place, row in enumerate(tests.results.of("level_change"), start=1):
        plain = say(
            tests.of_level("rose" if row["level_after"] > row["level_before"] else "fell"),
            first=say.month(row["first_month"]),
            last=say.month(row["last_month"]),
            before=tests.level(row["level_before"]),
            after=tests.level(row["level_after"]),
            p=chance(row["probability"]),
        )
        found.append(Result(ident("level-change", place), plain))
    return found


def _break_test(tests: ResultsInWords, row: Row) -> Result:
    say = tests.say
    if row["is_refused"]:
        return tests.refused(row, tests.test(row), "test", row["test"])
    if row["outcome"] not in ("rejected", "not rejected"):
        n = len(tests.results.of("break_point"))
        plain = say("annex.break_count", n=n)
        return Result(ident("test", row["test"]), plain, tests.full(row))
    rejects = row["outcome"] == "rejected"
    is_of_break = row["test_id"] in _OF_ANY_BREAK
    plain = tests.of_null(row, "break" if is_of_break else "null")
    yes, no = ("tag_yes", "tag_no") if is_of_break else ("tag_rejected", "tag_kept")
    tag = say(f"annex.{yes if rejects else no}")
    return Result(ident("test", row["test"]), plain, tests.full(row), tag, rejects)


def _robustness(tests: ResultsInWords) -> list[Block]:
    rows = tests.results.of("robustness")
    say = tests.say
    by_rule = _by_rule(tests, rows)
    if not tests.pair.breaks or len(rows) < 2:
        return by_rule
    first = min(row["position"] for row in rows)
    drawn = [
        Dates(
            say("annex.main_result")
            if row["position"] == first
            else verdict_sentences.upper_first(tests.word(row["variant_words"])),
            tuple(
                zip(
                    row["break_dates"] or (),
                    row["break_dates_lo"] or (),
                    row["break_dates_hi"] or (),
                    strict=True,
                )
            ),
        )
        for row in rows
        if not row["is_refused"]
    ]
    months = [one.month for one in tests.pair.months if one.is_complete]
    title = say("annex.robust_title")
    drawing = lines.dates(
        "robustness", drawn, (months[0], months[-1]), title, say("annex.robust_what"),
        say("annex.robust_none"),
    )  # fmt: skip
    figure = Figure(
        tests.pair.slug, "robustness", title, say("annex.robust_what"), source(tests.pair, say),
        "date", drawing, ("search", "dates"),
        tuple((one.name, "; ".join(str(day) for day, _, _ in one.found)) for one in drawn),
    )  # fmt: skip
    return [Picture(figure), *by_rule]


def _by_rule(tests: ResultsInWords, rows: Sequence[Row]) -> list[Block]:
    """Return what other rules of coding do to the balance and the level."""
    say = tests.say
    rules = [one for one in rows if one["variant"] == "rule" and one["net_12m"] is not None]
    if not rules:
        return []
    asked = [one for one in rows if one["variant"] == "as_asked"]
    return [
        Table(
            say("annex.rules"),
            tuple(say(f"annex.{key}") for key in ("rule", "rule_balance", "rule_level")),
            tuple(
                (
                    say("annex.main_result")
                    if one["variant"] == "as_asked"
                    else verdict_sentences.upper_first(str(one["variant_of"])),
                    signed(one["net_12m"]),
                    "–" if one["level_change"] is None else signed(one["level_change"]),
                )
                for one in (*asked, *rules)
            ),
            (1, 2),
            "coding-rules",
        )
    ]
