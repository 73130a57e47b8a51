"""What a server's answer means: worth another attempt, gone, refused, or no data at all."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import RetryCallState
from tenacity.wait import wait_base

from detente.base.errors import DownloadError
from detente.base.redaction import redacted

NOT_THERE = (404, 410)
# Too slow, too early, too many: the same request may succeed later.
_BUSY = (408, 425, 429)
_LONGEST_WAIT = 600.0


class Transient(Exception):
    """Worth another attempt: the network, a busy server, or a file that came damaged.

    `wait` is how many seconds the server asked for before the next one.
    """

    def __init__(self, status: str, note: str, wait: float | None = None) -> None:
        super().__init__(note)
        self.status, self.note, self.wait = status, note, wait


class Stopped(Exception):
    """The program was told to end."""


class Gone(Exception):
    """There is no such file, and another attempt would not bring it."""

    status = "missing"


class Spoilt(Gone):
    """A file on this machine is not what it should be: another attempt would bring the same."""

    def __init__(self, error: Transient) -> None:
        super().__init__(error.note)
        self.status = error.status


class Refused(Gone):
    """The server understood and does not want to, and another attempt would not change it."""

    status = "unreachable"


class TooMuch(Gone):
    """There is more of it than there may be, and another attempt would bring as much."""

    status = "wrong_size"


def translated(work: Callable[[], Any]) -> Any:
    """Return what a request brings; what went wrong with it is worth another attempt."""
    try:
        return work()
    except httpx.RemoteProtocolError as error:
        raise Transient("truncated", f"the connection was interrupted ({error})") from error
    # Also a loop of redirects, an address or an encoding that is none.
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, UnicodeError) as error:
        raise Transient("unreachable", redacted(f"{type(error).__name__}: {error}")) from error


def demand_data(content: bytes) -> None:
    """Let pass what is no web page: an error, or a login, that came with status 200."""
    if is_page(content[:512]):
        raise Transient("not_data", "expected a list, got a web page with status 200")


def raise_for(answer: httpx.Response, words: str = "") -> None:
    """Raise for an answer that is no success; `words` are the server's own."""
    status = answer.status_code
    note = f"the server answered {status}{words}"
    if status in NOT_THERE:
        raise Gone(note)
    if status >= 500 or status in _BUSY:
        raise Transient("unreachable", note, seconds_asked(answer.headers.get("Retry-After")))
    if status >= 300:
        raise Refused(note)


def seconds_asked(header: str | None) -> float | None:
    """Return how long a server asks to wait: seconds, or a moment (RFC 9110, 10.2.3)."""
    if not header:
        return None
    try:
        asked = float(header)
    except ValueError:
        try:
            asked = (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(asked, 0.0), _LONGEST_WAIT) if math.isfinite(asked) else None


def as_long_as_asked(usual: wait_base) -> Callable[[RetryCallState], float]:
    """Wait as long as the server asked for, where it did."""

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.wait if isinstance(error, Transient) else None
        return usual(state) if asked is None else asked

    return wait


def is_page(start: bytes) -> bool:
    """Say whether bytes are the start of a web page."""
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return text.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml"))


def json_object(content: bytes, url: str) -> dict[str, Any]:
    """Return an answer that is an object of JSON.

    Raises
    ------
    DownloadError
        It is something else.
    """
    try:
        answer = json.loads(content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        # The chained error would hold the answer, which may hold a token.
        raise DownloadError(f"{url}: expected an answer in JSON, got something else.") from None
    return answer
