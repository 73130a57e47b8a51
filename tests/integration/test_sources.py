"""Each source from a real server to the published database, on real rows."""

# Real rows are long.
# ruff: noqa: E501

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente import sources
from detente.base.errors import QueryError, StoreError
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.operations import doctor
from detente.operations.doctor import runs as doctor_runs
from detente.refresh import ingest, lookups, pipeline, plan, publish, published_state, source_plan
from detente.settings import Settings
from detente.sources import snapshot
from detente.store.events import Store
from tests.support import loading
from tests.support.gdelt2 import master_list
from tests.support.provider import md5, serving, zipped
from tests.support.some import some
from tests.support.studies import MakeStudy, query, study_table

STUDY = (
    study_table("1998-01-01", "JPN", "KOR", "USA", "CHN", "GBR")
    # The events of all are read; the indices of one pair are enough here.
    + """\
dyads = [["JPN", "KOR"]]
[inference]
enabled = false
[sources.downloads]
wait_seconds = 0
attempts = 2
timeout_seconds = 5
"""
)


def section(name: str, url: str, start: str = "2019-10-24") -> str:
    return f'[sources.{name}]\nenabled = true\nstart = {start}\nbase_url = "{url}"\n'


@pytest.fixture
def provider() -> Iterator[object]:
    with serving() as one:
        yield one


@pytest.fixture
def sample(shared_data: Path) -> bytes:
    return (shared_data / "gdelt2" / "20191024143000.export.CSV").read_bytes()


def put_gdelt2(provider: object, texts: dict[str, bytes]) -> dict[str, bytes]:
    """Serve export files by their moment, with the lists that name them."""
    files = {
        f"{moment}.export.CSV.zip": zipped(f"{moment}.export.CSV", text)
        for moment, text in texts.items()
    }
    for name, content in files.items():
        provider.put(name, content)
    provider.put("masterfilelist.txt", master_list(files))
    provider.put("lastupdate.txt", master_list(dict(sorted(files.items())[-1:])))
    return files


def accounts(study: Settings) -> dict[str, dict[str, object]]:
    rows = published_state.accounting(study.database)
    return {
        str(row["raw_file_id"]): row
        for row in rows
        if not str(row["raw_file_id"]).startswith("records/")
    }


def of_the_store(study: Settings) -> dict[str, dict[str, object]]:
    """Return the same of a store from which nothing is published yet."""
    with loading.opened(study) as warehouse:
        rows = warehouse.dicts(
            "select raw_file_id, status, n_rows, n_loaded, n_out_of_scope, n_unknown, "
            "n_duplicate, n_rejected from meta.raw_file where source <> 'records' order by all"
        )
    return {row["raw_file_id"]: row for row in rows}


