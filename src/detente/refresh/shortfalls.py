"""What a source's files leave out or may count twice, which no refresh changes.

States of the study of which files that were made for some states tell nothing, files whose events
have numbers that the provider has given up, and files from before the study. Days before the source
covers a state, or before it existed, are told only where files have events on them;
`meta.dyad_gap` has all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published

_NAMED = 5
_OF_THE_STUDY = """
    from meta.state_gap
    semi join (select unnest([actor1_iso3, actor2_iso3]) as iso3 from meta.study_dyad) using (iso3)
"""


@dataclass(frozen=True)
class Shortfall:
    """What the files of a source leave out, and what can be done."""

    problem: str
    remedy: str


def of_states(database: Published) -> Iterator[tuple[str, Shortfall]]:
    """Yield the source and what its files leave out, from `meta.state_gap`."""
    runs: dict[tuple[str, date, date], list[str]] = {}
    for source, iso3, first, last in database.rows(
        f"select source, iso3, first_day, last_day {_OF_THE_STUDY} "
        "where reason = 'no file of the state' order by source, first_day, last_day, iso3"
    ):
        runs.setdefault((source, first, last), []).append(iso3)
    for (source, first, last), iso3s in runs.items():
        yield (
            source,
            Shortfall(
                f"no file of {_listed(iso3s)} has the days from {first} to {last}: they are "
                f"unknown for the pairs of {'it' if len(iso3s) == 1 else 'them'}, not zero "
                "(meta.dyad_gap)",
                "export the states of the study for the same days, best together in one file",
            ),
        )
    for source, iso3s in database.rows(
        f"select source, list(iso3 order by iso3) {_OF_THE_STUDY} "
        "where reason = 'no event in the state' group by source order by source"
    ):
        yield (
            source,
            Shortfall(
                f"no event of its files took place in {_listed(iso3s)}: nobody can tell whether "
                "nothing happened there or an export left it out, so a period without acts on the "
                "soil of the other state is unknown, not zero (meta.dyad_gap)",
                "export every state of the study, best together in one file",
            ),
        )
    yield from _before_the_source(database)
    yield from _without_a_state(database)


def _before_the_source(database: Published) -> Iterator[tuple[str, Shortfall]]:
    """Yield states of which files have events though the source is said to begin later."""
    for source, iso3, first, n_files, name in database.rows(
        """
        select begun.source, begun.iso3, begun.first_day, count(*), min(file.raw_file_id)
        from core.state_coverage as begun
        inner join meta.covering_file as file
            on file.source = begun.source and list_contains(file.places, begun.iso3)
        semi join (
            select unnest([actor1_iso3, actor2_iso3]) as iso3 from meta.study_dyad
        ) as state on state.iso3 = begun.iso3
        where file.is_there and file.last_day < begun.first_day
        group by all
        order by all
        """
    ):
        files = f"{name} has" if n_files == 1 else f"{n_files} files ({name}, ...) have"
        yield (
            source,
            Shortfall(
                f"{files} events in {iso3} before {first}, from when on the source is said to "
                "cover the state: they are in the series, but a period without any is unknown, not "
                "zero, and none is complete",
                "if the files are whole, correct the day in a copy of state_coverage.csv in "
                "data/raw/reference (docs/sources.md)",
            ),
        )


def _without_a_state(database: Published) -> Iterator[tuple[str, Shortfall]]:
    """Yield how many events fall on days on which one of their states did not exist."""
    for source, iso3, first, last, n in database.rows(
        """
        select gap.source, gap.iso3, gap.first_day, gap.last_day, sum(day.n_events)::bigint
        from meta.dyad_gap as gap
        inner join marts.dyad_day as day
            on
                day.source = gap.source
                and least(day.actor1_iso3, day.actor2_iso3) = gap.actor1_iso3
                and greatest(day.actor1_iso3, day.actor2_iso3) = gap.actor2_iso3
                and day.day between gap.first_day and gap.last_day
        where gap.reason = 'the state did not exist' and day.counting = 'all'
        group by all
        order by all
        """
    ):
        told = f"{n} events are" if n > 1 else "1 event is"
        yield (
            source,
            Shortfall(
                f"{told} dated {first} to {last}, when {iso3} was not independent: listed, but "
                "in no month, year or stock (meta.dyad_gap)",
                "if the pair should count all the same, correct the day in a copy of "
                "state_spells.csv in data/raw/reference (docs/sources.md)",
            ),
        )


def renumbered(database: Published) -> Iterator[tuple[str, Shortfall]]:
    """Yield the source and which of its files have event numbers that the provider has given up."""
    for source, n, first, last, n_loaded, n_left_out in database.rows(
        "select source, count(*), min(raw_file_id), max(raw_file_id), sum(n_loaded)::bigint, "
        "sum(n_duplicate)::bigint from meta.raw_file where numbering is not null "
        "and status in ('loaded', 'no_rows') group by source order by source"
    ):
        files = f"1 file ({first}) has" if n == 1 else f"{n} files ({first} ... {last}) have"
        yield (
            source,
            Shortfall(
                f"{files} event numbers that the provider no longer uses, so that nobody can tell "
                "which event of a newer file is the same: where a newer file covers the day and "
                f"the state, its events count alone. {n_left_out} rows are left out, {n_loaded} "
                "between actors in scope count (meta.raw_file.numbering and note)",
                "export these days and states anew, remove the old files and run `detente rebuild "
                '--without-missing --force-publish "REASON"`',
            ),
        )


def before_the_study(database: Published) -> Iterator[tuple[str, Shortfall]]:
    """Yield the source and which of its files end before the first day of the study."""
    for source, n, first, last, start in database.rows(
        """
        select file.source, count(*), min(file.raw_file_id), max(file.raw_file_id), study.start_date
        from meta.raw_file as file
        cross join meta.study as study
        where
            file.status = 'loaded'
            and not meta.is_hand_kept(file.source)
            and coalesce(file.last_event, file.covers_to) < study.start_date
        group by all
        order by all
        """
    ):
        files = f"1 file ({first}) ends" if n == 1 else f"{n} files ({first} ... {last}) end"
        yield (
            source,
            Shortfall(
                f"{files} before the study begins, on {start}: loaded, and in no period",
                "set an earlier `start` in [study] if they should count",
            ),
        )


def _listed(iso3s: list[str]) -> str:
    return ", ".join(iso3s[:_NAMED]) + (", ..." if len(iso3s) > _NAMED else "")
