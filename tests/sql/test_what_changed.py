"""What an incremental refresh takes to be changed, over given rows: `sql/refresh`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from detente.base import assets
from detente.database import comparison
from detente.database.builder import Warehouse
from tests.support.given import Given, nothing

D = date
DYAD = "(actor1_iso3 varchar, actor2_iso3 varchar, source varchar, "
PERIOD = (
    f"create or replace table before.changed_period {DYAD} "
    "freq varchar, period_start date, period_end date)"
)


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.warehouse.execute("create schema before")
        one.put("meta.study_dyad", {"actor1_iso3": "JPN", "actor2_iso3": "KOR"})
        yield one


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


def run(given: Given, name: str, query: str) -> list[tuple[Any, ...]]:
    given.warehouse.execute((assets.sql() / "refresh" / f"{name}.sql").read_text(encoding="utf-8"))
    return given.warehouse.rows(query)


def cell(day: date | None, first: str = "JPN", second: str = "KOR") -> dict[str, Any]:
    return {"source": "feed", "actor1_iso3": first, "actor2_iso3": second, "day": day}


def periods(given: Given, *rows: tuple[str, str, date, date]) -> None:
    given.warehouse.execute(PERIOD)
    for source, freq, first, last in rows:
        values = ["JPN", "KOR", source, freq, first, last]
        given.warehouse.execute("insert into before.changed_period values (?,?,?,?,?,?)", values)


def test_a_changed_day_changes_its_week_month_quarter_and_year(given: Given) -> None:
    given.put(
        "meta.changed_cell",
        cell(D(2024, 2, 14)),
        cell(D(2024, 2, 14), "KOR", "JPN"),  # the same dyad
        cell(D(2024, 2, 14), "KOR", "PRK"),  # none of the study's
    )
    found = run(given, "changed_period", "from before.changed_period order by period_end")
    assert found == [
        ("week", "feed", "JPN", "KOR", D(2024, 2, 12), D(2024, 2, 18)),
        ("month", "feed", "JPN", "KOR", D(2024, 2, 1), D(2024, 2, 29)),
        ("quarter", "feed", "JPN", "KOR", D(2024, 1, 1), D(2024, 3, 31)),
        ("year", "feed", "JPN", "KOR", D(2024, 1, 1), D(2024, 12, 31)),
    ]


def test_months_change_with_a_cell_and_with_the_end_of_a_source(given: Given) -> None:
    given.put("meta.changed_cell", cell(D(2024, 2, 14), "KOR", "JPN"))
    given.put(
        "meta.coverage",
        {"source": "longer", "last_day": D(2024, 5, 2)},
        {"source": "same", "last_day": D(2024, 5, 2)},
    )
    given.warehouse.execute(
        "create table before.coverage as select * replace (case source when 'longer' "
        "then date '2024-03-31' else last_day end as last_day) from meta.coverage"
    )
    found = run(
        given, "changed_month", "select source, period_start, actor1_iso3 from before.changed_month"
    )
    wanted = [("feed", 2), ("longer", 3), ("longer", 4), ("longer", 5)]
    assert sorted(found) == sorted(
        (source, D(2024, month, 1), side) for source, month in wanted for side in ("JPN", "KOR")
    )


@pytest.mark.parametrize("column", ["first_day", "last_day", "complete_to"])
def test_a_source_changes_with_each_end_of_its_coverage(given: Given, column: str) -> None:
    ends = {"first_day": D(2020, 1, 1), "last_day": D(2024, 1, 9), "complete_to": D(2024, 1, 7)}
    given.put("meta.coverage", {"source": "moved", **ends}, {"source": "same", **ends})
    given.warehouse.execute(
        f"create table before.coverage as select * replace (if(source = 'moved', {column} + 1, "
        f"{column}) as {column}) from meta.coverage"
    )
    for table in ("coverage_gap", "state_gap"):
        given.warehouse.execute(f"create table before.{table} as from meta.{table}")
    assert run(given, "changed_source", "from before.changed_source") == [("moved",)]


@pytest.mark.parametrize("before", [False, True])
@pytest.mark.parametrize("table", ["coverage_gap", "state_gap"])
def test_a_source_changes_with_a_gap_that_came_or_went(
    given: Given, table: str, before: bool
) -> None:
    gap = {"source": "gone", "first_day": D(2024, 1, 1), "last_day": D(2024, 1, 2)}
    given.put(f"meta.{table}", *([] if before else [gap]))
    for one in ("coverage", "coverage_gap", "state_gap"):
        given.warehouse.execute(f"create table before.{one} as from meta.{one}")
    given.put(f"meta.{table}", *([gap] if before else []))
    assert run(given, "changed_source", "from before.changed_source") == [("gone",)]


def test_months_of_a_changed_year_are_drawn_but_for_those_that_are_kept(given: Given) -> None:
    periods(
        given,
        ("feed", "year", D(2024, 1, 1), D(2024, 12, 31)),
        ("feed", "quarter", D(2023, 1, 1), D(2023, 3, 31)),
    )
    kept = {"source": "feed", "actor1_iso3": "JPN", "actor2_iso3": "KOR"}
    given.put(
        "marts.month_draw",
        *({**kept, "period_start": D(2024, n, 1)} for n in range(3, 13)),
        {**kept, "source": "other", "period_start": D(2024, 1, 1)},
        {**kept, "actor2_iso3": "PRK", "period_start": D(2024, 1, 1)},
        {**kept, "actor1_iso3": "PRK", "period_start": D(2024, 2, 1)},
    )
    found = run(given, "drawn_month", "select * from before.drawn_month order by period_start")
    assert found == [
        ("feed", "JPN", "KOR", D(2024, 1, 1), D(2024, 1, 31)),
        ("feed", "JPN", "KOR", D(2024, 2, 1), D(2024, 2, 29)),
    ]


def test_only_what_lies_in_a_changed_period_is_dropped(given: Given) -> None:
    periods(given, ("feed", "month", D(2024, 2, 1), D(2024, 2, 29)))
    row = {"source": "feed", "actor1_iso3": "JPN", "actor2_iso3": "KOR",
           "period_start": D(2024, 2, 1)}  # fmt: skip
    others = (
        {**row, "source": "other"}, {**row, "actor2_iso3": "PRK"}, {**row, "actor1_iso3": "CHN"},
        {**row, "period_start": D(2024, 3, 1)},
    )  # fmt: skip
    given.put("marts.month_draw", row, *others)
    count = "select count(*) from marts.month_draw"
    assert run(given, "drop_month_draws", count) == [(len(others),)]
    of_months = [{**one, "freq": "month"} for one in (row, *others)]
    swapped = {**of_months[0], "actor1_iso3": "KOR", "actor2_iso3": "JPN"}
    given.put("marts.dyad_interval", *of_months, swapped, {**of_months[0], "freq": "week"})
    count = "select count(*) from marts.dyad_interval"
    assert run(given, "drop_intervals", count) == [(len(others) + 1,)]


def test_the_days_looked_at_are_those_of_cells_months_and_weeks(given: Given) -> None:
    given.put("meta.changed_cell", cell(D(2024, 2, 14)), cell(D(2024, 2, 14), "KOR", "JPN"))
    wanted = "select day from before.wanted_day order by day"
    assert run(given, "days_of_changed_cell", wanted) == [(D(2024, 2, 14),)]
    given.warehouse.execute(
        "create table before.changed_month as select date '2024-02-01' as period_start"
    )
    assert run(given, "days_of_changed_month", wanted) == [(D(2024, 2, n),) for n in range(1, 30)]
    periods(
        given,
        ("feed", "week", D(2024, 3, 4), D(2024, 3, 10)),
        ("feed", "month", D(2024, 4, 1), D(2024, 4, 30)),
        ("records", "week", D(2024, 5, 6), D(2024, 5, 12)),
    )
    given.warehouse.execute(
        "create table before.drawn_month as select 'feed' as source, date '2024-06-01' as "
        "period_start, date '2024-06-30' as period_end"
    )
    june = [(D(2024, 6, n),) for n in range(1, 31)]
    found = run(given, "days_of_changed_period", wanted)
    assert found == [*((D(2024, 3, n),) for n in range(4, 11)), *june]
    given.put("marts.dyad_day", {"source": "feed", "day": D(2024, 3, 4)},
              {"source": "feed", "day": D(2024, 3, 3)},
              {"source": "records", "day": D(1999, 1, 1)})  # fmt: skip
    checked = "select source, day from checked_day order by day"
    assert run(given, "days_to_check", checked) == [
        ("records", D(1999, 1, 1)), ("feed", D(2024, 3, 4)),
    ]  # fmt: skip


def test_what_arrived_lies_on_changed_days_of_the_same_pair_and_source(given: Given) -> None:
    given.put("meta.changed_cell", cell(D(2024, 2, 14)))
    given.warehouse.execute(
        "create table before.added_event as select * from (values "
        "('feed', 'e1', 'JPN', 'KOR', date '2024-02-14'), "
        "('other', 'e2', 'JPN', 'KOR', date '2024-02-14'), "
        "('feed', 'e3', 'KOR', 'JPN', date '2024-02-14'), "
        "('feed', 'e4', 'JPN', 'PRK', date '2024-02-14'), "
        "('feed', 'e5', 'PRK', 'KOR', date '2024-02-14'), "
        "('feed', 'e6', 'JPN', 'KOR', date '2024-02-15')"
        ") as event (source, event_id, actor1_iso3, actor2_iso3, event_date)"
    )
    assert run(given, "arrived", "from before.arrived") == [("feed", "e1")]


@pytest.mark.parametrize(
    ("before", "now", "is_other"),
    [
        ("(1), (2)", "(2), (1)", False),
        ("(1)", "(1), (2)", True),
        ("(1), (2)", "(1)", True),
        ("(1)", "(1), (1)", True),
        ("(1), (1)", "(1)", True),
        ("(null)", "(null)", False),
    ],
)
def test_rows_differ_by_what_came_by_what_went_and_by_how_often(
    before: str, now: str, is_other: bool
) -> None:
    with Warehouse() as warehouse:
        found = comparison.differs(warehouse, f"from (values {before})", f"from (values {now})")
    assert found is is_other


NIGHT = {"before": D(2024, 2, 20), "now": D(2024, 2, 21)}
ACT = {
    "source": "feed", "event_id": "e", "actor1_iso3": "JPN", "actor2_iso3": "KOR",
    "event_date": D(2024, 2, 14), "cameo_code": "042", "is_official": True, "n_mentions": 1,
    "counted_share": 1.0, "added_at": datetime(2024, 2, 15, 6), "n_deaths": 2, "n_deaths_low": 1,
    "n_deaths_high": 3,
}  # fmt: skip
OTHER = {
    "source": "feed", "event_id": "o", "actor1_name": "A", "actor2_name": "B", "cameo_code": "042",
    "event_date": D(2024, 2, 14), "reason": "an actor is unknown",
}  # fmt: skip
CHANGED = "select day from meta.changed_cell order by day"


def nights(given: Given, kind: str, **sides: list[dict[str, Any]]) -> None:
    """Say which rows went (`removed`), came (`added`) and are shown by the later day (`hidden`)."""
    given.put("meta.study", {"as_of": NIGHT["now"]})
    given.warehouse.execute("create or replace table before.study as from meta.study")
    given.warehouse.execute("update before.study set as_of = ?", [NIGHT["before"]])
    for side in ("removed", "added", "hidden"):
        given.put(f"core.store_{kind}", *sides.get(side, []))
        given.warehouse.execute(
            f"create or replace table before.{side}_{kind} as from core.store_{kind}"
        )


def records_of(given: Given, before: list[dict[str, Any]], now: list[dict[str, Any]]) -> None:
    given.put("core.record_event", *before)
    given.warehouse.execute("create or replace table before.record_event as from core.record_event")
    given.put("core.record_event", *now)


@pytest.mark.parametrize(
    "changed",
    [
        {}, {"event_id": "f"}, {"cameo_code": "043"}, {"is_official": False}, {"n_mentions": 2},
        {"added_at": datetime(2024, 2, 16)}, {"n_deaths": 3}, {"n_deaths_low": 0},
        {"n_deaths_high": None},
    ],
)  # fmt: skip
def test_a_part_that_is_written_again_differs_where_its_rows_do(
    given: Given, changed: dict[str, Any]
) -> None:
    records_of(given, [], [])
    nights(given, "event", removed=[ACT], added=[{**ACT, **changed}])
    assert run(given, "changed_event", CHANGED) == ([(ACT["event_date"],)] if changed else [])


@pytest.mark.parametrize("key", ["cameo_code", "counted_share", "is_official", "record_id"])
def test_records_differ_by_what_they_say(given: Given, key: str) -> None:
    one = {**ACT, "source": "records", "record_id": "r"}
    other = {**one, key: {"counted_share": 0.5, "is_official": False}.get(key, "043")}
    nights(given, "event")
    records_of(given, [one], [one])
    assert run(given, "changed_event", CHANGED) == []
    records_of(given, [one], [other])
    assert run(given, "changed_event", CHANGED) == [(ACT["event_date"],)]


@pytest.mark.parametrize("side", ["removed", "added", "hidden"])
def test_events_up_to_the_day_on_which_a_database_stands_count(given: Given, side: str) -> None:
    day = NIGHT["before" if side == "removed" else "now"]
    midnight = datetime.combine(day + timedelta(days=1), time())
    rows = [
        {
            **ACT,
            "event_id": "on the day",
            "event_date": day,
            "added_at": midnight - timedelta(seconds=1),
        },
        {**ACT, "event_id": "after it", "event_date": day + timedelta(days=1)},
        {**ACT, "event_id": "told later", "event_date": D(2024, 2, 1), "added_at": midnight},
    ]
    records_of(given, [], [])
    nights(given, "event", **{side: rows})
    assert run(given, "changed_event", CHANGED) == [(day,)]


@pytest.mark.parametrize("side", ["removed", "added", "hidden"])
def test_days_with_another_volume_are_those_up_to_the_day_and_not_told_yet(
    given: Given, side: str
) -> None:
    day = NIGHT["before" if side == "removed" else "now"]
    rows = [{**OTHER, "event_date": day - timedelta(days=n)} for n in (-1, 0, 1)]
    nights(given, "other", **{side: rows})
    given.put("meta.changed_cell", cell(day - timedelta(days=1)))
    assert run(
        given, "changed_other", "select day from meta.changed_cell where actor1_iso3 is null"
    ) == [(day,)]


@pytest.mark.parametrize("key", ["event_id", "reason", "actor1_name", "actor2_name", "cameo_code"])
def test_what_lies_outside_the_scope_differs_by_what_it_says(given: Given, key: str) -> None:
    given.put("meta.changed_cell")
    nights(given, "other", removed=[OTHER], added=[OTHER])
    assert run(given, "changed_other", CHANGED) == []
    nights(given, "other", removed=[OTHER], added=[{**OTHER, key: "no root event"}])
    assert run(given, "changed_other", CHANGED) == [(OTHER["event_date"],)]


def test_occurrences_are_drawn_again_in_changed_weeks_and_drawn_months(given: Given) -> None:
    periods(
        given,
        ("feed", "week", D(2024, 3, 4), D(2024, 3, 10)),
        ("feed", "month", D(2024, 4, 1), D(2024, 4, 30)),
        ("feed", "year", D(2023, 1, 1), D(2023, 12, 31)),
    )
    given.warehouse.execute(
        "create or replace table before.drawn_month as select 'feed' as source, "
        "'JPN' as actor1_iso3, 'KOR' as actor2_iso3, date '2024-06-01' as period_start, "
        "date '2024-06-30' as period_end"
    )
    wanted = [D(2024, 3, 4), D(2024, 3, 10), D(2024, 6, 1), D(2024, 6, 30)]
    beside = [D(2024, 3, 3), D(2024, 3, 11), D(2024, 4, 9), D(2023, 5, 5), D(2024, 7, 1)]
    given.warehouse.execute(
        "create or replace temp table occurrence as select 'feed' as source, "
        "'JPN' as actor1_iso3, 'KOR' as actor2_iso3, unnest(?::date[]) as day "
        "union all select 'other', 'JPN', 'KOR', "
        "date '2024-03-05' union all select 'feed', 'JPN', 'PRK', date '2024-03-05' "
        "union all select 'feed', 'CHN', 'KOR', date '2024-06-05'",
        [[*wanted, *beside]],
    )
    kept = run(given, "drop_occurrences", "from occurrence order by day")
    assert kept == [("feed", "JPN", "KOR", day) for day in wanted]


def test_an_id_that_arrived_is_looked_for_on_days_that_did_not_change(given: Given) -> None:
    days = {"arrived": D(2024, 2, 14), "long ago": D(2019, 1, 1)}
    acts = [{**ACT, "event_date": day} for day in days.values()]
    others = [{**ACT, "event_id": "f"}, {**ACT, "source": "other"}]
    given.put(
        "core.store_event", *acts, *({**one, "event_date": days["long ago"]} for one in others)
    )
    given.warehouse.execute(
        "create or replace table before.arrived as select 'feed' as source, 'e' as event_id; "
        "create or replace table before.wanted_day as select date '2024-02-14' as day; "
        "create or replace temp table checked_event as from core.store_event limit 0"
    )
    found = run(given, "events_to_check", "select source, event_id, event_date from checked_event")
    assert found == [("feed", "e", days["long ago"])]
