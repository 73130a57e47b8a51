"""The world of the fault tests and a provider's server, loaded by their paths."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"detente_faults_{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def world() -> Any:
    """A small study, its provider's files, and what tells two databases apart."""
    return _load(Path(__file__).with_name("world.py"))


@pytest.fixture(scope="session")
def provider() -> Any:
    """A provider's server on loopback."""
    return _load(Path(__file__).parents[1] / "unit" / "provider.py")
