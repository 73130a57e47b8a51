"""The page of methods and data: everything that the reports rest on, generated from what made them.

The page shows the settings, the choices of each test, what the sources cover and where they have
gaps, where every row went, what was revised, versions, licences, and how to cite.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import PurePath

from markdown_it import MarkdownIt

from detente.base import assets
from detente.database.sql_files import field_description
from detente.report.charts import panels
from detente.report.language import Language, with_minus
from detente.report.model.methods import Methods
from detente.report.model.origin import Provenance
from detente.report.model.pairs import Study
from detente.report.pages import quality
from detente.report.pages.blocks import (
    Block,
    Code,
    Document,
    Picture,
    Prose,
    Result,
    Section,
    Table,
    Text,
    notice,
)
from detente.report.pages.bundle import Column, Resource, table
from detente.report.pages.bundle import document as described
from detente.report.pages.figures import Figure
from detente.report.pages.overview import Question
from detente.settings import RECORDS

SLUG = "methods"
_PASSAGE = re.compile(r"<!-- for ([A-Za-z0-9_ ]+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def document(
    report: Methods, study: Study, say: Language, questions: Sequence[Question] = ()
) -> Document:
    """Return the page of data and methods, with the study's questions answered in full."""
    m = partial(_methods, say)
    members = {code for pair in study.pairs for code in pair.key} | _kept(report.provenance)
    sections = [
        Section("cite", m("cite"), tuple(_cited(report))),
        Section("definitions", m("definitions"), tuple(_defined(say, members))),
        Section("coverage", m("coverage"), tuple(_covered(report, say))),
        Section("quality", m("quality"), tuple(quality.blocks(report.quality, say))),
        Section(
            "rows", m("rows"),
            (
                accounts_table(report.provenance, say),
                *_outside(report, say),
                *_failures(report, say),
            ),
        ),
        Section("differences", m("differences"), tuple(_differing(report, say))),
        Section("revisions", m("revisions"), tuple(_revised(report, say))),
        Section("scales", m("measures"), tuple(_measured(report, say))),
        Section("questions", say("region.questions_title"), tuple(_answered(questions, say))),
        Section("tests", m("tests"), tuple(_chosen(report, say))),
        Section(
            "settings",
            m("settings"),
            (
                Text(f"{m('settings_note')} {report.settings_note}".strip(), is_soft=True),
                Table(m("settings"), (m("key"), m("value")),
                      tuple((one.key, one.value) for one in report.settings)),
            ),
        ),
        Section("checks", m("checks"), (Text(m("checks_note"), is_soft=True),
                *(Text(one, lang="en") for one in report.checks))),
        Section("software", m("software"), (Text(report.software),)),
    ]  # fmt: skip
    return Document(
        slug=SLUG,
        title=report.title,
        kicker=study.title,
        headline=report.title,
        lede=report.summary,
        sections=tuple(one for one in sections if one.blocks),
        here="methods",
        actions=((f"{SLUG}-data.zip", say("pair.data")),),
        notice=notice(study, say),
    )


def _answered(questions: Sequence[Question], say: Language) -> Iterator[Block]:
    if questions:
        yield Text(say("region.questions_what"), is_soft=True)
    for one in questions:
        yield Result(one.id, f"{one.asked} {one.text}", one.full, one.verdict, one.is_supported)


def _methods(say: Language, key: str) -> str:
    return say(f"methods.{key}")


def _cited(report: Methods) -> Iterator[Block]:
    for one in report.citations:
        yield Text(f"{one.of}:")
        yield Text(one.text, lang="en")
        if one.bibtex:
            yield Code("BibTeX", one.bibtex)


def _defined(say: Language, members: Collection[str]) -> Iterator[Block]:
    if say.code != "en":
        yield from (Text(say(f"annex.define_{name}")) for name in ("points", "balance", "interval"))
        yield Text(say("methods.definitions_note"), is_soft=True)
    text = (assets.root() / "docs" / "methods.md").read_text(encoding="utf-8")
    yield Prose(_as_html(about(text, members)), "en")


def about(text: str, members: Collection[str]) -> str:
    """Return the methods without the passages about what the study does not have.

    Such a passage stands between `<!-- for statements JPN KOR -->` and `<!-- end -->`: it is told
    where the study has these actors and a file of records of that name; `records` means any file.
    """
    return _PASSAGE.sub(
        lambda found: found[2] if set(found[1].split()) <= set(members) else "", text
    )


def _kept(provenance: Provenance) -> set[str]:
    """Return the names of the files of hand-kept records, and `records` where there is one."""
    names = {
        PurePath(one.raw_file_id).stem
        for one in provenance.files
        if one.source == RECORDS and one.n_loaded
    }
    return names | {"records"} if names else names


