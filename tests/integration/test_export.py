"""What `detente export` writes is read back by other programs, by its description alone."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pytest

from detente.base.errors import NotPublished, UsageError
from detente.database import curated, datapackage, export
from detente.operations import explore_server, exploring
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.command import detente_here
from tests.support.studies import (
    NO_INFERENCE,
    MakeStudy,
    query,
    record_line,
    sidecar_text,
    study_table,
)

NAMES = [view.name for view in curated.views()]
TITLE = '=HYPERLINK("https://example.org/"; ""x"")'


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Settings:
    lines = [
        record_line("a", "2020-01-31", code="010", reverse="", title='"A visit, 訪問"'),
        record_line(
            "b", "2020-03-02", code="042", title=f'"{TITLE.replace(chr(34), chr(34) * 2)}"'
        ),
    ]
    made = write_study(
        tmp_path_factory.mktemp("export"),
        lines,
        study_table("2019-01-01", "JPN", "KOR") + NO_INFERENCE,
        sidecar_text("2019-01-01", "2021-12-31"),
    )
    pipeline.refresh(made)
    return made


def _package(folder: Path) -> dict[str, Any]:
    text = (folder / datapackage.FILE_NAME).read_text(encoding="utf-8")
    content: dict[str, Any] = json.loads(text)
    return content


def _now(study: Settings, name: str) -> list[tuple[Any, ...]]:
    key = next(view.key for view in curated.views() if view.name == name)
    return query(study, f"select * from {name} order by {', '.join(key) or 'all'}")


@pytest.mark.parametrize("with_bom", [False, True])
def test_csv_is_read_back_by_its_description(
    study: Settings, tmp_path: Path, with_bom: bool
) -> None:
    written = export.write(study.database, tmp_path, "csv", with_bom=with_bom)
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()}
    casts = {
        "integer": int, "number": float, "string": str, "date": date.fromisoformat,
        "boolean": {"true": True, "false": False}.__getitem__,
    }  # fmt: skip
    for resource in _package(tmp_path)["resources"]:
        path = tmp_path / resource["path"]
        assert path.read_bytes().startswith(b"\xef\xbb\xbf") == with_bom
        assert resource["hash"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        with path.open(encoding=resource["encoding"], newline="") as stream:
            header, *rows = list(csv.reader(stream))
        fields = resource["schema"]["fields"]
        assert header == [field["name"] for field in fields]
        assert all(field["description"] for field in fields)
        read = [
            tuple(
                casts[field["type"]](value) if value != "" else None
                for field, value in zip(fields, row, strict=True)
            )
            for row in rows
        ]
        # What a spreadsheet would take for a formula has an apostrophe before it.
        now = [
            tuple(
                None if one == "" else f"'{one}" if str(one).startswith("=") else one for one in row
            )
            for row in _now(study, resource["title"])
        ]
        assert read == now
        for place, field in enumerate(fields):
            allowed = field.get("constraints", {}).get("enum")
            assert allowed is None or {row[place] for row in read} <= {None, *allowed}
        places = [header.index(name) for name in resource["schema"].get("primaryKey", [])]
        keys = [tuple(row[place] for place in places) for row in read]
        assert not places or len(set(keys)) == len(read)


def test_parquet_keeps_rows_and_types(study: Settings, tmp_path: Path) -> None:
    export.write(study.database, tmp_path, "parquet")
    with closing(duckdb.connect()) as con:
        for name in NAMES:
            assert con.execute(f"from '{tmp_path / name}.parquet'").fetchall() == _now(study, name)
            kinds = {
                row[1]
                for row in con.execute(f"describe from '{tmp_path / name}.parquet'").fetchall()
            }
            assert kinds <= {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "VARCHAR"}


def test_sqlite_has_keys_and_codes_as_text(study: Settings, tmp_path: Path) -> None:
    export.write(study.database, tmp_path, "sqlite")
    with closing(sqlite3.connect(tmp_path / "detente.sqlite")) as con:
        tables = {
            row[0] for row in con.execute("select name from sqlite_schema where type = 'table'")
        }
        assert tables == set(NAMES)
        for name in NAMES:
            rows = con.execute(f"select count(*) from {name}").fetchall()
            assert rows[0][0] == len(_now(study, name))
        assert con.execute(
            "select code, typeof(code), day from act order by day limit 1"
        ).fetchall() == [("010", "text", "2020-01-31")]
        key = [row[1] for row in con.execute("pragma table_info(event)") if row[5]]
        assert sorted(key) == ["event_id", "source"]


def test_excel_keeps_codes_as_text_and_holds_no_formula(study: Settings, tmp_path: Path) -> None:
    export.write(study.database, tmp_path, "xlsx")
    book = openpyxl.load_workbook(tmp_path / "detente.xlsx")
    assert book.sheetnames == ["about", *NAMES]
    sheet = book["act"]
    header = [cell.value for cell in sheet[1]]
    column = header.index("code")
    cells = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert {cell.value for cell in cells} == {"010", "042", "043"}
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.data_type == "f" for one in book for row in one.iter_rows() for cell in row)
    assert TITLE in {cell.value for row in sheet.iter_rows() for cell in row}
    frame = pd.read_excel(tmp_path / "detente.xlsx", sheet_name="relation_month")
    assert len(frame) == len(_now(study, "relation_month"))


def test_a_second_export_replaces_the_first_and_leaves_nothing_half(
    study: Settings, tmp_path: Path
) -> None:
    for _ in range(2):
        export.write(study.database, tmp_path, "sqlite")
    assert {path.name for path in tmp_path.iterdir()} == {"detente.sqlite", datapackage.FILE_NAME}
    # Formats may take turns in one folder.
    for form in ("csv", "sqlite", "csv"):
        export.write(study.database, tmp_path, form)


@pytest.mark.parametrize("form", ["csv", "sqlite"])
def test_a_file_of_somebody_else_is_left_alone(study: Settings, tmp_path: Path, form: str) -> None:
    name = "event.csv" if form == "csv" else "detente.sqlite"
    mine = tmp_path / name
    mine.write_text("mine")
    other = tmp_path / datapackage.FILE_NAME
    for _ in range(2):
        with pytest.raises(UsageError, match=rf"{name} exists .* --replace"):
            export.write(study.database, tmp_path, form)
        assert mine.read_text() == "mine"
        other.write_text('{"generator": "x", "resources": [{"path": "a", "hash": "b"}]}')
        mine.rename(tmp_path / "mine")
        with pytest.raises(UsageError, match=datapackage.FILE_NAME):
            export.write(study.database, tmp_path, form)
        other.unlink()
        (tmp_path / "mine").rename(mine)
    export.write(study.database, tmp_path, form, replace=True)
    export.write(study.database, tmp_path, form)
    # What was changed since is the reader's work.
    with mine.open("ab") as stream:
        stream.write(b"noted")
    with pytest.raises(UsageError, match=name):
        export.write(study.database, tmp_path, form)
    assert mine.read_bytes().endswith(b"noted")
    # Nor is a link followed or replaced.
    mine.rename(tmp_path / "kept")
    mine.symlink_to(tmp_path / "kept")
    with pytest.raises(UsageError, match=name):
        export.write(study.database, tmp_path, form)
    assert mine.is_symlink()


def test_the_package_names_units_licences_and_sources(study: Settings, tmp_path: Path) -> None:
    export.write(study.database, tmp_path, "csv")
    package = _package(tmp_path)
    assert {one["title"] for one in package["licenses"]} == {"CC0"}
    assert [one["path"] for one in package["sources"]] == ["data/raw/records/meetings.csv"]
    month = next(one for one in package["resources"] if one["title"] == "relation_month")
    fields = {field["name"]: field for field in month["schema"]["fields"]}
    assert fields["net"]["unit"] == "scale points"


def test_what_cannot_be_written_or_read_is_said(study: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotPublished, match="detente refresh"):
        export.write(tmp_path / "none.duckdb", tmp_path / "out", "csv")
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="a folder where files can be written"):
        export.write(study.database, tmp_path / "file", "csv")
    with pytest.raises(UsageError, match="a format of parquet"):
        export.write(study.database, tmp_path, "ods")


def test_the_command_wants_one_format(study: Settings, tmp_path: Path) -> None:
    def run(*options: str) -> subprocess.CompletedProcess[str]:
        return detente_here(study.home, "export", str(tmp_path / "out"), *options)

    export.write(study.database, tmp_path / "out", "parquet")
    (tmp_path / "out" / "event.parquet").write_text("mine")
    assert "--replace" in run("--parquet").stderr
    assert run("--parquet", "--replace").returncode == 0
    assert (tmp_path / "out" / "event.parquet").is_file()
    for options in ([], ["--csv", "--xlsx"], ["--xlsx", "--bom"]):
        assert run(*options).returncode == 2


def test_the_browser_shows_the_views_on_loopback_and_writes_nothing(
    study: Settings, tmp_path: Path
) -> None:
    pytest.importorskip("datasette", reason="the extra `explore` is not installed")
    export.write(study.database, tmp_path, "sqlite")
    before = hashlib.sha256((tmp_path / "detente.sqlite").read_bytes()).hexdigest()
    described = tmp_path / "metadata.json"
    described.write_text(json.dumps(exploring.metadata("A study")), encoding="utf-8")
    port = exploring.free_port()
    process = subprocess.Popen(exploring.command(tmp_path, described, port))
    address = f"http://{exploring.HOST}:{port}/detente"

    def read(path: str) -> str:
        with urllib.request.urlopen(address + path, timeout=120) as answer:
            return str(answer.read().decode())

    try:
        for _ in range(120):
            try:
                page = read("/event")
                break
            except OSError:
                time.sleep(0.5)
        assert "One row" in page or "one row" in page
        assert json.loads(read("/event.json?_shape=array"))[0]["event_id"] == "a"
        assert "https://" not in "".join(
            part for part in page.split('"') if part.endswith((".js", ".css"))
        )
        with pytest.raises(urllib.error.HTTPError):
            read(".json?sql=delete+from+event")
        # A page whose name was made to point here reads nothing.
        rebound = urllib.request.Request(f"{address}/event.json", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(rebound, timeout=120)
        assert refused.value.code == 421
        assert "by one of the names" in refused.value.read().decode()
    finally:
        process.terminate()
        process.wait()
    assert hashlib.sha256((tmp_path / "detente.sqlite").read_bytes()).hexdigest() == before


@pytest.mark.parametrize(
    ("hosts", "is_own"),
    [
        ([b"127.0.0.1:8001"], True), ([b"LOCALHOST:8001"], True), ([b"localhost"], True),
        ([b"[::1]:8001"], True), ([b"[::1]"], True), ([], False), ([b""], False),
        ([b"evil.example:8001"], False), ([b"127.0.0.1.evil.example"], False),
        ([b"localhost:8001@evil.example"], False), ([b"127.0.0.1:8001", b"evil.example"], False),
        ([b"0.0.0.0:8001"], False), ([b"localhost\xff"], False),
    ],
)  # fmt: skip
def test_only_this_machines_own_names_are_answered(hosts: list[bytes], is_own: bool) -> None:
    assert explore_server.is_own_name([(b"Host", host) for host in hosts]) is is_own


def test_without_datasette_the_reader_is_told_what_to_do(
    study: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exploring.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match="pip install datasette"):
        exploring.run(study.database, "A study", print)


def test_an_export_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    with closing(duckdb.connect(str(path))) as con:
        con.execute("create table one as select 1 as x")
    with pytest.raises(NotPublished, match="another version"):
        export.write(path, tmp_path / "out", "csv")
