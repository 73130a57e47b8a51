"""A file of the user's own, separated text or a sheet of Excel, whose columns the settings name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from detente.base.errors import RawFileError
from detente.database.quoting import identifier, literal
from detente.settings import CsvField, CsvSection
from detente.sources import snapshot, table_header, workbook
from detente.sources.base import Layout, Naming, Remote, hashed
from detente.sources.fetch import Fetcher

# What an event has, in the order of the projection; those in brackets may stay away.
FIELDS = (
    "event_id", "event_date", "actor1", "actor2", "code", "goldstein", "title", "source_name",
    "source_url", "category", "added_at", "actor1_sector", "actor2_sector", "latitude", "longitude",
)  # fmt: skip
# What is read as a number or a moment, and so can be neither.
_READ: Mapping[CsvField, str] = {
    "event_date": "expected a day",
    "added_at": "expected a moment as YYYY-MM-DD HH:MM:SS, or a day as event_date has it",
    "goldstein": "expected a number",
    "latitude": "expected degrees from -90 to 90",
    "longitude": "expected degrees from -180 to 180",
}
_MOST_SHOWN = 300  # letters of a header


@dataclass(frozen=True)
class CsvFile:
    """One file, taken as a snapshot: a changed file replaces its earlier content."""

    name: str
    section: CsvSection
    home: Path

    @property
    def title(self) -> str:
        """Its name for readers: `title` of the section, else the source's name."""
        return self.section.title or self.name

    @property
    def producer(self) -> str:
        """Whom to cite."""
        return self.section.producer

    @property
    def licence(self) -> str:
        """Terms of use, as `licence` of the section states them."""
        return self.section.licence

    @property
    def naming(self) -> Naming:
        """How it calls states."""
        return self.section.naming

    @property
    def projection(self) -> str:
        """The SQL that wraps the mapping."""
        return "csv_file"

    @property
    def has_releases(self) -> bool:
        """It has none: a file replaces its older versions."""
        return False

    @property
    def start(self) -> date:
        """First day that the file covers."""
        return self.section.covers_from

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return (self.home / self.section.path).resolve()

    @property
    def is_here(self) -> bool:
        """Whether the file is where the settings say."""
        return self.path.is_file()

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the one file that `path` names, with the days that the section says it covers."""
        del fetcher, start
        last = min(self.section.covers_to or end, end)
        found = snapshot.remote(self.path.name, self.path.as_uri(), self.start, last)
        return [self._described(found)]

    @property
    def _encoding(self) -> str:
        return "" if self.path.suffix.lower() == workbook.SUFFIX else self.section.encoding

    def recognise(self, name: str) -> Remote | None:
        """Return a kept version; `path` may have named another file when it was kept."""
        wanted = snapshot.unversioned(name)
        found = snapshot.recognise(name, wanted, self.path.as_uri(), self.start)
        if not found:
            return None
        last_day = self.section.covers_to or found.last_day
        return replace(self._described(found), last_day=last_day)

    def _described(self, found: Remote) -> Remote:
        return replace(
            found,
            is_sole=True,
            sheet=self.section.sheet,
            encoding=self._encoding,
            header=tuple(sorted(self.section.columns.values())),
            is_closed=self.section.covers_to is not None,
        )

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout by the header.

        Raises
        ------
        RawFileError
            It lacks a column that the settings name.
        """
        del name
        mapping = self.section.columns
        separator = self._separator(first_line)
        columns = _names(first_line, separator)
        missing = sorted(set(mapping.values()) - set(columns))
        if missing:
            raise RawFileError(
                f"it has no column {', '.join(missing)}, as sources.csv.{self.name}.columns in the "
                f"settings says; it has {_named(columns)}"
            )
        return Layout(
            columns,
            "csv_file",
            mapping.get("code", ""),
            self._expected,
            is_quoted=True,
            separator=separator,
            header_lines=1,
            reads=self._reads,
            variables={
                "date_format": self.section.date_format,
                **{f"{field}_column": mapping.get(field, "") for field in _READ},
            },
            day_column=mapping["event_date"],
            actor_columns=(mapping["actor1"], mapping["actor2"]),
            has_sides=True,
            has_cameo="code" in mapping,
            refuses_unknown=True,
        )

    @property
    def _expected(self) -> dict[str, str]:
        """Say what each column should hold, by the file's own names."""
        mapping = self.section.columns
        names: dict[CsvField, str] = {
            **_READ,
            "event_date": f"expected a day as {self.section.date_format}",
            "code": "expected a CAMEO code",
        }
        return {mapping.get(field, field): words for field, words in names.items()}

    def _separator(self, first_line: bytes) -> str:
        """Return what parts the columns: as the settings say, or what gives most of them."""
        if self.section.separator != "auto":
            return table_header.SEPARATORS[self.section.separator]
        wanted = set(self.section.columns.values())
        return max(
            table_header.SEPARATORS.values(),
            key=lambda one: len(wanted & set(_names(first_line, one))),
        )

    @property
    def _reads(self) -> str:
        """Select list that gives the file's columns the names of the projection."""
        mapping = self.section.columns
        chosen = {
            field: identifier(mapping[field]) if field in mapping else "null::varchar"
            for field in FIELDS
        }
        if "code" not in mapping:
            chosen["code"] = literal(self.section.cameo_code)
        return ", ".join(f"{value} as {name}" for name, value in chosen.items())

    def recipe(self) -> str:
        """Return a hash of the mapping, which decides the events."""
        section = self.section
        days = f"{section.covers_from} {section.covers_to}"
        return hashed(
            self._reads,
            section.date_format,
            section.naming,
            section.separator,
            section.encoding,
            section.sheet,
            days,
            "codes of states in any case",
        )


def _named(columns: tuple[str, ...]) -> str:
    """Return the names of columns, cut: what is no table has a first line of any length."""
    shown = ", ".join(columns)
    return shown if len(shown) <= _MOST_SHOWN else f"{shown[:_MOST_SHOWN]}..."


def _names(header: bytes, separator: str) -> tuple[str, ...]:
    # A bare return ends a line here as it does where the rows are read.
    text = header.decode("utf-8-sig", "replace")
    return table_header.names(table_header.cells(text, separator))
