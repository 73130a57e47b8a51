"""Downloads that are moved aside and back, with links to folders on another disk among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.studies import edit


@pytest.fixture
def downloads(tmp_path: Path) -> Path:
    folder = tmp_path / "raw" / "downloads"
    (folder / "gdelt1" / "2020").mkdir(parents=True)
    (folder / "gdelt1" / "2020" / "a.zip").write_text("a")
    return folder


def content(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for year in sorted(folder.iterdir())
        for path in sorted(year.iterdir())
    }


@pytest.mark.parametrize("is_whole", [False, True])
def test_links_are_moved_and_what_they_lead_to_stays(
    downloads: Path, tmp_path: Path, is_whole: bool
) -> None:
    disk, source = tmp_path / "disk", downloads / "gdelt1"
    if is_whole:  # the folder of the source is a link itself
        source.rename(disk)
        source.symlink_to(Path("..") / ".." / "disk")
    else:
        disk.mkdir()
        (disk / "b.zip").write_text("b")
        (source / "2021").symlink_to(disk)
    before = content(source)
    aside = edit.set_aside(downloads, "gdelt1")
    assert aside == downloads.parent / edit.REMOVED / "gdelt1"
    assert not source.exists()
    assert content(aside) == before
    assert disk.is_dir() and sorted(one.name for one in disk.rglob("*.zip"))
    assert edit.restore_downloads(downloads, "gdelt1") == source
    assert content(source) == before
    assert edit.restore_downloads(downloads, "gdelt1") is None


def test_a_folder_that_came_anew_takes_up_what_a_link_leads_to(
    downloads: Path, tmp_path: Path
) -> None:
    aside = downloads.parent / edit.REMOVED / "gdelt1"
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "b.zip").write_text("b")
    aside.mkdir(parents=True)
    (aside / "2020").symlink_to(tmp_path / "disk")
    edit.restore_downloads(downloads, "gdelt1")
    assert content(downloads / "gdelt1") == {"2020/a.zip": "a", "2020/b.zip": "b"}
