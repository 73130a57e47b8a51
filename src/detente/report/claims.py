"""The claims of a case study: each is checked by a query and a rule, and both are put in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from detente.base.errors import QueryError
from detente.database.published import Published
from detente.database.reader import Readable
from detente.report.language import Language, with_minus
from detente.report.model.unknown import KEYS
from detente.report.rules import (
    CANNOT_BE_CHECKED,
    RuleError,
    Table,
    Verdict,
    decide,
)
from detente.report.spec import Claim, Needs, Spec, SpecError

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


def check_claim(
    database: Published,
    timeout_seconds: float,
    spec: Spec,
    claim: Claim,
    number: int,
    say: Language,
) -> CheckedClaim:
    """Check one claim: ask its query and apply its rule.

    Parameters
    ----------
    number
        Of the claim in its story, from 1.

    Raises
    ------
    SpecError
        The query fails or its result does not fit the rule: which claim, and why.
    """
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
        missing = uncovered(database, claim.needs, say) if claim.needs else ""
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


def uncovered(database: Readable, needs: Needs, say: Language) -> str:
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
        """
        with needed as (
            select unnest(
                coalesce(
                    $dyad,
                    (select flatten(list([actor1_iso3, actor2_iso3])) from meta.study_dyad)
                )
            ) as iso3
        ),

        gap as (
            select source, null as iso3, first_day, last_day, reason from meta.coverage_gap
            union all
            select source, iso3, first_day, last_day, reason
            from meta.state_gap
            semi join needed using (iso3)
        )

        select iso3, first_day, last_day, reason
        from gap
        where source = $source and first_day <= $last and last_day >= $first
        order by first_day, iso3 nulls first, reason
        limit 1
        """,
        {"dyad": list(needs.dyad) if needs.dyad else None, **asked},
    )
    if not gaps:
        return ""
    iso3, from_day, to_day, reason = gaps[0]
    span = {"from_day": from_day, "to_day": to_day}
    if iso3 is None:
        return say("case.gap", **asked, **span)
    why = say(f"unknown.reason_{KEYS[reason]}")
    return say("case.gap_of_state", **asked, **span, state=iso3, reason=why)


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
        return with_minus(f"{value:.6g}")
    if isinstance(value, int):
        return with_minus(str(value))
    if isinstance(value, (list, tuple)):
        return ", ".join(text(one, say) for one in value)
    return str(value)
