"""The sidecar of a file of records: what the file covers and what its columns mean.

A sidecar is a TOML file checked against the models of this module, so that a wrong key or value is
told with its line. What depends on the file, the targets of acts that name none among them, is said
there, and the code knows no study.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from detente.base import toml_models
from detente.base.errors import RawFileError, SettingsError
from detente.base.toml_models import Day, Declared, Flag, Misplaced, Text, in_words
from detente.records import views
from detente.records.views import Views
from detente.settings import CameoCode, RuleChange, TargetsByValue

BOOLEANS = ("true", "false")


class Column(Declared):
    """A column of a file of records."""

    type: Literal["text", "choice", "integer", "boolean", "date"]
    required: Flag = False
    description: Text
    # What each value means, where the values are listed.
    values: dict[str, str] = {}

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that the column can have; empty where they are not listed."""
        return BOOLEANS if self.type == "boolean" else tuple(self.values)


class Start(Declared):
    """A kind of record that a file holds only from some day on; there is none before.

    Attributes
    ----------
    category
        One of the file's categories.
    attributes
        Values of the file's own columns that the kind has; empty for the whole category.
    first_day
        From which day on such records are kept.
    why
        What the reader should know of the time before, in a sentence.
    """

    category: str
    attributes: dict[str, str] = {}
    first_day: Day
    why: Text

    @field_validator("why")
    @classmethod
    def _on_one_line(cls, value: str) -> str:
        return " ".join(value.split())

    def is_about(self, category: str, attributes: Mapping[str, str]) -> bool:
        """Say whether a record is of the kind."""
        return category == self.category and self.attributes.items() <= attributes.items()


class Rule(Declared):
    """What a record without actor2 and code is: an act towards whom, and as which code.

    Attributes
    ----------
    name
        Stands with each record that the rule fills, and names the rule in the settings.
    cameo_code
        The code of the act.
    targets
        By column and value of the column: towards whom. A record acts towards all the states that
        its columns name.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    cameo_code: CameoCode
    targets: TargetsByValue = Field(min_length=1)

    def changed(self, change: RuleChange) -> Rule:
        """Return the rule as the settings change it."""
        targets = {
            column: {**self.targets.get(column, {}), **change.targets.get(column, {})}
            for column in {**self.targets, **change.targets}
        }
        return Rule(
            name=self.name, cameo_code=change.cameo_code or self.cameo_code, targets=targets
        )

    def states(self, attributes: Mapping[str, str]) -> tuple[str, ...]:
        """Return the states towards which a record acts, in alphabetical order."""
        return tuple(
            sorted(
                {
                    state
                    for column, by_value in self.targets.items()
                    for state in by_value.get(attributes.get(column, ""), ())
                }
            )
        )


# Columns that any file of records may have, without a word in its sidecar.
SHARED_COLUMNS: Mapping[str, Column] = {
    "source_kind": Column(
        type="choice",
        description="how near the source stands to the act",
        values={
            "primary": "published by a state or international body: announcement, text, notice",
            "press": "report of a news agency, a newspaper or a broadcaster",
            "reference": "later account: database, chronology, research report, encyclopaedia",
        },
    ),
    "occurrence_id": Column(
        type="text",
        description="the same words in each record of one meeting, announcement or measure; "
        "else empty",
    ),
    "carries_out": Column(
        type="text",
        description="record_id of the announcement that this record puts into force; several "
        "joined by ;",
    ),
    "restores": Column(
        type="text",
        description="record_id of what this record takes back in whole or in part; several joined "
        "by ;",
    ),
    "is_multilateral": Column(
        type="boolean",
        description="true for an agreement that many states sign, some of them outside the study",
    ),
    "coder": Column(type="text", description="who coded the record"),
    "short": Column(type="text", description="label for charts, at most 28 characters"),
}


class Sidecar(Declared):
    """Provenance of one file of records and the meaning of its own columns."""

    title: Text
    # Of the kind of record in charts and tables.
    label: str = ""
    covers: Text
    leaves_out: Text
    producer: Text
    licence: Text
    checked: Day
    covers_from: Day
    # None: as far as the last record of the file.
    covers_to: Day | None = None
    # For the reader of the file: how its records were coded, and whatever else is worth a note.
    coding: str = ""
    notes: dict[str, Any] = {}
    rule: Rule | None = None
    categories: dict[str, str]
    columns: dict[str, Column] = {}
    starts: tuple[Start, ...] = ()
    views: Views = Views()

    @property
    def all_columns(self) -> Mapping[str, Column]:
        """The file's own columns and those that any file may have."""
        return {**SHARED_COLUMNS, **self.columns}

    @model_validator(mode="after")
    def _covers_days(self) -> Sidecar:
        if self.covers_to and self.covers_from > self.covers_to:
            raise Misplaced(
                ("covers_to",),
                f"expected a day not before covers_from, {self.covers_from}; got {self.covers_to}",
            )
        return self

    @model_validator(mode="after")
    def _starts_are_of_the_file(self) -> Sidecar:
        for place, start in enumerate(self.starts):
            where = ("starts", place)
            _demand((*where, "category"), "a category", [start.category], self.categories)
            self._demand_values((*where, "attributes"), start.attributes.items())
            last_day = self.covers_to or date.max
            if not self.covers_from < start.first_day <= last_day:
                until = f" and not after {last_day}" if self.covers_to else ""
                raise Misplaced(
                    (*where, "first_day"),
                    f"expected a day after {self.covers_from}{until}, which the file covers; got "
                    f"{start.first_day}",
                )
        return self

    @model_validator(mode="after")
    def _rule_is_about_the_columns(self) -> Sidecar:
        if self.rule is not None:
            for column, by_value in self.rule.targets.items():
                self._demand_values(
                    ("rule", "targets"), [(column, value) for value in by_value or ("",)]
                )
        return self

    @model_validator(mode="after")
    def _views_are_of_the_file(self) -> Sidecar:
        for name, view in self.views.named().items():
            where = ("views", name)
            _demand((*where, "categories"), "a category", view.categories or (), self.categories)
            _demand((*where, "columns"), "a column of the view", view.columns, views.COLUMNS[name])
            _demand((*where, "columns"), "a column", view.columns.values(), self.columns)
        return self

    def _demand_values(self, where: toml_models.Location, pairs: Iterable[tuple[str, str]]) -> None:
        """Refuse values that no column of the file can have."""
        for column, value in pairs:
            _demand(where, "a column", [column], self.columns)
            if choices := self.columns[column].choices:
                _demand((*where, column), f"a value of {column}", [value], choices)


