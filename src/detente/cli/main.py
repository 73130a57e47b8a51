"""The way in. The process that answers a query starts while the command line is being imported."""

from __future__ import annotations

import sys

_ASKS_NOTHING = {"--help", "--list", "--explore"}


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["sql"] and not _ASKS_NOTHING & set(sys.argv):
        from detente.database import door

        door.prepare()
    from detente.cli.commands import run

    run()
