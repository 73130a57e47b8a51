"""The study: `detente.toml`, validated, immutable, unknown keys refused.

Every path in the file is relative to the file itself, so a study works from any directory.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from detente.base.errors import SettingsError, UsageError

FILE_NAME = "detente.toml"

Iso3 = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
CameoCode = Annotated[str, Field(pattern=r"^\d{2,4}$")]
MissileClass = Literal[
    "CRBM", "SRBM", "MRBM", "IRBM", "ICBM", "SLBM", "cruise", "SLV", "nuclear", "SAM", "unknown"
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Study(_Section):
    """What is studied: the span, the actors and the pairs that get a report."""

    name: str = Field(min_length=1)
    start: date
    actors: tuple[Iso3, ...] = Field(min_length=2)
    focal_dyad: tuple[Iso3, Iso3]
    dyads: tuple[tuple[Iso3, Iso3], ...] = ()

    @field_validator("actors")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each actor is named once")
        return value

    @model_validator(mode="after")
    def _dyads_are_among_actors(self) -> Study:
        for pair in (self.focal_dyad, *self.dyads):
            if pair[0] == pair[1] or not set(pair) <= set(self.actors):
                raise ValueError(
                    f"the dyad {pair[0]}-{pair[1]} must be two different members of "
                    f"study.actors ({', '.join(self.actors)})"
                )
        return self

    @property
    def dyad_pairs(self) -> tuple[tuple[str, str], ...]:
        """Undirected pairs, alphabetical inside; all pairs of actors unless `dyads` names some."""
        pairs = self.dyads or tuple(combinations(sorted(self.actors), 2))
        focal = tuple(sorted(self.focal_dyad))
        rest = sorted({tuple(sorted(pair)) for pair in pairs} - {focal})
        return tuple((pair[0], pair[1]) for pair in (focal, *rest))


class Paths(_Section):
    """Folders, relative to `detente.toml`."""

    raw: Path = Path("data/raw")
    processed: Path = Path("data/processed")
    reports: Path = Path("reports/out")
    specs: Path = Path("reports/specs")


class Hypothesis(_Section):
    """A question of the study, and the test that answers it."""

    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    question: str = Field(min_length=1)
    kind: Literal["break", "reciprocity", "effect"]
    dyad: tuple[Iso3, Iso3]
    first: date | None = None
    last: date | None = None
    event_kind: str | None = None

    @model_validator(mode="after")
    def _has_what_its_kind_needs(self) -> Hypothesis:
        if self.kind == "break" and (self.first is None or self.last is None):
            raise ValueError("a question about a break names its `first` and `last` day")
        if self.kind == "effect" and not self.event_kind:
            raise ValueError("a question about an effect names its `event_kind`, a file's label")
        return self

    @property
    def span(self) -> tuple[date, date]:
        """The days between which a break is asked about."""
        return self.first or date.min, self.last or date.max


class SeriesChoice(_Section):
    """Which index, of which source, counted how and by which period, the questions are asked of."""

    # 'records', or a machine-coded source.
    source: str = Field(default="records", pattern=r"^[a-z][a-z0-9_]*$")
    counting: Literal["all", "one_a_day"] = "all"
    freq: Literal["month", "week"] = "month"
    measure: Literal[
        "net", "net_per_1k", "cooperation", "conflict", "relative_net", "mean_goldstein",
        "n_events", "n_cooperation", "n_conflict", "stock", "score",
    ] = "net"  # fmt: skip

    @model_validator(mode="after")
    def _the_score_moves_by_month(self) -> SeriesChoice:
        if self.measure == "score" and self.freq == "week":
            raise ValueError('the relation score moves by month; say freq = "month"')
        return self


class NotableEvents(_Section):
    """Records whose days are asked about one by one: a category, and what its columns must say."""

    category: str = Field(min_length=1)
    attributes: dict[str, str] = {}


class Forecasts(_Section):
    """How far ahead is forecast, and how the forecasts are put to the test."""

    enabled: bool = True
    # Months ahead, from one to this.
    horizon: int = Field(default=6, ge=1, le=12)
    # Months known at the first origin of the backtest.
    training_months: int = Field(default=120, ge=60, le=1200)
    # Models are estimated anew at every so many origins.
    refit_months: int = Field(default=24, ge=1, le=240)
    # Points of each predictive distribution.
    draws: int = Field(default=400, ge=100, le=5000)
    # Share of the origins on which baseline and challenger are picked; the rest judges them.
    selection_share: float = Field(default=0.5, ge=0.2, le=0.8)


class Inference(_Section):
    """What the study chooses: how breaks are sought and when a test rejects."""

    enabled: bool = True
    # The first one answers the study's questions; each one is a family of tests by itself.
    series: tuple[SeriesChoice, ...] = Field(default=(SeriesChoice(),), min_length=1)
    # Share of the months that a regime has at least; nearer to the ends no break is sought.
    trimming: float = Field(default=0.10, ge=0.05, le=0.25)
    max_breaks: int = Field(default=5, ge=1, le=8)
    significance: float = Field(default=0.05, gt=0, lt=0.5)
    # Of the bands of impulse responses: bootstrap samples and the seed that draws them.
    draws: int = Field(default=500, ge=100, le=10000)
    seed: int = Field(default=0, ge=0)
    triads: tuple[tuple[Iso3, Iso3, Iso3], ...] = ()
    single_events: tuple[NotableEvents, ...] = ()
    hypotheses: tuple[Hypothesis, ...] = ()
    forecasts: Forecasts = Forecasts()

    @field_validator("series")
    @classmethod
    def _each_series_once(cls, value: tuple[SeriesChoice, ...]) -> tuple[SeriesChoice, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each series is named once")
        return value


class Index(_Section):
    """How events become indices."""

    # 2 ** (days / half_life) must stay a finite double over half a century of days.
    half_life_days: float = Field(default=180.0, ge=20.0, le=36525.0)
    # What the marts hold; `detente index` and the macro dyad_index compute any other choice.
    scale: str = Field(default="goldstein", pattern=r"^[a-z][a-z0-9_]*$")
    officials: Literal["all", "official"] = "all"
    weighting: Literal["none", "log_mentions"] = "none"
    # Points of the scale that a month must gain to move the relation score by one point from zero.
    points_per_score: float = Field(default=40.0, gt=0)


class MissileRule(_Section):
    """Towards whom a launch is an act, and as which CAMEO code (docs/methods.md)."""

    cameo_code: CameoCode = "150"
    targets: dict[MissileClass, tuple[Iso3, ...]] = {
        "CRBM": ("KOR",),
        "SRBM": ("KOR",),
        "cruise": ("KOR",),
        "SAM": ("KOR",),
        "unknown": ("KOR",),
        "MRBM": ("JPN", "KOR"),
        "SLBM": ("JPN", "KOR"),
        "IRBM": ("JPN", "KOR", "USA"),
        "ICBM": ("JPN", "KOR", "USA"),
        "SLV": ("JPN", "KOR", "USA"),
        "nuclear": ("JPN", "KOR", "USA"),
    }
    overflew_japan: tuple[Iso3, ...] = ("JPN",)
    landed_in_japan_eez: tuple[Iso3, ...] = ("JPN",)

    @model_validator(mode="after")
    def _every_class_has_a_target(self) -> MissileRule:
        missing = [c for c in get_args(MissileClass) if not self.targets.get(c)]
        if missing:
            raise ValueError(f"name at least one target for {', '.join(missing)}")
        return self


class Records(_Section):
    """Rules that fill what a hand-kept record leaves open."""

    missile_launch: MissileRule = MissileRule()


class Scope(_Section):
    """Which machine-coded events are kept whole; the others are counted by day and reason."""

    # 'states': both sides are states of core.actor. 'listed': territories count as well.
    # 'study': both sides are actors of the study. The two sides always differ.
    actors: Literal["states", "listed", "study"] = "states"


class SourceSection(_Section):
    """What every source has: whether a refresh asks for it, from when on, and where."""

    enabled: bool = False
    # A refresh asks for everything from this day on; a backfill names its own days.
    start: date | None = None
    base_url: str = Field(default="", pattern=r"^((https?|file)://.*/)?$")

    @model_validator(mode="after")
    def _says_from_when_on(self) -> SourceSection:
        if self.enabled and self.start is None:
            raise ValueError("say from which day on: start = YYYY-MM-DD")
        return self


class ReleaseSection(SourceSection):
    """A source whose provider names its releases and has no list of them."""

    releases: tuple[str, ...] = ()


SourceName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
CsvField = Literal[
    "event_id", "event_date", "actor1", "actor2", "code", "goldstein", "title", "source_name",
    "source_url", "category", "added_at", "actor1_sector", "actor2_sector", "latitude", "longitude",
]  # fmt: skip


class CsvSection(_Section):
    """A file of the user's own, text or a sheet of Excel, and what its columns mean."""

    path: Path
    # The sheet of an .xlsx file; default: the first.
    sheet: str = ""
    columns: dict[CsvField, str]
    covers_from: date
    covers_to: date | None = None
    enabled: bool = True
    separator: Literal["comma", "tab"] = "comma"
    date_format: str = "%Y-%m-%d"
    naming: Literal["iso3", "name", "cameo", "gwcode"] = "iso3"
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
        if self.separator == "tab" and is_workbook:
            raise ValueError("separator: an .xlsx file has none")
        return self


