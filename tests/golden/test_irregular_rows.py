"""Whatever changes in what a statement of `sql/` answers is told by statement and column."""

from __future__ import annotations

import pytest

from tests.support import irregular


@pytest.mark.slow
def test_every_statement_answers_what_is_written() -> None:
    kept, now = irregular.read(), irregular.answers()
    differing = [
        f"{name}: {now.get(name, 'none')}; written: {kept.get(name, 'none')}"
        for name in sorted(kept.keys() | now.keys())
        if now.get(name) != kept.get(name)
    ]
    told = "\n".join(differing[:40])
    assert not differing, f"{len(differing)} differ; if they are meant, `make ledger`:\n{told}"
