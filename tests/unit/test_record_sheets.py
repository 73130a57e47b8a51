"""Files of records as CSV or as a sheet of Excel."""

from __future__ import annotations

import csv
import io
import os
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from detente.base.errors import RawFileError
from detente.records import sheets


def _book(path: Path, *rows: list[object]) -> None:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)


def test_a_sheet_is_read_as_the_csv_that_it_stands_for(tmp_path: Path) -> None:
    path = tmp_path / "meetings.xlsx"
    _book(path, ["record_id", "event_date", "code"], ["a", date(2023, 3, 16), "046"], [], ["b"])
    lines = sheets.content(path).decode().splitlines()
    # An empty row keeps its line, so that an error names the row that the program shows.
    assert lines == ["record_id,event_date,code", "a,2023-03-16,046", "", "b,,"]


def test_what_is_written_as_a_sheet_is_read_back_unchanged(tmp_path: Path) -> None:
    text = 'sample_id,title,cameo_code\n007,"A, then =B",046\n1e5,2023-03-16,\n'
    sheets.write(tmp_path / "sample.xlsx", text)
    read = sheets.content(tmp_path / "sample.xlsx").decode()
    assert list(csv.reader(io.StringIO(read))) == list(csv.reader(io.StringIO(text)))


def test_a_table_that_would_not_be_read_is_refused_and_a_lock_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "meetings.csv").write_text("record_id\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no table", encoding="utf-8")
    (tmp_path / "~$meetings.xlsx").write_bytes(b"lock")
    assert [path.name for path in sheets.paths(tmp_path)] == ["meetings.csv"]
    (tmp_path / "talks.ods").write_bytes(b"")
    with pytest.raises(RawFileError, match=r"talks\.ods: expected .* Save it as talks\.xlsx"):
        sheets.paths(tmp_path)


def test_what_is_no_ordinary_file_is_refused_by_name(tmp_path: Path) -> None:
    pipe, gone, odd = tmp_path / "pipe.csv", tmp_path / "gone.csv", os.fsdecode(b"odd\xff.csv")
    os.mkfifo(pipe)
    with pytest.raises(RawFileError, match=r"pipe\.csv"):
        sheets.paths(tmp_path)
    pipe.unlink()
    gone.symlink_to(tmp_path / "nowhere.csv")
    with pytest.raises(RawFileError, match=r"gone\.csv"):
        sheets.paths(tmp_path)
    gone.unlink()
    (tmp_path / odd).write_text("record_id\n", encoding="utf-8")
    with pytest.raises(RawFileError, match=r"odd\\xff\.csv"):
        sheets.paths(tmp_path)


def test_a_name_for_two_files_is_refused(tmp_path: Path) -> None:
    for name in ("meetings.csv", "meetings.xlsx"):
        (tmp_path / name).write_bytes(b"")
    with pytest.raises(RawFileError, match=r"meetings\.csv has the same name"):
        sheets.paths(tmp_path)
