"""Which days each source covers, and which it leaves open."""

from __future__ import annotations

from datetime import date

from detente.base.counted import counted
from detente.database.published import Published
from detente.operations.doctor.finding import Finding
from detente.refresh import shortfalls

_LONG_SILENCE_DAYS = 366


def coverage(database: Published) -> list[Finding]:
    """Say which days each source covers."""
    return [
        Finding(
            "ok",
            f"source {source}",
            f"covers {first} to {last}, "
            + (
                f"complete to {complete}"
                if complete and complete >= first
                else "none of them complete"
            ),
        )
        for source, first, last, complete in database.rows(
            "select source, first_day, last_day, complete_to from meta.coverage order by source"
        )
    ]


def open_ends(database: Published) -> list[Finding]:
    """Name the files of records of which nobody said how far they were kept."""
    return [
        Finding(
            "note",
            path,
            f"known up to its last record, of {last}; what came after it is unknown, not zero",
            "if you have looked further, set `covers_to` in the sidecar to the day up to which "
            "you did",
        )
        for path, last in database.rows(
            "select path, covers_to from meta.raw_file where meta.is_hand_kept(source) "
            "and named_to is null and covers_to is not null order by path"
        )
    ]


def long_silences(database: Published) -> list[Finding]:
    """Name the files of records whose last years are zero because their sidecar claims it."""
    return [
        Finding(
            "note",
            path,
            f"its last record is of {last}, its sidecar says that it is complete to {covers_to}: "
            "the months between count as zero",
            "if nobody looked that far, set `covers_to` in the sidecar to the day up to which "
            "somebody did",
        )
        for path, last, covers_to in database.rows(
            """
            select file.path, max(record.event_date) as last, file.covers_to
            from meta.raw_file as file
            inner join core.record as record using (raw_file_id)
            group by file.path, file.covers_to
            having file.covers_to - last > ?
            order by file.path
            """,
            [_LONG_SILENCE_DAYS],
        )
    ]


def gaps(database: Published) -> list[Finding]:
    """Days inside a source's coverage that no file covers."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{_span(n_days, first, last)} {'is' if n_days == 1 else 'are'} in no file "
            f"({counted(n_gaps, 'gap')}); indices are null there, not zero (meta.coverage_gap)",
            f"`detente backfill --source {source}` with the days, where the provider has them",
        )
        for source, n_gaps, n_days, first, last in database.rows(
            "select source, count(*), sum(last_day - first_day + 1)::bigint, min(first_day), "
            "max(last_day) from meta.coverage_gap where reason = 'no file' "
            "group by source order by source"
        )
    ]


def lacking(database: Published) -> list[Finding]:
    """Say what a source's files leave out or may count twice; no refresh changes that."""
    return [
        Finding("note", f"source {source}", one.problem, one.remedy)
        for found in (shortfalls.of_states, shortfalls.renumbered, shortfalls.before_the_study)
        for source, one in found(database)
    ]


def short_days(database: Published) -> list[Finding]:
    """Quarters of an hour for which a provider lists no file: nothing can be fetched for them."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{_quarters(n_unlisted)} on {_span(n_days, first, last)} "
            f"{'is' if n_unlisted == 1 else 'are'} in no file that the provider lists "
            "(meta.short_day)",
        )
        for source, n_unlisted, n_days, first, last in database.rows(
            "select source, sum(n_unlisted)::bigint, count(*), min(day), max(day) "
            "from meta.short_day where n_unlisted > 0 group by source order by source"
        )
    ]


def part_days(database: Published) -> list[Finding]:
    """Days that lack quarters of an hour between files, where the list is not at hand."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"missing between files on {_span(n_days, first, last)}: {_quarters(n_unknown)}, and "
            "no list says that nothing was published then; periods that these days touch are not "
            "complete (meta.part_day)",
            "`detente refresh` with a network once, or with a copy of the provider's list in "
            "data/raw/downloads/lists or in the mirror folder",
        )
        for source, n_unknown, n_days, first, last in database.rows(
            "select source, sum(n_unknown)::bigint, count(*), min(day), max(day) "
            "from meta.part_day group by source order by source"
        )
    ]


def _quarters(number: int) -> str:
    return counted(number, "quarter of an hour", "quarters of an hour")


def _span(n_days: int, first: date, last: date) -> str:
    return f"1 day ({first})" if n_days == 1 else f"{n_days} days from {first} to {last}"
