"""What a published database says of its own making: from what it was built, and what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import date
from pathlib import Path

from detente.base.errors import DetenteError
from detente.database.builder import LAYOUT_VERSION
from detente.database.published import Published
from detente.store.events import name_of

# Where the rows of some files of `meta.raw_file` went.
OUTCOMES = """
    count(*) as n_files,
    sum(n_rows)::bigint as n_rows,
    sum(n_loaded)::bigint as n_loaded,
    sum(n_out_of_scope)::bigint as n_out_of_scope,
    sum(n_unknown)::bigint as n_unknown,
    sum(n_duplicate)::bigint as n_duplicate,
    sum(n_rejected)::bigint as n_rejected
"""
_ACCOUNTING = f"""
select
    if(? and not meta.is_hand_kept(source), source, raw_file_id) as raw_file_id,
    {OUTCOMES},
    status,
from meta.raw_file
group by all
order by all
"""  # noqa: S608  # our own columns


@contextmanager
def held_open(target: Path) -> Iterator[None]:
    """Keep a published database open, if there is one, while several questions are put to it.

    Within a process DuckDB opens a file once: each opening in between costs next to nothing.
    """
    with ExitStack() as stack:
        if target.is_file():
            with suppress(DetenteError):  # whoever asks it is told
                stack.enter_context(Published(target))
        yield


def is_current(target: Path, inputs_sha256: str, as_of: date) -> bool:
    """Say whether the published database was built from exactly these inputs and shows all of them.

    A source that is known to be complete to a day yet to come shows more with every day.
    """
    if not has_this_layout(target) or digest(target) != inputs_sha256:
        return False
    with Published(target) as published:
        return not published.rows(
            "select 1 from meta.raw_file as raw_file cross join meta.study as study "
            "where study.as_of < ? and raw_file.covers_to > study.as_of limit 1",
            [as_of],
        )


def has_this_layout(target: Path) -> bool:
    """Say whether there is a published database whose tables are of this version."""
    try:
        with Published(target) as published:
            return published.layout_version() == LAYOUT_VERSION
    except DetenteError:
        return False


def digest(target: Path) -> str | None:
    """Return the hash of the inputs of a published database; None if it cannot be read."""
    try:
        with Published(target) as published:
            rows = published.rows("select inputs_sha256 from meta.current_run")
    except DetenteError:
        return None
    return str(rows[0][0]) if rows else None


def parts(processed: Path) -> set[str]:
    """Return the names of the parts of the event store that a published database reads.

    Parameters
    ----------
    processed
        The folder of the published databases.
    """
    found: set[str] = set()
    for database in processed.glob("detente*.duckdb"):
        try:
            with Published(database) as published:
                rows = published.rows("select path from meta.event_part")
        except DetenteError:
            continue
        found |= {name_of(path) for (path,) in rows}
    return found


def accounting(database: Path, *, feeds_together: bool = False) -> list[dict[str, object]]:
    """Return where each row of each raw file went, one dict a file.

    Parameters
    ----------
    feeds_together
        The files of a feed, which may be tens of thousands, as one dict for each status.
    """
    with Published(database) as published:
        return published.dicts(_ACCOUNTING, [feeds_together])