def _as_html(text: str) -> str:
    """Return the methods as HTML, headings two steps down; raw HTML in them is escaped."""
    text = re.sub(r"\A# .*\n", "", text)
    text = re.sub(r"`[^`]*`|^ {4}.*$|[^`\n]+", _outside_code, text, flags=re.M)
    page = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    page = re.sub(r"<(/?)h([12])>", lambda found: f"<{found[1]}h{int(found[2]) + 1}>", page)
    # Links to files of the project lead nowhere from a page.
    page = re.sub(r'<a href="(?!https?:)[^"]*">(.*?)</a>', r"\1", page)
    # A page asks for no file: in the place of a picture stands what it shows.
    page = re.sub(
        r'<img [^>]*?alt="([^"]*)"[^>]*>', r"<em>Figure in docs/methods.md: \1</em>", page
    )
    seen: Counter[str] = Counter()

    def named(found: re.Match[str]) -> str:
        key = "def-" + re.sub(r"[^a-z0-9]+", "-", found[2].lower()).strip("-")
        seen[key] += 1
        return f'<h{found[1]} id="{key}{f"-{seen[key]}" if seen[key] > 1 else ""}">{found[2]}</h'

    page = re.sub(r"<h([23])>(.*?)</h", named, page)
    return (
        page.replace("<pre>", '<pre tabindex="0">')
        .replace(
            "<table>", '<div class="scroll" tabindex="0" role="region" aria-label="Table"><table>'
        )
        .replace("</table>", "</table></div>")
    )


def _covered(report: Methods, say: Language) -> Iterator[Block]:
    for one in report.coverages:
        yield Text(f"{one.source}: {one.span}")
        if one.gaps_told:
            yield Text(one.gaps_told, is_soft=True)
        counts = {year.year: [month.n_events for month in year.months] for year in one.years}
        title = say("methods.coverage_label", source=one.source)
        drawing = panels.grid(
            f"coverage-{one.source}", counts, [month[:3] for month in say.short_months], title,
            one.span,
        )  # fmt: skip
        rows = tuple(
            (f"{year}-{number:02d}", n)
            for year, months in counts.items()
            for number, n in enumerate(months, start=1)
            if n is not None
        )
        yield Picture(
            Figure(
                SLUG, drawing.name, title, say("methods.coverage_note"), "", "events", drawing,
                ("month", "n_events"), rows,
            )
        )  # fmt: skip


def accounts_table(origin: Provenance, say: Language) -> Table:
    """Return where the rows of every file went."""
    return Table(
        say("annex.accounts"),
        tuple(
            say(f"annex.{name}")
            for name in (
                "file", "read", "loaded", "out_of_scope", "unknown", "duplicate", "rejected"
            )
        ),
        tuple(
            (
                one.raw_file_id, *map(say.count, (one.n_rows, one.n_loaded, one.n_out_of_scope,
                                                  one.n_unknown, one.n_duplicate, one.n_rejected)),
            )
            for one in origin.files
        ),
        (1, 2, 3, 4, 5, 6),
        "accounts",
    )  # fmt: skip


def _failures(report: Methods, say: Language) -> Iterator[Block]:
    m = partial(_methods, say)
    if report.failed:
        yield Table(
            f"{m('failed')}. {report.failed_told}",
            (say("annex.file"), m("state"), m("reason")),
            tuple((one.raw_file_id, one.status, one.note) for one in report.failed),
        )
    if report.rejections:
        yield Table(
            f"{m('rejected')}. {m('rejected_note')}",
            (say("annex.file"), say("annex.read")),
            tuple((one.key, one.value) for one in report.rejections),
            (1,),
        )


def _outside(report: Methods, say: Language) -> Iterator[Block]:
    """Tell of events that do not count: why, and of which actors no table knows the name."""
    m = partial(_methods, say)
    if report.left_out:
        yield Table(
            m("left_out"),
            (m("source"), m("reason"), m("events"), m("share")),
            tuple(
                (source, reason, say.count(n), f"{say.percent(share)}%")
                for source, reason, n, share in report.left_out
            ),
            (2, 3),
        )
    if report.unknown:
        yield Table(
            f"{m('unknown')}. {m('unknown_note')}",
            (m("source"), m("name"), m("mentions"), m("first_seen")),
            tuple(
                (source, name, say.count(n), say.day(first))
                for source, name, n, first in report.unknown
            ),
            (2,),
        )


