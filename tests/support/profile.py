"""Two small studies with something of everything, and what their tables hold, column by column.

They live in `tests/fixtures/small`: a sixth of the shipped records of eleven years. The one,
without questions, has a month of machine-coded events too, made here from a seed; of the other
every question is asked. `tests/golden/small_study.tsv` and `asked_study.tsv` hold for each column
of each table how many values it has and what they add up to, each weighted by its place as well, so
that a value in another row shows. What a column should hold is proved elsewhere; this says where a
change, meant or not, reaches. A change that is meant is written with `make ledger`, and the diff
shows which columns it moved.
"""

from __future__ import annotations

import math
import shutil
from datetime import datetime
from pathlib import Path
from unittest import mock

from detente import settings
from detente.base import clock
from detente.database import queries
from detente.database.published import Published
from detente.refresh import pipeline
from detente.refresh.job import Request
from detente.settings import Settings
from tests.support import world
from tests.support.gdelt2 import master_list
from tests.support.loading import put
from tests.support.studies import ROOT

SMALL = ROOT / "tests" / "fixtures" / "small"
GOLDEN = ROOT / "tests" / "golden"
# By name: the file of settings, and how near a number must be. Estimates depend on the processor.
STUDIES = {"small": ("detente.toml", 1e-6), "asked": ("asked.toml", 1e-3)}
NOW = datetime(2023, 2, 15, 6)
NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "DOUBLE", "FLOAT", "BOOLEAN",
           "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "DECIMAL")  # fmt: skip
# What tells of the run and the place, not of the study; all else must be the same everywhere.
_OWN_TABLES = world.OWN | {"meta.layout", "main.data_status"}
# Questions of the project alone, not those of a study's own folder.
_NO_QUERIES = SMALL / "queries"
_MACROS = {
    "dyad_index": "dyad_index('JPN', 'KOR', 'quarter', of_scale := 'weis', "
    "of_officials := 'official', of_weighting := 'log_mentions')",
    "all_dyads": "all_dyads('week', 'plover')",
    "events_between": "events_between('Japan', 'PRK', date '2014-01-01', date '2018-12-31')",
}
_OWN_COLUMNS = {*world.OWN_COLUMNS, "path", "sha256", "bytes"}


def write(folder: Path, name: str) -> Settings:
    """Write a study into a folder of its own, its downloaded files included."""
    raw = folder / "data" / "raw"
    shutil.copytree(ROOT / "data" / "raw" / "reference", raw / "reference")
    shutil.copytree(SMALL / "records", raw / "records")
    shutil.copy(SMALL / STUDIES[name][0], folder / "detente.toml")
    study = settings.load(folder / "detente.toml")
    # Of the seventeenth day nothing is known.
    files = dict(world.export(index) for index in range(30) if index != 17)
    for file, content in files.items():
        put(study, "gdelt2", file, content, 2023)
    # Of the other days there were no more files: the copy of the list names none.
    (study.downloads / "lists").mkdir()
    (study.downloads / "lists" / "masterfilelist.txt").write_bytes(master_list(files))
    return study


def build(folder: Path, name: str) -> Path:
    """Build a study as on a day of February 2023; return the published database."""
    with mock.patch.object(clock, "now", lambda: NOW):
        study = write(folder, name)
        return pipeline.refresh(study, request=Request(offline=True)).database


def of(database: Path) -> dict[str, str]:
    """Return what each column of each table and view holds, by its name."""
    found: dict[str, str] = {}
    with Published(database) as published:
        tables = published.rows(
            "select schema_name || '.' || table_name from duckdb_tables() where not internal "
            "union select schema_name || '.' || view_name from duckdb_views() where not internal "
            "order by 1"
        )
        for (table,) in tables:
            if table not in _OWN_TABLES:
                found |= _of_table(published, table, table)
        for name in sorted(queries.named(_NO_QUERIES)):
            given = {"category": "summit"} if name == "weeks_after_events" else None
            text = queries.statement(published, name, _NO_QUERIES, given).rstrip().rstrip(";")
            found |= _of_table(published, f"query {name}", f"(select * from ({text}))")
        for name, text in _MACROS.items():
            found |= _of_table(published, name, f"(from {text})")
    return found


def _of_table(published: Published, table: str, rows: str) -> dict[str, str]:
    """Return what the columns of a table hold, or those of a question in brackets."""
    kinds = {name: kind for name, kind, *_ in published.rows(f"describe from {rows}")}
    names = [name for name in kinds if name not in _OWN_COLUMNS]
    # Rows stand in the order of all that is exact: a rounded number must not move one.
    exact = [f'"{name}"' for name in names if not kinds[name].startswith(("DOUBLE", "FLOAT"))]
    order = f"order by {', '.join(f'{name}::varchar' for name in exact)}" if exact else ""
    place = f"(row_number() over ({order}) % 997)::double as place_of_row"
    told = [_told(name, kinds[name]) for name in names]
    ((n_rows, *values),) = published.rows(
        f"select count(*), {', '.join(told)} from (select *, {place} from {rows})"
    )
    found = {table: f"{n_rows} rows"}
    return found | {f"{table}.{name}": one for name, one in zip(names, values, strict=True)}


def _told(name: str, kind: str) -> str:
    column = f'"{name}"'
    if kind.partition("(")[0].replace("[]", "") in NUMBERS:
        # Of a list its sum: the last digits of each number depend on the processor.
        depth = kind.count("[]")
        flat = "flatten(" * (depth - 1) + column + ")" * (depth - 1)
        number = f"list_sum({flat})::double" if depth else f"{column}::double"
        return (
            f"count({column}) || ' values, sum ' || coalesce(sum({number}), 0) "
            f"|| ', by place ' || coalesce(sum({number} * place_of_row), 0)"
        )
    text = f"{column}::varchar"
    return (
        f"count({column}) || ' values, ' || count(distinct {text}) || ' distinct, ' "
        f"|| left(md5(coalesce(string_agg(place_of_row || ':' || {text}, '|' "
        f"order by place_of_row, {text}), '')), 12)"
    )


def is_like(kept: str, now: str, name: str) -> bool:
    """Say whether two columns of a study hold the same."""
    one, other = kept.split(), now.split()
    nearness = STUDIES[name][1]
    return len(one) == len(other) and all(
        _is_same(a, b, nearness) for a, b in zip(one, other, strict=True)
    )


def _is_same(one: str, other: str, nearness: float) -> bool:
    try:
        a, b = float(one.rstrip(",")), float(other.rstrip(","))
    except ValueError:
        return one == other
    return math.isclose(a, b, rel_tol=nearness, abs_tol=nearness)


def path(name: str) -> Path:
    """Return the file that holds what is written of a study's tables."""
    return GOLDEN / f"{name}_study.tsv"


def read(name: str) -> dict[str, str]:
    """Return what is written of a study's tables."""
    lines = path(name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines)


def keep(name: str, found: dict[str, str]) -> None:
    """Write what the tables of a study hold; a column that is as it was keeps its line."""
    before = read(name) if path(name).is_file() else {}
    lines = [
        f"{column}\t{before[column] if is_like(before.get(column, ''), told, name) else told}\n"
        for column, told in found.items()
    ]
    path(name).write_text("".join(lines), encoding="utf-8")
