"""Options that several commands share."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The study's detente.toml (default: in this folder or above)."),
]


JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", help="A machine-coded source (default: those switched on)."),
]


OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Contact no provider; load the files on disk.")
]


AsOfOption = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="What was known on that day."),
]


WaitOption = Annotated[
    float, typer.Option("--wait", min=0, help="Seconds to wait for another run to end.")
]


ForceOption = Annotated[
    str | None,
    typer.Option(
        "--force-publish",
        metavar="REASON",
        help="Publish even if checks fail; the reason is kept in meta.run.",
    ),
]


def day(moment: datetime | None) -> date | None:
    """Return the day of an option; None where it was not given."""
    return None if moment is None else moment.date()
