"""Every measure of the indices against a computation of its own in pandas, event by event."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.indices import reading
from detente.settings import Settings
from tests.support.effort import examples
from tests.support.indices import (
    CALM,
    EVENTS,
    FIRST,
    HALF_LIFE,
    LAST,
    STUDY,
    build,
    table_of,
    values_of,
)
from tests.support.studies import ROOT, MakeStudy

pytestmark = pytest.mark.study


def expected(
    events: pd.DataFrame,
    values: dict[str, float | None],
    quad: dict[str, int],
    first: str,
    second: str,
    freq: str,
    direction: str,
    counting: str,
    officials: str = "all",
    weighting: str = "none",
    points_per_score: float = 40.0,
) -> pd.DataFrame:
    """Compute the indices of one dyad in plain Python, from the definitions of docs/methods.md."""
    volume = events
    if counting == "one_a_day":
        volume = events.drop_duplicates(["event_date", "actor1_iso3", "actor2_iso3", "cameo_code"])
    mine = events[events["is_official"]] if officials == "official" else events
    ways = [(first, second)] if direction == "directed" else [(first, second), (second, first)]
    pairs = zip(mine["actor1_iso3"], mine["actor2_iso3"], strict=True)
    mine = mine[np.array([pair in ways for pair in pairs], dtype=bool)]
    if counting == "one_a_day":
        mine = mine.sort_values("n_mentions", ascending=False).drop_duplicates(
            ["event_date", "actor1_iso3", "actor2_iso3", "cameo_code"]
        )
    letter = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}[freq]
    periods = pd.period_range(pd.Period(FIRST, letter), pd.Period(LAST, letter), freq=letter)
    rows = []
    path = 0.0  # the relation score as a share of its range
    scores: dict[pd.Period, float] = {}
    for month in pd.period_range(pd.Period(FIRST, "M"), pd.Period(LAST, "M"), freq="M"):
        inside = [
            (values[code] or 0.0) * (1.0 if weighting == "none" else math.log(1 + mentions))
            for day, code, mentions in zip(
                mine["event_date"], mine["cameo_code"], mine["n_mentions"], strict=True
            )
            if pd.Period(day, "M") == month
        ]
        influence = min(9.0, max(-9.0, math.fsum(inside) / points_per_score))
        room = 9 - 9 * path if influence >= 0 else 9 + 9 * path
        path += room / 9 * influence / 9
        scores[month] = 9 * path
    for period in periods:
        inside_rows = mine[
            np.array([pd.Period(day, letter) == period for day in mine["event_date"]], dtype=bool)
        ]
        scored = [
            (values[code], 1.0 if weighting == "none" else math.log(1 + mentions))
            for code, mentions in zip(
                inside_rows["cameo_code"], inside_rows["n_mentions"], strict=True
            )
            if values[code] is not None
        ]
        good = math.fsum(v * w for v, w in scored if v > 0)
        bad = math.fsum(-v * w for v, w in scored if v < 0)
        weight = math.fsum(w for _, w in scored)
        end = min(period.end_time.date(), LAST)
        stock = math.fsum(
            (values[code] or 0.0)
            * (1.0 if weighting == "none" else math.log(1 + mentions))
            * 0.5 ** ((end - day).days / HALF_LIFE)
            for day, code, mentions in zip(
                mine["event_date"], mine["cameo_code"], mine["n_mentions"], strict=True
            )
            if day <= end
        )
        everywhere = sum(pd.Period(day, letter) == period for day in volume["event_date"])
        n = len(inside_rows)
        rows.append(
            {
                "period_start": period.start_time,
                "n_events": n,
                "n_cooperation": sum(v > 0 for v, _ in scored),
                "n_conflict": sum(v < 0 for v, _ in scored),
                **{
                    f"n_quad{q}": sum(quad[c] == q for c in inside_rows["cameo_code"])
                    for q in (1, 2, 3, 4)
                },
                "n_unvalued": n - len(scored),
                "weight": weight,
                "cooperation": good,
                "conflict": bad,
                "net": good - bad,
                "mean_goldstein": (good - bad) / weight if weight else np.nan,
                "relative_net": (good - bad) / (good + bad) if good + bad else np.nan,
                "net_per_1k": 1000 * (good - bad) / everywhere if everywhere else np.nan,
                "stock": stock,
                "score": np.nan if freq in ("day", "week") else scores[pd.Period(end, "M")],
                "is_complete": period.start_time.date() >= FIRST and period.end_time.date() <= LAST,
                "is_zero_filled": n == 0,
            }
        )
    return _compared_with_history(pd.DataFrame(rows))


def _compared_with_history(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.assign(
        net_z=np.nan, net_percentile=np.nan, as_bad_before=pd.NaT, as_good_before=pd.NaT
    )
    complete = frame.index[frame["is_complete"]]
    for place, row in enumerate(complete):
        before = frame.loc[complete[:place]]
        net = frame.loc[row, "net"]
        if place >= 12:
            deviation = before["net"].std(ddof=1)
            frame.loc[row, "net_z"] = (
                (net - before["net"].mean()) / deviation if deviation else np.nan
            )
            lower = (before["net"] < net - 1e-12).sum()
            ties = ((before["net"] - net).abs() <= 1e-12).sum()
            frame.loc[row, "net_percentile"] = 100 * (lower + 0.5 * ties) / place
        if frame.loc[row, "n_events"]:
            bad = before.loc[before["net"] <= net + 1e-12, "period_start"]
            good = before.loc[before["net"] >= net - 1e-12, "period_start"]
            frame.loc[row, "as_bad_before"] = bad.max() if len(bad) else pd.NaT
            frame.loc[row, "as_good_before"] = good.max() if len(good) else pd.NaT
    return frame


# What `dyad_index` tells of periods that are not complete, too.
_TOLD_ALWAYS = [
    "period_start", "is_complete", "is_zero_filled", "stock", "score", "net_z", "net_percentile",
    "as_bad_before", "as_good_before",
]  # fmt: skip


def agree(
    found: pd.DataFrame,
    wanted: pd.DataFrame,
    without: tuple[str, ...] = (),
    tolerance: float = 1e-9,
) -> None:
    """Compare every measure."""
    columns = [name for name in wanted.columns if name not in without]
    found, wanted = found.reset_index(drop=True), wanted.reset_index(drop=True)
    assert list(found["period_start"]) == list(wanted["period_start"])
    for name in columns:
        if wanted[name].dtype.kind in "fiu":
            np.testing.assert_allclose(
                found[name].astype(float),
                wanted[name].astype(float),
                rtol=1e-9,
                atol=tolerance,
                err_msg=name,
            )
        else:
            left, right = found[name], wanted[name]
            same = (left == right) | (left.isna() & right.isna())
            assert same.all(), name


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Settings:
    return write_study(tmp_path_factory.mktemp("study"), (), STUDY)


@settings(CALM, max_examples=examples(3))
@given(drawn=EVENTS, data=st.data())
def test_the_marts_equal_an_independent_computation(
    study: Settings,
    drawn: list[tuple[int, tuple[str, str], str, bool, int, int]],
    data: st.DataObject,
) -> None:
    events = table_of(drawn)
    with build(study, events) as warehouse:
        values = values_of(warehouse, "goldstein")
        quad = dict(warehouse.rows("select cameo_code, quad_class from core.cameo"))
        chosen = data.draw(
            st.lists(
                st.tuples(
                    st.sampled_from(reading.FREQS),
                    st.sampled_from([("JPN", "KOR"), ("KOR", "JPN"), ("KOR", "PRK")]),
                    st.sampled_from(["directed", "undirected"]),
                    st.sampled_from(["all", "one_a_day"]),
                ),
                min_size=3,
                max_size=3,
            )
        )
        for freq, pair, direction, counting in chosen:
            if direction == "undirected":
                pair = (min(pair), max(pair))
            found = warehouse.frame(
                f"select * from marts.dyad_{freq} where direction = ? and counting = ? "
                "and actor1_iso3 = ? and actor2_iso3 = ? order by period_start",
                [direction, counting, *pair],
            )
            agree(found, expected(events, values, quad, *pair, freq, direction, counting))


@settings(CALM, max_examples=examples(2))
@given(
    drawn=EVENTS,
    scale=st.sampled_from(["goldstein", "quad_class", "plover", "weis", "azar_sloan"]),
    officials=st.sampled_from(["all", "official"]),
    weighting=st.sampled_from(["none", "log_mentions"]),
    counting=st.sampled_from(["all", "one_a_day"]),
    direction=st.sampled_from(["directed", "undirected"]),
    freq=st.sampled_from(["day", "month", "year"]),
)
def test_the_macro_computes_every_combination(
    study: Settings,
    drawn: list[tuple[int, tuple[str, str], str, bool, int, int]],
    scale: str,
    officials: str,
    weighting: str,
    counting: str,
    direction: str,
    freq: str,
) -> None:
    events = table_of(drawn)
    with build(study, events) as warehouse:
        values = values_of(warehouse, scale)
        quad = dict(warehouse.rows("select cameo_code, quad_class from core.cameo"))
        found = warehouse.frame(
            f"from dyad_index('KOR', 'PRK', '{freq}', of_direction := '{direction}', "
            f"of_counting := '{counting}', of_scale := '{scale}', of_officials := '{officials}', "
            f"of_weighting := '{weighting}', of_source := 'records')"
        )
        wanted = expected(
            events, values, quad, "KOR", "PRK", freq, direction, counting, officials, weighting
        )
        given = found.rename(columns={"n_acts": "n_events"})
        nulled = wanted.columns.difference(_TOLD_ALWAYS)
        # What the macro tells is rounded, and null where the period is not complete.
        agree(given, wanted.assign(**wanted[nulled].where(wanted["is_complete"])), tolerance=6e-5)
        np.testing.assert_allclose(found["net_so_far"], wanted["net"], atol=6e-5)
        assert set(found["scale"]) == {scale}
        assert set(found["officials"]) == {officials}
        assert set(found["weighting"]) == {weighting}


@settings(CALM, max_examples=examples(3))
@given(drawn=EVENTS, seed=st.integers(0, 2**31))
def test_neither_the_order_of_arrival_nor_swapped_actors_change_the_indices(
    study: Settings, drawn: list[tuple[int, tuple[str, str], str, bool, int, int]], seed: int
) -> None:
    events = table_of(drawn)
    query = "select * from marts.dyad_value"
    days = "select * from marts.dyad_day"
    bounds = "select * from marts.dyad_interval order by all"
    with build(study, events) as warehouse:
        list(reading.fill_intervals(warehouse))
        before = warehouse.rows(query), warehouse.rows(days), warehouse.rows(bounds)
    with build(study, events.sample(frac=1, random_state=seed)) as warehouse:
        list(reading.fill_intervals(warehouse))
        assert before == (warehouse.rows(query), warehouse.rows(days), warehouse.rows(bounds))
    swapped = events.rename(columns={"actor1_iso3": "actor2_iso3", "actor2_iso3": "actor1_iso3"})
    undirected = "select * from marts.dyad_value where direction = 'undirected'"
    # Millionths, since here the two directions are added the other way round.
    directed = (
        "select freq, counting, {}, period_start, n_events, round(net, 6), round(stock, 6) "
        "from marts.dyad_value where direction = 'directed' order by all"
    )
    with build(study, swapped) as warehouse, build(study, events) as original:
        assert warehouse.rows(undirected) == original.rows(undirected)
        assert warehouse.rows(directed.format("actor2_iso3, actor1_iso3")) == original.rows(
            directed.format("actor1_iso3, actor2_iso3")
        )


@settings(CALM, max_examples=examples(3))
@given(drawn=EVENTS)
def test_what_happens_later_changes_no_earlier_comparison(
    study: Settings, drawn: list[tuple[int, tuple[str, str], str, bool, int, int]]
) -> None:
    """z-scores, percentiles and 'the worst since' look back only."""
    events = table_of(drawn)
    cut = date(2021, 1, 1)
    query = (
        "select freq, counting, direction, actor1_iso3, actor2_iso3, period_start, net, stock, "
        "score, n_history, net_z, net_percentile, as_bad_before, as_good_before "
        "from marts.dyad_value "
        f"where period_end < date '{cut}' order by all"
    )
    with build(study, events) as whole, build(study, events[events["event_date"] < cut]) as part:
        assert whole.rows(query) == part.rows(query)


def test_a_half_life_of_irregular_gaps_is_exact(study: Settings) -> None:
    events = table_of(
        [(0, ("JPN", "KOR"), "163", True, 1, 1), (200, ("JPN", "KOR"), "042", True, 1, 1)]
    )
    with build(study, events) as warehouse:
        stock = warehouse.rows(
            "select stock from marts.dyad_year where direction = 'directed' and counting = 'all' "
            "and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' order by period_start"
        )
    # By hand: -8.0 on 15 January 2020 and 1.9 on 2 August 2020; year's end is 351 and 151 days on.
    assert stock[0][0] == pytest.approx(-8.0 * 2 ** (-351 / 45) + 1.9 * 2 ** (-151 / 45), abs=1e-12)


def test_the_root_of_the_tree_holds_the_definition_once() -> None:
    """Weeks, months, quarters and years are filters of one definition."""
    folder = ROOT / "sql" / "20_marts"
    for freq in reading.FREQS:
        text = (folder / f"dyad_{freq}.sql").read_text(encoding="utf-8")
        assert f"where freq = '{freq}'" in text
        assert "sum(" not in text
