"""The relation behind several sources: recovered in simulation, without jumps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.indices import consensus

MONTHS = pd.period_range("2000-01", periods=240, freq="M")


def _simulated(seed: int) -> tuple[np.ndarray, pd.DataFrame]:
    """A relation and what three sources make of it: other levels, other gains, other noise."""
    rng = np.random.default_rng(seed)
    truth = np.cumsum(rng.normal(0, 0.05, len(MONTHS)))
    reported = pd.DataFrame(
        {
            "first": truth + rng.normal(0, 0.10, len(MONTHS)),
            "second": 0.4 + 0.6 * truth + rng.normal(0, 0.08, len(MONTHS)),
            "third": -0.2 + 1.5 * truth + rng.normal(0, 0.20, len(MONTHS)),
        },
        index=MONTHS,
    )
    return truth, reported


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_truth_is_recovered_from_sources_that_start_stop_and_pause(seed: int) -> None:
    truth, reported = _simulated(seed)
    rng = np.random.default_rng(seed + 100)
    reported.iloc[:90, 1] = np.nan  # the second starts late
    reported.iloc[200:, 2] = np.nan  # the third stops early
    reported = reported.mask(rng.random(reported.shape) < 0.15)
    reported.iloc[:, 0] = reported["first"].mask(rng.random(len(MONTHS)) < 0.02)
    found = consensus.estimate(reported)
    sources = found.sources.set_index("source")
    assert sources["note"].isna().all()
    assert list(sources.index[sources["is_reference"]]) == ["first"]
    # Standard errors of the estimates are about a twentieth.
    assert sources.loc["second", "loading"] == pytest.approx(0.6, abs=0.15)
    assert sources.loc["third", "loading"] == pytest.approx(1.5, abs=0.25)
    assert sources.loc["second", "intercept"] == pytest.approx(0.4, abs=0.12)
    assert sources.loc["first", "noise"] == pytest.approx(0.10, abs=0.03)
    level = found.level
    known = pd.Series(truth, index=MONTHS)[level.index]
    error = level["consensus"] - known
    alone = reported["first"].corr(pd.Series(truth, index=MONTHS))
    assert np.corrcoef(level["consensus"], known)[0, 1] > max(0.85, alone)
    # Better than the reference source alone, whose own error is 0.10.
    assert float(np.sqrt((error**2).mean())) < 0.075
    held = (level["consensus_lo"] <= known) & (known <= level["consensus_hi"])
    assert 0.85 < held.mean() <= 1


@pytest.mark.slow
def test_a_source_added_or_dropped_makes_no_jump() -> None:
    """The largest step at the seam is no larger than the relation's own steps."""
    worst = []
    for seed in range(6):
        _, reported = _simulated(seed)
        # The second source starts where relations are at their worst, the third stops there.
        seam = int(np.argmin(reported["first"].rolling(12).mean().iloc[60:180])) + 60
        reported.iloc[:seam, 1] = np.nan
        reported.iloc[seam:, 2] = np.nan
        found = consensus.estimate(reported)
        if found.level.empty:
            assert found.sources["note"].notna().any()
            continue
        steps = found.level["consensus"].diff().abs().dropna()
        at_seam = steps.iloc[seam - 2 : seam + 1].max()
        worst.append(at_seam / steps.quantile(0.99))
    assert len(worst) >= 4
    assert max(worst) < 1.5


def test_without_the_added_source_the_past_stays_where_it_was() -> None:
    truth, reported = _simulated(8)
    late = reported.assign(second=reported["second"].mask(np.arange(len(MONTHS)) < 180))
    with_it = consensus.estimate(late[["first", "second", "third"]]).level["consensus"]
    without = consensus.estimate(late[["first", "third"]]).level["consensus"]
    change = (with_it - without).iloc[:170].abs()
    assert change.max() < 0.06  # a step of the relation is 0.05
    assert np.corrcoef(with_it, truth)[0, 1] > 0.95


def test_one_source_alone_has_no_consensus() -> None:
    _, reported = _simulated(1)
    found = consensus.estimate(reported[["first"]])
    assert found.level.empty
    assert found.sources.loc[0, "note"] == "no second source to agree or disagree with it"


def test_a_source_that_shares_too_few_months_is_left_out_and_says_so() -> None:
    _, reported = _simulated(1)
    reported.iloc[:220, 1] = np.nan
    found = consensus.estimate(reported)
    notes = found.sources.set_index("source")["note"]
    assert "shares 20 periods with first" in notes["second"]
    assert notes.drop("second").isna().all()
    assert set(found.sources.loc[found.sources["loading"].notna(), "source"]) == {"first", "third"}


def test_a_source_without_error_is_told_and_stops_nothing() -> None:
    # The variance of the level is then zero, and rounding takes it below in some months.
    first = (
        -0.09, -0.28, -0.08, 0.23, 0.45, 0.25, 0.25, 0.09, 0.27, -0.35, 0.67, 0.52, 0.70, 0.52,
        0.74, 0.66, 0.69, 0.50, 0.48, 0.56, 0.30, -0.38, 0.50, 0.49, 0.56, 0.55,
    )  # fmt: skip
    second = (
        0.03, -0.38, -0.11, 0.14, 0.53, 0.40, 0.31, 0.12, 0.56, -0.02, 0.92, 0.91, 0.86, 0.73,
        0.66, 0.75, 0.74, 0.86, 0.79, 0.72, 0.16, -0.20, 0.70, 0.83, 0.79, 0.65,
    )  # fmt: skip
    months = pd.period_range("2013-11", periods=len(first), freq="M")
    found = consensus.estimate(pd.DataFrame({"first": first, "second": second}, index=months))
    level, sources = found.level, found.sources.set_index("source")
    assert np.isfinite(level.to_numpy(float)).all()
    assert (level["consensus_lo"] <= level["consensus"]).all()
    assert "without an error of this source" in sources.loc["second", "note"]
    assert pd.isna(sources.loc["first", "note"])


def test_the_order_of_the_sources_does_not_matter() -> None:
    _, reported = _simulated(4)
    one = consensus.estimate(reported).level["consensus"]
    other = consensus.estimate(reported[["third", "first", "second"]]).level["consensus"]
    np.testing.assert_allclose(one, other, atol=1e-8)
