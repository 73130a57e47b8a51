"""Download files politely: few at a time from one host, resumed where the server allows it.

Nothing here raises for one bad file. Each file ends as a `Fetched` with a status; a file that is
not good is never left under its own name, so that what lies in the folder of downloads is whole.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential_jitter,
)
from tenacity.nap import sleep_using_event

from detente.base import files
from detente.base.errors import AccessDenied, DownloadError
from detente.base.progress import Meter, Quiet
from detente.base.redaction import redacted
from detente.sources.connections import Lines, Stop
from detente.sources.download import Fetched, Wanted, verify
from detente.sources.failures import (
    NOT_THERE,
    Gone,
    Spoilt,
    Stopped,
    TooMuch,
    Transient,
    as_long_as_asked,
    demand_data,
    raise_for,
    translated,
)
from detente.sources.local import is_local, path_of, read_local

Answer = TypeVar("Answer")
PART = ".part"
_MOST_WORDS = 300
CONNECT_SECONDS = 10.0
# The longest list of a provider is a tenth of the one, the largest file of the other.
MAX_LIST = 256 << 20
MAX_FILE = 16 << 30


@dataclass(frozen=True)
class Limits:
    """How downloads behave.

    Attributes
    ----------
    per_host
        Connections to one host at a time.
    attempts
        How often a file is asked for before it is given up until the next run.
    wait_seconds
        First pause between two attempts; it doubles, with jitter, up to a minute.
    timeout_seconds
        Silence after which a connection is given up.
    """

    per_host: int = 4
    attempts: int = 4
    wait_seconds: float = 1.0
    timeout_seconds: float = 60.0


class _Position:
    """How much of a file has come, told to a meter; a new attempt takes back what is lost."""

    def __init__(self, meter: Meter) -> None:
        self._meter, self._told = meter, 0

    def is_now(self, n_bytes: int) -> None:
        self._meter.advance(n_bytes=n_bytes - self._told)
        self._told = n_bytes


@dataclass
class Fetcher:
    """Fetches lists and files over HTTP, or from a folder (`file:` addresses).

    Attributes
    ----------
    stopping
        Once set, whatever is being fetched stops at once, even from a server that says nothing,
        and stays as a part.
    """

    limits: Limits = field(default_factory=Limits)
    stopping: threading.Event = field(init=False, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    # Headers for one host alone, by its address; a redirect to another one goes without them.
    host_headers: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)
    # What went wrong and was worked around: one of two lists could not be downloaded.
    notes: list[str] = field(default_factory=list)
    _lines: Lines = field(default_factory=Lines, repr=False)
    _hosts: dict[str, threading.Semaphore] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _client: httpx.Client | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.stopping = Stop(self._lines)

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *exc: object) -> None:
        if self._client:
            self._client.close()
            self._client = None

    @property
    def client(self) -> httpx.Client:
        """The HTTP client, opened when it is first needed."""
        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    # A connection that is only being made cannot be ended from outside.
                    timeout=httpx.Timeout(
                        self.limits.timeout_seconds,
                        connect=min(self.limits.timeout_seconds, CONNECT_SECONDS),
                    ),
                    event_hooks={"request": [self._lines.follow, self._sign]},
                    follow_redirects=True,
                    headers={"User-Agent": "detente (event data for research)", **self.headers},
                )
            return self._client

    def _sign(self, request: httpx.Request) -> None:
        """Give a request the headers of its host, and none that are another one's."""
        own = self.host_headers.get(request.url.netloc.decode(), {})
        for headers in self.host_headers.values():
            for name in headers.keys() - own.keys():
                request.headers.pop(name, None)
        request.headers.update(own)

    def _words(self, content: bytes, *sent: Mapping[str, str] | None) -> str:
        """Return a server's own words for a refusal, unless they hold what it was sent."""
        try:
            answer = json.loads(content)
        except ValueError:
            return ""
        message = answer.get("message") if isinstance(answer, dict) else None
        if not isinstance(message, str):
            return ""
        secrets = [
            value for one in (*sent, *self.host_headers.values()) for value in (one or {}).values()
        ]
        if any(one and one in message for one in secrets):
            return ""
        return f": {' '.join(message.split())[:_MOST_WORDS]}"

    @contextlib.contextmanager
    def _wait_for_host(self, url: str) -> Iterator[None]:
        """Wait for a free connection to the host."""
        with self._lock:
            turn = self._hosts.setdefault(
                urlsplit(url).netloc, threading.Semaphore(self.limits.per_host)
            )
        with turn:
            if self.stopping.is_set():
                raise Stopped
            yield

    def text(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        final: tuple[int, ...] = (),
        is_page: bool = False,
    ) -> bytes:
        """Return a list or an answer of an interface, whole.

        Parameters
        ----------
        data, body
            What is sent as a form or as JSON; either makes it a POST.
        final
            Answers that another attempt would not help, such as 401.
        is_page
            A web page is what is asked for; else one stands for an error with status 200.

        Raises
        ------
        AccessDenied
            The server answered as in `final`.
        DownloadError
            It could not be downloaded. The address in the message carries no query and no secret.
        """

        def ask() -> bytes:
            if self.stopping.is_set():
                raise Stopped
            if is_local(url):
                content = read_local(url)
                if not is_page:
                    demand_data(content)
                return content
            with (
                self._wait_for_host(url),
                self.client.stream(
                    "POST" if data or body else "GET",
                    url,
                    params=dict(params) if params else None,
                    data=dict(data) if data else None,
                    json=dict(body) if body else None,
                    headers=dict(headers) if headers else None,
                    # What is sent is for this server alone.
                    follow_redirects=not (data or body),
                ) as response,
            ):
                content = self._bounded(response)
            if response.status_code in final:
                raise AccessDenied(
                    f"{redacted(url)}: the server answered {response.status_code}: it refuses "
                    "the account. Check user name and password, and ask the provider whether the "
                    "account may use the interface.",
                    response.status_code,
                    content,
                )
            if response.status_code >= 300:
                raise_for(response, self._words(content, data, headers))
            if not is_page:
                demand_data(content)
            return content

        return self._asked(url, ask)

    def exists(self, url: str) -> bool:
        """Say whether there is a file at an address, without fetching it.

        Raises
        ------
        DownloadError
            The server could not be asked.
        """
        if is_local(url):
            return path_of(url).is_file()

        def ask() -> bool:
            with self._wait_for_host(url):
                answer = self.client.head(url)
            if answer.status_code in NOT_THERE:
                return False
            raise_for(answer)
            # A server that shows a page for whatever it does not have.
            return "text/html" not in answer.headers.get("Content-Type", "")

        return self._asked(url, ask)

    def tail(self, url: str, copy: Path) -> Path:
        """Bring a local copy of a growing list up to date, asking only for what was added.

        The last kilobyte of the copy is asked for again; if it differs, or the server knows no
        ranges, the list is fetched whole.

        Raises
        ------
        DownloadError
            It could not be downloaded.
        """
        size = copy.stat().st_size if copy.is_file() else 0
        overlap = min(size, 1024)
        if is_local(url) or not overlap:
            _replace(copy, self.text(url))
            return copy
        with copy.open("rb") as stream:
            stream.seek(size - overlap)
            known = stream.read()

        def ask() -> bytes | None:
            asked = {"Range": f"bytes={size - overlap}-", "Accept-Encoding": "identity"}
            with self._wait_for_host(url), self.client.stream("GET", url, headers=asked) as answer:
                content = self._bounded(answer)
            if answer.status_code == 416:
                return None
            raise_for(answer)
            if answer.status_code != 206:
                demand_data(content)
                _replace(copy, content)
                return known
            return content

        added = self._asked(url, ask)
        if added is None or not added.startswith(known):
            _replace(copy, self.text(url))
        elif added != known:
            with copy.open("ab") as end:
                end.write(added[overlap:])
        return copy

    def _bounded(self, answer: httpx.Response) -> bytes:
        """Return the body of an answer, unpacked, as long as it stays within bounds."""
        pieces: list[bytes] = []
        size = 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > MAX_LIST:
                raise TooMuch(f"the answer is larger than {MAX_LIST >> 20} MiB")
            if self.stopping.is_set():
                raise Stopped
            pieces.append(piece)
        return b"".join(pieces)

    def _asked(self, url: str, ask: Callable[[], Answer]) -> Answer:
        """Return what a server answers, asked again while that may help."""
        try:
            answer: Answer = self._retrying()(translated, ask)
        except (Transient, Gone) as error:
            raise DownloadError(
                redacted(f"{url}: {error}. Check the address and the network.")
            ) from error
        return answer

    def _retrying(self) -> Retrying:
        return Retrying(
            retry=retry_if_exception_type(Transient),
            stop=stop_after_attempt(self.limits.attempts),
            wait=as_long_as_asked(
                wait_exponential_jitter(
                    multiplier=self.limits.wait_seconds, max=60, jitter=self.limits.wait_seconds
                )
            ),
            reraise=True,
            sleep=sleep_using_event(self.stopping),
        )

    def fetch(
        self,
        wanted: Wanted,
        headers: Mapping[str, str] | None = None,
        meter: Meter | None = None,
    ) -> Fetched:
        """Fetch one file, retrying what may pass; the file has its name only when it is good."""
        part = wanted.target.with_name(wanted.target.name + PART)
        position = _Position(meter or Quiet())
        fetched = self._fetch(wanted, part, headers or {}, position)
        if fetched.status == "ok":
            position.is_now(wanted.target.stat().st_size)
            (meter or Quiet()).advance(n_files=1)
        return fetched

    def _fetch(
        self, wanted: Wanted, part: Path, headers: Mapping[str, str], position: _Position
    ) -> Fetched:
        tried = 0

        def attempt() -> None:
            nonlocal tried
            if self.stopping.is_set():
                raise Stopped
            tried += 1
            self._download(wanted, part, headers, position)
            _verify_part(wanted, part)

        try:
            wanted.target.parent.mkdir(parents=True, exist_ok=True)
            if wanted.make is not None:
                wanted.make(self, part)
                verify(wanted, part)
            else:
                if wanted.md5 is None:  # nothing would show that a part is of an older version
                    part.unlink(missing_ok=True)
                self._retrying()(translated, attempt)
        except DownloadError as error:  # of `make`, which has made its own attempts
            part.unlink(missing_ok=True)
            failed = Fetched(wanted, "unreachable", str(error), 1)
            return self._stopped(wanted, tried) if self.stopping.is_set() else failed
        except Stopped:
            return self._stopped(wanted, tried)
        except Gone as error:
            part.unlink(missing_ok=True)
            return Fetched(wanted, error.status, str(error), tried)
        except Transient as error:
            failed = Fetched(wanted, error.status, error.note, tried)
            # What stopping broke off is no fault of the file.
            return self._stopped(wanted, tried) if self.stopping.is_set() else failed
        files.sync(part)
        part.replace(wanted.target)
        return Fetched(wanted, "ok", None, tried)

    @staticmethod
    def _stopped(wanted: Wanted, tried: int) -> Fetched:
        return Fetched(wanted, "stopped", "the program was told to end", tried)

    def _download(
        self, wanted: Wanted, part: Path, headers: Mapping[str, str], position: _Position
    ) -> None:
        if is_local(wanted.url):
            path = path_of(wanted.url)
            if not path.is_file():
                raise Gone(f"{path}: {files.why_absent(path)}")
            shutil.copyfile(path, part)
            # By the moment of the last change a later look knows whether the original is the same.
            origin = path.stat()
            os.utime(part, ns=(origin.st_atime_ns, origin.st_mtime_ns))
            return
        limit = MAX_FILE if wanted.bytes is None else wanted.bytes
        have = part.stat().st_size if part.is_file() else 0
        ask = {"Accept-Encoding": "identity", **headers}
        if have:
            ask["Range"] = f"bytes={have}-"
        with (
            self._wait_for_host(wanted.url),
            self.client.stream("GET", wanted.url, headers=ask) as answer,
        ):
            if answer.status_code == 416:  # the part is longer than the file: start again
                part.unlink(missing_ok=True)
                raise Transient("truncated", "the server does not resume; starting again")
            if answer.status_code in NOT_THERE:  # a list may be ahead of its files
                raise Transient("missing", f"the server answered {answer.status_code}")
            if answer.status_code >= 400:
                raise_for(answer, self._words(self._bounded(answer), headers))
            with part.open("ab" if answer.status_code == 206 else "wb") as stream:
                position.is_now(stream.tell())
                # As the bytes come: a slow server must not keep the program from ending.
                for chunk in answer.iter_bytes():
                    stream.write(chunk)
                    position.is_now(stream.tell())
                    if stream.tell() > limit:
                        raise TooMuch(f"more than the {limit} bytes that it may have")
                    if self.stopping.is_set():
                        raise Stopped

    def fetch_all(self, wanted: list[Wanted], meter: Meter | None = None) -> Iterator[Fetched]:
        """Fetch files side by side, yielding each in the order asked for."""
        pool = ThreadPoolExecutor(max_workers=max(1, self.limits.per_host))
        futures: list[Future[Fetched]] = []
        try:
            futures = [pool.submit(self.fetch, one, meter=meter) for one in wanted]
            for future in futures:
                yield future.result()
        finally:
            # What runs ends by itself or, when stopping, stays as a part; what waits is not begun.
            pool.shutdown(wait=True, cancel_futures=True)


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    part.write_bytes(content)
    part.replace(path)


def _verify_part(wanted: Wanted, part: Path) -> None:
    """Compare what was received with what the provider said; what is wrong is not kept."""
    try:
        verify(wanted, part)
    except Transient as error:
        part.unlink(missing_ok=True)
        if is_local(wanted.url):
            raise Spoilt(error) from error
        raise
