"""Fetching from a real server: resumed, few at a time, stopped with Ctrl-C and continued."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import Message
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from detente.base import clock
from detente.base.errors import DownloadError
from detente.cli.bars import Bars
from detente.database.published import Published
from detente.settings import Settings
from detente.sources import dataverse
from detente.sources.download import Wanted
from detente.sources.fetch import PART, Fetcher, Limits
from detente.sources.ucdp_ged import UcdpGed
from tests.support import loopback
from tests.support.gdelt2 import master_list
from tests.support.provider import Provider, md5, serving, zipped
from tests.support.studies import MakeStudy, study_table

QUICK = Limits(per_host=3, attempts=3, wait_seconds=0, timeout_seconds=10)


@pytest.fixture
def provider() -> Iterator[object]:
    with serving() as one:
        yield one


def wanted(provider: Provider, folder: Path, name: str, content: bytes) -> Wanted:
    provider.put(name, content)
    return Wanted(name, provider.url + name, folder / name, len(content), md5(content))


def test_a_download_that_breaks_off_is_taken_up_where_it_ended(
    provider: Provider, tmp_path: Path
) -> None:
    content = os.urandom(300_000)
    one = wanted(provider, tmp_path, "a.bin", content)
    provider.fault("a.bin", "cut")
    with Fetcher(QUICK) as fetch:
        fetched = fetch.fetch(one)
    assert (fetched.status, fetched.attempts) == ("ok", 2)
    assert provider.ranges == ["bytes=150000-"]
    assert one.target.read_bytes() == content


def test_a_part_of_another_version_is_thrown_away(provider: Provider, tmp_path: Path) -> None:
    content = os.urandom(50_000)
    one = wanted(provider, tmp_path, "a.bin", content)
    for part in (os.urandom(20_000), os.urandom(50_000), os.urandom(60_000)):
        one.target.with_name("a.bin" + PART).write_bytes(part)
        with Fetcher(QUICK) as fetch:
            assert fetch.fetch(one).status == "ok"
        assert one.target.read_bytes() == content
        one.target.unlink()


class Answers:
    """A server that gives each answer of a list once, and notes what it was sent."""

    def __init__(self, *answers: tuple[int, dict[str, str], bytes]) -> None:
        self.answers = list(answers)
        self.sent: list[Message] = []

    def handler(self) -> type[BaseHTTPRequestHandler]:
        answers = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: Any) -> None:
                pass

            def do_HEAD(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                answers.sent.append(self.headers)
                status, headers, content = answers.answers.pop(0)
                self.send_response(status)
                for name, value in {**headers, "Content-Length": str(len(content))}.items():
                    self.send_header(name, value)
                self.end_headers()
                if self.command == "GET":
                    self.wfile.write(content)

        return Handler


@pytest.mark.parametrize("asked", ["0", "moment"])
def test_a_busy_server_is_asked_again_when_it_says(asked: str) -> None:
    moment = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    later = {"Retry-After": moment if asked == "moment" else asked}
    server = Answers((429, later, b""), (503, later, b""), (200, {}, b"list"))
    slow = Limits(attempts=3, wait_seconds=30, timeout_seconds=10)
    began = time.monotonic()
    with loopback.serving(server.handler()) as url, Fetcher(slow) as fetch:
        assert fetch.text(url + "list.txt") == b"list"
    assert time.monotonic() - began < 20, "not the thirty seconds and more of its own"


def test_a_refusal_is_told_in_the_servers_words_and_not_asked_again(tmp_path: Path) -> None:
    words = json.dumps({"status": "ERROR", "message": "Not authorized to access this file."})
    server = Answers((403, {}, words.encode()), (403, {}, words.encode()))
    with loopback.serving(server.handler()) as url, Fetcher(QUICK) as fetch:
        with pytest.raises(DownloadError, match="answered 403: Not authorized to access this"):
            fetch.text(url + "list")
        fetched = fetch.fetch(Wanted("a", url + "a", tmp_path / "a"))
    assert (fetched.status, fetched.attempts) == ("unreachable", 1)
    assert "Not authorized to access this file." in str(fetched.note)


def test_a_token_goes_to_the_dataverse_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(dataverse.TOKEN, "planted-token")
    listed = {"status": "OK", "data": [{"dataFile": {"id": 7, "filename": "a.tab"}}]}
    store = Answers((200, {}, b"data"))
    with loopback.serving(store.handler()) as elsewhere:
        server = Answers(
            (200, {}, json.dumps(listed).encode()), (302, {"Location": elsewhere + "bytes"}, b"")
        )
        with loopback.serving(server.handler()) as url, Fetcher(QUICK) as fetch:
            (one,) = dataverse.files(fetch, url, "doi:10.1/X")
            assert fetch.fetch(Wanted("a", one.url, tmp_path / "a.tab")).status == "ok"
    assert [one["X-Dataverse-key"] for one in server.sent] == ["planted-token"] * 2
    assert [one["X-Dataverse-key"] for one in store.sent] == [None]


def test_a_closed_data_set_names_the_variable_of_the_token() -> None:
    words = json.dumps({"status": "ERROR", "message": "User :guest is not permitted"})
    server = Answers((401, {}, words.encode()))
    with (
        loopback.serving(server.handler()) as url,
        Fetcher(QUICK) as fetch,
        pytest.raises(DownloadError, match=f"guest is not permitted.*{dataverse.TOKEN}"),
    ):
        dataverse.files(fetch, url, "doi:10.1/X")


def test_the_newest_release_of_ucdp_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "today", lambda: date(2026, 11, 28))
    nothing, page = (404, {}, b""), (200, {"Content-Type": "text/html"}, b"<html>")
    with Fetcher(QUICK) as fetch:
        for answers, name in (
            ([(200, {}, b"")], "ged261-csv.zip"),
            ([nothing, (200, {}, b"")], "ged251-csv.zip"),
        ):
            with loopback.serving(Answers(*answers).handler()) as url:
                (found,) = UcdpGed(base_url=url).available(fetch, date(1989, 1, 1), date.max)
            assert found.name == name
        with (
            loopback.serving(Answers(nothing, page).handler()) as url,
            pytest.raises(DownloadError, match="releases ="),
        ):
            UcdpGed(base_url=url).available(fetch, date(1989, 1, 1), date.max)


def test_no_more_connections_to_a_host_than_allowed(provider: Provider, tmp_path: Path) -> None:
    content = bytes(4096)
    every = [wanted(provider, tmp_path, f"{number}.bin", content) for number in range(15)]
    provider.pause = 0.02
    with Fetcher(QUICK) as fetch:
        assert {one.status for one in fetch.fetch_all(every)} == {"ok"}
        assert provider.busiest == QUICK.per_host
        provider.busiest = 0
        # Lists count too: whoever asks.
        many = [wanted(provider, tmp_path, f"again-{number}.bin", content) for number in range(6)]
        fetching = fetch.fetch_all(many)
        for _ in range(3):
            fetch.text(provider.url + "0.bin")
        assert {one.status for one in fetching} == {"ok"}
    assert 1 < provider.busiest <= QUICK.per_host


def test_bars_show_bytes_rows_files_and_the_time_left(provider: Provider, tmp_path: Path) -> None:
    shown = Console(force_terminal=True, width=160, record=True, file=(tmp_path / "bar").open("w"))
    content = bytes(200_000)
    every = [wanted(provider, tmp_path, f"{number}.bin", content) for number in range(4)]
    provider.fault("1.bin", "cut", "500")
    provider.fault("2.bin", "always 404")
    with Bars(shown).meters() as meters, Fetcher(QUICK) as fetch:
        meter = meters.meter("Fetching a feed", len(every), 800_000)
        status = [one.status for one in fetch.fetch_all(every, meter)]
        meter.advance(n_rows=12_345)
        (task,) = meter._bars.tasks
        assert task.completed == 600_000, "what is fetched twice counts once"
    assert status == ["ok", "ok", "missing", "ok"]
    text = shown.export_text()
    for words in ("Fetching a feed", "600.0/800.0 kB", "3/4 files", "12,345 rows", "0:00:0"):
        assert words in text, text
    shown.file.close()


STUDY = (
    study_table("2019-10-01", "JPN", "KOR")
    + """\
