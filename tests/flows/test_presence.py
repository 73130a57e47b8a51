"""Who serves, and what is served, without waiting for a run: on a Prefect server of the tests."""

from __future__ import annotations

import importlib
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from tests.support.studies import ROOT

on_a_server = [
    pytest.mark.flow,
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
    pytest.mark.usefixtures("prefect_server"),
]


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory) -> Any:
    os.environ.setdefault("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
    return importlib.import_module("flows.serve")


@pytest.fixture
def client(prefect_server: None) -> Iterator[Any]:
    from prefect import get_client

    with get_client(sync_client=True) as opened:
        yield opened
        for one in opened.read_variables():
            opened.delete_variable_by_name(one.name)


def _say(client: Any, name: str, value: Any) -> None:
    from prefect.client.schemas.actions import VariableCreate

    client.create_variable(VariableCreate(name=name, value=value))


def _names(client: Any) -> set[str]:
    return {one.name for one in client.read_variables()}


class TestPresence:
    pytestmark = on_a_server

    def test_the_last_of_two_that_serve_finds_nobody(self, client: Any) -> None:
        from flows.presence import Presence

        first, second = Presence(), Presence()
        for one in (first, second, first):
            one.announce(client)
        assert _names(client) == {first.name, second.name}
        [other] = first.leave(client)
        assert other.endswith(f", process {os.getpid()}")
        assert _names(client) == {second.name}
        assert second.leave(client) == []
        assert _names(client) == set()

    def test_a_second_word_says_the_time_anew(self, client: Any) -> None:
        from flows.presence import Presence

        one = Presence()
        one.announce(client)
        first = client.read_variable_by_name(one.name).value["heard"]
        one.announce(client)
        assert client.read_variable_by_name(one.name).value["heard"] > first
        age = datetime.now(UTC) - datetime.fromisoformat(first)
        assert timedelta(0) < age < timedelta(minutes=1)

    def test_who_was_not_heard_for_long_is_forgotten(self, client: Any) -> None:
        from flows.presence import PREFIX, Presence

        now = datetime.now(UTC)
        for name, seconds in (("recent", 90), ("silent", 130)):
            heard = (now - timedelta(seconds=seconds)).isoformat()
            _say(client, f"{PREFIX}{name}", {"process": name, "heard": heard})
        _say(client, f"{PREFIX}odd", "no time at all")
        _say(client, f"{PREFIX}timeless", {"process": "timeless"})
        _say(client, "of_somebody_else", {"process": "x", "heard": now.isoformat()})
        assert Presence().leave(client) == ["recent"]
        assert _names(client) == {f"{PREFIX}recent", "of_somebody_else"}

    @pytest.mark.parametrize("has_other", [True, False])
    def test_schedules_are_paused_by_the_last_that_serves(
        self, serve: Any, client: Any, has_other: bool, capsys: pytest.CaptureFixture[str]
    ) -> None:
        from flows.presence import Presence

        ids: list[UUID] = [one.apply() for one in serve.deployments()]
        for one in ids:
            client.resume_deployment(one)
        own, other = Presence(), Presence()
        own.announce(client)
        if has_other:
            other.announce(client)
        serve._leave(client, ids, own)
        assert [client.read_deployment(one).paused for one in ids] == [not has_other] * 3
        told = f"process {os.getpid()} serves them too."
        assert (told in capsys.readouterr().err) is has_other


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "http://127.0.0.1:4321/api"),
        ({"PORT": "5000"}, "http://127.0.0.1:5000/api"),
        ({"PORT": ""}, "http://127.0.0.1:4321/api"),
        (
            {"PREFECT_API_URL": "https://host.example/api/", "PORT": "5000"},
            "https://host.example/api",
        ),
    ],
)
def test_the_address_is_what_the_environment_says(
    serve: Any, monkeypatch: pytest.MonkeyPatch, given: dict[str, str], expected: str
) -> None:
    for name in ("PREFECT_API_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert serve.api_url(4321) == expected


@pytest.mark.filterwarnings("default")
def test_what_is_served_is_what_the_file_of_deployments_says(
    serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    config = Path("detente.toml")
    found = {one.name: one for one in serve.deployments(config)}
    assert list(found) == ["nightly-refresh", "backfill", "report"]
    for one in found.values():
        assert one.parameters["config"] == str(tmp_path / "detente.toml")
        assert one.concurrency_limit == 1
        assert one.concurrency_options.collision_strategy.value == "CANCEL_NEW"
    nightly = found["nightly-refresh"]
    assert nightly.description.startswith("Load, build, check, publish, render.")
    path, _, function = nightly.entrypoint.rpartition(":")
    assert (Path(path).resolve(), function) == (ROOT / "flows/nightly.py", "nightly_refresh")
    assert nightly.parameters["wait_seconds"] == 3600
    [schedule] = [one.schedule for one in nightly.schedules]
    assert (schedule.cron, schedule.timezone) == ("30 3 * * *", "Asia/Tokyo")
    assert not found["report"].schedules
    assert all("config" not in one.parameters for one in serve.deployments())


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Give folder, environment and the handler of SIGTERM back."""
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PREFECT_API_URL", "http://prefect.invalid:4200/api")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/elsewhere", "", str(ROOT)]))
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("kept")
def test_serving_says_in_a_line_why_it_cannot_begin(
    serve: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "study").mkdir()
    assert serve.main(tmp_path / "study" / "detente.toml") == 1
    told = capsys.readouterr().err
    assert told.startswith("Error: The Prefect server at http://prefect.invalid:4200/api does not")
    assert len(told.splitlines()) == 1
    assert Path.cwd() == tmp_path / "study"
    # Each run is a process of its own, in the folder of the study: it imports the flows from here.
    assert os.environ["PYTHONPATH"] == os.pathsep.join([str(ROOT), "/elsewhere"])
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGTERM)
    serve.main()
    assert Path.cwd() == ROOT


@pytest.mark.usefixtures("kept")
def test_an_interruption_before_anything_is_served_is_a_good_end(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "answers", lambda url: True)
    monkeypatch.setattr("flows.server.answers", lambda url: os.kill(os.getpid(), signal.SIGTERM))
    assert serve.main() == 0


@pytest.mark.parametrize(
    ("error", "was_away", "outcome"),
    [
        (None, False, False),
        (OSError("the server is gone"), True, True),
        (OSError("a fault of ours"), False, OSError),
    ],
)
def test_serving_goes_on_only_where_the_server_was_away(
    serve: Any, error: Exception | None, was_away: bool, outcome: Any
) -> None:
    waited = []

    async def start() -> None:
        if error is not None:
            raise error

    server = SimpleNamespace(
        was_unreachable_recently=lambda: was_away, wait_until_there=lambda: waited.append(1)
    )
    runner = SimpleNamespace(start=start)
    if outcome is OSError:
        with pytest.raises(OSError, match="a fault of ours"):
            serve._lost_server(server, runner)
    else:
        assert serve._lost_server(server, runner) is outcome
    assert waited == [1] * (outcome is True)
