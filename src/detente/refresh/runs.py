"""The account that each run leaves: what went in, how long it took, how it ended.

Each run writes one JSON file beside the database, failed runs included; a database carries the
accounts of the runs before it in `meta.run`.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from importlib import metadata
from pathlib import Path

from detente.base import clock, files
from detente.database.builder import Warehouse

PUBLISHED, FAILED = "published", "failed"
_PACKAGES = ("detente", "duckdb", "pandas", "statsmodels", "numpy", "scipy", "prefect", "altair")
COLUMNS = (
    "run_id", "outcome", "started_at", "finished_at", "as_of", "inputs_sha256", "git_revision",
    "versions", "step_seconds", "checks_passed", "checks_failed", "message", "build",
    "build_reason", "step_reasons", "n_changed_cells", "forced_reason",
)  # fmt: skip


@dataclass
class Run:
    """One run, filled while it goes on."""

    run_id: str
    started_at: datetime
    as_of: date
    inputs_sha256: str
    git_revision: str | None
    versions: dict[str, str]
    outcome: str = FAILED
    finished_at: datetime | None = None
    step_seconds: dict[str, float] = field(default_factory=dict)
    checks_passed: list[str] = field(default_factory=list)
    checks_failed: list[str] = field(default_factory=list)
    message: str | None = None
    build: str | None = None
    build_reason: str | None = None
    # Of each step, why it ran: what differs of what it rests on.
    step_reasons: dict[str, str] = field(default_factory=dict)
    n_changed_cells: int | None = None
    # Why it was published despite failed checks.
    forced_reason: str | None = None

    def finish(self, outcome: str, message: str | None = None) -> None:
        """Note how the run ended."""
        self.outcome, self.message, self.finished_at = outcome, message, now()

    def row(self) -> list[object]:
        """Return the values of `meta.run`."""
        return [getattr(self, name) for name in COLUMNS]


def now() -> datetime:
    """Return the time in UTC, to the second."""
    return clock.second()


def begin(home: Path, as_of: date, inputs_sha256: str) -> Run:
    """Start the account of a run."""
    started = clock.now()
    return Run(
        # To the microsecond: of two runs of one second the names say which was first.
        run_id=f"{started:%Y%m%dT%H%M%S_%fZ}-{os.urandom(3).hex()}",
        started_at=started.replace(microsecond=0),
        as_of=as_of,
        inputs_sha256=inputs_sha256,
        git_revision=git_revision(home),
        versions=versions(),
    )


def versions() -> dict[str, str]:
    """Return the versions of the packages that a run used."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def git_revision(folder: Path) -> str | None:
    """Return the commit of the study's folder, marked where files differ from it."""
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def save(run: Run, processed: Path) -> None:
    """Write the account beside the database."""
    text = json.dumps(asdict(run), default=str, indent=1, sort_keys=True)
    files.write(processed / "runs" / f"{run.run_id}.json", text)


def history(processed: Path) -> list[Run]:
    """Return the accounts of earlier runs, oldest first; one that cannot be read is left out."""
    runs = []
    for path in sorted((processed / "runs").glob("*.json")):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            runs.append(
                Run(
                    **{
                        **content,
                        "started_at": datetime.fromisoformat(content["started_at"]),
                        "as_of": date.fromisoformat(content["as_of"]),
                        "finished_at": datetime.fromisoformat(content["finished_at"]),
                    }
                )
            )
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return sorted(runs, key=lambda run: (run.started_at, run.run_id))


def write(warehouse: Warehouse, runs: list[Run]) -> None:
    """Fill `meta.run`."""
    warehouse.execute("delete from meta.run")
    warehouse.insert("meta.run", list(COLUMNS), [run.row() for run in runs])