def test_gdelt2_from_the_list_to_the_indices(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    actions = plan.plan(study)
    assert [(one.action, one.reason) for one in actions[:1]] == [("download", "new")]
    assert not study.events.exists()
    assert not study.downloads.exists(), "a plan writes nothing"
    pipeline.refresh(study)
    row = accounts(study)["gdelt2/20191024143000.export.CSV.zip"]
    # Counted apart with awk on the sample: 1,000 lines of 61 fields.
    assert row["n_rows"] == 1000
    assert row["n_loaded"] + row["n_out_of_scope"] == 1000
    assert row["n_rejected"] == row["n_duplicate"] == 0
    # Every row whose two country codes are states and differ, read off the lines themselves.
    states = {
        one[0]
        for one in query(study, "select coalesce(cameo, iso3) from core.actor where is_state")
    }
    fields = [line.split(b"\t") for line in sample.splitlines()]
    expected = {
        one[0].decode()
        for one in fields
        if (a := one[7].decode() or one[5].decode()[:3]) in states
        and (b := one[17].decode() or one[15].decode()[:3]) in states
        and a != b
    }
    assert {one[0] for one in query(study, "select event_id from core.event")} == expected
    assert len(expected) == row["n_loaded"] == 152
    # Nothing is lost from the denominator of the normalised index.
    assert query(study, "select sum(n_events) from marts.volume_day where counting = 'all'") == [
        (1000,)
    ]
    assert query(study, "select sum(n_events) from marts.volume_reason_day") == [(1000,)]
    # Events dated a year and a month before their file keep their own day.
    days = dict(
        query(study, "select day::varchar, sum(n_events) from marts.volume_reason_day group by 1")
    )
    assert days["2018-10-24"] == 24
    assert days["2019-09-24"] == 20
    # Goldstein: GDELT's column is the table's on every row.
    assert query(
        study, "select n_events, n_compared, n_different from meta.goldstein_difference"
    ) == [(152, 152, 0)]
    assert not pipeline.refresh(study).is_new


def test_the_row_in_the_file_can_be_found_again(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    loading.update(study, offline=False)
    lines = sample.splitlines()
    rows = loading.ask(study, "select event_id, raw_row, source_url, cameo_code from core.event")
    for event_id, raw_row, url, code in some(rows):
        line = lines[raw_row - 1].decode().split("\t")
        assert (line[0], line[60], line[26]) == (event_id, url, code)


def test_official_means_organs_of_state_on_both_sides(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    loading.update(study, offline=False)
    lines = {
        line.split(b"\t")[0].decode(): line.decode().split("\t") for line in sample.splitlines()
    }
    organs = {"GOV", "MIL", "LEG", "JUD", "COP", "SPY"}
    for event_id, official in some(
        loading.ask(study, "select event_id, is_official from core.event")
    ):
        line = lines[event_id]
        sides = [
            line[12] in organs or (not line[12] and len(line[5]) == 3),
            line[22] in organs or (not line[22] and len(line[15]) == 3),
        ]
        assert official == all(sides), line[:26]


def spoilt(sample: bytes) -> bytes:
    """Real rows with every damage that a feed has shown."""
    lines = sample.splitlines()[:60]
    lines[3] = lines[3].replace(b"Canada", b"Can\xe9da\xff", 1)  # Latin-1 in a UTF-8 file
    lines[5] = lines[5][:90]  # cut in the middle
    lines[7] = lines[7].replace(b"\t\t", b"\t\x00\t", 1)  # a NUL
    lines[9] = lines[9].replace(b"http", b'"http', 1)  # a stray quote
    lines[11] = lines[11].replace(b"http", b"ht\ttp", 1)  # a stray tab
    lines[13] = lines[13].replace(b"\t201", b"\tdate", 1)  # no date
    lines[15] = b"\t".join([*lines[15].split(b"\t")[:26], b"9Z9", *lines[15].split(b"\t")[27:]])
    return b"\n".join([*lines[:20], b"", *lines[20:]]) + b"\n"


def test_damaged_lines_are_kept_apart_and_take_no_good_one_with_them(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    text = spoilt(sample)
    clean = b"".join(line + b"\n" for line in sample.splitlines()[60:200])
    put_gdelt2(provider, {"20191024143000": text, "20191024144500": clean})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    row = accounts(study)["gdelt2/20191024143000.export.CSV.zip"]
    assert row["n_rows"] == 60, "the blank line is no row"
    assert row["n_rejected"] == 4
    assert row["n_loaded"] + row["n_out_of_scope"] + row["n_unknown"] == 56
    other = accounts(study)["gdelt2/20191024144500.export.CSV.zip"]
    assert (other["n_rows"], other["n_rejected"]) == (140, 0)
    refused = query(
        study,
        "select raw_row, column_name, value, reason, raw_text from core.event_rejected order by raw_row",
    )
    assert [(one[0], one[1], one[2]) for one in refused] == [
        (6, None, None),
        (12, None, None),
        (14, "SQLDATE", "date81024"),
        (16, "EventCode", "9Z9"),
    ]
    assert refused[0][3].startswith("expected 61 fields, got")
    assert refused[0][4] == text.split(b"\n")[5].decode()
    findings = [one for one in doctor.examine(study) if "refused" in one.message]
    assert findings


@pytest.mark.full
def test_order_and_batches_do_not_matter_and_an_event_told_twice_counts_once(
    make_study: MakeStudy, provider: object, sample: bytes, tmp_path: Path
) -> None:
    lines = sample.splitlines(keepends=True)
    texts = {
        "20191024143000": b"".join(lines[:400]),
        "20191024144500": b"".join(lines[300:700] + lines[310:320]),
        "20191024150000": b"".join(lines[600:]),
    }
    files = put_gdelt2(provider, texts)
    contents = []
    for number, order in enumerate(([0, 1, 2], [2, 0, 1], [1, 2, 0])):
        folder = tmp_path / str(number)
        study = make_study(toml=STUDY + section("gdelt2", provider.url), folder=folder)
        for index in order:
            name = sorted(files)[index]
            target = study.downloads / "gdelt2" / "2019" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files[name])
            loading.update(study)  # each comes in a run of its own
        with loading.opened(study) as warehouse:
            asked = (
                "select * exclude (raw_file_id) from core.event",
                "select event_id, raw_file_id, raw_row from core.event",
                "from core.store_other",
            )
            told = [sorted(warehouse.rows(one), key=str) for one in asked]
        contents.append((*told, of_the_store(study)))
    assert contents[0] == contents[1] == contents[2]
    rows = contents[0][-1]
    assert [row["n_duplicate"] for row in rows.values()] == [0, 110, 100]
    assert sum(row["n_loaded"] + row["n_out_of_scope"] for row in rows.values()) == 1000


def test_what_cannot_be_had_is_recorded_shown_and_asked_for_again(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    text = b"".join(sample.splitlines(keepends=True)[:50])
    moments = [f"201910240{hour}0000" for hour in range(7)]
    names = [f"{moment}.export.CSV.zip" for moment in moments]
    put_gdelt2(provider, dict.fromkeys(moments, text))
    provider.fault(names[0], "always 404")
    provider.fault(names[1], "always html")
    provider.fault(names[2], "always cut")
    provider.fault(names[3], "always empty")
    provider.fault(names[4], "500")  # passes by itself
    provider.put(names[5], provider.files[names[5]][:-3] + b"xyz")  # wrong MD5
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    status = {key.split("/")[1]: row["status"] for key, row in accounts(study).items()}
    assert status == {
        names[0]: "missing",
        names[1]: "not_data",
        names[2]: "truncated",
        names[3]: "empty",
        names[4]: "loaded",
        names[5]: "bad_md5",
        names[6]: "loaded",
    }
    shown = " ".join(one.message for one in doctor.examine(study))
    assert all(word in shown for word in ("missing", "not_data", "truncated", "empty", "bad_md5"))
    assert "requested 2 times" in shown
    failed = query(
        study,
        "select name, url, status, attempts, last_tried_at from meta.missing_file order by name",
    )
    assert [(*one[:4],) for one in failed] == [
        (name, provider.url + name, status[name], 2) for name in (*names[:4], names[5])
    ]
    # Another run, the same failures: the attempts add up, and that alone is no reason to build.
    assert not pipeline.refresh(study).is_new
    pipeline.refresh(study, force=True)
    again = query(
        study, "select name, attempts, last_tried_at from meta.missing_file order by name"
    )
    assert [(one[0], one[1]) for one in again] == [(one[0], 6) for one in failed]
    assert all(one[2] >= other[4] for one, other in zip(again, failed, strict=True))
    reasons = {one.reason for one in plan.plan(study)}
    assert "failed before: bad_md5" in reasons
    assert not list(study.downloads.rglob("*.export.CSV")), "nothing half-fetched has a name"
    # A gap is in the coverage: nothing is complete.
    assert query(study, "select complete_to::varchar from meta.coverage") == [("2019-10-23",)]
    provider.faults.clear()
    put_gdelt2(provider, dict.fromkeys(moments, text))
    pipeline.refresh(study)
    assert {row["status"] for row in accounts(study).values()} == {"loaded"}
    assert query(study, "select count(*) from meta.missing_file") == [(0,)]
    assert sum(row["n_loaded"] + row["n_out_of_scope"] for row in accounts(study).values()) == 50


def test_archives_out_of_bounds_are_refused(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    import io
    import zipfile

    def two_members() -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("a.CSV", b"1")
            archive.writestr("b.CSV", b"2")
        return buffer.getvalue()

    good = b"".join(sample.splitlines(keepends=True)[:20])
    contents = {
        "20191024000000.export.CSV.zip": zipped("a.CSV", b"\0" * (64 << 20)),  # a bomb
        "20191024001500.export.CSV.zip": two_members(),
        "20191024003000.export.CSV.zip": zipped("../../evil.CSV", good),
        "20191024004500.export.CSV.zip": zipped("a.CSV", good),
        "20191024010000.export.CSV.zip": zipped("a.CSV", b""),
    }
    for name, content in contents.items():
        provider.put(name, content)
    provider.put("masterfilelist.txt", master_list(contents))
    provider.put("lastupdate.txt", b"")
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    loading.update(study, offline=False)
    rows = of_the_store(study)
    status = [rows[f"gdelt2/{name}"]["status"] for name in sorted(contents)]
    assert status == ["unreadable", "unreadable", "unreadable", "loaded", "no_rows"]
    # A file that yields no event is remembered: nothing is left to do but to ask for the bad ones.
    todo = {
        one.subject.split(":")[0] + one.reason for one in plan.plan(study) if one.action != "build"
    }
    assert todo == {"gdelt2failed before: unreadable"}


def test_the_translated_feed_is_a_source_of_its_own(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    name = "20191024143000.translation.export.CSV.zip"
    content = zipped(name.removesuffix(".zip"), sample)
    provider.put(name, content)
    provider.put("masterfilelist-translation.txt", master_list({name: content}))
    provider.put("lastupdate-translation.txt", b"")
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(
        toml=STUDY + section("gdelt2", provider.url) + section("gdelt2_translation", provider.url)
    )
    loading.update(study, offline=False)
    assert loading.ask(study, "select source, count(*) from core.event group by 1 order by 1") == [
        ("gdelt2", 152),
        ("gdelt2_translation", 152),
    ]


def test_gdelt1_with_57_and_58_columns(
    make_study: MakeStudy, provider: object, shared_data: Path
) -> None:
    daily = (shared_data / "gdelt1" / "daily_58col.export.CSV").read_bytes()
    backfile = (shared_data / "gdelt1" / "historical_57col.csv").read_bytes()
    files = {
        "20160728.export.CSV.zip": zipped("20160728.export.CSV", daily),
        "1982.zip": zipped("1982.csv", backfile),
    }
    for name, content in files.items():
        provider.put(name, content)
    sums = "".join(f"{md5(content)}  {name}\n" for name, content in files.items())
    sizes = "".join(f"{len(content)} {name}\n" for name, content in files.items())
    provider.put("md5sums", sums.encode())
    provider.put("filesizes", sizes.encode())
    study = make_study(toml=STUDY + section("gdelt1", provider.url, "1979-01-01"))
    pipeline.refresh(study)
    rows = accounts(study)
    assert (rows["gdelt1/1982.zip"]["n_rows"], rows["gdelt1/1982.zip"]["n_rejected"]) == (100, 0)
    assert rows["gdelt1/20160728.export.CSV.zip"]["n_rows"] == 250
    assert rows["gdelt1/20160728.export.CSV.zip"]["n_rejected"] == 0
    urls = query(
        study,
        "select starts_with(raw_file_id, 'gdelt1/1982'), count(source_url) > 0 from core.event group by 1 order by 1",
    )
    assert urls == [(False, True), (True, False)]
    # 2006-07-31: ten years before its file.
    assert ("2006-07-31", 1) in query(
        study, "select day::varchar, n_events from marts.volume_day where counting = 'all'"
    )


def dataverse(files: dict[str, bytes]) -> bytes:
    """A Dataverse's answer to the question for a data set's files."""
    entries = [
        {
            "label": name,
            "dataFile": {
                "id": number,
                "filename": name,
                "filesize": len(content),
                "md5": md5(content),
            },
        }
        for number, (name, content) in enumerate(files.items(), start=1)
    ]
    return json.dumps({"status": "OK", "data": entries}).encode()


def put_dataverse(provider: object, source: object, files: dict[str, bytes]) -> None:
    for number, (_, content) in enumerate(files.items(), start=1):
        provider.put(f"api/access/datafile/{number}", content)
    for index, doi in enumerate(source.data_sets):
        address = "api/datasets/:persistentId/versions/:latest-published/files?persistentId="
        provider.put(
            address + doi.replace(":", "%3A").replace("/", "%2F"),
            dataverse(files if index == 0 else {}),
        )


def test_icews_in_its_layouts(make_study: MakeStudy, provider: object, shared_data: Path) -> None:
    content = (shared_data / "icews" / "20180601-icews-events.tab").read_bytes()
    lines = content.splitlines(keepends=True)
    # The file of 2017: other dates, no column of codes, another name. Its rows are real ones.
    table = [line.rstrip(b"\n").split(b"\t") for line in lines[:300]]
    of_2017 = b"\n".join(
        b"\t".join(field for index, field in enumerate(row) if index != 6) for row in table
    ).replace(b"2018-06-01", b"06/01/2017")
    first_again = lines[1].replace(b"2018-06-01", b"2018-06-02")
    files = {
        "20180601-icews-events.tab": content,
        "Events.2017.20200602.tab.zip": zipped("Events.2017.20200602.tab", of_2017 + b"\n"),
        # The same number on another date, and rows that were there before.
        "20180602-icews-events-1.tab": lines[0] + first_again + b"".join(lines[1:11]),
    }
    study = make_study(toml=STUDY + section("icews", provider.url, "2017-01-01"))
    put_dataverse(provider, sources.named(study, "icews"), files)
    pipeline.refresh(study)
    rows = accounts(study)
    whole = rows["icews/20180601-icews-events.tab"]
    assert whole["n_rows"] == 2359
    assert whole["n_rejected"] == 0
    assert rows["icews/Events.2017.20200602.tab.zip"]["n_rejected"] == 0
    assert rows["icews/Events.2017.20200602.tab.zip"]["n_rows"] == 299
    again = rows["icews/20180602-icews-events-1.tab"]
    assert (again["n_rows"], again["n_duplicate"]) == (11, 10)
    # The words of 2017 give the codes that stand beside them in 2018.
    pairs = query(
        study,
        "select one.cameo_code, two.cameo_code from core.event as one join core.event as two "
        "on split_part(one.event_id, ':', 1) = split_part(two.event_id, ':', 1) "
        "where year(one.event_date) = 2017 and year(two.event_date) = 2018",
    )
    assert len(pairs) > 50
    assert all(one == two for one, two in pairs)
    # Where ICEWS departs from the scale: codes 022, 016 and 164, and nowhere else in the sample.
    (codes,) = query(study, "select cameo_codes from meta.goldstein_difference")[0]
    assert set(codes) <= {"022", "016", "164"}
    assert codes
    assert any(
        "another Goldstein value" in one.message and "022" in one.message
        for one in doctor.examine(study)
        if one.severity == "note"
    )


POLECAT_ROW = (
    "ID-1\t2023-05-07\tCONSULT\tvisit\t5.0\tVERBAL COOPERATION\tdiplomatic\tFumio Kishida\tJPN\t740\t"
    "GOV\tGOV\tPrime Minister\tKishida\tw1\tYoon Suk-yeol\tKOR\t732\tGOV\tGOV\tPresident\tYoon\tw2\t"
    "Seoul\tSeoul\tNone\tSeoul\tSouth Korea\t37.5\t127.0\t1\tSeoul\tPPLC\tYonhap\t2023-05-08\t"
    "None\tNone\tNone\tEnglish\tv1"
)


def test_polecat_by_its_codebook(make_study: MakeStudy, provider: object) -> None:
    from detente.sources import polecat

    header = "\t".join(polecat.COLUMNS)
    text = "\n".join(
        [
            header + "\tHeadline",
            POLECAT_ROW,
            POLECAT_ROW.replace("ID-1", "ID-2").replace("visit", "no-such-mode") + "\t\t",
            POLECAT_ROW.replace("ID-1", "ID-3").replace("CONSULT", "NONSENSE"),
            POLECAT_ROW.replace("ID-1", "ID-4").replace("\tKOR\t", "\tNone\t"),
            "",
        ]
    )
    files = {"ngecEvents.DV.2023.txt.zip": zipped("ngecEvents.DV.2023.txt", text.encode())}
    study = make_study(toml=STUDY + section("polecat", provider.url, "2018-01-01"))
    put_dataverse(provider, sources.named(study, "polecat"), files)
    loading.update(study, offline=False)
    row = of_the_store(study)["polecat/ngecEvents.DV.2023.txt.zip"]
    assert [row[name] for name in ("n_rows", "n_loaded", "n_out_of_scope", "n_rejected")] == [
        4,
        2,
        1,
        1,
    ]
    # CONSULT by a visit is CAMEO 042 (Goldstein 1.9), CONSULT otherwise 040 (1.0).
    assert loading.ask(
        study,
        "select event_id, cameo_code, goldstein, plover_type, added_at::varchar from core.event order by 1",
    ) == [
        ("ID-1", "042", 1.9, "CONSULT", "2023-05-08 00:00:00"),
        ("ID-2", "040", 1.0, "CONSULT", "2023-05-08 00:00:00"),
    ]


def test_a_newer_list_of_provocations_stands_in_for_the_older(
    make_study: MakeStudy, provider: object, shared_data: Path
) -> None:
    content = (shared_data / "nk" / "csis_provocations_1958_present.csv").read_bytes()
    name = "csis_provocations_1958_present.csv"
    provider.put(name, content)
    study = make_study(toml=STUDY + section("csis_provocations", provider.url, "1958-01-01"))
    pipeline.refresh(study)
    (row,) = accounts(study).values()
    # 493 provocations: 246 missile, 6 nuclear, 241 other (README of the reference data).
    assert (row["n_rows"], row["n_loaded"] + row["n_duplicate"]) == (493, 252)
    assert row["n_out_of_scope"] == 241
    assert not pipeline.refresh(study).is_new, "the same content is no news"
    added = b'2026-09-01,Missile Provocation,Short-range Ballistic Missile Launch,"One, new",https://example.org,2026,35,09-2026,Tuesday,False\n'
    first_line = content.index(b"\n") + 1
    provider.put(name, content[:first_line] + added + content[first_line:])
    pipeline.refresh(study)
    status = sorted((row["status"], row["n_loaded"]) for row in accounts(study).values())
    assert status == [("loaded", row["n_loaded"] + 1), ("superseded", 0)]
    assert query(study, "select count(*) from core.event") == [(row["n_loaded"] + 1,)]


UCDP_ROWS = """\
1,r,2020,1,Clear,1,1,1,c,1,1,d,1,1,Government of India,2,2,Government of China,3,a,Reuters,d,h,o,1,x,w,a,b,34.7,78.2,g,1,India,750,Asia,1,1,2020-06-15 00:00:00.000,2020-06-15 00:00:00.000,20,4,0,0,24,24,24,750.0,710.0
2,r,2020,1,Clear,1,1,1,c,1,1,d,1,1,Government of Syria,2,2,IS,1,"a ""quoted"", name
on two lines",Reuters,d,h,o,1,x,w,a,b,34.7,38.2,g,1,Syria,652,Middle East,1,1,2020-06-16,2020-06-16,1,1,0,0,2,2,2,652,
"""


def test_ucdp_with_and_without_a_header(make_study: MakeStudy, provider: object) -> None:
    from detente.sources import ucdp_ged

    header = ",".join(ucdp_ged.COLUMNS) + "\n"
    provider.put("ged/ged251-csv.zip", zipped("GEDEvent_v25_1.csv", (header + UCDP_ROWS).encode()))
    candidate = UCDP_ROWS.replace("1,r,2020", "11,r,2025", 1).replace("2020-06", "2025-01")
    provider.put("candidateged/GEDEvent_v25_0_1.csv", candidate.encode())
    releases = 'releases = ["ged/ged251-csv.zip", "candidateged/GEDEvent_v25_0_1.csv"]\n'
    study = make_study(toml=STUDY + section("ucdp_ged", provider.url, "1989-01-01") + releases)
    loading.update(study, offline=False)
    rows = of_the_store(study)
    assert [
        [row[name] for name in ("n_rows", "n_loaded", "n_out_of_scope", "n_duplicate")]
        for row in (rows["ucdp_ged/GEDEvent_v25_0_1.csv"], rows["ucdp_ged/ged251-csv.zip"])
        # Of event 2, which both tell, the yearly release counts.
    ] == [[2, 1, 0, 1], [2, 1, 1, 0]]
    assert (
        loading.ask(study, "select actor1_iso3, actor2_iso3, cameo_code from core.event")
        == [("IND", "CHN", "190")] * 2
    )


def test_a_file_of_the_users_own(make_study: MakeStudy, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(
        'when,who,whom,what,words\n01.02.2021,JPN,KOR,163,"a ban, widened"\n'
        "32.02.2021,JPN,KOR,163,no such day\n03.02.2021,JPN,Mars,163,far away\n",
        encoding="utf-8",
    )
    toml = STUDY + (
        f'[sources.csv.gta]\npath = "{mine}"\ncovers_from = 2021-01-01\ncovers_to = 2021-12-31\n'
        'date_format = "%d.%m.%Y"\n[sources.csv.gta.columns]\nevent_date = "when"\n'
        'actor1 = "who"\nactor2 = "whom"\ncode = "what"\ntitle = "words"\n'
    )
    study = make_study(toml=toml)
    loading.update(study, offline=False)
    (row,) = of_the_store(study).values()
    assert [row[name] for name in ("n_rows", "n_loaded", "n_out_of_scope", "n_rejected")] == [
        3,
        1,
        0,
        2,
    ]
    assert loading.ask(study, "select source, event_date::varchar, title from core.event") == [
        ("gta", "2021-02-01", "a ban, widened")
    ]
    wrong = make_study(toml=toml.replace('"whom"', '"nobody"'))
    with pytest.raises(StoreError, match=r"no column nobody.*The store is as it was"):
        loading.update(wrong, offline=False)


@pytest.mark.parametrize("name", ["acts.2023.csv", "acts", "v1.2"])
def test_a_file_of_the_users_own_may_have_any_name(make_study: MakeStudy, name: str) -> None:
    columns = 'event_date = "day"\nactor1 = "who"\nactor2 = "whom"\ncode = "what"\n'
    toml = f'[sources.csv.mine]\npath = "{name}"\ncovers_from = 2021-01-01\n'
    study = make_study(toml=STUDY + toml + "[sources.csv.mine.columns]\n" + columns)
    (study.home / name).write_text("day,who,whom,what\n2021-02-03,JPN,KOR,042\n", encoding="utf-8")
    with publish.only_writer(study.processed):
        (summary,) = ingest.update(study)
        assert (summary.n_files, summary.n_loaded) == (1, 1)
        # A newer version stands in for the older one; the same one is not loaded again.
        (study.home / name).write_text(
            "day,who,whom,what\n2021-02-03,JPN,KOR,042\n2021-02-04,JPN,KOR,043\n", encoding="utf-8"
        )
        assert ingest.update(study)[0].n_files == 1
        assert ingest.update(study)[0].n_files == 0
    with Warehouse() as warehouse:
        relation = Store(study.events).relation("event")
        assert warehouse.rows(f"select count(*) from {relation}") == [(2,)]


@given(name=st.text(st.characters(exclude_characters="/\n", codec="utf-8"), min_size=1))
def test_a_kept_version_is_recognised_by_the_name_of_its_file(name: str) -> None:
    moment, day = datetime(2023, 3, 16, 9, 30, 15), date(2023, 1, 1)
    version = snapshot.versioned(name, moment, "0123456789abcdef")
    found = snapshot.recognise(version, name, "file:///x", day)
    assert found is not None
    assert (found.first_day, found.last_day, found.is_snapshot) == (day, moment.date(), True)
    assert snapshot.is_version(version)
    assert snapshot.series(version) == snapshot.series(name)
    assert snapshot.same_content(version, version)
    later = snapshot.versioned(name, moment + timedelta(days=1), "0123456789abcdef")
    assert snapshot.same_content(version, later)
    assert not snapshot.same_content(version, snapshot.versioned(name, moment, "f" * 16))
    assert not snapshot.same_content(
        version, snapshot.versioned("x" + name, moment, "0123456789abcdef")
    )


def test_a_change_of_scope_loads_everything_anew(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    toml = STUDY + section("gdelt2", provider.url)
    loading.update(make_study(toml=toml), offline=False)
    study = make_study(toml=toml + '[scope]\nactors = "study"\n')
    assert "scope, codes or reading changed" in {one.reason for one in plan.plan(study)}
    loading.update(study, offline=False)
    assert loading.ask(
        study,
        "select count(*) from core.event where not (actor1_iso3 in ('JPN','KOR','USA','CHN','GBR') "
        "and actor2_iso3 in ('JPN','KOR','USA','CHN','GBR'))",
    ) == [(0,)]
    (row,) = of_the_store(study).values()
    assert 0 < row["n_loaded"] < 152
    assert row["n_loaded"] + row["n_out_of_scope"] == 1000


def test_an_air_gapped_site_uses_a_mirror_folder(
    make_study: MakeStudy, sample: bytes, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    content = zipped("a.CSV", sample)
    (mirror / "20191024143000.export.CSV.zip").write_bytes(content)
    (mirror / "masterfilelist.txt").write_bytes(
        master_list({"20191024143000.export.CSV.zip": content})
    )
    study = make_study(toml=STUDY + section("gdelt2", mirror.as_uri() + "/"))
    loading.update(study, offline=False)
    assert loading.ask(study, "select count(*) from core.event") == [(152,)]


def test_a_list_that_cannot_be_had_leaves_yesterdays_events(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    provider.files.clear()
    summaries = []
    with publish.only_writer(study.processed):
        summaries = ingest.update(study)
    assert summaries[0].problem
    # Of a provider that does not answer there is nothing to build.
    assert {one.action for one in plan.plan(study)} == {"ask again"}
    assert query(study, "select count(*) from core.event") == [(152,)]
    # A file that was removed is no input that a refresh would bring: it is told apart.
    assert [one.severity for one in doctor_runs.pending(study)] == ["ok"]
    for path in (study.downloads / "gdelt2").rglob("*.zip"):
        path.unlink()
    assert "missing" in {one.action for one in plan.plan(study, offline=True)}
    assert [one.severity for one in doctor_runs.pending(study)] == ["ok"]


READS_OR_WRITES_ELSEWHERE = [
    "select * from read_parquet('{other}')",
    "select * from read_text('{folder}/data/processed/events/manifest.json')",
    "select * from glob('{folder}/*')",
    "copy (select 1) to '{part}' (format parquet, use_tmp_file false)",
    "explain analyze copy (select 1) to '{part}' (format parquet, use_tmp_file false)",
    "/* */ explain analyze copy (select 1) to '{part}' (format parquet, use_tmp_file false)",
    "copy (select 1) to '{folder}/data/processed/events/new.parquet'",
    "prepare x as copy (select 1) to '{part}' (format parquet)",
    "set allowed_paths = ['/etc/passwd']",
]


def test_a_query_reads_the_events_and_no_other_file(
    make_study: MakeStudy, provider: object, sample: bytes, subtests: pytest.Subtests
) -> None:
    import duckdb

    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    other = study.events / "other.parquet"
    duckdb.sql(f"copy (select 1 as a) to '{other}' (format parquet)")
    ((part,),) = query(study, "select path from meta.event_part where kind = 'event'")
    part = study.processed / str(part)
    before = part.read_bytes()
    for statement in READS_OR_WRITES_ELSEWHERE:
        with subtests.test(statement), Published(study.database) as database:
            assert len(database.query("select * from core.event")) == 152
            with pytest.raises(QueryError):
                database.query(statement.format(other=other, part=part, folder=study.home))
            assert len(database.query("select * from core.event")) == 152
            assert part.read_bytes() == before
    # The plain client answers from any directory.
    with duckdb.connect(str(study.database), read_only=True) as plain:
        assert plain.sql("select count(*) from core.event").fetchall() == [(152,)]


def test_what_was_known_on_a_past_day(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    put_gdelt2(provider, {"20191024143000": sample})
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    target = pipeline.refresh(study, as_of=date(2019, 10, 23)).database
    with Published(target) as database:
        assert database.rows("select count(*) from core.event") == [(0,)]


def test_of_two_versions_of_one_day_the_one_fetched_later_counts(
    make_study: MakeStudy, shared_data: Path
) -> None:
    content = (shared_data / "nk" / "csis_provocations_1958_present.csv").read_bytes()
    earlier = b"".join(content.splitlines(keepends=True)[:100])
    moment = datetime(2026, 11, 24, 9, 30, 15, 250_000)
    study = make_study(toml=STUDY + section("csis_provocations", "file:///none/", "1958-01-01"))
    folder = study.downloads / "csis_provocations"
    folder.mkdir(parents=True)
    name = "csis_provocations_1958_present.csv"
    # The hashes are in the other order than the moments.
    first = snapshot.versioned(name, moment, "f" * 64)
    second = snapshot.versioned(name, moment + timedelta(milliseconds=1), "0" * 64)
    (folder / first).write_bytes(earlier)
    (folder / second).write_bytes(content)
    (folder / snapshot.versioned(name, moment, "a" * 64).replace("T093015250", "")).write_bytes(
        earlier
    )
    source = sources.named(study, "csis_provocations")
    (action,) = source_plan.plan(study, source, None).actions
    assert action.remote.name == second
    assert action.remote.last_day == moment.date()


def test_what_cannot_be_loaded_anew_leaves_the_store_as_it_was(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    (name,) = put_gdelt2(provider, {"20191024143000": sample})
    toml = STUDY + section("gdelt2", provider.url)
    study = make_study(toml=toml)
    with publish.only_writer(study.processed):
        ingest.update(study)
    before = (study.events / "manifest.json").read_bytes()
    (study.downloads / "gdelt2" / "2019" / name).unlink()
    provider.fault(name, "always 404")
    changed = make_study(toml=toml + '[scope]\nactors = "study"\n')
    with (
        publish.only_writer(study.processed),
        pytest.raises(StoreError, match="cannot be fetched: the server answered 404"),
    ):
        ingest.update(changed)
    with Warehouse() as warehouse:
        for kind, n in (("event", 152), ("other", 848)):
            relation = Store(study.events).relation(kind)
            assert warehouse.rows(f"select count(*) from {relation}") == [(n,)]
    after = json.loads((study.events / "manifest.json").read_bytes())
    assert after["parts"] == json.loads(before)["parts"]
    assert after["recipes"] == json.loads(before)["recipes"]
    provider.faults.clear()
    with publish.only_writer(study.processed):
        (summary,) = ingest.update(changed)
    assert 0 < summary.n_loaded < 152


def test_a_name_of_two_states_is_told_before_anything_is_loaded(make_study: MakeStudy) -> None:
    study = make_study(toml=STUDY)
    aliases = study.raw / "reference" / "actor_aliases.csv"
    aliases.write_text(aliases.read_text(encoding="utf-8") + "Japan,KOR\n", encoding="utf-8")
    with Warehouse() as warehouse, pytest.raises(StoreError, match="Japan mean more than one"):
        lookups.prepare(warehouse, study, sources.named(study, "icews"))


def test_eswatini_is_known_by_its_present_names(make_study: MakeStudy) -> None:
    study = make_study(toml=STUDY)
    with Warehouse() as warehouse:
        lookups.prepare(warehouse, study, sources.named(study, "icews"))
        assert warehouse.rows(
            "select said, iso3 from (values ('eSwatini'), ('Eswatini'), "
            "('Kingdom of Eswatini'), ('Swaziland')) as named (said) "
            "left join country on country.name = plain_text(said) order by said"
        ) == [
            (name, "SWZ") for name in ("Eswatini", "Kingdom of Eswatini", "Swaziland", "eSwatini")
        ]


def test_a_quarter_of_an_hour_that_no_list_names_is_told(
    make_study: MakeStudy, provider: object, sample: bytes
) -> None:
    rows = sample.splitlines(keepends=True)
    moments = ["20191024234500", "20191025000000", "20191025101500", "20191027000000"]
    files = put_gdelt2(provider, {one: rows[number] for number, one in enumerate(moments)})
    provider.fault(sorted(files)[2], "always 404")
    study = make_study(toml=STUDY + section("gdelt2", provider.url))
    pipeline.refresh(study)
    assert query(study, "select day::varchar, * exclude (source, day) from meta.short_day") == [
        ("2019-10-24", 1, 0, 95),
        ("2019-10-25", 1, 1, 94),
        ("2019-10-26", 0, 0, 96),
    ]
    shown = [one.message for one in doctor.examine(study)]
    told = "285 quarters of an hour on 3 days from 2019-10-24 to 2019-10-26 are in no file"
    assert any(one.startswith(told) for one in shown)
