"""Every parser on made-up and damaged input: it refuses in words, and every row is accounted for.

`make fuzz` tries a hundred times as many examples and keeps in `corpus/` what failed and what had a
parser say something new (`kept.py`); every run tries those again.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente import settings as study_settings
from detente import sources
from detente.base.errors import DetenteError, RawFileError, SettingsError
from detente.database.builder import Warehouse
from detente.records import parsing, scales
from detente.records.record import Vocabulary
from detente.records.sidecar import Sidecar
from detente.records.sidecar import read as read_sidecar
from detente.refresh import lookups, raw_files
from detente.settings import Settings
from detente.sources import (
    acled_interface,
    archive,
    dataverse,
    gdelt1,
    gdelt2,
    icews,
    polecat,
    ucdp_ged,
)
from detente.sources.base import Source
from detente.sources.fetch import Fetcher, Limits
from detente.store.events import Store
from detente.store.loader import Loader
from tests.support.studies import ROOT, sidecar_text, study_table

TIMES = int(os.environ.get("DETENTE_FUZZ", "1"))


def tried(n: int) -> Callable[[Any], Any]:
    return effort(
        max_examples=n * TIMES,
        derandomize=TIMES == 1,  # the default suite is the same on every day
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


# -- making bad files of good ones ---------------------------------------------------------------

# What breaks parsers: quotes, separators, ends of lines, NUL, marks, half characters, huge numbers.
SPLINTERS = st.sampled_from(
    [
        b"", b'"', b'""', b"'", b",", b"\t", b"\n", b"\r", b"\r\n", b"\0", b"\xef\xbb\xbf", b"\xff",
        b"\xc3", b"\x1a", b"\x0b", b"\x0c", b"\x1c", b"\x85", b"\xe2\x80\xa8", b"\\", b"-", b" ",
        b"0", b"1e999", b"99999999999999999999999", b"-1", b"NaN", b"null", b"2023-02-30",
        b"0000-00-00", b"99999-01-01", b"20230230", b"[", b"]", b"{", b"}", b"=", b"#", b"<", b">",
    ]
) | st.binary(max_size=8)  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn, good: bytes) -> bytes:
    """Return good bytes with some cut out, put in, repeated or swapped."""
    content = bytearray(good)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(content)))
        to = min(len(content), at + draw(st.sampled_from([0, 1, 2, 7, 60, 4000])))
        kind = draw(st.sampled_from(["replace", "repeat", "move"]))
        if kind == "replace":
            content[at:to] = draw(SPLINTERS)
        elif kind == "repeat":
            content[at:at] = content[at:to]
        else:
            piece = content[at:to]
            del content[at:to]
            there = draw(st.integers(0, len(content)))
            content[there:there] = piece
    return bytes(content)


def bad(*good: bytes) -> st.SearchStrategy[bytes]:
    return st.sampled_from(good).flatmap(damaged) | st.binary(max_size=200)


def seeds(corpus: Any, part: int = 0) -> list[bytes]:
    """Return what the corpus holds, to make inputs from; only where it is to grow."""
    return [parts[part] for parts in corpus.seeds]


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return buffer.getvalue()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of this one example."""
    made = Path(tempfile.mkdtemp(prefix="detente-fuzz-"))
    try:
        yield made
    finally:
        shutil.rmtree(made)


# -- the study's own files -----------------------------------------------------------------------

