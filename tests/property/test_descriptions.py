"""The database carries what its tables and columns mean."""

from __future__ import annotations

import pytest

from detente.database.sql_files import field_description, sql_files
from tests.support import indices
from tests.support.studies import MakeStudy, described

pytestmark = pytest.mark.study

TOLD = "select schema_name || '.' || {kind}_name, comment from duckdb_{kind}s() where not internal"


def test_every_table_view_and_column_is_described_and_what_is_right_is_left_alone(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study((), indices.STUDY)
    events = indices.table_of([(0, ("JPN", "KOR"), "042", True, 1, 1)])
    texts = {file.table: file.description for file in sql_files() if not file.is_macro}
    with described(), indices.build(study, events) as warehouse:
        warehouse.comment()
        told = dict(
            warehouse.rows(TOLD.format(kind="table") + " union all " + TOLD.format(kind="view"))
        )
        columns = warehouse.rows(
            "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
            "where not internal and table_name <> 'given'"
        )
        del told["main.given"]  # the events of the test
        assert told == texts
        assert len(columns) > 700
        for table, column, comment in columns:
            assert comment == field_description(table, column), (table, column)
        # Only what differs is written again.
        warehouse.execute("comment on table marts.dyad_day is 'spoilt'")
        warehouse.execute("comment on column marts.dyad_day.day is 'spoilt'")
        written = []
        execute = warehouse._con.execute
        monkeypatch.setattr(
            warehouse, "_con", _Counting(execute, written, warehouse._con), raising=True
        )
        warehouse.comment()
        comments = [one for one in written if one.startswith("comment") and " macro " not in one]
        assert len(comments) == 2
        assert all("marts.dyad_day" in one for one in comments)


class _Counting:
    """A connection that notes what it is asked."""

    def __init__(self, execute: object, written: list[str], con: object) -> None:
        self._execute, self._written, self._real = execute, written, con

    def execute(self, statement: str, *given: object) -> object:
        self._written.append(statement)
        return self._execute(statement, *given)

    def __getattr__(self, name: str) -> object:
        return getattr(self._real, name)
