"""Archives: what is given is what was packed, or nothing is given and the reason is told."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.base.errors import RawFileError
from detente.sources import archive

SAME_FOLDER = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


def pack(path: Path, content: bytes, how: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path, "w", how) as packed:
        packed.writestr("events.CSV", content)
    return path.read_bytes()


def unpack(path: Path, piece: int = 1 << 16) -> bytes:
    with archive.opened(path) as stream:
        return b"".join(archive.bounded(stream, piece, path))


def text(size: int) -> bytes:
    chosen = random.Random(size)
    return b"".join(b"%d\tJPN\tKOR\t%d\n" % (one, chosen.getrandbits(40)) for one in range(size))


@SAME_FOLDER
@given(content=st.binary(max_size=5000), piece=st.integers(1, 6000))
@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED, zipfile.ZIP_BZIP2])
def test_what_was_packed_comes_out_in_pieces_of_any_size(
    tmp_path: Path, how: int, content: bytes, piece: int
) -> None:
    path = tmp_path / "a.zip"
    pack(path, content, how)
    assert unpack(path, piece) == content


def test_a_member_of_many_chunks_comes_out_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "_PACKED_CHUNK", 999)
    path = tmp_path / "a.zip"
    content = text(20_000)
    pack(path, content)
    assert unpack(path, 12_345) == content
    with archive.opened(path) as stream:
        lines = io.TextIOWrapper(stream, "utf-8")  # type: ignore[type-var]
        assert "".join(lines).encode() == content


@SAME_FOLDER
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(1, 255))
def test_a_flipped_byte_is_told_or_does_no_harm(tmp_path: Path, place: float, value: int) -> None:
    content = text(500)
    path = tmp_path / "a.zip"
    spoilt = bytearray(pack(path, content))
    spoilt[int(place * len(spoilt))] ^= value
    path.write_bytes(spoilt)
    try:
        found = unpack(path)
    except RawFileError:
        return
    assert found == content


def declare(path: Path, content: bytes, size: int, crc: int | None = None) -> None:
    """Pack, and lie about the size in the directory and in front of the file."""
    packed = bytearray(pack(path, content))
    directory = packed.rindex(b"PK\x01\x02")
    for place in (22, directory + 24):
        packed[place : place + 4] = size.to_bytes(4, "little")
    if crc is not None:
        packed[directory + 16 : directory + 20] = crc.to_bytes(4, "little")
    path.write_bytes(packed)


def test_more_or_less_than_declared_is_damage(tmp_path: Path) -> None:
    path, content = tmp_path / "a.zip", text(1000)
    declare(path, content, len(content) - 1)
    with pytest.raises(RawFileError, match=f"more than the {len(content) - 1} bytes declared"):
        unpack(path)
    declare(path, content, len(content) + 1)
    with pytest.raises(RawFileError, match=f"1 of {len(content) + 1} bytes are missing"):
        unpack(path)
    declare(path, content, len(content), crc=1)
    with pytest.raises(RawFileError, match="declared 00000001"):
        unpack(path)


@pytest.mark.parametrize("suffix", [".zip", ".gz"])
@pytest.mark.parametrize(("size", "is_taken"), [(archive.SMALL, True), (archive.SMALL + 1, False)])
def test_a_small_file_may_be_all_zeros(
    tmp_path: Path, suffix: str, size: int, is_taken: bool
) -> None:
    """Up to a MiB the ratio, here about a thousand to one, says nothing."""
    path = tmp_path / f"a{suffix}"
    if suffix == ".gz":
        path.write_bytes(gzip.compress(bytes(size)))
    else:
        pack(path, bytes(size))
    if is_taken:
        assert unpack(path) == bytes(size)
    else:
        with pytest.raises(RawFileError, match="bounds"):
            unpack(path)


@pytest.mark.slow
def test_a_bomb_gives_no_more_than_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    zeros = bytes(50_000_000)
    pack(path, zeros)
    with pytest.raises(RawFileError, match="the bounds are"):
        unpack(path)
    declare(path, zeros, 1000)  # a lie keeps it below the bounds that are declared
    given = 0
    with (
        pytest.raises(RawFileError, match="more than the 1000 bytes declared"),
        archive.opened(path) as stream,
    ):
        for piece in archive.bounded(stream, 1 << 20, path):
            given += len(piece)
    assert given <= 1000
    packed = tmp_path / "a.gz"
    packed.write_bytes(gzip.compress(zeros))
    with pytest.raises(RawFileError, match="unpack to more than the bounds allow"):
        unpack(packed)


@pytest.mark.parametrize("name", ["../a.CSV", "/etc/a.CSV", "C:\\a.CSV", "a/../../b.CSV"])
def test_a_member_outside_its_folder_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(name, b"1")
    with pytest.raises(RawFileError, match="outside its folder"):
        unpack(path)


def test_several_members_none_and_secret_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        pass
    with pytest.raises(RawFileError, match="expected one file in the archive, got 0"):
        unpack(path)
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.CSV", b"1")
        packed.writestr("b.CSV", b"1")
    with pytest.raises(RawFileError, match=r"got 2 \(a.CSV, b.CSV\)"):
        unpack(path)
    spoilt = bytearray(pack(path, b"1\n"))
    spoilt[spoilt.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(spoilt)
    with pytest.raises(RawFileError, match="encrypted"):
        unpack(path)


def test_a_cut_archive_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    whole = pack(path, text(1000))
    for size in (10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(RawFileError, match="cannot be unpacked"):
            unpack(path)


@pytest.mark.parametrize(
    "beside", ["README.txt", "docs/Codebook_v5.txt", "terms.pdf", ".DS_Store", "__MACOSX/x.tab"]
)
def test_documentation_beside_the_table_is_no_table(tmp_path: Path, beside: str) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr(beside, b"What the columns mean.")
        packed.writestr("events.1995.tab", b"rows")
    assert unpack(path) == b"rows"
    assert archive.members(path) == ["events.1995.tab"]
