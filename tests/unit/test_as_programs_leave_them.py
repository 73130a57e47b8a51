"""Providers' tables as spreadsheets, R and pandas leave them: each loads, or says what to do."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path

import pytest

from detente.base.errors import RawFileError
from detente.refresh import plan
from detente.refresh.summary import unloaded
from detente.settings import Settings
from detente.sources import header, lines
from tests.support.loading import account, ask, put, update
from tests.support.some import some
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table

pytestmark = pytest.mark.study

Row = dict[str, str]
ACLED = {
    "event_id_cnty": "", "event_date": "16 February 2024", "year": "2024",
    "disorder_type": "Political violence", "event_type": "Battles", "sub_event_type": "Armed clash",
    "actor1": "Military Forces of India (2014-)",
    "actor2": "Military Forces of Pakistan (2022-2024)",
    "country": "India", "latitude": "34.1", "longitude": "74.4", "source": "The Hindu",
    "notes": "They said \"no\",\nand fired.", "fatalities": "3", "timestamp": "1708472500",
}  # fmt: skip
UCDP = {
    "id": "", "relid": "IND-2024-1", "year": "2024", "type_of_violence": "1",
    "side_a": "Government of India", "side_b": "Government of Pakistan", "number_of_sources": "-1",
    "source_article": 'Reuters, "two" dead', "source_office": "Reuters;AFP", "latitude": "34.1",
    "longitude": "74.4", "country": "India", "date_start": "2024-02-16 00:00:00.000",
    "date_end": "2024-02-16 00:00:00.000", "best": "3", "high": "5", "low": "3", "gwnoa": "750",
    "gwnob": "770",
}  # fmt: skip
POLECAT = {
    "Event ID": "", "Event Date": "2024-05-26", "Event Type": "CONSULT", "Event Mode": "visit",
    "Intensity": "1.5", "Quad Code": "VERBAL COOPERATION", "Contexts": "None",
    "Actor Name": "None; None", "Actor Country": "India; None", "Primary Actor Sector": "GOV; None",
    "Recipient Name": "None", "Recipient Country": "Pakistan", "Primary Recipient Sector": "GOV",
    "Country": "India", "Latitude": "28.6", "Longitude": "77.2", "Source": "PTI",
    "Publication Date": "2024-05-27", "Language": "English",
}  # fmt: skip


def written(
    rows: Sequence[Row], separator: str = ",", end: str = "\r\n", is_quoted: bool = False
) -> str:
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue()


def renamed(row: Row, spelled: Callable[[str], str]) -> Row:
    return {spelled(name): value for name, value in row.items()}


def packed(name: str, text: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"folder/{name}", text)
        archive.writestr(f"__MACOSX/folder/._{name}", "\0")
    return buffer.getvalue()


# Every way to write a table of a row and its name on disk.
TABLES: Mapping[str, Callable[[Row], bytes]] = {
    "plain": lambda row: written([row]).encode(),
    "with a mark, all quoted": lambda row: ("\ufeff" + written([row], is_quoted=True)).encode(),
    "semicolons": lambda row: written([row], ";").encode(),
    "UTF-16 with tabs": lambda row: written([row], "\t").encode("utf-16"),
    "returns alone": lambda row: written([row], end="\r").encode(),
    "a title above": lambda row: ("sep=;\r\n" + written([row], ";")).encode(),
    "capitals": lambda row: written([renamed(row, str.upper)]).encode(),
    "points in names": lambda row: written([renamed(row, lambda n: n.replace("_", "."))]).encode(),
    "another order": lambda row: written([dict(reversed(row.items()))]).encode(),
    "a number in front": lambda row: written([{"": "1", **row}]).encode(),
    "more columns": lambda row: written([{**row, "iso3": "x", "": "", " ": ""}]).encode(),
    "lines of both kinds": lambda row: written([row]).replace("\r\n", "\n", 1).encode(),
}  # fmt: skip


def toml_of(source: str) -> str:
    return (
        study_table("2020-01-01", "IND", "PAK").replace('"JPN", "KOR"', '"IND", "PAK"')
        + NO_INFERENCE
        + f"[sources.{source}]\nenabled = true\nstart = 2020-01-01\n"
    )


def study_of(make_study: MakeStudy, source: str) -> Settings:
    return make_study(toml=toml_of(source))


def test_an_export_of_acled_however_it_was_saved(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    for number, (how, table) in enumerate(some(TABLES.items())):
        row = {**ACLED, "event_id_cnty": f"IND{number}"}
        put(study, "acled", f"2024-01-01-2024-12-31-{how}.csv", table(row), 2024)
    row = {**ACLED, "event_id_cnty": "IND90"}
    put(study, "acled", "ACLED Data_2026-05-12.zip", packed("a.csv", written([row]).encode()), 2024)
    (summary,) = update(study)
    assert (summary.failures, summary.news) == ({}, [])
    n = len(TABLES) + 1
    assert (summary.n_rows, summary.n_loaded) == (n, n)
    assert (
        ask(
            study,
            "select event_date, actor1_iso3, actor2_iso3, n_deaths, latitude, added_at::date "
            "from core.event",
        )
        == [(date(2024, 2, 16), "IND", "PAK", 3, 34.1, date(2024, 2, 20))] * n
    )


def test_a_release_of_ucdp_however_it_was_saved(make_study: MakeStudy) -> None:
    study = study_of(make_study, "ucdp_ged")
    tables = {how: table for how, table in TABLES.items() if how != "a title above"}
    for number, table in enumerate(some(tables.values()), start=1):
        row = {**UCDP, "id": str(500_000 + number)}
        put(study, "ucdp_ged", f"GEDEvent_v24_0_{number}.csv", table(row), 2024)
    row = {**UCDP, "id": "500,090"}
    put(study, "ucdp_ged", "GEDEvent_v24_0_12.csv.zip", packed("g", written([row]).encode()), 2024)
    (summary,) = update(study)
    assert (summary.failures, summary.news) == ({}, [])
    n = len(tables) + 1
    assert (summary.n_rows, summary.n_loaded) == (n, n)
    assert (
        ask(
            study,
            "select event_date, actor1_iso3, actor2_iso3, n_sources, n_deaths, n_deaths_high "
            "from core.event",
        )
        == [(date(2024, 2, 16), "IND", "PAK", None, 3, 5)] * n
    )
    assert ask(study, "select max(event_id) from core.event") == [("500090",)]


def test_a_week_of_polecat_however_it_was_saved(make_study: MakeStudy) -> None:
    study = study_of(make_study, "polecat")
    ways: dict[str, Callable[[Row], str]] = {
        "as published": lambda row: "\n".join(("\t".join(row), "\t".join(row.values()), "")),
        "by Dataverse": lambda row: written([row], "\t", "\n", is_quoted=True),
        "small letters": lambda row: "\t".join(row).lower() + "\r\n" + "\t".join(row.values()),
        "tabs at the end": lambda row: "\t".join(row) + "\t\t\n" + "\t".join(row.values()) + "\t\n",
        "with commas": lambda row: written([row]),
        "with semicolons": lambda row: written([row], ";"),
        "in UTF-16": lambda row: written([row], "\t", "\n"),
    }
    for day, (how, table) in enumerate(some(ways.items()), start=3):
        row = {**POLECAT, "Event ID": f"20240526-{how}"}
        name = f"ngecEvents.2024060{day}073501.Release680.DV.txt"
        text = table(row).encode("utf-16" if how == "in UTF-16" else "utf-8")
        put(study, "polecat", name, text, 2024)
    (summary,) = update(study)
    n = len(ways)
    assert (summary.failures, summary.n_rows, summary.n_loaded) == ({}, n, n)
    assert (
        ask(
            study,
            "select event_date, actor1_iso3, actor2_iso3, cameo_code, actor1_sector, latitude, "
            "source_name, goldstein_reported from core.event",
        )
        == [(date(2024, 5, 26), "IND", "PAK", "042", "GOV", 28.6, "PTI", 1.5)] * n
    )


ICEWS = {
    "Event ID": "1", "Event Date": "2018-06-01", "Source Name": "Tokyo, the capital",
    "Source Country": "India", "Event Text": "Consult", "CAMEO Code": "040",
    "Target Country": "Pakistan",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("20180601-icews-events.tab", written([ICEWS], "\t").encode(), ""),
        ("20180601-icews-events.csv", written([ICEWS]).encode(), ""),
        ("20180601-icews-events.tab", written([ICEWS], ";").encode(), ""),
        (
            "20180601-icews-events.tab",
            (
                "\t".join(ICEWS) + "\n" + written([ICEWS], "\t", is_quoted=True).partition("\n")[2]
            ).encode(),
            "",
        ),
        (
            "20180601-icews-events.tab",
            written([ICEWS], "\t").encode("utf-16"),
            "",
        ),
    ],
)
def test_a_day_of_icews_however_it_was_saved(
    make_study: MakeStudy, name: str, content: bytes, told: str
) -> None:
    study = make_study(toml=toml_of("icews").replace("2020-01-01", "2018-01-01"))
    put(study, "icews", name, content, 2018)
    (summary,) = update(study)
    assert told in "".join(summary.news)
    assert account(study, name) == ((0, 0, 0, 0, 0) if told else (1, 1, 0, 0, 0))
    assert ask(study, "select event_id from core.event") == ([] if told else [("1:2018-06-01",)])


OF_2018 = "events.2018.20200427084805.tab"
# One file of each source, with two rows of days as a spreadsheet of some country writes them.
SLASHED: Mapping[str, tuple[str, str, Callable[[Sequence[Row]], bytes]]] = {
    "icews": ("icews", OF_2018, lambda rows: written(rows, "\t").encode()),
    "icews, quoted": (
        "icews", OF_2018, lambda rows: written(rows, is_quoted=True).encode()
    ),
    "icews, UTF-16": (
        "icews", OF_2018, lambda rows: written(rows, ";").encode("utf-16")
    ),
    "polecat": (
        "polecat", "ngecEventsDV-2018-Feb.txt", lambda rows: written(rows, "\t").encode()
    ),
    "polecat, months": ("polecat", "ngecEventsDV-2018.txt.zip", lambda rows: months(rows)),
}  # fmt: skip


def months(rows: Sequence[Row]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, row in enumerate(rows):
            archive.writestr(f"ngecEventsDV-2018-{number}.txt", written([row], "\t"))
    return buffer.getvalue()


@pytest.mark.parametrize("how", SLASHED)
@pytest.mark.parametrize(
    ("days", "read_as"),
    [
        (("02/03/2018", "2/16/2018"), [date(2018, 2, 3), date(2018, 2, 16)]),
        (("02/03/2018", "03/04/2018"), [date(2018, 2, 3), date(2018, 3, 4)]),
        # Excel of another country: the third of February would be the second of March.
        (("03/02/2018", "16/2/2018"), []),
    ],
)
def test_days_with_the_day_first_are_refused_as_a_column(
    make_study: MakeStudy, how: str, days: Sequence[str], read_as: list[date]
) -> None:
    source, name, table = SLASHED[how]
    study = make_study(toml=toml_of(source).replace("2020-01-01", "2018-01-01"))
    row = ICEWS if source == "icews" else POLECAT
    rows = [
        {**row, "Event ID": str(number), "Event Date": day} for number, day in enumerate(days, 1)
    ]
    put(study, source, name, table(rows), 2018)
    (summary,) = update(study)
    found = [day for (day,) in ask(study, "select event_date from core.event order by 1")]
    assert found == read_as
    if not read_as:
        assert account(study, name) == (0, 0, 0, 0, 0)
        ((status, note),) = ask(study, "select status, note from meta.raw_file")
        assert status == "refused_layout"
        assert "'Event Date' as 2024-02-16 or with the month first, got '16/2/2018'" in note
        assert unloaded(study, [summary])


def test_a_day_within_a_text_is_no_day_of_the_file() -> None:
    text = b"1\t2/3/2018\tOn 16/02/2018, in Athens\n2\t2/4/2018\t16/02/2018 and later\n"
    assert lines.has_slashed_day(text, "\t")
    assert lines.day_first(text, "\t") is None
    assert lines.day_first(text + b'3\t"31/12/2018"\t\r\n', "\t") == "31/12/2018"
    assert lines.day_first(text.replace(b"2/4/", b"2/14/"), "\t") is None


@pytest.mark.parametrize("name", ["GEDEvent_v24_1.csv.gz", "GEDEvent_v24_0_2.csv.gz"])
def test_a_packed_release_of_ucdp(make_study: MakeStudy, name: str) -> None:
    study = study_of(make_study, "ucdp_ged")
    put(study, "ucdp_ged", name, gzip.compress(written([{**UCDP, "id": "1"}]).encode()), 2024)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize("is_quoted", [False, True])
def test_a_year_of_polecat_whose_months_are_texts_in_a_folder(
    make_study: MakeStudy, is_quoted: bool
) -> None:
    """Fields with quotes and points of their own, empty columns at the end, months one by one."""
    study = study_of(make_study, "polecat")
    quote = '"' if is_quoted else ""

    def month(*rows: Row) -> str:
        lines = [
            "\t".join(f"{quote}{value}{quote}" for value in row.values()) + "\t\t" for row in rows
        ]
        return "\n".join(["\t".join(POLECAT) + "\t", *lines, ""])

    one = {**POLECAT, "Event ID": "1", "Actor Name": "Merkel's; The ''Eagle''"}
    bad = {**POLECAT, "Event ID": "2", "Event Date": "soon"}
    two = {**POLECAT, "Event ID": "3", "Event Date": "2024-06-02"}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("2024/ngecEventsDV-2024-May.txt", month(one))
        archive.writestr("2024/ngecEventsDV-2024-Jun.txt", month(two, bad))
    put(study, "polecat", "ngecEventsDV-2024.txt.zip", buffer.getvalue(), 2024)
    (summary,) = update(study)
    assert (summary.failures, summary.n_rows, summary.n_loaded) == ({}, 3, 2)
    found = ask(study, "select event_id, event_date, title from core.event order by 1")
    assert found == [
        ("1:IND>PAK", date(2024, 5, 26), "Merkel's > CONSULT > Pakistan"),
        ("3:IND>PAK", date(2024, 6, 2), "India > CONSULT > Pakistan"),
    ]
    # Lines are numbered through the archive, its texts by name: June's last is the third.
    ((row, value),) = ask(study, "select raw_row, value from core.event_rejected")
    assert (row, value) == (3, "soon")
    assert account(study, "ngecEventsDV-2024.txt.zip") == (3, 2, 0, 0, 1)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"event_date": "02/03/2024"}, "event_date"),
        ({"fatalities": "many"}, "fatalities"),
        ({"latitude": "341"}, "latitude"),
        ({"longitude": "74.4.1"}, "longitude"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    make_study: MakeStudy, changed: Row, column: str
) -> None:
    study = study_of(make_study, "acled")
    name = "2024-01-01-2024-12-31-India.csv"
    put(
        study,
        "acled",
        name,
        written([{**ACLED, "event_id_cnty": "IND1", **changed}]).encode(),
        2024,
    )
    (summary,) = update(study)
    assert account(study, name) == (1, 0, 0, 0, 1)
    assert unloaded(study, [summary]) == ["acled (every row refused)"]
    ((told, value),) = ask(study, "select column_name, value from core.event_rejected")
    assert (told, value) == (column, changed[column])


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("acled.rds", "R: write.csv"),
        ("acled.dta", "Stata: export delimited"),
        ("acled.parquet", "pandas: to_csv"),
        ("acled.xls", "Excel: save as .xlsx or CSV"),
        ("data.csv", ""),
    ],
)
def test_a_file_that_is_not_recognised_is_told_with_what_to_do(
    make_study: MakeStudy, name: str, way: str
) -> None:
    study = study_of(make_study, "acled")
    put(study, "acled", name, written([{**ACLED, "event_id_cnty": "IND1"}]).encode(), 2024)
    (summary,) = update(study)
    assert summary.failures == {"not_recognised": 1}
    assert "expected a name like acled_2024.csv" in summary.news[0]
    assert f"({way})" in summary.news[0] if way else summary.news[0].endswith("Ukraine.csv")


def test_a_web_page_in_a_folder_of_a_mirror_is_refused_at_once(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "2024-01-01-2024-12-31-India.csv").write_text("<html>Please log in</html>")
    study = make_study(toml=toml_of("acled") + f'base_url = "{mirror.as_uri()}/"\n')
    (summary,) = update(study, offline=False)
    assert summary.failures == {"not_data": 1}
    # Another attempt would bring the same page.
    assert "got a web page: an error or a login (1 attempt)" in summary.news[0]


def rows_of(n: int, first: int = 0) -> list[Row]:
    return [{**ACLED, "event_id_cnty": f"IND{first + number}"} for number in range(n)]


def test_two_tables_in_one_file(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    turned = written([dict(reversed(row.items())) for row in rows_of(2, 4)])
    text = written(rows_of(2)) + written(rows_of(2, 2)) + turned + written(rows_of(1, 6))
    put(study, "acled", "acled_2024.csv", text.encode(), 2024)
    update(study)
    # Rows below the same header are rows; those below another one would stand in wrong columns.
    assert ask(study, "select event_id from core.event order by 1") == [
        ("IND0",), ("IND1",), ("IND2",), ("IND3",), ("IND6",),
    ]  # fmt: skip
    assert account(study, "acled_2024.csv") == (10, 5, 0, 0, 5)
    # A note spans two lines, so that the second header is line 6 and the third line 11.
    assert ask(study, "select raw_row, reason from core.event_rejected order by raw_row") == [
        (6, "the header again: two tables stand in one file"),
        (11, "the header again: two tables stand in one file"),
        (12, "stands below another header, in line 11: save the two tables as files of their own"),
        (14, "stands below another header, in line 11: save the two tables as files of their own"),
        (16, "the header again: two tables stand in one file"),
    ]


def test_rows_of_separators_alone_are_empty_and_nuls_are_told(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    empty = "," * (len(ACLED) - 1) + "\r\n"
    text = written(rows_of(2)).replace("The Hindu", "The\0Hindu") + empty * 30
    put(study, "acled", "acled_2024.csv", text.encode(), 2024)
    update(study)
    assert account(study, "acled_2024.csv") == (2, 2, 0, 0, 0)
    ((note,),) = ask(study, "select note from meta.raw_file where source = 'acled'")
    assert note == "2 lines held bytes that are not text; they show as \ufffd"


DAYS = (
    "2024-02-16", "16 February 2024", "16 Feb 2024", "16-Feb-24", "16-February-2024", "16.02.2024",
    "2024/02/16", "February 16, 2024", "Feb 16, 2024", "16feb2024", "45338", "2024-02-16 00:00:00",
    "2024-02-16T00:00:00Z", "16.02.2024 00:00", " 2024-02-16 ",
)  # fmt: skip


@pytest.mark.parametrize("source", ["acled", "ucdp_ged"])
def test_a_day_that_nobody_can_misread(make_study: MakeStudy, source: str) -> None:
    study = study_of(make_study, source)
    rows = [{**ACLED, "event_id_cnty": day, "event_date": day} for day in DAYS]
    name = "acled_2024.csv"
    if source == "ucdp_ged":
        rows = [
            {**UCDP, "id": str(number), "date_start": day, "date_end": day}
            for number, day in enumerate(DAYS)
        ]
        name = "GEDEvent_v24_0_2.csv"
    put(study, source, name, written(rows).encode(), 2024)
    update(study)
    assert ask(study, "select event_date, count(*) from core.event group by 1") == [
        (date(2024, 2, 16), len(DAYS))
    ]


def test_a_count_is_whole_or_refused(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    read = {
        "1234": 1234, "1,234": 1234, "1 234": 1234, "1\u202f234": 1234, "1234.0": 1234,
        "1,234.00": 1234, "1.2E+3": 1200, "NA": None, "": None, "0": 0,
    }  # fmt: skip
    # A thousand or one? A count has no decimals.
    refused = ("0.9", "1,23", "1.234", "12,34", "3.5", "many")
    rows = [{**ACLED, "event_id_cnty": said, "fatalities": said} for said in (*read, *refused)]
    rows = [{**row, "event_id_cnty": f"IND{row['event_id_cnty']}"} for row in rows]
    put(study, "acled", "acled_2024.csv", written(rows).encode(), 2024)
    update(study)
    found = dict(ask(study, "select event_id, n_deaths from core.event"))
    assert found == {f"IND{said}": n for said, n in read.items()}
    told = ask(study, "select value from core.event_rejected order by 1")
    assert told == [(said,) for said in refused]


def test_numbers_and_days_as_a_spreadsheet_writes_them(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    rows = [
        {**ACLED, "event_id_cnty": f"IND{number}", **changed}
        for number, changed in enumerate(
            (
                {"event_date": "45338"},
                {"event_date": "2024-02-16T00:00:00"},
                {"event_date": "16.02.2024"},
                {"fatalities": "1,203"},
                {"fatalities": "NA"},
                {"latitude": "34,1", "longitude": "NaN"},
                {"timestamp": "2024-02-20 23:41:40"},
                {"timestamp": "1,708,472,500"},
                {"actor1": "Military Forces of India\u00a0(2014-)"},
            )
        )
    ]
    put(study, "acled", "acled_2024.csv", written(rows, ";").encode(), 2024)
    update(study)
    assert ask(
        study,
        "select count(*), count(distinct event_date), list(distinct n_deaths order by n_deaths), "
        "count(distinct latitude), count(longitude), count(distinct added_at) from core.event",
    ) == [(9, 1, [3, 1203, None], 1, 8, 1)]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"WEEK,COUNTRY,EVENT_TYPE,EVENTS,FATALITIES\n2024-02-10,India,Battles,3,4\n", "counts by"),
        (written([{k: v for k, v in ACLED.items() if k != "actor2"}]).encode(), "missing: actor2"),
        (written([{**ACLED, "Event.Date": ""}]).encode(), "more than once: event_date"),
        (b"PK\x03\x04 an archive", "Unpack it"),
        (b"\n <!DOCTYPE html>\n<html>", "a web page. It may tell an error or ask for a login"),
        (b'{"status": 403, "error": "no"}', "JSON. It may be the answer of an interface"),
        (b"\x1f\x8b\x08 packed", "Let its name end in .gz"),
        (b"\xd0\xcf\x11\xe0 a workbook", "Save it as .xlsx or CSV"),
        (b"PAR1 columns PAR1", "a Parquet file. Save the table as CSV"),
        (b"<stata_dta><header>", "with `export delimited`"),
        (b"RDX3\nX\n", "with write.csv"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Run `git lfs pull`"),
        (b"SQLite format 3\0", "a database of SQLite"),
        (b"%PDF-1.7", "a PDF"),
        (b"event_date,latitude,fatalities\n", "a known layout of acled (columns event_id_cnty,"),
    ],
)
def test_another_table_is_refused_with_what_to_do(
    make_study: MakeStudy, content: bytes, told: str
) -> None:
    study = study_of(make_study, "acled")
    put(study, "acled", "acled_2024.csv", content, 2024)
    (summary,) = update(study)
    assert sum(summary.failures.values()) == 1
    assert told in summary.news[0]


def test_a_header_that_is_another_tables_is_none() -> None:
    assert header.read(b"a,b,c", ("x", "y", "a")) is None
    with pytest.raises(RawFileError, match="1 column is missing: y"):
        header.read(b"x;a", ("x", "y", "a"))
    found = header.read(b'"Y";"X";"";"a ";;\r\n', ("x", "y", "a"))
    assert found == header.Header(("y", "x", "(column 3)", "a"), ";", True)


def test_of_two_files_of_one_name_the_other_is_told(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    name = "acled_2024.csv"
    for year, number in ((2023, "IND1"), (2024, "IND2"), (2025, "IND3")):
        text = written([{**ACLED, "event_id_cnty": number}]).encode()
        put(study, "acled", name, text, year)
    planned = [one for one in plan.plan(study, offline=True) if one.action == plan.NOT_READ]
    assert ["2023/acled_2024.csv" in one.subject for one in planned] == [True]
    (summary,) = update(study)
    # That of its own year is read.
    assert ask(study, "select event_id from core.event") == [("IND2",)]
    assert summary.failures == {"not_recognised": 2}
    assert ask(study, "select name, status from meta.missing_file order by name") == [
        (f"{year}/{name}", "not_recognised") for year in (2023, 2025)
    ]
    # Under a name of its own it is read, and nothing is told any longer.
    folder = study.downloads / "acled"
    (folder / "2023" / name).rename(folder / "2023" / "acled_2024_b.csv")
    (folder / "2025" / name).unlink()
    (summary,) = update(study)
    assert (summary.failures, summary.n_loaded) == ({}, 1)
    assert ask(study, "select count(*) from meta.missing_file") == [(0,)]
