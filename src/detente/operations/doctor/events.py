"""What is missing from each source: actors, files, and rows that were refused or left out."""

from __future__ import annotations

from detente.base.counted import counted
from detente.database.published import Published
from detente.operations.doctor.finding import Finding
from detente.settings import RECORDS
from detente.sources import is_stream_of_news
from detente.sources.snapshot import unversioned
from detente.store.events import NOT_RECOGNISED

_DYADS_NAMED = 5
_LETTERS_NAMED = 5
_NAMES_TOLD = 5
# A source of which more is refused is not what it should be.
_SHARE_REFUSED = 0.1
# Why events between actors in scope do not count, and the setting that says so.
LEFT_OUT_BY = {
    "no root event": "root_events_only",
    "too few sources": "min_sources",
    "too few mentions": "min_mentions",
    "another event of the article counts": "one_per_article",
}


def without_events(database: Published) -> list[Finding]:
    """Say what nothing is known of: the study as a whole, a source, dyads."""
    counts = database.rows(
        """
        select coverage.source, count(event.source)
        from meta.coverage as coverage
        left join core.event as event using (source)
        group by coverage.source
        order by coverage.source
        """
    )
    add = (
        "add records to data/raw/records or a source (`detente source list`, `detente source "
        "add NAME`), then `detente refresh`"
    )
    if not any(n for _, n in counts):
        said = "there is none between the study's actors: every index, test and page is empty"
        return [Finding("note", "events", said, add)]
    empty = [name for name, n in counts if not n]
    dyads = database.rows(
        """
        select dyad.actor1_iso3 || '-' || dyad.actor2_iso3
        from meta.study_dyad as dyad
        where not exists (
            from marts.dyad_day as day
            where
                least(day.actor1_iso3, day.actor2_iso3) = dyad.actor1_iso3
                and greatest(day.actor1_iso3, day.actor2_iso3) = dyad.actor2_iso3
        )
        order by dyad.position
        """
    )
    names = [name for (name,) in dyads]
    shown = ", ".join(names[:_DYADS_NAMED]) + (", ..." if len(names) > _DYADS_NAMED else "")
    return [
        *(
            Finding("note", f"source {name}", "has no event between the study's actors")
            for name in empty
        ),
        *([Finding("note", "events", f"no source has events of {shown}", add)] if names else []),
    ]


def downloads(database: Published) -> list[Finding]:
    """Files of machine-coded sources that are not loaded, and rows of theirs that were refused."""
    failed = database.rows(
        """
        select
            source, status, count(*), min(raw_file_id), max(raw_file_id),
            min_by(reason, raw_file_id), sum(attempts)::bigint, max(last_tried_at)
        from meta.missing_file
        group by source, status
        order by source, status
        """
    )
    refused = database.rows(
        """
        select raw_file.source, rejected.column_name, rejected.reason, count(*),
            min({'file': rejected.raw_file_id, 'line': rejected.raw_row}),
            (
                select sum(file.n_rejected) > ? * sum(file.n_rows)
                from meta.raw_file as file
                where file.source = raw_file.source and file.status in ('loaded', 'no_rows')
            ) as is_much
        from core.event_rejected as rejected
        inner join meta.raw_file as raw_file using (raw_file_id)
        where raw_file.source <> ?
        group by all
        order by all
        """,
        [_SHARE_REFUSED, RECORDS],
    )
    return [
        Finding(
            "note",
            f"source {source}",
            f"{counted(n, 'file')} not loaded, status {status}: {first}"
            + (f" ... {last}" if n > 1 else "")
            + f"; for instance: {reason}"
            + (
                f"; requested {counted(attempts, 'time')}, last on {last_tried:%Y-%m-%d %H:%M} UTC"
                if attempts
                else ""
            )
            + " (meta.missing_file lists them)",
            "see whether they hold events: only a file with such a name is read"
            if status == NOT_RECOGNISED
            else "detente refresh (asks for them again)",
        )
        for source, status, n, first, last, reason, attempts, last_tried in failed
    ] + [
        Finding(
            "problem" if is_much else "note",
            f"source {source}",
            f"{counted(n, 'row')} refused"
            + (f" for `{column}`" if column else "")
            + f", {reason}; for instance {unversioned(where['file'])}:{where['line']} "
            "(core.event_rejected has them whole)",
            "see what the file writes there; more than a tenth of the source's rows are refused"
            if is_much
            else "",
        )
        for source, column, reason, n, where, is_much in refused
    ]


