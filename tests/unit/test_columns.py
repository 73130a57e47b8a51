"""What the columns of a colleague's table mean is proposed from names and values, or asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from detente.base.errors import UsageError
from detente.studies.actors import Gazetteer
from detente.studies.columns import Proposal, Recogniser, read

ROWS = [
    ("2015-03-01", "Greece", "Türkiye", "042", "A visit"),
    ("2015-04-13", "Turkey", "Greece", "112", "An accusation"),
    ("2016-05-20", "CY", "Turquie", "130", "A threat"),
]


def _propose(path: Path, date_format: str = "", **given: str) -> Proposal:
    return Recogniser(read(path), Gazetteer()).propose(given, date_format)


def _write(folder: Path, header: str, rows: list[str], name: str = "acts.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def test_columns_days_and_actors_are_recognised(tmp_path: Path) -> None:
    rows = [";".join(row) for row in ROWS]
    found = _propose(_write(tmp_path, "When;Side A;Side B;CAMEO;Headline", rows))
    assert found.columns == {
        "event_date": "When", "actor1": "Side A", "actor2": "Side B", "code": "CAMEO",
        "title": "Headline",
    }  # fmt: skip
    assert found.words["CY"] == "CYP"
    assert found.words["Turquie"] == "TUR"
    assert found.pairs == (("GRC", "TUR"), ("CYP", "TUR"))
    assert found.days == (date(2015, 3, 1), date(2016, 5, 20))


def test_a_sheet_of_excel_is_read_alike(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["date", "source", "target", "code"])
    for day, first, second, code, _ in ROWS:
        book.active.append([date.fromisoformat(day), first, second, code])
    book.save(tmp_path / "acts.xlsx")
    found = _propose(tmp_path / "acts.xlsx")
    assert (found.date_format, found.columns["code"]) == ("%Y-%m-%d", "code")


def test_a_day_that_can_be_read_in_two_ways_is_asked_about(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,source,target,code", ["03/04/2015,GRC,TUR,042"])
    with pytest.raises(UsageError, match=r"day/month or month/day.*--date-format"):
        _propose(path)
    assert _propose(path, "%m/%d/%Y").days[0] == date(2015, 3, 4)
    sure = _write(tmp_path, "date,source,target,code", ["23/04/2015,GRC,TUR,042"])
    assert _propose(sure).date_format == "%d/%m/%Y"


def test_a_file_without_codes_says_what_to_do(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,source,target,code", ["2015-04-03,GRC,TUR,visit"])
    with pytest.raises(UsageError, match="--map cameo_code=042"):
        _propose(path)
    found = _propose(path, cameo_code="042")
    assert (found.cameo_code, "code" in found.columns) == ("042", False)


def test_a_column_that_is_not_recognised_is_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,left,right,code", ["2015-04-03,GRC,TUR,042"])
    with pytest.raises(UsageError, match=r"actor1, actor2.*date, left, right, code.*--map actor1="):
        _propose(path)
    assert _propose(path, actor1="left", actor2="right").pairs == (("GRC", "TUR"),)
    with pytest.raises(UsageError, match="no such column"):
        _propose(path, actor1="LEFT")
    with pytest.raises(UsageError, match="expected a field of"):
        _propose(path, who="left")


def test_columns_that_hold_no_actors_are_no_actors(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,source,target,code", ["2015-04-03,Reuters,AP,042"])
    with pytest.raises(UsageError, match="0 of 2 names of actors"):
        _propose(path)


def test_words_that_mean_nothing_certain_are_kept_apart(tmp_path: Path) -> None:
    rows = ["2015-04-03,GRC,TUR,042", "2015-04-04,GRC,Korea,042", "2015-04-05,GRC,TUR,042"]
    found = _propose(_write(tmp_path, "date,source,target,code", rows))
    assert found.unknown == ("Korea",)
    assert "Korea" not in found.words


@pytest.mark.parametrize("content", [b"", b"date,source\n", b"\xff\xfe\n\xff"])
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "acts.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"acts\.csv"):
        read(path)
    with pytest.raises(UsageError, match="no such file"):
        read(tmp_path / "other.csv")
