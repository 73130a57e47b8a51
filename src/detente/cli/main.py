"""The entry: `detente` and `python -m detente.cli`."""

from __future__ import annotations

import sys

_ASKS_NOTHING = {"--help", "--list", "--explore"}


def main() -> None:
    """Run the command line."""
    if sys.argv[1:2] == ["sql"] and not _ASKS_NOTHING & set(sys.argv):
        from detente.database import door

        door.prepare()
    # Imported only here: the process that answers a query starts meanwhile.
    from detente.cli.commands import app
    from detente.cli.errors import run

    run(app)
