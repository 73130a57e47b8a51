"""The outlook: the decayed past by hand, sums of paths, and intervals that learn."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from detente.base.errors import UsageError
from detente.statistics.forecasting.mix import MixSettings, judged, outlook_of_series
from detente.statistics.forecasting.outlook import (
    LEVEL,
    LEVELS,
    MIX,
    PAST,
    Outlook,
    Target,
    adapted,
    decayed_past,
    outlooks,
    targets,
)
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.level import fit, predictions, simulation

SUM = Target(name="sum_3m", horizon=3, is_sum=True)
SECOND = Target(name="month", horizon=2, is_sum=False)


def test_the_past_counts_half_as_much_two_years_earlier() -> None:
    values = np.repeat([0.0, 1.0], [24, 24])
    points = decayed_past(values, 47, 1, 3000)
    # Weights of the last two years to those before are 2 to 1.
    assert (points == 1.0).mean() == pytest.approx(2 / 3, abs=0.002)
    # Nothing after the origin is looked at.
    assert (decayed_past(values, 23, 1, 100) == 0.0).all()


def test_windows_of_the_past_are_sums() -> None:
    points = decayed_past(np.array([1.0, 2.0, 4.0, 8.0]), 3, 2, 200)
    assert set(points) == {3.0, 6.0, 12.0}


def test_targets_are_months_and_sums() -> None:
    found = targets(6)
    assert [one.name for one in found] == ["month"] * 6 + ["sum_3m", "sum_6m"]
    assert [one.name for one in targets(4)] == ["month"] * 4 + ["sum_3m"]
    values = np.arange(8.0)
    origins = np.array([2, 4, 5])
    np.testing.assert_array_equal(SUM.observed(values, origins), [3 + 4 + 5, 5 + 6 + 7, np.nan])
    np.testing.assert_array_equal(SECOND.observed(values, origins), [4, 6, 7])
    path = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    np.testing.assert_array_equal(SUM.of_path(path), [7, 70])
    np.testing.assert_array_equal(SECOND.of_path(path), [2, 20])


def _given(points: Predictive, observed: np.ndarray, horizon: int) -> Outlook:
    """Return an outlook of a mix alone, from every month, whose intervals have not learnt."""
    return Outlook(
        target=Target(name="month", horizon=horizon, is_sum=False),
        origins=np.arange(len(observed)),
        forecasts={MIX: points},
        observed=observed,
        share_outside={},
    )


def test_horizons_learn_together_each_when_its_outcome_is_known() -> None:
    """By hand: intervals of one point fail at once, two horizons, one failure, two outcomes."""
    points = Predictive.of(np.zeros((5, 4)))
    near = _given(points, np.array([1.0, 0.0, 0.0, 0.0, np.nan]), horizon=1)
    far = _given(points, np.array([0.0, 1.0, 0.0, np.nan, np.nan]), horizon=2)
    share = adapted([near, far], 0.2, rate=0.1)
    # Known at 1: near failed at 0. At 2: near held at 1, far held at 0. At 3: near held, far
    # failed at 1. At 4: both held.
    np.testing.assert_allclose(share, [0.2, 0.12, 0.14, 0.11, 0.13])


def test_the_intervals_of_neighbouring_months_leave_the_same_share_outside() -> None:
    _, found = _outlooks(targets(6))
    months, sums = found[:6], found[6:]
    for level in LEVELS:
        for group in (months, sums):
            for one in group:
                np.testing.assert_array_equal(
                    one.share_outside[level], group[0].share_outside[level]
                )
    assert (months[0].share_outside[0.8] != sums[0].share_outside[0.8]).any()


def test_intervals_learn_to_hold_what_they_promise() -> None:
    """Forecasts half as wide as they should be, in a series without any order."""
    rng = np.random.default_rng(1)
    n = 600
    points = Predictive.of(rng.normal(0, 0.5, (n, 400)))
    observed = rng.normal(0, 1, n)
    share = adapted([_given(points, observed, horizon=3)], 0.2)
    low, high = (
        np.array([np.quantile(points.points[place], end) for place, end in enumerate(ends)])
        for ends in np.clip((share / 2, 1 - share / 2), 0, 1)
    )
    held = (low <= observed) & (observed <= high)
    raw = points.holds(observed, 0.8)
    assert raw.mean() < 0.6
    assert held[100:].mean() == pytest.approx(0.8, abs=0.04)


def test_an_interval_learns_only_from_what_was_known() -> None:
    rng = np.random.default_rng(2)
    points = Predictive.of(rng.normal(0, 1, (40, 100)))
    observed = rng.normal(0, 5, 40)
    later = observed.copy()
    later[20:] = 0.0
    first, second = (adapted([_given(points, one, horizon=6)], 0.2) for one in (observed, later))
    np.testing.assert_array_equal(first[:26], second[:26])
    assert (first[26:] != second[26:]).any()


def _outlook(target: Target) -> tuple[np.ndarray, Outlook]:
    net, (found,) = _outlooks([target])
    return net, found


def _outlooks(wanted: Sequence[Target]) -> tuple[np.ndarray, list[Outlook]]:
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 1, 120, seed=4)
    pair = [
        fit.fit(one, simulation.POWER, placed_by=60) for one in (seen.cooperation, seen.conflict)
    ]
    origins = np.arange(59, 120)
    paths = predictions.net_paths(pair[0], pair[1], origins, 6, log2_draws=7)
    net = (seen.cooperation.y - seen.conflict.y)[0, 0]
    return net, outlooks(net, paths[:, 0], origins, wanted)


def test_odds_add_up_and_the_mix_has_both() -> None:
    _, found = _outlook(SECOND)
    assert sum(found.odds()) == pytest.approx(1)
    n = found.forecasts[MIX].n_points
    assert n == found.forecasts[PAST].n_points + found.forecasts[LEVEL].n_points
    low, high = found.interval(0.8)
    wide = found.interval(0.95)
    assert wide[0] <= low <= high <= wide[1]
    assert len(found.crps(MIX)) == 120 - 59 - 2


def test_outlooks_of_a_past_month_do_not_know_the_future() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 1, 90, seed=6)
    origins = np.array([60, 70])
    whole = [fit.fit(one, 1.3, placed_by=60) for one in (seen.cooperation, seen.conflict)]
    then = [fit.fit(one.to(71), 1.3, placed_by=60) for one in (seen.cooperation, seen.conflict)]
    found, before = (
        predictions.net_paths(*pair, origins, 3, log2_draws=6) for pair in (whole, then)
    )
    np.testing.assert_allclose(found, before, rtol=1e-9)


@pytest.mark.slow
def test_the_level_model_expects_what_simulated_relations_bring() -> None:
    """Of many relations at once, central intervals of 80% hold about 80 in 100 sums."""
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 48, 100, seed=12)
    pair = [fit.fit(one.to(97), simulation.POWER) for one in (seen.cooperation, seen.conflict)]
    paths = predictions.net_paths(pair[0], pair[1], np.array([96]), 3)[0].sum(axis=1)
    net = (seen.cooperation.y - seen.conflict.y)[:, 0, 97:].sum(axis=1)
    held = Predictive.of(paths).holds(net, 0.8)
    assert held.mean() == pytest.approx(0.8, abs=0.13)


def test_an_outlook_wants_five_years_and_a_month_ahead() -> None:
    assert MixSettings(training_months=60, horizon=1, refit_months=1).training_months == 60
    for wrong in ({"training_months": 59}, {"horizon": 0}, {"refit_months": 0}):
        with pytest.raises(UsageError, match="expected a horizon"):
            MixSettings(**wrong)


def test_forecasts_are_judged_on_the_later_origins_of_48_or_more() -> None:
    assert judged(47) is None
    assert judged(48) == slice(24, 48)
    assert judged(50, 0.3) == slice(15, 50)


def test_a_series_is_long_enough_for_training_and_48_origins() -> None:
    """With two months ahead: 60 months at the first origin, 47 later ones, the two months."""
    values = np.tile([0.0, 3.0, -2.0, 0.0, 1.0], 22)
    chosen = MixSettings(training_months=60, horizon=2, refit_months=99)
    long, short = (
        outlook_of_series(
            pd.Series(values[:n], pd.period_range("2000-01", periods=n, freq="M")), chosen
        )
        for n in (109, 108)
    )
    assert [one.target.name for one in long] == ["month", "month"]
    assert len(long[0].crps(MIX)) == 49
    assert "109" in short.reason
