"""Every named query runs on the project's own records; the guiding case has its answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from detente.base.errors import UsageError
from detente.database import queries
from detente.database.published import Published
from tests.support.studies import ROOT

# The shipped study's own questions.
OWN = ROOT / "queries"
GIVEN = {"weeks_after_events": {"category": "summit"}}

RealStudy = Callable[..., Path]


@pytest.fixture(scope="module")
def database(real_database: Path) -> Iterator[Published]:
    with Published(real_database) as opened:
        yield opened


@pytest.mark.parametrize("name", sorted(queries.named(OWN)))
def test_a_named_query_runs(database: Published, name: str) -> None:
    text = queries.statement(database, name, OWN, GIVEN.get(name))
    frame = database.query(text, timeout_seconds=60)
    assert len(frame.columns) >= 2
    # Every line of the records is in order, and a record is known on its own day.
    assert name in ("rejected_rows", "largest_revisions") or len(frame) > 0


def _ask(database: Published, name: str) -> pd.DataFrame:
    return database.query(queries.named(OWN)[name].text)


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


def test_a_query_takes_a_dyad_a_source_and_a_span(database: Published) -> None:
    def ask(name: str, **given: str) -> pd.DataFrame:
        return database.query(queries.statement(database, name, OWN, given))

    focal = ask("top_events", since="2023-01-01", until="2023-12-31")
    assert set(focal["actor1_iso3"]) | set(focal["actor2_iso3"]) == {"JPN", "KOR"}
    assert focal["event_date"].dt.year.eq(2023).all()
    other = ask("top_events", dyad="usa-chn")
    assert set(other["actor1_iso3"]) | set(other["actor2_iso3"]) == {"CHN", "USA"}
    every, one = ask("worst_month_since"), ask("worst_month_since", dyad="JPN-KOR")
    assert len(one) == 1
    row = every[(every["actor1_iso3"] == "JPN") & (every["actor2_iso3"] == "KOR")]
    assert row["net"].item() == one["net"].item()
    with pytest.raises(UsageError, match=r"a dyad of the study.*JPN-KOR"):
        ask("worst_month_since", dyad="GRC-TUR")
    with pytest.raises(UsageError, match=r"a source that is loaded, got 'gdelt2'.*records"):
        ask("worst_month_since", source="gdelt2")
    with pytest.raises(UsageError, match="takes no --dyad; it takes nothing"):
        ask("scales", dyad="JPN-KOR")
    with pytest.raises(UsageError, match=r"a category of the study's records.*military_exercise"):
        ask("weeks_after_events")
    with pytest.raises(UsageError, match="expected a day as 2020-01-31, got spring"):
        ask("top_events", since="spring")


def test_the_weeks_before_and_after_are_thirteen_whole_ones(database: Published) -> None:
    given = {"category": "nuclear_test"}
    found = database.query(queries.statement(database, "weeks_after_events", OWN, given))
    assert len(set(zip(found["actor1_iso3"], found["actor2_iso3"], strict=True))) > 1
    # Two of the tests were on a Monday, with which a week begins.
    assert pd.to_datetime(found["event_date"]).dt.day_of_week.eq(0).any()
    weeks = database.query(
        "select actor1_iso3, actor2_iso3, period_start, net from marts.dyad_week "
        "where source = 'records' and counting = 'all' and direction = 'undirected'"
    )
    for row in found.itertuples():
        of_dyad = weeks[
            (weeks["actor1_iso3"] == row.actor1_iso3) & (weeks["actor2_iso3"] == row.actor2_iso3)
        ].set_index("period_start")["net"]
        day = pd.Timestamp(row.event_date)
        monday = day - pd.Timedelta(days=day.day_of_week)
        before = [of_dyad[monday - pd.Timedelta(weeks=n)] for n in range(1, 14)]
        after = [of_dyad[monday + pd.Timedelta(weeks=n)] for n in range(1, 14)]
        assert row.net_before == pytest.approx(sum(before), abs=0.06)
        assert row.net_after == pytest.approx(sum(after), abs=0.06)


def test_what_is_not_known_whole_ranks_nowhere(database: Published) -> None:
    def ask(name: str, **given: str) -> pd.DataFrame:
        return database.query(queries.statement(database, name, OWN, given))

    open_years = database.query(
        "select distinct period_start from marts.dyad_year where not is_complete"
    )["period_start"]
    assert len(open_years)
    for name in ("how_the_scale_changes_the_picture", "relation_scores_by_year"):
        found = ask(name)
        years = found["year"] if "year" in found else found["period_start"].dt.year
        assert not set(years) & set(open_years.dt.year)
    complete = database.query("select max(complete_to) as day from meta.coverage")["day"][0]
    for name in ("best_and_worst_months", "months_with_an_interval_below_zero"):
        assert ask(name)["period_start"].max() < complete
    after = ask("weeks_after_events", category="missile_launch")
    late = after[after["event_date"] > complete - pd.Timedelta(weeks=13)]
    assert len(late)
    assert late["net_after"].isna().all()


def test_a_value_is_a_value_and_never_sql() -> None:
    (query,) = (one for one in queries.named().values() if one.name == "weeks_after_events")
    text = query.filled({"category": "x' or '1' = '1"})
    assert "category = 'x'' or ''1'' = ''1'" in text
