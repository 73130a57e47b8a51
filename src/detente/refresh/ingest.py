"""Bring the event store up to date: compare, fetch, load. The plan can be shown before."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from detente import sources
from detente.base import clock
from detente.base.errors import DetenteError, DownloadError, NewerStore, StoreError
from detente.base.progress import Meters, Progress, Quiet
from detente.database.builder import Warehouse
from detente.records import reference
from detente.refresh import load
from detente.settings import Settings
from detente.sources import snapshot
from detente.sources.base import Remote, Source, projection, strange
from detente.sources.fetch import PART, Fetched, Fetcher, Limits, Wanted, digest
from detente.store import events
from detente.store.accounts import credits_of
from detente.store.batches import OUTCOMES, Count, RawFile
from detente.store.events import LOADED, Store
from detente.store.loader import Loader, sql_digest

NOT_RECOGNISED = "not_recognised"
# A download that failed in one of these ways is there, but not as it should be.
FAILED = (
    "missing", "bad_md5", "truncated", "wrong_size", "empty", "not_data", "not_an_archive",
    "unreachable", "unreadable", "refused_layout",
)  # fmt: skip


@dataclass(frozen=True)
class FileAction:
    """What is to be done about one file, and why."""

    action: str
    remote: Remote
    raw_file_id: str
    path: Path
    reason: str

    @property
    def needs_download(self) -> bool:
        """Whether the file has to be fetched first."""
        return self.action == "download"


@dataclass(frozen=True)
class SourcePlan:
    """What is to be done about a source. `problem` says why its list could not be downloaded.

    `strange` are files that are named in a list, the settings or the folder of downloads and that
    nobody knows how to read; each says why.
    """

    source: Source
    actions: tuple[FileAction, ...]
    problem: str | None = None
    n_listed: int = 0
    is_anew: bool = False
    strange: tuple[Remote, ...] = ()


@dataclass
class Summary:
    """What was done."""

    source: str
    n_files: int = 0
    n_rows: int = 0
    n_loaded: int = 0
    n_out_of_scope: int = 0
    n_unknown: int = 0
    n_duplicate: int = 0
    n_rejected: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    problem: str | None = None
    # Files that could not be downloaded or read, and had not failed in the same way before.
    news: list[str] = field(default_factory=list)
    # What a reader has to know of the source although nothing failed.
    notes: list[str] = field(default_factory=list)

    def add(self, count: Count) -> None:
        """Add the account of one file."""
        self.n_files += 1
        self.n_rows += count.n_read
        for name in OUTCOMES:
            setattr(self, name, getattr(self, name) + getattr(count, name))
        if count.problem:
            self.news.append(f"{count.file.raw_file_id}: {count.problem}")
            self.failures[count.status] = self.failures.get(count.status, 0) + 1

    def __str__(self) -> str:
        text = (
            f"{self.source}: {self.n_files} files, {self.n_rows} rows = {self.n_loaded} loaded + "
            f"{self.n_out_of_scope} out of scope + {self.n_unknown} with an unknown actor + "
            f"{self.n_duplicate} duplicate + "
            f"{self.n_rejected} rejected"
        )
        if self.failures:
            failed = ", ".join(f"{n} {status}" for status, n in sorted(self.failures.items()))
            text += f"; not loaded: {failed} (`detente doctor` lists them)"
        return "; ".join([text, *([self.problem] if self.problem else []), *self.notes])


def fetcher(settings: Settings) -> Fetcher:
    """Return a fetcher with the settings' limits."""
    return Fetcher(Limits(**settings.sources.downloads.model_dump()))


def chosen(settings: Settings, names: Sequence[str] = ()) -> list[Source]:
    """Return the sources named, or those that the settings switch on.

    Raises
    ------
    UsageError
        A name is no source's.
    """
    if names:
        return [sources.named(settings, name) for name in names]
    return sources.enabled(settings)


def with_files(settings: Settings) -> tuple[str, ...]:
    """Return the names of the sources of which files lie on disk, switched on or not."""
    return tuple(
        name
        for name, source in sources.known(settings).items()
        if _on_disk(source, _lying(settings, source))
    )


