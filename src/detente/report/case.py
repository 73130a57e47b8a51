"""A case study: each claim of a story with the query that checks it, its result and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from detente.errors import QueryError
from detente.report import model
from detente.report.bundle import Column, Resource, document, kind, table
from detente.report.page import Page, page_of
from detente.report.rules import CANNOT_BE_CHECKED, RuleError, Table, Verdict, decide
from detente.report.spec import Claim, Needs, Spec, SpecError
from detente.settings import Settings
from detente.warehouse import Published

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
    provenance: model.Provenance


def study(database: Published, settings: Settings, spec: Spec) -> CaseStudy:
    """Check every claim of a specification against the published database.

    Raises
    ------
    SpecError
        A query fails or its result does not fit the rule: which claim, and why.
    """
    claims = tuple(
        _check(database, settings, spec, claim, number)
        for number, claim in enumerate(spec.claims, start=1)
    )
    return CaseStudy(
        slug=spec.slug,
        title=spec.title,
        introduction=spec.introduction,
        summary=(tally([claim.verdict for claim in claims]),),
        claims=claims,
        provenance=model.provenance(database),
    )


def page(report: CaseStudy, settings: Settings) -> Page:
    """Return the page of a case study."""
    return page_of(report.slug, "case", report, settings, data=data(report))


def data(report: CaseStudy) -> tuple[Resource, ...]:
    """Return every claim with its verdict, and the whole result of its query."""
    claims = document(
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


def tally(verdicts: Sequence[Verdict]) -> str:
    """Say how many claims got which verdict."""
    found = Counter(verdicts)
    parts = [
        f"{found[verdict]} {'is' if found[verdict] == 1 else 'are'} {verdict}"
        if verdict != CANNOT_BE_CHECKED
        else f"{found[verdict]} {verdict}"
        for verdict in get_args(Verdict)
        if found[verdict]
    ]
    listed = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Of {len(verdicts)} claim{'s' if len(verdicts) != 1 else ''}, {listed}."


def _check(
    database: Published, settings: Settings, spec: Spec, claim: Claim, number: int
) -> CheckedClaim:
    verdict, reason, result = _verdict(database, settings, spec, claim)
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
        rule=rule_in_words(claim),
        verdict=verdict,
        reason=reason,
        result=result,
        columns=tuple(Cell(name, kind) for name, kind in zip(result.columns, kinds, strict=True)),
        shown=tuple(
            tuple(Cell(text(value), kind) for value, kind in zip(row, kinds, strict=True))
            for row in result.rows[:_ROWS_SHOWN]
        ),
        n_hidden=max(len(result.rows) - _ROWS_SHOWN, 0),
    )


def _verdict(
    database: Published, settings: Settings, spec: Spec, claim: Claim
) -> tuple[Verdict, str, Table]:
    nothing = Table((), ())
    if claim.out_of_reach is not None:
        return CANNOT_BE_CHECKED, claim.out_of_reach, nothing
    where = f"Case study {spec.slug}, claim `{claim.id}`: "
    try:
        columns, rows = database.query_rows(claim.statement, settings.query.timeout_seconds)
        result = Table(columns, tuple(tuple(_plain(value) for value in row) for row in rows))
        missing = _uncovered(database, claim.needs) if claim.needs else ""
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
        reason = (
            "The query found no rows."
            if not result.rows
            else "The result leaves open what the rule asks."
        )
    return verdict, reason, result


def _uncovered(database: Published, needs: Needs) -> str:
    """Say which of the days that a claim needs the source does not cover whole; empty if none."""
    rows = database.rows(
        "select first_day, complete_to from meta.coverage where source = ?", [needs.source]
    )
    asked = f"The claim needs the days from {needs.first} to {needs.last}"
    if not rows:
        return f"{asked}; the database holds no events of the source {needs.source}."
    first_day, complete_to = rows[0]
    if first_day <= needs.first and complete_to is not None and needs.last <= complete_to:
        return ""
    return f"{asked}; the source {needs.source} covers {first_day} to {complete_to} whole."


def rule_in_words(claim: Claim) -> str:
    """Say when the claim counts as supported."""
    if claim.out_of_reach is not None:
        return ""

    def all_of(conditions: Sequence[Any]) -> str:
        return " and ".join(condition.words() for condition in conditions)

    parts = [f"supported where {all_of(claim.supported)}"]
    if claim.partly_supported:
        parts.append(f"partly supported where {all_of(claim.partly_supported)}")
    if claim.cannot_be_checked:
        parts.append(f"not checked where {all_of(claim.cannot_be_checked)}")
    sentence = "; ".join(parts) + "; otherwise not supported."
    return sentence[0].upper() + sentence[1:]


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


def text(value: Any) -> str:
    """Return a plain value as a reader expects it: no false decimals, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", "−")
    if isinstance(value, int):
        return str(value).replace("-", "−")
    if isinstance(value, (list, tuple)):
        return ", ".join(text(one) for one in value)
    return str(value)