class Downloads(_Section):
    """How downloads behave towards the providers' servers."""

    per_host: int = Field(default=4, ge=1, le=16)
    attempts: int = Field(default=4, ge=1, le=20)
    wait_seconds: float = Field(default=1.0, ge=0)
    timeout_seconds: float = Field(default=60.0, gt=0)


class Sources(_Section):
    """Sources of machine-coded events; all are off unless switched on (docs/sources.md)."""

    downloads: Downloads = Downloads()
    gdelt2: SourceSection = SourceSection()
    gdelt2_translation: SourceSection = SourceSection()
    gdelt1: SourceSection = SourceSection()
    icews: SourceSection = SourceSection()
    polecat: SourceSection = SourceSection()
    csis_provocations: SourceSection = SourceSection()
    ucdp_ged: ReleaseSection = ReleaseSection()
    # User name and password come from the environment, never from this file.
    acled: SourceSection = SourceSection()
    csv: dict[SourceName, CsvSection] = {}

    @model_validator(mode="after")
    def _names_are_free(self) -> Sources:
        taken = (set(type(self).model_fields) | {"records"}) & set(self.csv)
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

    def is_enabled(self, name: str) -> bool:
        """Say whether a refresh asks for a source."""
        if name in self.csv:
            return self.csv[name].enabled
        section = getattr(self, name, None)
        return isinstance(section, SourceSection) and section.enabled