def demand_raw_files(settings: Settings) -> None:
    """See that every file that is loaded lies on disk, before the store is emptied.

    Raises
    ------
    StoreError
        One is gone. A store whose list is damaged knows of none.
    """
    try:
        with Warehouse() as warehouse:
            known = Store(settings).states(warehouse, ["path"], status=LOADED)
            gone = [path for (path,) in known if not (settings.home / path).is_file()]
    except NewerStore:
        raise
    except DetenteError:
        return
    if gone:
        raise StoreError(
            f"{len(gone)} files that are loaded are no longer on disk, for instance "
            f"{settings.home / min(gone)}. Loading them again would lose their events. Restore "
            "them from the backup of data/raw. The store is as it was."
        )


def plan(
    settings: Settings,
    source: Source,
    fetch: Fetcher | None,
    start: date | None = None,
    end: date | None = None,
) -> SourcePlan:
    """Compare what the provider has, what lies on disk and what is loaded. Nothing is written.

    Parameters
    ----------
    fetch
        None for a study without a network: the folder of downloads is all there is.
    """
    first, last = start or source.start, end or clock.today()
    listed: list[Remote] = []
    problem = None
    if fetch is not None:
        try:
            listed = source.available(fetch, first, last)
        except DownloadError as error:
            problem = str(error)
        if fetch.notes:
            problem, fetch.notes = "; ".join(fetch.notes), []
    lying = _lying(settings, source)
    strange = [one for one in listed if one.problem] + _strange_on_disk(source, lying)
    remotes = {one.name: one for one in listed if not one.problem}
    n_listed = len(remotes)
    del listed  # of a large source it holds half a million files
    # What is asked for stands in for its versions on disk.
    asked = {snapshot.series(one.name) for one in remotes.values() if one.is_snapshot}
    for one in _on_disk(source, lying):
        if not (one.is_snapshot and snapshot.series(one.name) in asked):
            remotes.setdefault(one.name, one)
    is_anew = _is_anew(settings, source)
    with Warehouse() as warehouse:
        known = _known(warehouse, settings, source)
    if is_anew:  # everything that is loaded has to be loaded again, listed or not
        for name, (status, _) in known.items():
            remote = source.recognise(name)
            if remote and status in LOADED and not remote.is_snapshot:
                remotes.setdefault(name, remote)
    actions = [
        action
        for remote in sorted(remotes.values(), key=lambda one: (one.first_day, one.name))
        if (
            action := _action(
                _path(settings, source, remote, lying),
                source,
                remote,
                known,
                is_anew,
                fetch is not None,
            )
        )
    ]
    return SourcePlan(source, tuple(actions), problem, n_listed, is_anew, tuple(strange))


# Of a file: its status in the ledger, and the MD5 of what is loaded of it.
Known = tuple[str, str | None]


def _known(warehouse: Warehouse, settings: Settings, source: Source) -> dict[str, Known]:
    """Return what a plan has to know of the source's files in the ledger, by their names."""
    columns = ("raw_file_id", "status", "published_md5")
    return {
        raw_file_id.split("/", 1)[1]: (sys.intern(status), md5)
        for raw_file_id, status, md5 in Store(settings).states(
            warehouse, columns, source=source.name
        )
    }


def recipe(settings: Settings, source: Source) -> str:
    """Return a hash of what decides how a source's rows become events: SQL, codes, scope."""
    parts = [sql_digest(source.projection), source.recipe(), settings.scope.actors]
    if settings.scope.actors == "study":
        parts += sorted(settings.study.actors)
    tables = {
        name: path.read_text(encoding="utf-8")
        for name, path in reference.paths(settings.raw / "reference")
        if name.endswith(".csv") and "/" not in name
    }
    # Of the code table only the list of codes decides; values are looked up when read.
    codes = tables.pop("cameo.csv").splitlines()
    parts += tables.values()
    parts += [line.split(",", 1)[0] for line in codes]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _is_anew(settings: Settings, source: Source) -> bool:
    before = Store(settings).manifest().recipes.get(source.name)
    return before is not None and before != recipe(settings, source)


def _folder(settings: Settings, source: Source, remote: Remote) -> Path:
    folder = settings.downloads / source.name
    return folder if remote.is_snapshot else folder / f"{remote.first_day:%Y}"


def _path(settings: Settings, source: Source, remote: Remote, lying: Mapping[str, Path]) -> Path:
    """Return where a file lies, in whichever folder a person put it, or is to lie."""
    path = _folder(settings, source, remote) / remote.name
    return path if path.is_file() else lying.get(remote.name, path)


