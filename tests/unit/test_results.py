"""The rows of `stats.*`: a class a table, verdicts in columns, and what a reader is shown."""

from __future__ import annotations

import dataclasses
from datetime import date
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest

from detente import analysis
from detente.analysis import results, tables
from detente.analysis.results import Outcome, refusing
from detente.analysis.rows import in_families, of_test
from detente.analysis.tables import BreakTest, Granger
from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.statistics.results import Refusal, TestResult

WHERE = {
    "source": "records",
    "counting": "all",
    "actor1_iso3": "JPN",
    "actor2_iso3": "KOR",
    "freq": "month",
    "measure": "net",
}


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "new.duckdb")
    made.create_inputs()
    return made


def _tested(p_value: float | None, **changes: object) -> BreakTest:
    test = TestResult(
        test_id="any_break",
        test="sup-F",
        null_hypothesis="nothing changes",
        alternative="something does",
        statistic=12.0,
        p_value=p_value,
        n_obs=120,
        distribution="sup-F",
        critical_values={"0.05": 8.0},
    )
    row = BreakTest(
        **WHERE, **results.numbers(test), span="2015-01 to 2024-12", wording=of_test(test, "it")
    )
    return dataclasses.replace(row, **changes)


def _refused() -> BreakTest:
    refusal = Refusal(model="structural breaks", reason="3 observations are too few")
    return BreakTest(
        **WHERE, **refusing(refusal, "it"), test_id="number_of_breaks", test=refusal.model
    )


def test_every_table_that_the_questions_fill_has_a_class_with_its_columns(
    warehouse: Warehouse,
) -> None:
    classes = {kind.table: kind for kind in tables.TABLES}
    assert len(classes) == len(tables.TABLES)
    assert set(classes) <= set(analysis.TABLES)
    for table, kind in classes.items():
        assert sorted(kind.columns()) == sorted(warehouse.columns(table)), table
        verdict = {"is_disputed", "is_refused", "test_id"}
        assert verdict <= set(kind.columns()), table


# What SQL calls a field of each type. A whole number is `integer` where it counts places.
SQL_TYPES = {
    str: {"VARCHAR"},
    bool: {"BOOLEAN"},
    int: {"INTEGER", "BIGINT"},
    float: {"DOUBLE"},
    date: {"DATE"},
}


def _sql_types(hint: Any) -> tuple[set[str], bool]:
    """Return what SQL may call a field's type, and whether it may be null."""
    arguments = [one for one in get_args(hint) if one is not type(None)]
    if get_origin(hint) in (Union, UnionType):
        return _sql_types(arguments[0])[0], True
    if get_origin(hint) is not None:  # a sequence
        return {f"{one}[]" for one in _sql_types(arguments[0])[0]}, False
    return SQL_TYPES[str if issubclass(hint, StrEnum) else hint], False


def test_a_column_has_the_type_of_its_field(warehouse: Warehouse) -> None:
    """The classes are the one definition; each file of `sql/30_stats` says it in SQL."""
    types_of: dict[str, set[str]] = {}
    for kind in tables.TABLES:
        hints = get_type_hints(kind) | {"is_refused": bool, "sentence": str}
        for name, sql_type, null, *_ in warehouse.rows(f"describe {kind.table}"):
            types, may_be_null = _sql_types(hints[name])
            assert sql_type in types, f"{kind.table}.{name}"
            assert null == ("YES" if may_be_null else "NO"), f"{kind.table}.{name}"
            types_of.setdefault(name, set()).add(sql_type)
    assert {name: types for name, types in types_of.items() if len(types) > 1} == {}


def test_a_field_that_the_table_lacks_is_an_error(warehouse: Warehouse) -> None:
    with pytest.raises(TypeError, match="outcme"):
        BreakTest(**WHERE, outcme="rejected")  # type: ignore[call-arg]
    warehouse.execute("alter table stats.break_test drop column span")
    with pytest.raises(DetenteError, match=r"stats\.break_test has no column span: expected"):
        analysis.insert(warehouse, [_tested(0.01)])


