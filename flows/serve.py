"""Serve the deployments of `prefect.yaml`, with a Prefect server on loopback if none answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml  # type: ignore[import-untyped]  # Prefect reads the same file with it
from prefect import serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.schedules import Cron
from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

from detente.base.errors import DetenteError

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
DEFAULT_PORT = 4200
START_SECONDS = 120.0
STOP_SECONDS = 20.0


class NoServer(DetenteError):
    """No Prefect server answers, and none can be started."""


def api_url(port: int = DEFAULT_PORT) -> str:
    """Return the address of the server's interface: `PREFECT_API_URL`, or loopback at `PORT`."""
    given = os.environ.get("PREFECT_API_URL") or os.environ.get("PORT") or str(port)
    return f"http://127.0.0.1:{int(given)}/api" if given.isdecimal() else given.rstrip("/")


def answers(url: str) -> bool:
    """Say whether a Prefect server answers at this address."""
    try:
        return httpx.get(f"{url}/health", timeout=5).json() is True
    except (httpx.HTTPError, ValueError):
        return False


@contextmanager
def server(url: str) -> Iterator[bool]:
    """Have a server at this address: the one that answers, or an own one until the block ends.

    Yields
    ------
    bool
        Whether the server is an own one.

    Raises
    ------
    NoServer
        None answers and the address is not this machine's, or the own one does not start.
    """
    if answers(url):
        yield False
        return
    address = urlsplit(url)
    if address.hostname not in LOOPBACK:
        raise NoServer(
            f"No Prefect server answers at {url}. Start it there, or leave PREFECT_API_URL unset "
            "to have one started here."
        )
    log = PREFECT_HOME.value() / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        # A session of its own: Ctrl-C reaches this process alone, which still needs the server
        # to pause the schedules.
        process = subprocess.Popen(  # noqa: S603
            [
                *(sys.executable, "-m", "prefect", "server", "start"),
                *("--host", address.hostname, "--port", str(address.port or 80)),
            ],
            cwd=ROOT,
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait(process, url, log)
        yield True
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Wait until the server answers."""
    until = time.monotonic() + START_SECONDS
    while not answers(url):
        if process.poll() is not None:
            raise NoServer(f"The Prefect server for {url} ended at once; {log} says why.")
        if time.monotonic() > until:
            raise NoServer(
                f"The Prefect server for {url} did not answer within {START_SECONDS:g} seconds; "
                f"see {log}."
            )
        time.sleep(0.2)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


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
    """
    os.chdir(config.parent if config else ROOT)
    # Each run is a process of its own that imports the flows.
    inherited = [one for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys([str(ROOT), *inherited]))
    signal.signal(signal.SIGTERM, _interrupt)
    url = api_url(port)
    try:
        with temporary_settings({PREFECT_API_URL: url}), server(url) as is_own:
            whose = "started here" if is_own else "found running"
            sys.stderr.write(f"Prefect server {whose}: {url.removesuffix('/api')}\n")
            # One run at a time, whichever deployment it is of.
            serve(*deployments(config), limit=1)
    except DetenteError as error:
        sys.stderr.write(f"Error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
