"""Commands that query the published database."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from detente import settings
from detente.base.errors import UsageError
from detente.cli import backup, output_paths
from detente.cli.app import READ, app
from detente.cli.options import (
    AsOfOption,
    ConfigOption,
    Counting,
    Direction,
    Format,
    Freq,
    JsonOption,
    WaitOption,
    Weighting,
)
from detente.cli.output import (
    announce,
    err,
    n_rows,
    open_database,
    open_sandbox,
    out,
    print_answer,
    print_frame,
    published_path,
    table_format,
    write_table,
)
from detente.cli.terminal import MOST_ROWS
from detente.database import queries, tables
from detente.settings import Settings


@app.command("index", rich_help_panel=READ)
def index_command(
    actor1: Annotated[
        str, typer.Argument(help="A state: its ISO 3166-1 alpha-3 code, for instance JPN, or name.")
    ],
    actor2: Annotated[str, typer.Argument(help="The other state, for instance KOR.")],
    freq: Annotated[Freq, typer.Option(help="Length of a period.")] = Freq.month,
    direction: Annotated[
        Direction, typer.Option(help="'directed': only what ACTOR1 does to ACTOR2.")
    ] = Direction.undirected,
    counting: Annotated[
        Counting, typer.Option(help="'one_a_day': a pair and code counts once a day.")
    ] = Counting.all,
    source: Annotated[
        str | None,
        typer.Option(help="Source of the events (default: the one that reports show)."),
    ] = None,
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
    from detente.indices import reading, reported

    study = settings.load(config)
    one, other = (_code(study.home, text) for text in (actor1, actor2))
    with open_database(study, as_of) as database:
        shown = reported.read(database)
        others = reported.others(database, shown)
        frame = reading.series(
            database,
            one,
            other,
            freq.value,
            direction.value,
            counting.value,
            source or shown.source,
            scale=scale,
            officials=None if official is None else "official" if official else "all",
            weighting=None if weight is None else weight.value,
        )
    if not (as_csv or as_json):
        # What the source does not tell, such as deaths or the score of a feed, takes no room.
        shown_columns = [
            one for one in _INDEX_COLUMNS if one in _ALWAYS or frame[one].notna().any()
        ]
        frame = frame[shown_columns]
    print_frame(frame, table_format(as_csv, as_json))
    if source is None and others:
        announce(
            f"Source: {shown.source} ({shown.reason}). Choose another one with --source: "
            f"{', '.join(others)}."
        )


def _code(home: Path, text: str) -> str:
    """Return the code of a state; names cost a look into the tables, codes nothing."""
    if re.fullmatch(r"[A-Za-z]{3}", text):
        return text
    from detente.studies import start
    from detente.studies.actors import Gazetteer

    return Gazetteer(home / start.REFERENCE).sure(text).iso3


_INDEX_COLUMNS = (
    "period_start", "n_events", "n_cooperation", "n_conflict", "cooperation", "conflict", "net",
    "net_lo", "net_hi", "mean_goldstein", "relative_net", "n_deaths", "n_deaths_low",
    "n_deaths_high", "stock", "score", "is_complete",
)  # fmt: skip
_ALWAYS = ("period_start", "n_events", "net", "is_complete")


@app.command(rich_help_panel=READ)
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="SQL, a file of SQL, the name of a query, or - for standard input; in a terminal, "
            "nothing starts a shell."
        ),
    ] = None,
    list_queries: Annotated[
        bool, typer.Option("--list", help="List the named queries and the tables.")
    ] = False,
    form: Annotated[Format | None, typer.Option("--format", help="Format of the answer.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to a file; its suffix sets the format."),
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print the query plan.")] = False,
    dyad: Annotated[
        str | None, typer.Option(help="Of a named query: the dyad, for instance GRC-TUR.")
    ] = None,
    source: Annotated[str | None, typer.Option(help="Of a named query: the source.")] = None,
    counting: Annotated[
        Counting | None, typer.Option(help="Of a named query: how events are counted.")
    ] = None,
    measure: Annotated[str | None, typer.Option(help="Of a named query: the measure.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Of a named query: a category of records.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Of a named query: the label of a file of records.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(help="Of a named query: the first day, as 2020-01-31.")
    ] = None,
    until: Annotated[str | None, typer.Option(help="Of a named query: the last day.")] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            "--with", metavar="NAME=FILE", help="A CSV file of your own, as a table of that name."
        ),
    ] = None,
    explore: Annotated[
        bool, typer.Option("--explore", help="Open the views in a browser, on this machine only.")
    ] = False,
    as_of: AsOfOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="The same as --format csv.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    config: ConfigOption = None,
) -> None:
    """Query the published database: read-only, no files except those of --with, no network."""
    study = settings.load(config)
    files = _named_files(beside or [])
    if explore:
        from detente.operations import exploring

        exploring.run(published_path(study, as_of), study.study.name, announce)
        return
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
        _shell(study, as_of, files)
        return
    asked = {
        "dyad": dyad,
        "source": source,
        "counting": counting and counting.value,
        "measure": measure,
        "category": category,
        "kind": kind,
        "since": since,
        "until": until,
    }
    given = {name: value for name, value in asked.items() if value is not None}
    limit = study.query.timeout_seconds
    if output is not None:
        output_paths.demand_free(study, output)
    with open_sandbox(study, as_of, files) as sandbox:
        text = queries.statement(sandbox, query, study.queries, given)
        if explain:
            out.print(queries.explain(sandbox, text, limit), highlight=False, markup=False)
            return
        answer = sandbox.ask(text, limit)
        hint = queries.misspelt(sandbox, text)
        if not answer.n_rows:
            hint = hint or queries.nothing(sandbox, query, study.queries)
    if output is None:
        # A person reads a terminal; a pipe gets every row.
        print_answer(answer, chosen, MOST_ROWS if sys.stdout.isatty() else None)
    else:
        tables.write_file(answer, output, chosen, write_table)
        err.print(f"{output}: {n_rows(answer)}", highlight=False, markup=False)
    if hint:
        announce(hint)


_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.IGNORECASE)


def _named_files(given: list[str]) -> dict[str, Path]:
    """Return the files of `--with NAME=FILE` by their names.

    Raises
    ------
    UsageError
        One has no name that SQL takes, is no file, or has the name of another.
    """
    found: dict[str, Path] = {}
    for one in given:
        name, _, path = one.partition("=")
        if not _NAME.fullmatch(name) or not path:
            raise UsageError(f"Expected --with NAME=FILE, for instance gdp=gdp.csv; got {one!r}.")
        if name.lower() in found:
            raise UsageError(f"Expected a name for each file; {name!r} is given twice.")
        if not Path(path).is_file():
            raise UsageError(f"--with {name}: there is no file {path}.")
        found[name.lower()] = Path(path).resolve()
    return found


def _sql_format(form: Format | None, output: Path | None, as_csv: bool, as_json: bool) -> Format:
    """Return the one format that the options and the name of the file agree on."""
    if form is not None and (as_csv or as_json):
        raise UsageError("Expected one of --format, --csv and --json, got two.")
    if form is None and (as_csv or as_json):
        form = table_format(as_csv, as_json)
    if output is None:
        if form is Format.parquet:
            raise UsageError(
                "Expected --output FILE.parquet: Parquet cannot be shown in a terminal."
            )
        return form or Format.table
    if form is not None:
        return form
    by_name = tables.format_of(output)
    if by_name is None:
        raise UsageError(
            f"Expected a file named {', '.join(tables.SUFFIXES)}, or --format; got {output}."
        )
    return Format(by_name)


def _shell(study: Settings, as_of: datetime | None, files: Mapping[str, Path]) -> None:
    """Talk to the published database until the user leaves."""
    from detente.cli import shell

    console = shell.Shell(
        open=lambda: open_database(study, as_of, files),
        read_line=input,
        show=lambda answer, form, most: print_answer(answer, Format(form), most),
        say=lambda line: err.print(line, highlight=False, markup=False),
        timeout_seconds=study.query.timeout_seconds,
        own_queries=study.queries,
    )
    with shell.line_editing(console.database, study.queries):
        console.run()


@app.command(rich_help_panel=READ)
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; created if missing.")],
    as_parquet: Annotated[bool, typer.Option("--parquet", help="One Parquet file a view.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="One CSV file a view.")] = False,
    as_sqlite: Annotated[bool, typer.Option("--sqlite", help="One SQLite database.")] = False,
    as_xlsx: Annotated[
        bool, typer.Option("--xlsx", help="One Excel file, a sheet a view.")
    ] = False,
    with_bom: Annotated[
        bool,
        typer.Option("--bom", help="Start CSV files with a byte order mark, for Excel."),
    ] = False,
    without_downloads: Annotated[
        bool, typer.Option("--without-downloads", help="Of a backup: only list the downloads.")
    ] = False,
    wait: WaitOption = 0.0,
    as_of: AsOfOption = None,
    config: ConfigOption = None,
) -> None:
    """Back up the study, or with a format write its views for other programs.

    A backup holds settings, records, raw files, event store, accounts and published database, with
    checksums; `detente import` restores it anywhere. Views come with a datapackage.json.
    """
    from detente.database import export as exporting

    study = settings.load(config)
    chosen = {"parquet": as_parquet, "csv": as_csv, "sqlite": as_sqlite, "xlsx": as_xlsx}
    forms = [form for form, is_chosen in chosen.items() if is_chosen]
    if not forms and as_of is None and not with_bom:
        backup.export_study(study, folder, with_downloads=not without_downloads, wait=wait)
        return
    if len(forms) != 1:
        raise UsageError(f"Expected one of --{', --'.join(exporting.FORMATS)}.")
    if with_bom and forms != ["csv"]:
        raise UsageError("Expected --bom with --csv: the other formats say how text is written.")
    output_paths.demand_free(study, folder / exporting.PACKAGE)
    exporting.write(
        published_path(study, as_of), folder, forms[0], with_bom=with_bom,
        announce=lambda name: err.print(str(folder / name), highlight=False, markup=False),
    )  # fmt: skip


def _list_queries(study: Settings) -> None:
    for query in queries.named(study.queries).values():
        takes = f" {query.options}" if query.options else ""
        out.print(
            f"[bold]{query.name}[/bold]{escape(takes)}  {escape(query.question)}", highlight=False
        )
    out.print()
    with open_database(study) as database:
        print_frame(database.frame(queries.TABLES))
