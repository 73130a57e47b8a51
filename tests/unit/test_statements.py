"""Which statements only read: decided in this process, on a database of a few lines."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from detente.base.errors import QueryError
from detente.database.statements import demand_reading, is_finished


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("create table t as select 1 as a, 'x' as b")
        opened.execute("create macro Mine_Of(n) as table select n as a")
        opened.execute("create macro plus_one(n) as n + 1")
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "select 1", "from t", "values (1)", "select 1;", "-- why\nselect a from t",
        "select 1 union all select 2", "with x as (select 1) select * from x",
        "with recursive r as (select 1 as a union all select a + 1 from r where a < 3) from r",
        "select plus_one(a) from t", "from mine_of(2)", "from MINE_OF(2)", "from range(3)",
        "select unnest([1, 2])", "from generate_series(1, 2)", "from duckdb_tables()",
        "pivot t on b in ('x') using sum(a)", "describe t", "summarize t", "show tables",
        "explain select 1", "explain analyze select 1", "EXPLAIN (analyze, format json) from t",
        "pragma version", "PRAGMA table_info('t')", "pragma database_list;",
    ],
)  # fmt: skip
def test_what_only_reads_passes(con: duckdb.DuckDBPyConnection, text: str) -> None:
    demand_reading(con, text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Expected one SQL statement, got 0"),
        ("select 1; select 2", "Expected one SQL statement, got 2"),
        ("selec 1", "syntax error"),
        ("drop table t", "got DROP. Use select, describe, summarize, show or explain."),
        ("pivot t on b using sum(a)", "Name a pivot's columns: `pivot T on c in (1, 2) using"),
        ("explain drop table t", "got DROP"),
        ("explain analyze (format json) drop table t", "."),
        ("pragma memory_limit = '1GB'", "got SET"),
        ("pragma versions", "."),
        ("pragma table_infos('t')", "."),
        ("with x as (delete from t returning a) from x", "got DELETE within a query"),
        ("select (with x as (insert into t values (1, 'y') returning a) from x)", "got INSERT"),
        ("select getenv('HOME')", "got the function getenv"),
        ("select GetEnv('HOME') from t", "got the function getenv"),
        ("select a from t where write_log('x') is null", "got the function write_log"),
        ("select nextval('s')", "got the function nextval"),
        ("select setval('s', 1)", "got the function setval"),
        ("from read_csv('x.csv')", "got the table function read_csv. A query cannot read files"),
        ("from mine_off(2)", "Did you mean mine_of?"),
        ("select * from t, read_text('x')", "the table function read_text"),
    ],
)
def test_what_does_more_is_refused_with_the_way_out(
    con: duckdb.DuckDBPyConnection, text: str, words: str
) -> None:
    with pytest.raises(QueryError) as refused:
        demand_reading(con, text)
    assert words in str(refused.value)
    if "Did you mean" not in words:
        assert "Did you mean" not in str(refused.value)
    if "pivot" not in text:
        assert "pivot" not in str(refused.value)
    assert con.execute("from t").fetchall() == [(1, "x")]


@pytest.mark.parametrize(
    ("text", "is_whole"),
    [
        ("select 1;", True), ("select 1; -- why", True), ("select 1", False), ("", False),
        ("select ';", False), ("select ';'", False), ('select 1 as ";"', False),
        ("select 1 -- ;", False), ("-- ;", False), (";", True),
    ],
)  # fmt: skip
def test_a_statement_ends_with_a_semicolon_of_its_own(text: str, is_whole: bool) -> None:
    assert is_finished(text) is is_whole