def _differing(report: Methods, say: Language) -> Iterator[Block]:
    m = partial(_methods, say)
    if not report.differences:
        yield Text(m("differences_none"))
        return
    yield Table(
        m("differences_caption"),
        (m("source"), m("events"), m("with_value"), m("different"), m("codes")),
        tuple(
            (
                one.source,
                *map(say.count, (one.n_events, one.n_compared, one.n_different)),
                one.codes,
            )
            for one in report.differences
        ),
        (1, 2, 3),
    )


def _revised(report: Methods, say: Language) -> Iterator[Block]:
    m = partial(_methods, say)
    yield Text(report.since_report_told)
    if report.since_report:
        yield Table(
            m("since_report"),
            (say("region.pair"), say("annex.month"), m("net_before"), m("net_now"),
             m("acts_before"), m("acts_now")),
            tuple(
                (one.dyad, say.month(one.month), say.plus(one.net_before), say.plus(one.net),
                 str(one.n_events_before), str(one.n_events))
                for one in report.since_report
            ),
            (2, 3, 4, 5),
        )  # fmt: skip
    yield Text(report.since_known_told)
    if report.since_known:
        yield Table(
            m("since_known"),
            (say("region.pair"), say("annex.month"), m("source"), m("net_at_end"), m("net_now"),
             m("known_on")),
            tuple(
                (one.dyad, say.month(one.month), one.source, say.plus(one.net_before),
                 say.plus(one.net), say.day(one.last_known_on))
                for one in report.since_known
            ),
            (3, 4),
        )  # fmt: skip


def _measured(report: Methods, say: Language) -> Iterator[Block]:
    m = partial(_methods, say)
    yield Text(report.half_life)
    yield Table(
        m("measures"), (m("key"), m("value")), tuple((o.key, o.value) for o in report.measures),
        lang="en",
    )  # fmt: skip
    yield Table(
        m("scales_caption"),
        (m("scale"), m("valued"), m("cite_column"), m("licence")),
        tuple(
            (
                say("methods.in_use", title=one.title) if one.is_used else one.title,
                say("methods.valued_of", n=one.n_valued, all=one.n_codes),
                one.citation,
                one.licence,
            )
            for one in report.scales
        ),
        lang="en",
    )


def _chosen(report: Methods, say: Language) -> Iterator[Block]:
    m = partial(_methods, say)
    yield Text(m("tests_note") if report.choices else m("tests_none"), is_soft=True)
    for one in report.choices:
        n = say("methods.tests_rows", n=say.count(one.n_results), refused=say.count(one.n_refused))
        rows = [(setting.key, setting.value) for setting in one.same]
        rows += [(name, m("by_series")) for name in one.varying]
        # Names and values of settings are those of detente.toml and of the database.
        yield Table(f"{one.table}: {n}", (m("key"), m("value")), tuple(rows), lang="en")


def data(report: Methods) -> tuple[Resource, ...]:
    """Return the tables of the page for programs."""
    months = [
        (one.source, f"{year.year}-{number:02d}-01", month.n_events, month.is_complete)
        for one in report.coverages
        for year in one.years
        for number, month in enumerate(year.months, start=1)
        if month.n_events is not None
    ]
    return (
        table(
            "coverage.csv",
            "Events of every source by month, inside its coverage.",
            [
                Column("source", "string", field_description("meta.coverage", "source")),
                Column(
                    "period_start", "date", field_description("marts.dyad_month", "period_start")
                ),
                Column("n_events", "integer", field_description("marts.dyad_month", "n_events")),
                Column(
                    "is_complete", "boolean", field_description("marts.dyad_month", "is_complete")
                ),
            ],
            months,
        ),
        described(
            "methods.json",
            "Settings, choices of the tests, row accounting, revisions and citations.",
            {
                "settings": {one.key: one.value for one in report.settings},
                "tests": {
                    one.table: {
                        "n_results": one.n_results,
                        "n_refused": one.n_refused,
                        "same": {choice.key: choice.value for choice in one.same},
                        "varying": one.varying,
                    }
                    for one in report.choices
                },
                "row_accounting": [asdict(one) for one in report.accounts],
                "failed_files": [asdict(one) for one in report.failed],
                "goldstein_differences": [asdict(one) for one in report.differences],
                "revised_since_last_report": [asdict(one) for one in report.since_report],
                "revised_since_first_known": [asdict(one) for one in report.since_known],
                "checks_passed": report.checks,
                "citations": [asdict(one) for one in report.citations],
            },
        ),
    )


def _outside_code(found: re.Match[str]) -> str:
    is_code = found[0].startswith(("`", "    "))
    return found[0] if is_code else with_minus(found[0])
