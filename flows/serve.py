"""Serve the deployments of `prefect.yaml`, with a Prefect server on loopback if none answers."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import yaml  # type: ignore[import-untyped]  # Prefect reads the same file with it
from prefect import get_client
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, temporary_settings

from detente.base.errors import DetenteError
from detente.base.redaction import sayable
from flows import run_locks
from flows.presence import Presence
from flows.server import ROOT, Server, answers

DEFAULT_PORT = 4200


def api_url(port: int = DEFAULT_PORT) -> str:
    """Return the address of the server's interface: `PREFECT_API_URL`, or loopback at `PORT`."""
    given = os.environ.get("PREFECT_API_URL") or os.environ.get("PORT") or str(port)
    return f"http://127.0.0.1:{int(given)}/api" if given.isdecimal() else given.rstrip("/")


def deployments(
    config: Path | None = None, path: Path = ROOT / "prefect.yaml"
) -> list[RunnerDeployment]:
    """Read the deployments from `prefect.yaml`, so that both ways to run them are the same.

    Parameters
    ----------
    config
        The study's `detente.toml`; default: the one found from the working directory of a run.
    path
        The file of deployments; its entrypoints are relative to its folder.
    """
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_deployment(one, path.parent, config) for one in content["deployments"]]


def _deployment(one: dict[str, Any], folder: Path, config: Path | None) -> RunnerDeployment:
    # A whole path: a run may start in any folder, that of the study above all.
    entrypoint = f"{folder / one['entrypoint']}"
    flow: Flow[..., Any] = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
    asked = {"config": str(config.resolve())} if config else {}
    return flow.to_deployment(  # type: ignore[return-value]  # a coroutine only in async code
        name=one["name"],
        description=one["description"],
        schedules=[
            Cron(schedule["cron"], timezone=schedule["timezone"])
            for schedule in one.get("schedules", ())
        ],
        parameters={**one.get("parameters", {}), **asked},
        concurrency_limit=ConcurrencyLimitConfig.model_validate(one["concurrency_limit"]),
    )


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main(config: Path | None = None, port: int = DEFAULT_PORT) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    config
        The study's `detente.toml`; default: the one of the source tree.
    port
        Of the server, unless `PREFECT_API_URL` or `PORT` says otherwise.

    Returns
    -------
    int
        Exit code: 1 if the server ended and could not be restarted.
    """
    os.chdir(config.parent if config else ROOT)
    # Each run is a process of its own that imports the flows.
    inherited = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *inherited]))
    signal.signal(signal.SIGTERM, _interrupt)
    url = api_url(port)
    try:
        with temporary_settings({PREFECT_API_URL: url}), Server(url, _print) as server:
            whose = "started here" if server.is_own else "found running"
            _print(f"Prefect server {whose}: {url.removesuffix('/api')}")
            _serve(server, deployments(config))
    except DetenteError as error:
        _print(f"Error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def _serve(server: Server, served: list[RunnerDeployment]) -> None:
    """Carry out the runs of the deployments until this process is interrupted.

    Raises
    ------
    NoServer
        The server ended and could not be started again.
    """
    present = Presence()
    ids: set[UUID] = set()

    def supervise() -> None:
        with get_client(sync_client=True) as client:
            present.announce(client)
            _settle(client, ids, is_own=server.is_own)

    server.watch(supervise)
    try:
        while True:
            # One run at a time, whichever deployment it is of. Schedules are paused here, not by
            # Prefect, which would pause them although another process serves them.
            runner = Runner(limit=1, pause_on_shutdown=False)
            # A coroutine only in async code.
            ids.update(cast(UUID, runner.add_deployment(one)) for one in served)
            if not _lost_server(server, runner):
                return
            _print("The Prefect server answers again; serving goes on.")
    except KeyboardInterrupt:
        if server.failure is not None:
            raise server.failure from None
        raise
    finally:
        server.stop_watching()
        if answers(server.url):
            with get_client(sync_client=True) as client:
                _settle(client, ids, is_own=server.is_own, at_once=server.is_own)
                _leave(client, ids, present)


def _lost_server(server: Server, runner: Runner) -> bool:
    """Carry out runs; say whether that ended because the server was away, once it is there again.

    Raises
    ------
    NoServer
        It is not there again.
    """
    try:
        asyncio.run(runner.start())
    except Exception:
        if not server.was_unreachable_recently():
            raise
        server.wait_until_there()
        return True
    return False


def _settle(
    client: SyncPrefectClient, deployments: set[UUID], *, is_own: bool, at_once: bool = False
) -> None:
    for run in run_locks.settle(client, deployments, is_own=is_own, at_once=at_once):
        _print(f"The run {run.name!r} was killed; it counts as crashed now.")


def _leave(client: SyncPrefectClient, deployments: Iterable[UUID], present: Presence) -> None:
    """Pause the schedules, unless another process serves them too."""
    if others := present.leave(client):
        _print(f"The schedules go on: {'; '.join(others)} serves them too.")
        return
    for one in deployments:
        client.pause_deployment(one)


def _print(line: str) -> None:
    sys.stderr.write(f"{sayable(line)}\n")


if __name__ == "__main__":
    sys.exit(main())
