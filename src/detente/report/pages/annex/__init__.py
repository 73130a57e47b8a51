"""The annex of a pair: every test, refusal, model and score, each with an id to link to."""

from __future__ import annotations

import pandas as pd

from detente.report.language import Language
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import Results
from detente.report.pages import verdict_sentences
from detente.report.pages.annex import direction, effects, forecasts, history, level, shifts
from detente.report.pages.annex.wording import ResultsInWords, ident
from detente.report.pages.blocks import (
    Block,
    Document,
    Result,
    Section,
    Table,
    Text,
    notice,
    numbered,
)
from detente.report.pages.figures import title_of


def annex(
    study: Study,
    pair: Pair,
    results: Results,
    months: pd.DataFrame | None,
    accounts: Table | None,
    say: Language,
) -> Document:
    """Return the annex of a pair.

    Parameters
    ----------
    results
        What `stats` holds about the pair.
    months
        Its rows of `marts.dyad_month`, for the score and the stock.
    accounts
        Where the rows of the files went.
    """
    if not pair.months:  # what a test of nothing says is nothing
        results = Results({})
    tests = ResultsInWords(pair, results, say)
    sections = [
        Section("definitions", say("annex.definitions"), tuple(_definitions(pair, say))),
        Section("shifts", say("annex.shifts"), tuple(shifts.blocks(tests))),
        Section("level", say("annex.level"), tuple(level.blocks(tests))),
        Section("score", say("annex.score"), tuple(history.score(pair, months, say))),
        Section("forecasts", say("annex.forecasts"), tuple(forecasts.blocks(tests))),
        Section("direction", say("annex.direction"), tuple(direction.blocks(tests))),
        Section("effects", say("annex.effects"), tuple(effects.blocks(tests))),
        Section("extremes", say("annex.extremes"), tuple(history.extremes(pair, results, say))),
        Section("diagnostics", say("annex.diagnostics"), tuple(_diagnostics(tests))),
        Section("rows", say("annex.rows"), (accounts,) if accounts else ()),
    ]
    slug = pair.slug
    return Document(
        slug=f"{slug}-annex",
        title=say("annex.title", pair=title_of(pair, say)),
        kicker=title_of(pair, say),
        headline=say("annex.headline"),
        lede=(say("annex.lede"),),
        sections=numbered([_once(one) for one in sections]),
        actions=(
            (f"{slug}.html", say("annex.back")),
            (f"{slug}-annex.pdf", say("annex.pdf")),
            (f"{slug}-data.zip", say("pair.data")),
        ),
        notice=notice(study, say, pair),
    )


def _once(section: Section) -> Section:
    """Leave out results that say the same as one before: a refusal of several tests."""
    seen: set[str] = set()
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Result) and not block.is_strong:
            if f"{block.tag}{block.plain}{block.full}" in seen:
                continue
            seen.add(f"{block.tag}{block.plain}{block.full}")
        blocks.append(block)
    return Section(section.id, section.title, tuple(blocks))


def _definitions(pair: Pair, say: Language) -> list[Block]:
    found: list[Block] = [Text(say(f"annex.define_{n}")) for n in ("points", "balance", "interval")]
    if pair.series.per_1k:
        found.append(Text(say("annex.define_per_1k")))
    return [*found, Text(say("annex.define_more"))]


def _diagnostics(tests: ResultsInWords) -> list[Block]:
    """Return which tests the data can support."""
    found: list[Block] = []
    for row in tests.results.of("diagnostic"):
        if row["is_refused"]:
            found.append(tests.refused(row, tests.test(row), "diagnostic", row["test"]))
            continue
        plain = verdict_sentences.upper_first(tests.word(row["test"]))
        if row["outcome"] in ("rejected", "not rejected"):
            plain = tests.of_null(row)
        found.append(Result(ident("diagnostic", row["test"]), plain, tests.full(row)))
    return found
