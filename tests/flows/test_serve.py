"""`detente serve` in the folder of a study: a real server, the deployments, a run, and the end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from filelock import FileLock

from detente.settings import Settings
from tests.support.loopback import free_port
from tests.support.studies import Line, MakeStudy

pytestmark = [pytest.mark.flow, pytest.mark.full]

WAIT_SECONDS = 150.0


@dataclass
class Serving:
    """`detente serve` under test: its process, its server, where Prefect keeps its files."""

    process: subprocess.Popen[bytes]
    client: httpx.Client
    home: Path
    log: Path


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("served")
    return write_study(folder, [line("a", "2023-03-16"), line("b", "2023-13-16")])


@pytest.fixture(scope="module")
def serving(study: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Run the deployments on a server of their own; both have ended when the tests have."""
    folder = tmp_path_factory.mktemp("prefect")
    port = free_port()
    process = start(study, port, folder)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=10) as client:
            until(lambda: ready(client), process)
            yield Serving(process, client, folder, folder / "serve.log")
    finally:
        end(process)
    assert process.returncode == 0, (folder / "serve.log").read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/api/health")


@pytest.fixture
def served(serving: Serving) -> httpx.Client:
    return serving.client


def start(
    study: Settings, port: int, folder: Path, log: str = "serve.log"
) -> subprocess.Popen[bytes]:
    environment = {key: value for key, value in os.environ.items() if "PREFECT" not in key}
    environment.pop("PORT", None)
    with (folder / log).open("wb") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", "detente.cli", "serve", "--port", str(port)],
            cwd=study.home,
            env=environment | {"PREFECT_HOME": str(folder)},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(60)
    finally:
        process.kill()


def until(found: Callable[[], Any], process: subprocess.Popen[bytes] | None = None) -> Any:
    end = time.monotonic() + WAIT_SECONDS
    while not (value := found()):
        assert time.monotonic() < end, "took too long"
        assert process is None or process.poll() is None, "serving ended"
        time.sleep(0.3)
    return value


def ready(client: httpx.Client) -> bool:
    try:
        return len(client.post("/deployments/filter", json={}).json()) == 3
    except (httpx.HTTPError, ValueError):
        return False


def nightly(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/deployments/name/nightly-refresh/nightly-refresh").json()
    return found


def asked(client: httpx.Client, key: str) -> str:
    """Ask for a run of the nightly refresh; return its id."""
    said: list[str] = []

    def created() -> dict[str, Any] | None:
        # A server that has just started may say that its database is busy.
        answer = client.post(
            f"/deployments/{nightly(client)['id']}/create_flow_run", json={"idempotency_key": key}
        )
        said.append(answer.text)
        return answer.json() if answer.is_success else None

    run = until(created)
    assert len(said) <= 5, said
    return str(run["id"])


def state(client: httpx.Client, run: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/flow_runs/{run}").json()["state"]
    return found


def ended(client: httpx.Client, run: str) -> str | None:
    try:
        now = state(client, run)
    except httpx.TransportError:  # the server is away
        return None
    final = now["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
    return f"{now['type']}: {now['message']}" if final else None


def test_the_nightly_refresh_runs_to_its_end_when_triggered(
    served: httpx.Client, study: Settings
) -> None:
    deployment = nightly(served)
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    schedule = deployment["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("30 3 * * *", "Asia/Tokyo")
    run = asked(served, "the one of this test")
    assert until(lambda: ended(served, run)).startswith("COMPLETED")
    assert study.database.is_file()
    artifacts = {one["key"]: str(one["data"]) for one in served.post("/artifacts/filter").json()}
    assert "records/meetings.csv" in artifacts["row-accounting"]
    assert "1 row rejected" in artifacts["refresh"]
    assert "there is no published database" in artifacts["plan"]
    assert "event ids are unique" in artifacts["checks"]
    assert "nothing to compare with" in artifacts["checks"]
    assert artifacts["index-changes"] == "[]"
    assert (study.reports / "status.html").as_uri() in artifacts["reports"]
    assert (study.reports / "JPN-KOR.html").as_uri() in artifacts["reports"]


def test_the_schedule_plans_its_next_nights(served: httpx.Client) -> None:
    until = time.monotonic() + 30  # the scheduler looks every few seconds
    planned: list[str] = []
    while not planned and time.monotonic() < until:
        runs = served.post("/flow_runs/filter", json={}).json()
        planned = [run["expected_start_time"] for run in runs if run["auto_scheduled"]]
        time.sleep(0.5)
    assert served.get("/admin/settings").json()["server"]["analytics_enabled"] is False
    # 03:30 in Tokyo is 18:30 UTC the day before.
    assert planned
    assert all("T18:30:00" in moment for moment in planned)


def test_the_schedule_goes_on_when_one_of_two_that_serve_ends(
    serving: Serving, study: Settings
) -> None:
    port = serving.client.base_url.port
    assert port is not None
    other = start(study, port, serving.home, "other.log")
    log = serving.home / "other.log"
    try:
        until(lambda: "found running" in log.read_text(), other)
        until(lambda: len(presences(serving.client)) == 2, other)
    finally:
        end(other)
    assert "The schedules go on" in log.read_text()
    assert other.returncode == 0, log.read_text()
    assert nightly(serving.client)["paused"] is False
    assert len(presences(serving.client)) == 1


def presences(client: httpx.Client) -> list[str]:
    return [
        one["name"]
        for one in client.post("/variables/filter", json={}).json()
        if one["name"].startswith("detente_served_by_")
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")
def test_a_server_that_is_killed_is_started_again_and_a_killed_run_does_not_count_as_running(
    serving: Serving, study: Settings
) -> None:
    lock = FileLock(study.processed / ".lock")
    with lock:  # the run waits for it
        run = asked(serving.client, "the one that is killed")
        until(lambda: state(serving.client, run)["type"] == "RUNNING", serving.process)
        until(lambda: (serving.home / "runs" / f"{run}.lock").exists(), serving.process)
        # The server first, so that nobody can tell it that the run has ended.
        [server] = [
            pid for pid in pids("prefect", "server", "start") if parent(pid) == serving.process.pid
        ]
        os.killpg(server, signal.SIGKILL)
        for pid in pids(f"PREFECT__FLOW_RUN_ID={run}"):
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: ended(serving.client, run), serving.process).startswith("CRASHED")
    assert "it was started again" in serving.log.read_text()
    # The next run has the place of the killed one, and schedules go on.
    run = asked(serving.client, "the one after the killed one")
    assert until(lambda: ended(serving.client, run), serving.process).startswith("COMPLETED")
    assert nightly(serving.client)["paused"] is False


def pids(*words: str) -> list[int]:
    """Return the processes whose command or environment holds all words."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                text = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                if all(word.encode() in text.split(b"\0") for word in words):
                    found.append(int(folder.name))
    return found


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def test_serving_ends_with_the_reason_where_no_server_can_be_had(
    study: Settings, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "detente.cli", "serve"],
        cwd=study.home,
        env=os.environ
        | {"PREFECT_HOME": str(tmp_path), "PREFECT_API_URL": "http://prefect.invalid:4200/api"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 1
    assert "http://prefect.invalid:4200/api does not answer. Start it there" in done.stderr
    assert "Traceback" not in done.stderr
