"""Whatever changes in the tables of the small study is told by table and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import profile

pytestmark = pytest.mark.study


def test_every_column_holds_what_is_written(small_database: Path) -> None:
    kept, now = profile.read(), profile.of(small_database)
    differing = [
        f"{name}: {now.get(name, 'none')}; written: {kept.get(name, 'none')}"
        for name in sorted(kept.keys() | now.keys())
        if not profile.is_like(kept.get(name, ""), now.get(name, ""))
    ]
    told = "\n".join(differing[:40])
    assert not differing, f"{len(differing)} differ; if they are meant, `make ledger`:\n{told}"
