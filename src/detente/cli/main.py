"""The entry: `detente` and `python -m detente.cli`."""

from __future__ import annotations

import os
import sys

_ASKS_NOTHING = {"--help", "--list", "--explore"}


def main() -> None:
    """Run the command line."""
    # Else pydantic looks for plugins in the metadata of every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if sys.argv[1:2] == ["sql"] and not _ASKS_NOTHING & set(sys.argv):
        from detente.database import sandbox

        sandbox.prepare()
    # Imported only here: the process that answers a query starts meanwhile.
    from detente.cli.app import narrowed
    from detente.cli.commands import app
    from detente.cli.errors import run

    run(narrowed(app, next(iter(sys.argv[1:]), "")))
