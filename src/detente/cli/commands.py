"""Every command: importing this module registers them with the application.

A command parses, calls one function and prints. It imports itself what loads statsmodels or draws
charts, which takes seconds: a question to the database should not wait for them.
"""

from __future__ import annotations

from detente.cli import (
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

COMMANDS = (querying, engine, init, operating, records, refreshing, reporting, serving, source)
