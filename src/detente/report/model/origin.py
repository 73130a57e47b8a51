"""What the numbers rest on: files, coverage, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.report.language import Language
from detente.report.model.reported import Reported, Span
from detente.sources.snapshot import unversioned

_NAMED_SOURCES = 8


@dataclass(frozen=True)
class RawFile:
    """Where the rows of one raw file, or of the files of one feed, went."""

    raw_file_id: str
    source: str
    title: str
    producer: str
    licence: str
    covers: str
    checked: str
    n_missing: int
    n_rows: int
    n_loaded: int
    n_out_of_scope: int
    n_unknown: int
    n_duplicate: int
    n_rejected: int


@dataclass(frozen=True)
class Provenance:
    """What the numbers rest on; the same inputs give the same provenance.

    Attributes
    ----------
    n_events, n_between
        Acts of the reported source in the database, and those between the study's pairs.
    first_day, last_day, complete_to
        What the reported source covers; None where it has no event.
    stands_at
        The day up to which the database was brought, whatever its files cover.
    is_as_of
        Whether it was built as of a past day.
    git_revision
        The commit of the study's folder; empty where that is not in a git repository.
    publishers
        Who published what the records cite, with the number of records of each.
    checks_failed, forced_reason
        Checks that failed, and why the database was published all the same.
    """

    files: tuple[RawFile, ...]
    n_events: int
    n_between: int
    first_day: date | None
    last_day: date | None
    complete_to: date | None
    stands_at: date
    is_as_of: bool
    half_life_days: float
    inputs_sha256: str
    git_revision: str
    versions: tuple[tuple[str, str], ...]
    n_checks: int
    publishers: tuple[tuple[str, int], ...]
    is_in_part: bool = False
    checks_failed: tuple[str, ...] = ()
    forced_reason: str | None = None


def provenance(database: Published, series: Reported, span: Span) -> Provenance:
    """Return what the database says of its own origin."""
    files = _files(database, series.source)
    half_life, as_of = database.rows("select half_life_days, as_of from meta.study")[0]
    digest, revision, versions, n_checks, failed, forced = database.rows(
        "select inputs_sha256, git_revision, versions, len(checks_passed), checks_failed, "
        "forced_reason from meta.current_run"
    )[0]
    publishers = database.rows(
        "select source_name, count(*) as n from core.record where source_name is not null "
        "group by source_name order by n desc, source_name"
    )
    # Added up by pair first: a feed has many millions of acts and few pairs.
    n_events, n_between = database.rows(
        """
        select
            coalesce(sum(n), 0)::bigint,
            coalesce(sum(n) filter (
                (least(actor1_iso3, actor2_iso3), greatest(actor1_iso3, actor2_iso3))
                in (select (actor1_iso3, actor2_iso3) from meta.study_dyad)
            ), 0)::bigint
        from (
            select actor1_iso3, actor2_iso3, count(*) as n
            from core.event where source = ?
            group by all
        )
        """,
        [series.source],
    )[0]
    return Provenance(
        files=files,
        n_events=n_events,
        n_between=n_between,
        first_day=span.first_day,
        last_day=span.last_day,
        complete_to=span.complete_to,
        is_in_part=database.rows(
            "select exists (from meta.dyad_gap where source = ?)", [series.source]
        )[0][0],
        stands_at=as_of,
        is_as_of=span.last_day is not None and as_of < span.last_day,
        half_life_days=half_life,
        inputs_sha256=digest or "",
        git_revision=revision or "",
        versions=tuple(sorted((versions or {}).items())),
        n_checks=n_checks or 0,
        publishers=tuple((name, n) for name, n in publishers),
        checks_failed=tuple(name.replace("_", " ") for name in failed or ()),
        forced_reason=forced,
    )


def _files(database: Published, first: str) -> tuple[RawFile, ...]:
    """Return the files to be named, those of a source first.

    A hand-kept file has a title of its own and stands alone; the files of a feed, of which there
    can be hundreds of thousands, share one and stand as one. What could not be loaded is counted
    apart, and covers nothing.
    """
    return tuple(
        RawFile(**{**row, "raw_file_id": unversioned(row["raw_file_id"])})
        for row in database.dicts(
            """
            with
            file as (
                select
                    *,
                    status in ('loaded', 'no_rows') as is_there,
                    raw_file_id in (select raw_file_id from meta.missing_file) as is_missing,
                from meta.raw_file
            )

            select
                case
                    when count(*) = 1 then any_value(raw_file_id)
                    when count(*) filter (is_there) = 1
                        then any_value(raw_file_id) filter (is_there)
                    else source || ': ' || count(*) filter (not is_missing) || ' files'
                end
                    as raw_file_id,
                source,
                coalesce(title, source) as title,
                coalesce(any_value(producer), '') as producer,
                coalesce(any_value(licence), '') as licence,
                coalesce(
                    min(covers_from) filter (is_there) || ' to '
                    || max(covers_to) filter (is_there),
                    ''
                )
                    as covers,
                coalesce(max(checked)::varchar, '') as checked,
                count(*) filter (is_missing)::bigint as n_missing,
                coalesce(sum(n_rows), 0)::bigint as n_rows,
                coalesce(sum(n_loaded), 0)::bigint as n_loaded,
                coalesce(sum(n_out_of_scope), 0)::bigint as n_out_of_scope,
                coalesce(sum(n_unknown), 0)::bigint as n_unknown,
                coalesce(sum(n_duplicate), 0)::bigint as n_duplicate,
                coalesce(sum(n_rejected), 0)::bigint as n_rejected,
            from file
            group by source, title
            order by source <> ?, min(raw_file_id)
            """,
            [first],
        )
    )


def _span_key(origin: Provenance) -> str:
    if origin.first_day == origin.last_day:
        return "origin.span_day"
    return "origin.span_in_part" if origin.is_in_part else "origin.span"


def foot(origin: Provenance, say: Language) -> tuple[str, ...]:
    """Return the sentences at the foot of every page."""
    lines = []
    if origin.first_day and origin.last_day:
        lines.append(
            say(
                _span_key(origin),
                acts=say.acts(origin.n_events),
                first=say.day(origin.first_day),
                last=say.day(origin.last_day),
                complete=say.day(origin.complete_to) if origin.complete_to else "–",
            )
        )
        if origin.n_between < origin.n_events:
            lines[0] += " " + say("origin.between", acts=say.acts(origin.n_between))
    if origin.publishers:
        named = ", ".join(f"{name} ({n})" for name, n in origin.publishers[:_NAMED_SOURCES])
        lines.append(say("origin.publishers", names=named))
    if origin.is_as_of:
        lines.append(say("origin.as_of", day=say.day(origin.stands_at)))
    if origin.forced_reason is not None:
        failed = "; ".join(origin.checks_failed)
        lines.append(say("origin.forced", failed=failed, reason=origin.forced_reason))
    lines.append(
        say(
            "origin.made" if origin.git_revision else "origin.made_unversioned",
            n=origin.n_checks,
            inputs=origin.inputs_sha256[:16],
            revision=origin.git_revision,
        )
    )
    return tuple(lines)


def licences(origin: Provenance, series: Reported) -> str:
    """Return the licences of the reported source, each once."""
    named = dict.fromkeys(
        one.licence for one in origin.files if one.source == series.source and one.licence
    )
    return "; ".join(named)
