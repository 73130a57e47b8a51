"""Files of some states only: no day is a zero that one of them did not reach."""

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
START, AS_OF = DAY0 + timedelta(days=3), DAY0 + timedelta(days=60)
STATES = ("BOL", "CHL", "PER")
SQL = ("meta.covering_file", "meta.state_gap", "meta.coverage_gap", "meta.coverage")


def _day(number: int) -> date:
    return DAY0 + timedelta(days=number)


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


@dataclass(frozen=True)
class File:
    """A file by the numbers of its days, and the states that it has events in; all if None."""

    first: int
    last: int
    places: frozenset[str] | None
    named_to: int | None = None
    n_rows: int = 1000


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as one:
        one.create_inputs()
        columns = [row[0] for row in one.rows("describe meta.study")]
        values = {"start_date": START, "as_of": AS_OF}
        chosen = ", ".join(
            f"date '{values[name]}' as {name}" if name in values else f"null as {name}"
            for name in columns
        )
        one.execute(f"create or replace table meta.study as select {chosen}")
        one.insert(
            "meta.study_dyad",
            ["position", "actor1_iso3", "actor2_iso3", "is_focal"],
            [(1, "BOL", "CHL", True), (2, "CHL", "PER", False)],
        )
        wanted = "raw_file_id varchar, source varchar, status varchar, n_loaded bigint, "
        wanted += "covers_from date, covers_to date, named_to date, n_rows bigint, places varchar"
        one.execute(f"create or replace table meta.raw_file ({wanted})")
        yield one


def _fill(warehouse: Warehouse, *files: File) -> None:
    warehouse.execute("delete from meta.raw_file")
    warehouse.insert(
        "meta.raw_file",
        ["raw_file_id", "source", "status", "n_loaded", "covers_from", "covers_to", "named_to",
         "n_rows", "places"],
        [
            (f"acled/{number}.csv", "acled", "loaded", 1, _day(one.first), _day(one.last),
             _day(one.last if one.named_to is None else one.named_to), one.n_rows,
             None if one.places is None else "; ".join(sorted(one.places)))
            for number, one in enumerate(files)
        ],
    )  # fmt: skip
    for table in SQL:
        warehouse.build(table)


def _gaps(warehouse: Warehouse) -> list[tuple[date, date, str]]:
    return warehouse.rows("select first_day, last_day, reason from meta.coverage_gap order by all")


def _unlocated(warehouse: Warehouse) -> list[str]:
    rows = warehouse.rows(
        "select iso3 from meta.state_gap where reason = 'no event in the state' order by all"
    )
    return [iso3 for (iso3,) in rows]


def _coverage(warehouse: Warehouse) -> tuple[date, date, date]:
    ((first, last, complete_to),) = warehouse.rows(
        "select first_day, last_day, complete_to from meta.coverage"
    )
    return first, last, complete_to


def _of(*places: str) -> frozenset[str]:
    return frozenset(places)


def test_the_shorter_export_ends_what_is_known(warehouse: Warehouse) -> None:
    _fill(warehouse, File(3, 40, _of("BOL")), File(5, 20, _of("CHL", "ARG")))
    assert _gaps(warehouse) == [
        (_day(3), _day(4), "no file of a state"),
        (_day(21), _day(40), "no file of a state"),
    ]
    assert _coverage(warehouse) == (_day(3), _day(40), _day(20))
    rows = warehouse.rows(
        "select iso3, first_day, last_day from meta.state_gap "
        "where reason = 'no file of the state' order by all"
    )
    assert rows == [("CHL", _day(3), _day(4)), ("CHL", _day(21), _day(40))]
    assert _unlocated(warehouse) == ["PER"]


def test_a_file_of_all_states_reaches_each(warehouse: Warehouse) -> None:
    _fill(warehouse, File(3, 40, None), File(5, 20, _of("CHL")))
    assert _gaps(warehouse) == []
    assert _unlocated(warehouse) == []
    assert _coverage(warehouse) == (_day(3), _day(40), _day(40))


def test_exports_of_the_same_states_for_successive_spans_join(warehouse: Warehouse) -> None:
    # Silent from day 19 to the end of the span that was asked for, day 22.
    first = File(3, 18, _of("BOL", "CHL"), named_to=22)
    _fill(warehouse, first, File(23, 40, _of("BOL", "CHL")))
    assert _gaps(warehouse) == []
    _fill(warehouse, first, File(23, 40, _of("BOL")))
    assert _gaps(warehouse) == [(_day(19), _day(40), "no file of a state")]


@pytest.mark.parametrize(("n_others", "is_whole"), [(19, True), (9, True), (8, False)])
def test_years_of_the_world_whose_states_differ_a_little_join(
    warehouse: Warehouse, n_others: int, is_whole: bool
) -> None:
    """One year has no event in Peru, and 9 of 10 states are those of the other year."""
    others = {f"X{n:02}" for n in range(n_others - 1)} | {"CHL"}
    _fill(warehouse, File(3, 20, frozenset(others)), File(21, 40, frozenset(others | {"PER"})))
    gap = [] if is_whole else [(_day(3), _day(20), "no file of a state")]
    assert _gaps(warehouse) == gap
    assert _unlocated(warehouse) == ["BOL"]


def test_days_without_any_file_stay_told_as_such(warehouse: Warehouse) -> None:
    _fill(warehouse, File(3, 10, _of(*STATES)), File(15, 40, _of(*STATES)))
    assert _gaps(warehouse) == [(_day(11), _day(14), "no file")]
    _fill(warehouse, File(3, 10, _of("BOL")), File(3, 8, _of("CHL")), File(15, 40, _of(*STATES)))
    # Of Peru nothing is known before the third.
    assert _gaps(warehouse) == [(_day(3), _day(14), "no file of a state")]


FILES = st.lists(
    st.builds(
        lambda first, length, places: File(first, first + length, places),
        st.integers(0, 55),
        st.integers(0, 25),
        st.none() | st.frozensets(st.sampled_from([*STATES, "ARG"]), min_size=1),
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=examples(40))
@given(files=FILES)
def test_no_day_counts_that_an_export_of_a_state_did_not_reach(
    warehouse: Warehouse, files: list[File]
) -> None:
    _fill(warehouse, *files)
    looked = {
        iso3: {
            day
            for one in files
            if one.places is None or iso3 in one.places
            for day in _days(_day(one.first), _day(one.last))
        }
        for iso3 in STATES
    }
    every = {day for one in files for day in _days(_day(one.first), _day(one.last))}
    span = _days(min(every), max(every)) & _days(START, AS_OF)
    known = every.intersection(*(days for days in looked.values() if days))
    unknown = set().union(*(_days(first, last) for first, last, _ in _gaps(warehouse)))
    assert unknown == span - known
    if span:
        reached = [START - timedelta(days=1), *(day for day in span if day in known)]
        assert _coverage(warehouse) == (min(span), max(span), max(reached))
    assert _unlocated(warehouse) == [iso3 for iso3, days in looked.items() if not days]
