"""The command line. It parses, calls one function, prints; exit 0 done, 1 failed, 2 wrong usage.

A command imports itself what loads statsmodels or draws charts, which takes seconds: a question to
the database should not wait for them.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, TypeVar

import pandas as pd
import typer
from rich.console import Console
from rich.markup import escape

import detente
from detente import settings
from detente.base.errors import DetenteError, NotPublished, UsageError
from detente.cli import shell, terminal
from detente.cli.bars import Bars
from detente.database import checks, queries, tables
from detente.database.published import Answer, Published
from detente.indices import reading
from detente.operations import logs
from detente.settings import Settings

Item = TypeVar("Item")

app = typer.Typer(
    help="Measure relations between states: event records to cooperation-conflict indices, "
    "inference and reports.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# Data goes to standard output, everything said about it to standard error.
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)


class Freq(StrEnum):
    """Length of a period."""

    day = "day"
    week = "week"
    month = "month"
    quarter = "quarter"
    year = "year"


class Direction(StrEnum):
    """Whether a dyad's two directions are kept apart."""

    directed = "directed"
    undirected = "undirected"


class Counting(StrEnum):
    """How often an actor pair and code counts on a day."""

    all = "all"
    one_a_day = "one_a_day"


class Weighting(StrEnum):
    """How much an event counts."""

    none = "none"
    log_mentions = "log_mentions"


