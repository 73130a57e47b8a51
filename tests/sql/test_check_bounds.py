"""What each check lets pass and what not: every condition by itself, and just beyond its bound.

The checks that compare with the database before are in test_gates.py; test_checks.py spoils a whole
database and demands that no other check cries.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from detente.base import assets
from detente.database import checks
from tests.support.given import Given, Row, nothing

DAY = date(2023, 1, 31)
ONE_DAY = timedelta(days=1)
PAIR: Row = {"source": "feed", "actor1_iso3": "JPN", "actor2_iso3": "KOR"}
# Just inside and just beyond a millionth.
INSIDE, BEYOND = 0.9e-6, 1.1e-6


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.put("meta.study", {"as_of": DAY, "scale": "goldstein", "officials": "all",
                               "weighting": "none"})  # fmt: skip
        one.put("meta.scale", {"scale": "goldstein", "lowest": -10.0, "highest": 10.0})
        one.put("core.actor", {"iso3": "JPN"}, {"iso3": "KOR"})
        one.put("core.cameo", {"cameo_code": "042", "cameo_root": "04", "quad_class": 1,
                               "goldstein": 1.9})  # fmt: skip
        one.put("core.scale", {"scale": "goldstein", "cameo_code": "042", "scale_value": 1.9},
                {"scale": "weis", "cameo_code": "042", "scale_value": 7.0})  # fmt: skip
        yield one


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    """The tables, which are as before after the test."""
    with tables.for_a_while():
        yield tables


def fails(given: Given, name: str) -> bool:
    text = (assets.sql() / "checks" / f"{name}.sql").read_text(encoding="utf-8")
    return bool(given.warehouse.rows(text))


# -- accounts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loaded", "outside", "unknown", "is_wrong"),
    [
        ((6, 4), (2, 1), (1, 1), False),
        ((6, 3), (2, 1), (1, 1), False),  # a row of several actors is several events
        ((6, 5), (2, 1), (1, 1), True),
        ((0, 0), (2, 1), (1, 1), True),
        ((6, 4), (2, 0), (1, 1), True),
        ((6, 4), (2, 2), (1, 1), True),
        ((6, 4), (2, 1), (0, 1), True),
        ((6, 4), (2, 1), (1, 2), True),
        ((6, 4), (3, 1), (0, 1), False),
    ],
)
def test_accounts_are_held_against_the_store(
    given: Given, loaded: Any, outside: Any, unknown: Any, is_wrong: bool
) -> None:
    def file(name: str, **told: Any) -> Row:
        return {"raw_file_id": name, "source": "feed", "status": "loaded", **told}

    files = [
        file(str(n), n_loaded=loaded[n], n_out_of_scope=outside[n], n_unknown=unknown[n])
        for n in (0, 1)
    ]
    whole = {"n_loaded": 99, "n_out_of_scope": 99, "n_unknown": 99}
    given.put(
        "meta.raw_file",
        *files,
        file("replaced", **{**whole, "status": "superseded"}),
        file("by hand", **{**whole, "source": "records"}),
        file("of another", source="empty", n_loaded=0, n_out_of_scope=0, n_unknown=0),
    )
    parts = [("event", 7), ("event", 3), ("other", 4), ("other", 1), ("again", 50)]
    given.put(
        "meta.event_part", *({"source": "feed", "kind": kind, "n_events": n} for kind, n in parts)
    )
    assert fails(given, "accounts_equal_the_tables") == is_wrong


@pytest.mark.parametrize("column", ["n_loaded", "n_out_of_scope", "n_unknown", "n_duplicate",
                                    "n_rejected", "n_rows"])  # fmt: skip
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_every_outcome_of_a_row_counts_once(given: Given, column: str, more: int) -> None:
    told = {"n_loaded": 1, "n_out_of_scope": 2, "n_unknown": 4, "n_duplicate": 8, "n_rejected": 16}
    row = {"raw_file_id": "f", "source": "feed", **told, "n_rows": 31}
    given.put("meta.raw_file", {**row, column: row[column] + more})
    assert fails(given, "every_raw_row_is_accounted_for") == bool(more)


@pytest.mark.parametrize(("n_kept", "is_wrong"), [(0, True), (1, True), (2, False), (3, True)])
def test_rejections_are_counted_by_file(given: Given, n_kept: int, is_wrong: bool) -> None:
    given.put("meta.raw_file", {"raw_file_id": "f", "n_rejected": 2},
              {"raw_file_id": "good", "n_rejected": 0})  # fmt: skip
    given.put("core.event_rejected", *({"raw_file_id": "f", "raw_row": n} for n in range(n_kept)))
    assert fails(given, "every_rejection_is_kept") == is_wrong


@pytest.mark.parametrize("status", ["loaded", "no_rows", "missing", "superseded", "refused"])
def test_a_file_that_is_refused_stops_the_run(given: Given, status: str) -> None:
    given.put("meta.raw_file", {"raw_file_id": "f", "n_rows": 3, "status": status})
    assert fails(given, "no_raw_file_is_refused_as_a_whole") == (status == "refused")


@pytest.mark.parametrize(
    ("status", "n_unknown", "is_wrong"),
    [("loaded", 5, False), ("loaded", 6, True), ("no_rows", 6, True), ("superseded", 6, False)],
)
def test_unknown_actors_are_compared_source_by_source(
    given: Given, status: str, n_unknown: int, is_wrong: bool
) -> None:
    loaded = {"status": "loaded", "n_unknown": 0, "n_out_of_scope": 0}
    given.put(
        "meta.raw_file",
        {**loaded, "source": "feed", "n_loaded": 5},
        {**loaded, "source": "other", "n_loaded": 100},
        {**loaded, "source": "feed", "status": status, "n_loaded": 0, "n_unknown": n_unknown},
    )
    assert fails(given, "actors_of_a_source_are_known") == is_wrong


# -- events ----------------------------------------------------------------------------------------

EVENT: Row = {**PAIR, "event_id": "e", "event_date": DAY, "cameo_code": "042", "cameo_root": "04",
              "quad_class": 1, "goldstein": 1.9, "is_official": True, "record_id": "r",
              "counted_share": 1.0}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("event_actors_are_known_and_differ", {"actor1_iso3": "XXA"}),
        ("event_actors_are_known_and_differ", {"actor2_iso3": "XXA"}),
        ("event_actors_are_known_and_differ", {"actor2_iso3": "JPN"}),
        ("event_codes_are_known", {"cameo_code": "9"}),
        ("event_codes_are_known", {"cameo_root": "05"}),
        ("event_codes_are_known", {"quad_class": 2}),
        ("event_codes_are_known", {"goldstein": 1.8}),
        ("event_codes_are_known", {"goldstein": None}),
    ],
)
def test_an_event_is_of_two_states_and_of_a_code(given: Given, name: str, changes: Row) -> None:
    given.put("core.event", EVENT)
    assert not fails(given, name)
    given.put("core.event", EVENT, {**EVENT, **changes})
    assert fails(given, name)


@pytest.mark.parametrize(
    ("second", "is_wrong"),
    [
        ({"event_id": "e", "source": "feed"}, True),
        ({"event_id": "e", "source": "other"}, False),
        ({"event_id": "f", "source": "feed"}, False),
    ],
)
def test_an_event_is_there_once(given: Given, second: Row, is_wrong: bool) -> None:
    given.put("core.event", EVENT, {**EVENT, **second})
    assert fails(given, "event_ids_are_unique") == is_wrong


@pytest.mark.parametrize(
    ("days", "acts", "is_wrong"), [(0, True, False), (0, False, True), (1, False, False)]
)
def test_a_record_acts_from_its_day_on(given: Given, days: int, acts: bool, is_wrong: bool) -> None:
    given.put("core.record", {"record_id": "r", "event_date": DAY + days * ONE_DAY})
    given.put("core.event", *([EVENT] if acts else [{**EVENT, "record_id": None}]))
    assert fails(given, "every_loaded_record_acts") == is_wrong


@pytest.mark.parametrize(
    ("value", "is_wrong"),
    [(-10.01, True), (-10.0, False), (None, False), (10.0, False), (10.01, True)],
)
def test_goldsteins_scale_ends_at_ten(given: Given, value: float | None, is_wrong: bool) -> None:
    given.put("core.cameo", {"cameo_code": "1", "goldstein": value})
    assert fails(given, "goldstein_values_are_on_the_scale") == is_wrong


@pytest.mark.parametrize(
    ("officials", "weighting", "n_events", "net", "is_wrong"),
    [
        ("all", "none", 2, 3.8, False),
        ("all", "none", 2, 3.8 + INSIDE, False),
        ("all", "none", 2, 3.8 + BEYOND, True),
        ("all", "none", 2, 3.8 - BEYOND, True),
        ("all", "none", 3, 3.8, True),
        ("all", "none", 1, 3.8, True),
        ("official", "none", 1, 1.9, False),
        ("official", "none", 2, 3.8, True),
        # Of three mentions and of none told, which counts as one: 1.9 (ln 4 + ln 2).
        ("all", "log_mentions", 2, 3.950938943063, False),
        ("all", "log_mentions", 2, 3.8, True),
    ],
)
def test_days_add_up_to_the_events(
    given: Given, officials: str, weighting: str, n_events: int, net: float, is_wrong: bool
) -> None:
    given.put("meta.study", {"officials": officials, "weighting": weighting, "scale": "goldstein"})
    given.put("core.event", {**EVENT, "n_mentions": 3}, {**EVENT, "is_official": False})
    # Of a code without a value nothing is added, and of the other way of counting nothing is read.
    day = {**PAIR, "day": DAY, "cooperation": net + 0.5, "conflict": 0.5, "n_events": n_events}
    given.put("marts.dyad_day", {**day, "counting": "all"},
              {**day, "counting": "one_a_day", "n_events": 99})  # fmt: skip
    assert fails(given, "daily_sums_equal_the_events") == is_wrong


@pytest.mark.parametrize("missing", ["core.event", "marts.dyad_day"])
def test_a_source_of_one_side_alone_is_noticed(given: Given, missing: str) -> None:
    given.put("core.event", EVENT)
    given.put("marts.dyad_day", {**PAIR, "day": DAY, "counting": "all", "n_events": 1,
                                 "cooperation": 1.9, "conflict": 0.0})  # fmt: skip
    assert not fails(given, "daily_sums_equal_the_events")
    given.put(missing)
    assert fails(given, "daily_sums_equal_the_events")


# -- periods ---------------------------------------------------------------------------------------

PERIOD: Row = {
    **PAIR, "freq": "month", "scale": "goldstein", "counting": "all", "direction": "directed",
    "period_start": date(2023, 1, 1), "period_end": DAY, "n_events": 4, "n_quad1": 1, "n_quad2": 1,
    "n_quad3": 1, "n_quad4": 1, "n_cooperation": 2, "n_conflict": 1, "n_unvalued": 1,
    "cooperation": 5.0, "conflict": 2.0, "net": 3.0, "net_lo": 2.0, "net_hi": 4.0,
    "mean_goldstein": 1.0, "mean_goldstein_lo": 0.5, "mean_goldstein_hi": 1.5,
    "relative_net": 0.4, "relative_net_lo": 0.2, "relative_net_hi": 0.6,
    "score": 2.0, "net_percentile": 50.0, "stock": 1.0, "net_z": 0.5,
}  # fmt: skip
MONTH: Row = {name: value for name, value in PERIOD.items() if name != "freq"}
FEBRUARY: Row = {**PERIOD, "period_start": date(2023, 2, 1), "period_end": date(2023, 2, 28)}


@pytest.mark.parametrize(
    "key", [{}, *({one: "other"} for one in ("freq", "source", "counting", "direction",
                                             "actor1_iso3", "actor2_iso3")),
            {"period_start": date(2023, 2, 1)}],
    ids=str,
)  # fmt: skip
def test_two_rows_of_one_period_are_noticed(given: Given, key: Row) -> None:
    given.put("marts.dyad_period", PERIOD, {**PERIOD, **key})
    assert fails(given, "one_row_a_dyad_and_period") == (not key)


@pytest.mark.parametrize("days", [-1, 0, 1])
@pytest.mark.parametrize("key", ["", "freq", "source", "counting", "direction", "actor1_iso3",
                                 "actor2_iso3"])  # fmt: skip
def test_a_period_begins_on_the_day_after_the_one_before(given: Given, days: int, key: str) -> None:
    later = {**FEBRUARY, "period_start": DAY + ONE_DAY + days * ONE_DAY}
    given.put("marts.dyad_period", PERIOD, {**later, **({key: "other"} if key else {})})
    # Of another series nothing is compared.
    assert fails(given, "periods_follow_without_a_gap") == bool(days and not key)


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("relative_net_lo", -1.0, None),
        ("score", -9.0, -9.01),
        ("score", 9.0, 9.01),
        ("net_percentile", 0.0, -0.01),
        ("net_percentile", 100.0, 100.01),
        ("stock", 1e9, float("inf")),
        ("stock", -1e9, float("nan")),
        ("net_z", None, float("inf")),
        # A millionth for each event, and one.
        ("net_lo", 3.0 + 4.9e-6, 3.0 + 5.1e-6),
        ("net_hi", 3.0 - 4.9e-6, 3.0 - 5.1e-6),
        ("net_lo", None, None),
        ("net_hi", None, None),
        ("mean_goldstein_lo", 1.0 + INSIDE, 1.0 + BEYOND),
        ("mean_goldstein_hi", 1.0 - INSIDE, 1.0 - BEYOND),
        ("relative_net_lo", 0.4 + INSIDE, 0.4 + BEYOND),
        ("relative_net_hi", 0.4 - INSIDE, 0.4 - BEYOND),
        *((f"n_quad{n}", 1, m) for n in (1, 2, 3, 4) for m in (0, 2)),
        ("n_cooperation", 1, 3),
        ("n_conflict", 0, 2),
        ("n_unvalued", 0, 2),
    ],
)
def test_what_a_period_holds_is_in_range(
    given: Given, column: str, good: float | None, bad: float | None
) -> None:
    given.put("marts.dyad_period", {**PERIOD, column: good})
    assert not fails(given, "ratios_are_in_range")
    if bad is not None:
        given.put("marts.dyad_period", {**PERIOD, column: bad})
        assert fails(given, "ratios_are_in_range")


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize(("column", "end"), [("relative_net", 1.0), ("mean_goldstein", 10.0)])
def test_a_ratio_ends_where_its_scale_ends(
    given: Given, sign: int, column: str, end: float
) -> None:
    free = {f"{column}_lo": None, f"{column}_hi": None}
    given.put("marts.dyad_period", {**PERIOD, **free, column: sign * end})
    assert not fails(given, "ratios_are_in_range")
    given.put("marts.dyad_period", {**PERIOD, **free, column: sign * (end + 1e-6)})
    assert fails(given, "ratios_are_in_range")


@pytest.mark.parametrize(
    ("changes", "is_wrong"),
    [
        ({}, False),
        ({"n_events": 5}, True),
        ({"n_events": 3}, True),
        ({"cooperation": 5 + INSIDE}, False),
        ({"cooperation": 5 + BEYOND}, True),
        ({"cooperation": 5 - BEYOND}, True),
        ({"conflict": 2 + INSIDE}, False),
        ({"conflict": 2 + BEYOND}, True),
        ({"conflict": 2 - BEYOND}, True),
        # Both by as much: the net is the same.
        ({"cooperation": 6.0, "conflict": 3.0}, True),
    ],
)
def test_a_period_is_the_sum_of_its_days(given: Given, changes: Row, is_wrong: bool) -> None:
    half = {**PAIR, "counting": "all", "n_events": 2, "cooperation": 2.5, "conflict": 1.0}
    days = [date(2023, 1, 1), DAY]
    given.put("marts.dyad_day", *({**half, "day": day} for day in days),
              # Of a feed, days before its first period and after its last.
              *({**half, "day": day} for day in (days[0] - ONE_DAY, DAY + ONE_DAY)))  # fmt: skip
    both = {**PERIOD, "direction": "undirected", "n_events": 99}
    given.put("marts.dyad_period", {**PERIOD, **changes}, both)
    assert fails(given, "period_sums_equal_the_days") == is_wrong


def test_days_of_records_outside_every_period_are_lost_days(given: Given) -> None:
    day = {**PAIR, "source": "records", "counting": "all", "n_events": 4, "cooperation": 5.0,
           "conflict": 2.0}  # fmt: skip
    given.put("marts.dyad_period", {**PERIOD, "source": "records"})
    given.put("marts.dyad_day", {**day, "day": DAY})
    assert not fails(given, "period_sums_equal_the_days")
    given.put("marts.dyad_day", {**day, "day": DAY}, {**day, "day": DAY + ONE_DAY})
    assert fails(given, "period_sums_equal_the_days")


def test_days_in_a_period_without_a_file_are_no_sum_of_it(given: Given) -> None:
    unknown = {**FEBRUARY, "n_events": None, "cooperation": None, "conflict": None}
    day = {**PAIR, "counting": "all", "n_events": 4, "cooperation": 5.0, "conflict": 2.0}
    late = {**day, "day": date(2023, 2, 28)}
    given.put("marts.dyad_day", {**day, "day": DAY}, late)
    given.put("marts.dyad_period", PERIOD, unknown)
    assert not fails(given, "period_sums_equal_the_days")
    # Where another source has no file, this one's days count.
    given.put("marts.dyad_period", PERIOD, {**FEBRUARY, "n_events": 0, "cooperation": 0.0,
              "conflict": 0.0}, {**unknown, "source": "other"})  # fmt: skip
    assert fails(given, "period_sums_equal_the_days")


@pytest.mark.parametrize(
    ("changes", "is_wrong"),
    [
        ({}, False),
        ({"net": 2 + INSIDE}, False),
        ({"net": 2 + BEYOND}, True),
        ({"net": 2 - BEYOND}, True),
        ({"net": None}, True),
        ({"n_events": 6}, True),
        ({"n_events": None}, True),
        ({"period_start": DAY}, True),  # of it there are no directions
    ],
)
def test_a_dyad_is_the_sum_of_its_two_directions(
    given: Given, changes: Row, is_wrong: bool
) -> None:
    back = {**PERIOD, "actor1_iso3": "KOR", "actor2_iso3": "JPN", "net": -1.0, "n_events": 1}
    both = {**PERIOD, "direction": "undirected", "net": 2.0, "n_events": 5}
    given.put("marts.dyad_period", PERIOD, back, {**both, **changes})
    assert fails(given, "undirected_is_the_sum_of_both_directions") == is_wrong


@pytest.mark.parametrize(
    ("changes", "is_wrong"),
    [
        ({}, False),
        # A millionth of the points of both signs, which are seven.
        ({"net": 3 + 6.9e-6}, False),
        ({"net": 3 + 7.1e-6}, True),
        ({"net": 3 - 7.1e-6}, True),
        ({"n_conflict": 2}, True),
        ({"n_conflict": 0}, True),
        ({"actor2_iso3": "PRK"}, True),
    ],
)
def test_vintages_are_held_against_their_month(given: Given, changes: Row, is_wrong: bool) -> None:
    known = {**PAIR, "counting": "all", "period_start": date(2023, 1, 1)}
    given.put("stats.vintage", {**known, "net": 1.0, "n_conflict": 1},
              {**known, "net": 2.0, "n_conflict": 0})  # fmt: skip
    given.put("marts.dyad_month", {**MONTH, **changes},
              {**MONTH, "direction": "undirected", "net": 99.0})  # fmt: skip
    assert fails(given, "vintages_add_up_to_the_months") == is_wrong


@pytest.mark.parametrize(
    "check", [one for one in checks.all_checks() if not one.compares], ids=lambda one: one.name
)
def test_a_failing_row_tells_each_thing_once(given: Given, check: checks.Check) -> None:
    """Two columns of one name would be one side of a dyad, or one sum, shown twice."""
    names = [column[0] for column in given.warehouse.execute(check.query).description]
    assert len(names) == len(set(names)) > 1


def test_no_check_is_left_out() -> None:
    text = Path(__file__).read_text(encoding="utf-8").partition("def test_no_check_is_left")[0]
    compared = {one.name for one in checks.all_checks() if one.compares}
    missing = {one.name for one in checks.all_checks() if f'"{one.name}"' not in text}
    # Held to its bound in test_gates.py.
    assert missing == compared | {"sources_are_fresh_enough"}
