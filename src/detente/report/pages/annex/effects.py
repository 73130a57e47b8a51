"""What follows events of a kind."""

from __future__ import annotations

from detente.report.charts import lines
from detente.report.charts.lines import Effect
from detente.report.language import with_minus
from detente.report.model.events import name_of
from detente.report.model.results import Row
from detente.report.pages import verdict_sentences
from detente.report.pages.annex.wording import ResultsInWords, ident, signed
from detente.report.pages.blocks import Block, Picture
from detente.report.pages.figures import Figure, source

_ALPHA = 0.05


def blocks(tests: ResultsInWords) -> list[Block]:
    """Return what follows events of a kind: one forest plot, then each test."""
    say = tests.say
    rows = [one for one in tests.results.of("event_effect") if one["effect"] is not None]
    found: list[Block] = []
    drawn = [
        Effect(
            say(
                "annex.effect_name",
                kind=verdict_sentences.upper_first(name_of(one["event_kind"], say)),
                method=_method(tests, one),
            ),
            one["effect"],
            one["effect_lo"],
            one["effect_hi"],
            bool(one["p_pre_trend"] is not None and one["p_pre_trend"] < _ALPHA),
        )
        for one in rows
        if one["effect_lo"] is not None
    ]
    if drawn:
        title = say("annex.effect_title")
        found.append(
            Picture(
                Figure(
                    tests.pair.slug, "effects", title, say("annex.effect_what"),
                    source(tests.pair, say), "points a month",
                    lines.forest("effects", drawn, title, say("annex.effect_what")),
                    ("effect", "points", "lo95", "hi95", "moves_before"),
                    tuple((o.name, o.value, o.lo, o.hi, o.is_hollow) for o in drawn),
                )
            )
        )  # fmt: skip
    over_all = {one["event_kind"]: one for one in tests.results.of("event_panel")}
    for row in tests.results.of("event_effect"):
        key = (row["event_kind"], row["method"])
        found += _over_all_dyads(tests, over_all.get(row["event_kind"]))
        if row["is_refused"]:
            found.append(tests.refused(row, name_of(row["event_kind"], say), "effect", *key))
            continue
        found.append(
            tests.decided(
                row, "effect", key,
                yes=row["outcome"] == "rejected" and not row["is_disputed"],
                kind=name_of(row["event_kind"], say),
                method=_method(tests, row),
                n=say.count(row["n_events"] or 0),
                effect=signed(row["effect"] or 0.0),
            )
        )  # fmt: skip
    return found


def _over_all_dyads(tests: ResultsInWords, row: Row | None) -> list[Block]:
    """Return the same question asked of all dyads together."""
    if row is None or row["is_refused"]:
        return []
    return [
        tests.decided(
            row, "panel", [row["event_kind"]],
            yes=row["outcome"] == "rejected",
            kind=row["event_kind"],
            n=row["n_dyads"],
            effect=with_minus(f"{row['effect']:+.2f}"),
        )
    ]  # fmt: skip


def _method(tests: ResultsInWords, row: Row) -> str:
    key = f"annex.method_{ident(row['method']).replace('-', '_')}"
    return tests.say(key) if tests.say.has(key) else str(row["method"])
