"""Correction for many tests."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from detente.statistics.correction import benjamini_hochberg, holm

# Benjamini and Hochberg (1995, section 4.1): 15 comparisons of two treatments of myocardial
# infarction; four are rejected at 0.05 where Bonferroni rejects three.
PUBLISHED = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.3240,
    0.4262,
    0.5719,
    0.6528,
    0.7590,
    1.0000,
]


def test_the_example_of_benjamini_and_hochberg() -> None:
    correction = benjamini_hochberg(dict(enumerate(PUBLISHED)))
    assert correction.table["rejected"].sum() == 4
    assert correction.table["p_value"].tolist() == PUBLISHED
    # The fourth: 15 * 0.0095 / 4.
    assert correction.table["p_adjusted"].iloc[3] == pytest.approx(0.035625)


def test_tests_without_a_p_value_do_not_count() -> None:
    correction = benjamini_hochberg({"a": 0.02, "b": None, "c": 0.04, "d": float("nan")})
    assert (correction.n_tests, correction.n_missing) == (2, 2)
    # Two tests: 2 * 0.02 / 1 and 0.04.
    assert correction.table["p_adjusted"].loc[["a", "c"]].tolist() == pytest.approx([0.04, 0.04])
    assert correction.table["p_adjusted"].loc[["b", "d"]].isna().all()
    assert not correction.table["rejected"].loc[["b", "d"]].any()


def test_a_family_without_any_p_value_is_kept() -> None:
    correction = benjamini_hochberg({"a": None})
    assert correction.n_tests == 0
    assert np.isnan(correction.table.loc["a", "p_adjusted"])


def test_a_series_keeps_its_index() -> None:
    index = pd.MultiIndex.from_tuples([("JPN", "KOR"), ("JPN", "PRK")])
    correction = benjamini_hochberg(pd.Series([0.5, 0.01], index=index))
    assert correction.table.index.equals(index)
    assert correction.table.loc[("JPN", "PRK"), "p_adjusted"] == pytest.approx(0.02)


@pytest.mark.parametrize("wrong", [-0.1, 1.1])
def test_a_p_value_outside_its_range_is_named(wrong: float) -> None:
    with pytest.raises(ValueError, match="p-value of b"):
        benjamini_hochberg({"a": 0.5, "b": wrong})


def test_a_level_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="false discovery rate"):
        benjamini_hochberg({"a": 0.5}, level=0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    found = holm(dict(enumerate(p_values)))
    wanted = multipletests(p_values, method="holm")[1]
    assert list(found) == list(range(len(p_values)))
    assert list(found.values()) == wanted.tolist()


def test_holm_of_nothing_is_nothing() -> None:
    assert holm({}) == {}
