"""The nightly flow: refresh the database, then render the reports that it changes."""

from __future__ import annotations

import sys
from pathlib import Path

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE

from detente import pipeline, report, settings
from detente.errors import DetenteError
from detente.pipeline import Job, Result, Step


def _run_as_task(step: Step, job: Job) -> str:
    """Run one step as a task of its own name; only its one-line account is kept as its result."""
    as_task = task(
        name=step.title,
        task_run_name=step.name,
        timeout_seconds=step.timeout_seconds,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return as_task(pipeline.run_step)(step, job)


@task(name="Render reports", task_run_name="render", cache_policy=NO_CACHE, persist_result=False)
def render(config: Path | None) -> list[str]:
    """Render every report that is older than the database."""
    return [str(path) for path in report.render_all(settings.load(config))]


@flow(name="nightly-refresh", flow_run_name="nightly refresh", persist_result=False)
def nightly_refresh(config: Path | None = None, force: bool = False) -> list[str]:
    """Load, build, check, publish, render. Returns the paths of what stands afterwards."""
    logger = get_run_logger()
    result = pipeline.refresh(
        settings.load(config), force=force, runner=_run_as_task, announce=logger.info
    )
    _publish_account(result)
    return [str(result.database), *render(config)]


def _publish_account(result: Result) -> None:
    """Show the run's account in Prefect's pages."""
    create_markdown_artifact(
        key="refresh",
        markdown="\n".join(f"- {line}" for line in result.lines),
        description="What the refresh did",
    )
    create_table_artifact(
        key="row-accounting",
        table=pipeline.accounting(result.database),
        description="Where each row of each raw file went",
    )


def main() -> int:
    """Run the flow from the command line and print the paths of what it made."""
    try:
        paths = nightly_refresh()
    except DetenteError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_code
    sys.stdout.write("\n".join(paths) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
