"""The flow that renders the reports from the published database."""

from __future__ import annotations

from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from detente import settings
from detente.operations import unattended
from detente.report import run as report
from detente.settings import Settings
from flows import notices, run_locks
from flows.tasks import show_reports


@task(
    name="Render reports",
    task_run_name="render",
    timeout_seconds=3600,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def render(study: Settings) -> list[str]:
    """Render every report that is older than the database."""
    return [str(path) for path in report.render_all(study)]


@flow(name="report", flow_run_name="render reports", persist_result=False)
def render_reports(config: Path | None = None) -> list[str]:
    """Render the overview and every dyad. Returns their paths.

    Parameters
    ----------
    config
        The study's `detente.toml`; default: found upwards from the working directory.
    """
    study = settings.load(config)
    with run_locks.held(), unattended.watched(study, "rendering of the reports", notices.send):
        paths = render(study)
    show_reports(study.reports, paths)
    return paths
