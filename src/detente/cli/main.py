"""The entry: `detente` and `python -m detente.cli`."""

from __future__ import annotations

import sys

_ASKS_NOTHING = {"--help", "--list", "--explore"}


def main() -> None:
    """Run the command line."""
    name, *words = sys.argv[1:] or [""]
    if name == "sql":
        _ask(words)
        return
    from detente.cli.app import narrowed
    from detente.cli.commands import app
    from detente.cli.errors import run

    run(narrowed(app, name))


def _ask(words: list[str]) -> None:
    """Run `detente sql` with little else loaded; a question alone does without Typer too."""
    if not _ASKS_NOTHING & set(words):
        from detente.database import sandbox

        sandbox.prepare()
    # Imported only here: the process that answers starts meanwhile.
    from detente.cli.errors import run

    if len(words) == 1 and not words[0].startswith("-"):
        from detente.cli import answering, remembered

        run(lambda: answering.answer(remembered.reading(None), words[0]))
    else:
        from detente.cli import asking
        from detente.cli.app import narrowed

        run(narrowed(asking.app, asking.sql.__name__))
