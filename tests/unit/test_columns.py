"""What the columns of a colleague's table mean is proposed from names and values, or asked."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from detente.base.errors import UsageError
from detente.sources import table_header
from detente.studies.actors import Gazetteer
from detente.studies.columns import NotRecognisedError, Proposal, Recogniser
from detente.studies.sheet import read

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
    with pytest.raises(UsageError, match=r"as 2015-04-03 or 2015-03-04.*--date-format"):
        _propose(path)
    assert _propose(path, "%m/%d/%Y").days[0] == date(2015, 3, 4)
    sure = _write(tmp_path, "date,source,target,code", ["23/04/2015,GRC,TUR,042"])
    assert _propose(sure).date_format == "%d/%m/%Y"


@pytest.mark.parametrize(
    ("days", "form"),
    [
        (("5/1/20", "25/2/20"), "%d/%m/%y"),
        (("05-13-2020", "02-01-2020"), "%m-%d-%Y"),
        (("5-Jan-20", "25-Feb-20"), "%d-%b-%y"),
        (("2020-01-05T10:30:00", "2020-02-25T11:00:00"), "%Y-%m-%dT%H:%M:%S"),
        (("43835", "43886.5"), "excel"),
        (("20200105", "20200225"), "%Y%m%d"),
    ],
)
def test_days_as_spreadsheets_write_them(tmp_path: Path, days: tuple[str, str], form: str) -> None:
    rows = [f"{day},GRC,TUR,042" for day in days]
    assert _propose(_write(tmp_path, "date,source,target,code", rows)).date_format == form


@pytest.mark.parametrize("days", [("05-01-2020", "06-02-2020"), ("5/1/20", "6/2/20")])
def test_no_order_of_day_and_month_is_guessed(tmp_path: Path, days: tuple[str, str]) -> None:
    rows = [f"{day},GRC,TUR,042" for day in days]
    with pytest.raises(UsageError, match="in more than one way"):
        _propose(_write(tmp_path, "date,source,target,code", rows))


def test_titles_above_the_header_and_totals_below_it_are_seen(tmp_path: Path) -> None:
    lines = ["Incidents, by day, 2015", "Source: a ministry", "", "date;source;target;code;"]
    rows = [";".join(row[:4]) + ";" for row in ROWS] + ["Total;3;;;"]
    path = tmp_path / "acts.csv"
    path.write_text("\n".join([*lines, *rows, ""]), encoding="utf-8")
    table, found = read(path), _propose(path)
    assert (table.n_above, table.header[0], table.header[4]) == (2, "date", "(column 5)")
    assert found.days == (date(2015, 3, 1), date(2016, 5, 20))
    assert (found.odd_days, found.n_without) == (("Total",), {"actor2": 1})
    path.write_text("\n".join(["sep=;", *lines[3:], *rows]), encoding="utf-16-le")
    assert read(path).separator == ";"
    assert _propose(path).days == found.days


def test_the_sheets_that_are_not_read_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "About"
    book.active.append(["Compiled by hand"])
    book.active.append(["2015 to 2016"])
    sheet = book.create_sheet("Acts")
    sheet.merge_cells("A1:D1")
    sheet["A1"] = "Acts in the Aegean"
    for row in (("date", "source", "target", "code"), *(one[:4] for one in ROWS)):
        sheet.append(row)
    book.save(tmp_path / "acts.xlsx")
    with pytest.raises(UsageError, match=r"sheet 'About' was read; --sheet takes another: Acts"):
        _propose(tmp_path / "acts.xlsx")
    table = read(tmp_path / "acts.xlsx", "Acts")
    assert (table.n_above, table.others) == (1, ("About",))
    assert Recogniser(table, Gazetteer()).propose({}).pairs[0] == ("GRC", "TUR")


def test_a_former_state_counts_as_the_tables_have_it(tmp_path: Path) -> None:
    rows = ["1985-01-05,USSR,USA,042", "1986-01-05,USA,England,042", "1987-01-05,USA,NATO,042"]
    found = _propose(_write(tmp_path, "date,source,target,code", rows))
    assert (found.former, found.unknown) == (("USSR", "England", "NATO"), ())
    assert found.pairs == (("GBR", "USA"), ("RUS", "USA"))
    assert found.words == {"USA": "USA"}, "their days are the tables', not the file's own alias"


def test_a_file_without_codes_says_what_to_do(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,source,target,code", ["2015-04-03,GRC,TUR,visit"])
    with pytest.raises(UsageError, match="--map cameo_code=042"):
        _propose(path)
    with pytest.raises(UsageError, match=r"two to four digits.*--map code=what"):
        _propose(path, cameo_code="what")
    found = _propose(path, cameo_code="042")
    assert (found.cameo_code, "code" in found.columns) == ("042", False)


def test_a_column_that_is_not_recognised_is_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,left,right,code", ["2015-04-03,GRC,TUR,042"])
    # Who acts is not to be read off two columns of states; the line to type is told.
    told = r"actor1, actor2.*date, left, right, code.*--map 'actor1=left' --map 'actor2=right'"
    with pytest.raises(NotRecognisedError, match=told) as caught:
        _propose(path)
    assert caught.value.fields == ("actor1", "actor2")
    assert _propose(path, actor1="left", actor2="right").pairs == (("GRC", "TUR"),)
    with pytest.raises(UsageError, match="no such column"):
        _propose(path, actor1="LEFT")
    with pytest.raises(UsageError, match="expected a field of"):
        _propose(path, who="left")


ABROAD = [
    ("Tag;Akteur;Ziel;CAMEO;Überschrift", "03.02.2015;Griechenland;Türkei;042;Besuch", "utf-16"),
    ("Tag;Akteur;Ziel;CAMEO;Überschrift", "23.02.2015;Griechenland;Türkei;042;Gruß", "cp1252"),
    ("Jour;Auteur;Cible;Code CAMEO;Titre", "23/02/2015;Grèce;Turquie;042;Été – €", "cp1252"),
    ("Fecha|Origen|Destino|Código|Título", "2015-02-23|Grecia|Turquía|042|Año", "utf-8-sig"),
    ("Дата\tИсточник\tЦель\tКод", "23.02.2015\tГреция\tТурция\t042", "utf-16-be"),
]


@pytest.mark.parametrize(("header", "row", "encoding"), ABROAD)
def test_a_table_of_another_country_is_read_as_its_spreadsheet_wrote_it(
    tmp_path: Path, header: str, row: str, encoding: str
) -> None:
    path = tmp_path / "acts.csv"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_bytes(f"{mark}{header}\r\n{row}\r\n".encode(encoding))
    found = _propose(path)
    assert found.pairs == (("GRC", "TUR"),)
    assert found.days[0].month == 2
    names = header.replace("|", ";").replace("\t", ";").split(";")
    assert [found.columns[one] for one in ("event_date", "actor1", "actor2", "code")] == names[:4]


def test_a_code_page_that_no_mark_tells_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    path.write_bytes("date,source,target,code\n2015-02-23,Греция,Турция,042\n".encode("cp1251"))
    with pytest.raises(UsageError, match=r"0 of 2 names.*Windows-1252; --encoding names another"):
        _propose(path)
    found = Recogniser(read(path, encoding="cp1251"), Gazetteer()).propose({})
    assert found.pairs == (("GRC", "TUR"),)
    with pytest.raises(UsageError, match="--encoding"):
        read(path, encoding="no-such-code-page")


def test_names_of_columns_in_a_code_page_that_no_mark_tells_are_doubted(tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    text = "Ημερομηνία;Δρων;Στόχος;Κώδικας;Τίτλος\n2015-02-23;GRC;TUR;042;Επίσκεψη\n"
    path.write_bytes(text.encode("cp1253"))
    with pytest.raises(UsageError, match=r"actor1, actor2; .*Windows-1252; --encoding names"):
        _propose(path)
    found = Recogniser(read(path, encoding="cp1253"), Gazetteer()).propose({})
    assert found.columns == {
        "event_date": "Ημερομηνία", "actor1": "Δρων", "actor2": "Στόχος", "code": "Κώδικας",
        "title": "Τίτλος",
    }  # fmt: skip


@pytest.mark.parametrize("title", ["제목", "題名", "标题", "Τίτλος", "Titel"])
def test_titles_are_recognised_in_several_languages(tmp_path: Path, title: str) -> None:
    path = _write(tmp_path, f"date;from;to;code;{title}", [";".join(row) for row in ROWS])
    assert _propose(path).columns["title"] == title


def test_days_and_codes_are_recognised_by_what_stands_there(tmp_path: Path) -> None:
    rows = ["1,2015-04-03,GRC,TUR,042", "2,2015-04-05,TUR,GRC,190"]
    found = _propose(_write(tmp_path, "n,x,source,target,y", rows))
    assert (found.columns["event_date"], found.columns["code"]) == ("x", "y")
    two = _write(tmp_path, "x,z,source,target,y", ["2015-04-03,2015-04-04,GRC,TUR,042"])
    with pytest.raises(UsageError, match=r"event_date.*--map event_date="):
        _propose(two)


def test_codes_without_their_zeros_are_told(tmp_path: Path) -> None:
    rows = ["2015-04-03,GRC,TUR,42", "2015-04-05,TUR,GRC,190", "2015-04-05,TUR,GRC,36"]
    with pytest.raises(UsageError, match=r"'cameo'.*'42'.*'042'.*as text"):
        _propose(_write(tmp_path, "date,source,target,cameo", rows))


def test_several_states_of_one_side_are_each_a_state(tmp_path: Path) -> None:
    rows = ["2015-04-03,GRC; CYP,TUR,042"]
    found = _propose(_write(tmp_path, "date,source,target,code", rows))
    assert found.unknown == ()
    assert set(found.pairs) == {("CYP", "TUR"), ("GRC", "TUR")}


def test_columns_that_hold_no_actors_are_no_actors(tmp_path: Path) -> None:
    path = _write(tmp_path, "date,source,target,code", ["2015-04-03,Reuters,AP,042"])
    with pytest.raises(UsageError, match="0 of 2 names of actors"):
        _propose(path)


@pytest.mark.parametrize(
    "header", ["date;source;initiator;target;code", "date;source;sender;to;code"]
)
def test_a_side_is_the_column_that_holds_states(tmp_path: Path, header: str) -> None:
    """A column "source" may name the newspaper, one beside it the state."""
    rows = [f"2015-0{one}-01;Kathimerini, {one} May;GRC;TUR;042" for one in range(1, 10)]
    found = _propose(_write(tmp_path, header, [*rows, "2015-05-20;GRC;Hezbollah;TUR;042"]))
    names = header.split(";")
    assert [found.columns[one] for one in ("actor1", "actor2")] == names[2:4]
    assert found.columns["source_name"] == "source"
    rows = [row.replace("Kathimerini, ", "https://www.ekathimerini.com/") for row in rows]
    assert _propose(_write(tmp_path, header, rows)).columns["source_url"] == "source"
    # Where both hold states, the first name in the list of names counts, as ever.
    found = _propose(_write(tmp_path, header, ["2015-05-20;GRC;USA;TUR;042"]))
    assert found.columns["actor1"] == "source"


def test_a_side_of_which_no_name_is_known_is_asked_for(tmp_path: Path) -> None:
    """The names of the other side hid it, and every row of the new study was rejected."""
    path = _write(tmp_path, "date;source;target;code", ["2015-04-03;Kathimerini, 3 May;TUR;042"])
    with pytest.raises(UsageError, match=r"0 of 1 names of actors in 'source' are known"):
        _propose(path)


@pytest.mark.parametrize(
    ("header", "field", "kept", "left_out"),
    [
        ("weight", "goldstein", ("-2.0", "3,4", "NA"), ("0.5", "1", "2")),
        ("score", "goldstein", ("-10", "8", ""), ("-7,200.0", "8", "1")),
        ("intensity", "goldstein", ("-5", "1", "2"), ("high", "low", "-5")),
        ("lat", "latitude", ("41.0", "-", "38,5"), ("41.0", "N 38", "12")),
        ("added", "added_at", ("2015-03-02", "2015-03-03T10:00:00", ""), ("yes", "no", "yes")),
        ("id", "event_id", ("a", "b", "c"), ("summit", "summit", "talks")),
    ],
)
def test_a_column_that_nobody_needs_is_taken_only_if_it_costs_no_row(
    tmp_path: Path, header: str, field: str, kept: tuple[str, ...], left_out: tuple[str, ...]
) -> None:
    for values, is_taken in ((kept, True), (left_out, False)):
        rows = [";".join([*row, one]) for row, one in zip(ROWS, values, strict=True)]
        # The sum of a column, below it, is no value of it.
        path = _write(tmp_path, f"date;from;to;cameo;title;{header}", [*rows, "Total;;;;;999"])
        assert (_propose(path).columns.get(field) == header) is is_taken
    # Whoever names the column has it.
    assert _propose(path, **{field: header}).columns[field] == header


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
    with pytest.raises(UsageError, match=r"a folder; name one file, such as acts\.csv"):
        read(tmp_path)


def test_days_that_cannot_be_begin_no_study(tmp_path: Path) -> None:
    rows = [f"2015-0{one}-01,GRC,TUR,042" for one in range(1, 10)] * 3
    odd = ["0215-03-01,GRC,TUR,042", "2915-03-01,GRC,TUR,042", "soon,GRC,TUR,042"]
    found = _propose(_write(tmp_path, "date,source,target,code", rows + odd))
    assert found.days == (date(2015, 1, 1), date(2015, 9, 1))
    assert found.odd_days == ("0215-03-01", "2915-03-01", "soon")
    with pytest.raises(UsageError, match=r"expected days from 1500-01-01 to today.*'0215-03-01'"):
        _propose(_write(tmp_path, "date,source,target,code", odd[:2]))


def test_a_guessed_code_page_is_shown_by_its_letters(tmp_path: Path) -> None:
    path = tmp_path / "acts.csv"
    path.write_bytes("date,source,target,code,title\n2015-02-23,GRC,TUR,042,회담\n".encode("cp949"))
    assert read(path).guessed == "È¸´ã"
    assert read(path, encoding="cp949").guessed is None


@pytest.mark.parametrize(
    "header",
    [
        "Fecha;País de origen;País destino;Código CAMEO;Descripción",
        "date;from_state;to_state;cameo;note",
        "날짜;행위국;대상국;code;제목",
        "日付;行為国;相手国;code;title",
        "Datum;Akteur (Staat);Ziel (Staat);Code CAMEO;Titel",
        "Ημερομηνία;Δρων;Στόχος;cameo;Τίτλος",
    ],
)
def test_a_word_of_a_longer_name_says_who_acts(tmp_path: Path, header: str) -> None:
    """Words say it only of a column that holds states."""
    found = _propose(_write(tmp_path, header, [";".join(row) for row in ROWS]))
    names = header.split(";")
    assert (found.columns["actor1"], found.columns["actor2"]) == (names[1], names[2])


def test_one_odd_name_among_few_states_hides_no_column(tmp_path: Path) -> None:
    rows = ["2015-03-01;GRC;TUR;042"] * 20 + ["2015-03-02;GRC;Atlantis;042"]
    found = _propose(_write(tmp_path, "date;Akteur (Staat);Ziel (Staat);code", rows))
    assert (found.columns["actor2"], found.unknown) == ("Ziel (Staat)", ("Atlantis",))


def test_a_word_of_both_sides_or_no_states_says_nothing(tmp_path: Path) -> None:
    rows = [f"2015-03-01;GRC;{other};042" for other in ("TUR", "CYP")]
    with pytest.raises(NotRecognisedError, match="actor1, actor2"):
        _propose(_write(tmp_path, "date;from source to target;states;code", rows))


def test_names_that_come_again_in_whatever_letters_are_told_apart_by_their_place() -> None:
    header = ["Day", " day ", "", "who", "Day"]
    assert table_header.names(header) == (
        "Day", "day (column 2)", "(column 3)", "who", "Day (column 5)",
    )  # fmt: skip
