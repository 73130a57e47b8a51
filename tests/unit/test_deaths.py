"""Deaths as a measure: sums of what the source knows, its range beside, and no unknown as zero."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd

from tests.support.indices import STUDY, build
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
    study = make_study(toml=STUDY)
    with build(study, frame, "ucdp_ged") as warehouse:
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


def test_the_most_deaths_of_doubles_count_once(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", 10, 8, 15), (DAY, "JPN", "KOR", 12, 9, 13))
    assert deaths(make_study, frame)["2020-03"] == [22, 17, 28]
    assert deaths(make_study, frame, "one_a_day")["2020-03"] == [12, 9, 15]


def test_a_source_that_counts_no_deaths_has_none_to_show(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", None, None, None))
    assert set(map(tuple, deaths(make_study, frame).values())) == {(None, None, None)}


def test_a_source_without_a_range_gives_none(make_study: MakeStudy) -> None:
    frame = events((DAY, "JPN", "KOR", 3, None, None))
    assert deaths(make_study, frame)["2020-03"] == [3, None, None]
