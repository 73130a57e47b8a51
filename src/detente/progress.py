"""How long work tells how far it is, without knowing who listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

Item = TypeVar("Item")


class Progress(Protocol):
    """Something that shows progress: a bar in a terminal, a log, or nothing."""

    def track(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Pass the items through and count them."""
        ...


class Quiet:
    """Shows nothing."""

    def track(self, items: Iterable[Item], title: str, total: int | None = None) -> Iterator[Item]:
        """Pass the items through."""
        return iter(items)
