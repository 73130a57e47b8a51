"""Whatever changes on the pages of a small study is told by page, section and drawing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import pages

pytestmark = pytest.mark.study


def test_every_section_and_drawing_is_as_written(
    built_study: Callable[[str], Path], tmp_path: Path
) -> None:
    kept, now = pages.read(), pages.of(built_study("asked"), tmp_path / "reports")
    differing = [
        f"{name}: {now.get(name, 'none')}; written: {kept.get(name, 'none')}"
        for name in sorted(kept.keys() | now.keys())
        if not pages.is_like(kept.get(name, ""), now.get(name, ""), name)
    ]
    told = "\n".join(differing[:40])
    assert not differing, f"{len(differing)} differ; if they are meant, `make ledger`:\n{told}"
