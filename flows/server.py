"""A Prefect server that is kept running as long as the deployments are served."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from prefect.settings import PREFECT_HOME

from detente.base.errors import DetenteError

ROOT = Path(__file__).resolve().parents[1]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
START_SECONDS = 120.0
STOP_SECONDS = 20.0
LOOK_SECONDS = 2.0
# A busy server may be silent for a while; one of its own that has ended is seen at once.
SILENT_SECONDS = 60.0
# What depends on the server may notice so long after it was away.
AWAY_SECONDS = 300.0
# A server that dies so often in so short a time will die again.
MOST_STARTS, STARTS_SECONDS = 5, 600.0
SETTLE_SECONDS = 30.0

_LOG = logging.getLogger(__name__)


class NoServer(DetenteError):
    """No Prefect server answers, and none can be started."""


def answers(url: str) -> bool:
    """Say whether a Prefect server answers at this address."""
    try:
        return httpx.get(f"{url}/health", timeout=5).json() is True
    except (httpx.HTTPError, ValueError):
        return False


class Server:
    """The server at an address: the one that answers there, or an own one until the block ends.

    While the block runs, an own server that ends is started again. So is one that was found on
    this machine; for one elsewhere there is nothing to be done but to end with the reason.

    Parameters
    ----------
    url
        Address of the server's interface.
    tell
        Told in a sentence what happens.

    Attributes
    ----------
    failure
        Why serving cannot go on; None as long as it can.

    Raises
    ------
    NoServer
        None answers and the address is not this machine's, or the own one does not start.
    """

    def __init__(self, url: str, tell: Callable[[str], None]) -> None:
        self.url, self._tell = url, tell
        self.log = PREFECT_HOME.value() / "server.log"
        self.failure: NoServer | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._starts: deque[float] = deque(maxlen=MOST_STARTS)
        self._heard, self._away = time.monotonic(), -AWAY_SECONDS
        self._is_over = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def is_own(self) -> bool:
        """Whether it was started here."""
        return self._process is not None

    def __enter__(self) -> Server:
        if not answers(self.url):
            try:
                self._start()
            except BaseException:
                self._stop()
                raise
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop_watching()
        self._stop()

    def stop_watching(self) -> None:
        """Look after the server no longer."""
        self._is_over.set()
        if self._watcher is not None:
            self._watcher.join()

    def was_unreachable_recently(self) -> bool:
        """Say whether the server did not answer at some time in the last minutes."""
        return not answers(self.url) or time.monotonic() - self._away < AWAY_SECONDS

    def wait_until_there(self) -> None:
        """Wait until the server answers.

        Raises
        ------
        NoServer
            It could not be started again.
        """
        while not answers(self.url):
            if self.failure is not None:
                raise self.failure
            time.sleep(LOOK_SECONDS)

    def watch(self, settle: Callable[[], None]) -> None:
        """Look after the server from now on, and interrupt the main thread when that fails.

        Parameters
        ----------
        settle
            Called now and then, and whenever the server has been started again.
        """
        context = copy_context()  # the settings of Prefect are kept there
        self._watcher = threading.Thread(target=context.run, args=(self._watch, settle))
        self._watcher.start()

    def _watch(self, settle: Callable[[], None]) -> None:
        settled = 0.0
        while not self._is_over.wait(LOOK_SECONDS):
            try:
                if self._restarted_if_needed() or time.monotonic() - settled > SETTLE_SECONDS:
                    settle()
                    settled = time.monotonic()
            except NoServer as error:
                self.failure = error
                os.kill(os.getpid(), signal.SIGINT)
                return
            except Exception as error:  # the next look tries again
                _LOG.warning("Looking after the Prefect server: %s", error)

    def _restarted_if_needed(self) -> bool:
        """Start the server again if it has ended or is silent for too long."""
        has_ended = self._process is not None and self._process.poll() is not None
        if not has_ended and answers(self.url):
            self._heard = time.monotonic()
            return False
        self._away = time.monotonic()
        if not has_ended and time.monotonic() - self._heard < SILENT_SECONDS:
            return False
        why = (
            f"ended ({_how(self._process.returncode)})"
            if has_ended and self._process is not None
            else f"has not answered for {SILENT_SECONDS:g} seconds"
        )
        self._stop()
        self._start(why)
        self._tell(f"The Prefect server at {self.url} {why}; it was started again.")
        return True

    def _start(self, why: str = "does not answer") -> None:
        address = urlsplit(self.url)
        if address.hostname not in LOOPBACK:
            raise NoServer(
                f"The Prefect server at {self.url} {why}. Start it there, or leave PREFECT_API_URL "
                "unset to have one started here."
            )
        now = time.monotonic()
        if len(self._starts) == MOST_STARTS and now - self._starts[0] < STARTS_SECONDS:
            raise NoServer(
                f"The Prefect server at {self.url} {why}, after {MOST_STARTS} starts within "
                f"{STARTS_SECONDS / 60:g} minutes; {self.log} says why."
            )
        self._starts.append(now)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as sink:
            # A session of its own: Ctrl-C reaches this process alone, which still needs the server
            # to pause the schedules.
            self._process = subprocess.Popen(  # noqa: S603
                [
                    *(sys.executable, "-m", "prefect", "server", "start"),
                    *("--host", address.hostname, "--port", str(address.port or 80)),
                ],
                cwd=ROOT,
                stdout=sink,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait(self._process)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        """Wait until the server answers."""
        until = time.monotonic() + START_SECONDS
        while not answers(self.url):
            if process.poll() is not None:
                raise NoServer(
                    f"The Prefect server for {self.url} ended at once "
                    f"({_how(process.returncode)}); {self.log} says why."
                )
            if time.monotonic() > until:
                raise NoServer(
                    f"The Prefect server for {self.url} did not answer within {START_SECONDS:g} "
                    f"seconds; see {self.log}."
                )
            if self._is_over.wait(0.2):
                return
        self._heard = time.monotonic()

    def _stop(self) -> None:
        """End the own server and what it started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
