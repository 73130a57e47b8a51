"""The one application that the commands of the other modules are registered with."""

from __future__ import annotations

from typing import Annotated

import typer

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
