"""The world of the fault tests and a provider's server."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.support import provider as provider_module
from tests.support import world as world_module


@pytest.fixture(scope="session")
def world() -> ModuleType:
    """A small study, its provider's files, and what tells two databases apart."""
    return world_module


@pytest.fixture(scope="session")
def provider() -> ModuleType:
    """A provider's server on loopback."""
    return provider_module
