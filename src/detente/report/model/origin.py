"""What the numbers rest on: files, coverage, versions."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

from detente.database.published import Published
from detente.report.language import Language
from detente.report.model.content import Provenance, RawFile
from detente.report.model.records import SOURCE

_NAMED_SOURCES = 12
_STALE_DAYS = 60  # age of the last complete month past which a page says how old it is


def provenance(database: Published) -> Provenance:
    """Return what the database says of its own origin."""
    files = tuple(
        RawFile(**row)
        for row in database.dicts(
            """
            -- A file of records stands alone; the files of a feed, too many for a page, as one.
            with files as (
                select *, if(source = 'records', raw_file_id, source) as grouped
                from meta.raw_file
            )

            select
                if(any_value(source) = 'records', grouped, grouped || ': ' || count(*) || ' files')
                    as raw_file_id,
                coalesce(any_value(title), grouped) as title,
                coalesce(any_value(label), grouped) as label,
                coalesce(any_value(producer), '') as producer,
                coalesce(any_value(licence), '') as licence,
                coalesce(min(covers_from) || ' to ' || max(covers_to), '') as covers,
                coalesce(max(checked)::varchar, '') as checked,
                count(*) filter (status not in ('loaded', 'no_rows', 'superseded'))::bigint
                    as n_missing,
                sum(n_rows)::bigint as n_rows,
                sum(n_loaded)::bigint as n_loaded,
                sum(n_out_of_scope + n_unknown)::bigint as n_out_of_scope,
                sum(n_duplicate)::bigint as n_duplicate,
                sum(n_rejected)::bigint as n_rejected,
            from files
            group by grouped
            order by any_value(source) <> 'records', grouped
            """
        )
    )
    first_day, last_day, complete_to = database.rows(
        "select first_day, last_day, complete_to from meta.coverage where source = ?", [SOURCE]
    )[0]
    half_life, as_of = database.rows("select half_life_days, as_of from meta.study")[0]
    digest, revision, versions, n_checks, failed, forced = database.rows(
        "select inputs_sha256, git_revision, versions, len(checks_passed), checks_failed, "
        "forced_reason from meta.current_run"
    )[0]
    sources = database.rows(
        "select source_name, count(*) as n from core.record group by source_name "
        "order by n desc, source_name"
    )
    return Provenance(
        files=files,
        n_events=database.rows("select count(*) from core.event")[0][0],
        first_day=first_day,
        last_day=last_day,
        complete_to=complete_to,
        as_of=as_of if as_of < last_day else None,
        stands_at=as_of,
        half_life_days=half_life,
        inputs_sha256=digest,
        git_revision=revision or "unknown",
        versions=tuple(sorted(versions.items())),
        n_checks=n_checks,
        sources=tuple((name, n) for name, n in sources),
        checks_failed=tuple(name.replace("_", " ") for name in failed),
        forced_reason=forced,
    )


def dateline(origin: Provenance, say: Language) -> tuple[str, ...]:
    """Return the sentences at the head of every report: how old what it says is."""
    stands = say("origin.stands", day=say.day(origin.stands_at))
    end = last_complete_day(origin.complete_to)
    age = (origin.stands_at - end).days
    if age <= _STALE_DAYS:
        return (stands,)
    return (stands, say("origin.stale", month=say.month(end), days=say.count(age)))


def last_complete_day(complete_to: date) -> date:
    """Return the last day of the last month that a coverage to this day holds whole."""
    if complete_to.day == monthrange(complete_to.year, complete_to.month)[1]:
        return complete_to
    return complete_to.replace(day=1) - timedelta(days=1)


def _forced(origin: Provenance, say: Language) -> str:
    if origin.forced_reason is None:
        return ""
    failed = "; ".join(origin.checks_failed)
    return say("origin.forced", failed=failed, reason=origin.forced_reason)


def account(origin: Provenance, say: Language) -> tuple[str, ...]:
    """Return the sentences at the foot of every report."""
    named = [f"{name} ({n})" for name, n in origin.sources[:_NAMED_SOURCES]]
    as_of = say("origin.as_of", day=say.day(origin.as_of)) if origin.as_of else ""
    return (
        say("origin.sources", names=", ".join(named)),
        say("origin.scores", days=f"{origin.half_life_days:g}"),
        say(
            "origin.foot",
            acts=say.acts(origin.n_events),
            first=say.day(origin.first_day),
            last=say.day(origin.last_day),
            complete=say.day(origin.complete_to),
            as_of=as_of,
            n_checks=origin.n_checks,
            forced=_forced(origin, say),
            inputs=origin.inputs_sha256[:16],
            revision=origin.git_revision,
            versions=", ".join(f"{name} {version}" for name, version in origin.versions),
        ),
    )
