"""The nightly flow: refresh the database, then render the reports that it changes."""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow

from detente import settings
from detente.base.errors import DetenteError
from detente.base.redaction import sayable
from detente.operations import unattended
from detente.report import written
from flows import notices, run_locks
from flows.reports import render
from flows.tasks import refresh, show_reports


@flow(name="nightly-refresh", flow_run_name="nightly refresh", persist_result=False)
def nightly_refresh(
    config: Path | None = None, force: bool = False, wait_seconds: float = 0.0
) -> list[str]:
    """Load, build, check, publish, render. Returns the paths of what stands afterwards.

    Parameters
    ----------
    config
        The study's `detente.toml`; default: found upwards from the working directory.
    force
        Build even if no input changed.
    wait_seconds
        How long to wait for another run to end.
    """
    study = settings.load(config)
    with run_locks.held(), unattended.watched(study, "nightly run", notices.send) as tell:
        result = refresh(study, force=force, wait_seconds=wait_seconds)
        tell(result)
        paths = render(study)
    show_reports(study.reports, paths)
    return [str(result.database), *paths]


def main() -> int:
    """Run the flow from the command line and print where to find what it made."""
    try:
        study = settings.load(None)
        database, *pages = map(Path, nightly_refresh())
    except DetenteError as error:
        sys.stderr.write(f"Error: {sayable(error)}\n")
        return error.exit_code
    shown = [database, *written.first_pages(pages, study.reports)]
    sys.stdout.write("".join(f"{path}\n" for path in shown))
    sys.stdout.write(written.tally(pages, study.reports) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
