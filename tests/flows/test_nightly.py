"""The nightly flow on a real, temporary Prefect server."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from detente.base.errors import CheckFailed
from tests.support.studies import Line, MakeStudy

pytestmark = [
    pytest.mark.flow,
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
    pytest.mark.usefixtures("prefect_server"),
]


def test_the_flow_refreshes_renders_and_leaves_its_account(
    make_study: MakeStudy, line: Line
) -> None:
    from prefect.client.orchestration import get_client

    from flows.nightly import nightly_refresh

    study = make_study([line("a", "2023-03-16"), line("b", "2023-13-16")])
    config = study.home / "detente.toml"
    paths = nightly_refresh(config)
    assert study.database.is_file()
    assert all(Path(path).is_file() for path in paths)

    async def look() -> tuple[list[str], dict[str, str], list[str]]:
        async with get_client() as client:
            tasks = await client.read_task_runs()
            artifacts = await client.read_artifacts()
            flows_run = await client.read_flow_runs()
            return (
                [task.name for task in tasks],
                {
                    one.key or "": str(one.data)
                    for one in sorted(artifacts, key=lambda one: str(one.created))
                },
                [run.state_name or "" for run in flows_run],
            )

    tasks, artifacts, states = asyncio.run(look())
    assert {"load", "build", "check", "publish", "render"} <= set(tasks)
    assert "records/meetings.csv" in artifacts["row-accounting"]
    assert "1 row rejected" in artifacts["refresh"]
    assert states == ["Completed"]

    # A record more: the artifacts tell what it changed, and every check had something to compare.
    make_study([line("a", "2023-03-16"), line("c", "2023-04-16")])
    nightly_refresh(config)
    _, artifacts, _ = asyncio.run(look())
    assert "2023-04" in artifacts["index-changes"]
    assert "2023-03" not in artifacts["index-changes"]
    assert "nothing to compare with" not in artifacts["checks"]
    assert "records: records/meetings.csv" in artifacts["plan"]

    # Nothing changed: the second run leaves the database alone.
    moment = study.database.stat().st_mtime_ns
    assert nightly_refresh(config) == paths
    assert (study.reports / "status.html").is_file()
    assert study.database.stat().st_mtime_ns == moment


@pytest.mark.full
def test_a_failing_check_fails_the_flow_and_keeps_the_database(
    make_study: MakeStudy, line: Line
) -> None:
    from flows.nightly import nightly_refresh

    study = make_study([line("a", "2023-03-16")])
    config = study.home / "detente.toml"
    nightly_refresh(config)
    before = study.database.read_bytes()
    make_study({"meetings": b"spoiled"})
    with pytest.raises(CheckFailed, match="refused as a whole"):
        nightly_refresh(config)
    assert study.database.read_bytes() == before
    assert "The last run failed" in (study.reports / "status.html").read_text(encoding="utf-8")

    from prefect.client.orchestration import get_client

    async def failing_rows() -> str:
        async with get_client() as client:
            artifacts = await client.read_artifacts()
            return next(str(one.data) for one in artifacts if one.key == "failing-rows")

    assert "records/meetings.csv" in asyncio.run(failing_rows())