class Checks(_Section):
    """What the checks before a publish let pass (docs/runbook.md)."""

    # Events a day on newly covered days, as a share of the days before them, and of past months,
    # as a share of what they held before. Sources with fewer events a day are left alone.
    volume_low: float = Field(default=0.25, ge=0, lt=1)
    volume_high: float = Field(default=4.0, gt=1)
    history_high: float = Field(default=1.5, gt=1)
    volume_days: int = Field(default=56, ge=7, le=3660)
    volume_min_events: float = Field(default=50.0, ge=0)
    # Sources whose newer versions take events back, and how much they may take in one run: this
    # share of the events of a month and of the source, or this many, whichever is more. A file of
    # one's own may, too.
    may_retract: tuple[str, ...] = (
        "records", "acled", "csis_provocations", "icews", "polecat", "ucdp_ged",
    )  # fmt: skip
    retracted_share: float = Field(default=0.05, ge=0, le=1)
    retracted_events: int = Field(default=20, ge=0)
    # Days that the newest event of a source may lie back; a source that is not named is not judged.
    max_lag_days: dict[str, Annotated[int, Field(ge=0)]] = {}


class Notices(_Section):
    """Who is told when a run fails or an index moves far, by mail or through Prefect."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    host: str = Field(default="", pattern=r"^[A-Za-z0-9.:-]*$")
    port: int = Field(default=587, ge=1, le=65535)
    starttls: bool = True
    # The password comes from the environment (DETENTE_SMTP_PASSWORD), never from this file.
    user: str = ""
    sender: str = Field(default="", alias="from", pattern=r"^([^\s@]+@[^\s@]+)?$")
    to: tuple[Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")], ...] = ()
    # A notification block of the Prefect server, as TYPE/NAME; it holds the secrets. Flows alone
    # reach it, the command line sends mail.
    prefect_block: str = Field(
        default="", pattern=r"^([a-z0-9]+(-[a-z0-9]+)*/[a-z0-9]+(-[a-z0-9]+)*)?$"
    )
    on_failure: bool = True
    # A month is told of if its net score moved so far between two publishes, in standard deviations
    # of the dyad's earlier months.
    move_sd: float = Field(default=2.0, gt=0)

    @model_validator(mode="after")
    def _can_be_sent(self) -> Notices:
        if self.host and not (self.sender and self.to):
            raise ValueError("a host needs `from` and `to`")
        if self.user and not self.starttls and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a password is not sent in clear: set starttls = true")
        return self


class Query(_Section):
    """Limits of `detente sql`."""

    timeout_seconds: float = Field(default=60.0, gt=0)
    memory_limit: str = Field(default="2GB", pattern=r"^\d+(\.\d+)?\s?[KMGT]i?B$")


class Report(_Section):
    """What the report shows."""

    title: str = "Relations in Northeast Asia"
    months_in_ranking: int = Field(default=10, ge=1, le=100)
    events_marked: int = Field(default=12, ge=0, le=60)
    paper: Literal["a4", "letter"] = "a4"
    # A file of reports/lang; the sentences of tests stay as the database has them.
    language: str = Field(default="en", pattern=r"^[a-z]{2,3}(-[A-Za-z]{2,4})?$")


class Settings(_Section):
    """A validated `detente.toml`."""

    study: Study
    paths: Paths = Paths()
    index: Index = Index()
    inference: Inference = Inference()
    records: Records = Records()
    scope: Scope = Scope()
    sources: Sources = Sources()
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
                raise ValueError(
                    f"inference.triads: {'-'.join(states)} must be three different members of "
                    f"study.actors ({', '.join(self.study.actors)})"
                )
        return self

    @model_validator(mode="after")
    def _hypotheses_are_about_dyads_of_the_study(self) -> Settings:
        for asked in self.inference.hypotheses:
            pair = tuple(sorted(asked.dyad))
            if pair not in self.study.dyad_pairs:
                known = ", ".join("-".join(one) for one in self.study.dyad_pairs)
                raise ValueError(
                    f"inference.hypotheses: the question {asked.id} is about "
                    f"{'-'.join(asked.dyad)}, which is no dyad of the study ({known})"
                )
        return self

    @model_validator(mode="after")
    def _series_are_of_known_sources(self) -> Settings:
        known = self.source_names
        for chosen in self.inference.series:
            if chosen.source not in known:
                raise ValueError(
                    f"inference.series: expected a source among {', '.join(known)}, "
                    f"got {chosen.source}"
                )
        return self

    @model_validator(mode="after")
    def _checks_name_sources(self) -> Settings:
        known = self.source_names
        for key, names in (
            ("may_retract", self.checks.may_retract),
            ("max_lag_days", tuple(self.checks.max_lag_days)),
        ):
            if unknown := sorted(set(names) - set(known)):
                raise ValueError(
                    f"checks.{key}: {unknown[0]!r} is no source; there are {', '.join(known)}"
                )
        return self

    @property
    def source_names(self) -> tuple[str, ...]:
        """The hand-kept records, then every other source that the settings can name."""
        return ("records", *self.sources.names)

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
            name, value = str(error.errors()[0]["loc"][0]), error.errors()[0]["input"]
            raise UsageError(f"--{name}: {error.errors()[0]['msg']}; got {value!r}.") from error
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
        """The published database."""
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
        """Folder of the event store."""
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
    def specs(self) -> Path:
        """Folder of the case studies' specifications."""
        return self.home / self.paths.specs


