"""Commands that render reports."""

from __future__ import annotations

from typing import Annotated

import typer

from detente import settings
from detente.base.errors import UsageError
from detente.cli.app import READ, app
from detente.cli.bars import Bars
from detente.cli.options import ConfigOption
from detente.cli.output import announce, err, out
from detente.settings import Settings


@app.command("report", rich_help_panel=READ)
def report_command(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Dyads, triads and case studies, for instance JPN-KOR, JPN-KOR-PRK or thaw-2023."
        ),
    ] = None,
    all_pages: Annotated[
        bool, typer.Option("--all", help="The overview and every report (the default).")
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="A file of reports/lang, instead of the settings'.")
    ] = None,
    paper: Annotated[
        str | None, typer.Option(help="a4 or letter, instead of the settings'.")
    ] = None,
    is_opened: Annotated[
        bool, typer.Option("--open", help="Open the first page in the browser afterwards.")
    ] = False,
    config: ConfigOption = None,
) -> None:
    """Render reports from the published database, built first if there is none."""
    from detente.operations import unattended
    from detente.report import run as report
    from detente.report import written

    study = settings.load(config).with_report(language=language, paper=paper)
    if names and all_pages:
        raise UsageError("Expected names or --all, got both.")
    if not study.database.is_file():
        _build(study)
    with unattended.watched(study, "rendering of the reports"):
        if names:
            paths = report.render_chosen(study, names, Bars(err))
        else:
            paths = report.render_all(study, Bars(err))
    first = written.first_pages(paths, study.reports)
    for path in first:
        out.print(str(path), highlight=False, markup=False)
    announce(written.tally(paths, study.reports))
    if is_opened and first:
        typer.launch(first[0].as_uri())


def _build(study: Settings) -> None:
    """Make the database of a study that has none yet."""
    from detente.operations import unattended
    from detente.refresh import pipeline

    announce("There is no database yet: it is built first, as by `detente refresh`.")
    with unattended.watched(study) as tell:
        tell(pipeline.refresh(study, progress=Bars(err), announce=announce))
