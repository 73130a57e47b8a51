"""Answers and files made to exhaust whoever reads them: each is refused within bounds, by name."""

from __future__ import annotations

import gzip
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from detente.base.errors import DownloadError
from detente.sources import fetch, lines
from detente.sources.download import Wanted
from detente.sources.fetch import Fetcher, Limits
from tests.support import loopback

QUICK = Limits(attempts=1, wait_seconds=0, timeout_seconds=5)


class Hostile(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        getattr(self, self.path.strip("/").split(".")[0])()

    def _head(self, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()

    def good(self) -> None:
        self._head(Content_Length="4")
        self.wfile.write(b"good")

    def endless(self) -> None:
        self._head()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def bomb(self) -> None:
        body = gzip.compress(b"0" * (8 << 20))
        self._head(Content_Encoding="gzip", Content_Length=str(len(body)))
        self.wfile.write(body)

    def loop(self) -> None:
        self._head(302, Location="/loop", Content_Length="0")

    def away(self) -> None:
        self._head(302, Location="file:///etc/passwd", Content_Length="0")

    def nowhere(self) -> None:
        self._head(302, Location="http://[::1", Content_Length="0")

    def garbled(self) -> None:
        self._head(Content_Encoding="gzip", Content_Length="4")
        self.wfile.write(b"nope")

    def page(self) -> None:
        body = b"<!DOCTYPE html><title>Log in</title>"
        self._head(Content_Length=str(len(body)))
        self.wfile.write(body)

    def short(self) -> None:
        self._head(Content_Length="4000")
        self.wfile.write(b"four")

    def status(self) -> None:
        self.wfile.write(b"HTTP/1.1 abc\r\n\r\n")

    def chain(self) -> None:
        self._head(307, Location=f"/chain.{random.random()}", Content_Length="0")

    def ftp(self) -> None:
        self._head(301, Location="ftp://127.0.0.1/list.txt", Content_Length="0")

    def blank(self) -> None:
        self._head(302, Content_Length="0")

    def negative(self) -> None:
        self._head(Content_Length="-1")
        self.wfile.write(b"x" * 100)

    def chunked(self) -> None:
        self._head(Transfer_Encoding="chunked")
        self.wfile.write(b"zz\r\nnot a chunk\r\n")

    def deflated(self) -> None:
        self._head(Content_Encoding="deflate", Content_Length="4")
        self.wfile.write(b"nope")

    def wide(self) -> None:
        self._head(Content_Length="4", X_Wide="x" * (1 << 20))
        self.wfile.write(b"good")

    def hung(self) -> None:
        self.connection.shutdown(socket.SHUT_RDWR)

    def refused(self) -> None:
        body = b"no" * 1000
        self._head(451, Content_Length=str(len(body)))
        self.wfile.write(body)


KINDS = [
    "endless", "bomb", "loop", "away", "nowhere", "garbled", "page", "short", "status", "chain",
    "ftp", "blank", "negative", "chunked", "deflated", "wide", "hung", "refused",
]  # fmt: skip


def test_fifty_answers_are_tried() -> None:
    assert 3 * len(KINDS) >= 50  # as a list, as a list with a copy of before, as a file


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with loopback.serving(Hostile) as address:
        yield address


@contextmanager
def fetcher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Fetcher]:
    monkeypatch.setattr(fetch, "MAX_LIST", 1 << 20)
    with Fetcher(QUICK) as made:
        yield made


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_list_is_an_error_that_names_it(
    url: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with fetcher(monkeypatch) as made, pytest.raises(DownloadError, match=kind):
        made.text(f"{url}{kind}.txt")


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_list_leaves_the_copy_of_before(
    url: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "list.txt"
    copy.write_text("as it was\n")
    with fetcher(monkeypatch) as made, pytest.raises(DownloadError, match=kind):
        made.tail(f"{url}{kind}.txt", copy)
    assert copy.read_text() == "as it was\n"


def test_of_hostile_files_each_is_named_and_the_good_one_comes(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = [Wanted(kind, f"{url}{kind}.csv", tmp_path / f"{kind}.csv", 40_000) for kind in KINDS]
    wanted.append(Wanted("good", f"{url}good.csv", tmp_path / "good.csv", 4))
    with fetcher(monkeypatch) as made:
        found = {one.wanted.key: one for one in made.fetch_all(wanted)}
    assert found.pop("good").status == "ok"
    assert all(one.status not in ("ok", "stopped") and one.note for one in found.values())
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".csv") == ["good.csv"]
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 1 << 20


def test_an_endless_line_is_kept_within_bounds_and_the_next_line_is_read() -> None:
    pieces = [b"a\tb\n", *[b"x" * (1 << 20)] * 200, b"y\nc\td\n", b"e\tf"]
    text = b"".join(lines.whole_lines(iter(pieces)))
    assert len(text) < lines.MAX_LINE + (2 << 20)
    found = lines.taken_apart(text, 1, 2)
    assert found.text == b"a\tb\nc\td\ne\tf\n"
    assert [(one.raw_row, one.reason) for one in found.refused] == [(2, "longer than 16 MiB")]
    assert len(found.refused[0].raw_text) <= lines.SHOWN


def test_pieces_are_read_as_one_stream() -> None:
    stream = lines.Joined(iter([b"ab", b"", b"cde"]))
    assert stream.readall() == b"abcde"
