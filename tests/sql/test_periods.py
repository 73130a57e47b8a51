"""Periods that are complete, in part, or unknown, and what is left of past days, by a model."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.given import Given, Row, nothing
from tests.support.indices import CALM
from tests.support.some import some

ONE_DAY = timedelta(days=1)
START = date(2022, 12, 26)  # a Monday
SERIES: Row = {"source": "feed", "counting": "all", "actor1_iso3": "JPN", "actor2_iso3": "KOR"}
INDICES = (
    "select {columns} from marts.period_indices('from marts.dyad_day', '{freq}', null, null, null) "
    "where freq = '{freq}' and counting = 'all' and direction = 'directed' "
    "and actor1_iso3 = 'JPN' order by period_start"
)


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.put("meta.study_dyad", {"actor1_iso3": "JPN", "actor2_iso3": "KOR", "position": 1})
        one.put("meta.study", {"start_date": START, "as_of": date(2023, 12, 31),
                               "half_life_days": 45.0, "points_per_score": 40.0})  # fmt: skip
        yield one


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


def day(n: int) -> date:
    return START + n * ONE_DAY


def ask(given: Given, freq: str, columns: str) -> list[tuple[Any, ...]]:
    return given.warehouse.rows(INDICES.format(freq=freq, columns=columns))


SPANS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 45), st.sampled_from(["no file", "not loaded"])),
    max_size=3,
)


@pytest.mark.slow
@settings(CALM, max_examples=examples(12))
@drawn(
    first=st.integers(0, 40),
    length=st.integers(0, 90),
    incomplete=st.integers(0, 20),
    gaps=SPANS,
    freq=st.sampled_from(["week", "month"]),
)
def test_a_period_is_complete_in_part_or_unknown_by_its_days(
    tables: Given,
    first: int,
    length: int,
    incomplete: int,
    gaps: list[tuple[int, int, str]],
    freq: str,
) -> None:
    last, complete_to = first + length, first + length - incomplete
    cover = {"first_day": day(first), "last_day": day(last), "complete_to": day(complete_to)}
    acts = [first, last, (first + last) // 2]
    with tables.for_a_while():
        tables.put("meta.coverage", {"source": "feed", **cover})
        tables.put(
            "meta.coverage_gap",
            *({"source": "feed", "first_day": day(start), "last_day": day(start + more),
               "reason": reason} for start, more, reason in gaps),
            {"source": "other", "first_day": day(0), "last_day": day(200), "reason": "no file"},
        )  # fmt: skip
        one = {**SERIES, "n_events": 1, "cooperation": 2.0, "conflict": 0.0}
        tables.put("marts.dyad_day", *({**one, "day": day(n)} for n in acts))
        found = ask(tables, freq, "period_start, period_end, is_complete, n_events, net, "
                    "is_zero_filled, stock is null")  # fmt: skip
    starts = _starts(day(first), day(last), freq)
    assert [row[0] for row in found] == starts
    for start, end, is_complete, n_events, net, is_zero_filled, has_no_stock in found:
        assert end == _next(start, freq) - ONE_DAY
        mine = [(day(one), day(one + more), reason) for one, more, reason in gaps
                if day(one) <= end and day(one + more) >= start]  # fmt: skip
        is_inside = start >= day(first) and end <= day(complete_to)
        assert is_complete == (is_inside and not mine)
        # Unknown where one gap without a file holds every day of it that is covered at all, and
        # where a gap touches it and nothing was recorded.
        inner, outer = max(start, day(first)), min(end, day(last))
        n = sum(start <= day(one) <= end for one in acts)
        is_unknown = (bool(mine) and n == 0) or any(
            reason == "no file" and one <= inner and other >= outer for one, other, reason in mine
        )
        assert (n_events, net) == ((None, None) if is_unknown else (n, 2.0 * n))
        assert is_zero_filled == (n == 0 and not is_unknown)
        assert has_no_stock == is_unknown


def _next(start: date, freq: str) -> date:
    if freq == "week":
        return start + 7 * ONE_DAY
    return date(start.year + start.month // 12, start.month % 12 + 1, 1)


def _starts(first: date, last: date, freq: str) -> list[date]:
    start = first - first.weekday() * ONE_DAY if freq == "week" else first.replace(day=1)
    found = []
    while start <= last:
        found.append(start)
        start = _next(start, freq)
    return found


@settings(CALM, max_examples=examples(5))
@drawn(
    acts=st.dictionaries(st.integers(0, 110), st.sampled_from([-8.0, 1.9, 7.0]), min_size=1),
    half_life=st.sampled_from([1.0, 3.0, 500.0]),
    freq=st.sampled_from(["day", "week", "month"]),
)
def test_a_stock_is_the_halved_sum_over_any_number_of_half_lives(
    tables: Given, acts: dict[int, float], half_life: float, freq: str
) -> None:
    """Up to 110 half-lives: many epochs of sixteen, of which eight are carried over."""
    last = day(110)
    with tables.for_a_while():
        tables.put("meta.study", {"start_date": START, "half_life_days": half_life,
                                  "points_per_score": 40.0})  # fmt: skip
        tables.put("meta.coverage", {"source": "feed", "first_day": START, "last_day": last,
                                     "complete_to": last})  # fmt: skip
        tables.put(
            "marts.dyad_day",
            *({**SERIES, "day": day(n), "n_events": 1, "cooperation": max(net, 0.0),
               "conflict": max(-net, 0.0)} for n, net in acts.items()),
        )  # fmt: skip
        found = ask(tables, freq, "period_end, stock")
    for end, stock in some(found):
        then = min(end, last)
        wanted = sum(
            net * 0.5 ** ((then - day(n)).days / half_life)
            for n, net in acts.items()
            if day(n) <= then
        )
        assert stock == pytest.approx(wanted, abs=1e-8), end


def test_a_month_is_placed_among_the_earlier_ones_from_the_thirteenth_on(given: Given) -> None:
    last = date(2024, 2, 29)
    given.put("meta.coverage", {"source": "feed", "first_day": date(2023, 1, 1), "last_day": last,
                                "complete_to": last})  # fmt: skip
    nets = [3.0, -1.0, 4.0, -1.0, 5.0, -9.0, 2.0, 6.0, -5.0, 3.0, 5.0, 8.0, 3.0, -9.0]
    days = [date(2023 + n // 12, n % 12 + 1, 9) for n in range(len(nets))]
    given.put(
        "marts.dyad_day",
        *({**SERIES, "day": day, "n_events": 1, "cooperation": max(net, 0.0),
           "conflict": max(-net, 0.0)} for day, net in zip(days, nets, strict=True)),
    )  # fmt: skip
    found = ask(given, "month", "n_history, net_percentile, net_z")
    assert [row[0] for row in found] == list(range(14))
    assert all(row[1:] == (None, None) for row in found[:12])
    for place in (12, 13):
        before, now = nets[:place], nets[place]
        lower, same = sum(one < now for one in before), before.count(now)
        z = (now - statistics.fmean(before)) / statistics.stdev(before)
        assert found[place][1] == pytest.approx(100 * (lower + 0.5 * same) / place)
        assert found[place][2] == pytest.approx(z)


@pytest.mark.parametrize("source", ["records", "feed"])
@pytest.mark.parametrize("freq", ["day", "week", "month", "quarter", "year"])
def test_a_score_is_that_of_records_and_of_months(given: Given, source: str, freq: str) -> None:
    last = date(2023, 12, 31)
    given.put("meta.coverage", {"source": source, "first_day": date(2023, 1, 1),
                                "last_day": last, "complete_to": last})  # fmt: skip
    act = {**SERIES, "source": source, "day": date(2023, 5, 9), "n_events": 1}
    given.put("marts.dyad_day", {**act, "cooperation": 8.0, "conflict": 0.0})
    # Together with the others, as a refresh asks for all but days.
    together = INDICES.replace("'{freq}', null, null, null)", "null, null, null, null)")
    asked = INDICES if freq == "day" else together
    rows = given.warehouse.rows(asked.format(freq=freq, columns="score"))
    found = [score for (score,) in rows]
    if source == "feed" or freq in ("day", "week"):
        assert set(found) == {None}
    else:
        # One month of eight points: their share of nine times the points of a whole score.
        assert found[-1] == pytest.approx(9 * 8.0 / 40.0 / 9)


@pytest.mark.parametrize(("low", "high"), [(None, None), (1, 7), (None, 7)])
def test_deaths_have_a_range_where_the_source_gives_one(
    given: Given, low: int | None, high: int | None
) -> None:
    last = date(2023, 2, 28)
    given.put("meta.coverage", {"source": "feed", "first_day": date(2023, 1, 1), "last_day": last,
                                "complete_to": last})  # fmt: skip
    act = {**SERIES, "day": date(2023, 1, 9), "n_events": 1, "cooperation": 0.0, "conflict": 9.0}
    given.put("marts.dyad_day", {**act, "n_deaths": 3, "n_deaths_low": low, "n_deaths_high": high})
    found = ask(given, "month", "n_deaths, n_deaths_low, n_deaths_high")
    assert found == [
        (3, 3 if low is None and high else low, high),
        (0, *((0, 0) if high else (None, None))),
    ]
