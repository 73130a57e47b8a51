"""Which runs live: each holds a lock that the system lets go when its process ends.

A run that is killed cannot say so, and neither can one whose server is away when it ends. Without
this, Prefect would call it running for good, and each later run of its deployment would be
cancelled because of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from filelock import FileLock, Timeout
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterFlowRunId,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.runtime import flow_run
from prefect.settings import PREFECT_HOME
from prefect.states import Crashed

# From the moment that a run is submitted, its process has so long to take the lock.
TIME_TO_START = timedelta(minutes=5)
# And so long from the moment that it says it runs.
TIME_TO_LOCK = timedelta(seconds=30)
_UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_REASON = "The process of this run has ended without a word: it was killed, or its server was away."


def _lock(run: str) -> Path:
    return Path(PREFECT_HOME.value()) / "runs" / f"{run}.lock"


@contextmanager
def held() -> Iterator[None]:
    """Hold the lock of the flow run that this process carries out."""
    run = flow_run.get_id()
    if run is None:
        yield
        return
    path = _lock(run)
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path):
        yield
        path.unlink(missing_ok=True)


def is_alive(run: UUID) -> bool:
    """Say whether a process holds the lock of a run."""
    path = _lock(str(run))
    if not path.exists():
        return False
    try:
        with FileLock(path, timeout=0):
            path.unlink(missing_ok=True)
    except Timeout:
        return True
    return False


def settle(
    client: SyncPrefectClient, deployments: Collection[UUID], *, is_own: bool, at_once: bool = False
) -> list[FlowRun]:
    """Call crashed what counts as under way although its process has ended.

    Parameters
    ----------
    deployments
        Whose runs are looked at.
    is_own
        The server is this machine's own: runs without a deployment are looked at too.
    at_once
        No run is about to start.

    Returns
    -------
    list of FlowRun
        What was called crashed.
    """
    under_way = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_UNDER_WAY))
        )
    )
    now = datetime.now(UTC)
    ended = [
        run
        for run in under_way
        if (run.deployment_id in deployments or (is_own and run.deployment_id is None))
        and (at_once or now - _since(run, now) > _allowed(run))
        and not is_alive(run.id)
    ]
    for run in ended:
        client.set_flow_run_state(run.id, Crashed(message=_REASON), force=True)
        _settle_tasks(client, run)
    return ended


def _since(run: FlowRun, now: datetime) -> datetime:
    return run.state.timestamp if run.state is not None else now


def _allowed(run: FlowRun) -> timedelta:
    return TIME_TO_LOCK if run.state_type is StateType.RUNNING else TIME_TO_START


def _settle_tasks(client: SyncPrefectClient, run: FlowRun) -> None:
    under_way = client.read_task_runs(
        task_run_filter=TaskRunFilter(
            flow_run_id=TaskRunFilterFlowRunId(any_=[run.id]),
            state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_UNDER_WAY)),
        )
    )
    for one in under_way:
        client.set_task_run_state(one.id, Crashed(message=_REASON), force=True)
