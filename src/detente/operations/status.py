"""The status page: the last runs, how fresh each source is, where its gaps are, what failed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from detente.base import files
from detente.base.errors import DetenteError
from detente.database.published import Published
from detente.refresh import runs
from detente.refresh.runs import Run
from detente.settings import RECORDS, Settings
from detente.sources import traits_of
from detente.sources.traits import usual_lag

NAME = "status.html"
RUNS_SHOWN = 30
ROWS_SHOWN = 50

# The longest silence between two days with events, of the last so many of these.
_SOURCES = """
    with silence as (
        select source, max(day - before) as longest_silence
        from (
            select
                source,
                day,
                lag(day) over (partition by source order by day) as before,
                row_number() over (partition by source order by day desc) as place,
            from marts.volume_day
            where counting = 'all'
        )
        where place <= 50
        group by source
    )

    select
        volume.source,
        max(volume.day) as newest_day,
        sum(volume.n_events)::bigint as n_events,
        any_value(coverage.first_day) as first_day,
        any_value(coverage.complete_to) as complete_to,
        any_value(allowed.max_lag_days) as max_lag_days,
        any_value(silence.longest_silence) as longest_silence,
    from marts.volume_day as volume
    left join meta.coverage as coverage using (source)
    left join meta.check_limit as allowed using (source)
    left join silence using (source)
    where volume.counting = 'all'
    group by volume.source
    order by volume.source
"""
_GAPS = """
    select source, first_day, last_day
    from meta.coverage_gap
    where reason = 'no file'
    order by first_day desc, source
"""
# Of a source that does not know every day of both states of each pair: how many pairs, and the
# longest span.
_UNKNOWN = """
    select
        source,
        count(distinct (actor1_iso3, actor2_iso3))::bigint as n_dyads,
        (select count(*) from meta.study_dyad)::bigint as n_of_study,
        unnest(first(
            {iso3: iso3, first_day: first_day, last_day: last_day, reason: reason}
            order by last_day - first_day desc, first_day, iso3, reason
        )),
    from meta.dyad_gap
    where iso3 is not null
    group by source
    order by source
"""
_FAILED = """
    select
        raw_file_id, source, status, coalesce(reason, '') as reason,
        coalesce(attempts, 0)::bigint as attempts, last_tried_at, covers_from,
    from meta.missing_file
    order by covers_from desc nulls last, raw_file_id
"""


@dataclass(frozen=True)
class SourceState:
    """How far a source reaches.

    Attributes
    ----------
    max_lag_days
        How far the newest event may lie back by the settings; None where they do not say.
    usual_lag_days
        How far it lies back at the most in ordinary times, by the source's own rhythm.
    """

    source: str
    newest_day: date
    n_events: int
    first_day: date | None
    complete_to: date | None
    max_lag_days: int | None
    lag_days: int
    usual_lag_days: int | None = None

    @property
    def allowed(self) -> int | None:
        """How far the newest event may lie back: by the settings, else as usual."""
        return self.usual_lag_days if self.max_lag_days is None else self.max_lag_days

    @property
    def is_late(self) -> bool:
        """Whether the newest event lies further back than that."""
        return self.allowed is not None and self.lag_days > self.allowed


@dataclass(frozen=True)
class Gap:
    """Days between two files of a source of which no file tells."""

    source: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class UnknownOfPairs:
    """Pairs of the study of which a source does not know every day, and its longest such span.

    Attributes
    ----------
    n_dyads, n_of_study
        How many pairs they are, and how many the study has.
    iso3
        The state of which the longest span is unknown.
    """

    source: str
    n_dyads: int
    n_of_study: int
    iso3: str
    first_day: date
    last_day: date
    reason: str


@dataclass(frozen=True)
class FailedFile:
    """A file that a provider lists and that is not loaded."""

    raw_file_id: str
    source: str
    status: str
    reason: str
    attempts: int
    last_tried_at: datetime
    covers_from: date | None


@dataclass(frozen=True)
class Status:
    """What the page shows.

    Attributes
    ----------
    runs
        The last ones, newest first.
    steps
        Names of the steps that these runs have, in the order in which they ran.
    problem
        Why nothing can be said about the sources; None if the published database can be read.
    """

    study: str
    written_at: datetime
    runs: tuple[Run, ...]
    steps: tuple[str, ...]
    published: Run | None
    sources: tuple[SourceState, ...] = ()
    gaps: tuple[Gap, ...] = ()
    n_gaps: int = 0
    unknown: tuple[UnknownOfPairs, ...] = ()
    failed: tuple[FailedFile, ...] = ()
    n_failed: int = 0
    problem: str | None = None

    @property
    def sentence(self) -> str:
        """The state in one sentence."""
        if not self.runs:
            return "No run has been made yet."
        last = self.runs[0]
        if last.outcome == runs.PUBLISHED:
            return f"The last run was published at {last.finished_at} UTC."
        then = (
            f"readers see the database of {self.published.finished_at} UTC"
            if self.published
            else "nothing has been published by any run on record"
        )
        return f"The last run failed at {last.finished_at} UTC: {last.message}; {then}."


def look(settings: Settings) -> Status:
    """Read the accounts of the runs and the published database."""
    history = runs.history(settings.processed)
    shown = tuple(reversed(history[-RUNS_SHOWN:]))
    now = runs.now()
    good = [one for one in history if one.outcome == runs.PUBLISHED]
    base = Status(
        study=settings.study.name,
        written_at=now,
        runs=shown,
        steps=tuple(dict.fromkeys(step for run in reversed(shown) for step in run.step_seconds)),
        published=good[-1] if good else None,
    )
    try:
        with Published(settings.database) as database:
            sources = tuple(_state(row, now.date()) for row in database.dicts(_SOURCES))
            gaps = tuple(Gap(**row) for row in database.dicts(_GAPS))
            unknown = unknown_of_pairs(database)
            failed = tuple(FailedFile(**row) for row in database.dicts(_FAILED))
    except DetenteError as error:
        return replace(base, problem=str(error))
    return replace(
        base,
        sources=sources,
        gaps=gaps[:ROWS_SHOWN],
        n_gaps=len(gaps),
        unknown=unknown,
        failed=failed[:ROWS_SHOWN],
        n_failed=len(failed),
    )


def unknown_of_pairs(database: Published) -> tuple[UnknownOfPairs, ...]:
    """Return the sources that do not know every day of both states of each pair of the study."""
    return tuple(UnknownOfPairs(*row) for row in database.rows(_UNKNOWN))


def _state(row: dict[str, Any], today: date) -> SourceState:
    silence = row.pop("longest_silence")
    # Records of one's own end where the person who keeps them stopped; their file says when.
    usual = None if row["source"] == RECORDS else usual_lag(traits_of(row["source"]), silence)
    lag_days = (today - row["newest_day"]).days
    return SourceState(**row, lag_days=lag_days, usual_lag_days=usual)


def write(settings: Settings) -> Path:
    """Write the page and return its path."""
    # Only here: what asks how things stand should not wait for what draws charts.
    from detente.report import language
    from detente.report.render import html

    path = settings.reports / NAME
    say = language.load(settings.report.language)
    text = html.plain_page("status.html.j2", say, "Status", status=look(settings))
    files.write(path, text)
    return path
