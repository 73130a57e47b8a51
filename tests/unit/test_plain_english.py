"""What users read is plain, idiomatic English with one way to write a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.report import language

SAY = language.load("en")

BANNED = (
    "could not be had", "hangs on", "threesome", "as asked", "stands how", "acts how upon",
    "can bear", "cannot bear", "mend the", "door is", "speaks against", "upon whom", "anew",
    "meeting of three", "exercise of three", "agreements of many", "acts of many", "foretell",
    "fared", "tells of", "told of", "stands in for", "what came unexpected", "nothing weighed",
    "ranks nowhere", "is no utf-8", "are no counts", "no preregistration", "stand beside",
    "is asked apart", "asked about apart", "seen through few acts", "who tries", "doubles of a day",
    "hold what they promise", "is told by", "the better answer", "once more before",
)  # fmt: skip
# What a reader sees beside the catalogue, but for file names and keys, which stand in backquotes.
READ = ("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/data/*.md", "data/raw/records/*.toml")


@pytest.mark.parametrize("phrase", BANNED)
def test_no_text_uses_a_phrase_that_no_newspaper_would_print(phrase: str, root: Path) -> None:
    assert [key for key, text in SAY.texts.items() if phrase in text.lower()] == []
    found = re.compile(rf"\b{re.escape(phrase)}\b")
    assert [name for name, text in _read(root, READ) if found.search(text.lower())] == []


def test_per_cent_follows_its_number_without_a_space(root: Path) -> None:
    loose = re.compile(r"\d %(?![\w(])")
    assert [key for key, text in SAY.texts.items() if re.search(r"[\d}] %", text)] == []
    assert [
        name
        for name, text in _read(root, (*READ, "sql/*.toml", "reports/specs/*.toml"))
        if loose.search(text)
    ] == []


def _read(root: Path, patterns: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Yield the pages with their text, but for what stands in backquotes, in one line."""
    for path in sorted(path for pattern in patterns for path in root.glob(pattern)):
        yield path.name, re.sub(r"`[^`]*`|\s+", " ", path.read_text(encoding="utf-8"))
