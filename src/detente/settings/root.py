"""The whole of `detente.toml`: where it lies, what it says."""

from __future__ import annotations

import csv
import hashlib
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError, model_validator

from detente.base import assets, toml_models
from detente.base.errors import SettingsError, UsageError
from detente.base.study_file import find
from detente.base.toml_models import Declared, Location, Misplaced, in_words
from detente.settings.engine import Engine
from detente.settings.inference import Inference
from detente.settings.operations import Checks, Notices, Query, Report
from detente.settings.series import RECORDS, ReportedSeries
from detente.settings.sources import Sources
from detente.settings.store import EventStore
from detente.settings.study import Index, Paths, Records, Scope, Study

# Of the settings themselves: where the file lies and what it said.
_NOT_KEYS = frozenset({"home", "sha256"})


class Settings(Declared):
    """A validated `detente.toml`."""

    study: Study
    paths: Paths = Paths()
    index: Index = Index()
    inference: Inference = Inference()
    records: Records = Records()
    scope: Scope = Scope()
    sources: Sources = Sources()
    store: EventStore = EventStore()
    engine: Engine = Engine()
    checks: Checks = Checks()
    notices: Notices = Notices()
    query: Query = Query()
    report: Report = Report()

    # Not keys of the file: where it lies and what it said.
    home: Path = Field(default=Path(), exclude=True)
    sha256: str = Field(default="", exclude=True)

    @model_validator(mode="after")
    def _triads_are_among_actors(self) -> Settings:
        for states in self.inference.triads:
            if len(set(states)) < 3 or not set(states) <= set(self.study.actors):
                raise Misplaced(
                    ("inference", "triads"),
                    f"{'-'.join(states)} must be three different members of "
                    f"study.actors ({', '.join(self.study.actors)})",
                )
        return self

    @model_validator(mode="after")
    def _an_engine_sees_the_store(self) -> Settings:
        if self.engine.is_remote and self.store.is_remote:
            raise Misplaced(
                ("engine", "url"),
                "an engine reads the event store on a disk that it shares with this machine; "
                'expected "duckdb" beside a [store] of another address',
            )
        return self

    @model_validator(mode="after")
    def _hypotheses_are_about_dyads_of_the_study(self) -> Settings:
        for place, asked in enumerate(self.inference.hypotheses):
            pair = tuple(sorted(asked.dyad))
            if pair not in self.study.dyad_pairs:
                known = ", ".join("-".join(one) for one in self.study.dyad_pairs)
                raise Misplaced(
                    ("inference", "hypotheses", place),
                    f"the question {asked.id} is about "
                    f"{'-'.join(asked.dyad)}, which is not a dyad of the study ({known})",
                )
        return self

    @model_validator(mode="after")
    def _series_are_of_known_sources(self) -> Settings:
        known = self.source_names
        named: list[tuple[Location, str]] = [
            (("inference", "series", place), one.source)
            for place, one in enumerate(self.inference.series)
            if one.source
        ]
        named += [(("report", "series"), one) for one in self.report.series.sources]
        for key, source in named:
            if source not in known:
                raise Misplaced(key, f"expected a source among {', '.join(known)}, got {source}")
        return self

    @model_validator(mode="after")
    def _checks_name_sources(self) -> Settings:
        known = self.source_names
        for key, names in (
            ("may_retract", self.checks.may_retract or ()),
            ("max_lag_days", tuple(self.checks.max_lag_days)),
        ):
            if unknown := sorted(set(names) - set(known)):
                raise Misplaced(
                    ("checks", key), f"{unknown[0]!r} is not a source; there are {', '.join(known)}"
                )
        return self

    def showing(self, reported: ReportedSeries) -> Settings:
        """Return the settings with the series that a refresh resolved.

        The reported series comes first of those that questions are asked of; a series that names no
        source is of the one that leads.
        """
        others = (
            one if one.source else one.model_copy(update={"source": reported.source})
            for one in self.inference.series
        )
        series = tuple(dict.fromkeys((reported.choice, *others)))
        return self.model_copy(
            update={"inference": self.inference.model_copy(update={"series": series})}
        )

    @property
    def source_names(self) -> tuple[str, ...]:
        """The hand-kept records, then every other source that the settings can name."""
        return (RECORDS, *self.sources.names)

    def with_report(self, **choices: str | None) -> Settings:
        """Return the settings with other choices for the reports; None leaves one as it is.

        Raises
        ------
        UsageError
            A choice is none that the settings allow.
        """
        made = {name: value for name, value in choices.items() if value is not None}
        try:
            report = Report.model_validate({**self.report.model_dump(), **made})
        except ValidationError as error:
            first = error.errors()[0]
            raise UsageError(
                f"--{first['loc'][0]}: {in_words(first['msg'])}; got {first['input']!r}."
            ) from error
        return self.model_copy(update={"report": report})

    @property
    def raw(self) -> Path:
        """Folder of raw inputs."""
        return self.home / self.paths.raw

    @property
    def processed(self) -> Path:
        """Folder of what a run builds."""
        return self.home / self.paths.processed

    @property
    def database(self) -> Path:
        """Path of the published database, `detente.duckdb` in the folder of what a run builds."""
        return self.processed / "detente.duckdb"

    def database_as_of(self, day: date | None) -> Path:
        """Return where a refresh publishes; one as of a past day has a file of its own."""
        return self.database if day is None else self.processed / f"detente.as-of-{day}.duckdb"

    @property
    def downloads(self) -> Path:
        """Folder of what was fetched from providers."""
        return self.raw / "downloads"

    @property
    def events(self) -> Path:
        """Folder of the event store; of one that lies elsewhere, its list and work under way."""
        return self.processed / "events"

    def stored(self, path: Path) -> str:
        """Return a path as the database keeps it: below the study's folder, if it lies there."""
        inside = path.relative_to(self.home) if path.is_relative_to(self.home) else path
        return inside.as_posix()

    @property
    def reports(self) -> Path:
        """Folder of rendered reports."""
        return self.home / self.paths.reports

    @property
    def queries(self) -> Path:
        """Folder of the study's own named queries."""
        return self.home / self.paths.queries

    @property
    def specs(self) -> Path:
        """Folder of the case studies' specifications."""
        return self.home / self.paths.specs


def _every_state(path: Path, content: dict[str, Any]) -> list[str]:
    """Return the states of the study's own table of actors, or else of the package's."""
    paths = content.get("paths")
    raw = paths.get("raw", "data/raw") if isinstance(paths, dict) else "data/raw"
    own = path.resolve().parent / str(raw) / "reference" / "actors.csv"
    with (own if own.is_file() else assets.reference() / "actors.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        return [row["iso3"] for row in csv.DictReader(stream) if row["is_state"] == "true"]


def load(path: Path | None = None) -> Settings:
    """Read and validate the settings.

    Raises
    ------
    SettingsError
        With the line, the key, what was found and what is allowed; all mistakes at once.
    """
    path = find() if path is None else path
    text, content = toml_models.read(path, SettingsError, str(path))
    study = content.get("study")
    if isinstance(study, dict) and study.get("actors") == "all":
        study["actors"] = _every_state(path, content)
    settings = toml_models.validated(
        Settings, content, text, error=SettingsError, shown=str(path), hidden=_NOT_KEYS
    )
    title = settings.report.title or settings.study.name
    return settings.model_copy(
        update={
            "report": settings.report.model_copy(update={"title": title}),
            "home": path.resolve().parent,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
    )
