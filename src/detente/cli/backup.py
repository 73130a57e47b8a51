"""Commands that back a study up and restore it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detente.cli.app import OPERATE, app
from detente.cli.bars import Bars
from detente.cli.output import err, out
from detente.settings import Settings


def export_study(study: Settings, folder: Path, *, with_downloads: bool, wait: float) -> None:
    """Write a backup and say what it holds."""
    from detente.operations import backup

    written = backup.write(
        study, folder, with_downloads=with_downloads, wait_seconds=wait, progress=Bars(err)
    )
    n_here = sum(one.is_here for one in written.files)
    err.print(f"{n_here} files, {written.n_bytes / 1e6:.1f} MB", highlight=False)
    n_listed = len(written.files) - n_here
    if n_listed:
        err.print(f"{n_listed} downloads are listed and not copied", highlight=False)
    for path in written.outside:
        err.print(
            f"not copied, outside the study or with a name that is not UTF-8: {path}",
            highlight=False,
            markup=False,
        )
    out.print(str(folder), highlight=False, markup=False)


@app.command("import", rich_help_panel=OPERATE)
def import_command(
    folder: Annotated[Path, typer.Argument(help="A backup, as `detente export FOLDER` wrote it.")],
    to: Annotated[Path, typer.Option("--to", help="A new or empty folder for the study.")],
) -> None:
    """Restore a study from a backup, after its checksums were compared."""
    from detente.operations import backup

    held = backup.read_list(folder)
    study = backup.restore(folder, to, Bars(err))
    missing = list(backup.missing(held))
    if missing:
        err.print(
            f"{len(missing)} downloads were not in the backup, for instance {missing[0]}. The "
            "published database and the event store are whole; `detente rebuild` needs them.",
            highlight=False,
            markup=False,
        )
    out.print(str(study.home), highlight=False, markup=False)
