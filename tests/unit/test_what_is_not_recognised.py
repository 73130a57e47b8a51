"""Names, days and lists that nobody can read are told, each in its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from detente.refresh import ingest, plan, publish, source_plan
from detente.refresh.summary import unloaded
from detente.settings import Settings
from detente.sources.acled import Acled
from detente.sources.csis_provocations import CsisProvocations
from detente.sources.gdelt1 import Gdelt1
from detente.sources.gdelt2 import Gdelt2
from detente.sources.icews import Icews
from detente.sources.polecat import Polecat
from detente.sources.ucdp_ged import UcdpGed
from tests.support.loading import account, ask, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table
from tests.unit.test_unknown_actors import gdelt1_row

pytestmark = pytest.mark.study


def toml(source: str, rest: str = "") -> str:
    return (
        study_table("1979-01-01", "JPN", "KOR")
        + NO_INFERENCE
        + f"[sources.{source}]\nenabled = true\nstart = 1979-01-01\n{rest}"
    )


def test_a_file_with_an_odd_name_in_the_folder_is_told(make_study: MakeStudy) -> None:
    study = make_study(toml=toml("gdelt1"))
    put(study, "gdelt1", "my events.CSV.zip", b"", 2020)
    (summary,) = update(study)
    assert summary.failures == {"not_recognised": 1}
    assert ask(study, "select source, name, status from meta.missing_file") == [
        ("gdelt1", "my events.CSV.zip", "not_recognised")
    ]
    told = [one for one in plan.plan(study, offline=True) if one.action == plan.NOT_READ]
    assert "my events.CSV.zip" in told[0].subject
    assert unloaded(study, [summary]) == ["gdelt1 (not_recognised)"]
    # When it is gone, so is what was told of it.
    (study.downloads / "gdelt1" / "2020" / "my events.CSV.zip").unlink()
    with publish.only_writer(study.processed):
        pass
    put(study, "gdelt1", "1982.zip", zipped("a", gdelt1_row(1, "19820102", "JPN", "KOR")), 1982)
    (summary,) = update(study)
    assert summary.failures == {}
    assert ask(study, "select count(*) from meta.missing_file") == [(0,)]


def test_a_release_in_the_settings_that_is_none_is_told(make_study: MakeStudy) -> None:
    study = make_study(toml=toml("ucdp_ged", 'releases = ["ged/ged-latest.zip"]\n'))
    with ingest.fetcher(study.sources.downloads) as fetch:
        todo = source_plan.plan(study, ingest.chosen(study)[0], fetch)
    assert [one.name for one in todo.unrecognised] == ["ged-latest.zip"]
    assert "expected a name like ged251-csv.zip" in todo.unrecognised[0].problem


@pytest.mark.parametrize(
    ("day", "published"),
    [("00250305", "19820110"), ("22050309", "19820110"), ("19820113", "19820110")],
)
def test_a_day_that_cannot_be_is_refused(make_study: MakeStudy, day: str, published: str) -> None:
    study = make_study(toml=toml("gdelt1"))
    row = gdelt1_row(1, "19820102", "JPN", "KOR").replace(b"19820102", day.encode(), 1)
    row = row.replace(b"\t19820102", b"\t" + published.encode())
    put(study, "gdelt1", "1982.zip", zipped("a", row), 1982)
    update(study)
    assert account(study, "1982.zip") == (1, 0, 0, 0, 1)
    ((column, value, reason),) = ask(
        study, "select column_name, value, reason from core.event_rejected"
    )
    assert (column, value) == ("SQLDATE", day)
    assert reason.startswith("expected a day")


def test_a_day_after_the_files_own_publication_is_refused(make_study: MakeStudy) -> None:
    study = make_study(
        toml=study_table("1979-01-01", "JPN", "KOR")
        + NO_INFERENCE
        + '[sources.csv.mine]\npath = "mine.csv"\ncovers_from = 2020-01-01\n'
        + '[sources.csv.mine.columns]\nevent_date = "day"\nactor1 = "who"\nactor2 = "whom"\n'
        + 'code = "what"\n'
    )
    later = date.today().replace(year=date.today().year + 2, day=1)
    (study.home / "mine.csv").write_text(
        f"day,who,whom,what\n{later},JPN,KOR,042\n2021-02-03,JPN,KOR,042\n", encoding="utf-8"
    )
    (summary,) = update(study, offline=False)
    assert (summary.n_loaded, summary.n_rejected) == (1, 1)
    ((reason,),) = ask(study, "select reason from core.event_rejected")
    assert reason.startswith("expected a day from 1500-01-01 to ")


# Names as providers build them: words, days that may not be, stamps, endings.
_PIECES = st.sampled_from([
    "ngecEvents", "ngecEventsDV", "events", "Events", "icews", "acled", "ged", "GEDEvent_v", "DV",
    "Release603", "export", "translation", "CSV", "20230103111842", "20230231000000", "20181004",
    "202213", "2022", "2022-Jan", "2022-Foo", "1899", "25_0_3", "25_0_13", "25_01_25_12",
    "26_06_26_01", "251-csv", "csis", "provocations", "99999999999999", "é", "日本",
])  # fmt: skip
_NAMES = st.builds(
    lambda pieces, separator, ending: separator.join(pieces) + ending,
    st.lists(_PIECES, min_size=1, max_size=4),
    st.sampled_from([".", "-", "_", ""]),
    st.sampled_from(["", ".txt", ".tab", ".csv", ".zip", ".csv.zip", ".txt.zip", ".CSV.zip"]),
)


_SOURCES = (
    Gdelt1(), Gdelt2(), Gdelt2(translated=True), Icews(), Polecat(), UcdpGed(), Acled(),
    CsisProvocations(),
)  # fmt: skip


@given(name=_NAMES)
@example(name="00010101000000.export.CSV.zip")  # no day is before its day
@example(name="00010101.export.CSV.zip")
def test_whatever_a_file_is_called_it_is_known_or_told(name: str) -> None:
    for source in _SOURCES:
        found = source.recognise(name)
        if found is not None:
            # A file that holds part of its only day is complete to the day before.
            assert (found.last_day - found.first_day).days >= -1
            assert found.name == name
            assert not found.problem


# Of each source: the name of a file of its own, and what may lie beside it without a word.
_IN_A_FOLDER = {
    "gdelt1": ("1982.zip", "md5sums"),
    "gdelt2": ("20191024143000.export.CSV.zip", "20191024143000.mentions.CSV.zip"),
    "icews": ("events.1995.20150313082510.tab", "codebook.pdf"),
    "polecat": ("ngecEvents.DV.2018.txt", "README.txt"),
    "ucdp_ged": ("GEDEvent_v23_1.csv", "Licence.txt"),
    "acled": ("Europe-Central-Asia_2018-2025_Feb28.xlsx", ".DS_Store"),
}


def _planned(study: Settings) -> source_plan.SourcePlan:
    with ingest.fetcher(study.sources.downloads) as fetch:
        return source_plan.plan(study, ingest.chosen(study)[0], fetch)


@pytest.mark.parametrize("source", _IN_A_FOLDER)
def test_every_file_of_a_mirror_folder_is_read_or_told(
    make_study: MakeStudy, tmp_path: Path, source: str
) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "a" / "b").mkdir(parents=True)
    name, beside = _IN_A_FOLDER[source]
    odd = ("my events.dat", "a/b/a copy of it.xyz")
    for one in (name, beside, *odd):
        (mirror / one).write_bytes(b"")
    study = make_study(toml=toml(source, f'base_url = "{mirror.as_uri()}/"\n'))
    todo = _planned(study)
    assert [one.remote.name for one in todo.actions] == [name]
    assert {one.name for one in todo.unrecognised} == set(odd)


def test_what_is_no_file_in_a_mirror_folder_is_told(make_study: MakeStudy, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    for folder in ("1983.zip", "1984", ".git"):
        (mirror / folder).mkdir(parents=True)
    (mirror / "1982.zip").write_bytes(b"")
    (mirror / "1985.zip").symlink_to("nowhere")
    (mirror / "codebook.pdf").symlink_to("nowhere")
    study = make_study(toml=toml("gdelt1", f'base_url = "{mirror.as_uri()}/"\n'))
    todo = _planned(study)
    assert [one.remote.name for one in todo.actions] == ["1982.zip"]
    assert {one.name: one.problem.split(":")[0] for one in todo.unrecognised} == {
        "1983.zip": "a folder with the name of a file",
        "1985.zip": "a link that leads nowhere (nowhere)",
    }


@pytest.mark.parametrize(
    "name", ["ged251-csv.zip", "ged251.csv", "GEDEvent_v25_1.csv", "GEDEvent_v25_1.xlsx"]
)
def test_a_yearly_release_of_ucdp_under_the_names_that_it_has(name: str) -> None:
    found = UcdpGed().recognise(name)
    assert found is not None
    assert (found.last_day, found.level) == (date(2024, 12, 31), 1251)


def test_a_name_that_stands_twice_in_a_mirror_folder_is_told(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    for folder in ("a", "b"):
        (mirror / folder).mkdir(parents=True)
        (mirror / folder / "1982.zip").write_bytes(folder.encode())
    study = make_study(toml=toml("gdelt1", f'base_url = "{mirror.as_uri()}/"\n'))
    todo = _planned(study)
    assert [one.remote.url for one in todo.actions] == [(mirror / "a" / "1982.zip").as_uri()]
    assert [(one.name, one.problem) for one in todo.unrecognised] == [
        ("b/1982.zip", "not read: a/1982.zip has the same name and is read")
    ]


def test_a_mirror_folder_is_read_beyond_its_list_and_no_further_than_the_settings_name(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    """Candidate months that lie beside a yearly release; a release that the settings pin."""
    names = ["ged251-csv.zip", "GEDEvent_v26_0_3.csv", "GEDEvent_v26_01_26_06.csv"]
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    for name in names:
        (mirror / name).write_bytes(b"")
    address = f'base_url = "{mirror.as_uri()}/"\n'
    todo = _planned(make_study(toml=toml("ucdp_ged", address)))
    assert sorted(one.remote.name for one in todo.actions) == sorted(names)
    pinned = make_study(toml=toml("ucdp_ged", address + 'releases = ["ged/ged251-csv.zip"]\n'))
    todo = _planned(pinned)
    assert [one.remote.name for one in todo.actions] == names[:1]
    assert {one.problem for one in todo.unrecognised} == {
        "not read: the settings name other releases"
    }
    assert len(todo.unrecognised) == 2


def test_sources_that_share_a_folder_leave_each_other_their_files(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    name = "20191024143000.translation.export.CSV.zip"
    (mirror / name).write_bytes(b"")
    (mirror / name.replace("translation.", "")).write_bytes(b"")
    address = f'base_url = "{mirror.as_uri()}/"\n'
    both = toml("gdelt2", address) + f"[sources.gdelt2_translation]\n{address}"
    assert _planned(make_study(toml=both)).unrecognised == ()
    (told,) = _planned(make_study(toml=toml("gdelt2", address))).unrecognised
    assert told.name == name
