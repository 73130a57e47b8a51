"""Numbers with their nouns, as messages say them: 1 file, 2 files."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return a number with its noun; without `many` the plural ends in s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
