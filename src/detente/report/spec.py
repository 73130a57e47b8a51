"""Case studies as data: `reports/specs/*.toml`, validated, unknown keys refused.

A specification holds a story's factual claims. Each names who makes it, the query that checks it
and the rule that turns the query's result into a verdict (`detente.report.rules`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationInfo, model_validator

from detente.base import toml_models
from detente.base.errors import DetenteError
from detente.base.toml_models import Day, Declared
from detente.database import queries
from detente.report.rules import CANNOT_BE_CHECKED, Condition, Verdict
from detente.settings import Iso3


class SpecError(DetenteError):
    """A case study's file cannot be used: which file, which claim, what was expected."""

    exit_code = 2


class Needs(Declared):
    """The days that a source must cover whole, or the claim cannot be checked.

    Attributes
    ----------
    dyad
        The pair of which it must know them; every pair of the study where there is none.
    """

    first: Day
    last: Day
    source: str = "records"
    dyad: tuple[Iso3, Iso3] | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Needs:
        if self.first > self.last:
            raise ValueError("`first` must not be after `last`")
        return self


class Claim(Declared):
    """One factual claim of the story.

    Attributes
    ----------
    claim, source, source_url
        The claim in our words, who makes it, and where a reader finds it.
    reading
        How the query reads the claim: what is counted and what is not.
    query, sql
        The name of a query of `sql/queries`, or SQL. One statement that reads.
    out_of_reach
        In the place of a query: why no table of the database can tell.
    needs
        The days that must be covered.
    supported, partly_supported, cannot_be_checked
        The rule; see `detente.report.rules.decide`.
    when_empty
        The verdict on a result without rows where the rule reads cells.
    """

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    claim: str = Field(min_length=1)
    source: str = Field(min_length=1)
    source_url: str = Field(default="", pattern=r"^(https?://\S+)?$")
    reading: str = Field(min_length=1)
    query: str | None = None
    sql: str | None = None
    out_of_reach: str | None = None
    needs: Needs | None = None
    supported: tuple[Condition, ...] = ()
    partly_supported: tuple[Condition, ...] = ()
    cannot_be_checked: tuple[Condition, ...] = ()
    when_empty: Verdict = CANNOT_BE_CHECKED

    # Folder of the study's own named queries.
    _own: Path | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _is_checked_in_one_way(self, info: ValidationInfo) -> Claim:
        ways = [self.query, self.sql, self.out_of_reach]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of `query` (a name), `sql`, or `out_of_reach` (a reason)")
        if self.out_of_reach is None and not self.supported:
            raise ValueError("say in `supported` when the claim counts as supported")
        if self.out_of_reach is not None and (self.supported or self.partly_supported):
            raise ValueError("a claim that is out of reach has no rule")
        self._own = (info.context or {}).get("queries")
        known = queries.named(self._own)
        if self.query is not None and self.query not in known:
            raise ValueError(f"`{self.query}` is not a named query ({', '.join(known)})")
        return self

    @property
    def statement(self) -> str:
        """The SQL that checks the claim; empty where none can."""
        if self.query is not None:
            return queries.named(self._own)[self.query].text.strip()
        return (self.sql or "").strip()


class Mark(Declared):
    """A day that the story turns on."""

    day: Day
    label: str = Field(min_length=1, max_length=40)


class Chart(Declared):
    """The months of a dyad that open the page, between two days, with the story's days marked."""

    dyad: tuple[Iso3, Iso3]
    first: Day
    last: Day
    marks: tuple[Mark, ...] = Field(default=(), max_length=12)

    @model_validator(mode="after")
    def _in_order(self) -> Chart:
        if self.first >= self.last:
            raise ValueError("`first` must be before `last`")
        return self


class Spec(Declared):
    """A case study: a title, an introduction, perhaps a chart, and claims."""

    title: str = Field(min_length=1)
    introduction: str = Field(min_length=1)
    chart: Chart | None = None
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]

    # Not a key of the file: its name without the suffix, with hyphens.
    slug: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _names_are_distinct(self) -> Spec:
        repeated = [name for name, n in Counter(one.id for one in self.claims).items() if n > 1]
        if repeated:
            raise ValueError(f"the claim `{repeated[0]}` is there twice")
        return self


def paths(folder: Path) -> list[Path]:
    """Return the specifications of the study, by name."""
    return sorted(folder.glob("*.toml"))


def digest(specs: Path, queries: Path) -> str:
    """Return one hash of specifications and own queries: reports are stale when it changes."""
    lines = [
        f"{path.name}\t{hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in (*paths(specs), *sorted(queries.glob("*.sql")))
    ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def load_all(specs: Path, queries: Path) -> list[Spec]:
    """Read and validate every specification of the study.

    Raises
    ------
    SpecError
        A file is no TOML or holds an unknown or wrong key; all mistakes of a file at once.
    """
    return [load(path, queries) for path in paths(specs)]


def load(path: Path, own_queries: Path | None = None) -> Spec:
    """Read and validate one specification.

    Parameters
    ----------
    own_queries
        Folder of the study's own named queries.

    Raises
    ------
    SpecError
        With the file, the claim by its place, the key and what is allowed.
    """
    text, content = toml_models.read(path, SpecError, str(path))
    if "slug" in content:
        raise SpecError(f"{path}: unknown key `slug`; the page is named after the file.")
    spec = toml_models.validated(
        Spec,
        content,
        text,
        error=SpecError,
        shown=str(path),
        hidden=frozenset({"slug"}),
        context={"queries": own_queries},
        called=lambda location: _claim(content, location),
    )
    return spec.model_copy(update={"slug": path.stem.replace("_", "-").lower()})


def _claim(content: dict[str, Any], location: toml_models.Location) -> str:
    """Name the claim that a key of the file belongs to."""
    if location[:1] != ("claims",) or len(location) < 2 or not isinstance(location[1], int):
        return ""
    claim = content["claims"][location[1]]
    name = claim.get("id") if isinstance(claim, dict) else None
    return f"claim {location[1] + 1}" + (f" ({name})" if name else "") + ": "
