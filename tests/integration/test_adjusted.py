"""Adjusted p-values of a whole study against another program's procedure (statsmodels).

The families are those of docs/methods.md: within a series, one test asked of every dyad.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from detente.database.published import Published

pytestmark = pytest.mark.study

SERIES = ["source", "counting", "freq", "measure"]
FAMILIES = {
    "stats.break_test": ["test_id"],
    "stats.diagnostic": ["test_id"],
    "stats.granger": ["acts"],
    "stats.common_climate": ["test_id"],
    "stats.triad": ["direction"],
    "stats.event_panel": ["test_id"],
    "stats.event_effect": ["method"],
    "stats.event_path": ["actor1_iso3", "actor2_iso3", "event_kind", "method"],
}
# Where few events are asked about, every family is of one test and nothing is to be corrected.
MAY_BE_ALONE = {"stats.triad", "stats.event_panel", "stats.common_climate"}


@pytest.fixture(scope="module")
def asked(built_study: Callable[[str], Path]) -> Published:
    return Published(built_study("asked"))


def _frame(database: Published, table: str) -> pd.DataFrame:
    return pd.DataFrame(database.dicts(f"select * from {table}"))


@pytest.mark.parametrize(("table", "family"), FAMILIES.items(), ids=FAMILIES)
def test_p_values_are_corrected_over_their_family(
    asked: Published, table: str, family: list[str]
) -> None:
    rows = _frame(asked, table)
    keys = [name for name in (*SERIES, *family) if name in rows]
    tested = rows[rows["p_value"].notna()]
    assert rows.loc[rows["p_value"].isna(), "p_adjusted"].isna().all()
    n_moved = 0
    for name, of_family in tested.groupby(keys, dropna=False):
        _, wanted, *_ = multipletests(of_family["p_value"], method="fdr_bh")
        np.testing.assert_allclose(of_family["p_adjusted"], wanted, atol=1e-12, err_msg=str(name))
        n_moved += int((of_family["p_adjusted"] > of_family["p_value"] + 1e-9).sum())
    assert n_moved or table in MAY_BE_ALONE, "nothing here would show a missing correction"


def test_outcomes_follow_the_adjusted_value_at_the_studys_level(asked: Published) -> None:
    for table in FAMILIES:
        rows = _frame(asked, table)
        tested = rows[rows["p_value"].notna()]
        rejected = tested["outcome"] == "rejected"
        assert rejected.equals(tested["p_adjusted"] < 0.05), table


def test_the_studys_questions_are_corrected_after_holm(asked: Published) -> None:
    rows = _frame(asked, "stats.hypothesis")
    tested = rows[rows["p_adjusted"].notna()]
    assert len(tested) >= 2
    # Two questions that rest on one test count once.
    first = tested.drop_duplicates(["test_id", "p_value"])
    _, wanted, *_ = multipletests(first["p_value"], method="holm")
    by_raw = dict(zip(first["p_value"], wanted, strict=True))
    np.testing.assert_allclose(tested["p_adjusted"], tested["p_value"].map(by_raw), atol=1e-12)
    assert set(tested["n_family"]) == {len(first)}
