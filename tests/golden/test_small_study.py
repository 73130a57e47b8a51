"""Whatever changes in the tables of the small studies is told by table and column."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import profile

pytestmark = pytest.mark.study


@pytest.mark.parametrize("name", profile.STUDIES)
def test_every_column_holds_what_is_written(built_study: Callable[[str], Path], name: str) -> None:
    if not profile.path(name).is_file():
        pytest.skip(f"needs {profile.path(name).name}, which `make ledger` writes")
    kept, now = profile.read(name), profile.of(built_study(name))
    differing = [
        f"{column}: {now.get(column, 'none')}; written: {kept.get(column, 'none')}"
        for column in sorted(kept.keys() | now.keys())
        if not profile.is_like(kept.get(column, ""), now.get(column, ""), name)
    ]
    told = "\n".join(differing[:40])
    assert not differing, f"{len(differing)} differ; if they are meant, `make ledger`:\n{told}"