def _demand(
    where: toml_models.Location, what: str, given: Iterable[str], allowed: Iterable[str]
) -> None:
    allowed = list(allowed)
    for one in given:
        if one not in allowed:
            raise Misplaced(
                where, f"expected {what} among {', '.join(allowed) or 'none'}; got {one!r}"
            )


def read(path: Path) -> Sidecar:
    """Read the sidecar of a file of records.

    Raises
    ------
    RawFileError
        The sidecar is missing, is no TOML, or has an unknown or wrong key; every mistake with its
        line.
    """
    if not path.is_file():
        raise RawFileError(
            f"{path.name} is missing: each file of records needs a sidecar that says what it "
            "covers and what its columns mean (docs/data.md, Files of records). Write it beside "
            f"the file, or move the file out of {path.parent}."
        )
    text, content = toml_models.read(path, RawFileError, path.name)
    found = toml_models.validated(Sidecar, content, text, error=RawFileError, shown=path.name)
    return found if found.label else found.model_copy(update={"label": found.title})


def with_changes(sidecars: Iterable[Sidecar], changes: Mapping[str, RuleChange]) -> list[Sidecar]:
    """Return sidecars with their rules as the settings change them.

    Raises
    ------
    SettingsError
        A table of `[records.rules]` names a rule that no file has, or a column or value that the
        file with the rule does not have.
    """
    sidecars = list(sidecars)
    rules = [one.rule.name for one in sidecars if one.rule]
    if unknown := sorted(set(changes) - set(rules)):
        raise SettingsError(
            f"records.rules.{unknown[0]}: expected the name of a file's [rule] "
            f"({', '.join(sorted(rules)) or 'no file has one'})."
        )
    return [with_change(one, changes) for one in sidecars]


def with_change(sidecar: Sidecar, changes: Mapping[str, RuleChange]) -> Sidecar:
    """Return a sidecar with its rule as the settings change it; see `with_changes`."""
    if sidecar.rule is None or sidecar.rule.name not in changes:
        return sidecar
    rule = sidecar.rule.changed(changes[sidecar.rule.name])
    try:
        return Sidecar.model_validate({**dict(sidecar), "rule": rule})
    except ValidationError as error:
        reason = in_words(error.errors()[0]["msg"])
        raise SettingsError(f"records.rules.{rule.name}: {reason}.") from error
