"""What the flows share: the library's steps as tasks, and the account they leave in Prefect."""

from __future__ import annotations

from typing import Any

import httpx
from prefect import task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task, exponential_backoff

from detente import pipeline
from detente.errors import DownloadError
from detente.pipeline import Job, Result, Step

# Only these are worth another attempt; damaged data or a failing check stay as they are.
NETWORK_ERRORS = (DownloadError, httpx.HTTPError, ConnectionError)
NETWORK_RETRIES = 2


def run_as_task(step: Step, job: Job) -> str:
    """Run one step as a task of its own name; only its one-line account is kept as its result.

    The step that fetches also loads, in one pass, and is retried as a whole: what the first
    attempt fetched and loaded is not fetched or loaded again. Retries of a single file, with
    jitter too, are the library's (`detente.fetch`).
    """
    uses_network = step is pipeline.UPDATE_EVENTS
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


def publish_account(result: Result) -> None:
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