[sources.downloads]
per_host = 2
wait_seconds = 0
timeout_seconds = 20
[sources.gdelt2]
base_url = "{url}"
"""
)


def command(study: Settings, *words: str) -> list[str]:
    config = ["--config", str(study.home / "detente.toml")]
    return [sys.executable, "-m", "detente.cli", *words, *config]


@pytest.mark.full
def test_a_backfill_stopped_with_ctrl_c_goes_on_where_it_was(
    make_study: MakeStudy, provider: Provider, shared_data: Path
) -> None:
    sample = (shared_data / "gdelt2" / "20191024143000.export.CSV").read_bytes()
    rows = sample.splitlines(keepends=True)
    moments = ["20191023234500", "20191024010000", "20191024090000", "20191025010000"]
    files = {
        f"{moment}.export.CSV.zip": zipped(
            f"{moment}.export.CSV", b"".join(rows[200 * number : 200 * number + 200])
        )
        for number, moment in enumerate(moments)
    }
    for name, content in files.items():
        provider.put(name, content)
    provider.put("masterfilelist.txt", master_list(files))
    provider.put("lastupdate.txt", b"")
    inside = sorted(files)[1:3]  # those of 24 October
    study = make_study(toml=STUDY.format(url=provider.url))
    backfill = command(
        study, "backfill", "--source", "gdelt2", "--start", "2019-10-24", "--end", "2019-10-24"
    )
    span = backfill[4:-2]
    planned = subprocess.run(
        command(study, "plan", *span, "--json"), capture_output=True, text=True, check=True
    )
    actions = json.loads(planned.stdout)
    assert actions[0]["action"] == "download"
    assert actions[0]["subject"] == f"gdelt2: 2 files ({inside[0]}, {inside[1]})"
    assert not study.downloads.exists()
    provider.pause = 0.05
    process = subprocess.Popen(backfill, stderr=subprocess.PIPE, text=True)
    parts = study.downloads / "gdelt2" / "2019"
    until = time.monotonic() + 90
    while not any(one.stat().st_size > 2048 for one in parts.glob(f"*{PART}")):
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Stopped" in said
    assert "Traceback" not in said
    assert not study.database.exists()
    left = {one.name: one.stat().st_size for one in parts.glob(f"*{PART}")}
    assert left
    provider.pause = 0.0
    provider.asked.clear()
    done = subprocess.run(backfill, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    # First the end of the list, then the rest of each file.
    assert sorted(provider.ranges[1:]) == sorted(f"bytes={size}-" for size in left.values() if size)
    assert {name for name in provider.asked if name.endswith(".zip")} == set(inside)
    with Published(study.database) as database:
        assert database.rows(
            "select raw_file_id, n_rows, status from meta.raw_file where source = 'gdelt2' "
            "order by raw_file_id"
        ) == [(f"gdelt2/{name}", 200, "loaded") for name in inside]
    assert not list(parts.glob(f"*{PART}"))


SILENCE = ("silent", "stall")


@pytest.mark.parametrize("silence", ["silent", pytest.param("stall", marks=pytest.mark.full)])
def test_ctrl_c_ends_a_download_from_a_server_that_says_no_more(
    make_study: MakeStudy, provider: Provider, silence: str
) -> None:
    name = "20191024143000.export.CSV.zip"
    content = zipped("20191024143000.export.CSV", os.urandom(50_000))
    provider.put(name, content)
    provider.put("masterfilelist.txt", master_list({name: content}))
    provider.put("lastupdate.txt", b"")
    provider.fault(name, silence)
    study = make_study(toml=STUDY.format(url=provider.url))
    day = "2019-10-24"
    process = subprocess.Popen(
        command(study, "backfill", "--source", "gdelt2", "--start", day, "--end", day),
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 90
    while not provider.asked[name]:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)  # so that it waits for bytes
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    # A second on an idle machine; without an end from outside it is the minute of the settings.
    assert time.monotonic() - begun < 10
    assert process.returncode == 130, said
    assert "Traceback" not in said
    left = study.downloads / "gdelt2" / "2019" / (name + PART)
    assert left.is_file() == (silence == "stall"), "what has come is kept"


@pytest.mark.parametrize("silence", SILENCE)
@pytest.mark.parametrize("is_encrypted", [False, True])
def test_stopping_ends_every_connection_at_once_and_blames_no_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
    silence: str,
    is_encrypted: bool,
) -> None:
    context = None
    if is_encrypted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    patient = Limits(per_host=2, attempts=1, wait_seconds=0, timeout_seconds=60)
    names = ["a.bin", "b.bin", "c.bin"]
    with serving(context) as provider, Fetcher(patient) as fetch:
        files = [wanted(provider, tmp_path, name, os.urandom(50_000)) for name in names]
        for name in names:
            provider.fault(name, silence)

        def stop_when_both_wait() -> None:
            while sum(provider.asked.values()) < patient.per_host:
                time.sleep(0.01)
            fetch.stopping.set()

        threading.Thread(target=stop_when_both_wait, daemon=True).start()
        begun = time.monotonic()
        fetched = list(fetch.fetch_all(files))
        assert time.monotonic() - begun < patient.timeout_seconds / 2, "nobody waits for an answer"
        assert {one.status for one in fetched} == {"stopped"}
        assert sum(provider.asked.values()) == patient.per_host, "the third is not asked for"
