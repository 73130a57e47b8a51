"""Quoted text: a quote left open costs its own line and no other."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.sources import lines, quoted

N_FIELDS = 4
# A field that begins with a comma or a line break makes a text with an open quote ambiguous.
FIELD = st.text(st.sampled_from('ab",\n \u00e9'), max_size=8).filter(
    lambda one: not one.lstrip('"').startswith((",", "\n"))
)
ROW = st.lists(FIELD, min_size=N_FIELDS, max_size=N_FIELDS).filter(lambda row: any(row))


def written(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def read(text: str, n_fields: int = N_FIELDS) -> list[quoted.Record]:
    return list(quoted.records(iter(text.splitlines(keepends=True)), n_fields))


@settings(max_examples=50)
@given(st.lists(ROW, max_size=8))
def test_what_was_written_is_read(rows: list[list[str]]) -> None:
    found = read(written(rows))
    assert [list(one.fields) for one in found] == rows
    assert not any(one.problem for one in found)


@settings(max_examples=50)
@given(before=st.lists(ROW, max_size=4), after=st.lists(ROW, max_size=6))
@pytest.mark.parametrize("spoilt", ['x,"open,y,z\n', '"open,x,y,z\n', 'x,y,"open,z\n'])
def test_a_quote_left_open_costs_its_own_line_alone(
    spoilt: str, before: list[list[str]], after: list[list[str]]
) -> None:
    found = read(written(before) + spoilt + written(after))
    assert [list(one.fields) for one in found if not one.problem] == before + after
    (refused,) = [one for one in found if one.problem]
    assert "".join(refused.lines) == spoilt
    assert refused.problem.startswith("a quote is left open")
    assert refused.number == written(before).count("\n") + 1
    assert sum(len(one.lines) for one in found) == written(before + after).count("\n") + 1


def test_a_quote_inside_a_plain_field_is_text() -> None:
    found = read('a,5" gun,b,c\nd,e,f,g\n')
    assert [one.fields[1] for one in found] == ['5" gun', "e"]


def test_a_quote_left_open_at_the_top_of_a_large_file_swallows_nothing() -> None:
    n_rows = 60_000
    text = '1,"open,x,y\n' + "".join(f"{number},b,c,a long word\n" for number in range(n_rows))
    assert len(text) > quoted.MAX_RECORD
    found = read(text)
    assert [one.problem for one in found if one.problem] == ["a quote is left open"]
    assert sum(not one.problem for one in found) == n_rows


def test_several_lines_with_a_wrong_number_of_fields_are_refused_line_by_line() -> None:
    found = read('a,"b\nc",d\ne,f,g,h\n')
    assert [one.problem for one in found] == [
        "expected 4 fields, got 3",
        "expected 4 fields, got 2",
        "",
    ]


def test_pieces_tell_where_rows_stand_and_leave_no_line_out(tmp_path: Path) -> None:
    text = b'h1,h2,h3,h4\r\na,"b\r\nb",c,d\r\n\r\ne,"f,g,h\r\ni,j,k,"l\tl"\r\n'
    pieces = list(quoted.pieces(io.BytesIO(text), N_FIELDS, 1, 2))
    assert b"".join(one.text for one in pieces) == b"a\tb b\tc\td\ni\tj\tk\tl l\n"
    assert [run for one in pieces for run in one.runs] == [lines.Run(1, 2), lines.Run(1, 6)]
    assert [(one.raw_row, one.raw_text) for piece in pieces for one in piece.refused] == [
        (5, 'e,"f,g,h')
    ]
    assert sum(one.n_breaks for one in pieces) == quoted.count_breaks([text]) == 6


def test_empty_fields_behind_the_last_are_no_fields() -> None:
    (found,) = read("a,b,c,d,,,\n")
    assert (found.fields, found.problem) == (("a", "b", "c", "d"), "")


def test_a_row_with_some_words_of_the_header_is_a_row() -> None:
    (piece,) = quoted.pieces(io.BytesIO(b"a,b,,c\n,a,b,x\na,b,,c\n"), N_FIELDS, 1, 9)
    assert piece.text == b"\ta\tb\tx\n"
    assert [one.raw_row for one in piece.refused] == [3]


def test_a_line_with_several_nuls_is_one_repaired_line() -> None:
    (piece,) = quoted.pieces(io.BytesIO(b"a,b\0\0,c,d\ne,f,g,h\n"), N_FIELDS, 0, 9)
    assert piece.n_repaired == 1
    assert piece.text.decode() == "a\tb\ufffd\ufffd\tc\td\ne\tf\tg\th\n"


def test_a_line_longer_than_the_database_takes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 10)
    piece = lines.taken_apart(b"a\tb\n0123456789\tb\nc\td\n", 1, 2)
    assert piece.text == b"a\tb\nc\td\n"
    assert [(one.raw_row, one.raw_text) for one in piece.refused] == [(2, "0123456789\tb")]
