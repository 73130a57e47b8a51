"""What is wrong with the published databases as a whole."""

from __future__ import annotations

from pathlib import Path

from detente.base.counted import counted
from detente.base.errors import DetenteError
from detente.database import remote
from detente.database.builder import LAYOUT_VERSION
from detente.database.published import Published
from detente.operations.doctor.finding import Finding
from detente.settings import Settings


def layout(database: Published, remedy: str = "detente refresh") -> list[Finding]:
    """Say whether another version of detente built a database."""
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


def moved(settings: Settings, database: Published) -> list[Finding]:
    """Say what a client other than detente reads in a study that was copied or moved."""
    here = settings.processed.resolve()
    rows = database.rows("select distinct folder from meta.event_part order by folder")
    return [
        Finding(
            "note",
            "database",
            f"was built in {folder}: detente reads the event files beside it, but other DuckDB "
            "clients read those of that folder, unless they set "
            f"`set variable detente_events = '{here / settings.events.name}/'`",
            "detente refresh --force",
        )
        for (folder,) in rows
        if not remote.is_remote(folder) and Path(folder).resolve() != here
    ]


def as_of(processed: Path) -> list[Finding]:
    """Name the databases as of a past day that another version built."""
    findings = []
    for path in sorted(processed.glob("detente.as-of-*.duckdb")):
        remedy = f"detente refresh --as-of {path.stem.removeprefix('detente.as-of-')} --force"
        try:
            with Published(path) as database:
                findings += layout(database, remedy)
        except DetenteError as error:
            findings.append(Finding("problem", path.name, str(error), remedy))
    return findings


def built(path: Path, database: Published) -> list[Finding]:
    """Say what the database holds, when it was built, and whether by force."""
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
        f"was published despite failed checks ({', '.join(failed)}), for this reason: "
        f"{forced_reason}",
        "`detente check` shows rows that still fail; correct them, then `detente refresh`",
    )
    return [
        Finding(
            "ok",
            "database",
            f"{path}: {counted(n_events, 'event')}, built {started_at} UTC"
            + (f" from revision {revision}" if revision else "")
            + f", {counted(len(passed), 'check')} passed",
        ),
        *([forced] if forced_reason else []),
    ]
