"""The bundle beside each report: complete, described, the same bytes for the same content."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from detente.base.control_characters import no_formula
from detente.database.published import Published
from detente.refresh import pipeline
from detente.report.pages import bundle
from detente.report.pages.bundle import Column
from detente.report.run import render_chosen
from detente.settings import Settings
from tests.support.effort import examples
from tests.support.studies import Line, MakeStudy, study_table

TITLE = 'A "visit", with <b>markup</b>\u202e and a comma'
STUDY = (
    study_table("2019-01-01", "JPN", "KOR", "PRK")
    + """\
[inference]
draws = 100
triads = [["JPN", "KOR", "PRK"]]
"""
)


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    quoted = '"' + TITLE.replace('"', '""') + '"'
    records = [line("visit", "2023-03-16", title=quoted)]
    records += [line("bad", "2019-07-01", code="163", reverse="")]
    records += [line("other", "2020-02-01", actor1="PRK", actor2="KOR", code="163", reverse="")]
    made = write_study(tmp_path_factory.mktemp("bundle"), records, STUDY)
    pipeline.refresh(made)
    return made


@pytest.fixture(scope="module")
def archive(study: Settings) -> zipfile.ZipFile:
    render_chosen(study, ["JPN-KOR"])
    return zipfile.ZipFile(study.reports / "JPN-KOR-data.zip")


@pytest.fixture(scope="module")
def descriptor(archive: zipfile.ZipFile) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(archive.read("datapackage.json"))
    return content


def _rows(archive: zipfile.ZipFile, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(path).decode("utf-8"))))


def test_every_file_is_described_with_its_size_and_hash(
    archive: zipfile.ZipFile, descriptor: dict[str, Any]
) -> None:
    paths = {one["path"] for one in descriptor["resources"]}
    assert paths | {"datapackage.json"} == set(archive.namelist())
    assert {"indices_month.csv", "indices_year.csv", "events.csv"} <= paths
    assert {"charts/directed.csv", "charts/balance.csv", "tests/break_test.csv"} <= paths
    for one in descriptor["resources"]:
        content = archive.read(one["path"])
        assert one["bytes"] == len(content)
        assert one["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        # Names of packages and resources by the specification (Data Package v1).
        assert re.fullmatch(r"[-a-z0-9._/]+", one["name"])
    names = [one["name"] for one in descriptor["resources"]]
    assert len(set(names)) == len(names)
    assert re.fullmatch(r"[-a-z0-9._/]+", descriptor["name"])


_VALID = {
    "integer": r"-?\d+",
    "number": r"-?\d+(\.\d+)?(e[-+]?\d+)?",
    "boolean": r"true|false",
    "date": r"\d{4}-\d{2}-\d{2}",
    "array": r"\[.*\]",
    "string": r"(.|\n)*",
}


def test_every_cell_has_the_type_that_its_column_promises(
    archive: zipfile.ZipFile, descriptor: dict[str, Any]
) -> None:
    tables = [one for one in descriptor["resources"] if one["format"] == "csv"]
    assert len(tables) > 5
    for one in tables:
        rows = _rows(archive, one["path"])
        assert list(rows[0]) == [field["name"] for field in one["schema"]["fields"]]
        for field in one["schema"]["fields"]:
            for row in rows:
                cell = row[field["name"]]
                assert cell == "" or re.fullmatch(_VALID[field["type"]], cell), (one["path"], field)


def test_every_column_of_the_database_is_described(descriptor: dict[str, Any]) -> None:
    missing = [
        (one["path"], field["name"])
        for one in descriptor["resources"]
        if one["path"].startswith(("indices", "tests"))
        for field in one["schema"]["fields"]
        if not field.get("description")
    ]
    assert missing == []


def test_tables_hold_what_the_database_holds(archive: zipfile.ZipFile, study: Settings) -> None:
    with Published(study.database) as database:
        ((n_months, net),) = database.rows(
            "select count(*), sum(net) from marts.dyad_month where counting = 'all' "
            "and actor1_iso3 in ('JPN', 'KOR') and actor2_iso3 in ('JPN', 'KOR')"
        )
    rows = _rows(archive, "indices_month.csv")
    assert len(rows) == n_months
    assert sum(float(row["net"]) for row in rows) == pytest.approx(net)
    titles = [row["title"] for row in _rows(archive, "events.csv")]
    assert TITLE in titles
    assert not any("PRK" in row["actor1_iso3"] for row in _rows(archive, "events.csv"))


def test_results_are_those_of_the_pair_with_settings(archive: zipfile.ZipFile) -> None:
    names = [one for one in archive.namelist() if one.startswith("tests/")]
    assert {"tests/break_test.csv", "tests/granger.csv", "tests/event_effect.csv"} <= set(names)
    for name in names:
        for row in _rows(archive, name):
            # A panel is of all dyads and names none.
            if "actor1_iso3" in row:
                assert {row["actor1_iso3"], row["actor2_iso3"]} == {"JPN", "KOR"}
    assert any(row["refusal"] for row in _rows(archive, "tests/granger.csv"))


def test_the_same_report_gives_the_same_bytes(study: Settings, archive: zipfile.ZipFile) -> None:
    path = study.reports / "JPN-KOR-data.zip"
    before = path.read_bytes()
    render_chosen(study, ["JPN-KOR"])
    assert path.read_bytes() == before
    assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@limits(max_examples=examples(20))
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(st.characters(codec="utf-8", exclude_characters="\r"))),
            st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
            st.one_of(st.none(), st.booleans()),
        )
    )
)
def test_cells_survive_the_way_to_csv_and_back(rows: list[tuple[Any, ...]]) -> None:
    columns = [Column("a", "string"), Column("b", "number"), Column("c", "boolean")]
    made = bundle.table("x.csv", "", columns, rows)
    read = list(csv.reader(io.StringIO(made.content.decode("utf-8"))))[1:]
    back = [
        (a or None, float(b) if b else None, {"true": True, "false": False}.get(c))
        for a, b, c in read
    ]
    # What a spreadsheet would compute comes with an apostrophe before it (see test_visible).
    assert back == [(no_formula(a) if a else None, b, c) for a, b, c in rows]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ([True, None], "boolean"),
        ([1, 2], "integer"),
        ([1, 2.5], "number"),
        ([True, 1], "string"),
        (["2023-03-16", None], "date"),
        ([date(2023, 3, 16)], "date"),
        (["2023-03-16", "later"], "string"),
        ([("a", "b")], "array"),
        ([None], "string"),
    ],
)
def test_types_are_read_from_values(values: list[Any], name: str) -> None:
    assert bundle.kind(values) == name


def test_a_page_links_its_bundle(study: Settings) -> None:
    text = Path(study.reports / "JPN-KOR.html").read_text(encoding="utf-8")
    assert 'href="JPN-KOR-data.zip"' in text
