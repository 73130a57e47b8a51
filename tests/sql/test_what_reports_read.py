"""What the report and the questions read out of tables, over given rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast

import pytest

from detente.analysis.levels import reading
from detente.database.published import Published
from detente.report import language
from detente.report.model import balance, coverage, methods, origin, quality, unknown
from detente.report.model.reported import Reported
from detente.report.pages import quality as pages
from tests.support.given import Given, Row, nothing

D = date
PAIR: Row = {"actor1_iso3": "JPN", "actor2_iso3": "KOR"}
BACK: Row = {"actor1_iso3": "KOR", "actor2_iso3": "JPN"}
MONTH: Row = {
    **PAIR, "source": "records", "counting": "all", "direction": "undirected",
    "period_start": D(2020, 1, 1), "net": 3.0, "n_events": 2, "n_source_events": 9,
    "is_complete": True,
}  # fmt: skip
TWELVE: Row = {
    **PAIR, "source": "records", "counting": "all", "period_start": D(2020, 1, 1),
    "net_12m": 5.0, "net_12m_lo": 1.0, "net_12m_hi": 8.0, "n_occurrences_12m": 7,
    "share_lower": 0.5, "change_12m": 2.0, "change_12m_lo": -1.0, "change_12m_hi": 4.0,
    "net_12m_bilateral": 4.0, "n_events_12m_bilateral": 6, "is_complete": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        yield one


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


def _balances(given: Given, series: Reported) -> dict[tuple[str, str], tuple[balance.Month, ...]]:
    pairs = [("JPN", "KOR"), ("JPN", "PRK")]
    return balance.balances(cast(Published, given.warehouse), series, pairs)


def _event(number: int, way: Row, record: str | None, month: int = 1) -> Row:
    told = {"event_id": f"e{number}", "record_id": record, "source": "records"}
    return {**told, **way, "event_date": D(2020, month, 9)}


def test_a_record_that_acts_both_ways_is_one_event_of_the_month(given: Given) -> None:
    given.put("marts.dyad_month", MONTH)
    given.put("stats.balance", TWELVE)
    given.put(
        "core.event",
        _event(1, PAIR, "a"), _event(2, BACK, "a"), _event(3, BACK, "b"),
        _event(4, PAIR, "c", month=2), {**_event(5, PAIR, "d"), "source": "other"},
    )  # fmt: skip
    (month,) = _balances(given, Reported("records"))["JPN", "KOR"]
    assert month == balance.Month(
        D(2020, 1, 1), 3.0, 2, 9, True, 5.0, 1.0, 8.0, 7, 2.0, -1.0, 4.0, 0.5, 4.0, 6
    )


@pytest.mark.parametrize(
    ("month", "twelve", "known"),
    [
        ({}, {"is_complete": False}, False),
        ({}, {"counting": "one_a_day"}, False),
        ({}, {"source": "icews"}, False),
        ({}, {"period_start": D(2019, 12, 1)}, False),
        ({}, {}, True),
    ],
)
def test_a_balance_is_that_of_twelve_complete_months_of_the_same_series(
    given: Given, month: Row, twelve: Row, known: bool
) -> None:
    given.put("marts.dyad_month", {**MONTH, **month})
    given.put("stats.balance", {**TWELVE, **twelve})
    (found,) = _balances(given, Reported("records"))["JPN", "KOR"]
    told = (found.balance, found.lo, found.change, found.share_lower, found.bilateral)
    assert told == ((5.0, 1.0, 2.0, 0.5, 4.0) if known else (None,) * 5)
    assert found.n_window == (7 if known else 0)


def test_months_come_in_order_and_of_pairs_with_events_alone(given: Given) -> None:
    empty = {**MONTH, "actor2_iso3": "PRK", "n_events": 0}
    later = [{**MONTH, "period_start": D(2020, n, 1)} for n in (3, 2)]
    others = [{**MONTH, "direction": "directed"}, {**MONTH, "counting": "one_a_day"}]
    given.put("marts.dyad_month", *later, MONTH, empty, {**MONTH, "actor2_iso3": "USA"}, *others)
    found = _balances(given, Reported("records"))
    assert {pair: [one.month.month for one in months] for pair, months in found.items()} == {
        ("JPN", "KOR"): [1, 2, 3]
    }


def test_the_unknown_names_with_most_rows_come_first(given: Given) -> None:
    names = [("a", 1), ("b", 9), ("c", 9), ("d", 4)]
    given.put(
        "core.unknown_actor",
        *({"source": "feed", "name": name, "n_rows": n, "first_day": D(2020, 1, n)}
          for name, n in reversed(names)),
    )  # fmt: skip
    found = methods._unknown(cast(Published, given.warehouse))
    assert [(name, n, first.day) for _, name, n, first in found] == [
        ("b", 9, 9), ("c", 9, 9), ("d", 4, 4), ("a", 1, 1),
    ]  # fmt: skip


def test_what_could_not_be_loaded_covers_nothing(given: Given) -> None:
    """A file of ACLED that cannot be read said that its facts began in 1997."""
    loaded = {"status": "loaded", "covers_from": D(2020, 1, 1), "covers_to": D(2022, 12, 30)}
    failed = {"status": "unreadable", "covers_from": D(1997, 1, 1), "covers_to": D(2026, 1, 1)}
    other = {"status": "not_recognised", "covers_from": None, "covers_to": None}
    for files, name, n_missing, covers in (
        ([loaded, failed, other], "acled/0.csv", 2, "2020-01-01 to 2022-12-30"),
        ([loaded, failed, loaded], "acled: 2 files", 1, "2020-01-01 to 2022-12-30"),
        ([failed, other], "acled: 0 files", 2, ""),
        ([failed], "acled/0.csv", 1, ""),
    ):
        given.put(
            "meta.raw_file",
            *({"source": "acled", "title": "ACLED", "raw_file_id": f"acled/{n}.csv", "path": "x",
               "n_rows": 1, **one} for n, one in enumerate(files)),
        )  # fmt: skip
        given.put(
            "meta.missing_file",
            *({"source": "acled", "raw_file_id": f"acled/{n}.csv", "name": "x",
               "status": one["status"]} for n, one in enumerate(files) if one is not loaded),
        )  # fmt: skip
        (found,) = origin._files(cast(Published, given.warehouse), "acled")
        assert (found.raw_file_id, found.n_missing, found.covers) == (name, n_missing, covers)


def test_rises_and_falls_of_the_level_come_in_the_order_of_their_ends(given: Given) -> None:
    series = {**PAIR, "source": "records", "counting": "all"}
    spans = [(D(2019, 5, 1), D(2019, 6, 1)), (D(2010, 1, 1), D(2015, 1, 1)),
             (D(2012, 1, 1), D(2013, 1, 1))]  # fmt: skip
    given.put(
        "stats.level_change",
        *({**series, "first_month": first, "last_month": last, "sentence": f"{last.year}"}
          for first, last in spans),
        {**series, "counting": "one_a_day", "first_month": D(2020, 1, 1),
         "last_month": D(2020, 2, 1), "sentence": "x"},
    )  # fmt: skip
    given.put("stats.step_or_drift", {**series, "is_step": True, "sentence": "Steps."})
    found = reading.movements(given.warehouse, "records", "all")
    assert list(found) == [("JPN", "KOR")]
    told = found["JPN", "KOR"]
    assert told.is_step is True
    assert [last.year for _, last, _ in told.changes] == [2013, 2015, 2019]


@pytest.mark.parametrize(
    ("first_day", "last_day", "month", "n_events", "is_complete"),
    [
        (D(2020, 1, 1), D(2020, 4, 30), 1, 4, True),
        # One day of a month is enough to know some of it, and all days to know it whole.
        (D(2020, 1, 31), D(2020, 4, 30), 1, 4, False),
        (D(2020, 2, 1), D(2020, 4, 30), 1, None, False),
        (D(2020, 1, 1), D(2020, 4, 1), 4, 0, False),
        (D(2020, 1, 1), D(2020, 3, 31), 4, None, False),
        # Complete to the last of March; a month that a gap touches is not, one inside is unknown.
        (D(2020, 1, 1), D(2020, 4, 30), 3, 1, True),
        (D(2020, 1, 1), D(2020, 4, 30), 2, None, False),
        (D(2020, 1, 1), D(2020, 4, 30), 5, 2, False),
    ],
)
def test_a_month_of_the_grid_is_known_by_its_days(
    first_day: date, last_day: date, month: int, n_events: int | None, is_complete: bool
) -> None:
    counts = {(2020, 1): 4, (2020, 3): 1, (2020, 5): 2}
    gaps = [(D(2020, 2, 1), D(2020, 2, 29)), (D(2020, 5, 31), D(2020, 6, 2))]
    last_day = D(2020, 6, 30) if month == 5 else last_day
    complete_to = D(2020, 6, 30) if month == 5 else D(2020, 3, 31)
    (year,) = coverage.grid(counts, first_day, last_day, complete_to, gaps)
    found = year.months[month - 1]
    assert (found.n_events, found.is_complete) == (n_events, is_complete)


def test_the_longest_spans_that_are_unknown_of_a_pair_are_read_and_all_counted(
    given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unknown, "_READ", 4)
    given.put(
        "meta.study_dyad",
        {**PAIR, "position": 1, "is_focal": True},
        {"actor1_iso3": "CHN", "actor2_iso3": "USA", "position": 2, "is_focal": False},
    )
    given.put(
        "meta.coverage",
        {"source": "acled", "first_day": D(2020, 1, 1), "last_day": D(2020, 12, 31)},
        {"source": "icews", "first_day": D(2020, 1, 1), "last_day": D(2020, 12, 31)},
    )
    gap: Row = {"source": "acled", "reason": "no file"}
    given.put(
        "meta.coverage_gap",
        *({**gap, "first_day": D(2020, n, 1), "last_day": D(2020, n, n)} for n in range(1, 6)),
        {**gap, "source": "icews", "first_day": D(2020, 1, 1), "last_day": D(2020, 9, 1)},
    )
    absent: Row = {**gap, "iso3": "KOR", "reason": "no event in the state"}
    given.put("meta.state_gap", {**absent, "first_day": D(2020, 1, 1), "last_day": D(2020, 1, 4)})
    found = unknown.of_pairs(cast(Published, given.warehouse), "acled")
    assert {pair: one.n for pair, one in found.items()} == {("JPN", "KOR"): 6, ("CHN", "USA"): 5}
    told = found["JPN", "KOR"].longest
    assert [(one.iso3, one.n_days, one.is_from_start) for one in told] == [
        (None, 5, False), ("KOR", 4, True), (None, 4, False), (None, 3, False),
    ]  # fmt: skip
    assert [one.n_days for one in found["CHN", "USA"].longest] == [5, 4, 3, 2]


def test_a_gap_of_all_states_and_one_of_a_state_are_each_listed_once(
    given: Given, tmp_path: Path
) -> None:
    given.put(
        "meta.study_dyad",
        {**PAIR, "position": 1, "is_focal": True},
        {"actor1_iso3": "JPN", "actor2_iso3": "PRK", "position": 2, "is_focal": False},
    )
    gap: Row = {"source": "acled", "first_day": D(2020, 1, 1)}
    given.put("meta.coverage_gap", {**gap, "last_day": D(2020, 1, 2), "reason": "part of a day"})
    given.put(
        "meta.state_gap",
        {**gap, "iso3": "JPN", "last_day": D(2020, 1, 9), "reason": "no event in the state"},
        {**gap, "iso3": "BRA", "last_day": D(2020, 1, 9), "reason": "no event in the state"},
    )
    found = quality.quality(cast(Published, given.warehouse), tmp_path)
    assert [(one.iso3, one.last_day.day) for one in found.gaps] == [("JPN", 9), (None, 2)]
    assert found.n_gaps == 2
    (table,) = [
        one for one in pages.blocks(found, language.load()) if "unknown, 2 gaps" in str(one)
    ]
    assert "part of a day has no file" in str(table)
