"""The one application that the commands of the other modules are registered with."""

from __future__ import annotations

import copy
from typing import Annotated

import typer
from typer.main import get_command_name

import detente
from detente.cli.output import out

app = typer.Typer(
    help="Measure relations between states: event records to cooperation-conflict indices, "
    "inference and reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(value: bool) -> None:
    if value:
        out.print(f"detente {detente.__version__}", highlight=False)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def narrowed(whole: typer.Typer, name: str) -> typer.Typer:
    """Return the application with one command alone, or the whole one if it has no such command.

    Typer prepares the options of every command before it runs one, which takes longer than all
    that a question to the database needs of it.
    """
    own = [
        one
        for one in whole.registered_commands
        if one.callback and name == (one.name or get_command_name(one.callback.__name__))
    ]
    if not own:
        return whole
    alone = copy.copy(whole)
    alone.registered_commands, alone.registered_groups = own, []
    return alone
