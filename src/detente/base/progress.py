"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Meter(Protocol):
    """Is told what has moved. Several threads may tell it."""

    def advance(self, n_bytes: int = 0, n_rows: int = 0, n_files: int = 0) -> None:
        """Add what has moved since; bytes that have to come again are taken back."""
        ...


class Meters(Protocol):
    """Meters that are shown together."""

    def meter(self, title: str, n_files: int, n_bytes: int | None) -> Meter:
        """Begin a meter; `n_bytes` is None where the size is not known."""
        ...


class Progress(Protocol):
    """Something that shows progress: a bar in a terminal, a log, or nothing."""

    def track(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Pass the items through and count them."""
        ...

    def meters(self) -> AbstractContextManager[Meters]:
        """Show bytes, rows, files, speed and time left of what moves."""
        ...


class Quiet:
    """Shows nothing."""

    def track(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Pass the items through."""
        return iter(items)

    @contextmanager
    def meters(self) -> Iterator[Quiet]:
        """Show nothing."""
        yield self

    def meter(self, title: str, n_files: int, n_bytes: int | None) -> Quiet:
        """Begin nothing."""
        return self

    def advance(self, n_bytes: int = 0, n_rows: int = 0, n_files: int = 0) -> None:
        """Show nothing of what has moved."""
