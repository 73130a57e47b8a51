"""Say what is wrong with a study and which command fixes it. Nothing is written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detente.base.errors import DetenteError, NewerStore
from detente.database import remote
from detente.database.builder import LAYOUT_VERSION, Warehouse
from detente.database.published import Published
from detente.operations import status
from detente.refresh import checksums, publish, runs
from detente.refresh.plan import NOT_READ, plan
from detente.settings import RECORDS, Settings
from detente.sources import is_stream_of_news, traits_of
from detente.sources.fetch import digest
from detente.store import manifest
from detente.store.events import LOADED, Store

Severity = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    severity: Severity
    subject: str
    message: str
    remedy: str = ""


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Look at the settings, the published database, the last run and what was rejected.

    Parameters
    ----------
    deep
        Read everything: the published databases, every account against the events of its file, and
        every download against its checksum.
    """
    findings = [Finding("ok", "settings", f"{settings.home / 'detente.toml'} is valid")]
    store = _store(settings, deep=deep)
    if deep:
        store += _deep(settings)
    try:
        with Published(settings.database) as database:
            findings += _layout(database)
            findings += _published(settings, database)
            findings += _moved(settings, database)
            findings += _rejected(database)
            findings += _coverage(database)
            findings += _without_events(database)
            findings += _open_ends(database)
            findings += _long_silences(database)
            findings += _letters(database)
            findings += _gaps(database)
            findings += _unknown(database)
            findings += _left_out(database)
            findings += _downloads(database)
            findings += _short_days(database)
            findings += _goldstein(database)
    except DetenteError as error:
        # A database whose parts of the store are damaged cannot be read either.
        is_damaged = any(one.severity == "problem" for one in store)
        remedy = "detente rebuild" if is_damaged else "detente refresh"
        findings.append(Finding("problem", "database", str(error), remedy))
    findings += _as_of(settings)
    findings += store
    findings += _late(settings)
    findings += _disk(settings)
    findings += _pending(settings)
    findings += _last_run(settings)
    findings += [
        Finding("note", "left over", f"{path} was left by a run that was killed", "detente refresh")
        for path in publish.left_over(settings.processed)
    ]
    return findings


def _layout(database: Published, remedy: str = "detente refresh") -> list[Finding]:
    found = database.layout_version()
    if found == LAYOUT_VERSION:
        return []
    older = found < LAYOUT_VERSION
    return [
        Finding(
            "problem",
            database.path.name if isinstance(database.path, Path) else database.path,
            f"has tables of version {found}, this detente reads version {LAYOUT_VERSION}",
            remedy if older else "install the newer detente that built it, or " + remedy,
        )
    ]


def _moved(settings: Settings, database: Published) -> list[Finding]:
    """Say what a client other than detente reads in a study that was copied or moved."""
    here = settings.processed.resolve()
    rows = database.rows("select distinct folder from meta.event_part order by folder")
    return [
        Finding(
            "note",
            "database",
            f"was built in {folder}: detente reads the event files beside it, but other DuckDB "
            "clients read those of that folder, unless they are told with "
            f"`set variable detente_events = '{here / settings.events.name}/'`",
            "detente refresh --force",
        )
        for (folder,) in rows
        if not remote.is_remote(folder) and Path(folder).resolve() != here
    ]


def _as_of(settings: Settings) -> list[Finding]:
    """Name the databases as of a past day that another version built."""
    findings = []
    for path in sorted(settings.processed.glob("detente.as-of-*.duckdb")):
        remedy = f"detente refresh --as-of {path.stem.removeprefix('detente.as-of-')} --force"
        try:
            with Published(path) as database:
                findings += _layout(database, remedy)
        except DetenteError as error:
            findings.append(Finding("problem", path.name, str(error), remedy))
    return findings


