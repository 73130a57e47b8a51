"""What becomes of loaded files on disk is told, and what changed there is loaded."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detente import sources
from detente.base import files
from detente.base.errors import StoreError
from detente.database.builder import Warehouse
from detente.operations.doctor import store as examined
from detente.refresh import disk, ingest, input_tables, plan, raw_files, source_plan
from detente.settings import Settings
from detente.sources.fetch import PART
from detente.store.events import Store
from detente.store.raw_file import STAYS
from tests.support.loading import account, ask, opened, put, update
from tests.support.provider import md5, zipped
from tests.support.some import some
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study
from tests.unit.test_unknown_actors import gdelt1_row

pytestmark = pytest.mark.study


def toml(source: str = "gdelt1", rest: str = "") -> str:
    return (
        study_table("1979-01-01", "JPN", "KOR")
        + NO_INFERENCE
        + f"[sources.{source}]\nenabled = true\nstart = 1979-01-01\n{rest}"
    )


def year_file(year: int, *numbers: int) -> bytes:
    """A year of GDELT 1.0 with an event a number, each on a day of its own."""
    rows = [gdelt1_row(n, f"{year}01{1 + n % 28:02}", "JPN", "KOR") for n in numbers]
    return zipped("a", b"".join(rows))


def lay(study: Settings, year: int, *numbers: int) -> Path:
    put(study, "gdelt1", f"{year}.zip", year_file(year, *numbers), year)
    return study.downloads / "gdelt1" / str(year) / f"{year}.zip"


def events(study: Settings) -> list[str]:
    """The numbers of the events that the study has."""
    return sorted(one for (one,) in ask(study, "select event_id from core.event"))


def numbered(*numbers: int) -> list[str]:
    return sorted(str(one) for one in numbers)


def planned(study: Settings, *, offline: bool = True) -> dict[str, str]:
    """What a plan says of the source, by action; what to build is left out."""
    return {
        one.action: f"{one.subject}: {one.reason}"
        for one in plan.plan(study, offline=offline)
        if one.subject.startswith(("gdelt", "acled", "mine"))
    }


@pytest.fixture
def loaded(make_study: MakeStudy) -> Settings:
    """A study with two years of GDELT 1.0, loaded from the folder of downloads."""
    study = make_study(toml=toml())
    lay(study, 1982, 1, 2)
    lay(study, 1983, 3)
    (summary,) = update(study)
    assert (summary.n_files, summary.n_loaded, summary.notes) == (2, 3, [])
    assert planned(study) == {}
    assert examined.on_disk(study, deep=False) == []
    return study


def test_a_file_that_was_removed_is_told_and_its_events_stay(loaded: Settings) -> None:
    (loaded.downloads / "gdelt1" / "1982" / "1982.zip").unlink()
    said = "1 loaded file no longer on disk; its events stay (1982.zip)"
    assert said in planned(loaded)["missing"]
    assert "--without-missing" in planned(loaded)["missing"]
    (summary,) = update(loaded)
    assert (summary.n_files, summary.problem, summary.news) == (0, None, [])
    assert said in str(summary)
    assert events(loaded) == numbered(1, 2, 3)
    (found,) = examined.on_disk(loaded, deep=False)
    assert (found.severity, found.subject, found.message) == ("note", "source gdelt1", said)
    assert "--without-missing" in found.remedy


def test_a_folder_that_is_gone_is_told_once_and_loudly(loaded: Settings) -> None:
    for year in range(1984, 1994):
        lay(loaded, year, year)
    update(loaded)
    shutil.move(loaded.downloads, loaded.home / "unmounted")
    loaded.downloads.mkdir()
    (summary,) = update(loaded)
    assert summary.problem is not None
    assert summary.problem.startswith("none of the 12 loaded files is on disk: there is no folder")
    assert str(summary).count("loaded file") == 1
    assert len(events(loaded)) == 13
    (found,) = examined.on_disk(loaded, deep=False)
    assert found.severity == "problem" and "mount the disk" in found.remedy
    # Removed on purpose, the empty folder says so.
    (loaded.downloads / "gdelt1").mkdir()
    (summary,) = update(loaded)
    assert summary.problem is None and "12 loaded files no longer on disk" in str(summary)
    (found,) = examined.on_disk(loaded, deep=False)
    assert found.severity == "note"
    # Mounted again.
    shutil.rmtree(loaded.downloads)
    shutil.move(loaded.home / "unmounted", loaded.downloads)
    assert planned(loaded) == {}


def test_a_file_with_other_content_is_loaded_as_a_corrected_one(loaded: Settings) -> None:
    lay(loaded, 1982, 2, 4, 5)
    assert "its content changed since it was loaded" in planned(loaded)["load"]
    (found,) = examined.on_disk(loaded, deep=False)
    assert "1 loaded file with other content than was loaded (1982.zip)" in found.message
    # What reads all files says it itself.
    assert examined.on_disk(loaded, deep=True) == []
    (summary,) = update(loaded)
    assert (summary.n_files, summary.n_loaded) == (1, 3)
    assert events(loaded) == numbered(2, 3, 4, 5)
    assert account(loaded, "1982.zip") == (3, 3, 0, 0, 0)
    assert planned(loaded) == {} and examined.on_disk(loaded, deep=False) == []


def test_other_content_of_the_same_size_is_seen_by_its_moment_even_an_older_one(
    loaded: Settings,
) -> None:
    path = loaded.downloads / "gdelt1" / "1983" / "1983.zip"
    before = path.stat()
    path.write_bytes(year_file(1983, 6))
    assert path.stat().st_size == before.st_size
    # As rsync and cp -p leave a file that somebody corrected long ago.
    os.utime(path, ns=(0, before.st_mtime_ns - 10**15))
    update(loaded)
    assert events(loaded) == numbered(1, 2, 6)


def test_other_content_is_seen_by_its_size_though_its_moment_was_kept(loaded: Settings) -> None:
    path = loaded.downloads / "gdelt1" / "1983" / "1983.zip"
    before = path.stat()
    path.write_bytes(year_file(1983, 6, 7, 8))
    os.utime(path, ns=(0, before.st_mtime_ns))
    update(loaded)
    assert events(loaded) == numbered(1, 2, 6, 7, 8)


def test_a_file_that_was_touched_and_then_changed_is_loaded(loaded: Settings) -> None:
    path = loaded.downloads / "gdelt1" / "1983" / "1983.zip"
    os.utime(path, ns=(0, 10**18))
    update(loaded)
    size = path.stat().st_size
    path.write_bytes(year_file(1983, 6))
    assert path.stat().st_size == size
    update(loaded)
    assert events(loaded) == numbered(1, 2, 6)


def test_the_database_has_what_differs_and_no_refresh_mends(loaded: Settings) -> None:
    (loaded.downloads / "gdelt1" / "1982" / "1982.zip").unlink()
    os.utime(loaded.downloads / "gdelt1" / "1983" / "1983.zip", ns=(0, 10**18))
    source = sources.named(loaded, "gdelt1")
    look = source_plan.plan(loaded, source, None).look
    assert look.of(disk.TOUCHED) == ("1983.zip",)
    for looked in ([look], []):  # what loading saw, or a look of its own
        with opened(loaded) as built:
            input_tables.disk_differences(built, loaded, looked)
            told = built.rows("from meta.disk_difference")
        assert told == [("gdelt1", "gone", 1, "1982.zip")]


def test_a_touched_file_is_read_once_and_not_loaded(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loaded.downloads / "gdelt1" / "1982" / "1982.zip"
    os.utime(path, ns=(0, 10**18))
    assert (
        "another moment of change and the same content (1982.zip)" in planned(loaded)["as loaded"]
    )
    (summary,) = update(loaded)
    assert (summary.n_files, summary.notes) == (0, [])
    read: list[Path] = []
    digest = files.digest

    def noted(one: Path, algorithm: str = "sha256") -> str:
        read.append(one)
        return digest(one, algorithm)

    monkeypatch.setattr(files, "digest", noted)
    update(loaded)
    assert read == [] and planned(loaded) == {}
    # A later look at another file does not forget it, nor one that does not see it.
    aside = loaded.home / "aside.zip"
    path.rename(aside)
    update(loaded)
    aside.rename(path)
    lay(loaded, 1984, 9)
    update(loaded)
    assert path not in read


def test_a_changed_file_that_cannot_be_read_leaves_what_was_loaded(loaded: Settings) -> None:
    path = loaded.downloads / "gdelt1" / "1982" / "1982.zip"
    whole = path.read_bytes()
    for damaged in (b"", whole[:-30], b"<html>not found</html>"):
        path.write_bytes(damaged)
        for _ in range(2):  # told every night
            (summary,) = update(loaded)
            assert len(summary.news) == 1 and STAYS in summary.news[0]
        assert events(loaded) == numbered(1, 2, 3)
        assert account(loaded, "1982.zip") == (2, 2, 0, 0, 0)
    path.write_bytes(whole)
    (summary,) = update(loaded)
    assert (summary.n_files, summary.news) == (0, [])


def test_of_a_file_that_never_loaded_nothing_is_said_to_stay(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    path = lay(study, 1982, 1, 2)
    whole = path.read_bytes()
    for damaged in (whole[:-30], b"no archive at all"):
        path.write_bytes(damaged)
        (summary,) = update(study)
        assert summary.failures and STAYS not in str(summary.news)
    ((note,),) = ask(study, "select note from meta.raw_file where raw_file_id like '%1982.zip'")
    assert summary.news == [f"gdelt1/1982.zip: {note}"]


def test_a_store_that_kept_no_moments_is_not_read_again(
    loaded: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = loaded.downloads / "gdelt1" / "1983" / "1983.zip"
    with Warehouse() as warehouse:
        moment = next(Store(loaded).states(warehouse, ["loaded_at"]))[0]
    row = ("1983.zip", path.stat().st_size, None, moment)
    looking = disk.Looking(loaded, "gdelt1", {"1983.zip": path})
    with monkeypatch.context() as patch, Warehouse() as warehouse:
        patch.setattr(files, "digest", None)
        looking.see(*row)
        look, _ = looking.done(warehouse)
        assert (look.n_loaded, look.names) == (1, {})
    # Changed after it was loaded: read, and found other.
    path.write_bytes(year_file(1983, 6))
    assert path.stat().st_size == row[1]
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**10))
    looking = disk.Looking(loaded, "gdelt1", {"1983.zip": path})
    looking.see(*row)
    with Warehouse() as warehouse:
        look, _ = looking.done(warehouse)
    assert look.of(disk.CHANGED) == ("1983.zip",)


def test_a_list_may_write_its_checksums_in_capitals(loaded: Settings, tmp_path: Path) -> None:
    path = tmp_path / "1982.zip"
    path.write_bytes(year_file(1982, 7, 8))
    checksum = md5(path.read_bytes())
    for listed, kind in (
        (checksum.upper(), disk.RENEWED), (checksum[::-1].upper(), disk.CONTRADICTED),
    ):  # fmt: skip
        looking = disk.Looking(loaded, "gdelt1", {}, lambda _, listed=listed: (path, listed))
        looking.see("1982.zip", 1, None, None)
        with Warehouse() as warehouse:
            look, _ = looking.done(warehouse)
        assert look.of(kind) == ("1982.zip",)


def test_files_of_other_machines_are_not_away() -> None:
    names = {disk.GONE: ("a.zip", "b.zip", "c.zip", "d.zip")}
    look = disk.Look("gdelt1", Path("gdelt1"), 5, names, has_folder=False, is_elsewhere=True)
    assert (look.is_away, look.standing) == (False, ())
    assert look.said(disk.GONE) == (
        "4 loaded files lie on other machines (a.zip, b.zip, ..., d.zip)", ""
    )  # fmt: skip
    assert replace(look, is_elsewhere=False).is_away


def test_hidden_files_are_nobodys(loaded: Settings) -> None:
    for name in (".DS_Store", "._1982.zip", ".1984.zip"):
        (loaded.downloads / "gdelt1" / name).write_bytes(b"x")
    assert planned(loaded) == {}
    (summary,) = update(loaded)
    assert (summary.failures, summary.news) == ({}, [])


@dataclass(frozen=True)
class Mirror:
    """A folder in place of the provider of GDELT 1.0."""

    folder: Path

    def put(self, year: int, *numbers: int) -> None:
        """Have a year's file from now on."""
        (self.folder / f"{year}.zip").write_bytes(year_file(year, *numbers))

    def list(self, year: int, *numbers: int) -> None:
        """Say in the list what the one file is, whatever it is."""
        line = f"{md5(year_file(year, *numbers))}  {year}.zip\n"
        (self.folder / "md5sums").write_text(line)


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """An empty folder."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    return Mirror(folder)


@pytest.fixture
def mirrored(make_study: MakeStudy, mirror: Mirror) -> Settings:
    """A study that reads the folder; nothing is loaded yet."""
    return make_study(toml=toml(rest=f'base_url = "{mirror.folder.as_uri()}/"\n'))


@pytest.fixture
def listed(mirror: Mirror, mirrored: Settings) -> Settings:
    """The study after it has loaded a year that the folder has and lists."""
    mirror.put(1982, 1, 2)
    mirror.list(1982, 1, 2)
    update(mirrored, offline=False)
    assert events(mirrored) == numbered(1, 2)
    return mirrored


def test_a_file_of_a_mirror_that_changed_is_fetched_and_loaded(
    mirror: Mirror, mirrored: Settings
) -> None:
    mirror.put(1982, 1, 2)
    update(mirrored, offline=False)
    assert planned(mirrored, offline=False) == {}
    mirror.put(1982, 2, 3)
    assert "the provider changed it" in planned(mirrored, offline=False)["download"]
    assert planned(mirrored) == {}
    update(mirrored, offline=False)
    assert events(mirrored) == numbered(2, 3)
    assert planned(mirrored, offline=False) == {}
    # The copy is edited: the mirror has what counts.
    lay(mirrored, 1982, 4)
    assert source_plan.NOT_THE_PROVIDERS in planned(mirrored, offline=False)["download"]
    update(mirrored, offline=False)
    assert events(mirrored) == numbered(2, 3)


def test_a_file_of_a_mirror_that_cannot_be_read_is_told_and_what_was_loaded_stays(
    mirror: Mirror, listed: Settings
) -> None:
    path = mirror.folder / "1982.zip"
    path.unlink()
    path.mkdir()  # as one without permission, which the superuser would have
    (summary,) = update(listed, offline=False)
    assert len(summary.news) == 1 and STAYS in summary.news[0]
    assert events(listed) == numbered(1, 2)


def test_half_a_download_of_a_listed_file_is_continued_and_another_is_named(
    mirror: Mirror, mirrored: Settings
) -> None:
    mirror.put(1982, 1)
    folder = mirrored.downloads / "gdelt1"
    folder.mkdir(parents=True)
    for year in (1982, 1999):
        (folder / f"{year}.zip{PART}").write_bytes(b"half")
    told = [one for one in plan.plan(mirrored) if one.action == plan.NOT_READ]
    assert [one.subject for one in told] == [f"gdelt1: 1 file (1999.zip{PART})"]


def test_of_two_files_of_one_name_the_one_that_is_read_is_looked_at(loaded: Settings) -> None:
    other = loaded.downloads / "gdelt1" / "1999"
    other.mkdir()
    (other / "1982.zip").write_bytes(year_file(1982, 9))
    assert examined.on_disk(loaded, deep=False) == []


def test_a_mirror_that_contradicts_its_own_list_is_told(mirror: Mirror, listed: Settings) -> None:
    mirror.put(1982, 3, 4)
    said = "1 loaded file of the mirror with other content than its list says"
    assert said in planned(listed, offline=False)["not loaded"]
    (summary,) = update(listed, offline=False)
    assert len(summary.news) == 1 and said in summary.news[0]
    assert events(listed) == numbered(1, 2)
    # The list is corrected too.
    mirror.list(1982, 3, 4)
    (summary,) = update(listed, offline=False)
    assert (summary.news, events(listed)) == ([], numbered(3, 4))


def test_a_changed_file_that_the_provider_does_not_have_is_loaded_as_it_is(
    mirrored: Settings,
) -> None:
    lay(mirrored, 1982, 1)
    update(mirrored, offline=False)
    lay(mirrored, 1982, 2, 3)
    assert "its content changed" in planned(mirrored, offline=False)["load"]
    update(mirrored, offline=False)
    assert events(mirrored) == numbered(2, 3)


def test_a_file_that_is_gone_and_comes_anew_is_not_called_missing(
    mirror: Mirror, mirrored: Settings
) -> None:
    mirror.put(1982, 1, 2)
    mirror.put(1983, 3)
    update(mirrored, offline=False)
    shutil.rmtree(mirrored.downloads / "gdelt1" / "1982")
    (mirrored.downloads / "gdelt1" / "1983" / "1983.zip").unlink()
    mirror.put(1982, 4, 5, 6)
    told = planned(mirrored, offline=False)
    assert "1 file (1982.zip)" in told["download"]
    assert "1 loaded file no longer on disk; its events stay (1983.zip)" in told["missing"]


def test_a_corrected_file_that_cannot_be_fetched_leaves_what_was_loaded(
    mirror: Mirror, listed: Settings
) -> None:
    # The list is ahead of the file.
    mirror.list(1982, 3)
    for _ in range(2):
        (summary,) = update(listed, offline=False)
        assert len(summary.news) == 1 and STAYS in summary.news[0]
    assert account(listed, "1982.zip") == (2, 2, 0, 0, 0)
    assert events(listed) == numbered(1, 2)


def test_without_a_network_nobody_is_asked_for_what_has_to_be_loaded_again(
    loaded: Settings,
) -> None:
    (loaded.downloads / "gdelt1" / "1983" / "1983.zip").unlink()
    other = loaded.model_copy(update={"scope": loaded.scope.model_copy(update={"actors": "study"})})
    assert planned(other)["download"].endswith("scope, codes or reading changed")
    with pytest.raises(StoreError, match="no longer on disk, and no provider is asked"):
        update(other)
    assert events(loaded) == numbered(1, 2, 3)


OWN = (
    '[sources.csv.mine]\npath = "mine.csv"\ncovers_from = 2020-01-01\n[sources.csv.mine.columns]\n'
    'event_date = "day"\nactor1 = "who"\nactor2 = "whom"\ncode = "what"\n'
)


def test_a_kept_version_that_was_edited_is_told_and_not_loaded(make_study: MakeStudy) -> None:
    study = make_study(toml=study_table("1979-01-01", "JPN", "KOR") + NO_INFERENCE + OWN)
    (study.home / "mine.csv").write_text("day,who,whom,what\n2021-02-03,JPN,KOR,042\n")
    update(study, offline=False)
    (kept,) = (study.downloads / "mine").iterdir()
    kept.write_text("day,who,whom,what\n2021-02-03,JPN,KOR,190\n2021-02-04,JPN,KOR,190\n")
    assert "no longer with the content that the name states" in planned(study)["not loaded"]
    (summary,) = update(study)
    assert len(summary.news) == 1 and "content that the name states" in summary.news[0]
    assert ask(study, "select cameo_code from core.event") == [("042",)]
    (found,) = examined.on_disk(study, deep=False)
    assert found.severity == "problem"


@pytest.mark.parametrize("offline", [True, False])
def test_a_version_that_is_refused_leaves_the_one_before(
    make_study: MakeStudy, offline: bool
) -> None:
    study = make_study(toml=study_table("1979-01-01", "JPN", "KOR") + NO_INFERENCE + OWN)
    path = study.home / "mine.csv"
    good = "day,who,whom,what\n2021-02-03,JPN,KOR,042\n2021-02-05,JPN,KOR,042\n"
    path.write_text(good)
    update(study, offline=offline)
    path.write_text(good.replace(",042", ",42"))
    for _ in range(2):  # told by every refresh, and never kept a second time
        (summary,) = update(study, offline=offline)
        assert (summary.n_loaded, summary.failures) == (0, {"refused_layout": 1})
        assert len(summary.news) == 1 and "mine.csv: the codes of the column" in summary.news[0]
        assert STAYS in summary.news[0]
        assert len(list((study.downloads / "mine").iterdir())) == 2
        assert ask(study, "select cameo_code from core.event") == [("042",)] * 2
        assert ask(study, "select status from meta.missing_file") == [("refused_layout",)]
        assert ask(study, "from meta.coverage_gap") == []
        assert ask(study, "select complete_to from meta.coverage") == [(date(2021, 2, 5),)]
    path.write_text(good + "2021-02-06,JPN,KOR,043\n")
    (summary,) = update(study, offline=offline)
    assert (summary.n_loaded, summary.failures) == (3, {})
    assert ask(study, "select count(*) from core.event") == [(3,)]
    assert ask(study, "from meta.missing_file") == []


def test_a_file_that_grows_while_it_is_read_is_loaded_again(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(toml=toml())
    path = lay(study, 1982, 1, 2)
    described = raw_files.raw_file

    def growing(*given: object) -> object:
        found = described(*given)  # type: ignore[arg-type]
        path.write_bytes(year_file(1982, 1, 2, 3))  # the copying goes on
        return found

    with monkeypatch.context() as patch:
        patch.setattr(raw_files, "raw_file", growing)
        (summary,) = update(study)
    assert "gdelt1/1982.zip changed while it was read" in str(summary)
    (summary,) = update(study)
    assert (summary.n_files, summary.notes) == (1, [])
    assert account(study, "1982.zip") == (3, 3, 0, 0, 0)
    assert events(study) == numbered(1, 2, 3)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads every file")
def test_a_file_without_permission_is_told(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    lay(study, 1982, 1)
    path = lay(study, 1983, 3)
    path.chmod(0)
    (summary,) = update(study)
    assert "see its owner and permissions" in summary.news[0]
    assert (summary.n_loaded, summary.failures) == (1, {"unreadable": 1})


def test_a_file_that_the_system_refuses_is_told(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(toml=toml())
    lay(study, 1982, 1)
    path = lay(study, 1983, 3)
    digest = files.digest

    def refusing(one: Path, algorithm: str = "sha256") -> str:
        if one == path:
            raise PermissionError(13, "Permission denied", str(one))
        return digest(one, algorithm)

    with monkeypatch.context() as patch:
        patch.setattr(files, "digest", refusing)
        (summary,) = update(study)
        (again,) = update(study)
    assert "(Permission denied); see its owner and permissions" in summary.news[0]
    assert again.news == []  # known since the first time
    assert (summary.n_loaded, summary.failures) == (1, {"unreadable": 1})
    update(study)
    assert events(study) == numbered(1, 3)


# -- random nights ---------------------------------------------------------------------------------

_NOTHING = st.just(frozenset[int]())
_YEARS = st.integers(1980, 1985)
_STEP = st.one_of(
    st.tuples(st.just("put"), _YEARS, st.frozensets(st.integers(1, 9), min_size=1, max_size=3)),
    st.tuples(st.sampled_from(["remove", "touch", "spoil"]), _YEARS, _NOTHING),
)
_SPOILT = b"spoilt"


def _do(study: Settings, step: tuple[str, int, frozenset[int]], moment: int) -> None:
    action, year, numbers = step
    path = study.downloads / "gdelt1" / str(year) / f"{year}.zip"
    if action == "put":
        lay(study, year, *(100 * year + one for one in numbers))
    elif path.is_file():
        if action == "remove":
            path.unlink()
        elif action == "touch":
            os.utime(path, ns=(0, moment))
        else:
            path.write_bytes(_SPOILT)


@hypothesis_settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(_STEP, max_size=4), min_size=1, max_size=3))
def test_whatever_happens_to_files_the_accounts_are_those_of_the_tables(
    nights: list[list[tuple[str, int, frozenset[int]]]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "study", (), toml())
        counting: dict[int, frozenset[int]] = {}  # the numbers that count, by year
        for night, steps in enumerate(some(nights)):
            for place, step in enumerate(steps):
                _do(study, step, 10**18 + 10 * night + place)
            there = {int(one.stem): one for one in (study.downloads / "gdelt1").rglob("*.zip")}
            for action, year, numbers in steps:
                if action == "put" and year in there and there[year].read_bytes() != _SPOILT:
                    counting[year] = frozenset(100 * year + one for one in numbers)
            todo = source_plan.plan(study, ingest.chosen(study)[0], None)
            # What is named as missing is what is not on disk.
            missing = {int(name[:4]) for name in todo.look.of(disk.GONE)}
            assert missing == counting.keys() - there.keys()
            said = planned(study)
            to_do = bool({"load", source_plan.TRY_AGAIN} & said.keys())
            assert (to_do, "missing" in said) == (bool(todo.actions), bool(missing))
            (summary,) = update(study)
            # What the plan says is what is done.
            assert summary.n_files == len(todo.actions)
            expected = numbered(*(one for numbers in counting.values() for one in numbers))
            assert events(study) == expected
            assert ask(
                study,
                "select coalesce(sum(n_loaded), 0)::bigint, count(*) filter (n_rows <> n_loaded "
                "+ n_out_of_scope + n_unknown + n_duplicate + n_rejected) from meta.raw_file",
            ) == [(len(expected), 0)]
            # Nothing is left to do but to try again what cannot be read.
            spoilt = {year for year, one in there.items() if one.read_bytes() == _SPOILT}
            left = planned(study)
            assert ("load" in left) == bool(spoilt & counting.keys())
            assert (source_plan.TRY_AGAIN in left) == bool(spoilt - counting.keys())


# -- what a stranger finds in a folder ------------------------------------------------------------


def test_what_is_no_file_of_the_source_is_named_with_what_to_do(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    lay(study, 1982, 1)
    folder = study.downloads / "gdelt1"
    put(study, "gdelt1", "20240131104500.export.CSV.zip", b"x", 2024)
    (folder / "1983.zip").mkdir()
    (folder / "1984.zip").symlink_to(folder / "nowhere.zip")
    (folder / "my 1985.zip").write_bytes(year_file(1985, 5))
    told = [one for one in plan.plan(study, offline=True) if one.action == plan.NOT_READ]
    said = {one.subject: one.reason for one in told}
    assert said == {
        "gdelt1: 1 file (1983.zip)": "a folder with the name of a file: move the file in it out",
        "gdelt1: 1 file (1984.zip)": (
            f"a link that leads nowhere ({folder / 'nowhere.zip'}): correct or remove it"
        ),
        "gdelt1: 1 file (20240131104500.export.CSV.zip)": (
            f"is called like a file of gdelt2: move it to {study.downloads / 'gdelt2'}"
        ),
        "gdelt1: 1 file (my 1985.zip)": (
            "expected a name like 20240131.export.CSV.zip, 201203.zip or 1995.zip"
        ),
    }
    (summary,) = update(study)
    assert (summary.n_loaded, summary.failures) == (1, {"not_recognised": 4})
    assert ask(study, "select count(*) from meta.missing_file") == [(4,)]
    assert len(summary.news) == 4
    (summary,) = update(study)
    assert summary.news == []


def test_an_empty_file_is_refused_and_covers_no_day(make_study: MakeStudy) -> None:
    study = make_study(toml=toml("icews"))
    put(study, "icews", "events.2018.20200427084805.tab", b"", 2018)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.failures) == (0, {"empty": 1})
    assert "got no bytes. Copy or fetch it again" in summary.news[0]
    assert ask(study, "select status from meta.missing_file") == [("empty",)]
    assert ask(study, "select count(*) from meta.coverage where source = 'icews'") == [(0,)]


def test_of_many_files_the_one_that_is_damaged_is_told_alone(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    for year in range(1980, 2006):
        lay(study, year, year)
    path = study.downloads / "gdelt1" / "1990" / "1990.zip"
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    (summary,) = update(study)
    assert (summary.n_files, summary.n_loaded, summary.failures) == (26, 25, {"unreadable": 1})
    assert len(summary.news) == 1 and "1990.zip" in summary.news[0]
    path.write_bytes(whole)
    (summary,) = update(study)
    assert (summary.n_files, summary.n_loaded, summary.failures) == (1, 1, {})
