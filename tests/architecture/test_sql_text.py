"""SQL stands in files and is asked with values; nothing pastes text into it but in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detente.base import assets
from detente.database.builder import Warehouse
from detente.settings import RECORDS
from tests.support.studies import ROOT

PACKAGE = ROOT / "src/detente"
STATEMENTS = sorted(path for path in assets.sql().rglob("*.sql"))


def _code(path: Path) -> str:
    """Return a statement without its comments and texts."""
    text = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
    return re.sub(r"'(?:[^']|'')*'", "''", text)


def test_a_statement_has_no_place_that_python_fills() -> None:
    """Named queries are asked with parameters of their own (`detente.database.queries`)."""
    filled = [
        path.name for path in STATEMENTS if path.parent.name != "queries" and "$" in _code(path)
    ]
    assert filled == []


def test_one_statement_names_the_source_that_is_hand_kept() -> None:
    naming = [
        str(path.relative_to(ROOT))
        for path in [*STATEMENTS, *PACKAGE.rglob("*.py")]
        if re.search(rf"'{RECORDS}'(?! */)", path.read_text(encoding="utf-8"))
        and not re.search(rf"/ '{RECORDS}'|# '{RECORDS}'", path.read_text(encoding="utf-8"))
    ]
    assert naming == ["sql/00_meta/hand_kept.sql"]
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        told = warehouse.rows(
            "select meta.hand_kept(), meta.is_hand_kept(?), meta.is_hand_kept('gdelt2')", [RECORDS]
        )
    assert told == [(RECORDS, True, False)]


@pytest.mark.parametrize("doubled", ['"\'", "\'\'"', "'\"', '\"\"'"])
def test_names_and_values_are_quoted_in_one_place(doubled: str) -> None:
    quoting = [
        path.name
        for path in PACKAGE.rglob("*.py")
        if f".replace({doubled})" in path.read_text(encoding="utf-8")
    ]
    assert quoting == ["quoting.py"]
