"""Every command: importing this module registers them with the application.

A command parses, calls one function and prints. It imports itself what loads statsmodels or draws
charts, which takes seconds: a question to the database should not wait for them.
"""

from __future__ import annotations

from detente.cli import (
    asking,
    engine,
    init,
    operating,
    querying,
    records,
    refreshing,
    reporting,
    serving,
    source,
)
from detente.cli.app import app

__all__ = ["COMMANDS", "app"]

COMMANDS = (
    asking, querying, engine, init, operating, records, refreshing, reporting, serving, source,
)  # fmt: skip
