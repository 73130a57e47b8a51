"""A sheet of Excel as a source of the user's own."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from detente.base.errors import RawFileError, SettingsError
from detente.operations import doctor
from detente.refresh import pipeline, plan
from detente.settings import Settings
from detente.sources import archive, workbook
from tests.support.loading import ask, opened, update
from tests.support.studies import NO_INFERENCE, MakeStudy, query, study_table

STUDY = (
    study_table("1998-01-01", "JPN", "KOR", "USA")
    + NO_INFERENCE
    + """\
[sources.downloads]
wait_seconds = 0
attempts = 1
"""
)


def section(path: Path, sheet: str = "Acts") -> str:
    return (
        f'[sources.csv.mine]\npath = "{path}"\nsheet = "{sheet}"\ncovers_from = 2021-01-01\n'
        'covers_to = 2021-12-31\n[sources.csv.mine.columns]\nevent_date = "When, exactly"\n'
        'actor1 = "who"\nactor2 = "whom"\ncode = "what"\ntitle = "words"\n'
    )


def write(path: Path, rows: list[list[object]], sheet: str = "Acts") -> None:
    """Write a workbook whose second sheet holds the rows; column 4 shows three digits."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["nothing", "here"])
    table = book.create_sheet(sheet)
    for row in rows:
        table.append(row)
    for cell in table["D"]:
        cell.number_format = "000"
    book.save(path)


ROWS: list[list[object]] = [
    ["When, exactly", "who", "whom", "what", "words", None, "words"],
    [date(2021, 2, 1), "JPN", "KOR", 42, 'a "visit",\nin two lines', None, "x"],
    [],
    ["2021-02-30", "JPN", "KOR", "163", "no such day", None, None],
    [datetime(2021, 2, 3), "JPN", "Mars", "163", "far away", None, None],
    ["2021-02-04", "KOR", "JPN", "036", "a code as text", None, None],
]


def account(study: Settings) -> list[dict[str, Any]]:
    with opened(study) as warehouse:
        return warehouse.dicts("from meta.raw_file where source = 'mine'")


def test_a_named_sheet_goes_the_way_of_every_table(make_study: MakeStudy, tmp_path: Path) -> None:
    mine = tmp_path / "mine.xlsx"
    write(mine, ROWS)
    study = make_study(toml=STUDY + section(mine))
    pipeline.refresh(study)
    (row,) = account(study)
    names = ("n_rows", "n_loaded", "n_out_of_scope", "n_rejected")
    assert [row[name] for name in names] == [4, 2, 0, 2]
    # The row is the sheet's own, empty rows counted; 42 shows as 042 and means a visit.
    assert query(
        study,
        "select raw_row, event_date::varchar, cameo_code, title from core.event order by raw_row",
    ) == [
        (2, "2021-02-01", "042", 'a "visit", in two lines'),
        (6, "2021-02-04", "036", "a code as text"),
    ]
    assert query(study, "select raw_row, column_name, value from core.event_rejected") == [
        (4, "When, exactly", "2021-02-30"),
        (5, "whom", "Mars"),
    ]
    kept = list(study.downloads.rglob("mine@*.xlsx"))
    assert [one.read_bytes() for one in kept] == [mine.read_bytes()]
    assert not pipeline.refresh(study).is_new
    assert list(study.downloads.rglob("mine@*.xlsx")) == kept, "asking again takes nothing away"


