"""What is told of the months that differ from those published before."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from statistics import stdev

import pytest

from detente.base import assets
from detente.database.builder import Warehouse
from detente.refresh.changes import IndexChange

MONTHS = [date(2020 + n // 12, n % 12 + 1, 1) for n in range(30)]
NETS = [float(n % 5 - 2) for n in range(30)]
Row = tuple[date, int, float]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as one:
        one.execute("attach ':memory:' as previous")
        for place in ("previous.marts", "marts"):
            one.execute(f"create schema {place}")
            one.execute(
                f"create table {place}.dyad_period (source varchar, freq varchar, "
                "direction varchar, counting varchar, actor1_iso3 varchar, actor2_iso3 varchar, "
                "period_start date, n_events bigint, net double, is_complete boolean)"
            )
        one.execute("create schema stats")
        one.execute(
            "create table stats.level (source varchar, counting varchar, kind varchar, "
            "actor1_iso3 varchar, actor2_iso3 varchar, period_start date, surprise double)"
        )
        yield one


def _put(
    warehouse: Warehouse,
    place: str,
    rows: list[Row],
    pair: tuple[str, str] = ("JPN", "KOR"),
    complete: int = 30,
) -> None:
    """Put months in, and beside them what is not compared: other countings and directions."""
    columns = ["source", "freq", "direction", "counting", "actor1_iso3", "actor2_iso3",
               "period_start", "n_events", "net", "is_complete"]  # fmt: skip
    lines = []
    for number, (day, n_events, net) in enumerate(rows):
        told = (*pair, day, n_events, net, number < complete)
        lines.append(("records", "month", "undirected", "all", *told))
        other = (*pair, day, n_events + len(place), net + len(place), True)
        lines += [
            ("records", "month", "directed", "all", *other),
            ("records", "month", "undirected", "one_a_day", *other),
            ("records", "year", "undirected", "all", *other),
        ]
    warehouse.insert(f"{place}.dyad_period", columns, lines)


def _changes(warehouse: Warehouse) -> list[IndexChange]:
    text = (assets.sql() / "compare" / "index_changes.sql").read_text(encoding="utf-8")
    return [IndexChange(**row) for row in warehouse.dicts(text)]


@pytest.mark.parametrize(("n_complete", "has_sd"), [(30, True), (24, True), (23, False)])
def test_a_change_is_told_in_deviations_of_24_complete_months(
    warehouse: Warehouse, n_complete: int, has_sd: bool
) -> None:
    before = [(day, 2, net) for day, net in zip(MONTHS, NETS, strict=True)]
    _put(warehouse, "previous.marts", before, complete=n_complete)
    after = before.copy()
    after[7] = (MONTHS[7], 3, NETS[7] - 4.0)
    _put(warehouse, "marts", after)
    (change,) = _changes(warehouse)
    assert (change.period_start, change.n_events_before, change.n_events) == (MONTHS[7], 2, 3)
    assert (change.net_before, change.net, change.change) == (NETS[7], NETS[7] - 4.0, -4.0)
    if has_sd:
        assert change.change_in_sd == pytest.approx(-4.0 / stdev(NETS[:n_complete]))
    else:
        assert change.change_in_sd is None


def test_a_month_that_is_new_or_gone_counts_from_and_to_zero(warehouse: Warehouse) -> None:
    _put(warehouse, "previous.marts", [(MONTHS[0], 1, 2.0), (MONTHS[1], 1, 3.0)])
    _put(warehouse, "marts", [(MONTHS[1], 1, 3.0), (MONTHS[2], 2, -5.0)])
    found = [
        (one.period_start, one.net_before, one.net, one.n_events) for one in _changes(warehouse)
    ]
    assert found == [(MONTHS[2], 0.0, -5.0, 2), (MONTHS[0], 2.0, 0.0, 0)]


def test_what_is_the_same_is_not_told_and_another_number_of_acts_is(warehouse: Warehouse) -> None:
    _put(warehouse, "previous.marts", [(MONTHS[0], 1, 2.0), (MONTHS[1], 1, 3.0)])
    _put(warehouse, "marts", [(MONTHS[0], 1, 2.0 + 1e-12), (MONTHS[1], 2, 3.0)])
    assert [(one.period_start, one.change) for one in _changes(warehouse)] == [(MONTHS[1], 0.0)]


def test_surprises_come_first_then_the_largest_in_deviations(warehouse: Warehouse) -> None:
    before = [(day, 2, net) for day, net in zip(MONTHS, NETS, strict=True)]
    calm = [(day, 2, net / 100) for day, _, net in before]
    _put(warehouse, "previous.marts", before)
    _put(warehouse, "previous.marts", calm, ("JPN", "PRK"))
    after, calm_after = before.copy(), calm.copy()
    for place, moved in ((3, 9.0), (4, -8.0), (5, 1.0)):
        after[place] = (MONTHS[place], 2, NETS[place] + moved)
    calm_after[6] = (MONTHS[6], 2, calm[6][2] + 0.5)
    _put(warehouse, "marts", after)
    _put(warehouse, "marts", calm_after, ("JPN", "PRK"))
    levels = [
        ("records", "all", "filtered", "JPN", "KOR", MONTHS[5], 0.01),
        ("records", "all", "smoothed", "JPN", "KOR", MONTHS[3], 0.001),
        ("records", "one_a_day", "filtered", "JPN", "KOR", MONTHS[4], 0.001),
    ]
    columns = ["source", "counting", "kind", "actor1_iso3", "actor2_iso3", "period_start"]
    warehouse.insert("stats.level", [*columns, "surprise"], levels)
    found = [(one.actor2_iso3, one.period_start, one.surprise) for one in _changes(warehouse)]
    assert found == [
        ("KOR", MONTHS[5], 0.01),
        ("PRK", MONTHS[6], None),
        ("KOR", MONTHS[3], None),
        ("KOR", MONTHS[4], None),
    ]


@pytest.mark.parametrize(
    ("surprise", "in_sd", "is_large"),
    [
        (0.02, None, True),
        (math.nextafter(0.02, 1), None, False),
        (0.5, 9.0, False),  # where a level is estimated, it alone is asked
        (None, 2.0, True),
        (None, -2.0, True),
        (None, 1.999, False),
        (None, None, False),
    ],
)
def test_a_month_is_told_of_at_the_thresholds_themselves(
    surprise: float | None, in_sd: float | None, is_large: bool
) -> None:
    change = IndexChange(
        "records", "JPN", "KOR", MONTHS[0], 1, 2, 0.0, 4.0, 4.0, in_sd, surprise
    )  # fmt: skip
    assert change.is_large(0.02, 2.0) == is_large
