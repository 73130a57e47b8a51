"""Deaths as a measure: sums of what the source knows, its range beside, and no unknown as zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from tests.support.effort import examples
from tests.support.indices import CALM, STUDY, build
from tests.support.studies import MakeStudy

DAY = date(2020, 3, 5)


def events(*rows: tuple[date, str, str, int | None, int | None, int | None]) -> pd.DataFrame:
    frame = pd.DataFrame(
        rows,
        columns=[
            "event_date", "actor1_iso3", "actor2_iso3", "n_deaths", "n_deaths_low", "n_deaths_high",
        ],
    )  # fmt: skip
    for name in ("n_deaths", "n_deaths_low", "n_deaths_high"):
        frame[name] = frame[name].astype("Int64")
    frame["event_id"] = [str(number) for number in range(len(frame))]
    return frame.assign(cameo_code="190", is_official=True, n_mentions=1)


def deaths(make_study: MakeStudy, frame: pd.DataFrame, counting: str = "all") -> dict[str, Any]:
    with build(make_study(toml=STUDY), frame, "ucdp_ged") as warehouse:
        return _by_month(warehouse, counting)


def _by_month(warehouse: Warehouse, counting: str) -> dict[str, Any]:
    return {
        str(month)[:7]: found
        for month, *found in warehouse.rows(
            "select period_start, n_deaths, n_deaths_low, n_deaths_high from marts.dyad_month "
            "where direction = 'undirected' and counting = ? and actor1_iso3 = 'JPN' "
            "and actor2_iso3 = 'KOR' order by 1",
            [counting],
        )
    }


def test_deaths_are_added_up_with_the_range_of_the_source(make_study: MakeStudy) -> None:
    frame = events(
        (DAY, "JPN", "KOR", 10, 8, 15),
        (DAY, "KOR", "JPN", 2, None, None),  # no range: the best estimate stands in
        (date(2020, 3, 9), "JPN", "KOR", 1, 0, 1),
        (date(2020, 4, 2), "JPN", "KOR", None, None, None),  # how many is not known
        (date(2020, 5, 2), "JPN", "KOR", 0, 0, 4),
    )
    found = deaths(make_study, frame)
    assert found["2020-03"] == [13, 10, 18]
    assert found["2020-04"] == [None, None, None], "unknown, and no zero"
    assert found["2020-05"] == [0, 0, 4]
    assert found["2020-06"] == [0, 0, 0], "no event, so nobody died in one"


@pytest.mark.slow
def test_the_most_deaths_of_doubles_count_once(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", 10, 8, 15), (DAY, "JPN", "KOR", 12, 9, 13))
    assert deaths(make_study, frame)["2020-03"] == [22, 17, 28]
    assert deaths(make_study, frame, "one_a_day")["2020-03"] == [12, 9, 15]


@pytest.mark.slow
def test_a_source_that_counts_no_deaths_has_none_to_show(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", None, None, None))
    assert set(map(tuple, deaths(make_study, frame).values())) == {(None, None, None)}


@pytest.mark.slow
def test_a_source_without_a_range_gives_none(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", 3, None, None))
    assert deaths(make_study, frame)["2020-03"] == [3, None, None]


COUNTS = st.one_of(st.none(), st.integers(0, 9))
ACTS = st.lists(
    st.tuples(
        st.sampled_from([DAY, date(2020, 3, 6), date(2020, 4, 2)]),
        st.sampled_from([("JPN", "KOR"), ("KOR", "JPN")]),
        COUNTS,  # the best estimate
        st.one_of(st.none(), st.integers(0, 5)),  # how far the range reaches to both sides
    ),
    min_size=1,
    max_size=8,
)


@pytest.mark.slow
@settings(CALM, max_examples=examples(3))
@given(acts=ACTS)
def test_deaths_are_those_of_a_count_act_by_act(make_study: MakeStudy, acts: list[Any]) -> None:
    rows = [
        (day, *pair, best, None, None)
        if best is None or reach is None
        else (day, *pair, best, best - reach, best + reach)
        for day, pair, best, reach in acts
    ]
    shown = [any(row[place] is not None for row in rows) for place in (3, 4, 5)]
    with build(make_study(toml=STUDY), events(*rows), "ucdp_ged") as warehouse:
        for counting in ("all", "one_a_day"):
            found = _by_month(warehouse, counting)
            for month in ("2020-03", "2020-04", "2020-05"):
                mine = [row for row in rows if f"{row[0]}".startswith(month)]
                assert found[month] == [
                    _added(mine, place, counting == "one_a_day") if is_shown else None
                    for place, is_shown in zip((3, 4, 5), shown, strict=True)
                ], (month, counting)


def _added(rows: list[Any], place: int, once: bool) -> int | None:
    """Add a column up; the best estimate stands in for a range that is not given."""
    if not rows:
        return 0
    told = [(row[:3], row[3] if row[place] is None else row[place]) for row in rows]
    known = [(cell, n) for cell, n in told if n is not None]
    if not known:
        return None
    if not once:
        return sum(n for _, n in known)
    return sum(max(n for one, n in known if one == cell) for cell in {cell for cell, _ in known})
