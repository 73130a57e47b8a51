"""Files under the names that browsers, mail programs and people give to copies."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from detente.refresh import plan
from detente.settings import Settings
from detente.sources import copies
from tests.support.loading import account, ask, put, update
from tests.support.studies import MakeStudy
from tests.unit.test_as_programs_leave_them import (
    ACLED,
    ICEWS,
    POLECAT,
    UCDP,
    packed,
    study_of,
    toml_of,
    written,
)  # fmt: skip

NAMES = [
    ("ged231-csv (1).zip", "ged231-csv.zip"),
    ("ged231-csv(1).zip", "ged231-csv.zip"),
    ("2020-05-09-2020-06-09-Middle_East (2).csv", "2020-05-09-2020-06-09-Middle_East.csv"),
    ("events.2018.20200427084805 (1).tab", "events.2018.20200427084805.tab"),
    ("ngecEventsDV-2022.txt (1).zip", "ngecEventsDV-2022.txt.zip"),
    ("20240101.export.CSV (1).zip", "20240101.export.CSV.zip"),
    ("Copy of ged251-csv.zip", "ged251-csv.zip"),
    ("Kopie von ged251-csv.zip", "ged251-csv.zip"),
    ("Africa_1997-2025_Apr04 - Kopie.xlsx", "Africa_1997-2025_Apr04.xlsx"),
    ("acled - Copy (2).csv", "acled.csv"),
    ("acled copy 2.csv", "acled.csv"),
    ("2024-01-01-2024-12-31-Iran (Islamic Republic of).csv", None),
    ("20180601-icews-events.tab", None),
    ("hard copyright.csv", None),
    ("events (2018).tab", None),
]


@pytest.mark.parametrize(("name", "meant"), NAMES)
def test_the_name_of_a_copy_without_its_mark(name: str, meant: str | None) -> None:
    assert copies.original(name) == (meant or name)


def told(study: Settings) -> dict[str, str]:
    """Return by file what a plan says of those that are not read."""
    return {
        one.subject.partition("(")[2].removesuffix(")"): one.reason
        for one in plan.plan(study, offline=True)
        if one.action == plan.NOT_READ
    }


ROWS = {
    "acled": written([{**ACLED, "event_id_cnty": "IND1"}]).encode(),
    "ucdp_ged": written([{**UCDP, "id": "1"}]).encode(),
    "icews": written([ICEWS], "\t").encode(),
    "polecat": packed("may.txt", written([{**POLECAT, "Event ID": "1"}], "\t").encode()),
}
FILES = [
    ("ucdp_ged", "GEDEvent_v24_1.csv", "GEDEvent_v24_1 (1).csv"),
    ("icews", "events.2018.20200427084805.tab", "events.2018.20200427084805 (1).tab"),
    ("polecat", "ngecEventsDV-2024.txt.zip", "ngecEventsDV-2024.txt (1).zip"),
    ("acled", "2024-01-01-2024-12-31-India.csv", "2024-01-01-2024-12-31-India - Kopie.csv"),
]


@pytest.mark.study
@pytest.mark.parametrize(("source", "name", "copy"), FILES)
@pytest.mark.parametrize("is_first", [False, True])
def test_a_copy_with_the_same_bytes_is_one_file(
    make_study: MakeStudy, source: str, name: str, copy: str, is_first: bool
) -> None:
    study = make_study(toml=toml_of(source).replace("2020-01-01", "2018-01-01"))
    for one in (copy, name) if is_first else (name, copy):
        put(study, source, one, ROWS[source], 2018)
    update(study)
    assert told(study)[copy] == f"a copy of {name} with the same bytes, which is read: remove it"
    files = ask(study, "select raw_file_id, n_rows from meta.raw_file where n_rows > 0")
    assert files == [(f"{source}/{name}", 1)]
    assert len(ask(study, "select * from core.event")) == 1


@pytest.mark.study
@pytest.mark.parametrize(("source", "name", "copy"), FILES[:3])
def test_a_copy_alone_is_told_the_name_that_is_expected(
    make_study: MakeStudy, source: str, name: str, copy: str
) -> None:
    study = make_study(toml=toml_of(source).replace("2020-01-01", "2018-01-01"))
    put(study, source, copy, ROWS[source], 2018)
    update(study)
    said = f"expected the name {name}, not that of a copy: to rename it is enough"
    assert told(study)[copy] == said
    assert ask(study, "select * from core.event") == []
    (study.downloads / source / "2018" / copy).rename(study.downloads / source / "2018" / name)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)
    assert told(study) == {}


@pytest.mark.study
@pytest.mark.parametrize(("source", "name", "copy"), FILES[:3])
def test_a_copy_with_other_bytes_is_named_beside_the_file_that_is_read(
    make_study: MakeStudy, source: str, name: str, copy: str
) -> None:
    study = make_study(toml=toml_of(source).replace("2020-01-01", "2018-01-01"))
    put(study, source, name, ROWS[source], 2018)
    put(study, source, copy, b"other", 2018)
    update(study)
    assert f"called a copy of {name}, which is read, and holds other bytes" in told(study)[copy]
    assert account(study, name) == (1, 1, 0, 0, 0)


@pytest.mark.study
def test_exports_of_acled_under_one_name_may_hold_different_states(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    other = written([{**ACLED, "event_id_cnty": "PAK1", "country": "Pakistan"}]).encode()
    put(study, "acled", "ACLED Data.csv", ROWS["acled"], 2024)
    put(study, "acled", "ACLED Data (1).csv", other, 2024)
    update(study)
    assert len(ask(study, "select * from core.event")) == 2
    assert told(study) == {}


@pytest.mark.study
@pytest.mark.parametrize("suffix", ["crdownload", "part", "opdownload"])
def test_a_download_that_is_not_finished_is_told(make_study: MakeStudy, suffix: str) -> None:
    study = study_of(make_study, "ucdp_ged")
    name = f"GEDEvent_v24_1.csv.{suffix}"
    put(study, "ucdp_ged", name, ROWS["ucdp_ged"][:40], 2024)
    update(study)
    assert "a download that is not finished" in "".join(told(study).values())


@pytest.mark.study
def test_a_mirror_folder_knows_copies_too(make_study: MakeStudy, tmp_path: Path) -> None:
    folder = tmp_path / "mirror"
    folder.mkdir()
    for name in ("20180601-icews-events.tab", "20180601-icews-events (1).tab"):
        (folder / name).write_bytes(ROWS["icews"])
    (folder / "20180602-icews-events copy.tab").write_bytes(ROWS["icews"])
    toml = toml_of("icews").replace("2020-01-01", "2018-01-01")
    study = make_study(toml=toml + f'base_url = "{folder.as_uri()}/"\n')
    (summary,) = update(study, offline=False)
    news = "".join(summary.news) + str(summary.failures)
    assert "a copy of 20180601-icews-events.tab with the same bytes" in news
    assert "expected the name 20180602-icews-events.tab" in news
    assert len(ask(study, "select * from core.event")) == 1


@pytest.mark.study
@pytest.mark.parametrize("name", ["ged251-xlsx.zip", "ged251.xlsx", "GEDEvent_v24_0_2.xlsx"])
def test_ucdp_as_a_workbook_packed_or_not(make_study: MakeStudy, name: str) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    row = {**UCDP, "id": "1"}
    book = openpyxl.Workbook()
    book.active.append(list(row))
    book.active.append(list(row.values()))
    whole = io.BytesIO()
    book.save(whole)
    content = whole.getvalue()
    if name.endswith(".zip"):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("GEDEvent_v25_1.xlsx", content)
        content = outer.getvalue()
    study = study_of(make_study, "ucdp_ged")
    put(study, "ucdp_ged", name, content, 2024)
    update(study)
    assert account(study, name) == (1, 1, 0, 0, 0)
