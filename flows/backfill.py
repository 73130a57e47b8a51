"""The flow that fetches and loads past days of a machine-coded source, then publishes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from prefect import flow

from detente import settings
from detente.base.errors import UsageError
from detente.operations import unattended
from detente.refresh.job import Request
from flows import notices, run_locks
from flows.tasks import refresh


@flow(name="backfill", flow_run_name="backfill {source} {start} to {end}", persist_result=False)
def backfill(
    source: str,
    start: date,
    end: date,
    config: Path | None = None,
    offline: bool = False,
    wait_seconds: float = 0.0,
) -> str:
    """Do what `detente backfill` does. Returns the path of the published database.

    Parameters
    ----------
    source
        A machine-coded source, for instance gdelt2.
    start, end
        First and last day.
    config
        The study's `detente.toml`; default: found upwards from the working directory.
    offline
        Load the files on disk; contact no provider.
    wait_seconds
        How long to wait for another run to end.

    Raises
    ------
    UsageError
        The last day is before the first, or the source is unknown.
    Busy
        Another run is building.
    """
    if end < start:
        raise UsageError(f"Expected an end on or after the start {start}, got {end}.")
    study = settings.load(config)
    with run_locks.held(), unattended.watched(study, "backfill", notices.send) as tell:
        result = refresh(
            study, request=Request((source,), offline, start, end), wait_seconds=wait_seconds
        )
        tell(result)
    return str(result.database)