def _lying(settings: Settings, source: Source) -> dict[str, Path]:
    """Return the files in a source's folder of downloads by name."""
    folder = settings.downloads / source.name
    return {
        path.name: path
        for path in sorted(folder.rglob("*") if folder.is_dir() else ())
        if path.is_file() and not path.name.startswith(".") and path.suffix != PART
    }


def _on_disk(source: Source, lying: Mapping[str, Path]) -> list[Remote]:
    files = [found for name in lying if (found := source.recognise(name))]
    # Of the versions of a snapshot only the newest counts.
    newest = {one.name.split("@")[0]: one for one in files if one.is_snapshot}
    return [one for one in files if not one.is_snapshot or newest[one.name.split("@")[0]] == one]


def _strange_on_disk(source: Source, lying: Mapping[str, Path]) -> list[Remote]:
    """Return the files in a source's folder of downloads whose names say nothing."""
    return [
        strange(name, path.as_uri(), f"those of {source.title} (docs/sources.md)")
        for name, path in lying.items()
        if source.recognise(name) is None
    ]


def _action(
    path: Path,
    source: Source,
    remote: Remote,
    known: Mapping[str, Known],
    is_anew: bool,
    has_network: bool,
) -> FileAction | None:
    """Say what is to be done about a file, if anything."""
    raw_file_id = f"{source.name}/{remote.name}"
    status, md5 = known.get(remote.name, (None, None))
    on_disk = path.is_file()
    if remote.is_snapshot and has_network and not snapshot.is_version(remote.name):
        reason = "is there a newer version?"
        return FileAction("download", remote, raw_file_id, path, reason)

    def do(action: str, reason: str) -> FileAction:
        return FileAction(action, remote, raw_file_id, path, reason)

    if on_disk and has_network and _is_other(path, remote, status, md5):
        return do("download", "the file on disk is not the one that the provider has")
    if status is None:
        new = f"new; {remote.about}" if remote.about else "new"
        return do("load", "is on disk, not loaded") if on_disk else do("download", new)
    if status == events.SUPERSEDED:
        return None
    if status not in LOADED:
        failed = f"failed before: {status}"
        if has_network:
            return do("download", failed)
        return do("load", failed) if on_disk else None
    if remote.md5 and md5 and remote.md5 != md5 and has_network:
        return do("download", "the provider changed it")
    if is_anew:
        reason = "scope, codes or reading changed"
        return do("load", reason) if on_disk else do("download", reason)
    return None


def _is_other(path: Path, remote: Remote, status: str | None, md5: str | None) -> bool:
    """Say whether a file on disk that the ledger knows nothing sure of is another one by now.

    What is loaded carries the MD5 of its bytes, which is compared without reading the file.
    """
    if status in LOADED and md5:
        return False
    if remote.bytes is not None and path.stat().st_size != remote.bytes:
        return True
    return remote.md5 is not None and digest(path, "md5") != remote.md5.lower()


def update(
    settings: Settings,
    names: Sequence[str] = (),
    *,
    offline: bool = False,
    start: date | None = None,
    end: date | None = None,
    progress: Progress | None = None,
    announce: Callable[[str], None] = lambda line: None,
    planned: Callable[[SourcePlan], None] = lambda todo: None,
) -> list[Summary]:
    """Bring sources up to date. Needs the lock on the build.

    Parameters
    ----------
    names
        Sources; default: those that the settings switch on.
    offline
        Load what lies on disk, ask nobody.
    planned
        Is told what is to be done about each source before it is done.

    Raises
    ------
    UsageError
        A name is no source's.
    StoreError
        The store is damaged, or what has to be loaded again is no longer there.
    """
    summaries = []
    with fetcher(settings) as fetch:
        for source in chosen(settings, names):
            todo = plan(settings, source, None if offline else fetch, start, end)
            planned(todo)
            summary = carry_out(settings, todo, fetch, progress or Quiet())
            announce(str(summary))
            summaries.append(summary)
    return summaries


