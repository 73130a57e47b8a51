"""Commands about the engine that adds up the events."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from detente import settings
from detente.base.redaction import redacted
from detente.cli.app import OPERATE, app
from detente.cli.options import ConfigOption, JsonOption
from detente.cli.output import out, print_json

engine_app = typer.Typer(
    help="The engine that adds up the events (docs/scale.md).", no_args_is_help=True
)
app.add_typer(engine_app, name="engine", rich_help_panel=OPERATE)


@engine_app.command("check")
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what works with the engine that the settings name, and with this event store."""
    from detente.operations import engine_check

    findings = []
    for one in engine_check.examine(settings.load(config)):
        findings.append(one)
        if not as_json:
            mark = "[green]works[/green]" if one.works else "[red]FAILS[/red]"
            out.print(
                f"{mark}  {escape(one.subject)}: {escape(redacted(one.message))}", highlight=False
            )
    if as_json:
        print_json([asdict(one) for one in findings])
    if not all(one.works for one in findings):
        raise typer.Exit(1)
