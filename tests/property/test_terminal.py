"""What must hold of a table in a terminal whatever its columns and however narrow it is."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from detente.cli import terminal
from detente.database.answer import Answer
from tests.support.effort import examples

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,19}", fullmatch=True).filter(lambda name: name != "row")


@pytest.mark.slow
@settings(max_examples=examples(60))
@given(
    st.lists(NAMES, min_size=1, max_size=30, unique=True),
    st.integers(0, 4),
    st.integers(40, 220),
    st.integers(1, 60),
)
def test_every_name_and_number_is_there_whole_and_no_line_is_too_long(
    names: list[str], n_rows: int, width: int, digits: int
) -> None:
    first = 10 ** (min(digits, 17) - 1)
    values = {
        name: [first + place * n_rows + row for row in range(n_rows)]
        for place, name in enumerate(names)
    }
    text = io.StringIO()
    answer = Answer.of_frame(pd.DataFrame(values))
    terminal.show(answer, Console(file=text, width=width))
    lines = text.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    words = [word for line in lines for word in line.replace("│", " ").replace("┃", " ").split()]
    assert [word for word in words if word in names] == names
    for numbers in values.values():
        assert all(str(number) in words for number in numbers)
    n_tables = sum("━" in line for line in lines)
    # The rows are numbered where they are told more than once.
    assert words.count("row") == (n_tables if n_tables > 1 else 0)