def find(start: Path | None = None) -> Path:
    """Return the nearest `detente.toml` in `start` (default: here) or a folder above it."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SettingsError(
        f"No {FILE_NAME} in {here} or any folder above it. "
        "Change to the study's folder or name the file with --config."
    )


def load(path: Path | None = None) -> Settings:
    """Read and validate the settings.

    Raises
    ------
    SettingsError
        With the line of the file, the key, what came and what is allowed; all mistakes at once.
    """
    path = find() if path is None else path
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path}: expected UTF-8 text; byte {error.start} is not.") from error
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from error
    for key in ("home", "sha256"):
        if key in content:
            raise SettingsError(f"{path}:{_line_of(text, (key,))}: unknown key `{key}`.")
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        lines = [_explain(path, text, item) for item in error.errors()]
        raise SettingsError("\n".join(lines)) from error
    return settings.model_copy(
        update={
            "home": path.resolve().parent,
            "sha256": hashlib.sha256(text.encode()).hexdigest(),
        }
    )


def _explain(path: Path, text: str, item: Any) -> str:
    location = tuple(part for part in item["loc"] if isinstance(part, str) and part != "[key]")
    message = item["msg"].removeprefix("Value error, ")
    # What holds between sections names its key itself.
    named = re.match(r"([a-z_]+(?:\.[a-z_]+)+): ", message)
    if not location and named:
        location, message = tuple(named[1].split(".")), message[named.end() :]
    key = ".".join(location) or "the file"
    line = _line_of(text, location)
    if item["type"] == "extra_forbidden":
        allowed = ", ".join(sorted(_allowed_keys(location[:-1])))
        return f"{path}:{line}: unknown key `{key}`. Allowed here: {allowed}."
    # A whole section is no help; its message says what is wrong with it.
    is_whole = item["type"] == "missing" or isinstance(item["input"], Mapping)
    came = "" if is_whole else f"; got {item['input']!r}"
    return f"{path}:{line}: `{key}`: {message}{came}."


def _allowed_keys(location: tuple[str, ...]) -> set[str]:
    model: Any = Settings
    for part in location:
        if part not in getattr(model, "model_fields", {}):
            continue  # the user's own name of a table of tables
        annotation = model.model_fields[part].annotation
        if get_origin(annotation) is dict:
            key, value = get_args(annotation)
            if not hasattr(value, "model_fields"):
                return {str(choice) for choice in get_args(key)}
            annotation = value
        model = annotation
    names = {field.alias or name for name, field in model.model_fields.items()}
    return names - ({"home", "sha256"} if model is Settings else set())


def _line_of(text: str, location: tuple[str, ...]) -> int:
    """Line on which the deepest written part of a dotted key stands; 1 where none is written."""
    best = 1
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[\[?\s*([^\]]+?)\s*\]", line)
        if header:
            table = tuple(part.strip().strip("\"'") for part in header[1].split("."))
            if table == location[: len(table)]:
                best = number
            if table[: len(location)] == location:  # the table itself, or one inside it
                return number
            continue
        assignment = re.match(r"\s*([\w.\"'-]+)\s*=", line)
        if assignment:
            parts = tuple(part.strip("\"' ") for part in assignment[1].split("."))
            full = (*table, *parts)
            if full == location:
                return number
            if full == location[: len(full)]:
                best = number
    return best
