"""The histogram of the probability integral transform: even where forecasts are calibrated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from detente.report.charts import lines
from detente.report.pages.calibration import BINS, heights

shares = st.floats(0, 1, allow_nan=False)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=50))
def test_densities_are_never_negative_and_one_on_average(found: list[tuple[float, float]]) -> None:
    # A lump reaches at most to the ends.
    values = [(middle, 2 * min(middle, 1 - middle) * tie) for middle, tie in found]
    told = heights(values)
    assert min(told) >= 0
    assert sum(told) / BINS == pytest.approx(1)


@pytest.mark.full
def test_counts_from_the_forecast_distribution_are_even() -> None:
    # Counts drawn from Poisson(0.8), each weighed by how often it comes: even by construction.
    forecast = stats.poisson(0.8)
    values = [
        (float(forecast.cdf(n) - forecast.pmf(n) / 2), float(forecast.pmf(n)))
        for n in range(12)
        for _ in range(round(10_000 * forecast.pmf(n)))
    ]
    assert heights(values) == pytest.approx([1.0] * BINS, abs=0.01)


def test_too_narrow_a_forecast_has_high_ends() -> None:
    values = [(float(stats.norm.cdf(2 * stats.norm.ppf((n + 0.5) / 500))), 0.0) for n in range(500)]
    told = heights(values)
    assert min(told[0], told[-1]) > 1.5 > max(told[3:7])
    drawn = lines.histogram("pit", told, (0.8, 1.2), "A", "B")
    assert drawn.body.count("<rect") == BINS + 1