def test_rows_come_back_as_they_were_put(warehouse: Warehouse) -> None:
    rows = [_tested(0.01), _refused()]
    analysis.insert(warehouse, rows)
    stored = warehouse.dicts("select * from stats.break_test order by is_refused")
    assert [one["outcome"] for one in stored] == ["rejected", "refused"]
    assert [one["is_refused"] for one in stored] == [False, True]
    for row, one in zip(rows, stored, strict=True):
        frame = row.to_frame().iloc[0].to_dict()
        assert {name: one[name] for name in ("test_id", "sentence", "refusal", "outcome")} == {
            name: frame[name] for name in ("test_id", "sentence", "refusal", "outcome")
        }


@pytest.mark.parametrize(
    ("p_value", "p_adjusted", "level", "outcome"),
    [
        (0.01, None, 0.05, Outcome.REJECTED),
        (0.01, 0.06, 0.05, Outcome.NOT_REJECTED),
        (0.01, 0.06, 0.10, Outcome.REJECTED),
        (0.05, None, 0.05, Outcome.NOT_REJECTED),
        # By the critical value, 8; and none is known at this level.
        (None, None, 0.05, Outcome.REJECTED),
        (None, None, 0.20, Outcome.ESTIMATED),
    ],
)
def test_the_outcome_follows_from_the_corrected_p_value_and_the_level(
    p_value: float | None, p_adjusted: float | None, level: float, outcome: Outcome
) -> None:
    assert _tested(p_value).corrected(p_adjusted, level).outcome is outcome


def test_the_outcome_and_the_sentence_are_of_one_decision() -> None:
    # Of two tests in a family the larger p-value stands, the smaller is doubled.
    rows = in_families([_tested(0.03), _tested(0.9), _refused()], 0.05)
    found = results.of(rows, BreakTest)
    assert [row.p_adjusted for row in found] == [pytest.approx(0.06), pytest.approx(0.9), None]
    assert [row.outcome.value for row in found] == ["not rejected", "not rejected", "refused"]
    assert "is not rejected at 0.05" in found[0].sentence()
    (strict,) = in_families([_tested(0.03)], 0.01)
    assert isinstance(strict, BreakTest)
    assert (strict.outcome, "at 0.01" in strict.sentence()) == (Outcome.NOT_REJECTED, True)


def test_a_table_is_a_family_of_its_own() -> None:
    shared = {name: getattr(_tested(0.03), name) for name in results.numbers(
        _tested(0.03).result)}  # type: ignore[arg-type]  # fmt: skip
    granger = Granger(
        **WHERE, **shared, acts="all", same_period_correlation=None, share_two_sided=None,
        wording=results.saying("It helps."),
    )  # fmt: skip
    rows = in_families([_tested(0.03), granger], 0.05)
    assert [row.p_adjusted for row in rows if isinstance(row, (BreakTest, Granger))] == [0.03, 0.03]


def test_a_summary_shows_the_sentence_and_what_is_known() -> None:
    told = _tested(0.01).summary()
    assert told.splitlines()[0] == _tested(0.01).sentence()
    assert "outcome          rejected" in told
    assert "p_adjusted" not in told


@pytest.mark.parametrize(
    ("known", "rejects"),
    [
        ({"p_value": 0.0499}, True), ({"p_value": 0.05}, False), ({"p_value": 0.0501}, False),
        ({"statistic": 2.01}, True), ({"statistic": 2.0}, False), ({"statistic": 1.99}, False),
    ],
)  # fmt: skip
def test_a_null_is_rejected_below_the_level_and_beyond_the_critical_value(
    known: dict[str, float], rejects: bool
) -> None:
    asked = {"test_id": "x", "test": "x", "null_hypothesis": "", "alternative": "", "n_obs": 9}
    told = {"statistic": 0.0, "p_value": None, "distribution": "", **asked, **known}
    found = TestResult(**told, critical_values={"0.05": 2.0})  # type: ignore[arg-type]
    assert found.rejects() is rejects
