"""What a person lays into the folder of downloads and no period shows, by the command line."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from tests.support.command import detente_here
from tests.support.provider import zipped
from tests.unit.test_unknown_actors import gdelt1_row

pytestmark = pytest.mark.slow
_UNCHANGED = "inputs: nothing changed since the last refresh"


def _run(folder: Path, *words: str, code: int = 0) -> str:
    done = detente_here(folder, *words)
    assert done.returncode == code, done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


def _plan(folder: Path) -> list[tuple[str, str, str]]:
    return [
        (one["action"], one["subject"], one["reason"])
        for one in json.loads(_run(folder, "plan", "--offline", "--json"))
    ]


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    """The folder of downloads of a new study of 2000 and later, with GDELT 1 switched on."""
    _run(tmp_path, "init", "--name", "Study", "--actors", "JPN,KOR", "--focal", "JPN-KOR",
         "--start", "2000", "--source", "gdelt1")  # fmt: skip
    with (tmp_path / "detente.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[inference]\nenabled = false\n")
    return tmp_path / "data" / "raw" / "downloads"


def _put(path: Path, year: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(zipped("a.csv", gdelt1_row(year, f"{year}0102", "JPN", "KOR")))


def test_files_from_before_the_study_are_told(downloads: Path) -> None:
    folder = downloads.parents[2]
    for year in (1982, 1984, 2003):
        _put(downloads / "gdelt1" / f"{year}.zip", year)
    _run(folder, "refresh", "--offline")
    told = (
        "2 files (gdelt1/1982.zip ... gdelt1/1984.zip) end before the study begins, on 2000-01-01: "
        "loaded, and in no period"
    )
    ((action, subject, reason),) = _plan(folder)
    assert (action, subject) == ("too early", "gdelt1") and reason.startswith(told)
    found = _run(folder, "doctor")
    assert told in found and _UNCHANGED in found
    settings = folder / "detente.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("start = 2000-01-01", "start = 1982-01-01"), encoding="utf-8")
    _run(folder, "refresh", "--offline")
    assert _plan(folder) == []
    assert "before the study" not in _run(folder, "doctor")


def test_what_no_source_reads_is_told(downloads: Path) -> None:
    folder = downloads.parents[2]
    _put(downloads / "gdlet1" / "2003" / "2003.zip", 2003)
    _put(downloads / "stray.zip", 2003)
    _put(downloads / "polecat" / "2003" / "ngecEventsDV-2003.txt.zip", 2003)
    (downloads / "empty").mkdir()
    (downloads / ".hidden").mkdir()
    told = [
        (downloads / "gdlet1", "1 file in a folder that has no source's name", "call it gdelt1"),
        (downloads / "polecat", "1 file of a source that is not switched on",
         "`detente source add polecat` switches it on"),
        (downloads / "stray.zip", "lies in no folder of a source",
         "move it into that of its source"),
    ]  # fmt: skip
    lines = [("not recognised", f"{path}", f"{what}; {do}") for path, what, do in told]
    assert _plan(folder)[:-1] == lines
    # Nothing of the enabled source is loaded: the run ends with exit code 1.
    said = _run(folder, "refresh", "--offline", code=1)
    assert all(f"{path}: {what}; {do}" in said for path, what, do in told)
    _put(downloads / "gdelt1" / "2003.zip", 2003)
    _run(folder, "refresh", "--offline")
    assert _plan(folder) == lines
    found = _run(folder, "doctor")
    assert all(f"downloads: {path}: {what} remedy: {do}" in found for path, what, do in told)


def test_what_cannot_be_read_in_the_folder_of_a_source_is_told(downloads: Path) -> None:
    """Another case of the name loads; the rest has a row, a line and exit code 1."""
    folder, own = downloads.parents[2], downloads / "gdelt1"
    _put(own / "2003.ZIP", 2003)
    (own / "x.crdownload").write_bytes(b"abc")
    (own / "2005.zip").mkdir()
    (own / "2006.zip").write_bytes(b"")
    for name, members in (("2007.zip", 2), ("2008.zip", 0)):
        with zipfile.ZipFile(own / name, "w") as archive:
            for number in range(members):
                archive.writestr(f"{number}.csv", gdelt1_row(number, "20070102", "JPN", "KOR"))
    reasons = {
        "x.crdownload": ("not_recognised", "a download that is not finished"),
        "2005.zip": ("not_recognised", "a folder with the name of a file"),
        "2006.zip": ("empty", "expected a file, got no bytes"),
        "2007.zip": ("unreadable", "expected one file in the archive, got 2 (0.csv, 1.csv). Pack"),
        "2008.zip": ("unreadable", "expected one file in the archive, got 0."),
    }
    said = _run(folder, "refresh", "--offline", code=1)
    assert all(f"gdelt1/{name}: " in said and why in said for name, (_, why) in reasons.items())
    rows = _run(folder, "sql", "--csv", "select name, status from meta.missing_file order by name")
    assert rows.startswith("name,status " + " ".join(
        f"{name},{status}" for name, (status, _) in sorted(reasons.items())))  # fmt: skip
    planned = " ".join(subject for _, subject, _ in _plan(folder))
    assert all(name in planned for name in reasons)
    found = _run(folder, "doctor")
    assert all(f"status {status}" in found for status, _ in reasons.values())
    loaded = _run(
        folder, "sql", "--csv", "select raw_file_id from meta.raw_file where status = 'loaded'"
    )
    assert "2003.ZIP" in loaded


def test_a_file_that_fails_again_is_no_news_until_it_is_another(downloads: Path) -> None:
    folder, own = downloads.parents[2], downloads / "gdelt1"
    _put(own / "2003.zip", 2003)
    (own / "2006.zip").write_bytes(b"")
    _run(folder, "refresh", "--offline", code=1)
    assert _plan(folder) == [("try again", "gdelt1: 1 file (2006.zip)", "failed before: empty")]
    assert _UNCHANGED in _run(folder, "doctor")
    said = _run(folder, "refresh", "--offline", code=1)
    assert "gdelt1/2006.zip: " in said and "Nothing changed since the last refresh." in said
    # What comes in its place is news, whether it can be read or not.
    (own / "2006.zip").write_bytes(b"abc")
    assert [action for action, *_ in _plan(folder)] == ["load", "build"]
    assert "inputs: 1 changed since the last refresh" in _run(folder, "doctor")
    assert "Nothing changed" not in _run(folder, "refresh", "--offline", code=1)
    assert [action for action, *_ in _plan(folder)] == ["try again"]
    _put(own / "2006.zip", 2006)
    _run(folder, "refresh", "--offline")
    assert _plan(folder) == [] and _UNCHANGED in _run(folder, "doctor")
