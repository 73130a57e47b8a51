"""What becomes of a row that names several actors: given pairs in, settled pairs out."""

from __future__ import annotations

import pytest

from detente.database.builder import Warehouse
from detente.store.parsing import projection

UNKNOWN, OUT, SPOILT = "an actor is unknown", "outside the scope", "no code"
# batch_row, actor1, actor2, names, whether they are known, problem, reason
Pair = tuple[int, str | None, str | None, str, str, bool, bool, str | None, str | None]


def _settled(*pairs: Pair) -> list[tuple[object, ...]]:
    with Warehouse() as warehouse:
        warehouse.execute(
            "create table coded_pair (batch_row int, actor1_iso3 varchar, actor2_iso3 varchar, "
            "actor1_name varchar, actor2_name varchar, is_known1 bool, is_known2 bool, "
            "problem varchar, reason varchar, unknown_names varchar)"
        )
        for one in pairs:
            warehouse.execute(
                "insert into coded_pair values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)", one
            )
        return warehouse.rows(
            "select batch_row, actor1_iso3, actor2_iso3, problem, reason, unknown_names "
            f"from ({projection('settled_pairs').rstrip().rstrip(';')})"
        )


def _pair(
    row: int, one: str | None, other: str | None, reason: str | None = None, problem: str = ""
) -> Pair:
    return (
        row, one, other, one or "Nowhere", other or "Elsewhere", one is not None,
        other is not None, problem or None, reason,
    )  # fmt: skip


@pytest.mark.parametrize("n_rows", [1, 2])
def test_each_pair_in_scope_is_an_event_and_is_told_once(n_rows: int) -> None:
    sides = [("JPN", "KOR"), ("JPN", "PRK"), ("USA", "KOR"), ("JPN", "KOR")]
    given = [_pair(row, *both) for row in range(n_rows) for both in sides]
    assert _settled(*given) == [
        (row, *both, None, None, None) for row in range(n_rows) for both in sorted(set(sides))
    ]


def test_a_pair_in_scope_stands_for_its_row_and_keeps_the_names_that_are_unknown() -> None:
    given = [
        _pair(1, "JPN", "KOR"), _pair(1, "FRA", "KOR", OUT), _pair(1, None, "KOR", UNKNOWN),
        _pair(2, "FRA", "DEU", OUT), _pair(2, None, None, UNKNOWN), _pair(3, "JPN", "KOR"),
    ]  # fmt: skip
    assert _settled(*given) == [
        (1, "JPN", "KOR", None, None, "Nowhere"),
        (2, "FRA", "DEU", None, OUT, None),
        (2, None, None, None, UNKNOWN, None),
        (3, "JPN", "KOR", None, None, None),
    ]


def test_a_row_of_which_one_actor_is_refused_is_refused_whole() -> None:
    given = [
        _pair(1, "JPN", "KOR"), _pair(1, "JPN", "PRK", problem=SPOILT),
        _pair(1, "KOR", "PRK", problem=SPOILT), _pair(2, "JPN", "KOR"),
    ]  # fmt: skip
    first, second = _settled(*given)
    assert (first[0], first[3]) == (1, SPOILT)
    assert second == (2, "JPN", "KOR", None, None, None)
