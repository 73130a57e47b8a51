"""What the reports rest on, as the database has it: settings, choices, accounts, revisions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import detente
from detente.database import checks
from detente.database.published import Published
from detente.database.sql_files import field_description
from detente.refresh.published_state import OUTCOMES
from detente.report import language
from detente.report.language import Language
from detente.report.model import choices, citation, coverage, standing
from detente.report.model.choices import Choice, Setting
from detente.report.model.citation import Citation
from detente.report.model.coverage import Coverage
from detente.report.model.origin import Provenance
from detente.report.model.pairs import Study
from detente.report.model.quality import Quality
from detente.report.model.quality import quality as read_quality
from detente.report.model.standing import RevisedMonth, Standing
from detente.settings import Settings

_FILES_SHOWN, _REVISIONS_SHOWN = 100, 15
# Names of unknown actors that are listed; core.unknown_actor has all.
_NAMES_SHOWN = 40
# The columns of the marts that a report names, in the order in which it does.
_MEASURES = (
    "cooperation", "conflict", "net", "mean_goldstein", "relative_net", "net_per_1k", "n_deaths",
    "stock", "score", "net_z", "net_percentile",
)  # fmt: skip


@dataclass(frozen=True)
class FileAccount:
    """Where the rows of the files of one source and state went."""

    source: str
    status: str
    n_files: int
    n_rows: int
    n_loaded: int
    n_out_of_scope: int
    n_unknown: int
    n_duplicate: int
    n_rejected: int


@dataclass(frozen=True)
class FailedFile:
    """A file that is not in the database, with the reason."""

    raw_file_id: str
    status: str
    note: str
    covers: str


@dataclass(frozen=True)
class GoldsteinDifference:
    """How often a source's own Goldstein value differs from the scale table's."""

    source: str
    n_events: int
    n_compared: int
    n_different: int
    codes: str


@dataclass(frozen=True)
class Scale:
    """A scale that the numbers can be computed under."""

    scale: str
    title: str
    is_used: bool
    n_valued: int
    n_codes: int
    citation: str
    url: str
    licence: str


@dataclass(frozen=True)
class Revised:
    """How much a month moved since it was first known."""

    dyad: str
    month: date
    source: str
    net_before: float
    net: float
    last_known_on: date


@dataclass(frozen=True)
class Methods:
    """Everything on the page of methods and data."""

    title: str
    summary: tuple[str, ...]
    settings: tuple[Setting, ...]
    settings_note: str
    measures: tuple[Setting, ...]
    choices: tuple[Choice, ...]
    coverages: tuple[Coverage, ...]
    accounts: tuple[FileAccount, ...]
    failed: tuple[FailedFile, ...]
    failed_told: str
    rejections: tuple[Setting, ...]
    left_out: tuple[tuple[str, str, int, float], ...]
    unknown: tuple[tuple[str, str, int, date], ...]
    differences: tuple[GoldsteinDifference, ...]
    since_report: tuple[RevisedMonth, ...]
    since_report_told: str
    since_known: tuple[Revised, ...]
    since_known_told: str
    half_life: str
    software: str
    checks: tuple[str, ...]
    scales: tuple[Scale, ...]
    publishers: tuple[tuple[str, int], ...]
    citations: tuple[Citation, ...]
    provenance: Provenance
    quality: Quality


def methods(
    database: Published,
    settings: Settings,
    study: Study,
    origin: Provenance,
    current: Standing,
    earlier: Standing | None,
) -> Methods:
    """Return what stands on the page of methods and data of a published database."""
    say = language.load(settings.report.language)
    name, as_of, settings_sha256 = database.rows(
        "select name, as_of, settings_sha256 from meta.study"
    )[0]
    failed = _failed(database)
    since_report = standing.revisions(current, earlier) if earlier else []
    since_known = _since_known(database)
    return Methods(
        title=say("methods.title"),
        summary=_summary(origin, failed, say),
        settings=tuple(choices.settings_in_use(settings)),
        settings_note=(
            "" if settings_sha256 == settings.sha256 else say("methods.settings_changed")
        ),
        measures=tuple(
            Setting(name, field_description("marts.dyad_month", name)) for name in _MEASURES
        ),
        choices=tuple(choices.of_tests(database)),
        coverages=coverage.coverage(database, study.series.source, say),
        accounts=_accounts(database),
        failed=tuple(failed[:_FILES_SHOWN]),
        failed_told=_failed_sentence(failed, say),
        rejections=_rejections(database),
        left_out=_left_out(database),
        unknown=_unknown(database),
        differences=_differences(database),
        since_report=tuple(since_report[:_REVISIONS_SHOWN]),
        since_report_told=_since_report_sentence(earlier, len(since_report), say),
        since_known=tuple(since_known[:_REVISIONS_SHOWN]),
        since_known_told=(
            say("methods.since_known_caption", n=say.count(len(since_known)))
            if since_known
            else say("methods.since_known_none")
        ),
        half_life=say("methods.half_life", days=f"{origin.half_life_days:g}"),
        software=say(
            "methods.revision" if origin.git_revision else "methods.packages",
            revision=origin.git_revision,
            versions=", ".join(f"{name} {version}" for name, version in origin.versions),
        ),
        checks=_checks(database),
        scales=_scales(database),
        publishers=origin.publishers,
        citations=(
            citation.software(detente.__version__, as_of.year, say),
            citation.database(name, settings.report.title, origin, as_of.year, say),
            *_producers(origin, say),
        ),
        provenance=origin,
        quality=read_quality(database, settings.raw),
    )


def _summary(origin: Provenance, failed: Sequence[FailedFile], say: Language) -> tuple[str, ...]:
    if not failed:
        lost = say("methods.lost_none")
    elif len(failed) == 1:
        lost = say("methods.lost_one")
    else:
        lost = say("methods.lost_many", n=say.count(len(failed)))
    return (
        say(
            "methods.rows_read",
            n=say.count(sum(file.n_rows for file in origin.files)),
            rejected=say.count(sum(file.n_rejected for file in origin.files)),
            lost=lost,
        ),
        say("methods.n_checks", n=say.count(origin.n_checks)),
    )


def _failed_sentence(failed: Sequence[FailedFile], say: Language) -> str:
    if len(failed) > _FILES_SHOWN:
        return say("methods.failed_some", n=say.count(len(failed)), shown=_FILES_SHOWN)
    return say("methods.failed_all", n=say.count(len(failed)))


def _accounts(database: Published) -> tuple[FileAccount, ...]:
    return tuple(
        FileAccount(**row)
        for row in database.dicts(
            f"select source, status, {OUTCOMES} from meta.raw_file "  # noqa: S608  # our own columns
            "group by source, status order by source, status"
        )
    )


def _failed(database: Published) -> list[FailedFile]:
    return [
        FailedFile(**row)
        for row in database.dicts(
            """
            select
                raw_file_id,
                status,
                coalesce(reason, '') as note,
                coalesce(covers_from || ' to ' || coalesce(covers_to::varchar, ''), '') as covers,
            from meta.missing_file
            order by source, covers_from, raw_file_id
            """
        )
    ]


def _rejections(database: Published) -> tuple[Setting, ...]:
    """Return how many rows were rejected, by file and column."""
    return tuple(
        Setting(name, f"{n:,}")
        for name, n in database.rows(
            "select raw_file_id || ', ' || coalesce(column_name, 'the row as a whole'), count(*) "
            "from core.event_rejected group by all order by count(*) desc, 1 limit 40"
        )
    )


def _left_out(database: Published) -> tuple[tuple[str, str, int, float], ...]:
    """Return the events of each source that lie out of scope, by reason, with their share."""
    return tuple(
        (source, reason, int(n), float(share))
        for source, reason, n, share in database.rows(
            """
            select source, reason, n_events, n_events / sum(n_events) over (partition by source)
            from (
                select source, reason, sum(n_events) as n_events
                from marts.volume_reason_day
                group by all
            )
            qualify reason is not null
            order by source, n_events desc, reason
            """
        )
    )


def _unknown(database: Published) -> tuple[tuple[str, str, int, date], ...]:
    """Return the names of actors that no reference table knows, the most frequent first."""
    rows = database.rows(
        "select source, name, n_rows, first_day from core.unknown_actor "
        "order by n_rows desc, source, name limit ?",
        [_NAMES_SHOWN],
    )
    return tuple((source, name, int(n), first) for source, name, n, first in rows)


def _differences(database: Published) -> tuple[GoldsteinDifference, ...]:
    return tuple(
        GoldsteinDifference(source, n_events, n_compared, n_different, ", ".join(codes or ()))
        for source, n_events, n_compared, n_different, codes in database.rows(
            "select source, n_events, n_compared, n_different, cameo_codes "
            "from meta.goldstein_difference order by source"
        )
    )


def _since_report_sentence(earlier: Standing | None, n_revised: int, say: Language) -> str:
    if earlier is None:
        return say("methods.since_report_first")
    report = say("methods.last_report", day=earlier.published_on, inputs=earlier.inputs_sha256[:16])
    if not n_revised:
        return say("methods.since_report_none", report=report)
    return say("methods.since_report_caption", report=report, n=say.count(n_revised))


def _since_known(database: Published) -> list[Revised]:
    return [
        Revised(**row)
        for row in database.dicts(
            """
            select
                actor1_iso3 || '-' || actor2_iso3 as dyad,
                period_start as month,
                source,
                net_at_end as net_before,
                net,
                last_known_on,
            from stats.revision
            where counting = 'all' and net_revision <> 0
            order by abs(net_revision) desc, source, dyad, month
            """
        )
    ]


def _checks(database: Published) -> tuple[str, ...]:
    """Return the sentences of the checks that the database passed."""
    ((passed,),) = database.rows("select checks_passed from meta.current_run")
    sentences = {one.name: one.sentence for one in checks.all_checks()}
    return tuple(sentences.get(name, name.replace("_", " ")) for name in sorted(passed))


def _scales(database: Published) -> tuple[Scale, ...]:
    return tuple(
        Scale(**row)
        for row in database.dicts(
            """
            select
                scale.scale,
                scale.title,
                scale.scale = study.scale as is_used,
                scale.n_valued,
                scale.n_codes,
                scale.citation,
                scale.url,
                scale.licence,
            from meta.scale as scale
            cross join meta.study as study
            order by is_used desc, scale.scale
            """
        )
    )


def _producers(origin: Provenance, say: Language) -> Iterator[Citation]:
    """Return the producers of the facts, one a file of records or feed."""
    for file in origin.files:
        # A list of records without any, such as the template of a new study, has no facts to cite.
        if not file.n_rows:
            continue
        checked = f" Checked {file.checked}." if file.checked else ""
        licence = f" Licence: {file.licence}." if file.licence else ""
        yield Citation(
            say("methods.cite_facts", file=file.raw_file_id),
            f"{file.producer or 'Producer not named'}. {file.title}. Covers {file.covers}."
            f"{checked}{licence}",
        )
