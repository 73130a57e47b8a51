"""The Poisson bootstrap: its weights, its order, its coverage."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.indices import intervals
from tests.support.some import some

MILLION = intervals.MILLION


def test_weights_are_poisson_of_mean_one() -> None:
    drawn = intervals.weights(np.arange(4000, dtype=np.uint64))
    assert drawn.shape == (4000, intervals.REPLICATES)
    share = np.bincount(drawn.astype(int).ravel(), minlength=6) / drawn.size
    # Poisson(1) is 0.3679, 0.3679, 0.1839, 0.0613, 0.0153, 0.0031; to the nearest 256th:
    np.testing.assert_allclose(share, np.array([94, 94, 48, 15, 4, 1]) / 256, atol=5e-4)
    assert drawn.mean() == pytest.approx(1, abs=1e-3)
    # Neither occurrences nor replicates lean on each other.
    assert abs(np.corrcoef(drawn[:-1].ravel(), drawn[1:].ravel())[0, 1]) < 3e-3
    assert abs(np.corrcoef(drawn[:, :-1].ravel(), drawn[:, 1:].ravel())[0, 1]) < 3e-3


def test_weights_are_the_splitmix64_sequence() -> None:
    # The first outputs of SplitMix64 from the seed 1234567, as published with the Rosetta Code
    # task "Pseudo-random numbers/Splitmix64".
    words = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    drawn = intervals.weights(np.array([1234567], dtype=np.uint64))[0]
    table = np.repeat(np.arange(6), [94, 94, 48, 15, 4, 1])
    expected = [table[byte] for word in words for byte in word.to_bytes(8, "little")]
    assert list(drawn[:24]) == expected


def _interval(
    seeds: np.ndarray, scores: np.ndarray, half_range: float = 5.0
) -> tuple[np.ndarray, np.ndarray]:
    scaled = np.round(scores * MILLION).astype(np.int64)
    values = np.stack([np.full(len(scaled), MILLION), scaled, np.abs(scaled)], axis=1)
    sums = intervals.replicate_sums(seeds, np.zeros(len(seeds), dtype=np.int64), values, 1)
    n = np.array([len(seeds)])
    found = intervals.bounds(n, values.sum(axis=0)[None, :], sums, half_range)
    return found.lower[0], found.upper[0]


@settings(max_examples=40)
@given(
    scores=st.lists(
        st.sampled_from([-10.0, -7.2, -2.0, 0.0, 1.9, 2.8, 8.0]), min_size=5, max_size=60
    ),
    order=st.randoms(use_true_random=False),
    first=st.integers(0, 2**60),
)
def test_an_interval_holds_its_value_and_does_not_depend_on_order(
    scores: list[float], order: object, first: int
) -> None:
    seeds = np.arange(first, first + len(scores), dtype=np.uint64) * np.uint64(7919)
    numbers = np.array(scores)
    lower, upper = _interval(seeds, numbers)
    shuffled = list(range(len(scores)))
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    again = _interval(seeds[shuffled], numbers[shuffled])
    np.testing.assert_array_equal(lower, again[0])
    np.testing.assert_array_equal(upper, again[1])
    total, absolute = numbers.sum(), np.abs(numbers).sum()
    assert lower[0] - 1e-9 <= total <= upper[0] + 1e-9
    assert -10 <= lower[1] <= total / len(scores) + 1e-9
    assert total / len(scores) - 1e-9 <= upper[1] <= 10
    if absolute:
        assert -1 <= lower[2] <= upper[2] <= 1
    else:
        assert np.isnan(lower[2])


def test_sums_of_segments_are_sums_of_their_parts() -> None:
    rng = np.random.default_rng(3)
    seeds = rng.integers(0, 2**63, 9000, dtype=np.uint64)
    segment = np.sort(rng.integers(0, 40, 9000))
    values = rng.integers(-10 * MILLION, 10 * MILLION, (9000, 2))
    found = intervals.replicate_sums(seeds, segment, values, 40)
    whole = values.T.astype(float) @ intervals.weights(seeds)
    np.testing.assert_array_equal(found.sum(axis=0), whole)
    third = segment == 3
    np.testing.assert_array_equal(
        found[3], values[third].T.astype(float) @ intervals.weights(seeds[third])
    )


def test_the_tail_widens_as_occurrences_become_fewer() -> None:
    # 1000 times the normal tail beyond sqrt(n / (n - 1)) of Student's 97.5% quantile (Hesterberg
    # 2015), by scipy.stats: 0.95, 8.55, 18.75, 23.06 and, short of the percentile interval's 25,
    # 24.998; whole replicates, and one at least.
    n = np.array([5, 10, 30, 100, 100_000])
    assert intervals.tail(n).tolist() == [1, 8, 18, 23, 24]
    assert [intervals.rule(one) for one in (0, 4, 5, 29, 30)] == [
        "none", "none", "conservative", "conservative", "bootstrap"
    ]  # fmt: skip


def _populations(root: Path, shared: Path) -> dict[str, np.ndarray]:
    """Scores of real events: machine-coded by GDELT and ICEWS, hand-kept by this project."""
    gdelt = pd.read_csv(
        shared / "gdelt2" / "20191024143000.export.CSV", sep="\t", header=None, dtype=str
    )
    icews = pd.read_csv(shared / "icews" / "20180601-icews-events.tab", sep="\t", dtype=str)
    with (root / "data/raw/reference/cameo.csv").open(encoding="utf-8") as stream:
        values = {row["cameo_code"]: row["goldstein"] for row in csv.DictReader(stream)}
    kept = pd.concat(
        pd.read_csv(root / "data/raw/records" / f"{name}.csv", dtype=str)
        for name in ("security", "statements", "trade_measures")
    )
    mapped = kept["cameo_code"].map(values).dropna()
    return {
        "gdelt": gdelt[30].astype(float).to_numpy(),
        "icews": icews["Intensity"].dropna().astype(float).to_numpy(),
        "records": mapped[mapped != ""].astype(float).to_numpy(),
    }


def coverage(
    scores: np.ndarray, mean_count: float, periods: int, rng: np.random.Generator
) -> tuple[np.ndarray, int]:
    """Return how often the intervals hold the truth, of net, mean and relative net.

    The truth of a period is a Poisson number of events of the given mean, each with a score drawn
    from `scores`; periods with too few occurrences have no interval and do not count.
    """
    n = rng.poisson(mean_count, periods)
    n = n[n >= intervals.FEWEST]
    drawn = np.round(rng.choice(scores, n.sum()) * MILLION).astype(np.int64)
    values = np.stack([np.full(len(drawn), MILLION), drawn, np.abs(drawn)], axis=1)
    period = np.repeat(np.arange(len(n)), n)
    seeds = rng.integers(0, 2**63, len(drawn), dtype=np.uint64)
    sums = intervals.replicate_sums(seeds, period, values, len(n))
    totals = np.zeros((len(n), 3), dtype=np.int64)
    np.add.at(totals, period, values)
    found = intervals.bounds(n, totals, sums, 5.0)
    truth = np.array(
        [mean_count * scores.mean(), scores.mean(), scores.sum() / np.abs(scores).sum()]
    )
    held = (found.lower <= truth) & (truth <= found.upper)
    return held.mean(axis=0), len(n)


@pytest.mark.full
@pytest.mark.parametrize("mean_count", [40, 60, 150])
def test_intervals_hold_the_truth_93_to_97_times_in_100(
    root: Path, shared_data: Path, mean_count: int
) -> None:
    rng = np.random.default_rng(20)
    for name, scores in some(_populations(root, shared_data).items()):
        held, n = coverage(scores, mean_count, 2500, rng)
        assert n == 2500
        # The standard error of a share of 0.95 in 2,500 periods is 0.0044.
        assert np.all((held > 0.93) & (held < 0.97)), (name, held)


@pytest.mark.full
@pytest.mark.parametrize("mean_count", [7, 12, 20])
def test_intervals_of_few_occurrences_are_wide_rather_than_wrong(
    root: Path, shared_data: Path, mean_count: int
) -> None:
    rng = np.random.default_rng(21)
    for name, scores in some(_populations(root, shared_data).items()):
        held, _ = coverage(scores, mean_count, 2500, rng)
        assert np.all(held > 0.94), (name, held)
