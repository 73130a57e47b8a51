"""Files in the form in which providers really publish them, with the values that are in them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest

from tests.support.loading import account, ask, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table

pytestmark = pytest.mark.study


@pytest.fixture
def faults(shared_data: Path) -> Path:
    return shared_data / "faults"


def toml(source: str, *actors: str, start: str = "1989-01-01") -> str:
    return (
        study_table("1989-01-01", "JPN", "KOR", *actors)
        + NO_INFERENCE
        + f"[sources.{source}]\nenabled = true\nstart = {start}\n"
    )


def test_a_week_of_polecat_as_it_is_published(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("polecat", "CHN", "RUS", "UKR"))
    (file,) = faults.glob("polecat_*")
    name = file.name.removeprefix("polecat_")
    put(study, "polecat", name, file, 2024)
    update(study)
    assert account(study, name) == (5, 5, 0, 0, 0)
    events = ask(
        study,
        "select event_id, actor1_iso3, actor2_iso3, plover_type, quad_class, quad_class_reported, "
        "goldstein, goldstein_reported from core.event order by event_id",
    )
    # Read off the file by hand. Two names on one side are two acts; "None" is nobody.
    assert events == [
        ("20240526-0001-aaaaaaaaaaaa_REQUEST", "JPN", "CHN", "REQUEST", 3, 3, 0.0, 0.0),
        ("20240526-0002-bbbbbbbbbbbb_AID", "CHN", "KOR", "AID", 2, 2, 7.0, 10.0),
        ("20240526-0003-cccccccccccc_AID:CHN>JPN", "CHN", "JPN", "AID", 2, 2, 7.0, 10.0),
        ("20240526-0003-cccccccccccc_AID:JPN>CHN", "JPN", "CHN", "AID", 2, 2, 7.0, 10.0),
        ("20240526-0004-dddddddddddd_ASSAULT:RUS>UKR", "RUS", "UKR", "ASSAULT", 4, 4, -9.0, -9.0),
        ("20240526-0005-eeeeeeeeeeee_ACCUSE", "UKR", "RUS", "ACCUSE", 3, 3, -2.0, -3.0),
    ]
    sectors = ask(
        study, "select actor1_sector, actor2_sector from core.event where cameo_root = '18'"
    )
    assert sectors == [("MIL", "GOV")]
    assert ask(
        study,
        "select n_compared, n_different, cameo_codes, n_quad_class_compared, "
        "n_quad_class_different from meta.goldstein_difference",
    ) == [(6, 4, ["070", "110"], 6, 0)]


def polecat_text(faults: Path, *rows: int) -> list[bytes]:
    (file,) = faults.glob("polecat_*")
    lines = file.read_bytes().splitlines(keepends=True)
    return [lines[0], *(lines[row] for row in rows)]


def test_a_year_of_polecat_holds_its_months(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("polecat", "CHN", "RUS", "UKR"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for month, row in (("Jan", 1), ("Feb", 2), ("Dec", 5)):
            text = b"".join(polecat_text(faults, row)).replace(b"2024-05-26", b"2022-01-02")
            archive.writestr(f"ngecEventsDV-2022-{month}.txt", text)
    put(study, "polecat", "ngecEventsDV-2022.txt.zip", buffer.getvalue(), 2022)
    put(study, "polecat", "ngecEventsDV-2018-Jan.txt", b"".join(polecat_text(faults, 4)), 2018)
    update(study)
    assert account(study, "ngecEventsDV-2022.txt.zip") == (3, 3, 0, 0, 0)
    assert account(study, "ngecEventsDV-2018-Jan.txt") == (1, 1, 0, 0, 0)
    # Rows are numbered through the archive: each text has a header and one row.
    assert ask(
        study, "select raw_row from core.event where raw_file_id like '%2022.txt.zip' order by 1"
    ) == [(2,), (4,), (6,)]


def test_a_week_counts_in_whichever_folder_it_was_put(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("polecat", "CHN"))
    text = b"".join(polecat_text(faults, 1)).replace(b"2024-05-26", b"2022-12-28")
    # The week begins in the year before the one that its name tells.
    put(study, "polecat", "ngecEvents.20230103111842.Release603.DV.txt", text, 2023)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.failures) == (1, {})


def test_unknown_names_beside_the_actors_of_an_event_are_counted(
    make_study: MakeStudy, faults: Path
) -> None:
    study = make_study(toml=toml("polecat", "CHN"))
    header, row = polecat_text(faults, 3)
    odd = row.replace(b"Japan; China\t740", b"Japan; Ruritania\t740", 1)
    assert odd != row
    name = "ngecEvents.20240603073501.Release680.DV.txt"
    put(study, "polecat", name, header + odd, 2024)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)
    assert ask(study, "select name, n_rows, raw_row from core.unknown_actor") == [
        ("Ruritania", 1, 2)
    ]


def test_codes_in_place_of_names_and_columns_that_rows_lack(
    make_study: MakeStudy, faults: Path
) -> None:
    study = make_study(toml=toml("polecat", "CHN"))
    header, row = polecat_text(faults, 1)
    as_codes = row.replace(b"\tJapan\t", b"\tJPN\t").replace(b"\tChina\t", b"\tCHN\t")
    first, *rest = header.rstrip(b"\n").split(b"\t")
    wide = b"\t".join([first, b"Headline", b"Event Text", *rest]) + b"\n"
    fields = as_codes.split(b"\t")
    both = b"\t".join([fields[0], b"words", b"more words", *fields[1:]])
    old = header.replace(b"Event Intensity", b"Intensity")
    for number, text in enumerate((wide + as_codes, wide + both, old + as_codes)):
        name = f"ngecEvents.2024060{number + 3}073501.Release680.DV.txt"
        put(study, "polecat", name, text.replace(b"-0001-", b"-000%d-" % number), 2024)
    update(study)
    assert (
        ask(study, "select actor1_iso3, actor2_iso3, goldstein_reported from core.event")
        == [("JPN", "CHN", 0.0)] * 3
    )


@pytest.mark.parametrize(
    ("file", "sides", "place", "day"),
    [
        ("acled_2024_export_dates.csv", ("RUS", "UKR"), "Ukraine", "2024-02-16"),
        ("acled_2024_the_united_states.csv", ("USA", "IRN"), "Syria", "2024-02-16"),
    ],
)
def test_an_export_of_acled(
    make_study: MakeStudy,
    faults: Path,
    file: str,
    sides: tuple[str, str],
    place: str,
    day: str,
) -> None:
    study = make_study(toml=toml("acled", *sides))
    put(study, "acled", file, faults / file, 2024)
    update(study)
    assert account(study, file) == (1, 1, 0, 0, 0)
    assert ask(
        study,
        "select event_date::varchar, actor1_iso3, actor2_iso3, place_country, n_deaths "
        "from core.event",
    ) == [(day, *sides, place, 0)]


@pytest.mark.parametrize(
    "name", ["1997-01-01-2026-12-31-Europe-Ukraine.csv", "ACLED Data_2026-05-12.csv"]
)
def test_an_export_of_acled_covers_what_it_holds(
    make_study: MakeStudy, faults: Path, name: str
) -> None:
    """The name has all days that can be asked for, or the day on which the file was fetched."""
    study = make_study(toml=toml("acled", "RUS", "UKR"))
    text = (faults / "acled_2024_export_dates.csv").read_text(encoding="utf-8")
    # With a mark in front, and bars of another kind.
    put(study, "acled", name, ("\ufeff" + text.replace(",", ";")).encode(), 1997)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)
    assert ask(study, "select first_day::varchar, last_day::varchar from meta.coverage") == [
        ("2024-02-16", "2024-02-16")
    ]


def test_a_regional_file_of_acled_is_a_workbook_in_capitals(
    make_study: MakeStudy, faults: Path, tmp_path: Path
) -> None:
    """Its days are days of Excel, and it does not say when a row was last changed."""
    text = (faults / "acled_2024_export_dates.csv").read_text(encoding="utf-8")
    header, values = [one[:-1] for one in csv.reader(text.splitlines()[:2])]  # without timestamp
    values[header.index("event_date")] = datetime(2024, 2, 16)
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append([one.upper() for one in header])
    book.active.append(values)
    book.save(tmp_path / "europe.xlsx")
    study = make_study(toml=toml("acled", "RUS", "UKR"))
    name = "Europe-Central-Asia_2018-2025_Feb28.xlsx"
    put(study, "acled", name, tmp_path / "europe.xlsx", 2018)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)
    assert ask(
        study, "select event_date::varchar, added_at::varchar, n_deaths from core.event"
    ) == [("2024-02-16", "2024-02-17 00:00:00", 0)]


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"Read me": 0, "Events": 1}, "its sheet 'Events' is read; of no events: Read me"),
        ({"Events": 1, "Charts": 0}, "its sheet 'Events' is read; of no events: Charts"),
        ({"Events": 1}, None),
        (
            {"2018": 1, "Notes": 0, "2019": 1},
            "expected one sheet of events, got 2: 2018, 2019. Save",
        ),
        ({"Read me": 0, "Notes": 0}, "none of Read me, Notes has the columns of events"),
    ],
)
def test_of_a_workbook_the_sheet_that_has_the_columns_is_read(
    make_study: MakeStudy, faults: Path, tmp_path: Path, tables: dict[str, int], said: str | None
) -> None:
    text = (faults / "acled_2024_export_dates.csv").read_text(encoding="utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    book = openpyxl.Workbook()
    assert book.active is not None
    book.remove(book.active)
    for name, is_table in tables.items():
        sheet = book.create_sheet(name)
        for row in rows if is_table else [["These are events of Europe."], ["event_date", "x"]]:
            sheet.append(row)
    book.save(tmp_path / "europe.xlsx")
    study = make_study(toml=toml("acled", "RUS", "UKR"))
    name = "Europe-Central-Asia_2018-2025_Feb28.xlsx"
    put(study, "acled", name, tmp_path / "europe.xlsx", 2018)
    update(study)
    ((status, n_rows, note),) = ask(
        study, "select status, n_rows, note from meta.raw_file where source = 'acled'"
    )
    is_read = sum(tables.values()) == 1
    assert (status, n_rows) == (("loaded", 1) if is_read else ("refused_layout", 0))
    assert note is None if said is None else said in note


@pytest.mark.parametrize("written", ["9-May-20", "2020-05-09", "9 May 2020", "09 May 2020"])
def test_a_day_as_acled_writes_it(make_study: MakeStudy, faults: Path, written: str) -> None:
    study = make_study(toml=toml("acled", "RUS", "UKR"))
    text = (faults / "acled_2024_export_dates.csv").read_bytes()
    put(study, "acled", "acled_2020.csv", text.replace(b"16 February 2024", written.encode()), 2020)
    update(study)
    assert ask(study, "select event_date::varchar from core.event") == [("2020-05-09",)]


def test_a_release_of_ucdp_with_what_it_does_not_know(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("ucdp_ged", "IND", "PAK"))
    text = (faults / "ucdp_ged231-csv.zip").read_bytes()
    put(study, "ucdp_ged", "ged231-csv.zip", text, 1989)
    update(study)
    assert ask(
        study,
        "select actor1_iso3, actor2_iso3, n_sources, n_mentions, n_deaths, n_deaths_low, "
        "n_deaths_high, place_country from core.event",
    ) == [("IND", "PAK", None, 1, 1, 1, 1, "India")]


def test_the_sample_of_ucdp(make_study: MakeStudy, shared_data: Path) -> None:
    study = make_study(toml=toml("ucdp_ged", "IND", "PAK", "RUS", "UKR"))
    text = (shared_data / "ucdp_ged" / "ucdpged_23_1_sample1000.csv").read_bytes()
    put(study, "ucdp_ged", "ged231-csv.zip", zipped("GEDEvent_v23_1.csv", text), 1989)
    update(study)
    # Counted apart with Python's csv module: 18 rows have a number of a state on both sides.
    assert account(study, "ged231-csv.zip") == (1000, 18, 982, 0, 0)
    assert ask(
        study,
        "select count(*), sum(n_deaths), sum(n_deaths_high) from core.event "
        "where actor1_iso3 = 'RUS' and actor2_iso3 = 'UKR'",
    ) == [(13, 70, 82)]


def test_several_states_on_one_side_of_ucdp(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("ucdp_ged", "IND", "PAK", "CHN"))
    with zipfile.ZipFile(io.BytesIO((faults / "ucdp_ged231-csv.zip").read_bytes())) as archive:
        text = archive.read("GEDEvent_v23_1.csv")
    text = text.replace(b",750,770\n", b',"750; 710",770\n').replace(
        b",750,770\r\n", b",750;710,770\n"
    )
    # A table that R wrote anew has NA where UCDP has nothing: no state, not an unknown one.
    own = text.splitlines()[1].replace(b"108867", b"108868", 1)
    text += re.sub(rb",[^,]*,770$", b",NA,NA", own) + b"\n"
    put(study, "ucdp_ged", "ged231-csv.zip", zipped("GEDEvent_v23_1.csv", text), 1989)
    update(study)
    assert account(study, "ged231-csv.zip") == (2, 1, 1, 0, 0)
    assert ask(study, "select event_id, actor1_iso3, actor2_iso3 from core.event order by 2") == [
        ("108867:CHN>PAK", "CHN", "PAK"),
        ("108867:IND>PAK", "IND", "PAK"),
    ]


def test_the_texts_of_icews_2017(make_study: MakeStudy, faults: Path) -> None:
    study = make_study(toml=toml("icews"))
    (file,) = faults.glob("icews_*")
    name = file.name.removeprefix("icews_")
    put(study, "icews", name, file, 2017)
    update(study)
    assert account(study, name) == (2, 2, 0, 0, 0)
    assert ask(
        study, "select cameo_code, goldstein, goldstein_reported from core.event order by event_id"
    ) == [("194", -10.0, -10.0), ("137", -7.0, -7.0)]
