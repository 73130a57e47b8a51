"""Try a source: reach its provider, fetch one file, and see what becomes of its first rows."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from detente import sources
from detente.base import clock
from detente.base.errors import DownloadError
from detente.database.builder import Warehouse
from detente.refresh import ingest, lookups, raw_files
from detente.settings import Settings
from detente.sources.base import Remote, Source, TellsNewest
from detente.sources.download import Wanted
from detente.sources.fetch import Fetcher
from detente.store.batches import Batch
from detente.store.events import Store
from detente.store.loader import Loader
from detente.store.raw_file import Count

SHOWN = 10


@dataclass(frozen=True)
class ProbedRow:
    """One row of a provider's file and where it went.

    Attributes
    ----------
    raw_row
        Its line in the file.
    actor1, actor2
        The state that each side is, or in brackets the provider's word for it.
    went
        ``"loaded"``, ``"duplicate"``, or ``"out of scope"`` or ``"rejected"`` with the reason.
    """

    raw_row: int
    event_date: date | None
    actor1: str
    actor2: str
    cameo_code: str | None
    went: str


@dataclass
class ProbeResult:
    """What came of trying a source.

    Attributes
    ----------
    url, bytes
        The file that was fetched.
    n_listed
        Files that the provider lists; None where only its newest was asked for.
    count
        Where the rows of the file went.
    rows
        The first ones.
    """

    url: str
    bytes: int
    n_listed: int | None
    count: Count
    rows: list[ProbedRow] = field(default_factory=list)

    @property
    def account(self) -> str:
        """Where the rows of the file went, in words."""
        one = self.count
        if one.problem:
            return f"the file cannot be read: {one.problem}"
        return (
            f"{one.n_read} rows = {one.n_loaded} loaded + {one.n_out_of_scope} out of scope + "
            f"{one.n_unknown} with an unknown actor + {one.n_duplicate} duplicate + "
            f"{one.n_rejected} rejected"
        )


class _Watched(Loader):
    """A loader that keeps its first rows to be shown."""

    seen: list[ProbedRow]

    def watch(self, batch: Batch) -> None:
        """Keep the first rows of a batch with what became of them."""
        self.seen += _first_rows(self.warehouse, batch, SHOWN - len(self.seen))
        refused = [
            ProbedRow(one.raw_row, None, "", "", None, f"rejected: {one.reason}")
            for _, one in batch.refused
        ]
        self.seen += refused[: SHOWN - len(self.seen)]


def _first_rows(warehouse: Warehouse, batch: Batch, wanted: int) -> list[ProbedRow]:
    if not batch.n_rows or wanted <= 0:
        return []
    rows = warehouse.rows(
        "select raw_row, event_date, "  # noqa: S608
        "coalesce(actor1_iso3::varchar, '(' || actor1_name || ')', ''), "
        "coalesce(actor2_iso3::varchar, '(' || actor2_name || ')', ''), cameo_code::varchar, "
        "problem, reason::varchar, batch_row in (select batch_row from duplicate) "
        f"from coded order by batch_row limit {wanted}"
    )
    return [
        ProbedRow(raw_row, day, actor1, actor2, code, _outcome(batch, problem, reason, is_repeated))
        for raw_row, day, actor1, actor2, code, problem, reason, is_repeated in rows
    ]


def _outcome(batch: Batch, problem: str | None, reason: str | None, is_repeated: bool) -> str:
    if problem:
        column = batch.layout.code_column if problem == "$code" else problem
        expected = batch.layout.expected.get(column, "expected a value that can be read")
        return f"rejected: {column}: {expected}"
    if is_repeated:
        return "duplicate"
    return f"out of scope: {reason}" if reason else "loaded"


def attempt(settings: Settings, name: str) -> ProbeResult:
    """Reach a provider, fetch its newest file and load it into a store of its own.

    Nothing of the study is changed.

    Raises
    ------
    DownloadError
        The provider cannot be reached, or has no file for the study's span; the message says why.
    """
    source = sources.named(settings, name)
    with (
        ingest.fetcher(settings.sources.downloads) as fetch,
        tempfile.TemporaryDirectory() as folder,
    ):
        newest, n_listed = _newest(source, fetch)
        path = Path(folder) / newest.name
        wanted = Wanted(
            f"{name}/{newest.name}", newest.url, path, newest.bytes, newest.md5, newest.make
        )
        fetched = next(iter(fetch.fetch_all([wanted])))
        if fetched.status != "ok":
            raise DownloadError(
                f"{newest.url}: {fetched.status} after {fetched.attempts} attempts: {fetched.note}."
            )
        return _loaded(settings, source, newest, path, n_listed)


def _newest(source: Source, fetch: Fetcher) -> tuple[Remote, int | None]:
    """Return the newest file, and how many there are."""
    if isinstance(source, TellsNewest) and (newest := source.latest(fetch)):
        return newest, None
    found = source.available(fetch, source.start, clock.today())
    listed = [one for one in found if not one.problem]
    if not listed:
        odd = f" {found[0].name}: {found[0].problem}." if found else ""
        raise DownloadError(
            f"{source.name}: the provider was reached and lists no file from {source.start} on. "
            f"Ask for an earlier start.{odd}"
        )
    return listed[-1], len(listed)


def _loaded(
    settings: Settings, source: Source, remote: Remote, path: Path, n_listed: int | None
) -> ProbeResult:
    with Warehouse() as warehouse:
        loader = _Watched(
            Store(path.parent / "events"),
            warehouse,
            source,
            "trial",
            partial(lookups.prepare, warehouse, settings, source),
        )
        loader.seen = []
        described = raw_files.raw_file(settings, source, remote, path)
        (count,) = loader.load([described])
        return ProbeResult(remote.url, path.stat().st_size, n_listed, count, loader.seen)
