"""What the flows share: the library's steps as tasks, and the account they leave in Prefect."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
from prefect import get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from detente.base.errors import CheckFailed, DownloadError
from detente.database import checks
from detente.operations import status
from detente.refresh import pipeline, plan, published_state, runs, steps
from detente.refresh.job import Job, Request, Result, Step
from detente.refresh.plan import Action
from detente.refresh.runs import Run
from detente.settings import Settings

# Only these are worth another attempt; damaged data or a failing check stay as they are.
NETWORK_ERRORS = (DownloadError, httpx.HTTPError, ConnectionError)
NETWORK_RETRIES = 2


def run_as_task(step: Step, job: Job) -> str:
    """Run one step as a task of its own name; only its one-line account is kept as its result.

    The step that fetches also loads, in one pass, and is retried as a whole: what the first
    attempt fetched and loaded is not fetched or loaded again. Retries of a single file, with
    jitter too, are the library's (`detente.sources.fetch`).
    """
    uses_network = step is steps.UPDATE_EVENTS
    as_task = task(
        name=step.title,
        task_run_name=step.name,
        timeout_seconds=step.timeout_seconds,
        retries=NETWORK_RETRIES if uses_network else 0,
        retry_delay_seconds=exponential_backoff(backoff_factor=60),
        retry_jitter_factor=0.5,
        retry_condition_fn=is_network_failure,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return as_task(pipeline.run_step)(step, job)


def is_network_failure(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Say whether a task failed in a way that may pass by itself."""
    return isinstance(state.result(raise_on_failure=False), NETWORK_ERRORS)


def refresh(
    study: Settings, *, force: bool = False, request: Request | None = None, wait_seconds: float
) -> Result:
    """Refresh the database with each step as a task, and leave the account of it in Prefect.

    A run that a check stopped leaves its checks with the failing rows.
    """
    before = plan.plan(study, offline=True)
    try:
        result = pipeline.refresh(
            study,
            force=force,
            request=request,
            wait_seconds=wait_seconds,
            runner=run_as_task,
            announce=get_run_logger().info,
        )
    except CheckFailed as error:
        show_checks(runs.history(study.processed)[-1])
        create_markdown_artifact(
            key="failing-rows",
            markdown=f"```text\n{error}\n```",
            description="Why nothing was published",
        )
        raise
    of_sources = [action for todo in result.planned for action in plan.of_source(todo)]
    of_files = [action for action in before if action.action in ("load", "drop", "build")]
    show_plan([*of_sources, *(one for one in of_files if one not in of_sources)])
    show_account(result)
    return result


def show_plan(actions: Iterable[Action]) -> None:
    """Show what the refresh set out to do."""
    create_table_artifact(
        key="plan",
        table=[asdict(action) for action in actions],
        description="What the refresh set out to do, and why",
    )


def show_checks(run: Run) -> None:
    """Show each check with its outcome."""
    outcomes = dict.fromkeys(run.checks_passed, "passed") | dict.fromkeys(
        run.checks_failed, "failed"
    )
    create_table_artifact(
        key="checks",
        table=[
            {"check": one.sentence, "outcome": outcomes.get(one.name, "nothing to compare with")}
            for one in checks.all_checks()
        ],
        description=run.forced_reason and f"Published despite failed checks: {run.forced_reason}",
    )


def show_account(result: Result) -> None:
    """Show what was done, where the rows went, the checks, and what moved."""
    create_markdown_artifact(
        key="refresh",
        markdown="\n".join(f"- {line}" for line in result.lines),
        description="What the refresh did",
    )
    create_table_artifact(
        key="row-accounting",
        table=published_state.accounting(result.database, feeds_together=True),
        description="Where the rows of the raw files went",
    )
    if result.is_new:
        show_checks(result.run)
        create_table_artifact(
            key="index-changes",
            table=[
                {**asdict(one), "period_start": f"{one.period_start:%Y-%m}"}
                for one in result.changes
            ],
            description="Months whose net score differs from the last published one, the largest "
            "change first",
        )


def show_reports(folder: Path, paths: Iterable[str]) -> None:
    """Show where the reports and the status page are."""
    pages = [*map(Path, paths), folder / status.NAME]
    create_markdown_artifact(
        key="reports",
        markdown="\n".join(f"- [{path.name}]({path.resolve().as_uri()})" for path in pages),
        description="Where the reports are",
    )
