"""A case study: each claim of a story with its query, the result and the verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.report import language
from detente.report.charts import balance as drawn
from detente.report.charts.balance import Label
from detente.report.claims import CheckedClaim, check_claim, tally
from detente.report.language import Language
from detente.report.model.balance import Month
from detente.report.model.pairs import Study
from detente.report.pages.blocks import (
    Block,
    Claims,
    Code,
    Document,
    ListedClaim,
    Picture,
    Result,
    Section,
    Text,
    notice,
)
from detente.report.pages.blocks import (
    Table as TableBlock,
)
from detente.report.pages.bundle import Column, Resource, kind, table
from detente.report.pages.bundle import document as described
from detente.report.pages.figures import Figure, source, title_of
from detente.report.rules import (
    SUPPORTED,
    column_in_words,
)
from detente.report.spec import Spec, SpecError
from detente.settings import Settings


@dataclass(frozen=True)
class CaseStudy:
    """Everything on the page of a case study."""

    slug: str
    title: str
    introduction: str
    summary: tuple[str, ...]
    claims: tuple[CheckedClaim, ...]
    months: Figure | None


def check(database: Published, settings: Settings, spec: Spec, study: Study) -> CaseStudy:
    """Check every claim of a specification against the published database.

    Raises
    ------
    SpecError
        A query fails or its result does not fit the rule: which claim, and why.
    """
    say = language.load(settings.report.language)
    claims = tuple(
        check_claim(database, settings.query.timeout_seconds, spec, claim, number, say)
        for number, claim in enumerate(spec.claims, start=1)
    )
    return CaseStudy(
        slug=spec.slug,
        title=spec.title,
        introduction=spec.introduction,
        summary=(tally([claim.verdict for claim in claims], say),),
        claims=claims,
        months=_chart(spec, study, say),
    )


def _chart(spec: Spec, study: Study, say: Language) -> Figure | None:
    """Return the balance of the story's pair, between its days; None where there is none.

    Raises
    ------
    SpecError
        The pair is none of the study's.
    """
    asked = spec.chart
    if asked is None:
        return None
    pair = study.pair(*asked.dyad)
    if pair is None:
        known = ", ".join(one.slug for one in study.pairs)
        raise SpecError(
            f"Case study {spec.slug}: the chart asks for {'-'.join(asked.dyad)}, which is not a "
            f"pair of the study. The study has {known}."
        )
    first, last = asked.first.replace(day=1), asked.last.replace(day=1)
    months = [one for one in pair.months if first <= one.month <= last]
    windows = [one for one in months if one.balance is not None]
    if len(windows) < 2:
        return None
    labels = [_label(mark.day, mark.label, windows) for mark in asked.marks]
    title = title_of(pair, say)
    alt = say("case.chart_alt", first=say.month(first), last=say.month(last))
    drawings = [
        drawn.hero(months, labels, say, title, alt, size, most=12, apart=24.0)
        for size in ((774.0, 320.0), (358.0, 270.0))
    ]
    return Figure(
        spec.slug, "balance", title, say("figure.balance_what"), source(pair, say), "points",
        drawings[0], ("month", "net_12m", "lo95", "hi95"),
        tuple((one.month, one.balance, one.lo, one.hi) for one in months), phone=drawings[1],
    )  # fmt: skip


def _label(day: date, words: str, windows: Sequence[Month]) -> Label:
    month = day.replace(day=1)
    here = next((one for one in windows if one.month == month), windows[-1])
    return Label(month, words, is_above=(here.balance or 0.0) >= 0)


def document(report: CaseStudy, study: Study, say: Language) -> Document:
    """Return the page of a case study: the claims with their verdicts first, then each in full."""
    listed = Claims(
        tuple(
            ListedClaim(
                one.number, f"#{one.id}", one.claim, _tag(one, say), one.verdict == SUPPORTED
            )
            for one in report.claims
        )
    )
    overview: list[Block] = [listed]
    if report.months:
        overview.append(Picture(report.months))
    sections = [Section("claims", say("case.claims"), tuple(overview))]
    sections += [
        Section(one.id, f"{one.number}. {one.claim}", tuple(_claim(one, say)))
        for one in report.claims
    ]
    return Document(
        slug=report.slug,
        title=report.title,
        kicker=say("nav.cases"),
        headline=report.title,
        lede=(report.introduction.strip(), *report.summary),
        sections=tuple(sections),
        here="cases",
        has_contents=False,
        actions=(
            (f"{report.slug}.pdf", say("annex.pdf")),
            (f"{report.slug}-data.zip", say("pair.data")),
        ),
        notice=notice(study, say),
    )


def _tag(one: CheckedClaim, say: Language) -> str:
    return say(f"case.verdict_{one.verdict.replace(' ', '_')}")


def _claim(one: CheckedClaim, say: Language) -> Iterator[Block]:
    """Return one claim: who makes it, how it is read, the verdict with its rule, and the result."""
    yield Result(
        one.id + "-verdict", one.reason or one.reading, "", _tag(one, say),
        one.verdict == SUPPORTED,
    )  # fmt: skip
    if one.reason and one.reading:
        yield Text(one.reading)
    yield Text(say("case.made_by", source=one.source), is_soft=True, link=one.source_url)
    if one.shown:
        yield TableBlock(
            say("case.result"),
            tuple(column_in_words(cell.text) for cell in one.columns),
            tuple(tuple(cell.text for cell in row) for row in one.shown),
            tuple(place for place, cell in enumerate(one.columns) if cell.kind == "number"),
            f"{one.id}-result",
        )
    if one.n_hidden:
        yield Text(say("case.hidden", n=say.count(one.n_hidden)), is_soft=True)
    if one.rule:
        yield Text(one.rule, is_soft=True)
    if one.statement:
        yield Code(say("case.sql"), one.statement)


def data(report: CaseStudy) -> tuple[Resource, ...]:
    """Return every claim with its verdict, and the whole result of its query."""
    claims = described(
        "claims.json",
        "Each claim with its source, its query, its rule and the verdict.",
        [
            {
                "id": one.id,
                "claim": one.claim,
                "source": one.source,
                "source_url": one.source_url,
                "reading": one.reading,
                "sql": one.statement,
                "rule": one.rule,
                "verdict": one.verdict,
                "reason": one.reason,
                "result": f"claims/{one.id}.csv" if one.result.columns else None,
            }
            for one in report.claims
        ],
    )
    tables = [
        table(
            f"claims/{one.id}.csv",
            f"What the query of claim {one.number} answers: {one.claim}",
            [
                Column(name, kind(row[place] for row in one.result.rows))
                for place, name in enumerate(one.result.columns)
            ],
            one.result.rows,
        )
        for one in report.claims
        if one.result.columns
    ]
    return (claims, *tables)