def test_a_changed_workbook_stands_in_for_the_older_one(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.xlsx"
    write(mine, ROWS)
    study = make_study(toml=STUDY + section(mine))
    update(study, offline=False)
    write(mine, [*ROWS[:1], [date(2021, 5, 5), "USA", "JPN", 36, "another", None, None]])
    update(study, offline=False)
    assert sorted(str(row["status"]) for row in account(study)) == ["loaded", "superseded"]
    assert ask(study, "select title from core.event") == [("another",)]


def test_another_sheet_is_another_reading(make_study: MakeStudy, tmp_path: Path) -> None:
    mine = tmp_path / "mine.xlsx"
    write(mine, ROWS)
    book = openpyxl.load_workbook(mine)
    other = book.create_sheet("Other")
    other.append(ROWS[0])
    other.append(["2021-06-01", "USA", "KOR", "040", "told elsewhere", None, None])
    book.save(mine)
    update(make_study(toml=STUDY + section(mine)), offline=False)
    study = make_study(toml=STUDY + section(mine, "Other"))
    assert "scope, codes or reading changed" in {
        one.reason for one in plan.plan(study, offline=True)
    }
    update(study)
    assert ask(study, "select title from core.event") == [("told elsewhere",)]


def test_a_wrong_sheet_is_told_with_those_that_exist(make_study: MakeStudy, tmp_path: Path) -> None:
    mine = tmp_path / "mine.xlsx"
    write(mine, ROWS)
    (summary,) = update(make_study(toml=STUDY + section(mine, "Deeds")), offline=False)
    assert "'Deeds', the workbook has Notes, Acts" in summary.news[0]
    # Without a name the first sheet is read, which lacks the columns.
    (summary,) = update(make_study(toml=STUDY + section(mine, "")), offline=False)
    assert "has no column When, exactly" in summary.news[0]


def test_settings_refuse_a_sheet_of_text_and_a_separator_of_a_workbook(
    make_study: MakeStudy,
) -> None:
    with pytest.raises(SettingsError, match=r"only an \.xlsx file has sheets"):
        make_study(toml=STUDY + section(Path("mine.csv")))
    wrong = section(Path("mine.xlsx")).replace("sheet =", 'separator = "tab"\nsheet =')
    with pytest.raises(SettingsError, match=r"an \.xlsx file has none"):
        make_study(toml=STUDY + wrong)


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (42, "000", "042"),
        (42.0, "000", "042"),
        (42, "General", "42"),
        (163.0, "General", "163"),
        (0.1 + 0.2, "0.0", "0.3"),
        (-5.5, "000", "-5.5"),
        (1e20, "General", "1e+20"),
        ("0423", "@", "0423"),
        (" a\nb\tc ", "General", "a b c"),
        (True, "General", "TRUE"),
        (None, "General", ""),
        (datetime(2020, 2, 29), "yyyy-mm-dd", "2020-02-29"),
        (datetime(2020, 2, 29), "yyyy-mm-dd hh:mm:ss", "2020-02-29"),
        (datetime(2020, 2, 29, 13, 5), "d/m/yy h:mm", "2020-02-29T13:05:00"),
        (time(7, 30), "h:mm", "07:30:00"),
    ],
)
def test_how_a_cell_is_told(value: object, number_format: str, text: str) -> None:
    assert workbook.shown(value, number_format) == text


def test_a_formula_is_its_computed_value(tmp_path: Path) -> None:
    path = tmp_path / "formula.xlsx"
    write_parts(path, '<row r="1"><c r="A1"><f>3</f></c><c r="B1"><f>1+1</f><v>2</v></c></row>')
    with archive.opened(path) as stream:
        assert stream.read() == b",2\n"


CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/sharedStrings.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def write_parts(path: Path, rows: str, strings: str = "", before: str = "") -> None:
    """Write a workbook part by part, as the standard has it (ECMA-376)."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("[Content_Types].xml", CONTENT_TYPES)
        packed.writestr(
            "_rels/.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        packed.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="r1"/></sheets></workbook>',
        )
        packed.writestr(
            "xl/_rels/workbook.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r1" Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
        )
        packed.writestr("xl/sharedStrings.xml", f'{before}<sst xmlns="{MAIN}">{strings}</sst>')
        packed.writestr(
            "xl/worksheets/sheet1.xml",
            f'{before}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        )


def read_all(path: Path) -> int:
    with archive.opened(path) as stream:
        return sum(len(piece) for piece in archive.bounded(stream, 1 << 20, path))


def test_bombs_are_refused_before_they_unfold(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    # A part that unpacks to far more than it is.
    write_parts(path, " " * (64 << 20))
    with pytest.raises(RawFileError, match="the bound is 200 to 1"):
        read_all(path)
    # One long text that many cells tell.
    cells = "".join(f'<row r="{n}"><c t="s"><v>0</v></c></row>' for n in range(1, 20000))
    write_parts(path, cells, f"<si><t>{'x' * 30000}</t></si>")
    with pytest.raises(RawFileError, match="more than the bounds allow"):
        read_all(path)
    # A row far below, with nothing between.
    write_parts(path, '<row r="99999999999"><c><v>1</v></c></row>')
    with pytest.raises(RawFileError, match="more than the bounds allow"):
        read_all(path)
    # Entities that unfold to more entities.
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)
    )
    before = f"<!DOCTYPE worksheet [{entities}]>"
    write_parts(path, "", "<si><t>&a11;</t></si>", before)
    # The parser's own bound, or, where defusedxml is installed, that there is an entity at all.
    with pytest.raises(RawFileError, match=r"amplification|EntitiesForbidden"):
        read_all(path)


def test_what_is_no_workbook_is_recorded_and_shown(make_study: MakeStudy, tmp_path: Path) -> None:
    mine = tmp_path / "mine.xlsx"
    mine.write_bytes(b"\xd0\xcf\x11\xe0 the old format, or an encrypted one")
    study = make_study(toml=STUDY + section(mine))
    pipeline.refresh(study)
    assert [row["status"] for row in account(study)] == ["not_an_archive"]
    assert any("not_an_archive" in one.message for one in doctor.examine(study))
    with zipfile.ZipFile(mine, "w") as packed:
        packed.writestr("a.txt", "no workbook")
    pipeline.refresh(study)
    assert "unreadable" in {row["status"] for row in account(study)}
    write(mine, ROWS)
    content = bytearray(mine.read_bytes())
    at = content.index(b"xl/worksheets/sheet2.xml") + 60
    content[at : at + 40] = bytes(40)
    mine.write_bytes(content)
    with pytest.raises(RawFileError), archive.opened(mine, sheet="Acts") as stream:
        stream.read()
