"""The level of relations: against other programs, brute force, and simulated truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize
from scipy.stats import norm

from detente.statistics.level import filtering, fit, mode, nodes, simulation, summary, tweedie
from detente.statistics.level.model import Centre, Prior, Sums, centre
from detente.statistics.level.nodes import Nodes
from tests.support.effort import examples

POWER = 1.3


def _one_node(log_mean: float, log_step: float, log_dispersion: float) -> Nodes:
    """Return fixed parameters of one series of one source."""
    return Nodes(
        log_step=np.array([[log_step]]),
        log_dispersion=np.array([[[log_dispersion]]]),
        effect=np.zeros((1, 1, 1)),
        log_weight=np.zeros((1, 1)),
        log_evidence=np.zeros((1, 1)),
        log_mean=np.array([log_mean]),
    )


def _sums(y: np.ndarray, offset: np.ndarray | float = 0.0) -> Sums:
    return Sums(y, np.zeros_like(y) + offset)


def test_the_gaussian_case_is_statsmodels_kalman_filter() -> None:
    """With large means and little noise the log of the points is normal around the state."""
    rng = np.random.default_rng(3)
    n_months, step, noise, log_mean = 120, 0.12, 0.02, np.log(1e5)
    state = log_mean + np.cumsum(rng.normal(0, step, n_months))
    # phi mu^(p-2) is the variance of the log; it hardly moves with the state at p near 2.
    power = 1.98
    phi = noise**2 * np.exp((2 - power) * log_mean)
    y = tweedie.draw(rng, state, phi, power)
    y[40:50] = np.nan  # a gap
    known = _one_node(log_mean, np.log(step), np.log(phi))
    found = filtering.Filter(known, Prior(), power).run(_sums(y[None, None]))
    smoothed, variance = filtering.smooth(found)
    other = sm.tsa.UnobservedComponents(np.log(y), "local level")
    other.ssm.initialize_known(np.array([log_mean]), np.array([[Prior().start_sd ** 2]]))
    other.ssm.loglikelihood_burn = 0  # the first month counts: its prior is known
    kalman = other.smooth([noise**2, step**2])
    np.testing.assert_allclose(found.mean[:, 0, 0], kalman.filtered_state[0], atol=3e-3)
    np.testing.assert_allclose(smoothed[:, 0, 0], kalman.smoothed_state[0], atol=3e-3)
    np.testing.assert_allclose(
        np.sqrt(variance[:, 0, 0]), np.sqrt(kalman.smoothed_state_cov[0, 0]), rtol=0.03
    )
    # The density of y is that of log y over y.
    density = found.log_evidence[0, 0] + np.nansum(np.log(y))
    assert density == pytest.approx(kalman.llf, abs=0.5)


def _sparse(seed: int, n_months: int = 40) -> tuple[np.ndarray, Nodes]:
    rng = np.random.default_rng(seed)
    state = 0.5 + np.cumsum(rng.normal(0, 0.3, n_months))
    y = tweedie.draw(rng, state, 6.0, POWER)
    y[10:14] = np.nan
    return y, _one_node(0.5, np.log(0.3), np.log(6.0))


def _on_a_grid(y: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
    """Return log density, filtered and smoothed means, and smoothed deviations, by brute force."""
    at = np.linspace(-9, 9, 1201)
    move = norm.pdf(at[:, None], at[None, :], 0.3) * (at[1] - at[0])
    density = norm.pdf(at, 0.5, Prior().start_sd)
    density /= density.sum()
    likelihood = [
        np.ones_like(at)
        if np.isnan(one)
        else np.exp(tweedie.log_density(np.full_like(at, one), at, 6.0, POWER))
        for one in y
    ]
    forward, log_density = [], 0.0
    for month, one in enumerate(likelihood):
        density = (move @ density if month else density) * one
        log_density += np.log(density.sum())
        density = density / density.sum()
        forward.append(density)
    smoothed, later = [forward[-1]], np.ones_like(at)
    for month in range(len(y) - 2, -1, -1):
        later = move.T @ (later * likelihood[month + 1])
        both = forward[month] * later
        smoothed.insert(0, both / both.sum())
    means = [np.array(kind) @ at for kind in (forward, smoothed)]
    deviation = np.sqrt(np.array(smoothed) @ at**2 - means[1] ** 2)
    return log_density, means[0], means[1], deviation


@pytest.mark.parametrize("seed", range(4))
def test_filter_and_smoother_agree_with_brute_force_where_most_months_are_zero(seed: int) -> None:
    y, known = _sparse(seed)
    found = filtering.Filter(known, Prior(), POWER).run(_sums(y[None, None]))
    smoothed, variance = filtering.smooth(found)
    log_density, filtered_mean, smoothed_mean, deviation = _on_a_grid(y)
    assert found.log_evidence[0, 0] == pytest.approx(log_density, abs=0.2)
    # Within a seventh of the width of what is known.
    assert np.abs((found.mean[:, 0, 0] - filtered_mean) / deviation).max() < 0.15
    assert np.abs((smoothed[:, 0, 0] - smoothed_mean) / deviation).max() < 0.15
    np.testing.assert_allclose(np.sqrt(variance[:, 0, 0]), deviation, rtol=0.08)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_mode_is_where_a_general_optimiser_finds_it(seed: int) -> None:
    y, _ = _sparse(seed, n_months=25)
    twice = np.stack([y, np.where(np.arange(25) < 12, np.nan, 2 * y)])[None]
    sums = _sums(twice)
    middle, prior = centre(sums, POWER), Prior()
    log_step, log_phi = np.array([np.log(0.3)]), np.log(np.array([[6.0, 8.0]]))
    found = mode.find(sums, middle, prior, log_step, log_phi, POWER)
    assert found.has_converged.all()
    known = ~np.isnan(twice[0])

    def minus_log_density(values: np.ndarray) -> float:
        state, effect = values[:-1], np.array([0.0, values[-1]])
        log_mean = state + effect[:, None]
        data = sum(
            tweedie.log_density(
                twice[0, i, known[i]], log_mean[i, known[i]], float(np.exp(log_phi[0, i])), POWER
            ).sum()
            for i in range(2)
        )
        walk = norm.logpdf(state[0], middle.log_mean[0], prior.start_sd)
        walk += norm.logpdf(np.diff(state), 0, 0.3).sum()
        walk += norm.logpdf(effect[1], middle.effect[0, 1], prior.effect_sd)
        return -float(data + walk)

    start = np.append(found.state[0], found.effect[0, 1])
    other = optimize.minimize(minus_log_density, start + 0.3, method="BFGS", tol=1e-8)
    np.testing.assert_allclose(start, other.x, atol=2e-3)
    # Laplace: the density at the mode and the curvature around it, by differences.
    hessian = optimize.approx_fprime(
        start, lambda x: optimize.approx_fprime(x, minus_log_density, 1e-4), 1e-4
    )
    laplace = -minus_log_density(start) + 0.5 * len(start) * np.log(2 * np.pi)
    laplace -= 0.5 * np.linalg.slogdet(hessian)[1]
    assert found.log_evidence[0] == pytest.approx(laplace, abs=0.02)


def _fitted(seen: simulation.Simulated) -> tuple[fit.Fit, fit.Fit]:
    return fit.fit(seen.cooperation, POWER), fit.fit(seen.conflict, POWER)


@pytest.mark.full
@pytest.mark.parametrize(
    "name",
    [
        "drift, two sources",
        pytest.param("drift, sparse", marks=pytest.mark.full),
        pytest.param("jumps, dense", marks=pytest.mark.full),
    ],
)
def test_bands_hold_the_truth_as_often_as_they_promise(name: str) -> None:
    """A small part of `bench/level.py coverage`; neighbouring months are far from independent."""
    seen = simulation.simulate(simulation.DESIGNS[name], 32, 160, seed=11)
    pair = _fitted(seen)
    for found in (summary.filtered_summary(*pair), summary.smoothed_summary(*pair)):
        shares = simulation.coverage(found, seen)
        for what in ("level", "tone"):
            assert shares[f"{what} 80"] == pytest.approx(0.80, abs=0.08)
            assert shares[f"{what} 95"] == pytest.approx(0.95, abs=0.04)


@pytest.mark.slow
def test_tone_is_nearer_to_the_truth_than_twelve_months_and_score() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, sparse"], 32, 200, seed=5)
    tone = summary.filtered_summary(*_fitted(seen)).tone[2]
    others = (simulation.twelve_month_tone(seen), simulation.saturating_score(seen))
    errors = [float(np.sqrt(np.mean((one[24:] - seen.tone[24:]) ** 2))) for one in (tone, *others)]
    assert errors[0] < 0.85 * min(errors[1:])


@pytest.mark.slow
def test_one_step_predictions_are_calibrated() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 24, 160, seed=7)
    months = summary.months(*_fitted(seen))
    pit = np.sort(months.pit[12:].ravel())
    uniform = (np.arange(len(pit)) + 0.5) / len(pit)
    assert np.abs(pit - uniform).max() < 0.03
    assert (months.surprise[12:] < 0.05).mean() == pytest.approx(0.05, abs=0.02)


def test_now_is_the_same_filtered_and_smoothed() -> None:
    pair = _fitted(simulation.simulate(simulation.DESIGNS["drift, sparse"], 3, 60, seed=2))
    filtered, smoothed = summary.filtered_summary(*pair), summary.smoothed_summary(*pair)
    np.testing.assert_allclose(filtered.level[:, -1], smoothed.level[:, -1])
    np.testing.assert_allclose(filtered.p_higher[12][-1], smoothed.p_higher[12][-1])
    assert np.isnan(filtered.p_higher[12][:12]).all()


@pytest.mark.slow
def test_a_month_more_is_one_step_of_the_filter() -> None:
    sums = simulation.simulate(simulation.DESIGNS["drift, two sources"], 3, 72, seed=4).cooperation
    whole = fit.fit(sums, POWER, placed_by=60)
    before = fit.fit(sums.to(71), POWER, placed_by=60)
    rule = before.rule
    now = rule.update(rule.before(before.filtered.now), sums.y[:, :, 71], sums.log_offset[:, :, 71])
    np.testing.assert_allclose(now.mean, whole.filtered.mean[-1], rtol=1e-12)
    np.testing.assert_allclose(now.weight, whole.weight, rtol=1e-9)
    again = fit.fit(sums, POWER, nodes=before.nodes)
    np.testing.assert_array_equal(again.smoothed_mean, whole.smoothed_mean)


def test_a_gap_widens_the_band_and_moves_nothing() -> None:
    design = simulation.DESIGNS["drift, dense"]
    seen = simulation.simulate(design, 4, 120, seed=9)
    y = seen.cooperation.y.copy()
    y[:, :, 60:84] = np.nan
    gap = fit.fit(_sums(y), POWER)
    variance = (gap.weight * gap.smoothed_variance).sum(axis=-1)
    assert (variance[72] > 1.4 * variance[30]).all()
    # With nothing seen the filter stays where it was.
    np.testing.assert_array_equal(gap.filtered.mean[83], gap.filtered.mean[59])


@pytest.mark.slow
@pytest.mark.parametrize("stops", [True, False])
def test_a_source_that_starts_or_stops_makes_no_jump(*, stops: bool) -> None:
    rng = np.random.default_rng(21)
    n_months, seam = 160, 80
    state = 2 + 0 * np.cumsum(rng.normal(0, 0.05, (6, n_months)), axis=1)
    first = tweedie.draw(rng, state, 4.0, POWER)
    second = tweedie.draw(rng, state + 2.0, 4.0, POWER)
    second[:, seam:] = np.nan if stops else second[:, seam:]
    second[:, :seam] = second[:, :seam] if stops else np.nan
    found = fit.fit(_sums(np.stack([first, second], axis=1)), POWER)
    mean = (found.weight * found.smoothed_mean).sum(axis=-1)
    steps = np.abs(np.diff(mean, axis=0))
    # Seven times as many points are reported on one side of the seam: log 7.4 is 2.
    assert steps[seam - 3 : seam + 2].max() < 0.25
    effect = (found.weight * found.nodes.effect[:, :, 1]).sum(axis=-1)
    np.testing.assert_allclose(effect, 2.0, atol=0.35)


@pytest.mark.slow
@settings(max_examples=examples(5))
@given(scale=st.sampled_from([1e-6, 1e-3, 7.0, 1e6]), seed=st.integers(0, 50))
def test_in_other_units_the_level_is_in_other_units(scale: float, seed: int) -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, sparse"], 2, 48, seed=seed)
    here = _fitted(seen)
    there = tuple(
        fit.fit(Sums(scale * one.y, one.log_offset, scale), POWER)
        for one in (seen.cooperation, seen.conflict)
    )
    found, other = summary.filtered_summary(*here), summary.filtered_summary(*there)
    np.testing.assert_allclose(other.level, scale * found.level, rtol=1e-4, atol=1e-4 * scale)
    np.testing.assert_allclose(other.tone, found.tone, atol=1e-4)


def test_a_series_does_not_depend_on_those_beside_it() -> None:
    seen = simulation.simulate(simulation.DESIGNS["jumps, sparse"], 5, 72, seed=1).cooperation
    together, alone = fit.fit(seen, POWER), fit.fit(seen.of(slice(3, 4)), POWER)
    # The values of the parameters are placed to a thousandth, whatever the others take.
    np.testing.assert_allclose(together.smoothed_mean[:, 3], alone.smoothed_mean[:, 0], rtol=1e-3)
    np.testing.assert_allclose(together.weight[3], alone.weight[0], atol=1e-3)


def test_nothing_ever_and_months_of_nothing() -> None:
    y = np.zeros((2, 1, 60))
    y[1, 0, 30] = 10.0
    pair = (fit.fit(_sums(y), POWER), fit.fit(_sums(np.zeros_like(y)), POWER))
    found = summary.filtered_summary(*pair)
    assert np.isfinite(found.level).all()
    assert np.isfinite(summary.months(*pair).surprise).all()
    # A level near zero whose band holds zero, and does not narrow to nothing.
    assert (found.level[0, -1] < 0).all()
    assert (found.level[4, -1] > 0).all()


def test_a_source_that_never_looked_is_uncertain_and_spoils_nothing() -> None:
    rng = np.random.default_rng(4)
    y = rng.gamma(2.0, 3.0, (1, 1, 60))
    never = np.full_like(y, np.nan)
    both, alone = (
        summary.filtered_summary(fit.fit(_sums(one), POWER), fit.fit(_sums(one), POWER))
        for one in (np.concatenate([y, never]), y)
    )
    assert np.isfinite(both.level).all()
    assert both.level[:, :, 0] == pytest.approx(alone.level[:, :, 0])
    width = both.level[4] - both.level[0]
    assert width[-1, 1] > width[-1, 0]


@pytest.mark.slow
def test_the_power_of_simulated_points_is_found() -> None:
    rng = np.random.default_rng(8)
    for true in (1.25, 1.5):
        state = 2 + np.cumsum(rng.normal(0, 0.1, (12, 150)), axis=1)
        y = tweedie.draw(rng, state, 4.0, true)[:, None]
        assert fit.best_power((_sums(y),)) == pytest.approx(true, abs=0.06)


def test_what_cannot_be_a_sum_of_points_is_refused() -> None:
    with pytest.raises(ValueError, match="negative nor infinite"):
        _sums(np.array([[[1.0, -1.0]]]))
    with pytest.raises(ValueError, match="negative nor infinite"):
        _sums(np.array([[[1.0, np.inf]]]))
    with pytest.raises(ValueError, match="positive, finite volume"):
        _sums(np.array([[[1.0]]]), -np.inf)
    with pytest.raises(ValueError, match="between 1 and 2"):
        fit.fit(_sums(np.ones((1, 1, 30))), 2.0)


def test_draws_take_each_node_as_often_as_its_weight() -> None:
    weight = np.array([[[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]]])
    chosen = summary.chosen_nodes(weight, summary.points(4, 10)[0])
    shares = [(chosen[0, 0] == node).mean() for node in range(3)]
    np.testing.assert_allclose(shares, weight[0, 0], atol=0.01)
    assert (chosen[0, 1] == 2).all()


def test_nodes_cover_the_step() -> None:
    """The posterior of the step is near the truth, and its grid is not cut off."""
    seen = simulation.simulate(simulation.DESIGNS["drift, dense"], 16, 300, seed=3).cooperation
    placed = nodes.place(seen, centre(seen, POWER), Prior(), POWER)
    weight = placed.weight
    ends = placed.log_step == placed.log_step.min(axis=1, keepdims=True)
    ends |= placed.log_step == placed.log_step.max(axis=1, keepdims=True)
    assert (weight * ends).sum(axis=1).max() < 0.05
    assert isinstance(centre(seen, POWER), Centre)
