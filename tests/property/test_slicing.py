"""A table that is built by slices of time has the rows of one that is built at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.store import part_macros, slicing
from tests.support.effort import examples
from tests.support.indices import CALM, EVENTS, STUDY, build, table_of
from tests.support.studies import MakeStudy

pytestmark = pytest.mark.study

OTHER = (
    "(select event_id, event_date, 'out of scope' as reason, actor1_iso3 as actor1_name, "
    "'DEU' as actor2_name, null::varchar as unknown1, null::varchar as unknown2, cameo_code, "
    "raw_file_id, raw_row, source from given where n_mentions % 2 = 0)"
)


@settings(CALM, max_examples=examples(3))
@given(rows=EVENTS, most_events=st.integers(1, 40))
def test_slices_change_no_row(make_study: MakeStudy, rows: list[object], most_events: int) -> None:
    files = {file.table: file for file in sql_files()}
    with build(make_study(STUDY), table_of(rows), "gdelt2") as warehouse:
        part_macros.relate(warehouse, {"other": OTHER})
        warehouse.build("core.store_other")
        for table, views in slicing.SLICED.items():
            warehouse.build(table)
            warehouse.execute(f"create or replace temp table whole as from {table}")
            slicing.create(warehouse, files[table].query, table, views, most_events)
            for one, other in (("whole", table), (table, "whole")):
                assert warehouse.rows(f"from {one} except all from {other}") == []
        # The views show every event again.
        assert warehouse.rows("select count(*) from core.event") == [(len(table_of(rows)),)]


def test_a_day_is_never_cut(make_study: MakeStudy) -> None:
    same_day = [(3, ("JPN", "KOR"), "042", True, 1, 1)] * 9
    with build(make_study(STUDY), table_of(same_day), "gdelt2") as warehouse:
        file = next(file for file in sql_files() if file.table == "marts.dyad_day")
        slicing.create(warehouse, file.query, file.table, slicing.SLICED[file.table], 2)
        found = warehouse.rows(
            "select counting, n_events from marts.dyad_day order by counting, day"
        )
    n_events = len(table_of(same_day))
    assert found == [("all", n_events), ("one_a_day", 1)]


def test_the_memory_limit_decides_how_much_is_added_up_at_once(make_study: MakeStudy) -> None:
    with build(make_study(STUDY), table_of([(3, ("JPN", "KOR"), "042", True, 1, 1)])) as warehouse:
        found = []
        for limit in ("1GB", "4GB"):
            warehouse.execute(f"set memory_limit = '{limit}'")
            found.append(slicing._most_events(warehouse))
    assert found[1] == pytest.approx(4 * found[0], rel=0.01)


@pytest.mark.parametrize(
    ("most_events", "ends"),
    [(1, [1, 2, 3, 4]), (2, [1, 2, 3, 4]), (3, [2, 3, 4]), (4, [2, 4]), (6, [3, 4]), (7, [4])],
)
def test_days_stay_together_as_long_as_they_hold_no_more_events_than_that(
    most_events: int, ends: list[int]
) -> None:
    first = date(2020, 1, 1)
    n_events = (2, 1, 3, 1)
    days = [first + timedelta(days=n) for n, count in enumerate(n_events) for _ in range(count)]
    with Warehouse() as warehouse:
        warehouse.execute("create table acts as select unnest(?::date[]) as event_date", [days])
        spans = slicing._spans(warehouse, ["acts"], most_events)
    starts = [0, *ends[:-1]]
    assert [((a - first).days, (b - first).days) for a, b in spans] == list(
        zip(starts, ends, strict=True)
    )
