"""The corpus of the fuzzing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.fuzz.kept import Corpus


@pytest.fixture(scope="session")
def corpus() -> Iterator[Callable[[str], Corpus]]:
    """Return a function that gives the corpus of a parser; `make fuzz` adds to it."""
    held: dict[str, Corpus] = {}

    def of(parser: str) -> Corpus:
        if parser not in held:
            is_growing = os.environ.get("DETENTE_FUZZ", "1") != "1"
            held[parser] = Corpus.read(parser, is_growing=is_growing)
        return held[parser]

    yield of
    for one in held.values():
        one.write()
