"""What must hold of a vector autoregression whatever the series."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detente.statistics.reciprocity.dyadic import ReciprocityResult, dyad
from detente.statistics.reciprocity.granger import GrangerResult, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var
from detente.statistics.results import Refusal
from tests.support.effort import examples

NAMES = ["A>B", "B>A", "A>C", "C>A"]


@st.composite
def systems(draw: st.DrawFn, width: int | None = None) -> pd.DataFrame:
    """Linked series of two to four columns, with the scale of one far from that of another."""
    k = width or draw(st.integers(2, 4))
    n_obs = draw(st.integers(80, 160))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    slopes = rng.uniform(-0.3, 0.3, (k, k))
    path = rng.standard_normal((n_obs, k))
    for t in range(1, n_obs):
        path[t] += slopes @ path[t - 1]
    scale = 10.0 ** rng.uniform(-2, 3, k)
    index = pd.period_range("2000-01", periods=n_obs, freq="M")
    return pd.DataFrame(path * scale, index=index, columns=NAMES[:k])


def _fit(frame: pd.DataFrame, max_lag: int = 2) -> VarFit:
    fit = fit_var(frame, VarSettings(max_lag=max_lag))
    assert isinstance(fit, VarFit)
    return fit


def _statistics(frame: pd.DataFrame, target: str, predictor: str) -> dict[str, float]:
    result = granger(_fit(frame), target, [predictor])
    assert isinstance(result, GrangerResult)
    return {name: test.statistic for name, test in result.also.items()}


@pytest.mark.slow
@settings(max_examples=examples(10))
@given(systems(), st.floats(0.01, 100.0), st.floats(-50.0, 50.0), st.randoms())
def test_unit_origin_and_order_of_the_series_change_no_test(
    frame: pd.DataFrame,
    factor: float,
    shift: float,
    random: object,
) -> None:
    before = _statistics(frame, "A>B", "B>A")
    changed = frame.copy()
    changed["B>A"] = changed["B>A"] * factor + shift * changed["B>A"].std()
    changed = changed[list(reversed(changed.columns))]
    assert _statistics(changed, "A>B", "B>A") == pytest.approx(before, rel=1e-5)


@settings(max_examples=examples(10))
@given(systems())
def test_shares_are_parts_of_one(frame: pd.DataFrame) -> None:
    fit = _fit(frame)
    result = impulse_responses(fit, horizon=6, n_draws=20)
    if isinstance(result, Refusal):
        assert not fit.is_stable
        return
    shares = result.shares
    totals = shares.groupby(["kind", "response", "horizon"])["value"].sum()
    np.testing.assert_allclose(totals, 1.0, atol=1e-9)
    bounds = shares[["value", "lower", "upper"]]
    assert ((bounds >= 0.0) & (bounds <= 1.0 + 1e-12)).all(axis=None)


@pytest.mark.slow
@settings(max_examples=examples(10))
@given(systems())
def test_the_generalised_response_is_the_orthogonalised_one_of_the_first_series(
    frame: pd.DataFrame,
) -> None:
    """Pesaran and Shin (1998), proposition 3.1: they agree for the series that stands first."""
    fit = _fit(frame)
    result = impulse_responses(fit, horizon=4, n_draws=5)
    assert isinstance(result, ImpulseResult) or not fit.is_stable
    if isinstance(result, Refusal):
        return
    first = result.responses.query("impulse == 'A>B'").set_index(["response", "horizon"])
    by_kind = {kind: rows["value"] for kind, rows in first.groupby("kind")}
    np.testing.assert_allclose(
        by_kind["generalised"], by_kind["orthogonalised"], rtol=1e-8, atol=1e-10
    )
    # and for any other series it is what that series would give if it stood first
    turned = [frame.columns[-1], *frame.columns[:-1]]
    other = impulse_responses(_fit(frame[turned]), horizon=4, n_draws=5)
    assert isinstance(other, ImpulseResult)
    keys = ["impulse", "response", "horizon"]
    here = result.responses.query("kind == 'generalised'").set_index(keys)["value"]
    there = other.responses.query("kind == 'orthogonalised'").set_index(keys)["value"]
    last = frame.columns[-1]
    np.testing.assert_allclose(
        here.loc[last].sort_index(), there.loc[last].sort_index(), rtol=1e-6, atol=1e-9
    )


@pytest.mark.slow
@settings(max_examples=examples(25))
@given(
    st.integers(22, 90),
    st.integers(0, 2**32 - 1),
    st.floats(0.0, 1.0),
    st.sampled_from([1, 3, 10]),
)
@example(n_obs=27, seed=27, activity=0.375, largest=1)  # an eigenvalue is exactly nil
@example(n_obs=84, seed=84, activity=0.125, largest=1)  # a robust error is exactly nil
def test_sparse_counts_give_numbers_or_a_reason_but_never_nan(
    n_obs: int, seed: int, activity: float, largest: int
) -> None:
    rng = np.random.default_rng(seed)
    acts = rng.integers(-largest, largest + 1, (n_obs, 2)) * (rng.random((n_obs, 2)) < activity)
    index = pd.period_range("2000-01", periods=n_obs, freq="M")
    frame = pd.DataFrame(acts.astype(float), index=index, columns=["A>B", "B>A"])
    answer = dyad(frame, "A", "B", VarSettings(max_lag=3, min_active=5))
    if isinstance(answer, Refusal):
        assert answer.reason
        return
    assert isinstance(answer, ReciprocityResult)
    for test in answer.tests:
        if isinstance(test, Refusal):
            assert test.reason
            continue
        for one in (test.test, *test.also.values()):
            assert math.isfinite(one.statistic)
            assert one.p_value is not None
            assert 0.0 <= one.p_value <= 1.0
    if isinstance(answer.impulse, ImpulseResult):
        numbers = ["value", "lower", "upper"]
        assert np.isfinite(answer.impulse.responses[numbers]).all(axis=None)
        assert np.isfinite(answer.impulse.shares[numbers]).all(axis=None)
