"""Commands that build the database, or say what building it would do."""

from __future__ import annotations

from dataclasses import asdict, astuple
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from detente import settings
from detente.base.errors import UsageError
from detente.base.redaction import sayable
from detente.cli.app import BUILD, app
from detente.cli.bars import Bars
from detente.cli.choices import Format
from detente.cli.options import (
    AsOfOption,
    ConfigOption,
    ForceOption,
    JsonOption,
    OfflineOption,
    SourceOption,
    WaitOption,
    day,
)
from detente.cli.output import announce, err, out, print_answer, print_json
from detente.database.answer import Answer

if TYPE_CHECKING:
    from detente.refresh.job import Result


_PROBLEMS_SHOWN = 10


def _print_problems(result: Result) -> None:
    """Name what was not downloaded or read, and end with exit code 1; all else was published."""
    for problem in result.problems[:_PROBLEMS_SHOWN]:
        err.print(sayable(problem), highlight=False, markup=False)
    n_more = len(result.problems) - _PROBLEMS_SHOWN
    if n_more > 0:
        err.print(f"... and {n_more} more (`detente doctor` lists them)", highlight=False)
    if result.problems:
        raise typer.Exit(1)


@app.command(rich_help_panel=BUILD)
def refresh(
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build even if nothing changed.")] = False,
    full: Annotated[
        bool,
        typer.Option(
            "--full", help="Rebuild everything, reusing nothing of the published database."
        ),
    ] = False,
    force_publish: ForceOption = None,
    source: SourceOption = None,
    offline: OfflineOption = False,
    wait: WaitOption = 0.0,
    as_json: JsonOption = False,
) -> None:
    """Load, build, check and publish the database."""
    from detente.operations import unattended
    from detente.refresh import pipeline
    from detente.refresh.job import Request

    study = settings.load(config)
    with unattended.watched(study) as tell:
        result = pipeline.refresh(
            study,
            as_of=day(as_of),
            force=force,
            full=full,
            force_publish=force_publish,
            request=Request(tuple(source or ()), offline),
            wait_seconds=wait,
            progress=Bars(err),
            announce=announce,
        )
        tell(result)
    if as_json:
        print_json(
            {"database": str(result.database), "is_new": result.is_new, **asdict(result.run)}
        )
    else:
        out.print(str(result.database), highlight=False)
    _print_problems(result)


@app.command(rich_help_panel=BUILD)
def backfill(
    source: Annotated[str, typer.Option(help="A machine-coded source, for instance gdelt2.")],
    start: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="First day.")],
    end: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="Last day.")],
    config: ConfigOption = None,
    offline: OfflineOption = False,
    wait: WaitOption = 0.0,
) -> None:
    """Fetch and load the files of some past days, then publish."""
    from detente.operations import unattended
    from detente.refresh import pipeline
    from detente.refresh.job import Request

    if end < start:
        raise UsageError(f"Expected --end on or after --start, got {end:%Y-%m-%d}.")
    study = settings.load(config)
    with unattended.watched(study, "backfill") as tell:
        result = pipeline.refresh(
            study,
            request=Request((source,), offline, start.date(), end.date()),
            wait_seconds=wait,
            progress=Bars(err),
            announce=announce,
        )
        tell(result)
    out.print(str(result.database), highlight=False)
    _print_problems(result)


@app.command(rich_help_panel=BUILD)
def rebuild(
    config: ConfigOption = None,
    without_missing: Annotated[
        bool,
        typer.Option(
            "--without-missing",
            help="Take out the events of files that are no longer on disk; else it is refused.",
        ),
    ] = False,
    force_publish: ForceOption = None,
    wait: WaitOption = 0.0,
) -> None:
    """Load every raw file again, contacting no provider, rebuild everything and publish."""
    from detente.operations import unattended
    from detente.refresh import pipeline

    study = settings.load(config)
    with unattended.watched(study, "rebuild") as tell:
        result = pipeline.rebuild(
            study,
            without_missing=without_missing,
            force_publish=force_publish,
            wait_seconds=wait,
            progress=Bars(err),
            announce=announce,
        )
        tell(result)
    out.print(str(result.database), highlight=False)
    _print_problems(result)


@app.command("plan", rich_help_panel=BUILD)
def plan_command(
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    source: SourceOption = None,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="First day of a backfill (default: the settings')."
        ),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of a backfill (default: today)."),
    ] = None,
    offline: OfflineOption = False,
    as_json: JsonOption = False,
) -> None:
    """Show what a refresh or a backfill would do and why; write nothing."""
    from detente.refresh import plan

    if start and end and end < start:
        raise UsageError(f"Expected --end on or after --start, got {end:%Y-%m-%d}.")
    actions = plan.plan(
        settings.load(config),
        day(as_of),
        names=tuple(source or ()),
        offline=offline,
        start=day(start),
        end=day(end),
    )
    if as_json:
        print_json([asdict(action) for action in actions])
    elif not actions:
        out.print("Nothing to do: nothing changed since the last refresh.")
    else:
        columns = ("action", "subject", "reason")
        print_answer(Answer.of_rows(columns, map(astuple, actions)), Format.table)
