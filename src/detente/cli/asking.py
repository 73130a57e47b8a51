"""The command that queries the published database; it loads little, so that it answers at once."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from detente.base.errors import UsageError
from detente.cli import answering
from detente.cli.app import READ, app
from detente.cli.choices import Counting, Format
from detente.cli.options import AsOfOption, ConfigOption, day
from detente.cli.output import (
    announce,
    err,
    open_database,
    out,
    print_answer,
    print_frame,
    table_format,
)
from detente.cli.remembered import Reading, reading
from detente.database import queries, tables

__all__ = ["app", "sql"]


@app.command(rich_help_panel=READ)
def sql(
    query: Annotated[
        str | None,
        typer.Argument(
            help="SQL, a file of SQL, the name of a query, or - for standard input. Without it a "
            "terminal becomes a shell."
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
    published = reading(config, day(as_of))
    files = _named_files(beside or [])
    if explore:
        _explore(published, config)
        return
    if list_queries:
        _list_queries(published)
        return
    chosen = _sql_format(form, output, as_csv, as_json)
    if query is None:
        if not sys.stdin.isatty():
            raise UsageError(
                "Expected SQL, a file or a named query; `detente sql --list` lists them, and in a "
                "terminal `detente sql` alone is a shell."
            )
        _shell(published, files)
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
    if output is not None:
        _demand_free(config, output)
    answering.answer(published, query, given, chosen, output, files, is_explained=explain)


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


def _explore(published: Reading, config: Path | None) -> None:
    from detente import settings
    from detente.operations import exploring

    exploring.run(published.database, settings.load(config).study.name, announce)


def _demand_free(config: Path | None, output: Path) -> None:
    from detente import settings
    from detente.cli import output_paths

    output_paths.demand_free(settings.load(config), output)


def _shell(published: Reading, files: Mapping[str, Path]) -> None:
    """Talk to the published database until the user leaves."""
    from detente.cli import shell

    console = shell.Shell(
        open=lambda: open_database(published, files),
        read_line=input,
        show=lambda answer, form, most: print_answer(answer, Format(form), most),
        say=lambda line: err.print(line, highlight=False, markup=False),
        timeout_seconds=published.timeout_seconds,
        own_queries=published.queries,
    )
    with shell.line_editing(console.database, published.queries):
        console.run()


def _list_queries(published: Reading) -> None:
    for query in queries.named(published.queries).values():
        takes = f" {query.options}" if query.options else ""
        out.print(
            f"[bold]{query.name}[/bold]{escape(takes)}  {escape(query.question)}", highlight=False
        )
    out.print()
    with open_database(published) as database:
        print_frame(database.frame(queries.TABLES))
