"""The checks that compare with what was published before, at the very thresholds they name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest

from detente.base import assets
from detente.database.builder import Warehouse

JANUARY = [date(2023, 1, 1) + timedelta(days=n) for n in range(31)]
NEW_DAYS = [date(2023, 2, 1) + timedelta(days=n) for n in range(10)]
Failing = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    """January with ten events a day, published before, and the tables that gates read."""
    with Warehouse() as one:
        one.execute("attach ':memory:' as previous")
        for place in ("previous.", ""):
            for schema in ("marts", "meta"):
                one.execute(f"create schema {place}{schema}")
            one.execute(
                f"create table {place}marts.volume_day "
                "(source varchar, counting varchar, day date, n_events bigint)"
            )
            one.execute(
                f"create table {place}meta.coverage "
                "(source varchar, first_day date, last_day date, complete_to date)"
            )
            one.execute(
                f"create table {place}meta.coverage_gap "
                "(source varchar, first_day date, last_day date, reason varchar)"
            )
            one.execute(
                f"create table {place}meta.raw_file (raw_file_id varchar, source varchar, "
                "sha256 varchar, status varchar, n_loaded bigint, n_unknown bigint, "
                "n_out_of_scope bigint)"
            )
            one.execute(f"create table {place}meta.study (as_of date, settings_sha256 varchar)")
            one.execute(f"insert into {place}meta.study values ('2023-02-20', 'same')")
            _volume(one, place, JANUARY, 310)
            _cover(one, place, JANUARY[0], JANUARY[-1])
            one.execute(
                f"insert into {place}meta.raw_file values ('f', 'feed', 'same', 'loaded', 9, 9, 9)"
            )
        one.execute(
            "create table meta.check_limit as select 'feed' as source, "
            "0.25::double as volume_low, 4::double as volume_high, 1.5::double as history_high, "
            "30 as volume_days, 10::double as volume_min_events, true as may_retract, "
            "0.1::double as retracted_share, "
            "5::bigint as retracted_events, 3 as max_lag_days"
        )
        yield one


def _volume(warehouse: Warehouse, place: str, days: list[date], total: int) -> None:
    """Spread events over days; the same once a day stands beside them and is not compared."""
    each = [total // len(days) + (n < total % len(days)) for n in range(len(days))]
    rows = [("feed", "all", day, n) for day, n in zip(days, each, strict=True) if n]
    rows += [("feed", "one_a_day", day, 1000 + len(place)) for day in days]
    warehouse.execute(
        f"delete from {place}marts.volume_day where day in (select unnest(?))", [days]
    )
    warehouse.insert(f"{place}marts.volume_day", ["source", "counting", "day", "n_events"], rows)


def _cover(warehouse: Warehouse, place: str, first: date, complete_to: date) -> None:
    warehouse.execute(f"delete from {place}meta.coverage")
    warehouse.execute(
        f"insert into {place}meta.coverage values ('feed', ?, ?, ?)",
        [first, complete_to + timedelta(days=3), complete_to],
    )


@pytest.fixture
def failing(warehouse: Warehouse) -> Failing:
    def run(name: str) -> list[tuple[object, ...]]:
        text = (assets.sql() / "checks" / f"{name}.sql").read_text(encoding="utf-8")
        return warehouse.rows(text)

    return run


@pytest.mark.parametrize(
    ("n_new", "fails"),
    [(24, True), (25, False), (100, False), (400, False), (401, True), (0, True)],
)
def test_new_days_may_have_a_quarter_to_four_times_the_usual(
    warehouse: Warehouse, failing: Failing, n_new: int, fails: bool
) -> None:
    _volume(warehouse, "", NEW_DAYS, n_new)
    _cover(warehouse, "", JANUARY[0], NEW_DAYS[-1])
    # Not complete yet: no day of it is judged.
    _volume(warehouse, "", [NEW_DAYS[-1] + timedelta(days=1)], 9999)
    rows = failing("new_days_are_as_full_as_those_before")
    assert bool(rows) == fails
    if fails:
        source, first, last, a_day, usual, ratio, low, high = rows[0]
        assert (source, first, last) == ("feed", NEW_DAYS[0], NEW_DAYS[-1])
        assert (a_day, usual, low, high) == (n_new / 10, 10.0, 0.25, 4.0)
        assert ratio == pytest.approx(n_new / 100)


def test_the_usual_is_that_of_the_days_before_the_new_ones(
    warehouse: Warehouse, failing: Failing
) -> None:
    """Of 31 days the last 30 count; the first, however full, is too long ago."""
    _volume(warehouse, "previous.", JANUARY[:1], 100_000)
    _volume(warehouse, "", NEW_DAYS, 24)
    _cover(warehouse, "", JANUARY[0], NEW_DAYS[-1])
    ((_, _, _, _, usual, *_),) = failing("new_days_are_as_full_as_those_before")
    assert usual == 10.0


@pytest.mark.parametrize(("place", "is_judged"), [("previous.", False), ("", False)])
def test_days_of_which_no_file_tells_thin_nothing_out(
    warehouse: Warehouse, failing: Failing, place: str, is_judged: bool
) -> None:
    """Half of the days without a file: as many events on the other half are as usual."""
    days = JANUARY if place else NEW_DAYS
    _volume(warehouse, place, days[: len(days) // 2], 10 * (len(days) // 2))
    warehouse.execute(
        f"delete from {place}marts.volume_day where day in (select unnest(?))",
        [days[len(days) // 2 :]],
    )
    if place:
        _volume(warehouse, "", NEW_DAYS, 100)
    _cover(warehouse, "", JANUARY[0], NEW_DAYS[-1])
    warehouse.execute(
        f"insert into {place}meta.coverage_gap values ('feed', ?, ?, 'no file')",
        [days[len(days) // 2], days[-1]],
    )
    warehouse.execute("update meta.check_limit set volume_low = 0.9, volume_high = 1.1")
    assert bool(failing("new_days_are_as_full_as_those_before")) == is_judged


@pytest.mark.parametrize(
    ("n_days_before", "min_events", "is_judged"),
    [(7, 10.0, True), (6, 10.0, False), (31, 10.0, True), (31, 10.01, False)],
)
def test_a_thin_or_young_source_is_not_judged_by_its_volume(
    warehouse: Warehouse, failing: Failing, n_days_before: int, min_events: float, is_judged: bool
) -> None:
    warehouse.execute("update meta.check_limit set volume_min_events = ?", [min_events])
    _cover(warehouse, "previous.", JANUARY[-n_days_before], JANUARY[-1])
    _cover(warehouse, "", JANUARY[0], NEW_DAYS[-1])
    assert bool(failing("new_days_are_as_full_as_those_before")) == is_judged


@pytest.mark.parametrize(("n_now", "fails"), [(465, False), (466, True), (10, False)])
def test_a_month_that_was_complete_may_grow_by_half(
    warehouse: Warehouse, failing: Failing, n_now: int, fails: bool
) -> None:
    _volume(warehouse, "", JANUARY, n_now)
    assert bool(failing("history_does_not_swell")) == fails
    warehouse.execute("update meta.check_limit set volume_min_events = 10.01")
    assert failing("history_does_not_swell") == []
    warehouse.execute("update meta.check_limit set volume_min_events = 10")
    for first, last in ((JANUARY[1], JANUARY[-1]), (JANUARY[0], JANUARY[-2])):
        _cover(warehouse, "previous.", first, last)
        assert failing("history_does_not_swell") == [], "a month that was not complete"
    _cover(warehouse, "previous.", JANUARY[0], JANUARY[-1])
    warehouse.execute(
        "insert into previous.meta.coverage_gap values ('feed', ?, ?, 'no file')",
        [JANUARY[5], JANUARY[5]],
    )
    assert failing("history_does_not_swell") == [], "a month of which a day was missing"


@pytest.mark.parametrize(
    ("n_now", "is_changed", "may_retract", "fails"),
    [
        (310, False, False, False),
        (400, False, False, False),
        (309, False, True, True),
        (309, True, False, True),
        (279, True, True, False),  # a tenth less
        (278, True, True, True),
    ],
)
def test_a_month_loses_only_what_another_version_takes_back(
    warehouse: Warehouse,
    failing: Failing,
    n_now: int,
    is_changed: bool,
    may_retract: bool,
    fails: bool,
) -> None:
    _volume(warehouse, "", JANUARY, n_now)
    warehouse.execute("update meta.check_limit set may_retract = ?", [may_retract])
    if is_changed:
        warehouse.execute("update meta.raw_file set sha256 = 'other'")
    rows = failing("history_does_not_shrink")
    assert bool(rows) == fails
    if fails:
        assert rows == [("feed", JANUARY[0], 310, n_now, 310 - n_now, 310 - n_now)]


@pytest.mark.parametrize(("n_lost", "fails"), [(5, False), (6, True)])
def test_a_small_month_may_lose_five_events(
    warehouse: Warehouse, failing: Failing, n_lost: int, fails: bool
) -> None:
    _volume(warehouse, "previous.", JANUARY, 20)
    _volume(warehouse, "", JANUARY, 20 - n_lost)
    warehouse.execute("update meta.study set settings_sha256 = 'read otherwise'")
    assert bool(failing("history_does_not_shrink")) == fails


def test_a_whole_source_may_not_lose_a_tenth_of_each_of_many_months(
    warehouse: Warehouse, failing: Failing
) -> None:
    """What no month may lose alone, the source may not lose in all."""
    earlier = [date(2022, 12, 1) + timedelta(days=n) for n in range(31)]
    _volume(warehouse, "previous.", earlier, 310)
    _volume(warehouse, "", earlier, 279)
    warehouse.execute("update meta.raw_file set status = 'missing'")
    _volume(warehouse, "", JANUARY, 279)
    assert failing("history_does_not_shrink") == []  # 62 of 620
    _volume(warehouse, "", JANUARY, 278)
    assert len(failing("history_does_not_shrink")) == 2  # 63 of 620


@pytest.mark.parametrize(("lag", "fails"), [(3, False), (4, True)])
def test_the_newest_event_may_lie_three_days_back(
    warehouse: Warehouse, failing: Failing, lag: int, fails: bool
) -> None:
    warehouse.execute("update meta.study set as_of = ?", [JANUARY[-1] + timedelta(days=lag)])
    rows = failing("sources_are_fresh_enough")
    assert bool(rows) == fails
    if fails:
        assert rows[0][:5] == ("feed", JANUARY[-1], JANUARY[-1] + timedelta(days=4), 4, 3)


def test_a_source_without_any_event_is_not_fresh(warehouse: Warehouse, failing: Failing) -> None:
    warehouse.execute("delete from marts.volume_day")
    assert len(failing("sources_are_fresh_enough")) == 1
    warehouse.execute("update meta.check_limit set max_lag_days = null")
    assert failing("sources_are_fresh_enough") == []


def test_as_many_unknown_as_loaded_rows_pass_and_one_more_does_not(
    warehouse: Warehouse, failing: Failing
) -> None:
    assert failing("actors_of_a_source_are_known") == []
    warehouse.execute("update meta.raw_file set n_unknown = n_loaded + 1")
    assert failing("actors_of_a_source_are_known") == [("feed", 10, 9, 9)]
    warehouse.execute("update meta.raw_file set status = 'missing'")
    assert failing("actors_of_a_source_are_known") == []
