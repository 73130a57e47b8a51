"""Write the curated layer into a folder that other programs read, with a description of it all.

The folder holds one file a view (Parquet, CSV) or one file for all (SQLite, Excel), and
`datapackage.json` after Frictionless Data (https://specs.frictionlessdata.io): columns, types,
keys, closed lists, units, and the licences of the facts. Rows are streamed; none of the formats
needs them all in memory.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from detente.base import files
from detente.base.control_characters import no_formula
from detente.base.errors import DetenteError, NotPublished, UsageError
from detente.database import curated, datapackage
from detente.database.builder import Warehouse
from detente.database.curated import View
from detente.database.datapackage import Table
from detente.database.quoting import literal
from detente.database.sql_files import field_description

FORMATS = ("parquet", "csv", "sqlite", "xlsx")
_BOM = "\ufeff"
_ROWS_AT_ONCE = 10_000
# An Excel sheet ends here; the header takes one.
_EXCEL_ROWS = 1_048_576 - 1
_SQLITE_TYPES = {
    "BIGINT": "INTEGER", "BOOLEAN": "INTEGER", "DOUBLE": "REAL", "DATE": "TEXT", "VARCHAR": "TEXT",
}  # fmt: skip


def write(
    published: Path,
    folder: Path,
    form: str,
    *,
    with_bom: bool = False,
    replace: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write every view of the curated layer, and datapackage.json, into a folder.

    Parameters
    ----------
    published
        The published database.
    folder
        Is made where there is none. Files of an earlier export are replaced, each when it is whole.
    form
        'parquet', 'csv', 'sqlite' or 'xlsx'.
    with_bom
        Begin CSV files with the mark by which Excel knows UTF-8.
    replace
        Other files of the same names are replaced too.
    announce
        Hears the name of each file as it is written.

    Returns
    -------
    The files written.

    Raises
    ------
    UsageError
        The folder cannot be written, holds a file of somebody else under a name that is needed, or
        a view has more rows than a sheet.
    NotPublished
        There is no database, or one of another version.
    """
    if form not in FORMATS:
        raise UsageError(f"Expected a format of {', '.join(FORMATS)}; got {form!r}.")
    if not published.is_file():
        raise NotPublished(f"No database at {published} yet. Run `detente refresh` first.")
    path = folder / datapackage.FILE_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = datapackage.files_of_export(path)
        if not replace:
            _demand_ours(folder, form, written)
        # A connection of its own: what asks the published file for people may write nothing.
        with Warehouse() as database, database.attached(published, "study"):
            database.execute("use study")
            try:
                tables = [_described(database, view) for view in curated.views()]
                places = _WRITERS[form](_Export(database, tables, folder, with_bom, announce))
                package = datapackage.describe(database, tables, places, form, with_bom)
            finally:
                database.execute("use memory")
        now = {one["path"] for one in package["resources"]}
        package[datapackage.OTHERS] = {
            name: checksum for name, checksum in written.items() if name not in now
        }
        files.write(path, json.dumps(package, indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise UsageError(
            f"{folder}: expected a folder where files can be written: {error.strerror or error}."
        ) from error
    announce(datapackage.FILE_NAME)
    return [*dict.fromkeys(places.values()), path]


def _demand_ours(folder: Path, form: str, written: Mapping[str, str]) -> None:
    """Let pass a folder where every file that would be replaced is as an earlier export left it."""
    views = [f"{view.name}.{form}" for view in curated.views()]
    needed = {"parquet": views, "csv": views}.get(form, [f"detente.{form}"])
    for name in (datapackage.FILE_NAME, *needed):
        path = folder / name
        if not os.path.lexists(path):
            continue
        is_ours = (
            bool(written)
            if name == datapackage.FILE_NAME
            else written.get(name) == datapackage.checksum(path)
        )
        if path.is_symlink() or not is_ours:
            raise UsageError(
                f"{path} exists and differs from what an earlier export wrote. Choose another "
                "folder, or replace it with --replace."
            )


def _described(database: Warehouse, view: View) -> Table:
    try:
        columns = database.rows(f"describe {view.name}")
    except DetenteError as error:
        raise NotPublished(
            f"The database has no `{view.name}`: another version of detente built it. Run "
            "`detente refresh`."
        ) from error
    return Table(view, tuple((name, kind) for name, kind, *_ in columns))


@dataclass(frozen=True)
class _Export:
    """What is written, and where."""

    database: Warehouse
    tables: Sequence[Table]
    folder: Path
    with_bom: bool
    announce: Callable[[str], None]

    def rows(self, table: Table) -> Iterator[Sequence[Any]]:
        result = self.database.execute(table.query, where=table.name)
        while rows := result.fetchmany(_ROWS_AT_ONCE):
            yield from rows

    @contextmanager
    def replacing(self, name: str) -> Iterator[tuple[Path, Path]]:
        """Give the place of a file, and of what replaces it once it is whole."""
        path = self.folder / name
        with files.replacing(path) as temporary:
            yield path, temporary
        self.announce(name)


# -- the formats ---------------------------------------------------------------------------------


def _parquet(work: _Export) -> dict[str, Path]:
    places = {}
    for table in work.tables:
        with work.replacing(f"{table.name}.parquet") as (path, temporary):
            work.database.execute(
                f"copy ({table.query}) to {literal(str(temporary))} "
                "(format parquet, compression zstd)",
                where=str(path),
            )
        places[table.name] = path
    return places


def _csv(work: _Export) -> dict[str, Path]:
    places = {}
    for table in work.tables:
        with (
            work.replacing(f"{table.name}.csv") as (path, temporary),
            temporary.open("w", encoding="utf-8", newline="") as stream,
        ):
            stream.write(_BOM if work.with_bom else "")
            writer = csv.writer(stream, lineterminator="\r\n", quoting=csv.QUOTE_MINIMAL)
            writer.writerow([name for name, _ in table.columns])
            writer.writerows(map(_plain, work.rows(table)))
        places[table.name] = path
    return places


def _plain(row: Sequence[Any]) -> list[Any]:
    """Return a row as CSV has it; what a spreadsheet would take for a formula is text."""
    return [
        no_formula(one) if isinstance(one, str)
        else ("true" if one else "false") if isinstance(one, bool)
        else one
        for one in row
    ]  # fmt: skip


def _sqlite(work: _Export) -> dict[str, Path]:
    with (
        work.replacing("detente.sqlite") as (path, temporary),
        closing(sqlite3.connect(temporary)) as con,
    ):
        for table in work.tables:
            columns = [f'"{name}" {_SQLITE_TYPES[kind]}' for name, kind in table.columns]
            if table.view.key:
                columns.append(f"primary key ({', '.join(table.view.key)})")
            con.execute(f"create table {table.name} ({', '.join(columns)})")
            marks = ", ".join("?" * len(table.columns))
            con.executemany(
                f"insert into {table.name} values ({marks})",  # noqa: S608  # names of our own
                (
                    [one.isoformat() if isinstance(one, date) else one for one in row]
                    for row in work.rows(table)
                ),
            )
        con.commit()
    return {table.name: path for table in work.tables}


def _xlsx(work: _Export) -> dict[str, Path]:
    from openpyxl import Workbook

    for table in work.tables:
        n_rows = work.database.rows(f"select count(*) from {table.name}")[0][0]  # noqa: S608
        if n_rows > _EXCEL_ROWS:
            raise UsageError(
                f"`{table.name}` has {n_rows:,} rows, more than a sheet of Excel holds "
                f"({_EXCEL_ROWS:,}). Export Parquet, CSV or SQLite."
            )
    book = Workbook(write_only=True)
    about = book.create_sheet("about")
    about.append(["sheet", "column", "meaning"])
    for table in work.tables:
        about.append([table.name, "", _text(about, table.view.description)])
        for name, _ in table.columns:
            about.append([table.name, name, field_description(f"main.{table.name}", name)])
    for table in work.tables:
        sheet = book.create_sheet(table.name)
        sheet.freeze_panes = "A2"
        sheet.append([name for name, _ in table.columns])
        for row in work.rows(table):
            sheet.append([_text(sheet, one) if isinstance(one, str) else one for one in row])
    with work.replacing("detente.xlsx") as (path, temporary):
        book.save(temporary)
    return {table.name: path for table in work.tables}


def _text(sheet: Any, value: str) -> Any:
    """Return text as a sheet keeps it: digits stay text, and what begins with = is no formula."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    shown = value if value.isprintable() else ILLEGAL_CHARACTERS_RE.sub("\ufffd", value)
    # Other text needs no cell of its own, which takes much longer.
    if not shown.startswith("=") and not shown.isdigit():
        return shown
    cell = WriteOnlyCell(sheet, shown)
    cell.data_type, cell.number_format = "s", "@"
    return cell


_WRITERS: Mapping[str, Callable[[_Export], dict[str, Path]]] = {
    "parquet": _parquet, "csv": _csv, "sqlite": _sqlite, "xlsx": _xlsx,
}  # fmt: skip
