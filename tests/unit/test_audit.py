"""What `make audit` says of a report of pip-audit."""

from __future__ import annotations

from typing import Any

import pytest

from tests.audit import verdict

SKIPPED = {"name": "b", "skip_reason": "Dependency not found"}
GOOD = {"name": "a", "version": "1", "vulns": []}
BAD = {"name": "c", "version": "2", "vulns": [{"id": "X-1", "fix_versions": ["3"]}]}


@pytest.mark.parametrize(
    ("packages", "code", "words"),
    [
        ([SKIPPED], 0, "NOT AUDITED"),
        ([GOOD, SKIPPED], 0, "1 of 2 locked packages audited, 0 advisories"),
        ([GOOD, BAD], 1, "c 2: X-1, mended in 3"),
    ],
)
def test_the_verdict_says_what_was_looked_at(
    packages: list[dict[str, Any]], code: int, words: str
) -> None:
    found, text = verdict({"dependencies": packages})
    assert (found, words in text) == (code, True)
