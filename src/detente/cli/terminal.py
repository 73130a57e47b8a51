"""Tables as text, for a terminal of any width."""

from __future__ import annotations

import numpy as np
import pandas as pd
from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.table import Table

# A longer text may be folded into so many letters a line; a name may not.
_FOLDED = 20
_BETWEEN = 3
_ROW = "row"


def show(frame: pd.DataFrame, console: Console) -> None:
    """Print a table; where its columns do not fit side by side, several that number the rows."""
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False)]
    groups = _side_by_side([str(name) for name in frame.columns], rows, console.width)
    for group in groups:
        if group is not groups[0]:
            console.print()
        table = Table(show_edge=False, header_style="bold")
        if len(groups) > 1:
            table.add_column(_ROW, justify="right", style="dim")
        for place in group:
            numeric = pd.api.types.is_numeric_dtype(frame.dtypes.iloc[place])
            justify: JustifyMethod = "right" if numeric else "left"
            table.add_column(escape(str(frame.columns[place])), justify=justify, overflow="fold")
        for position, row in enumerate(rows, start=1):
            numbered = [str(position)] if len(groups) > 1 else []
            table.add_row(*numbered, *(escape(row[place]) for place in group))
        console.print(table)


def _side_by_side(names: list[str], rows: list[list[str]], width: int) -> list[list[int]]:
    """Group columns, by their places, so that the names of a group fit into the width."""
    longest = [max((len(row[place]) for row in rows), default=0) for place in range(len(names))]
    wanted = [
        max(len(name), min(size, _FOLDED)) + _BETWEEN
        for name, size in zip(names, longest, strict=True)
    ]
    if sum(wanted) <= width:
        return [list(range(len(names)))]
    groups: list[list[int]] = []
    left = 0
    for place, one in enumerate(wanted):
        if one > left or not groups:
            groups.append([])
            left = width - max(len(_ROW), len(str(len(rows)))) - _BETWEEN
        groups[-1].append(place)
        left -= one
    return groups


def _cell(value: object) -> str:
    if value is np.ma.masked:  # a null in a list of numbers
        return ""
    if isinstance(value, np.ndarray):
        return ", ".join(_cell(one) for one in value)
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, float):
        return "" if value != value else f"{value:.4g}" if abs(value) < 1e6 else f"{value:g}"
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if value == value.normalize() else str(value)
    return str(value)