def carry_out(settings: Settings, todo: SourcePlan, fetch: Fetcher, progress: Progress) -> Summary:
    """Fetch and load what a plan names."""
    source = todo.source
    summary = Summary(source.name, problem=todo.problem)
    if todo.strange:
        summary.failures[NOT_RECOGNISED] = len(todo.strange)
    if not todo.actions and not todo.strange and not todo.problem:
        return summary
    failed: list[tuple[FileAction, Fetched]] = []
    with Warehouse() as warehouse:
        prepare(warehouse, settings, source)
        loader = Loader(
            Store(settings),
            warehouse,
            source,
            recipe(settings, source),
            stopping=fetch.stopping,
        )
        try:
            with progress.meters() as meters:
                arriving = _fetched(todo, fetch, meters)
                loading = meters.meter(
                    f"Loading {source.name}", len(todo.actions), _size(todo.actions)
                )
                for count in loader.load(_files(settings, todo, arriving, failed)):
                    summary.add(count)
                    size = count.file.path.stat().st_size
                    loading.advance(n_bytes=size, n_rows=count.n_read, n_files=1)
        finally:
            loader.record_failures(
                news := _news(settings, source, warehouse, failed),
                [(action.raw_file_id, fetched.attempts) for action, fetched in failed],
            )
        summary.news += [f"{row['raw_file_id']}: {row['note']}" for row in news]
        loader.record_failures(named := _strange(settings, todo, warehouse))
        summary.news += [
            f"{row['raw_file_id']}: {row['note']}"
            for row in named
            if row["status"] == NOT_RECOGNISED
        ]
        loader.record_failures(_repaired(todo, Store(settings), warehouse, failed))
        for _, fetched in failed:
            summary.failures[fetched.status] = summary.failures.get(fetched.status, 0) + 1
        loader.compact()
    summary.notes += fetch.notes
    fetch.notes = []
    return summary


# What a source calls states, by the codes that it uses.
NAMES = {
    # GDELT's list first, then ISO: no CAMEO code of one state is the ISO code of another.
    "cameo": "select cameo as name, iso3 from core.actor where cameo is not null "
    "union select iso3, iso3 from core.actor",
    "iso3": "select iso3 as name, iso3 from core.actor",
    "iso2": "select iso2 as name, iso3 from core.actor",
    "gwcode": "select gwcode_gw as name, iso3 from core.actor where gwcode_gw is not null",
    "cow": "select ccode_cow as name, iso3 from core.actor where ccode_cow is not null",
    "fips": "select fips as name, iso3 from core.actor where fips is not null",
    "name": "select name, iso3 from core.actor union select name, iso3 from core.actor_alias "
    "union select name_native, iso3 from core.actor where name_native is not null "
    "union select iso3, iso3 from core.actor",
}


def prepare(warehouse: Warehouse, settings: Settings, source: Source) -> None:
    """Fill the tables by which a source's rows become events."""
    warehouse.create_inputs()
    load.reference_tables(warehouse, settings)
    in_scope = {
        "states": "is_state",
        "listed": "true",
        "study": "false",
    }[settings.scope.actors]
    names = NAMES[source.naming]
    warehouse.execute(
        "create or replace macro plain_text(said) as trim(regexp_replace(regexp_replace("
        "lower(strip_accents(said)), '[\\p{P}\\p{S}\\s]+', ' ', 'g'), '^ ?the ', ''))"
    )
    key = "plain_text(named.name)" if source.naming == "name" else "named.name"
    coded = "plain_text(name)" if sources.traits_of(source.projection).names_codes else "name"
    # What every row names is of a type that numbers a list: cheaper to keep and to write than text.
    warehouse.execute(projection("reason"), where="sql/sources/reason.sql")
    for name, table in (("iso3", "actor"), ("cameo_code", "cameo")):
        warehouse.execute(
            f"create or replace type {name} as enum (select {name} from core.{table} order by 1)"  # noqa: S608
        )
    warehouse.execute(
        f"""
        create or replace temp table named as
        select name, iso3, date '0001-01-01' as first_day, date '9999-12-31' as last_day
        from ({names})
        union all
        select
            substring(code, length($1) + 2), iso3,
            coalesce(first_day, date '0001-01-01'), coalesce(last_day, date '9999-12-31')
        from core.actor_code
        where starts_with(code, $1 || ':')
        """,  # noqa: S608
        [source.naming],
    )
    warehouse.execute(
        f"""
        create or replace table country as
        select distinct
            {key} as name, named.iso3::iso3 as iso3, named.first_day, named.last_day,
            -- The study's own actors always are, whatever their status.
            coalesce({in_scope} or named.iso3 in (select unnest($1::varchar[])), false)
                as is_in_scope,
        from named
        left join core.actor as actor using (iso3)
        """,  # noqa: S608
        [list(settings.study.actors)],
    )
    warehouse.execute(
        f"""
        create or replace table code as
        select distinct {coded} as name, cameo_code::cameo_code as cameo_code
        from (
            select cameo_code as name, cameo_code from core.cameo
            union all
            select name, cameo_code from core.event_name where starts_with(name, ?)
        )
        """,  # noqa: S608
        [f"{source.projection}:"],
    )
    twice = warehouse.rows(
        "select min(named.name) from named inner join "  # noqa: S608
        "(select name from country group by name having count(*) > 1) as twice "
        f"on {key} = twice.name group by twice.name order by all"
    )
    if twice:
        raise StoreError(
            f"The names {', '.join(row[0] for row in twice)} mean more than one state; correct "
            "data/raw/reference."
        )


