"""The header of a table of your own: its names, and where it stands below titles and notes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import islice

SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
# Titles and notes fill no more lines than that.
SEARCHED = 50


def cells(line: str, separator: str) -> list[str]:
    """Split one line into its cells; a separator inside quotation marks does not split."""
    return next(csv.reader(io.StringIO(line, newline=""), delimiter=separator), [])


def key(name: str) -> str:
    """Return what two spellings of one column name have in common: letters and digits."""
    return re.sub(r"[\W_]+", "", name).casefold() or name


def names(header: Sequence[str]) -> tuple[str, ...]:
    """Return the column names; one that is empty or comes again is told apart by its place."""
    found: list[str] = []
    for place, name in enumerate(header, start=1):
        clean = name.strip()
        is_taken = clean.lower() in {one.lower() for one in found}
        found.append(f"{clean} (column {place})".strip() if is_taken or not clean else clean)
    return tuple(found)


def above(text: str, wanted: Collection[str]) -> tuple[int, str]:
    """Return how many lines stand above the header, and the header.

    Parameters
    ----------
    text
        The beginning of the file.
    wanted
        Names that the header has.

    Returns
    -------
    tuple of int and str
        The first line that has most of the names, with any separator. Blank lines and those of
        separators alone do not count, as they are no rows where rows are read.
    """
    beginning = io.StringIO(text, newline="")  # lines end as they do where the rows are read
    lines = [line for line in islice(beginning, SEARCHED) if line.strip()] or [""]
    keys = {key(name) for name in wanted}
    known = [
        (len(keys & {key(name) for name in cells(line, one)}), -place, one)
        for place, line in enumerate(lines)
        for one in SEPARATORS.values()
    ]
    _, before, parting = max(known, key=lambda found: found[:2])
    place = -before
    return sum(bool(line.strip(f'{parting}" \t\r\n')) for line in lines[:place]), lines[place]


def separator(text: str) -> str:
    """Return what parts the cells of a text: what gives most lines the same number of cells."""
    lines = [line for line in islice(io.StringIO(text, newline=""), SEARCHED) if line.strip()]
    declared = re.match(r"sep=(.)\s*$", lines[0]) if lines else None
    if declared:  # a line that Excel writes and reads
        return declared[1]

    def evenness(one: str) -> float:
        (n_cells, n_lines), *_ = Counter(len(cells(line, one)) for line in lines).most_common(1)
        return (n_cells - 1) * n_lines

    return max(SEPARATORS.values(), key=evenness) if lines else ","


def guessed(rows: Sequence[Sequence[str]]) -> int:
    """Return which row is the header where nobody has named a column yet.

    A title fills one cell, a header nearly as many as the fullest of the rows around it.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows[:SEARCHED]]
    fullest = max(filled, default=0)
    return next((place for place, n in enumerate(filled) if n > 1 and n >= 0.6 * fullest), 0)
