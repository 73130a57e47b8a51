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
from pathlib import Path

import pytest
from rich.console import Console

from detente.cli.bars import Bars
from detente.database.published import Published
from detente.settings import Settings
from detente.sources.fetch import PART, Fetcher, Limits, Wanted
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


@pytest.mark.parametrize("silence", SILENCE)
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
        stop = threading.Timer(0.5, fetch.stopping.set)
        stop.start()
        begun = time.monotonic()
        fetched = list(fetch.fetch_all(files))
        assert time.monotonic() - begun < 5
        assert {one.status for one in fetched} == {"stopped"}
        assert sum(provider.asked.values()) == patient.per_host, "the third is not asked for"
