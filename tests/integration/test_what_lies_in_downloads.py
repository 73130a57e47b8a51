"""What a person lays into the folder of downloads and no period shows, by the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.command import detente_here
from tests.support.provider import zipped
from tests.unit.test_unknown_actors import gdelt1_row

pytestmark = pytest.mark.slow


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
    assert told in _run(folder, "doctor")
    settings = folder / "detente.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("start = 2000-01-01", "start = 1982-01-01"), encoding="utf-8")
    _run(folder, "refresh", "--offline")
    assert _plan(folder) == []
    assert "before the study" not in _run(folder, "doctor")