class Format(StrEnum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"


ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="The study's detente.toml (default: found upwards from here)."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", help="A machine-coded source (default: those switched on)."),
]
OfflineOption = Annotated[
    bool, typer.Option("--offline", help="Ask no provider; load what lies on disk.")
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


def _announce(line: str) -> None:
    """Tell of a step, unless the log on standard error tells of it."""
    if not _logs_json():
        err.print(escape(line), highlight=False)


def _logs_json() -> bool:
    return os.environ.get("DETENTE_LOG", "").lower() == "json"


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.date()


def _open(study: Settings, as_of: datetime | None = None) -> Published:
    path = study.database_as_of(_day(as_of))
    if as_of and not path.is_file():
        raise NotPublished(
            f"No database as of {_day(as_of)} at {path} yet. Run `detente refresh --as-of "
            f"{_day(as_of)}` first."
        )
    return Published(path, memory_limit=study.query.memory_limit)


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


@app.command()
def refresh(
    config: ConfigOption = None,
    as_of: AsOfOption = None,
    force: Annotated[bool, typer.Option("--force", help="Build even if nothing changed.")] = False,
    full: Annotated[
        bool,
        typer.Option("--full", help="Build all anew, not from the database published before."),
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

    study = settings.load(config)
    with unattended.watched(study) as tell:
        result = pipeline.refresh(
            study,
            as_of=_day(as_of),
            force=force,
            full=full,
            force_publish=force_publish,
            request=pipeline.Request(tuple(source or ()), offline),
            wait_seconds=wait,
            progress=Bars(err),
            announce=_announce,
        )
        tell(result)
    if as_json:
        _print_json(
            {"database": str(result.database), "is_new": result.is_new, **asdict(result.run)}
        )
    else:
        out.print(str(result.database), highlight=False)


@app.command()
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

    if end < start:
        raise UsageError(f"Expected --end on or after --start, got {end:%Y-%m-%d}.")
    study = settings.load(config)
    with unattended.watched(study, "backfill") as tell:
        result = pipeline.refresh(
            study,
            request=pipeline.Request((source,), offline, start.date(), end.date()),
            wait_seconds=wait,
            progress=Bars(err),
            announce=_announce,
        )
        tell(result)
    out.print(str(result.database), highlight=False)


@app.command()
def rebuild(
    config: ConfigOption = None,
    force_publish: ForceOption = None,
    wait: WaitOption = 0.0,
) -> None:
    """Load every raw file again and build everything anew, asking no provider; then publish."""
    from detente.operations import unattended
    from detente.refresh import pipeline

    study = settings.load(config)
    with unattended.watched(study, "rebuild") as tell:
        result = pipeline.rebuild(
            study,
            force_publish=force_publish,
            wait_seconds=wait,
            progress=Bars(err),
            announce=_announce,
        )
        tell(result)
    out.print(str(result.database), highlight=False)


@app.command("plan")
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
    """Say what a refresh or a backfill would do and why; write nothing."""
    from detente.refresh import plan

    if start and end and end < start:
        raise UsageError(f"Expected --end on or after --start, got {end:%Y-%m-%d}.")
    actions = plan.plan(
        settings.load(config),
        _day(as_of),
        names=tuple(source or ()),
        offline=offline,
        start=_day(start),
        end=_day(end),
    )
    frame = pd.DataFrame([asdict(action) for action in actions])
    if as_json:
        _print_json([asdict(action) for action in actions])
    elif not actions:
        out.print("Nothing to do: nothing changed since the last refresh.")
    else:
        _print_table(frame)


@app.command("report")
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
        str | None, typer.Option(help="A file of reports/lang, in place of the settings'.")
    ] = None,
    paper: Annotated[
        str | None, typer.Option(help="a4 or letter, in place of the settings'.")
    ] = None,
    config: ConfigOption = None,
) -> None:
    """Render reports from the published database and print their paths."""
    from detente.operations import unattended
    from detente.report import run as report

    study = settings.load(config).with_report(language=language, paper=paper)
    if names and all_pages:
        raise UsageError("Expected names or --all, got both.")
    with unattended.watched(study, "rendering of the reports"):
        if names:
            paths = report.render_chosen(study, names, Bars(err))
        else:
            paths = report.render_all(study, Bars(err))
    for path in paths:
        out.print(str(path), highlight=False, markup=False)


@app.command("index")
def index_command(
    actor1: Annotated[str, typer.Argument(help="ISO 3166-1 alpha-3 code, for instance JPN.")],
    actor2: Annotated[str, typer.Argument(help="The other one, for instance KOR.")],
    freq: Annotated[Freq, typer.Option(help="Length of a period.")] = Freq.month,
    direction: Annotated[
        Direction, typer.Option(help="'directed': only what ACTOR1 does to ACTOR2.")
    ] = Direction.undirected,
    counting: Annotated[
        Counting, typer.Option(help="'one_a_day': a pair and code counts once a day.")
    ] = Counting.all,
    source: Annotated[str, typer.Option(help="Source of the events.")] = "records",
    scale: Annotated[
        str | None,
        typer.Option(help="Scale of the values (default: the settings')."),
    ] = None,
    official: Annotated[
        bool | None,
        typer.Option("--official/--everyone", help="Only acts between organs of state, or all."),
    ] = None,
    weight: Annotated[
        Weighting | None, typer.Option(help="'log_mentions': an event weighs log(1 + mentions).")
    ] = None,
    as_of: AsOfOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Print the indices of one dyad, one row a period."""
    with _open(settings.load(config), as_of) as database:
        frame = reading.series(
            database,
            actor1,
            actor2,
            freq.value,
            direction.value,
            counting.value,
            source,
            scale=scale,
            officials=None if official is None else "official" if official else "all",
            weighting=None if weight is None else weight.value,
        )
    if not (as_csv or as_json):
        frame = frame[list(_INDEX_COLUMNS)]
    _print_frame(frame, _format(as_csv, as_json))


_INDEX_COLUMNS = (
    "period_start", "n_events", "n_cooperation", "n_conflict", "cooperation", "conflict", "net",
    "net_lo", "net_hi", "mean_goldstein", "relative_net", "stock", "score", "is_complete",
)  # fmt: skip


@app.command()
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="SQL, a file of SQL, the name of a query, or - for standard input; without it, "
            "in a terminal, a shell."
        ),
    ] = None,
    list_queries: Annotated[
        bool, typer.Option("--list", help="List the named queries and the tables.")
    ] = False,
    form: Annotated[
        Format | None, typer.Option("--format", help="How the answer is written.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write to a file; its name says how.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say how the query would be carried out.")
    ] = False,
    as_of: AsOfOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    config: ConfigOption = None,
) -> None:
    """Ask the published database; read-only, no files, no network."""
    study = settings.load(config)
    if list_queries:
        _list_queries(study)
        return
    chosen = _sql_format(form, output, as_csv, as_json)
    if query is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "Expected SQL, a file or a named query; `detente sql --list` lists them, and in a "
                "terminal `detente sql` alone is a shell."
            )
        _shell(study, as_of)
        return
    text, limit = queries.resolve(query), study.query.timeout_seconds
    with _open(study, as_of) as database:
        if explain:
            out.print(queries.explain(database, text, limit), highlight=False, markup=False)
            return
        answer = database.ask(text, limit)
    if output is None:
        _print_answer(answer, chosen)
        return
    if output.resolve() == study.database.resolve():
        raise UsageError(f"{output} is the published database; write the answer elsewhere.")
    tables.write_file(answer, output, chosen, _write_table)
    err.print(f"{output}: {_n_rows(answer.frame)}", highlight=False, markup=False)


def _sql_format(form: Format | None, output: Path | None, as_csv: bool, as_json: bool) -> Format:
    """Return the one format that the options and the name of the file agree on."""
    if form is not None and (as_csv or as_json):
        raise UsageError("Expected one of --format, --csv and --json, got two.")
    if form is None and (as_csv or as_json):
        form = _format(as_csv, as_json)
    if output is None:
        if form is Format.parquet:
            raise UsageError("Expected --output FILE.parquet: Parquet is no text for a terminal.")
        return form or Format.table
    if form is not None:
        return form
    by_name = tables.format_of(output)
    if by_name is None:
        raise UsageError(
            f"Expected a file named {', '.join(tables.SUFFIXES)}, or --format; got {output}."
        )
    return Format(by_name)


def _shell(study: Settings, as_of: datetime | None) -> None:
    """Talk to the published database until the user leaves."""
    console = shell.Shell(
        open=lambda: _open(study, as_of),
        read_line=input,
        show=lambda answer, form: _print_answer(answer, Format(form)),
        say=lambda line: err.print(line, highlight=False, markup=False),
        timeout_seconds=study.query.timeout_seconds,
    )
    with shell.line_editing(console.database):
        console.run()


def _list_queries(study: Settings) -> None:
    for query in queries.named().values():
        out.print(f"[bold]{query.name}[/bold]  {escape(query.question)}", highlight=False)
    out.print()
    with _open(study) as database:
        _print_table(database.frame(queries.TABLES))


@app.command()
def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Run every check on the published database."""
    study = settings.load(config)
    with _open(study) as database:
        outcomes = list(
            Bars(err).track(checks.run(database), "Checking", len(checks.applicable(False)))
        )
    if as_json:
        _print_json(
            [
                {
                    "check": one.check.name,
                    "passed": one.passed,
                    "n_failing": one.n_failing,
                    "failing": json.loads(one.failing.to_json(orient="records", date_format="iso")),
                }
                for one in outcomes
            ]
        )
    else:
        for one in outcomes:
            mark = "[green]pass[/green]" if one.passed else "[red]FAIL[/red]"
            out.print(f"{mark}  {one.check.sentence}", highlight=False)
            if not one.passed:
                out.print(escape(one.explain()), highlight=False)
    if not all(one.passed for one in outcomes):
        raise typer.Exit(1)


@app.command("doctor")
def doctor_command(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Say what is wrong and which command mends it."""
    from detente.operations import doctor

    findings = doctor.examine(settings.load(config))
    colours = {"ok": "green", "note": "yellow", "problem": "red"}
    if as_json:
        _print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            colour = colours[finding.severity]
            out.print(
                f"[{colour}]{finding.severity:8}[/{colour}]"
                f"{escape(finding.subject)}: {escape(finding.message)}"
                + (f"\n        mend with: {escape(finding.remedy)}" if finding.remedy else ""),
                highlight=False,
            )
    if any(finding.severity == "problem" for finding in findings):
        raise typer.Exit(1)


@app.command("status")
def status_command(config: ConfigOption = None) -> None:
    """Write the status page from the accounts of the runs and print its path."""
    from detente.operations import status

    out.print(str(status.write(settings.load(config))), highlight=False, markup=False)


@app.command("notice")
def notice_command(config: ConfigOption = None) -> None:
    """Send a test notice to the addresses that the settings name under `notices`."""
    from detente.operations import notices

    study = settings.load(config)
    notices.send(study, notices.of_test(study))
    out.print(f"sent to {', '.join(study.notices.to)}", highlight=False, markup=False)


# -- printing ------------------------------------------------------------------------------------


def _format(as_csv: bool, as_json: bool) -> Format:
    if as_csv and as_json:
        raise UsageError("Expected one of --csv and --json, got both.")
    return Format.csv if as_csv else Format.json if as_json else Format.table


def _print_frame(frame: pd.DataFrame, form: Format) -> None:
    _print_answer(Answer(frame, {}), form)


def _print_answer(answer: Answer, form: Format) -> None:
    if form is Format.csv:
        tables.write_csv(answer, sys.stdout)
    elif form is Format.json:
        tables.write_json(answer, sys.stdout)
    else:
        _print_table(answer.frame)


def _print_table(frame: pd.DataFrame) -> None:
    # A pipe or a file has no width; a table that is cut to 80 columns there helps nobody.
    terminal.show(frame, Console(width=None if sys.stdout.isatty() else _WIDTH))
    err.print(_n_rows(frame), highlight=False)


_WIDTH = 220


def _write_table(answer: Answer, stream: IO[str]) -> None:
    terminal.show(answer.frame, Console(file=stream, width=_WIDTH))


def _n_rows(frame: pd.DataFrame) -> str:
    return f"{len(frame)} row{'' if len(frame) == 1 else 's'}"


def _print_json(content: object) -> None:
    sys.stdout.write(json.dumps(content, default=str, indent=1) + "\n")


_INTERRUPTED = 130


def main() -> None:
    """Run the command line; an error that a user can meet is printed without a traceback."""
    if _logs_json():
        logs.to_stderr_as_json()
    else:
        logs.to_stderr_as_text()
    try:
        app()
    except DetenteError as error:
        if _logs_json():
            logging.getLogger(__name__).error("%s", error)
        else:
            err.print(f"[red]Error:[/red] {escape(str(error))}", highlight=False)
        sys.exit(error.exit_code)
    except OSError as error:  # a full disk, a folder that may not be written
        err.print(
            f"[red]Error:[/red] {escape(str(error))}. The published database is as it was. Make "
            "room or give access, then run the same command again.",
            highlight=False,
        )
        sys.exit(1)
    except SystemExit as error:
        if error.code == _INTERRUPTED:  # what Typer makes of Ctrl-C
            err.print(
                "Stopped; the published database is as it was. What was fetched and loaded stays: "
                "the same command goes on from there."
            )
        raise


if __name__ == "__main__":
    main()