def _files(
    settings: Settings,
    todo: SourcePlan,
    arriving: Iterator[Fetched],
    failed: list[tuple[FileAction, Fetched]],
) -> Iterator[RawFile]:
    """Yield the files to load, in order; those that have to be fetched, when they arrive."""
    has_snapshots = any(action.remote.is_snapshot for action in todo.actions)
    loaded = _loaded_names(settings, todo.source) if has_snapshots else set()
    for action in todo.actions:
        if action.needs_download:
            fetched = next(arriving)
            if fetched.status == "stopped":
                return
            if fetched.status != "ok":
                name = snapshot.series(action.remote.name)
                is_held = action.reason.startswith("scope") or any(
                    action.remote.is_snapshot and snapshot.series(one) == name for one in loaded
                )
                if todo.is_anew and is_held:
                    raise StoreError(
                        f"{action.raw_file_id} has to be loaded again (scope, codes or reading "
                        f"changed) and cannot be fetched: {fetched.note}. The store is as it was."
                    )
                failed.append((action, fetched))
                continue
            if action.remote.is_snapshot:
                version = _keep_version(action, fetched.wanted.target)
                held = any(snapshot.same_content(version.name, name) for name in loaded)
                if held and not todo.is_anew:
                    if version.name not in loaded:  # else it is the very file that is loaded
                        version.unlink()
                    continue
                remote = todo.source.recognise(version.name)
                if remote is None:
                    raise StoreError(f"{version}: expected a version of {action.remote.name}.")
                yield raw_file(settings, todo.source, remote, version)
                continue
        yield raw_file(settings, todo.source, action.remote, action.path)


def _size(actions: Sequence[FileAction]) -> int | None:
    """Return how many bytes the files have; None where the provider does not say of each."""
    sizes = [one.remote.bytes if one.needs_download else one.path.stat().st_size for one in actions]
    known = [one for one in sizes if one is not None]
    return sum(known) if len(known) == len(sizes) else None


def _fetched(todo: SourcePlan, fetch: Fetcher, meters: Meters) -> Iterator[Fetched]:
    """Yield the downloads of a plan in its order, fetching ahead."""
    downloads = [action for action in todo.actions if action.needs_download]
    if not downloads:
        return
    wanted = [
        Wanted(
            one.raw_file_id,
            one.remote.url,
            one.path,
            one.remote.bytes,
            one.remote.md5,
            one.remote.make,
        )
        for one in downloads
    ]
    meter = meters.meter(f"Fetching {todo.source.name}", len(downloads), _size(downloads))
    yield from fetch.fetch_all(wanted, meter)


def _loaded_names(settings: Settings, source: Source) -> set[str]:
    """Return the names of a source's files that are loaded."""
    with Warehouse() as warehouse:
        return {
            name.split("/", 1)[1]
            for (name,) in Store(settings).states(
                warehouse, ["raw_file_id"], source=source.name, status=LOADED
            )
        }


def _keep_version(action: FileAction, path: Path) -> Path:
    """Give a fetched snapshot the name of its version."""
    now = clock.now()
    kept = path.with_name(snapshot.versioned(action.remote.name, now, digest(path)))
    path.replace(kept)
    return kept


