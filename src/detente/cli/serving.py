"""The command that serves the scheduled flows."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Annotated

import typer

from detente import settings
from detente.base import assets
from detente.cli.app import OPERATE, app
from detente.cli.options import ConfigOption


@app.command("serve", rich_help_panel=OPERATE)
def serve_command(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the Prefect server on 127.0.0.1.")
    ] = 4200,
    config: ConfigOption = None,
) -> None:
    """Run a Prefect server on 127.0.0.1 with the nightly refresh, until Ctrl-C."""
    study = settings.load(config)
    # The flows lie beside the package in a source tree, and among its files in a wheel.
    sys.path.insert(0, str(assets.root()))
    serve = import_module("flows.serve")
    raise typer.Exit(serve.main(study.home / settings.FILE_NAME, port))
