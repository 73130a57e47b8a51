"""A list of files without an entry is refused: it would pass for a provider that has no file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from detente.base.errors import DownloadError
from detente.sources.fetch import Fetcher
from detente.sources.gdelt1 import Gdelt1
from detente.sources.gdelt2 import Gdelt2

SPAN = (date(2019, 10, 24), date(2019, 10, 24))
ENTRY = "1 {md5} http://data.gdeltproject.org/gdeltv2/20191024143000.export.CSV.zip\n".format(
    md5="0" * 32
)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher() as made:
        yield made


@pytest.mark.parametrize("nothing", ["x" * 1000, '{"error": "quota"}\n', "\n\nmaintenance\n"])
def test_a_master_list_without_an_entry_is_told_and_not_kept(
    fetcher: Fetcher, tmp_path: Path, nothing: str
) -> None:
    (tmp_path / "masterfilelist.txt").write_text(nothing)
    (tmp_path / "lastupdate.txt").write_text(ENTRY)
    source = Gdelt2(base_url=f"{tmp_path.as_uri()}/", lists=tmp_path / "kept")
    assert [one.name for one in source.available(fetcher, *SPAN)] == [
        "20191024143000.export.CSV.zip"
    ]
    (note,) = fetcher.notes
    assert note.startswith("masterfilelist.txt: expected bytes, MD5 and address of a file")
    assert not list((tmp_path / "kept").glob("*.txt"))
    (tmp_path / "lastupdate.txt").write_text(nothing)
    with pytest.raises(DownloadError, match="expected bytes, MD5"):
        source.available(fetcher, *SPAN)
    with pytest.raises(DownloadError, match="expected bytes, MD5"):
        source.latest(fetcher)


def test_a_list_with_one_entry_among_others_is_taken(fetcher: Fetcher, tmp_path: Path) -> None:
    (tmp_path / "masterfilelist.txt").write_text("damaged\n" + ENTRY)
    (tmp_path / "lastupdate.txt").write_text("")
    source = Gdelt2(base_url=f"{tmp_path.as_uri()}/")
    assert len(source.available(fetcher, *SPAN)) == 1
    assert fetcher.notes == []


def test_sums_without_an_entry_lead_to_the_index_and_then_to_an_error(
    fetcher: Fetcher, tmp_path: Path
) -> None:
    (tmp_path / "md5sums").write_text("maintenance\n")
    (tmp_path / "index.html").write_text('<a href="20191024.export.CSV.zip">a day</a>')
    source = Gdelt1(base_url=f"{tmp_path.as_uri()}/")
    assert [one.name for one in source.available(fetcher, *SPAN)] == ["20191024.export.CSV.zip"]
    (tmp_path / "index.html").write_text("<p>maintenance</p>")
    with pytest.raises(DownloadError, match="a checksum or a size"):
        source.available(fetcher, *SPAN)


def test_a_name_in_a_list_that_says_no_day_is_told(fetcher: Fetcher, tmp_path: Path) -> None:
    odd = "20191399143000.export.CSV.zip"
    other = ENTRY.replace(".export", ".translation.export") + ENTRY.replace("export", "mentions")
    (tmp_path / "masterfilelist.txt").write_text(
        ENTRY + ENTRY.replace("20191024143000.export.CSV.zip", odd) + other
    )
    (tmp_path / "lastupdate.txt").write_text("")
    source = Gdelt2(base_url=f"{tmp_path.as_uri()}/")
    assert {one.name for one in source.available(fetcher, *SPAN) if one.problem} == {odd}

    sums = ["20191024.export.CSV.zip", "20191399.export.CSV.zip", "GDELT.MASTERREDUCEDV2.zip"]
    (tmp_path / "md5sums").write_text("".join(f"{'0' * 32}  {one}\n" for one in sums))
    found = Gdelt1(base_url=f"{tmp_path.as_uri()}/").available(fetcher, *SPAN)
    assert {one.name: bool(one.problem) for one in found} == {sums[0]: False, sums[1]: True}


@pytest.mark.parametrize("damage", ["", "1 0000 ", "1 ", "x" * 40 + " ", f"{'0' * 32} 1 "])
def test_a_damaged_line_still_names_its_file(fetcher: Fetcher, tmp_path: Path, damage: str) -> None:
    address = ENTRY.rsplit(" ", 1)[-1]
    damaged = damage + address.replace("143000", "144500")
    (tmp_path / "masterfilelist.txt").write_text(ENTRY + damaged)
    (tmp_path / "lastupdate.txt").write_text("")
    source = Gdelt2(base_url=f"{tmp_path.as_uri()}/")
    found = {one.name: (one.md5, one.bytes) for one in source.available(fetcher, *SPAN)}
    assert found == {
        "20191024143000.export.CSV.zip": ("0" * 32, 1),
        "20191024144500.export.CSV.zip": (None, None),
    }
    # A good line elsewhere counts, whichever comes first.
    (tmp_path / "lastupdate.txt").write_text(ENTRY.replace("143000", "144500"))
    assert all(one.md5 for one in source.available(fetcher, *SPAN))
    (tmp_path / "lastupdate.txt").write_text(damage + address)
    assert [one.name for one in source.available(fetcher, *SPAN) if one.md5] == [
        "20191024143000.export.CSV.zip"
    ]

    (tmp_path / "md5sums").write_text(
        f"{'0' * 32}  20191024.export.CSV.zip\n{damage}20191025.export.CSV.zip\n"
    )
    listed = Gdelt1(base_url=f"{tmp_path.as_uri()}/").available(fetcher, SPAN[0], date.max)
    assert [(one.name[:8], one.md5) for one in listed] == [
        ("20191024", "0" * 32),
        ("20191025", None),
    ]