def raw_file(settings: Settings, source: Source, remote: Remote, path: Path) -> RawFile:
    """Describe a file on disk."""
    return RawFile(
        raw_file_id=f"{source.name}/{path.name}",
        name=path.name,
        path=path,
        stored_path=settings.stored(path),
        url=remote.url,
        first_day=remote.first_day,
        last_day=remote.last_day,
        sha256=digest(path),
        # Where the provider was not asked (a rebuild), the bytes tell what it had published.
        published_md5=remote.md5 or digest(path, "md5"),
        is_snapshot=remote.is_snapshot,
        sheet=remote.sheet,
        published=remote.published,
        has_members=remote.has_members,
        encoding=remote.encoding,
        is_closed=remote.is_closed,
        starts_with_data=remote.starts_with_data,
        level=remote.level,
        is_preliminary=remote.is_preliminary,
    )


def _news(
    settings: Settings,
    source: Source,
    warehouse: Warehouse,
    failed: list[tuple[FileAction, Fetched]],
) -> list[dict[str, Any]]:
    """Return the accounts of failures that are not known yet in the same words."""
    rows = [_failure(settings, source, *one) for one in failed]
    known = Store(settings).files(warehouse, [row["raw_file_id"] for row in rows])
    return [
        row
        for row in rows
        if any(
            known.get(row["raw_file_id"], {}).get(name) != row[name] for name in ("status", "note")
        )
    ]


def _strange(settings: Settings, todo: SourcePlan, warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the accounts of files that are named and not recognised, and of those no longer."""
    source, kept = todo.source, Store(settings)
    now = {f"{source.name}/{one.name}": one for one in todo.strange}
    of_before = kept.states(warehouse, ["raw_file_id"], source=source.name, status=[NOT_RECOGNISED])
    known = kept.files(warehouse, [*now, *(name for (name,) in of_before)])
    rows = [
        {
            "raw_file_id": name,
            "url": one.url,
            "path": settings.stored(settings.downloads / source.name / one.name),
            **dict.fromkeys(("n_rows", *OUTCOMES), 0),
            "status": NOT_RECOGNISED,
            "note": one.problem,
            **credits_of(source),
            "loaded_at": clock.second(),
            "load_id": "",
        }
        for name, one in now.items()
        if known.get(name, {}).get("note") != one.problem
    ]
    gone = [
        {**row, "status": events.SUPERSEDED, "note": "no longer named"}
        for name, row in known.items()
        if row["status"] == NOT_RECOGNISED and name not in now and not todo.problem
    ]
    return rows + gone


def unloaded(settings: Settings, summaries: Sequence[Summary]) -> list[str]:
    """Return the sources of which nothing could be loaded, each with the reason."""
    failed = [one for one in summaries if one.problem or one.failures]
    if not failed:
        return []
    with Warehouse() as warehouse:
        loaded = Store(settings).states(warehouse, ["source"], status=LOADED)
        there = {source for (source,) in loaded}
    return [
        f"{one.source} ({one.problem or ', '.join(sorted(one.failures))})"
        for one in failed
        if one.source not in there
    ]


def _repaired(
    todo: SourcePlan,
    kept: Store,
    warehouse: Warehouse,
    failed: list[tuple[FileAction, Fetched]],
) -> list[dict[str, Any]]:
    """Return the accounts of snapshots that once failed and have come now, under another name."""
    came = {
        action.raw_file_id
        for action in todo.actions
        if action.needs_download and action.remote.is_snapshot
    } - {action.raw_file_id for action, _ in failed}
    return [
        {**row, "status": events.SUPERSEDED, "note": "came on a later run"}
        for row in kept.files(warehouse, sorted(came)).values()
        if row["status"] not in (*LOADED, events.SUPERSEDED)
    ]


def _failure(
    settings: Settings, source: Source, action: FileAction, fetched: Fetched
) -> dict[str, Any]:
    """Return the account of a file that could not be downloaded."""
    return {
        "raw_file_id": action.raw_file_id,
        "url": action.remote.url,
        "path": settings.stored(action.path),
        "published_md5": action.remote.md5,
        **dict.fromkeys(("n_rows", *OUTCOMES), 0),
        "status": fetched.status,
        "note": f"{fetched.note} ({fetched.attempts} attempts)",
        **credits_of(source),
        "covers_from": action.remote.first_day,
        "covers_to": action.remote.last_day,
        "loaded_at": clock.second(),
        "load_id": "",
    }