STUDY = (
    study_table("2015-01-01", "JPN", "KOR", "CHN")
    + """\
[index]
half_life_days = 90.0
[sources.gdelt2]
enabled = true
start = 2019-10-10
base_url = "http://127.0.0.1:9/"
[sources.csv.mine]
path = "mine.csv"
covers_from = 2021-01-01
[sources.csv.mine.columns]
event_date = "day"
actor1 = "who"
actor2 = "whom"
code = "what"
[sources.csv.book]
path = "book.xlsx"
covers_from = 2021-01-01
[sources.csv.book.columns]
event_date = "day"
actor1 = "who"
actor2 = "whom"
code = "what"
"""
)
SIDECAR = sidecar_text(
    "1998-01-01",
    "2025-12-31",
    """\
[categories]
summit = "a meeting"
[rule]
name = "launches"
cameo_code = "150"
[rule.targets.missile_class]
ICBM = ["JPN", "USA"]
[rule.targets.overflew_japan]
true = ["JPN"]
[columns.missile_class]
type = "text"
required = false
description = "class"
values = { SRBM = "short range", ICBM = "long range" }
[columns.n_missiles]
type = "integer"
description = "how many"
[columns.overflew_japan]
type = "boolean"
description = "whether"
[columns.landed_in_japan_eez]
type = "boolean"
description = "whether"
""",
)
RECORDS = (
    b"record_id,event_date,end_date,actor1,actor2,cameo_code,reverse_cameo_code,category,title,"
    b"source_name,source_url,missile_class,n_missiles,overflew_japan,landed_in_japan_eez\n"
    b'a-visit,2023-03-16,2023-03-17,KOR;USA,JPN,042,043,summit,"A visit, in short",Ministry,'
    b"https://example.org/,,,,\n"
    b"a-launch,2023-03-16,,PRK,,,,summit,A launch,Staff,https://example.org/,ICBM,1,true,false\n"
)

SCALE = (
    b'lowest = -10\nhighest = 10.0\ntitle = "a"\nunit = "b"\nmapping = "c"\nleaves_out = "d"\n'
    b'citation = "e"\nurl = "https://example.org/"\nlicence = "CC0"\n'
)
SCALE_TABLE = b'cameo_code,value,category\n010,-1.5,"a, b"\n042,,\n190,10,c\n'


@pytest.fixture(scope="module")
def study(write_study: Callable[..., Settings], tmp_path_factory: pytest.TempPathFactory) -> Any:
    return write_study(tmp_path_factory.mktemp("fuzz"), [], toml=STUDY)


@pytest.fixture(scope="module")
def vocabulary(study: Settings) -> Vocabulary:
    from detente.refresh import input_tables, record_tables

    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.reference_tables(warehouse, study)
        return record_tables.vocabulary(warehouse)


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Sidecar:
    path = tmp_path_factory.mktemp("sidecar") / "launches.toml"
    path.write_text(SIDECAR)
    return read_sidecar(path)


def check_records(
    content: bytes, study: Settings, vocabulary: Vocabulary, sidecar: Sidecar
) -> set[str]:
    parsed = parsing.parse(content, sidecar, vocabulary, study.study.start)
    (parsed,) = parsing.deduplicate([parsed])
    rows = [
        one.raw_row
        for kind in (parsed.records, parsed.out_of_scope, parsed.duplicates, parsed.rejections)
        for one in kind
    ]
    assert len(rows) == len(set(rows)) == parsed.n_rows, "a line stands in one place only"
    # Lines that hold anything below the header, counted here in another way.
    lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
    filled = [n for n, line in enumerate(lines, start=1) if line.strip(b" \t,")]
    # A line of empty quoted fields holds nothing either.
    empty = {n for n in filled if not lines[n - 1].strip(b' \t,"')}
    assert set(filled[1:]) - empty <= set(rows) <= set(filled)
    for one in parsed.rejections:
        assert one.reason
        one.raw_text.encode()
    said = {f"{one.column}: {one.reason}" for one in parsed.rejections}
    return said | {f"duplicates {bool(parsed.duplicates)}, records {bool(parsed.records)}"}


@tried(75)
@given(data=st.data())
def test_records(
    study: Settings,
    vocabulary: Vocabulary,
    sidecar: Sidecar,
    corpus: Any,
    data: st.DataObject,
) -> None:
    kept = corpus("records")
    content = data.draw(bad(RECORDS, *seeds(kept)))
    with kept.watching(content) as said:
        said |= check_records(content, study, vocabulary, sidecar)


