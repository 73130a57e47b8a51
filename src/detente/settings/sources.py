"""Sources of machine-coded events, and files of your own."""

from __future__ import annotations

import codecs
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from detente.base.toml_models import Declared
from detente.settings.section import CameoCode
from detente.settings.series import RECORDS


class SourceSection(Declared):
    """What every source has: whether a refresh asks for it, from when on, and where."""

    enabled: bool = False
    # A refresh asks for everything from this day on; a backfill names its own days.
    start: date | None = None
    base_url: str = Field(default="", pattern=r"^((https?|file)://.*/)?$")

    @field_validator("base_url")
    @classmethod
    def _holds_no_secret(cls, value: str) -> str:
        """Refuse a secret: an address is written to the database, the ledger and the log."""
        parts = urlsplit(value)
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ValueError(
                "expected an address without user, password or parameters; keep them in an "
                "environment variable or in ~/.netrc"
            )
        return value

    @model_validator(mode="after")
    def _says_from_when_on(self) -> SourceSection:
        if self.enabled and self.start is None:
            raise ValueError("say from which day on: start = YYYY-MM-DD")
        return self


class GdeltSection(SourceSection):
    """GDELT, and which of its events count. Without a choice all do."""

    root_events_only: bool = False
    min_sources: int = Field(default=1, ge=1)
    min_mentions: int = Field(default=1, ge=1)


class ArticleSection(GdeltSection):
    """GDELT 2.0, whose files tell from which article an event comes."""

    # Of the events of two actors in one article only the most mentioned one.
    one_per_article: bool = False


class ReleaseSection(SourceSection):
    """A source whose provider names its releases and has no list of them."""

    releases: tuple[str, ...] = ()


class BigQuerySection(SourceSection):
    """A source that is asked by queries, which the user's own project is billed for."""

    project: str = Field(default="", pattern=r"^([a-z][a-z0-9.:-]{4,61}[a-z0-9])?$")
    # What the queries of one refresh may read together, by dry run; more, and none is run.
    max_gigabytes: float = Field(default=100.0, gt=0)


SourceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


CsvField = Literal[
    "event_id", "event_date", "actor1", "actor2", "code", "goldstein", "title", "source_name",
    "source_url", "category", "added_at", "actor1_sector", "actor2_sector", "latitude", "longitude",
]  # fmt: skip


class CsvSection(Declared):
    """A file of the user's own, text or a sheet of Excel, and what its columns mean."""

    path: Path
    # The sheet of an .xlsx file; default: the first.
    sheet: str = ""
    columns: dict[CsvField, str]
    covers_from: date
    covers_to: date | None = None
    enabled: bool = True
    # 'auto': the one by which the header has the columns named below.
    separator: Literal["auto", "comma", "semicolon", "tab", "pipe"] = "auto"
    # 'auto': UTF-8, UTF-16 with its mark, else Windows-1252; or a name that Python knows.
    encoding: str = "auto"
    # As strptime has it; 'excel' for the numbers that Excel keeps for days.
    date_format: str = "%Y-%m-%d"
    naming: Literal["iso3", "iso2", "name", "cameo", "cow", "gwcode", "fips"] = "iso3"
    # The code of every row, where the file has no column of codes.
    cameo_code: CameoCode | None = None
    title: str = ""
    producer: str = ""
    licence: str = ""

    @model_validator(mode="after")
    def _has_what_an_event_needs(self) -> CsvSection:
        missing = [one for one in ("event_date", "actor1", "actor2") if one not in self.columns]
        if missing:
            raise ValueError(f"columns: name the file's column for {', '.join(missing)}")
        if ("code" in self.columns) == (self.cameo_code is not None):
            raise ValueError("name either the column of codes or one cameo_code for every row")
        return self

    @model_validator(mode="after")
    def _sheets_are_of_workbooks(self) -> CsvSection:
        is_workbook = self.path.suffix.lower() == ".xlsx"
        if self.sheet and not is_workbook:
            raise ValueError("sheet: only an .xlsx file has sheets")
        if self.separator != "auto" and is_workbook:
            raise ValueError("separator: an .xlsx file has none")
        if self.encoding != "auto" and is_workbook:
            raise ValueError("encoding: an .xlsx file has none")
        return self

    @field_validator("date_format")
    @classmethod
    def _has_date_fields(cls, value: str) -> str:
        shown = datetime(2001, 2, 13)
        try:
            is_day = value == "excel" or datetime.strptime(shown.strftime(value), value) == shown
        except ValueError:
            is_day = False
        if not is_day:
            raise ValueError(
                "expected a form of year, month and day, such as %d.%m.%Y, or 'excel' for the "
                f"numbers that Excel keeps for days; got {value!r}"
            )
        return value

    @field_validator("encoding")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value != "auto":
            try:
                codecs.lookup(value)
            except LookupError:
                raise ValueError(
                    "expected 'auto' or an encoding that Python knows, such as cp1252 or shift_jis"
                ) from None
        return value


class Downloads(Declared):
    """How downloads behave towards the providers' servers."""

    per_host: int = Field(default=4, ge=1, le=16)
    attempts: int = Field(default=4, ge=1, le=20)
    wait_seconds: float = Field(default=1.0, ge=0)
    timeout_seconds: float = Field(default=60.0, gt=0)


class Sources(Declared):
    """Sources of machine-coded events; all are off unless switched on (docs/sources.md)."""

    downloads: Downloads = Downloads()
    gdelt2: ArticleSection = ArticleSection()
    gdelt2_translation: ArticleSection = ArticleSection()
    gdelt1: GdeltSection = GdeltSection()
    # The key comes from the environment, never from this file.
    gdelt_bq: BigQuerySection = BigQuerySection()
    icews: SourceSection = SourceSection()
    polecat: SourceSection = SourceSection()
    csis_provocations: SourceSection = SourceSection()
    ucdp_ged: ReleaseSection = ReleaseSection()
    # User name and password come from the environment, never from this file.
    acled: SourceSection = SourceSection()
    csv: dict[SourceName, CsvSection] = {}

    @model_validator(mode="after")
    def _names_are_free(self) -> Sources:
        taken = (set(type(self).model_fields) | {RECORDS}) & set(self.csv)
        if taken:
            raise ValueError(f"csv.{min(taken)} has the name of another source; choose another one")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """All sources that there are, those of the user's own files last."""
        built_in = [
            name
            for name in type(self).model_fields
            if isinstance(getattr(self, name), SourceSection)
        ]
        return (*built_in, *self.csv)

    @property
    def left_off(self) -> tuple[str, ...]:
        """Names of the sources that have settings, but say nowhere whether they are switched on."""
        sections = ((name, getattr(self, name)) for name in type(self).model_fields)
        return tuple(
            name
            for name, section in sections
            if isinstance(section, SourceSection)
            and section.model_fields_set
            and "enabled" not in section.model_fields_set
        )

    def is_enabled(self, name: str) -> bool:
        """Say whether a refresh asks for a source."""
        if name in self.csv:
            return self.csv[name].enabled
        section = getattr(self, name, None)
        return isinstance(section, SourceSection) and section.enabled
