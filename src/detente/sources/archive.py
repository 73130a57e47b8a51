"""Open what a provider sent, plain or zipped, within bounds that no honest file exceeds."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from detente.errors import RawFileError
from detente.sources import workbook

# The largest file that a provider publishes today unpacks to a few GiB; text packs about 10 : 1.
MAX_UNPACKED = 16 << 30
MAX_RATIO = 200
SMALL = 1 << 20  # a small file may be all zeros; the ratio says nothing about it
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)


@contextmanager
def opened(path: Path, max_unpacked: int = MAX_UNPACKED, sheet: str = "") -> Iterator[IO[bytes]]:
    """Open the one table in a file, or the named sheet of a workbook, for reading bytes.

    Raises
    ------
    RawFileError
        The archive holds several members, a member outside its folder, an encrypted one, or more
        than the bounds allow; or it is damaged.
    """
    try:
        if path.suffix.lower() == ".zip":
            with (
                zipfile.ZipFile(path) as archive,
                archive.open(_member(path, archive, max_unpacked)) as stream,
            ):
                yield stream
        elif path.suffix.lower() == workbook.SUFFIX:
            with workbook.opened(path, sheet) as stream:
                yield stream
        elif path.suffix.lower() == ".gz":
            with gzip.open(path) as stream:
                yield stream  # type: ignore[misc]
        else:
            with path.open("rb") as stream:
                yield stream
    except _READ_ERRORS as error:
        raise RawFileError(f"{path.name}: cannot be unpacked: {error}") from error


def _member(path: Path, archive: zipfile.ZipFile, max_unpacked: int) -> zipfile.ZipInfo:
    members = [one for one in archive.infolist() if not one.is_dir()]
    # macOS adds its own bookkeeping beside the file.
    members = [one for one in members if not one.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        names = ", ".join(one.filename for one in members[:5])
        raise RawFileError(
            f"{path.name}: expected one file in the archive, got {len(members)} ({names})."
        )
    member = members[0]
    name = member.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
        raise RawFileError(f"{path.name}: the archive names a file outside its folder ({name!r}).")
    if member.flag_bits & 0x1:
        raise RawFileError(f"{path.name}: the archive is encrypted.")
    if member.file_size > max_unpacked or (
        member.file_size > SMALL and member.file_size > MAX_RATIO * max(member.compress_size, 1)
    ):
        raise RawFileError(
            f"{path.name}: unpacks to {member.file_size} bytes from {member.compress_size}; the "
            f"bounds are {max_unpacked} bytes and {MAX_RATIO} to 1."
        )
    return member


def declared_size(path: Path) -> int:
    """Return how many bytes a file says it unpacks to; a huge number where it does not say.

    A plain file, which cannot be damaged inside, counts as empty.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        return MAX_UNPACKED
    if suffix != ".zip":
        return 0
    try:
        with zipfile.ZipFile(path) as packed:
            return sum(member.file_size for member in packed.infolist())
    except _READ_ERRORS as error:
        raise RawFileError(f"{path.name}: cannot be unpacked: {error}") from error


def bounded(
    stream: IO[bytes], size: int, path: Path, max_unpacked: int = MAX_UNPACKED
) -> Iterator[bytes]:
    """Read a stream in pieces, holding the bounds by what really comes, not by what is declared.

    Raises
    ------
    RawFileError
        More came than the bounds allow, or the archive is damaged (a wrong checksum, a cut end).
    """
    total, packed = 0, max(path.stat().st_size, 1)
    is_packed = path.suffix.lower() in (".zip", ".gz", workbook.SUFFIX)
    try:
        while piece := stream.read(size):
            total += len(piece)
            if total > max_unpacked or (is_packed and total > SMALL and total > MAX_RATIO * packed):
                raise RawFileError(
                    f"{path.name}: {packed} bytes unpack to more than the bounds allow "
                    f"({max_unpacked} bytes, {MAX_RATIO} to 1)."
                )
            yield piece
    except _READ_ERRORS as error:
        raise RawFileError(f"{path.name}: is damaged: {error}") from error