def check_sidecar(content: bytes) -> set[str]:
    with folder() as made:
        (made / "x.toml").write_bytes(content)
        try:
            found = read_sidecar(made / "x.toml")
        except RawFileError as error:
            assert "x.toml" in str(error)
            return {str(error).replace(str(made), "")}
        assert isinstance(found.covers_from, date)
        assert isinstance(found.title, str)
    return {"good"}


def check_settings(content: bytes) -> set[str]:
    with folder() as made:
        (made / "detente.toml").write_bytes(content)
        try:
            found = study_settings.load(made / "detente.toml")
            sources.known(found)
        except SettingsError as error:
            assert "detente.toml" in str(error)
            return {str(error).replace(str(made), "")}
    return {"good"}


def check_scale(text: bytes, table: bytes) -> set[str]:
    with folder() as made:
        for path in (ROOT / "data/raw/reference/scales").glob("goldstein.*"):
            shutil.copy(path, made)
        (made / "mine.toml").write_bytes(text)
        (made / "mine.csv").write_bytes(table)
        try:
            found = scales.read_all(made, {"010": 0.0, "042": 1.9, "190": -10.0})
        except RawFileError as error:
            assert "mine" in str(error)
            return {str(error).replace(str(made), "")}
        mine = next(one for one in found if one.name == "mine")
        assert mine.lowest < mine.highest
        assert all(
            value is None or mine.lowest <= value <= mine.highest
            for value, _ in mine.values.values()
        )
    return {"good"}


@pytest.mark.parametrize(
    ("kind", "good", "check"),
    [("sidecar", SIDECAR, check_sidecar), ("settings", STUDY, check_settings)],
    ids=["sidecar", "settings"],
)
@tried(40)
@given(data=st.data())
def test_sidecars_and_settings(
    corpus: Any, kind: str, good: str, check: Callable[[bytes], set[str]], data: st.DataObject
) -> None:
    kept = corpus(kind)
    content = data.draw(bad(good.encode(), *seeds(kept)))
    with kept.watching(content) as said:
        said |= check(content)


@tried(30)
@given(data=st.data())
def test_scales(corpus: Any, data: st.DataObject) -> None:
    kept = corpus("scale")
    text = data.draw(bad(SCALE, *seeds(kept)))
    table = data.draw(bad(SCALE_TABLE, *seeds(kept, 1)))
    with kept.watching(text, table) as said:
        said |= check_scale(text, table)


def test_the_corpus_of_the_study_s_own_files(
    study: Settings, vocabulary: Vocabulary, sidecar: Sidecar, corpus: Any
) -> None:
    for parts in corpus("records").entries.values():
        check_records(*parts, study, vocabulary, sidecar)
    for parser, check in (
        ("sidecar", check_sidecar), ("settings", check_settings), ("scale", check_scale),
    ):  # fmt: skip
        for parts in corpus(parser).entries.values():
            check(*parts)


# -- providers' files ----------------------------------------------------------------------------


def _line(columns: tuple[str, ...], separator: str, **values: str) -> str:
    return separator.join(values.get(name.replace(" ", "_"), "") for name in columns) + "\n"


def _gdelt(columns: tuple[str, ...]) -> bytes:
    return "".join(
        _line(
            columns, "\t", GLOBALEVENTID=str(number), SQLDATE="20191024", Actor1Code="JPN",
            Actor1CountryCode="JPN", Actor2Code="KORGOV", Actor2CountryCode="KOR", EventCode=code,
            DATEADDED="20191024143000", NumMentions="3", GoldsteinScale="1.0",
        )
        for number, code in ((1, "042"), (2, "010"), (3, "nonsense"))
    ).encode()  # fmt: skip


def workbook() -> bytes:
    book = openpyxl.Workbook()
    assert book.active
    book.active.append(["day", "who", "whom", "what", 1, 1.5])
    book.active.append([date(2021, 2, 1), "JPN", "KOR", 42, None, "=1+1"])
    book.active["D2"].number_format = "000"
    book.active.append(["2021-02-03", "KOR", "JPN", "010", True, "x" * 50])
    book.active.append(["soon", 7, "JPN", 1.5, date(1900, 1, 1), ""])
    book.properties.created = book.properties.modified = datetime(2020, 1, 1)
    buffer = io.BytesIO()
    book.save(buffer)
    return repacked(members(buffer.getvalue()))


