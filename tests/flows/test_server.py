"""The server beside the deployments: found or started, watched, started again, ended.

A small program stands where Prefect's server would: it takes seconds to start, and `test_serve`
has it. The process, its session, its signals and what it answers over HTTP are real.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import stat
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import loopback
from tests.support.loopback import free_port
from tests.support.studies import ROOT

PROGRAM = """#!{python} -IS
import http.server, json, os, signal, sys, time
from pathlib import Path
folder = Path(__file__).parent
how = (folder / "how").read_text()
with (folder / "starts").open("a") as file:
    file.write(json.dumps([os.getpid(), os.getsid(0), os.getcwd(), *sys.argv[1:]]) + "\\n")
print("It is", how, flush=True)
if how == "ending":
    sys.exit(3)
if how == "mute":
    time.sleep(60)
if how == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

class Answering(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass
    def do_GET(self):
        is_well = self.path == "/api/health" and not (folder / "silent").exists()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"true" if is_well else b"false")

port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Answering).serve_forever()
"""


@dataclass
class Beside:
    """The program that is started as the server, where it answers, and what was told."""

    module: Any
    folder: Path
    port: int
    told: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def is_now(self, how: str) -> None:
        (self.folder / "how").write_text(how)

    @property
    def silent(self) -> Path:
        return self.folder / "silent"

    @property
    def starts(self) -> list[list[Any]]:
        file = self.folder / "starts"
        return [json.loads(one) for one in file.read_text().splitlines()] if file.exists() else []

    def server(self) -> Any:
        return self.module.Server(self.url, self.told.append)


@pytest.fixture
def server_module(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    os.environ.setdefault("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
    return importlib.import_module("flows.server")


@pytest.fixture
def beside(
    server_module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Beside]:
    from prefect.settings import PREFECT_HOME, temporary_settings

    program = tmp_path / "program"
    program.write_text(PROGRAM.format(python=sys.executable), encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(server_module.sys, "executable", str(program))
    monkeypatch.setattr(server_module, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(server_module, "STOP_SECONDS", 0.3)
    found = Beside(server_module, tmp_path, free_port())
    found.is_now("answering")
    with temporary_settings({PREFECT_HOME: tmp_path / "prefect"}):
        yield found


def until(found: Callable[[], Any]) -> None:
    end = time.monotonic() + 20
    while not found():
        assert time.monotonic() < end, "took too long"
        time.sleep(0.02)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize(
    ("body", "is_one"), [(b"true", True), (b"false", False), (b"1", False), (b"hello", False)]
)
def test_only_what_says_that_it_is_well_counts_as_a_server(
    server_module: ModuleType, body: bytes, is_one: bool
) -> None:
    asked = []

    class Answering(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

    with loopback.serving(Answering) as url:
        assert server_module.answers(f"{url}api") is is_one
    assert asked == ["/api/health"]
    assert not server_module.answers(f"{url}api")


def test_a_server_that_is_there_is_used_and_left_running(beside: Beside) -> None:
    with beside.server(), beside.server() as found:
        assert not found.is_own
        assert len(beside.starts) == 1
        found.__exit__()
        assert beside.module.answers(beside.url)


def test_a_server_of_its_own_ends_with_the_block(beside: Beside) -> None:
    with beside.server() as server:
        assert server.is_own
        assert not server.was_unreachable_recently()
        [[process, session, folder, *words]] = beside.starts
        assert is_running(process)
    assert words == [
        "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(beside.port),
    ]  # fmt: skip
    # Ctrl-C in a terminal goes to a session: the server outlives it until schedules are paused.
    assert (session, folder) == (process, str(ROOT))
    assert not is_running(process)
    assert server.log == beside.folder / "prefect" / "server.log"
    assert server.log.read_text() == "It is answering\n"
    assert beside.told == []


def test_a_server_that_does_not_end_when_asked_is_killed(beside: Beside) -> None:
    beside.is_now("stubborn")
    with beside.server():
        [[process, *_]] = beside.starts
    assert not is_running(process)


def test_a_server_that_ends_at_once_is_said_with_its_code(beside: Beside) -> None:
    beside.is_now("ending")
    with pytest.raises(beside.module.NoServer, match=r"ended at once \(exit code 3\)") as raised:
        beside.server().__enter__()
    assert f"{beside.folder / 'prefect' / 'server.log'} says why" in str(raised.value)


def test_a_server_that_never_answers_is_given_up_and_ended(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside.module, "START_SECONDS", 0.6)
    beside.is_now("mute")
    with pytest.raises(beside.module.NoServer, match=r"did not answer within 0\.6 seconds"):
        beside.server().__enter__()
    [[process, *_]] = beside.starts
    assert not is_running(process)


def test_no_server_is_started_for_an_address_of_another_machine(beside: Beside) -> None:
    server = beside.module.Server("http://prefect.invalid:4200/api", beside.told.append)
    with pytest.raises(beside.module.NoServer, match=r"does not answer\. Start it there"):
        server.__enter__()
    assert beside.starts == []


def test_a_server_that_is_killed_is_started_again_and_settled_at_once(beside: Beside) -> None:
    settled: list[int] = []
    with beside.server() as server:
        server.watch(lambda: settled.append(len(beside.starts)))
        until(lambda: settled)
        time.sleep(0.3)
        # Every half minute, not at every look.
        assert settled == [1]
        os.kill(beside.starts[0][0], signal.SIGKILL)
        until(lambda: len(settled) == 2)
        assert server.was_unreachable_recently()
        assert server.failure is None
        assert beside.module.answers(beside.url)
    assert settled == [1, 2]
    assert beside.told == [
        f"The Prefect server at {beside.url} ended (signal 9); it was started again."
    ]
    assert not is_running(beside.starts[1][0])


def test_a_server_may_be_silent_for_a_while_but_not_for_long(
    beside: Beside, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside.server() as server:
        server.watch(lambda: None)
        beside.silent.touch()
        time.sleep(0.4)
        beside.silent.unlink()
        # It answers, but did not a moment ago; nobody started it again.
        assert server.was_unreachable_recently()
        assert (len(beside.starts), beside.told) == (1, [])
        monkeypatch.setattr(beside.module, "AWAY_SECONDS", 0.0)
        assert not server.was_unreachable_recently()
        beside.silent.touch()
        assert server.was_unreachable_recently()
        monkeypatch.setattr(beside.module, "SILENT_SECONDS", 0.2)
        until(lambda: len(beside.starts) > 1)
        beside.silent.unlink()
        until(lambda: beside.told)
        assert not is_running(beside.starts[0][0])
    assert beside.told[0].endswith("has not answered for 0.2 seconds; it was started again.")


@pytest.fixture
def interrupted() -> Iterator[list[int]]:
    """How often this process was interrupted, which no longer ends it."""
    got: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: got.append(number))
    yield got
    signal.signal(signal.SIGINT, before)


def test_what_cannot_be_started_again_interrupts_with_the_reason(
    beside: Beside, interrupted: list[int]
) -> None:
    with beside.server() as server:
        server.watch(lambda: None)
        beside.is_now("ending")
        os.kill(beside.starts[0][0], signal.SIGKILL)
        until(lambda: interrupted)
        with pytest.raises(beside.module.NoServer, match="ended at once"):
            server.wait_until_there()
    assert interrupted == [signal.SIGINT]
    assert beside.told == []


@pytest.mark.parametrize("is_within", [True, False])
def test_a_server_that_dies_again_and_again_is_given_up(
    beside: Beside, interrupted: list[int], monkeypatch: pytest.MonkeyPatch, is_within: bool
) -> None:
    monkeypatch.setattr(beside.module, "MOST_STARTS", 2)
    monkeypatch.setattr(beside.module, "STARTS_SECONDS", 600.0 if is_within else 0.0)
    with beside.server() as server:
        server.watch(lambda: None)
        for n_told in (1, 2):
            os.kill(beside.starts[-1][0], signal.SIGKILL)
            until(lambda n=n_told: len(beside.told) == n or server.failure)  # type: ignore[misc]
    assert len(beside.starts) == (2 if is_within else 3)
    assert len(interrupted) == is_within
    if is_within:
        assert str(server.failure) == (
            f"The Prefect server at {beside.url} ended (signal 9), after 2 starts within 10 "
            f"minutes; {server.log} says why."
        )


def test_what_goes_wrong_while_settling_is_tried_again(
    beside: Beside, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []

    def settle() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("the network is away")

    with beside.server() as server:
        server.watch(settle)
        until(lambda: len(tries) == 2)
        assert server.failure is None
    assert "Looking after the Prefect server: the network is away" in caplog.text


def test_whoever_waits_goes_on_when_the_server_answers(beside: Beside) -> None:
    with beside.server() as server:
        beside.silent.touch()
        waiting = threading.Thread(target=server.wait_until_there)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
        beside.silent.unlink()
        waiting.join(10)
        assert not waiting.is_alive()
