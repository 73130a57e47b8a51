"""Downloads from a server on loopback: what is asked for again, what is not, what stays secret."""

from __future__ import annotations

import json
import os
import smtplib
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from detente.base.errors import AccessDenied, Busy, DownloadError
from detente.operations import notices
from detente.operations.notices import Notice, NoticeError
from detente.refresh import publish
from detente.settings import Notices
from detente.sources import failures
from detente.sources.download import Wanted
from detente.sources.fetch import PART, Fetcher, Limits
from tests.support import loopback
from tests.support.provider import Provider, md5, serving, zipped

LIMITS = Limits(per_host=2, attempts=3, wait_seconds=0, timeout_seconds=5)
SECRET = "hunter2-of-the-desk"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with serving() as one:
        yield one


@contextmanager
def redirecting(status: int, target: str) -> Iterator[tuple[str, list[str]]]:
    """Serve forms and files by sending everyone elsewhere; gives the address and what was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            asked.append(f"{self.command} {self.path}")
            self.send_response(status)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

    with loopback.serving(Handler) as url:
        yield url, asked


@contextmanager
def listening() -> Iterator[tuple[str, list[bytes]]]:
    """Serve as another host that keeps whatever it is sent."""
    heard: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            heard.append(self.rfile.read(length) + self.requestline.encode())
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST  # noqa: N815

    with loopback.serving(Handler) as url:
        yield url, heard


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_form_is_not_carried_to_another_host(status: int) -> None:
    with (
        listening() as (elsewhere, heard),
        redirecting(status, elsewhere) as (url, asked),
        Fetcher(LIMITS) as fetch,
    ):
        with pytest.raises(DownloadError, match=f"answered {status}") as refused:
            fetch.text(url + "token", data={"password": SECRET})
        assert SECRET not in str(refused.value)
        assert asked == ["POST /token"]
        assert heard == []
        # A list, which carries nothing, may have moved.
        assert fetch.text(url + "list") == b"ok"
        assert len(heard) == 1


def test_an_account_that_is_refused_is_asked_once(provider: Provider) -> None:
    asked = f"token?password={SECRET}"
    provider.fault(asked, "always 401")
    with Fetcher(LIMITS) as fetch, pytest.raises(AccessDenied) as refused:
        fetch.text(provider.url + asked, final=(401, 403))
    assert sum(provider.asked.values()) == 1
    assert SECRET not in str(refused.value)
    assert "answered 401" in str(refused.value)


@pytest.mark.parametrize(
    ("faults", "attempts"),
    [
        (["500"], 2),
        (["429", "503"], 3),
        (["408"], 2),
        (["425"], 2),
        (["html"], 2),
        (["reset"], 2),
        (["cut"], 2),
    ],
)
def test_a_list_is_asked_for_again_where_that_may_help(
    provider: Provider, faults: list[str], attempts: int
) -> None:
    provider.put("list", b"1 abc\n")
    provider.fault("list", *faults)
    with Fetcher(LIMITS) as fetch:
        assert fetch.text(provider.url + "list") == b"1 abc\n"
    assert provider.asked["list"] == attempts


@pytest.mark.parametrize(("fault", "attempts"), [("404", 1), ("410", 1), ("500", 3), ("html", 3)])
def test_a_list_is_given_up_and_says_why(provider: Provider, fault: str, attempts: int) -> None:
    provider.put("list", b"1 abc\n")
    provider.fault("list", f"always {fault}")
    with Fetcher(LIMITS) as fetch, pytest.raises(DownloadError) as failed:
        fetch.text(f"{provider.url}list")
    assert provider.asked["list"] == attempts
    assert ("web page" if fault == "html" else f"answered {fault}") in str(failed.value)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [("5", 5.0), ("0.5", 0.5), ("-3", 0.0), ("600", 600.0), ("9999999", 600.0), ("nan", None),
     ("inf", None), ("soon", None), ("", None), (None, None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("Fri, 31 Dec 2999 23:59:59 GMT", 600.0)],
)  # fmt: skip
def test_a_server_may_ask_to_wait_for_ten_minutes_at_the_most(
    told: str | None, seconds: float | None
) -> None:
    """RFC 9110, 10.2.3: seconds, or a moment."""
    assert failures.seconds_asked(told) == seconds


def test_a_pause_is_as_long_as_the_server_asks_and_else_the_usual_one() -> None:
    def state(error: Exception) -> Any:
        return SimpleNamespace(outcome=SimpleNamespace(exception=lambda: error))

    wait = failures.as_long_as_asked(lambda _: 7.0)
    assert wait(state(failures.Transient("unreachable", "busy", 3.0))) == 3.0
    assert wait(state(failures.Transient("unreachable", "busy"))) == 7.0
    assert wait(state(ValueError())) == 7.0


def _wanted(provider: Provider, folder: Path, name: str, **expected: Any) -> Wanted:
    return Wanted(name, provider.url + name, folder / name, **expected)


CONTENT = bytes(range(256)) * 40


@pytest.mark.parametrize(
    ("expected", "served", "status"),
    [
        ({"bytes": len(CONTENT)}, CONTENT, "ok"),
        ({"md5": md5(CONTENT).upper()}, CONTENT, "ok"),
        ({"bytes": len(CONTENT) + 1}, CONTENT, "truncated"),
        ({"bytes": len(CONTENT) - 1}, CONTENT, "wrong_size"),
        ({"md5": md5(CONTENT + b"x")}, CONTENT, "bad_md5"),
        ({}, b"", "empty"),
        ({}, b"  <!DOCTYPE html><p>Sorry", "not_data"),
        ({}, None, "missing"),
    ],
)
def test_a_file_has_its_name_only_when_it_is_what_was_promised(
    provider: Provider,
    tmp_path: Path,
    expected: dict[str, Any],
    served: bytes | None,
    status: str,
) -> None:
    if served is not None:
        provider.put("a.bin", served)
    one = _wanted(provider, tmp_path, "a.bin", **expected)
    with Fetcher(LIMITS) as fetch:
        fetched = fetch.fetch(one)
    assert fetched.status == status
    assert one.target.exists() == (status == "ok")
    if status == "ok":
        assert one.target.read_bytes() == served
        assert fetched.note is None
    else:
        assert fetched.note


def test_an_archive_is_one(provider: Provider, tmp_path: Path) -> None:
    provider.put("good.zip", zipped("a.csv", b"a,b\n"))
    provider.put("bad.zip", b"PK not quite")
    with Fetcher(LIMITS) as fetch:
        assert fetch.fetch(_wanted(provider, tmp_path, "good.zip")).status == "ok"
        assert fetch.fetch(_wanted(provider, tmp_path, "bad.zip")).status == "not_an_archive"
    assert [path.name for path in tmp_path.iterdir()] == ["good.zip"]


def test_a_part_without_a_promised_hash_is_not_resumed(provider: Provider, tmp_path: Path) -> None:
    """Nothing would show that it is of an older version."""
    provider.put("a.bin", CONTENT)
    for expected, ranges in (({}, []), ({"bytes": len(CONTENT)}, []), ({"md5": md5(CONTENT)}, [1])):
        provider.ranges.clear()
        one = _wanted(provider, tmp_path, "a.bin", **expected)
        part = one.target.with_name(one.target.name + PART)
        # The beginning of the file if its hash is known, else of another version.
        part.write_bytes(CONTENT[:1000] if "md5" in expected else b"old" * 100)
        with Fetcher(LIMITS) as fetch:
            assert fetch.fetch(one).status == "ok"
        assert one.target.read_bytes() == CONTENT
        assert not part.exists()
        assert len(provider.ranges) == len(ranges)
        one.target.unlink()


@contextmanager
def without_ranges(content: bytes) -> Iterator[str]:
    """Serve a file whole, whatever part of it is asked for."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with loopback.serving(Handler) as url:
        yield url


