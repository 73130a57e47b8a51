"""What a test looks at one by one: a loop over nothing would pass without a word."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

One = TypeVar("One")


def some(found: Iterable[One]) -> list[One]:
    """Return what was found, of which there has to be something."""
    every = list(found)
    assert every, "expected at least one, found none"
    return every
