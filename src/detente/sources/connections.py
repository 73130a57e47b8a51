"""The connections of a client, which another thread can end."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Mapping
from typing import Any

import httpx


class Lines:
    """The connections of a client, so that one that waits in silence can be ended from outside."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._is_ended = False

    def follow(self, request: httpx.Request) -> None:
        """Have a request tell which connections it opens."""
        request.extensions["trace"] = self._told

    def _told(self, event: str, info: Mapping[str, Any]) -> None:
        stream = info.get("return_value")
        if not event.endswith(("connect_tcp.complete", "start_tls.complete")) or stream is None:
            return
        opened = stream.get_extra_info("socket")
        with self._lock:
            self._sockets = [one for one in self._sockets if one.fileno() >= 0] + [opened]
            is_ended = self._is_ended
        if is_ended:
            _shut_down(opened)

    def end(self) -> None:
        """End every connection; whoever waits for its bytes is told at once that none will come."""
        with self._lock:
            self._is_ended = True
            sockets = list(self._sockets)
        for one in sockets:
            _shut_down(one)


def _shut_down(line: socket.socket) -> None:
    # Not the method of an SSLSocket, which changes what another thread is reading with.
    with contextlib.suppress(OSError):  # it has ended already
        socket.socket.shutdown(line, socket.SHUT_RDWR)


class Stop(threading.Event):
    """Ends the connections when it is set."""

    def __init__(self, lines: Lines) -> None:
        super().__init__()
        self._lines = lines

    def set(self) -> None:
        """Set the event, and end every connection."""
        super().set()
        self._lines.end()
