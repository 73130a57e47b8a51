"""Correction of p-values for the number of tests in a family."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests


@dataclass(frozen=True, kw_only=True)
class FamilyCorrection:
    """Raw and adjusted p-values of one family of tests.

    Attributes
    ----------
    table
        One row for each test, index as given, columns ``p_value`` (raw; missing stays missing),
        ``p_adjusted`` (missing where the raw value is) and ``rejected`` (never for a missing one).
    n_tests
        Tests with a p-value, to which the correction is made.
    n_missing
        Tests without one, left out of the count.
    level
        False discovery rate at which ``rejected`` was decided.
    """

    table: pd.DataFrame
    n_tests: int
    n_missing: int
    level: float


def benjamini_hochberg(
    p_values: Mapping[Hashable, float | None] | pd.Series, level: float = 0.05
) -> FamilyCorrection:
    """Adjust the p-values of one family so that the false discovery rate is controlled.

    Parameters
    ----------
    p_values
        Raw p-values by name of the test. ``None`` or NaN marks a test that gave none (refused, or
        judged by critical values): it is kept in the table, not adjusted, and not counted.
    level
        False discovery rate, in (0, 1).

    Returns
    -------
    FamilyCorrection

    Raises
    ------
    ValueError
        If a p-value lies outside [0, 1], or ``level`` outside (0, 1).

    Notes
    -----
    With the m raw values in rising order, the adjusted one of rank i is the smallest of
    m p(j) / j over j >= i, at most 1. The rate is controlled for independent tests and for
    positively dependent ones, as tests on neighbouring dyads are apt to be.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57, 289-300;
    statsmodels ``multipletests(method="fdr_bh")``.
    """
    if not 0.0 < level < 1.0:
        raise ValueError(f"expected a false discovery rate inside (0, 1), got {level}")
    raw = pd.Series(p_values, dtype="float64")
    known = raw.notna().to_numpy()
    values = raw.to_numpy(dtype=np.float64)
    outside = known & ~((values >= 0.0) & (values <= 1.0))
    if outside.any():
        name = raw.index[outside][0]
        raise ValueError(f"the p-value of {name} is {raw[name]:g}; expected one in [0, 1]")
    adjusted = np.full(len(raw), np.nan)
    rejected = np.zeros(len(raw), dtype=bool)
    if known.any():
        rejected[known], adjusted[known] = multipletests(
            values[known], alpha=level, method="fdr_bh"
        )[:2]
    table = pd.DataFrame(
        {"p_value": values, "p_adjusted": adjusted, "rejected": rejected}, index=raw.index
    )
    n_tests = int(known.sum())
    return FamilyCorrection(table=table, n_tests=n_tests, n_missing=len(raw) - n_tests, level=level)


def holm(p_values: Mapping[Hashable, float]) -> dict[Hashable, float]:
    """Adjust the p-values of a few named tests so that any false rejection among them is rare.

    Parameters
    ----------
    p_values
        Raw p-values by name of the test.

    Returns
    -------
    dict
        Adjusted p-values by name.

    Notes
    -----
    In rising order the one of rank i is the largest of (m - j + 1) p(j) over j <= i, at most 1. The
    family-wise error is controlled whatever the dependence of the tests.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    Examples
    --------
    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'b': 0.06, 'c': 0.06}
    """
    if not p_values:
        return {}
    # By hand: statsmodels collects garbage in each call, which takes a hundred times as long.
    raw = np.array(list(p_values.values()), dtype=np.float64)
    rising = np.argsort(raw, kind="stable")
    adjusted = np.empty_like(raw)
    adjusted[rising] = np.maximum.accumulate(raw[rising] * np.arange(len(raw), 0, -1))
    return {name: min(float(one), 1.0) for name, one in zip(p_values, adjusted, strict=True)}
