"""Every query of docs/recipes.md runs on the project's own study and finds something."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.database.published import Published

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "recipes.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture(scope="module")
def database(real_database: Path) -> Iterator[Published]:
    with Published(real_database) as opened:
        yield opened


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_a_recipe_runs_and_finds_something(database: Published, query: str) -> None:
    frame = database.query(query, timeout_seconds=60)
    assert not frame.empty
    if "n_unaccounted" in frame:
        assert (frame["n_unaccounted"] == 0).all()


def test_there_are_a_dozen_recipes() -> None:
    assert len(QUERIES) >= 12


def test_the_line_for_python_works(real_database: Path, tmp_path: Path) -> None:
    code = re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert code
    study = tmp_path / "data" / "processed"
    study.mkdir(parents=True)
    (study / "detente.duckdb").symlink_to(real_database)
    done = subprocess.run(
        [sys.executable, "-c", code[1] + "assert len(frame)"], cwd=tmp_path, check=False
    )
    assert done.returncode == 0