def _store(settings: Settings, *, deep: bool) -> list[Finding]:
    """Look at the list of the event store, and at the files that it names."""
    store = Store(settings)
    try:
        held = store.manifest()
        damaged = store.damaged(deep=deep)
        shared = _shared(store, deep=deep, is_whole=not damaged) if store.place.is_shared else []
    except NewerStore as error:
        return [Finding("problem", "event store", str(error), "install the newer detente")]
    except DetenteError as error:
        remedy = "correct what it names" if store.place.is_shared else "detente rebuild"
        return [Finding("problem", "event store", str(error), remedy)]
    if not store.place.is_shared and not store.exists():
        left = next(settings.events.rglob("*.parquet"), None)
        if left is None:
            return []
        return [
            Finding(
                "problem",
                "event store",
                f"its list {settings.events / manifest.NAME} is gone, files of it are there, for "
                f"instance {left}",
                "detente rebuild",
            )
        ]
    changed = [path for path in damaged if store.is_there(path)]
    gone = [path for path in damaged if path not in changed]
    return shared + [
        Finding(
            "problem",
            "event store",
            f"{len(paths)} of {len(held.files)} files {what}, for instance {paths[0]}",
            "detente rebuild",
        )
        for paths, what in ((gone, "are gone"), (changed, "are not as they were written"))
        if paths
    ]


def _shared(store: Store, *, deep: bool, is_whole: bool) -> list[Finding]:
    """Say what was looked at of a store that other machines write to, and whether they did."""
    found = []
    if is_whole:
        looked = "read and compared" if deep else "there, by name and size (`--deep` reads them)"
        said = f"{store.place.root}: {len(store.manifest().files)} files are {looked}"
        found.append(Finding("ok", "event store", said))
    if not store.place.is_current():
        said = f"{store.place.root}: another machine committed since the last refresh here"
        found.append(Finding("note", "event store", said, "detente refresh"))
    return found


def _deep(settings: Settings) -> list[Finding]:
    """Read everything that the nights take as it is."""
    findings = []
    for path in sorted(settings.processed.glob("detente*.duckdb")):
        wrong = checksums.mismatch(path)
        if wrong:
            findings.append(Finding("problem", path.name, wrong, "detente refresh --full"))
    try:
        store = Store(settings)
        disagreeing = store.disagreeing()
        gone, changed = _raw_files(settings, store)
    except DetenteError as error:
        return [*findings, Finding("problem", "event store", str(error), "detente rebuild")]
    if disagreeing:
        findings.append(
            Finding(
                "problem",
                "event store",
                f"{len(disagreeing)} files have other events in it than their accounts say, for "
                f"instance {disagreeing[0]}",
                "detente rebuild",
            )
        )
    if gone and store.place.is_shared:
        said = f"{len(gone)} files that are loaded lie on other machines"
        findings.append(Finding("note", "downloads", said))
        gone = []
    return findings + [
        Finding(
            "problem",
            "downloads",
            f"{len(found)} files that are loaded {what}, for instance {found[0]}",
            "restore them from the backup; or delete them, and `detente refresh` fetches them",
        )
        for found, what in ((gone, "are gone"), (changed, "are not as they were loaded"))
        if found
    ]


def _raw_files(settings: Settings, store: Store) -> tuple[list[Path], list[Path]]:
    """Return the downloads that are gone, and those that are not as they were loaded."""
    gone, changed = [], []
    with Warehouse() as warehouse:
        for name, sha256 in store.states(warehouse, ["path", "sha256"], status=LOADED):
            path = settings.home / name if name else None
            if path is None:
                continue
            if not path.is_file():
                gone.append(path)
            elif digest(path) != sha256:
                changed.append(path)
    return gone, changed


