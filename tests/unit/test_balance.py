"""The balance: twelve months' net points, by hand and against the interval of the same span."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from detente.database.published import Published
from detente.indices import balance, intervals, reading
from detente.indices.balance import Net
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.studies import Line, MakeStudy, sidecar_text

COLUMNS = (
    "period_start, net_12m, net_12m_lo, net_12m_hi, n_events_12m, share_lower, n_windows_before, "
    "change_12m, change_12m_lo, change_12m_hi, net_12m_bilateral, n_events_12m_bilateral, "
    "is_complete"
)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy, line: Line) -> Settings:
    """Visits in every second month, from 2021 on every month; one meeting of three."""
    visits = [
        line(f"v-{year}-{month}", f"{year}-{month:02d}-10")
        for year in range(2018, 2023)
        for month in range(1, 13)
        if year >= 2021 or month % 2
    ]
    three = line("t", "2022-06-20", actor1="KOR;PRK", actor2="JPN", code="044", reverse="044")
    made = write_study(
        tmp_path_factory.mktemp("balance"),
        [*visits, three],
        sidecar=sidecar_text("2018-01-01", "2022-12-15"),
    )
    pipeline.refresh(made)
    return made


def _rows(study: Settings, where: str = "true") -> list[dict[str, object]]:
    with Published(study.database) as database:
        return database.dicts(
            f"select {COLUMNS} from stats.balance where source = 'records' and counting = 'all' "
            f"and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' and {where} order by period_start"
        )


@pytest.mark.study
def test_the_sums_are_those_by_hand(study: Settings) -> None:
    rows = _rows(study)
    # A visit is 1.9 and 2.8: six of them in the first windows, twelve in 2021.
    assert rows[0]["period_start"] == date(2018, 12, 1)
    assert rows[0]["net_12m"] == pytest.approx(6 * 4.7)
    assert rows[0]["n_events_12m"] == 12
    by_month = {row["period_start"]: row for row in rows}
    assert by_month[date(2021, 12, 1)]["net_12m"] == pytest.approx(12 * 4.7)
    assert by_month[date(2021, 12, 1)]["change_12m"] == pytest.approx(6 * 4.7)
    # All windows before were lower, and those of 2019 were all alike.
    assert by_month[date(2021, 12, 1)]["share_lower"] == 1
    assert by_month[date(2020, 6, 1)]["share_lower"] == 0
    assert by_month[date(2019, 11, 1)]["share_lower"] is None


@pytest.mark.study
def test_the_interval_of_twelve_months_is_that_of_the_same_year(study: Settings) -> None:
    with Published(study.database) as database:
        years = reading.series(database, "JPN", "KOR", "year").set_index("period_start")
    for year in (2019, 2021):
        expected = years.loc[pd.Timestamp(year, 1, 1), ["net_lo", "net_hi"]]
        row = _rows(study, f"period_start = date '{year}-12-01'")[0]
        assert (row["net_12m_lo"], row["net_12m_hi"]) == pytest.approx(tuple(expected))


@pytest.mark.study
def test_a_meeting_of_three_is_left_out_of_the_bilateral_balance(study: Settings) -> None:
    row = _rows(study, "period_start = date '2022-06-01'")[0]
    assert row["net_12m"] == pytest.approx(row["net_12m_bilateral"] + 2 * 2.5)
    assert row["n_events_12m"] == row["n_events_12m_bilateral"] + 2


@pytest.mark.study
def test_a_window_with_an_incomplete_month_says_so(study: Settings) -> None:
    last = _rows(study)[-1]
    assert last["period_start"] == date(2022, 12, 1)
    assert last["is_complete"] is False
    assert last["share_lower"] is None
    assert last["change_12m"] is None


def _net(seed: int, n_months: int = 48) -> Net:
    rng = np.random.default_rng(seed)
    n = rng.poisson(1.5, n_months)
    replicates = np.rint(rng.normal(0, 3e6, (n_months, intervals.REPLICATES)))
    return Net(n.astype(np.int64), np.rint(rng.normal(0, 5e6, n_months)), replicates)


@pytest.mark.parametrize("seed", range(3))
def test_windows_and_changes_are_sums_and_differences(seed: int) -> None:
    net = _net(seed)
    windows = net.windows()
    for place in (0, 5, 36):
        span = slice(place, place + 12)
        assert windows.total[place] == net.total[span].sum()
        np.testing.assert_array_equal(windows.replicates[place], net.replicates[span].sum(axis=0))
    year = windows.minus_year_before()
    assert year.total[0] == net.total[12:24].sum() - net.total[:12].sum()
    # A difference rests on the occurrences of both years.
    assert year.n[0] == net.n[:24].sum()
    lower, upper = windows.bounds()
    known = ~np.isnan(lower)
    assert (windows.n[~known] < intervals.FEWEST).all()
    assert (lower[known] * intervals.MILLION <= windows.total[known]).all()
    assert (windows.total[known] <= upper[known] * intervals.MILLION).all()


@pytest.mark.parametrize(("n", "is_bounded"), [(4, False), (5, True), (30, True)])
def test_bounds_want_five_occurrences_and_never_exclude_the_value(n: int, is_bounded: bool) -> None:
    """Of replicates 1 to 999 in points, in any order; the value lies outside of them all."""
    points = np.random.default_rng(n).permutation(np.arange(1, intervals.REPLICATES + 1))
    for value in (-5.0, 2000.0):
        one = Net(np.array([n]), np.array([value * 1e6]), points[None].astype(float) * 1e6)
        lower, upper = one.bounds()
        if not is_bounded:
            assert np.isnan([lower[0], upper[0]]).all()
            continue
        # So many replicates lie beyond: 1 of 5 occurrences, 18 of 30 (test_intervals.py).
        beyond = {5: 1, 30: 18}[n]
        assert lower[0] == min(value, float(beyond))
        assert upper[0] == max(value, float(intervals.REPLICATES + 1 - beyond))


def test_the_interval_of_a_change_holds_no_change_as_often_as_it_promises() -> None:
    """Two years at one rate: the interval of their difference holds 0 about 95 times in 100."""
    rng = np.random.default_rng(0)
    held = []
    for _ in range(150):
        n = rng.poisson(30, 2)
        seeds = rng.integers(0, 2**63, n.sum()).astype(np.uint64)
        values = np.rint(rng.choice([1.9, 7.0, -7.2, -2.0, 8.0], n.sum()) * 1e6).astype(np.int64)
        year = np.repeat([0, 1], n)
        sums = intervals.replicate_sums(seeds, year, values[:, None], 2)[:, 0]
        total = np.array([values[year == one].sum() for one in (0, 1)], dtype=float)
        change = Net(np.array([n.sum()]), total[1:] - total[:1], sums[1:] - sums[:1])
        lower, upper = change.bounds()
        held.append(lower[0] <= 0 <= upper[0])
    assert np.mean(held) == pytest.approx(0.95, abs=0.045)


def test_shares_of_earlier_windows() -> None:
    values = np.array([3.0] * 12 + [5.0, 1.0, 4.0])
    np.testing.assert_allclose(balance.share_lower(values)[12:], [1.0, 0.0, 13 / 14])
