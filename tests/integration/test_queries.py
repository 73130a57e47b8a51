"""Every named query runs on the project's own records; the guiding case has its answers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from detente.database import queries
from detente.database.published import Published

RealStudy = Callable[..., Path]


@pytest.fixture(scope="module")
def database(real_database: Path) -> Published:
    return Published(real_database)


@pytest.mark.parametrize("name", sorted(queries.named()))
def test_a_named_query_runs(database: Published, name: str) -> None:
    frame = database.query(queries.named()[name].text, timeout_seconds=60)
    assert len(frame.columns) >= 2
    assert name == "rejected_rows" or len(frame) > 0


def _ask(database: Published, name: str) -> pd.DataFrame:
    return database.query(queries.named()[name].text)


def test_the_tokyo_visit_was_the_first_bilateral_one_in_more_than_eleven_years(
    database: Published,
) -> None:
    # Yoon in Tokyo, 16 March 2023; before him Lee in Kyoto, 17-18 December 2011 (both countries'
    # foreign ministries). Press of the time: the first bilateral visit in twelve years.
    row = _ask(database, "years_between_tokyo_visit_and_the_one_before").iloc[0]
    assert row["previous_visit"] == pd.Timestamp("2011-12-17")
    assert row["days_between"] == (date(2023, 3, 16) - date(2011, 12, 17)).days == 4107


def test_icbm_launches_in_the_year_to_the_summit(database: Published) -> None:
    # Each of these days is an ICBM launch by the account of South Korea's Joint Chiefs of Staff
    # or Japan's Ministry of Defense; 16 March 2023 is the morning of the summit.
    row = _ask(database, "icbm_launches_in_the_year_to_the_tokyo_summit").iloc[0]
    assert [f"{pd.Timestamp(day):%Y-%m-%d}" for day in row["launch_days"]] == [
        "2022-03-24", "2022-05-25", "2022-11-03", "2022-11-18", "2023-02-18", "2023-03-16",
    ]  # fmt: skip


def test_days_from_a_launch_to_the_next_three_party_summit(database: Published) -> None:
    frame = _ask(database, "days_from_launch_to_next_trilateral_meeting").set_index("launch")
    # Leaders of the three met in Hiroshima on 21 May 2023 and at Camp David on 18 August 2023.
    assert frame.loc["2023-03-16", "next_meeting"] == pd.Timestamp("2023-05-21")
    assert frame.loc["2023-03-16", "days"] == 66
    assert frame.loc["2023-07-12", "next_meeting"] == pd.Timestamp("2023-08-18")
    assert (frame["days"].dropna() >= 0).all()