def _published(settings: Settings, database: Published) -> list[Finding]:
    rows = database.rows(
        "select started_at, git_revision, checks_passed, checks_failed, forced_reason "
        "from meta.current_run"
    )
    n_events = database.rows("select count(*) from core.event")[0][0]
    if not rows:
        return [Finding("problem", "database", "carries no account of its run", "detente refresh")]
    started_at, revision, passed, failed, forced_reason = rows[0]
    forced = Finding(
        "note",
        "database",
        f"was published in spite of failed checks ({', '.join(failed)}), for this reason: "
        f"{forced_reason}",
        "`detente check` shows rows that still fail; correct them, then `detente refresh`",
    )
    return [
        Finding(
            "ok",
            "database",
            f"{settings.database}: {n_events} events, built {started_at} UTC from revision "
            f"{revision or 'unknown'}, {len(passed)} checks passed",
        ),
        *([forced] if forced_reason else []),
    ]


def _rejected(database: Published) -> list[Finding]:
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


def _coverage(database: Published) -> list[Finding]:
    return [
        Finding("ok", f"source {source}", f"covers {first} to {last}, complete to {complete}")
        for source, first, last, complete in database.rows(
            "select source, first_day, last_day, complete_to from meta.coverage order by source"
        )
    ]


_DYADS_NAMED = 5


def _without_events(database: Published) -> list[Finding]:
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
    told = ", ".join(names[:_DYADS_NAMED]) + (", ..." if len(names) > _DYADS_NAMED else "")
    return [
        *(
            Finding("note", f"source {name}", "tells of no event between the study's actors")
            for name in empty
        ),
        *([Finding("note", "events", f"no source tells of {told}", add)] if names else []),
    ]


_LONG_SILENCE_DAYS = 366


def _open_ends(database: Published) -> list[Finding]:
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


def _long_silences(database: Published) -> list[Finding]:
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


def _letters(database: Published) -> list[Finding]:
    """Name letters of titles that a PDF would show as boxes; those of news are in Latin."""
    told = database.rows("select distinct source from core.event")
    sources = [source for (source,) in told if not is_stream_of_news(source)]
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

    lacking = typeset.undrawable("".join(letter for letter, _ in rows))
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


_LETTERS_NAMED = 5


def _gaps(database: Published) -> list[Finding]:
    """Days within a source's coverage of which no file tells."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{n_days} days from {first} to {last} are in no file ({n_gaps} "
            f"{'gap' if n_gaps == 1 else 'gaps'}); indices are null there, not zero "
            "(meta.coverage_gap)",
            f"`detente backfill --source {source}` with the days, where the provider has them",
        )
        for source, n_gaps, n_days, first, last in database.rows(
            "select source, count(*), sum(last_day - first_day + 1)::bigint, min(first_day), "
            "max(last_day) from meta.coverage_gap where reason = 'no file' "
            "group by source order by source"
        )
    ]


NAMES_TOLD = 5


def _unknown(database: Published) -> list[Finding]:
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
            f"{n_rows} mentions of {n_names} actors that no reference table knows: "
            + ", ".join(names[:NAMES_TOLD])
            + (", ..." if n_names > NAMES_TOLD else "")
            + " (core.unknown_actor)",
            "add them to data/raw/reference/actor_aliases.csv or actor_codes.csv, then "
            "`detente refresh`",
        )
        for source, n_rows, n_names, names in rows
    ]


# Why events between actors in scope do not count, and the setting that says so.
LEFT_OUT_BY = {
    "no root event": "root_events_only",
    "too few sources": "min_sources",
    "too few mentions": "min_mentions",
    "another event of the article counts": "one_per_article",
}


def _left_out(database: Published) -> list[Finding]:
    """Events between actors in scope that the study's own settings leave out, by setting."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{n} events between actors in scope are left out by {LEFT_OUT_BY[reason]} ({reason}); "
            f"{n_kept} are kept (marts.volume_reason_day)",
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


