"""`detente serve` in the folder of a study: a real server, the deployments, a run, and the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from detente.settings import Settings
from tests.support.loopback import free_port
from tests.support.studies import Line, MakeStudy

pytestmark = [pytest.mark.flow, pytest.mark.slow]

WAIT_SECONDS = 150.0


@pytest.fixture
def study(make_study: MakeStudy, line: Line) -> Settings:
    return make_study([line("a", "2023-03-16"), line("b", "2023-13-16")])


@pytest.fixture
def served(tmp_path: Path, study: Settings) -> Iterator[httpx.Client]:
    """Run the deployments on a server of their own; both have ended when the test has."""
    port = free_port()
    environment = {key: value for key, value in os.environ.items() if "PREFECT" not in key}
    environment.pop("PORT", None)
    environment |= {"PREFECT_HOME": str(tmp_path / "prefect")}
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "detente.cli", "serve", "--port", str(port)],
            cwd=study.home,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api", timeout=10) as client:
            until(lambda: ready(client), process)
            yield client
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
    assert process.returncode == 0, (tmp_path / "serve.log").read_text()
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{port}/api/health")


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


def test_the_nightly_refresh_runs_to_its_end_when_triggered(
    served: httpx.Client, study: Settings
) -> None:
    deployment = served.get("/deployments/name/nightly-refresh/nightly-refresh").json()
    assert deployment["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
    schedule = deployment["schedules"][0]["schedule"]
    assert (schedule["cron"], schedule["timezone"]) == ("30 3 * * *", "Asia/Tokyo")
    said: list[str] = []

    def created() -> dict[str, Any] | None:
        # A server that has just started may say that its database is busy.
        answer = served.post(
            f"/deployments/{deployment['id']}/create_flow_run",
            json={"idempotency_key": "the one of this test"},
        )
        said.append(answer.text)
        return answer.json() if answer.is_success else None

    run = until(created)
    assert len(said) <= 5, said

    def ended() -> str | None:
        state = served.get(f"/flow_runs/{run['id']}").json()["state"]
        final = state["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        return f"{state['type']}: {state['message']}" if final else None

    assert until(ended).startswith("COMPLETED")
    assert study.database.is_file()
    artifacts = {one["key"]: str(one["data"]) for one in served.post("/artifacts/filter").json()}
    assert "records/meetings.csv" in artifacts["row-accounting"]
    assert "1 rows rejected" in artifacts["refresh"]
    assert "there is no published database" in artifacts["plan"]
    assert "event ids are unique" in artifacts["checks"]
    assert "nothing to compare with" in artifacts["checks"]
    assert artifacts["index-changes"] == "[]"
    assert (study.reports / "status.html").as_uri() in artifacts["reports"]
    assert (study.reports / "JPN-KOR.pdf").as_uri() in artifacts["reports"]


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