def test_a_server_that_does_not_resume_gives_the_file_at_once(tmp_path: Path) -> None:
    with without_ranges(CONTENT) as url, Fetcher(LIMITS) as fetch:
        one = Wanted("a", f"{url}a.bin", tmp_path / "a.bin", md5=md5(CONTENT))
        one.target.with_name(one.target.name + PART).write_bytes(CONTENT[:1000])
        fetched = fetch.fetch(one)
    assert (fetched.status, fetched.attempts) == ("ok", 1)
    assert one.target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("faults", "status", "attempts"),
    [
        (["404"], "ok", 2),  # the list was ahead of its files
        (["410", "404"], "ok", 3),
        (["always 404"], "missing", 3),
        (["always 403"], "unreachable", 1),
        (["always 503"], "unreachable", 3),
        (["always garbage"], "bad_md5", 3),
        (["always empty"], "empty", 3),
    ],
)
def test_a_file_is_asked_for_again_where_that_may_help(
    provider: Provider, tmp_path: Path, faults: list[str], status: str, attempts: int
) -> None:
    provider.put("a.bin", CONTENT)
    provider.fault("a.bin", *faults)
    with Fetcher(LIMITS) as fetch:
        fetched = fetch.fetch(_wanted(provider, tmp_path, "a.bin", md5=md5(CONTENT)))
    assert (fetched.status, fetched.attempts) == (status, attempts)
    assert (tmp_path / "a.bin").exists() == (status == "ok")


