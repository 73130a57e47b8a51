"""A provider's server on loopback with real HTTP: files, ranges, and faults on demand."""

from __future__ import annotations

import contextlib
import hashlib
import io
import random
import socket
import ssl
import struct
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.support import loopback


class Provider:
    """What the server has, how it misbehaves, and what it was asked for."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list[str]] = {}
        self.asked: Counter[str] = Counter()
        self.ranges: list[str] = []
        self.busy = self.busiest = 0
        # Seconds between two kilobytes.
        self.pause = 0.0
        self.is_over = threading.Event()
        self.lock = threading.Lock()
        self.url = ""

    def put(self, path: str, content: bytes) -> None:
        """Have a file from now on."""
        self.files[path] = content

    def fault(self, path: str, *faults: str) -> None:
        """Misbehave once for each fault: '404', '500', 'html', 'cut', 'empty', 'always 404'.

        'reset' ends the connection with an RST, 'slow' says nothing for two seconds, 'garbage'
        sends as many bytes as there should be, of noise. 'silent' takes the question and says
        nothing until the test is over, 'stall' does so after half of the file.
        """
        self.faults[path] = list(faults)


def handler(provider: Provider) -> type[BaseHTTPRequestHandler]:  # noqa: C901
    """Return what answers for the provider."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            with provider.lock:
                provider.busy += 1
                provider.busiest = max(provider.busiest, provider.busy)
            try:
                self._answer()
            finally:
                with provider.lock:
                    provider.busy -= 1

        def _answer(self) -> None:  # noqa: C901
            path = self.path.lstrip("/")
            provider.asked[path] += 1
            content = provider.files.get(path)
            faults = provider.faults.get(path, [])
            fault = ""
            if faults:
                fault = faults[0] if faults[0].startswith("always") else faults.pop(0)
                fault = fault.removeprefix("always ")
            if fault.isdigit() or content is None:
                self._send(int(fault or 404), b"<html>sorry</html>")
            elif fault == "html":
                self._send(200, b"<!DOCTYPE html><html><body>Try later</body></html>")
            elif fault == "empty":
                self._send(200, b"")
            elif fault == "garbage":
                self._send(200, random.Random(path).randbytes(len(content)))
            elif fault == "slow":
                time.sleep(2)
                self._send(200, content)
            elif fault == "reset":
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
                self.connection.close()
            elif fault == "silent":
                provider.is_over.wait(60)
                self.close_connection = True
            elif fault in ("cut", "stall"):
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2])
                self.wfile.flush()
                if fault == "stall":
                    provider.is_over.wait(60)
                self.close_connection = True
            elif (wanted := self.headers.get("Range")) is not None:
                provider.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").split("-")[0])
                if start >= len(content):
                    self._send(416, b"")
                else:
                    self._send(206, content[start:])
            else:
                self._send(200, content)

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # the client may have given up
                if not provider.pause:
                    self.wfile.write(content)
                    return
                for start in range(0, len(content), 1024):
                    self.wfile.write(content[start : start + 1024])
                    self.wfile.flush()
                    time.sleep(provider.pause)

        def finish(self) -> None:
            with contextlib.suppress(OSError, ValueError):  # after a reset there is nothing to end
                super().finish()

    return Handler


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[Provider]:
    """Serve on a free port of the loopback address, over TLS with a context."""
    provider = Provider()
    with loopback.serving(handler(provider), context) as provider.url:
        try:
            yield provider
        finally:
            provider.is_over.set()


def zipped(name: str, content: bytes) -> bytes:
    """Zip one file as the providers do; the same bytes every time."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
        )
    return buffer.getvalue()


def md5(content: bytes) -> str:
    """Return the MD5 of a file, as lists of files give it."""
    return hashlib.md5(content).hexdigest()