def rejected(database: Published) -> list[Finding]:
    """Name each line of the records that was refused."""
    rows = database.rows(
        """
        select raw_file.path, rejected.raw_row, rejected.column_name, rejected.value,
            rejected.reason
        from core.event_rejected as rejected
        inner join meta.raw_file as raw_file using (raw_file_id)
        where raw_file.source = ?
        order by raw_file.path, rejected.raw_row
        """,
        [RECORDS],
    )
    return [
        Finding(
            "problem",
            f"{path}:{row}",
            (f"`{column}` is {value!r}: " if column else "") + reason,
            "correct the line, then `detente refresh`",
        )
        for path, row, column, value, reason in rows
    ]


def noted(database: Published) -> list[Finding]:
    """Tell how loaded files were read, where that needs to be known."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{counted(n, 'loaded file')} with a note (meta.raw_file); for instance "
            f"{unversioned(first)}: {note}",
        )
        for source, n, first, note in database.rows(
            "select source, count(*), min(raw_file_id), min_by(note, raw_file_id) "
            "from meta.raw_file where note is not null and status in ('loaded', 'no_rows') "
            "group by source order by source"
        )
    ]


def unknown_actors(database: Published) -> list[Finding]:
    """Names of actors that no reference table knows."""
    rows = database.rows(
        """
        select
            source,
            sum(n_rows)::bigint,
            count(*),
            list(
                name || ' (' || n_rows || ', from ' || first_day || ' on)'
                order by n_rows desc, name
            ),
        from core.unknown_actor
        group by source
        order by source
        """
    )
    return [
        Finding(
            "note",
            f"source {source}",
            f"{counted(n_rows, 'mention')} of {counted(n_names, 'actor')} that no reference table "
            "knows: "
            + ", ".join(names[:_NAMES_TOLD])
            + (", ..." if n_names > _NAMES_TOLD else "")
            + " (core.unknown_actor)",
            "add them to data/raw/reference/actor_aliases.csv or actor_codes.csv, then "
            "`detente refresh`",
        )
        for source, n_rows, n_names, names in rows
    ]


def left_out(database: Published) -> list[Finding]:
    """Events between actors in scope that the study's own settings leave out, by setting."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{counted(n, 'event')} between actors in scope left out by {LEFT_OUT_BY[reason]} "
            f"({reason}), {n_kept} kept (marts.volume_reason_day)",
        )
        for source, reason, n, n_kept in database.rows(
            """
            select
                source,
                reason,
                sum(n_events)::bigint,
                (
                    select sum(n_events)::bigint
                    from marts.volume_reason_day as kept
                    where kept.source = volume.source and reason is null
                ),
            from marts.volume_reason_day as volume
            where list_contains(?, reason)
            group by source, reason
            order by source, reason
            """,
            [list(LEFT_OUT_BY)],
        )
    ]


def goldstein(database: Published) -> list[Finding]:
    """Where a source reports another Goldstein value than the scale table has for the code."""
    return [
        Finding(
            "note" if n_different else "ok",
            f"source {source}",
            f"reports another Goldstein value than the scale table for {n_different} of "
            f"{n_compared} events ({n_different / n_compared:.1%})"
            + (f", codes {', '.join(codes)}" if codes else "")
            + "; the table's counts (meta.goldstein_difference)",
        )
        for source, n_compared, n_different, codes in database.rows(
            "select source, n_compared, n_different, cameo_codes from meta.goldstein_difference "
            "where n_compared > 0 order by source"
        )
    ]


def letters(database: Published) -> list[Finding]:
    """Name letters of titles that a PDF would show as boxes; those of news are in Latin."""
    loaded = database.rows("select distinct source from core.event")
    sources = [source for (source,) in loaded if not is_stream_of_news(source)]
    rows = database.rows(
        r"""
        select letter, min(title)
        from (
            select title, unnest(regexp_extract_all(title, '[^\x00-\x{24F}\s]')) as letter
            from core.event
            where list_contains(?, source)
        )
        group by letter
        order by letter
        """,
        [sources],
    )
    if not rows:
        return []
    from detente.report.render import typeset

    lacking = typeset.without_glyph("".join(letter for letter, _ in rows))
    if not lacking:
        return []
    title = next(title for letter, title in rows if letter in lacking)
    return [
        Finding(
            "note",
            "titles",
            f"no font at hand has {len(lacking)} of their letters "
            f"({typeset.points(lacking[:_LETTERS_NAMED])}), for instance in {title!r}; a PDF shows "
            "them as boxes",
            "install a font that has them, for instance Noto",
        )
    ]
