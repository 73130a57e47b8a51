"""The one application that the commands of the other modules are registered with."""

from __future__ import annotations

import copy
from typing import Annotated

import typer
from typer.core import TyperGroup
from typer.main import get_command_name

import detente
from detente.cli.output import out

# The groups in which `detente --help` lists the commands, in this order.
SET_UP, BUILD, READ, OPERATE = "Set up a study", "Build the database", "Read results", "Operate"
_GROUPS = (SET_UP, BUILD, READ, OPERATE)


class _ByGroup(TyperGroup):
    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]
        """Return the names of the commands, those of a group together."""

        def group(name: str) -> int:
            return _GROUPS.index(getattr(self.commands[name], "rich_help_panel", OPERATE))

        return sorted(super().list_commands(ctx), key=group)

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]
        """Run a command; what is wrong with an option is said as of any other input."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            from detente.base.toml_models import in_words

            error.message = in_words(error.message)
            raise


app = typer.Typer(
    cls=_ByGroup,
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
