"""The corpus of the fuzzing, loaded by its path."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def corpus() -> Iterator[Callable[[str], Any]]:
    """Return a function that gives the corpus of a parser; `make fuzz` adds to it."""
    path = Path(__file__).with_name("kept.py")
    spec = importlib.util.spec_from_file_location("detente_fuzz_kept", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    held: dict[str, Any] = {}

    def of(parser: str) -> Any:
        if parser not in held:
            is_growing = os.environ.get("DETENTE_FUZZ", "1") != "1"
            held[parser] = module.Corpus.read(parser, is_growing=is_growing)
        return held[parser]

    yield of
    for one in held.values():
        one.write()