def test_a_growing_list_is_asked_for_its_end_alone(provider: Provider, tmp_path: Path) -> None:
    copy = tmp_path / "list.txt"
    lines = [f"{number} file\n".encode() for number in range(500)]
    with Fetcher(LIMITS) as fetch:
        for n_lines in (200, 200, 350, 500):
            content = b"".join(lines[:n_lines])
            provider.put("list", content)
            assert fetch.tail(provider.url + "list", copy).read_bytes() == content
        n_known = len(b"".join(lines[:350]))
        assert provider.ranges[-1] == f"bytes={n_known - 1024}-"
        # One that became another list is fetched whole.
        other = b"".join(lines[100:400])
        provider.put("list", other)
        assert fetch.tail(provider.url + "list", copy).read_bytes() == other


def test_answers_of_a_mail_server_are_told_by_their_number() -> None:
    """A server may say back what it was sent."""
    echoed = f"you said {SECRET}".encode()
    for error, words in (
        (smtplib.SMTPAuthenticationError(535, echoed), "refused user and password (535)"),
        (smtplib.SMTPSenderRefused(550, echoed, "desk@example.org"), "answered 550"),
        (smtplib.SMTPDataError(554, echoed), "answered 554"),
        (smtplib.SMTPRecipientsRefused({"a@example.org": (550, echoed)}), "a@example.org"),
    ):
        told = notices._reason(error)
        assert words in told
        assert SECRET not in told


def test_a_server_that_echoes_the_notice_and_password_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, real_settings: Any
) -> None:
    """A real server that refuses everything in words that it was sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def refuse() -> None:
            line, _ = server.accept()
            with line, line.makefile("rwb") as stream:
                stream.write(b"220 ready\r\n")
                stream.flush()
                for asked in stream:
                    word = asked[:4].upper()
                    answer = (
                        b"250-here\r\n250 AUTH PLAIN"
                        if word == b"EHLO"
                        else b"550 no: " + asked.strip()
                    )
                    if word == b"AUTH":
                        answer = f"535 {SECRET} is wrong".encode()
                    elif word == b"QUIT":
                        answer = b"221 bye"
                    stream.write(answer + b"\r\n")
                    stream.flush()

        thread = threading.Thread(target=refuse, daemon=True)
        thread.start()
        monkeypatch.setenv(notices.PASSWORD, SECRET)
        server_settings = Notices.model_validate(
            {"host": "127.0.0.1", "port": port, "from": "a@example.org", "to": ["b@example.org"],
             "user": "desk", "starttls": False}
        )  # fmt: skip
        study = real_settings.model_copy(update={"notices": server_settings})
        with pytest.raises(NoticeError) as failed:
            notices.send(study.notices, Notice("subject", "text"))
        thread.join(5)
    assert "refused user and password (535)" in str(failed.value)
    assert SECRET not in str(failed.value)


def test_one_writer_at_a_time_and_the_other_is_named(tmp_path: Path) -> None:
    left = tmp_path / "building-killed.duckdb"
    left.write_bytes(b"half")
    with publish.only_writer(tmp_path):
        assert not left.exists(), "what a killed run left behind is removed"
        holder = json.loads((tmp_path / ".lock-holder.json").read_text(encoding="utf-8"))
        assert holder["pid"] == os.getpid()
        with (
            pytest.raises(Busy, match=f"process {os.getpid()} since"),
            publish.only_writer(tmp_path),
        ):
            raise AssertionError("two writers at once")
        assert (tmp_path / ".lock-holder.json").exists(), "the second leaves the first alone"
    assert not (tmp_path / ".lock-holder.json").exists()
    with publish.only_writer(tmp_path):
        pass


def test_a_writer_waits_as_long_as_it_may(tmp_path: Path) -> None:
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with publish.only_writer(tmp_path):
            is_held.set()
            may_end.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(10)
    with pytest.raises(Busy), publish.only_writer(tmp_path, 0.05):
        raise AssertionError("two writers at once")
    threading.Timer(0.2, may_end.set).start()
    with publish.only_writer(tmp_path, 10):
        assert may_end.is_set()
    thread.join(10)


def test_the_address_in_a_message_carries_no_query(provider: Provider) -> None:
    asked = f"{provider.url}list?{urllib.parse.urlencode({'key': SECRET})}"
    provider.fault(asked.removeprefix(provider.url), "always 500")
    with Fetcher(LIMITS) as fetch, pytest.raises(DownloadError) as failed:
        fetch.text(asked)
    assert SECRET not in str(failed.value)
