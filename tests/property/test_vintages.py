"""The indices as they stood on a past day, and how far they moved since."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.settings import Settings
from tests.support import indices
from tests.support.effort import examples
from tests.support.studies import MakeStudy

pytestmark = pytest.mark.study


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Settings:
    return write_study(tmp_path_factory.mktemp("study"), (), indices.STUDY)


def _late(drawn: list[tuple[object, ...]], delays: list[int]) -> pd.DataFrame:
    """Return events that were published some days after they happened."""
    events = indices.table_of(drawn)
    days = [delays[number % len(delays)] for number in range(len(events))]
    added = [
        day + timedelta(days=delay) for day, delay in zip(events["event_date"], days, strict=True)
    ]
    return events.assign(added_at=pd.to_datetime(added))


DELAYS = st.lists(st.sampled_from([0, 0, 0, 1, 20, 31, 90, 365]), min_size=1, max_size=9)


@settings(indices.CALM, max_examples=examples(2))
@given(drawn=indices.EVENTS, delays=DELAYS, back=st.integers(0, 400))
def test_the_index_as_of_a_day_is_the_index_of_what_was_published_by_it(
    study: Settings, drawn: list[tuple[object, ...]], delays: list[int], back: int
) -> None:
    events = _late(drawn, delays)
    day = indices.LAST - timedelta(days=back)
    published = events[(events["added_at"].dt.date <= day) & (events["event_date"] <= day)]
    queries = (
        "select * from marts.dyad_value",
        "select * from marts.dyad_day",
        "from stats.revision",
    )
    with (
        indices.build(study, events, as_of=day) as then,
        indices.build(study, published, as_of=day) as known,
    ):
        for query in queries:
            assert then.rows(query) == known.rows(query)


@settings(indices.CALM, max_examples=examples(2))
@given(drawn=indices.EVENTS, delays=DELAYS)
def test_revisions_equal_an_independent_computation(
    study: Settings, drawn: list[tuple[object, ...]], delays: list[int]
) -> None:
    events = _late(drawn, delays)
    with indices.build(study, events) as warehouse:
        values = indices.values_of(warehouse, "goldstein")
        found = warehouse.frame(
            "from stats.revision "
            "where counting = 'all' and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        ).set_index("period_start")
        once = warehouse.rows(
            "select sum(n_events), sum(net) from stats.revision where counting = 'one_a_day'"
        )
        month = warehouse.rows(
            "select sum(n_events), sum(net) from marts.dyad_month where counting = 'one_a_day' "
            f"and direction = 'undirected' and period_end <= date '{indices.LAST}'"
        )
    known = events[events["added_at"].dt.date <= indices.LAST]
    pair = known[["actor1_iso3", "actor2_iso3"]].isin(["JPN", "KOR"]).all(axis=1)
    mine = known[pair].assign(
        month=pd.PeriodIndex(pd.to_datetime(known.loc[pair, "event_date"]), freq="M"),
        value=[values[code] or 0.0 for code in known.loc[pair, "cameo_code"]],
    )
    for period, rows in mine.groupby("month"):
        end = period.end_time.normalize()
        if end.date() > indices.LAST:
            assert period.start_time not in found.index
            continue
        row = found.loc[period.start_time]
        by_end = rows["added_at"] <= end
        by_30 = rows["added_at"] <= end + pd.Timedelta(days=30)
        assert row["n_events_at_end"] == by_end.sum()
        assert row["n_events"] == len(rows)
        assert row["net_at_end"] == pytest.approx(rows.loc[by_end, "value"].sum(), abs=1e-9)
        assert row["net_after_30_days"] == pytest.approx(rows.loc[by_30, "value"].sum(), abs=1e-9)
        assert row["net_revision"] == pytest.approx(rows.loc[~by_end, "value"].sum(), abs=1e-9)
        assert row["last_known_on"].date() == rows["added_at"].max().date()
    # What is known now is what the months hold.
    assert once[0][0] == month[0][0] or (once[0][0] is None and not month[0][0])
    assert (once[0][1] or 0) == pytest.approx(month[0][1] or 0, abs=1e-9)


def test_a_late_event_moves_its_month_and_the_revision_says_by_how_much(study: Settings) -> None:
    drawn = [(20, ("JPN", "KOR"), "042", True, 1, 1), (21, ("KOR", "JPN"), "163", True, 1, 1)]
    events = indices.table_of(drawn).assign(
        added_at=pd.to_datetime([date(2020, 2, 4), date(2020, 4, 1)])
    )
    february = (
        "select net from marts.dyad_month where direction = 'undirected' and counting = 'all' "
        "and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' and period_start = '2020-02-01'"
    )
    revised = (
        "select net_at_end, net_after_30_days, net, net_revision from stats.revision "
        "where counting = 'all'"
    )
    # 042 is 1.9 and 163 is -8.0 on Goldstein's scale.
    with indices.build(study, events, as_of=date(2020, 3, 1)) as then:
        assert then.rows(february) == [(1.9,)]
    with indices.build(study, events) as now:
        assert now.rows(february) == [(pytest.approx(-6.1),)]
        assert now.rows(revised) == [(1.9, 1.9, -6.1, -8.0)]


@settings(indices.CALM, max_examples=examples(2))
@given(drawn=indices.EVENTS, delays=DELAYS, back=st.integers(1, 12))
def test_the_vintage_of_a_month_is_the_index_as_of_its_end(
    study: Settings, drawn: list[tuple[object, ...]], delays: list[int], back: int
) -> None:
    events = _late(drawn, delays)
    month = pd.Period(indices.LAST, "M") - back
    day = month.end_time.date()
    index = (
        "select source, counting, actor1_iso3, actor2_iso3, period_start, round(net, 6), "
        "n_conflict from marts.dyad_month where direction = 'directed' and n_events > 0 "
        "order by all"
    )
    vintage = (
        "select source, counting, actor1_iso3, actor2_iso3, period_start, round(sum(net), 6), "
        f"sum(n_conflict) from stats.vintage where known_month <= date '{month.start_time.date()}' "
        "group by all order by all"
    )
    with (
        indices.build(study, events, as_of=day) as then,
        indices.build(study, events) as now,
    ):
        assert now.rows(vintage) == then.rows(index)