def _downloads(database: Published) -> list[Finding]:
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
            min(rejected.raw_file_id || ':' || rejected.raw_row)
        from core.event_rejected as rejected
        inner join meta.raw_file as raw_file using (raw_file_id)
        where raw_file.source <> ?
        group by all
        order by all
        """,
        [RECORDS],
    )
    return [
        Finding(
            "note",
            f"source {source}",
            f"{n} file{'' if n == 1 else 's'} not loaded, status {status}: {first}"
            + (f" ... {last}" if n > 1 else "")
            + f"; for instance: {reason}"
            + (
                f"; asked for {attempts} times, last on {last_tried:%Y-%m-%d %H:%M} UTC"
                if attempts
                else ""
            )
            + " (meta.missing_file lists them)",
            "detente refresh (asks for them again)",
        )
        for source, status, n, first, last, reason, attempts, last_tried in failed
    ] + [
        Finding(
            "note",
            f"source {source}",
            f"{n} row{'' if n == 1 else 's'} refused"
            + (f" for `{column}`" if column else "")
            + f", {reason}; for instance {where} (core.event_rejected has them whole)",
        )
        for source, column, reason, n, where in refused
    ]


def _short_days(database: Published) -> list[Finding]:
    """Quarters of an hour for which a provider lists no file: nothing can be fetched for them."""
    return [
        Finding(
            "note",
            f"source {source}",
            f"{n_unlisted} quarters of an hour on {n_days} days from {first} to {last} are in no "
            "file that the provider lists (meta.short_day)",
        )
        for source, n_unlisted, n_days, first, last in database.rows(
            "select source, sum(n_unlisted)::bigint, count(*), min(day), max(day) "
            "from meta.short_day where n_unlisted > 0 group by source order by source"
        )
    ]


def _goldstein(database: Published) -> list[Finding]:
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


# What a refresh writes beside the published database, at the least.
_ROOM = 64 << 20


def _disk(settings: Settings) -> list[Finding]:
    """Say whether there is room for a refresh, which builds beside the published database.

    On a full disk the account of the run that failed could not be written.
    """
    folder = settings.processed
    if not folder.is_dir():
        return []
    size = settings.database.stat().st_size if settings.database.is_file() else 0
    free, needed = shutil.disk_usage(folder).free, size + _ROOM
    if free >= needed:
        return []
    return [
        Finding(
            "problem",
            "disk",
            f"{free >> 20} MiB are free where {folder} is; a refresh needs "
            f"about {needed >> 20} MiB",
            "make room, then `detente refresh`",
        )
    ]


def _pending(settings: Settings) -> list[Finding]:
    if not settings.database.is_file():
        return []
    try:
        actions = [
            action
            for action in plan(settings, offline=True)
            if action.action not in ("build", NOT_READ)
        ]
    except DetenteError as error:
        return [Finding("problem", "inputs", str(error), "correct what it names, then this again")]
    if not actions:
        return [Finding("ok", "inputs", "nothing changed since the last refresh")]
    return [
        Finding(
            "note",
            "inputs",
            f"{len(actions)} changed since the last refresh (`detente plan` lists them)",
            "detente refresh",
        )
    ]


def _late(settings: Settings) -> list[Finding]:
    """Name the sources whose newest event lies further back, today, than it may or usually does."""
    found = status.look(settings).sources
    return [
        Finding(
            "note" if one.max_lag_days is None else "problem",
            f"source {one.source}",
            f"the newest event is of {one.newest_day}, {one.lag_days} days ago; "
            + (
                f"while the source goes on it is at most about {one.allowed} (checks.max_lag_days "
                "sets a limit of your own)"
                if one.max_lag_days is None
                else f"checks.max_lag_days allows {one.max_lag_days}"
            ),
            "`detente plan` says what the provider has; `detente refresh` asks for it",
        )
        for one in found
        if one.is_late
    ] + [
        Finding("note", f"source {one.source}", f"ended with {ended}; nothing newer will come")
        for one in found
        if (ended := traits_of(one.source).last)
    ]


def _last_run(settings: Settings) -> list[Finding]:
    history = runs.history(settings)
    if not history or history[-1].outcome == runs.PUBLISHED:
        return []
    last = history[-1]
    return [
        Finding(
            "problem",
            "last run",
            f"{last.run_id} failed: {(last.message or '').rstrip('.')}. "
            f"{settings.database.name} is from the run before",
            "correct what it names, then `detente refresh`",
        )
    ]
