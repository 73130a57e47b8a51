"""A case study: each claim of a story with its query, the result and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from detente.base.errors import QueryError
from detente.database.published import Published
from detente.report import language
from detente.report.charts import balance as drawn
from detente.report.charts.balance import Label
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
)
from detente.report.pages.blocks import (
    Table as TableBlock,
)
from detente.report.pages.bundle import Column, Resource, kind, table
from detente.report.pages.bundle import document as described
from detente.report.pages.figures import Figure, source, title_of
from detente.report.pages.pair import notice
from detente.report.rules import (
    CANNOT_BE_CHECKED,
    SUPPORTED,
    RuleError,
    Table,
    Verdict,
    column_in_words,
    decide,
)
from detente.report.spec import Claim, Needs, Spec, SpecError
from detente.settings import Settings

Kind = Literal["number", "day", "text"]
# So many rows of a result stand on the page; the bundle beside it holds all of them.
_ROWS_SHOWN = 60


@dataclass(frozen=True)
class Cell:
    """A value of a result as text, and what its column holds, which decides how it is set."""

    text: str
    kind: Kind


@dataclass(frozen=True)
class CheckedClaim:
    """A claim with its verdict, and everything that led to it."""

    number: int
    id: str
    claim: str
    source: str
    source_url: str
    reading: str
    query: str
    statement: str
    rule: str
    verdict: Verdict
    reason: str
    result: Table
    columns: tuple[Cell, ...]
    shown: tuple[tuple[Cell, ...], ...]
    # Rows of the result that the page leaves to the bundle.
    n_hidden: int


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
        _check(database, settings.query.timeout_seconds, spec, claim, number, say)
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
        notice=notice(study, None, say),
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


def tally(verdicts: Sequence[Verdict], say: Language) -> str:
    """Say how many claims got which verdict."""
    found = Counter(verdicts)
    parts = [
        _counted(f"case.found_{verdict.replace(' ', '_')}", found[verdict], say)
        for verdict in get_args(Verdict)
        if found[verdict]
    ]
    listed = say.listed(parts)
    if len(verdicts) == 1:
        return say("case.tally_one", found=listed)
    return say("case.tally_many", n=say.count(len(verdicts)), found=listed)


def _counted(key: str, number: int, say: Language) -> str:
    return say(f"{key}_one") if number == 1 else say(f"{key}_many", n=say.count(number))


def _check(
    database: Published,
    timeout_seconds: float,
    spec: Spec,
    claim: Claim,
    number: int,
    say: Language,
) -> CheckedClaim:
    verdict, reason, result = _verdict(database, timeout_seconds, spec, claim, say)
    kinds = [_kind(result, place) for place in range(len(result.columns))]
    return CheckedClaim(
        number=number,
        id=claim.id,
        claim=claim.claim,
        source=claim.source,
        source_url=claim.source_url,
        reading=claim.reading.strip(),
        query=claim.query or "",
        statement=claim.statement,
        rule=rule_in_words(claim, say),
        verdict=verdict,
        reason=reason,
        result=result,
        columns=tuple(Cell(name, kind) for name, kind in zip(result.columns, kinds, strict=True)),
        shown=tuple(
            tuple(Cell(text(value, say), kind) for value, kind in zip(row, kinds, strict=True))
            for row in result.rows[:_ROWS_SHOWN]
        ),
        n_hidden=max(len(result.rows) - _ROWS_SHOWN, 0),
    )


def _verdict(
    database: Published, timeout_seconds: float, spec: Spec, claim: Claim, say: Language
) -> tuple[Verdict, str, Table]:
    nothing = Table((), ())
    if claim.out_of_reach is not None:
        return CANNOT_BE_CHECKED, claim.out_of_reach, nothing
    where = f"Case study {spec.slug}, claim `{claim.id}`: "
    try:
        columns, rows = database.query_rows(claim.statement, timeout_seconds)
        result = Table(columns, tuple(tuple(_plain(value) for value in row) for row in rows))
        missing = _uncovered(database, claim.needs, say) if claim.needs else ""
        if missing:
            return CANNOT_BE_CHECKED, missing, result
        verdict = decide(
            result,
            claim.supported,
            claim.partly_supported,
            claim.cannot_be_checked,
            claim.when_empty,
        )
    except (QueryError, RuleError) as error:
        raise SpecError(f"{where}{error}") from error
    reason = ""
    if verdict == CANNOT_BE_CHECKED:
        reason = say("case.open" if result.rows else "case.empty")
    return verdict, reason, result


def _uncovered(database: Published, needs: Needs, say: Language) -> str:
    """Say which of the days that a claim needs the source does not cover whole; empty if none."""
    rows = database.rows(
        "select first_day, complete_to from meta.coverage where source = ?", [needs.source]
    )
    asked = {"first": needs.first, "last": needs.last, "source": needs.source}
    if not rows:
        return say("case.unheard", **asked)
    first_day, complete_to = rows[0]
    if first_day > needs.first or complete_to is None or needs.last > complete_to:
        return say("case.uncovered", **asked, from_day=first_day, to_day=complete_to)
    gaps = database.rows(
        "select first_day, last_day from meta.coverage_gap "
        "where source = ? and first_day <= ? and last_day >= ? order by first_day limit 1",
        [needs.source, needs.last, needs.first],
    )
    if not gaps:
        return ""
    return say("case.gap", **asked, from_day=gaps[0][0], to_day=gaps[0][1])


def rule_in_words(claim: Claim, say: Language) -> str:
    """Say when the claim counts as supported."""
    if claim.out_of_reach is not None:
        return ""
    rules = [
        say(
            f"case.rule_{name}",
            conditions=say("case.and").join(condition.words(say) for condition in conditions),
        )
        for name, conditions in (
            ("supported", claim.supported),
            ("partly", claim.partly_supported),
            ("unknown", claim.cannot_be_checked),
        )
        if conditions
    ]
    return "".join([*rules, say("case.rule_else")])


def _plain(value: Any) -> Any:
    """Return a value that JSON can hold, days and times aside."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, (list, tuple)):
        return tuple(_plain(one) for one in value)
    if value is None or isinstance(value, (bool, int, float, str, date)):
        return value
    return str(value)


def _kind(result: Table, place: int) -> Kind:
    """Say what a column holds, gaps aside."""
    known = [row[place] for row in result.rows if row[place] is not None]
    if known and all(
        isinstance(value, (int, float)) and not isinstance(value, bool) for value in known
    ):
        return "number"
    return "day" if known and all(isinstance(value, date) for value in known) else "text"


def text(value: Any, say: Language) -> str:
    """Return a plain value as a reader expects it: no false decimals, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return say("case.yes" if value else "case.no")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    if isinstance(value, int):
        return str(value).replace("-", "−")
    if isinstance(value, (list, tuple)):
        return ", ".join(text(one, say) for one in value)
    return str(value)
