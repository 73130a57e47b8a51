"""The level of relations by month."""

from __future__ import annotations

from functools import partial

from detente.report.charts import lines
from detente.report.charts.lines import Point, month_number
from detente.report.pages.annex.wording import ResultsInWords, chance
from detente.report.pages.blocks import Block, Picture, Result
from detente.report.pages.figures import Figure, source


def blocks(tests: ResultsInWords) -> list[Block]:
    """Return the level of relations by month, where the database has it."""
    rows = [one for one in tests.results.of("level") if one.get("kind") == "smoothed"]
    now = [one for one in tests.results.of("level") if one.get("kind") == "filtered"]
    say = tests.say
    if len(rows) < 2:
        return []
    points = [
        Point(
            month_number(one["period_start"]), one["level"], one["level_lo_95"],
            one["level_hi_95"], (one["level_lo_80"], one["level_hi_80"]),
        )
        for one in rows
    ]  # fmt: skip
    title, what = say("annex.level_title"), say(tests.of_level("what"))
    per = " per 1,000 events of the source" if tests.pair.series.is_level_per_1k else ""
    draw = partial(lines.curve, "level", points, title, what)
    figure = Figure(
        tests.pair.slug, "level", title, what, source(tests.pair, say),
        f"points a month{per}", draw(),
        ("month", "level", "lo80", "hi80", "lo95", "hi95", "tone"),
        tuple(
            (
                one["period_start"], one["level"], one["level_lo_80"], one["level_hi_80"],
                one["level_lo_95"], one["level_hi_95"], one["tone"],
            )
            for one in rows
        ),
        draw(size=lines.PHONE),
    )  # fmt: skip
    found: list[Block] = [Picture(figure)]
    if now:
        last = now[-1]
        higher = last.get("p_higher_than_year_ago")
        found.append(
            Result(
                "level-now",
                say(
                    tests.of_level("now"),
                    month=say.month(last["period_start"]),
                    level=tests.level(last["level"]),
                    lo=tests.level(last["level_lo_95"]),
                    hi=tests.level(last["level_hi_95"]),
                ),
                "" if higher is None else say("annex.level_p", p=chance(higher)),
            )
        )
    return found
