"""Which days a source is known to have looked at, against a model that goes day by day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from tests.support.effort import examples

DAY0 = date(2021, 1, 1)
START, AS_OF = DAY0 + timedelta(days=5), DAY0 + timedelta(days=40)
LOADED, MISSING = "loaded", "missing"


def _day(number: int) -> date:
    return DAY0 + timedelta(days=number)


@dataclass(frozen=True)
class File:
    """A file of one source by the numbers of its days."""

    first: int
    last: int
    status: str = LOADED
    named_to: int | None = None
    source: str = "gdelt1"
    n_loaded: int = 1
    n_rows: int = 1000


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as one:
        one.create_inputs()
        columns = [row[0] for row in one.rows("describe meta.study")]
        values = {"start_date": START, "as_of": AS_OF}
        # What no statement here reads is left empty, whatever the table demands.
        chosen = ", ".join(f"{_literal(values.get(name))} as {name}" for name in columns)
        one.execute(f"create or replace table meta.study as select {chosen}")
        wanted = "raw_file_id varchar, source varchar, status varchar, n_loaded bigint, "
        wanted += "covers_from date, covers_to date, named_to date, n_rows bigint, places varchar"
        one.execute(f"create or replace table meta.raw_file ({wanted})")
        one.insert("meta.files_a_day", ["source", "n_files"], [("gdelt2", 96)])
        yield one


def _literal(value: date | None) -> str:
    return "null" if value is None else f"date '{value}'"


def _fill(warehouse: Warehouse, files: list[File]) -> None:
    warehouse.execute("delete from meta.raw_file")
    warehouse.insert(
        "meta.raw_file",
        ["raw_file_id", "source", "status", "n_loaded", "covers_from", "covers_to", "named_to",
         "n_rows"],
        [
            (f"{file.source}/{number}.csv", file.source, file.status, file.n_loaded,
             _day(file.first), _day(file.last),
             _day(file.last if file.named_to is None else file.named_to), file.n_rows)
            for number, file in enumerate(files)
        ],
    )  # fmt: skip
    for table in ("meta.covering_file", "meta.coverage_gap", "meta.coverage"):
        warehouse.build(table)


def _unknown(warehouse: Warehouse) -> set[date]:
    rows = warehouse.rows("select first_day, last_day from meta.coverage_gap")
    return {
        first + timedelta(days=n) for first, last in rows for n in range((last - first).days + 1)
    }


FILES = st.lists(
    st.builds(
        lambda first, length, status: File(first, first + length, status),
        st.integers(0, 45),
        st.integers(0, 4),
        st.sampled_from([LOADED, LOADED, "no_rows", MISSING]),
    ),
    min_size=1,
    max_size=10,
)


@settings(max_examples=examples(30))
@given(files=FILES)
def test_coverage_and_gaps_are_those_of_a_count_day_by_day(
    warehouse: Warehouse, files: list[File]
) -> None:
    _fill(warehouse, files)
    there = {
        _day(n) for one in files if one.status != MISSING for n in range(one.first, one.last + 1)
    }
    lost = {
        _day(n)
        for one in files
        if one.status == MISSING and there and min(there) <= _day(one.first) <= max(there)
        for n in range(one.first, one.last + 1)
    }
    inside = [START + timedelta(days=n) for n in range((AS_OF - START).days + 1)]
    span = [day for day in inside if there and min(there) <= day <= max(there)]
    unknown = {day for day in span if day not in there or day in lost}
    assert _unknown(warehouse) == unknown
    rows = warehouse.rows("select first_day, last_day, complete_to from meta.coverage")
    if not span:
        assert rows == []
        return
    # The last day of which all is known: what lies behind a gap is known again.
    days = [START - timedelta(days=1), *(day for day in inside if day <= max(there))]
    assert rows == [(span[0], span[-1], max(day for day in days if day not in unknown))]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        # A category that ends early ends what is complete, not what is covered.
        ([File(6, 30, source="records"), File(8, 20, source="records")], (6, 30, 20)),
        # A file of records without any record tells of nothing.
        (
            [File(6, 30, source="records"), File(8, 20, source="records", n_loaded=0)],
            (6, 30, 30),
        ),
        # The study's own first day, and the day as of which it stands, bound everything.
        ([File(0, 45, source="records")], (5, 40, 40)),
        ([File(0, 45)], (5, 40, 40)),
        # A provider's file that is missing at the end tells nothing of an end.
        ([File(6, 9), File(10, 12, MISSING)], (6, 9, 9)),
        ([File(6, 9), File(10, 12, MISSING), File(13, 14)], (6, 14, 14)),
        ([File(6, 9), File(11, 14)], (6, 14, 14)),
        ([File(6, 9), File(12, 14), File(13, 14, MISSING)], (6, 14, 12)),
        ([File(6, 9), File(10, 14)], (6, 14, 14)),
        # A file that holds part of its only day reaches into it; silent ones of several do not.
        ([File(6, 9), File(10, 9, named_to=10)], (6, 10, 9)),
        ([File(6, 9), File(10, 9, "no_rows", named_to=10)], (6, 10, 9)),
        ([File(6, 9), File(10, 9, "no_rows", named_to=11)], (6, 9, 9)),
    ],
)
def test_coverage_by_hand(
    warehouse: Warehouse, files: list[File], expected: tuple[int, int, int]
) -> None:
    _fill(warehouse, files)
    rows = warehouse.rows("select first_day, last_day, complete_to from meta.coverage")
    assert rows == [tuple(_day(n) for n in expected)]


@pytest.mark.parametrize(
    ("silent_days", "is_known"), [(0, True), (6, True), (7, True), (8, False), (20, False)]
)
def test_a_file_that_ends_in_silence_is_known_to_its_name_for_a_week(
    warehouse: Warehouse, silent_days: int, is_known: bool
) -> None:
    _fill(warehouse, [File(6, 8, named_to=8 + silent_days), File(9 + silent_days, 38)])
    silent = {_day(9 + n) for n in range(silent_days)}
    assert _unknown(warehouse) == (set() if is_known else silent)


@pytest.mark.parametrize(
    ("n_rows", "silent_days", "is_known"),
    # Six days with two rows: three days from row to row, so that twenty-one of silence are usual.
    [(2, 21, True), (2, 22, False), (6, 7, True), (6, 8, False), (600, 8, False)],
)
def test_a_file_of_few_rows_may_end_in_a_longer_silence(
    warehouse: Warehouse, n_rows: int, silent_days: int, is_known: bool
) -> None:
    first = File(6, 11, named_to=11 + silent_days, n_rows=n_rows)
    _fill(warehouse, [first, File(12 + silent_days, 38)])
    silent = {_day(12 + n) for n in range(silent_days)}
    assert _unknown(warehouse) == (set() if is_known else silent)


def test_a_file_of_several_days_without_an_event_tells_of_none(warehouse: Warehouse) -> None:
    _fill(warehouse, [File(6, 9), File(10, 9, "no_rows", named_to=14), File(15, 20)])
    assert _unknown(warehouse) == {_day(n) for n in range(10, 15)}
    # One of a single day was looked at, whatever it holds.
    _fill(warehouse, [File(6, 9), File(10, 10, "no_rows", named_to=10), File(11, 20)])
    assert _unknown(warehouse) == set()


def test_a_superseded_file_and_one_that_an_older_version_stands_for_leave_no_gap(
    warehouse: Warehouse,
) -> None:
    _fill(warehouse, [File(6, 20), File(8, 9, "superseded")])
    assert _unknown(warehouse) == set()
    _fill(warehouse, [File(6, 20), File(8, 9, MISSING)])
    assert _unknown(warehouse) == {_day(8), _day(9)}
    warehouse.execute(
        "update meta.raw_file set raw_file_id = 'gdelt1/1@abc.csv' where status = 'loaded'"
    )
    warehouse.build("meta.coverage_gap")
    assert _unknown(warehouse) == set()


def test_the_last_day_is_short_only_when_it_is_over(warehouse: Warehouse) -> None:
    for number, covers_to in enumerate((_day(1), _day(2))):
        warehouse.execute("delete from meta.raw_file")
        for place, (day, to) in enumerate([(_day(1), _day(1)), (_day(2), covers_to)]):
            warehouse.execute(
                "insert into meta.raw_file select ? || i, 'gdelt2', ?, 1, ?, ?, ?, 1, null "
                "from range(96 - ?) as t(i)",
                [f"{number}-{place}-", LOADED, day, to, day, place],
            )
        warehouse.build("meta.short_day")
        told = [("gdelt2", _day(2), 95, 0, 1)] if covers_to == _day(2) else []
        assert warehouse.rows("from meta.short_day") == told


@settings(max_examples=examples(12))
@given(
    counts=st.lists(
        st.tuples(st.sampled_from([0, 1, 94, 95, 96, 97]), st.sampled_from([0, 0, 1, 2])),
        min_size=2,
        max_size=7,
    )
)
def test_a_short_day_has_fewer_than_96_quarters(
    warehouse: Warehouse, counts: list[tuple[int, int]]
) -> None:
    warehouse.execute("delete from meta.raw_file")
    for number, (loaded, missing) in enumerate(counts):
        for status, n in ((LOADED, loaded), ("no_rows", 0), (MISSING, missing)):
            warehouse.execute(
                "insert into meta.raw_file "
                "select i || ?, 'gdelt2', ?, 1, ?, ?, ?, 1, null from range(?) as t(i)",
                [f"-{number}", status, _day(number), _day(number), _day(number), n],
            )
    warehouse.build("meta.short_day")
    with_files = [number for number, (loaded, missing) in enumerate(counts) if loaded + missing]
    had = [number for number, (loaded, _) in enumerate(counts) if loaded]
    inside = range(with_files[0], had[-1] + 1) if had else ()
    assert warehouse.rows("from meta.short_day") == [
        ("gdelt2", _day(n), loaded, missing, 96 - loaded - missing)
        for n in inside
        for loaded, missing in [counts[n]]
        if loaded < 96
    ]
