"""Acts, occurrences and the agreement of sources against computations of their own in pandas."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from detente.database.builder import Warehouse
from tests.support import indices
from tests.support.studies import MakeStudy

pytestmark = pytest.mark.study
PAIR = ("JPN", "KOR")
STATES = ("JPN", "KOR", "PRK")  # of the study; USA acts too and is none of them
SETTINGS = list(itertools.product(["all", "official"], ["none", "log_mentions"]))
KEY = ["source", "actor1_iso3", "actor2_iso3", "event_date", "cameo_code"]


def _drawn() -> pd.DataFrame:
    """Return 260 events of two sources; many on few days, so that doubles are common."""
    chosen = random.Random(7)
    rows = []
    for number in range(260):
        actor1, actor2 = chosen.sample(indices.ACTORS, 2)
        if number % 3:
            actor1, actor2 = chosen.sample(PAIR, 2)
        day = indices.FIRST + timedelta(days=chosen.choice((0, 3, 30, 31, 60, 200, 380, 456)))
        delay = chosen.choice((0, 0, 1, 15, 29, 30, 31, 60))
        rows.append(
            {
                "event_id": f"e{number:03}",
                "source": chosen.choice(("gdelt1", "icews")),
                "event_date": day,
                "added_at": pd.Timestamp(day + timedelta(days=delay)),
                "actor1_iso3": actor1,
                "actor2_iso3": actor2,
                "cameo_code": chosen.choice(indices.CODES),
                "is_official": chosen.random() < 0.6,
                "n_mentions": chosen.randint(1, 40),
            }
        )
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    drawn = _drawn()
    return drawn[drawn["added_at"].dt.date <= indices.LAST].reset_index(drop=True)


@pytest.fixture(scope="module")
def warehouse(
    tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy, events: pd.DataFrame
) -> Iterator[Warehouse]:
    study = write_study(tmp_path_factory.mktemp("study"), (), indices.STUDY)
    with indices.build(study, events) as one:
        yield one


@pytest.fixture(params=SETTINGS, ids="-".join)
def chosen(warehouse: Warehouse, request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """Let the study count and weigh in another way; tables that are built stay as they are."""
    officials, weighting = request.param
    warehouse.execute("update meta.study set officials = ?, weighting = ?", [officials, weighting])
    yield officials, weighting
    warehouse.execute("update meta.study set officials = 'all', weighting = 'none'")


def _weight(mentions: int, weighting: str) -> float:
    return math.log(1 + mentions) if weighting == "log_mentions" else 1.0


def test_acts_are_those_of_the_study_counted_and_weighed(
    warehouse: Warehouse, events: pd.DataFrame, chosen: tuple[str, str]
) -> None:
    officials, weighting = chosen
    values = indices.values_of(warehouse, "goldstein")
    inside = events[["actor1_iso3", "actor2_iso3"]].isin(STATES).all(axis=1)
    mine = events[inside & (events["is_official"] | (officials == "all"))]
    once = mine.groupby(KEY, as_index=False).agg(
        added_at=("added_at", "min"), n_mentions=("n_mentions", "max")
    )
    wanted = []
    for counting, table in (("all", mine), ("one_a_day", once)):
        for row in table.itertuples():
            net = (values[row.cameo_code] or 0.0) * _weight(row.n_mentions, weighting)
            wanted.append(
                (row.source, counting, row.actor1_iso3, row.actor2_iso3, row.event_date,
                 row.added_at.date(), values[row.cameo_code], round(net, 9))
            )  # fmt: skip
    found = warehouse.rows(
        "select source, counting, actor1_iso3, actor2_iso3, event_date, known_on, "
        "scale_value, round(net::double, 9) from stats.study_act"
    )
    assert sorted(found, key=str) == sorted(wanted, key=str)


@pytest.mark.parametrize(("officials", "weighting"), SETTINGS)
def test_occurrences_add_up_to_the_acts_of_each_side(
    warehouse: Warehouse, events: pd.DataFrame, officials: str, weighting: str
) -> None:
    values = indices.values_of(warehouse, "goldstein")
    found = warehouse.frame(
        f"from marts.occurrences('goldstein', '{officials}', '{weighting}', 'KOR', 'JPN')"
    )
    both = events[["actor1_iso3", "actor2_iso3"]].isin(PAIR).all(axis=1)
    mine = events[both & (events["is_official"] | (officials == "all"))]
    mine = mine[[values[code] is not None for code in mine["cameo_code"]]].sort_values("event_id")
    assert len(found) == len(mine), "a machine-coded event is an occurrence by itself"
    assert set(found["actor1_iso3"]) == {"JPN"}
    assert set(found["actor2_iso3"]) == {"KOR"}
    assert found["seed"].is_unique
    weights = mine["n_mentions"].map(lambda n: _weight(n, weighting))
    most = mine.groupby(KEY)["n_mentions"].transform("max").map(lambda n: _weight(n, weighting))
    first = ~mine.duplicated(KEY)  # the smallest event_id
    scale = mine["cameo_code"].map(values).astype(float)
    forward = mine["actor1_iso3"] == "JPN"
    for counting, weight in (("every", weights), ("once", most * first)):
        for way, is_way in (("forward", forward), ("backward", ~forward)):
            for what, summed in (
                ("weight", weight), ("net", weight * scale), ("sum", weight * scale.abs())
            ):  # fmt: skip
                wanted = (summed * is_way * 1e6).round().groupby(
                    [mine["source"], mine["event_date"]]
                ).sum()  # fmt: skip
                column = f"{counting}_{way}_{what}"
                sums = found.assign(day=found["day"].dt.date).groupby(["source", "day"])[column]
                np.testing.assert_allclose(sums.sum(), wanted, rtol=0, atol=1, err_msg=column)


def test_an_occurrence_has_the_same_seed_whichever_dyad_is_asked(warehouse: Warehouse) -> None:
    one = "from marts.occurrences('goldstein', 'all', 'none', 'JPN', 'KOR') order by all"
    every = (
        "from marts.occurrences('goldstein', 'all', 'none', null, null) "
        "where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' order by all"
    )
    assert warehouse.rows(one) == warehouse.rows(every)


def test_agreement_is_the_correlation_of_complete_months(warehouse: Warehouse) -> None:
    months = warehouse.frame(
        "select * from marts.dyad_month where direction = 'undirected' and is_complete"
    )
    found = warehouse.frame("from stats.source_agreement")
    assert set(found["source1"]) == {"gdelt1"}
    assert set(found["source2"]) == {"icews"}
    for counting in ("all", "one_a_day"):
        sums = weighted = 0.0
        of_counting = found[found["counting"] == counting]
        for pair in itertools.combinations(STATES, 2):
            one, other = (
                months[
                    (months["source"] == name)
                    & (months["counting"] == counting)
                    & (months["actor1_iso3"] == pair[0])
                    & (months["actor2_iso3"] == pair[1])
                ].sort_values("period_start")
                for name in ("gdelt1", "icews")
            )
            row = of_counting[
                (of_counting["actor1_iso3"] == pair[0]) & (of_counting["actor2_iso3"] == pair[1])
            ].iloc[0]
            n_events = one["n_events"].sum() + other["n_events"].sum()
            expected = np.corrcoef(one["net"], other["net"])[0, 1]
            assert row["n_periods"] == len(one) == len(other) == 14  # February 2020 to March 2021
            assert row["n_events"] == n_events
            assert row["correlation"] == pytest.approx(expected, abs=1e-12)
            sums, weighted = sums + n_events, weighted + expected * n_events
        whole = of_counting[of_counting["actor1_iso3"].isna()].iloc[0]
        assert whole["n_events"] == sums
        assert whole["correlation"] == pytest.approx(weighted / sums, abs=1e-12)


@pytest.mark.parametrize(
    ("arguments", "first", "last"),
    [
        ("'Japan', 'KOR'", date.min, date.max),
        ("'KOR', 'JPN', date '2020-01-18'", date(2020, 1, 18), date.max),
        ("'KOR', 'JPN', date '2020-01-18', date '2020-02-15'", date(2020, 1, 18),
         date(2020, 2, 15)),
        ("'KOR', 'JPN', until := date '2020-01-15'", date.min, date(2020, 1, 15)),
    ],
)  # fmt: skip
def test_events_between_two_states_are_those_of_both_directions_in_the_span(
    warehouse: Warehouse, events: pd.DataFrame, arguments: str, first: date, last: date
) -> None:
    both = events[["actor1_iso3", "actor2_iso3"]].isin(PAIR).all(axis=1)
    mine = events[both & (events["event_date"] >= first) & (events["event_date"] <= last)]
    ordered = mine.sort_values(["event_date", "source", "event_id"])
    assert len(ordered) > 0
    found = warehouse.rows(f"select event_id from events_between({arguments})")
    assert [one for (one,) in found] == list(ordered["event_id"])


def test_the_volume_of_a_day_counts_every_event_and_each_double_once(
    warehouse: Warehouse, events: pd.DataFrame
) -> None:
    rows = warehouse.rows("select source, counting, day, n_events from marts.volume_day")
    found = {(source, counting, day): n for source, counting, day, n in rows}
    every = events.groupby(["source", "event_date"]).size()
    once = events.drop_duplicates(KEY).groupby(["source", "event_date"]).size()
    wanted = {(source, "all", day): n for (source, day), n in every.items()}
    wanted |= {(source, "one_a_day", day): n for (source, day), n in once.items()}
    assert found == wanted


@pytest.mark.parametrize("counting", ["all", "one_a_day"])
def test_a_revision_counts_thirty_days_after_the_month(
    warehouse: Warehouse, events: pd.DataFrame, counting: str
) -> None:
    values = indices.values_of(warehouse, "goldstein")
    both = events[["actor1_iso3", "actor2_iso3"]].isin(PAIR).all(axis=1)
    mine = events[both]
    if counting == "one_a_day":
        mine = mine.groupby(KEY, as_index=False).agg(added_at=("added_at", "min"))
    rows = warehouse.rows(
        "select source, period_start, net_at_end, net_after_30_days, net from stats.revision "
        "where counting = ? and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' order by all",
        [counting],
    )
    wanted = []
    month = pd.PeriodIndex(pd.to_datetime(mine["event_date"]), freq="M")
    for (source, period), of_month in mine.groupby([mine["source"], month]):
        end = period.end_time.normalize()
        if end.date() > indices.LAST:
            continue
        net = of_month["cameo_code"].map(values).astype(float).fillna(0.0)
        known = of_month["added_at"]
        late = end + pd.Timedelta(days=30)
        wanted.append(
            (source, period.start_time.date(), net[known <= end].sum(), net[known <= late].sum(),
             net.sum())
        )  # fmt: skip
    assert [row[:2] for row in rows] == [row[:2] for row in wanted]
    np.testing.assert_allclose(
        [row[2:] for row in rows], [row[2:] for row in wanted], rtol=0, atol=1e-9
    )
