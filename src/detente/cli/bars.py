"""Progress in a terminal."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.progress import Progress as RichProgress

from detente.base.control_characters import plain_text

Item = TypeVar("Item")


class Bars:
    """Progress bars in a terminal; silent where the console is none."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def track(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Pass the items through and draw how far they are."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with RichProgress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as bars:
            yield from bars.track(items, total=total, description=_label(title))

    @contextmanager
    def meters(self) -> Iterator[TransferBars]:
        """Draw bytes, rows, files, speed and time left."""
        columns = (
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            DownloadColumn(),
            TransferSpeedColumn(),
            TextColumn("{task.fields[files]}{task.fields[rows]}"),
            TimeRemainingColumn(),
        )
        with RichProgress(
            *columns, console=self.console, transient=True, disable=not self.console.is_terminal
        ) as bars:
            yield TransferBars(bars)


class TransferBars:
    """The bars of transfers that run side by side, one for each source."""

    def __init__(self, bars: RichProgress) -> None:
        self._bars = bars

    def meter(self, title: str, n_files: int, n_bytes: int | None) -> TransferBar:
        """Begin a bar; without a number of bytes it shows no time left."""
        task = self._bars.add_task(
            _label(title), total=n_bytes, files=f"0/{n_files} files", rows=""
        )
        return TransferBar(self._bars, task, n_files)


class TransferBar:
    """The bar of one transfer: bytes, rows and files since its start; threads may share it."""

    def __init__(self, bars: RichProgress, task: TaskID, total: int) -> None:
        self._bars, self._task, self._total = bars, task, total
        self._files = self._rows = 0
        self._lock = threading.Lock()

    def advance(self, n_bytes: int = 0, n_rows: int = 0, n_files: int = 0) -> None:
        """Draw what has moved since."""
        with self._lock:
            self._files += n_files
            self._rows += n_rows
            rows = f", {self._rows:,} rows" if self._rows else ""
            files = f"{self._files}/{self._total} files"
            self._bars.update(self._task, advance=n_bytes, files=files, rows=rows)


def _label(title: str) -> str:
    """Return a title that Rich draws as it is: no markup, nothing that a terminal obeys."""
    return escape(plain_text(title))