def members(packed: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archived:
        return {one.filename: archived.read(one) for one in archived.infolist()}


def repacked(content: dict[str, bytes]) -> bytes:
    """Pack members with one date, so that the bytes are the same on every day."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, text in content.items():
            archived.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    return buffer.getvalue()


BOOK = workbook()
MEMBERS = members(BOOK)


def a_member_of_book() -> list[bytes]:
    """Return what stands for a workbook here: the name of one member, a line, and what it says."""
    return [name.encode() + b"\n" + text for name, text in MEMBERS.items()]


def book_with(member: bytes) -> bytes:
    """Return the good workbook with one member in another wording."""
    name, _, text = member.partition(b"\n")
    return repacked({**MEMBERS, name.decode("latin-1"): text})


@st.composite
def bad_member(draw: st.DrawFn, *known: bytes) -> bytes:
    """Damage what one member of a workbook says."""
    name, _, text = draw(st.sampled_from([*a_member_of_book(), *known])).partition(b"\n")
    return name + b"\n" + draw(damaged(text))


GDELT1 = tuple(name for name in gdelt2.COLUMNS if not name.endswith("ADM2Code"))
CSIS = (
    b"date,type,event,description,resources,year\n"
    b'2023-03-16,Missile Provocation,Intercontinental Ballistic Missile,"One, new",x,2023\n'
)
MINE = b'day,who,whom,what\n2021-02-03,JPN,KOR,042\n2021-02-04,KOR,JPN,"010"\n'
ACLED_ROW = dict.fromkeys(acled_interface.COLUMNS, "") | {
    "event_id_cnty": "JPN1", "event_date": "2023-03-16", "event_type": "Battles",
    "sub_event_type": "Armed clash", "actor1": "Military Forces of Japan",
    "actor2": "Military Forces of South Korea", "latitude": "1", "longitude": "2", "source": "x",
    "timestamp": "1700000000",
}  # fmt: skip
N_CODE = icews.COLUMNS.index("CAMEO Code")
# Source, name on disk, and a good content of each.
FILES: dict[str, tuple[str, bytes]] = {
    "gdelt2": ("20191024143000.export.CSV", _gdelt(gdelt2.COLUMNS)),
    "gdelt1": ("20191024.export.CSV", _gdelt(GDELT1)),
    "icews": (
        "20180601-icews-events.tab",
        (
            "\t".join(icews.COLUMNS) + "\n" + _line(
                icews.COLUMNS, "\t", Event_ID="1", Event_Date="2018-06-01", Source_Country="Japan",
                Target_Country="South Korea", Event_Text="Make a visit", CAMEO_Code="042",
            )
        ).encode(),
    ),
    "polecat": (
        "ngecEvents.DV.2023.txt",
        (
            "\t".join(polecat.COLUMNS) + "\n" + _line(
                polecat.COLUMNS, "\t", Event_ID="A", Event_Date="2023-05-07", Event_Type="CONSULT",
                Event_Mode="visit", Actor_Country="JPN", Recipient_Country="KOR",
            )
        ).encode(),
    ),
    "csis_provocations": ("csis_provocations_1958_present@20230101-0123456789ab.csv", CSIS),
    "ucdp_ged": (
        "GEDEvent_v25_0_1.csv",
        (
            ",".join(ucdp_ged.COLUMNS) + "\n" + _line(
                ucdp_ged.COLUMNS, ",", id="1", type_of_violence="1", side_a="Government of India",
                side_b="Government of China", gwnoa="750", gwnob="710",
                date_start="2020-06-15 00:00:00.000", date_end="2020-06-15", best="2",
            )
        ).encode(),
    ),
    "acled": (
        "acled_2023@20230101-0123456789ab.csv",
        (",".join(ACLED_ROW) + "\n" + ",".join(ACLED_ROW.values()) + "\n").encode(),
    ),
    "mine": ("mine@20230101-0123456789ab.csv", MINE),
    "book": ("book@20230101-0123456789ab.xlsx", a_member_of_book()[0]),
}  # fmt: skip
# Layouts of other years: without an address, without codes and with other dates, without a header.
OTHERS: dict[str, list[bytes]] = {
    "gdelt1": [_gdelt(GDELT1[:-1])],
    "icews": [
        "".join(
            "\t".join(field for at, field in enumerate(line.split("\t")) if at != N_CODE) + "\n"
            for line in FILES["icews"][1].decode().splitlines()
        ).replace("2018-06-01", "06/01/2018").encode()
    ],
    "ucdp_ged": [FILES["ucdp_ged"][1].split(b"\n", 1)[1]],
}  # fmt: skip
PACKED = {"gdelt2": ".zip", "gdelt1": ".zip", "icews": ".zip", "polecat": ".gz"}
# Lines of these are rows, whatever they hold; so many first ones are headers.
LINE_BY_LINE = {"gdelt2": 0, "gdelt1": 0, "icews": 1, "polecat": 1}


def _account(study: Settings, source: Source, name: str, content: bytes, ready: Any) -> Any:
    """Load one file into a store of its own; return its account and what the store holds."""
    remote = source.recognise(name)
    assert remote, f"{name} is a name of {source.name}"
    with folder() as made:
        path = made / name
        path.write_bytes(content)
        raw = raw_files.raw_file(study, source, remote, path)
        store = Store(made / "events")
        loader = Loader(store, ready, source, "recipe", lambda: None, batch_bytes=1 << 16)
        (count,) = loader.load([raw])
        held = {
            kind: ready.rows(f"select count(*) from {store.relation(kind)}")[0][0]
            for kind in ("event", "other", "rejected")
        }
        reasons = ready.rows(
            f"select distinct column_name, reason from {store.relation('rejected')}"
        )
    return count, held, [f"{column}: {reason}" for column, reason in reasons]


@pytest.fixture(scope="module", params=sorted(FILES))
def reader(request: pytest.FixtureRequest, study: Settings) -> Iterator[Any]:
    """A source, and a database that is ready to load its files."""
    source = sources.named(study, request.param, keep_lists=False)
    with Warehouse() as warehouse:
        lookups.prepare(warehouse, study, source)
        yield request.param, source, warehouse


def packed_as(kind: str, content: bytes) -> bytes:
    """Pack a file as its provider does."""
    name, _ = FILES[kind]
    how = {".zip": lambda: zipped(name, content), ".gz": lambda: gzip.compress(content, mtime=0)}
    if kind == "book":
        return book_with(content)
    return how[PACKED[kind]]() if kind in PACKED else content


def check_file(study: Settings, reader: Any, content: bytes, packed: bytes = b"") -> set[str]:
    """Load a file, packed as its provider does or in the given way, and hold it to its account."""
    kind, source, warehouse = reader
    name = FILES[kind][0] + PACKED.get(kind, "")
    count, held, said = _account(study, source, name, packed or packed_as(kind, content), warehouse)
    assert count.n_read == (
        count.n_loaded
        + count.n_out_of_scope
        + count.n_unknown
        + count.n_duplicate
        + count.n_rejected
    )
    assert held == {
        "event": count.n_loaded, "other": count.n_out_of_scope + count.n_unknown,
        "rejected": count.n_rejected,
    }  # fmt: skip
    if count.problem:
        assert held == {"event": 0, "other": 0, "rejected": 0}, "of a bad file nothing is kept"
    elif kind in LINE_BY_LINE and not packed:
        lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        filled = [line for line in lines if line.strip(b" \r")]
        assert count.n_read == max(0, len(filled) - LINE_BY_LINE[kind]), "a row is lost"
    return {*said, f"{count.status} {count.problem}", f"duplicates {bool(count.n_duplicate)}"}


@tried(6)
@given(data=st.data())
def test_files_of_providers(study: Settings, reader: Any, corpus: Any, data: st.DataObject) -> None:
    kind = reader[0]
    kept = corpus(kind)
    goods = [FILES[kind][1], *OTHERS.get(kind, ()), *seeds(kept)]
    content, packed = data.draw((bad_member if kind == "book" else bad)(*goods)), b""
    if (kind in PACKED or kind == "book") and data.draw(st.booleans()):
        content, packed = b"", data.draw(damaged(packed_as(kind, content)))
    with kept.watching(content, packed) as said:
        said |= check_file(study, reader, content, packed)


def test_the_corpus_of_files_of_providers(study: Settings, reader: Any, corpus: Any) -> None:
    for parts in corpus(reader[0]).entries.values():
        check_file(study, reader, *parts)


# What once failed: a source, and what is put in the place of what in its good file.
ONCE_FAILED = [
    ("ucdp_ged", b"id,", b'id",'),  # a quote left open in the header took the rows with it
    ("icews", b"Event ID\t", b"\tEvent ID\t"),  # a column without a name
    ("icews", b"Story ID\t", b"EVENT ID\t"),  # two names that differ in case alone
    ("icews", b"Story ID\t", b"Story\0ID\t"),
    ("acled", b"year,", b",year,"),
    ("acled", b"1700000000", b"17000000001700000"),  # more seconds than microseconds have numbers
]


@pytest.mark.parametrize(("kind", "old", "new"), ONCE_FAILED)
def test_files_that_once_failed(study: Settings, kind: str, old: bytes, new: bytes) -> None:
    source = sources.named(study, kind, keep_lists=False)
    name, good = FILES[kind]
    content = good.replace(old, new, 1)
    assert content != good
    with Warehouse() as warehouse:
        lookups.prepare(warehouse, study, source)
        count, held, _ = _account(study, source, name, content, warehouse)
    assert count.n_read == sum(held.values()) + count.n_duplicate
    assert count.problem or count.n_read == 1


def test_the_good_files_are_good(study: Settings, reader: Any) -> None:
    kind, source, warehouse = reader
    name, good = FILES[kind]
    name += PACKED.get(kind, "")
    for content in (good, *OTHERS.get(kind, ())):
        count, _, _ = _account(study, source, name, packed_as(kind, content), warehouse)
        assert count.problem is None
        assert count.n_loaded + count.n_out_of_scope + count.n_unknown > 0, (
            "else the fuzzing would touch nothing"
        )


# -- archives ------------------------------------------------------------------------------------


ARCHIVES = {
    ".zip": zipped("a.csv", b"some text\n" * 200),
    ".gz": gzip.compress(b"some text\n" * 200, mtime=0),
    ".xlsx": a_member_of_book()[0],
}


def check_archive(suffix: str, content: bytes) -> set[str]:
    with folder() as made:
        path = made / f"x{suffix}"
        path.write_bytes(book_with(content) if suffix == ".xlsx" else content)
        said = "good"
        try:
            archive.may_exceed(path, 0)
            with archive.opened(path) as stream:
                n = sum(len(piece) for piece in archive.bounded(stream, 1 << 12, path, 1 << 20))
            assert n <= 1 << 20
        except RawFileError as error:
            assert path.name in str(error)
            said = str(error)
        assert [one.name for one in made.iterdir()] == [path.name], "nothing is unpacked to disk"
    return {said.removeprefix(f"{path.name}: ")}


@pytest.mark.parametrize("suffix", ARCHIVES)
@tried(30)
@given(data=st.data())
def test_archives(suffix: str, corpus: Any, data: st.DataObject) -> None:
    kept = corpus(f"archive{suffix}")
    damage = bad_member if suffix == ".xlsx" else bad
    content = data.draw(damage(ARCHIVES[suffix], *seeds(kept)))
    with kept.watching(content) as said:
        said |= check_archive(suffix, content)


@pytest.mark.parametrize("suffix", ARCHIVES)
def test_the_corpus_of_archives(suffix: str, corpus: Any) -> None:
    for parts in corpus(f"archive{suffix}").entries.values():
        check_archive(suffix, *parts)


NAMES = st.sampled_from(
    ["../x", "..\\x", "/etc/x", "C:\\x", "\\\\host\\x", "a/../../x", "./../x", "a:b", "..", "x/.."]
)


@tried(10)
@given(name=NAMES, link=st.booleans())
def test_hostile_names_in_archives(name: str, link: bool) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        if link:
            info.external_attr = 0o120777 << 16
        packed.writestr(info, "/etc/passwd")
    with folder() as made:
        path = made / "x.zip"
        path.write_bytes(buffer.getvalue())
        with pytest.raises(RawFileError, match="outside its folder"), archive.opened(path):
            pass


def test_a_link_in_an_archive_is_text_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hidden")
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as packed:
        info = zipfile.ZipInfo("inside.csv", (2020, 1, 1, 0, 0, 0))
        info.external_attr = 0o120777 << 16
        packed.writestr(info, str(tmp_path / "secret"))
    with archive.opened(path) as stream:
        assert stream.read() == str(tmp_path / "secret").encode()


# -- lists and answers ---------------------------------------------------------------------------

DAYS = (date(1979, 1, 1), date(2030, 1, 1))
MASTER = (
    b"1000 0123456789abcdef0123456789abcdef "
    b"http://data.gdeltproject.org/gdeltv2/20191024143000.export.CSV.zip\n"
) * 2
SUMS = b"0123456789abcdef0123456789abcdef  20191024.export.CSV.zip\n0 2006.zip\n"
DATAVERSE = json.dumps(
    {
        "data": [
            {
                "label": "20180601-icews-events.tab",
                "directoryLabel": "x",
                "dataFile": {
                    "id": 1, "filename": "20180601-icews-events.tab", "filesize": 5,
                    "originalFileFormat": "text/tsv", "originalFileSize": 4,
                    "originalFileName": "20180601-icews-events.tab", "md5": "00",
                    "checksum": {"type": "MD5", "value": "00"},
                },
            },
        ]
    }
).encode()  # fmt: skip
_KEYS = st.sampled_from(
    [
        "data", "dataFile", "id", "filename", "filesize", "originalFileFormat", "originalFileSize",
        "originalFileName", "md5", "checksum", "type", "value", "label", "directoryLabel",
        "event_id_cnty", "event_date", "success", "total_count", "access_token", "expires_in",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["MD5", "20180601-icews-events.tab", "../x", "1e999"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


def json_bytes(outer: str, *good: bytes) -> st.SearchStrategy[bytes]:
    drawn = JSON.map(lambda value: json.dumps({outer: value}).encode())
    files = st.lists(st.dictionaries(_KEYS, JSON, max_size=6), max_size=2)
    return bad(*good) | drawn | files.map(lambda value: json.dumps({outer: value}).encode())


SIZES = b"1 20191024.export.CSV.zip\n"
# The lists of a provider, as it writes them, by the source that reads them.
LISTS: dict[str, tuple[bytes, ...]] = {
    "gdelt2": (MASTER,), "gdelt1": (SUMS, SIZES), "icews": (DATAVERSE,), "polecat": (DATAVERSE,),
}  # fmt: skip


def check_lists(kind: str, *lists: bytes) -> set[str]:
    with folder() as made, Fetcher(Limits(attempts=1, wait_seconds=0)) as fetcher:
        url = made.as_uri() + "/"
        source: Source
        if kind == "gdelt2":
            source = gdelt2.Gdelt2(base_url=url)
            (made / "masterfilelist.txt").write_bytes(lists[0])
        elif kind == "gdelt1":
            source = gdelt1.Gdelt1(base_url=url)
            (made / "md5sums").write_bytes(lists[0])
            (made / "filesizes").write_bytes(lists[1])
        else:
            source = (icews.Icews if kind == "icews" else polecat.Polecat)(base_url=url)
            for doi in source.data_sets:  # type: ignore[attr-defined]
                name = doi.replace("/", "_").replace(":", "_")
                (made / f"{name}.json").write_bytes(lists[0])
        try:
            found = source.available(fetcher, *DAYS)
        except DetenteError as error:
            assert "expected" in str(error)
            return {str(error).replace(url, "")}
        for remote in found:
            assert "/" not in remote.name, "a name never leaves the folder of downloads"
            assert "\\" not in remote.name
            assert remote.first_day <= DAYS[1]
    return {f"files {bool(found)}"}


@pytest.mark.parametrize("kind", LISTS)
@tried(12)
@given(data=st.data())
def test_lists_of_providers(kind: str, corpus: Any, data: st.DataObject) -> None:
    kept = corpus(f"{kind}-list")
    of_json = kind in ("icews", "polecat")
    lists = tuple(
        data.draw(
            json_bytes("data", good, *seeds(kept, part))
            if of_json
            else bad(good, *seeds(kept, part))
        )
        for part, good in enumerate(LISTS[kind])
    )
    with kept.watching(*lists) as said:
        said |= check_lists(kind, *lists)


@pytest.mark.parametrize("kind", LISTS)
def test_the_corpus_of_lists(kind: str, corpus: Any) -> None:
    for parts in corpus(f"{kind}-list").entries.values():
        check_lists(kind, *parts)


class Answering(Fetcher):
    """A fetcher whose server says what is drawn: first to the request for a token."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__(Limits(attempts=1, wait_seconds=0))
        self.answers = list(answers)

    def text(self, url: str, **_: Any) -> bytes:
        return self.answers.pop(0) if self.answers else b'{"data": []}'


TOKEN = b'{"access_token": "t", "expires_in": 86400, "refresh_token": "r"}'
PAGE = json.dumps({"success": True, "total_count": 1, "data": [ACLED_ROW]}).encode()


def check_acled(token: bytes, page: bytes) -> set[str]:
    os.environ.update(
        {acled_interface.USERNAME: "somebody", acled_interface.PASSWORD: "planted-password"}
    )
    try:
        with folder() as made:
            session = acled_interface.Session("https://127.0.0.1:9/")
            acled_interface.write_year(
                session, 2023, Answering(token, page), made / "acled_2023.csv"
            )
    except DetenteError as error:
        assert "planted-password" not in str(error)
        return {str(error)}
    finally:
        del os.environ[acled_interface.USERNAME], os.environ[acled_interface.PASSWORD]
    return {"good"}


@tried(30)
@given(data=st.data())
def test_answers_of_acled(corpus: Any, data: st.DataObject) -> None:
    kept = corpus("acled-answer")
    token = data.draw(st.just(TOKEN) | json_bytes("access_token", TOKEN, *seeds(kept)))
    page = data.draw(json_bytes("data", PAGE, *seeds(kept, 1)))
    with kept.watching(token, page) as said:
        said |= check_acled(token, page)


def check_dataverse(content: bytes) -> set[str]:
    try:
        found = dataverse.files(Answering(content), "https://127.0.0.1:9/", "doi:1")
    except DetenteError as error:
        return {str(error)}
    for one in found:
        assert isinstance(one.name, str)
        assert one.bytes is None or isinstance(one.bytes, int)
    return {f"files {bool(found)}"}


@tried(20)
@given(data=st.data())
def test_lists_of_dataverse(corpus: Any, data: st.DataObject) -> None:
    kept = corpus("dataverse-list")
    content = data.draw(json_bytes("data", DATAVERSE, *seeds(kept)))
    with kept.watching(content) as said:
        said |= check_dataverse(content)


def test_the_corpus_of_answers(corpus: Any) -> None:
    for parts in corpus("acled-answer").entries.values():
        check_acled(*parts)
    for parts in corpus("dataverse-list").entries.values():
        check_dataverse(*parts)
