"""Open what a provider sent, plain or zipped, within bounds that no honest file exceeds."""

from __future__ import annotations

import gzip
import io
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from isal import isal_zlib

from detente.base.errors import RawFileError
from detente.sources import workbook

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# The largest file that a provider publishes today unpacks to a few GiB; text packs about 10 : 1.
MAX_UNPACKED = 16 << 30
MAX_RATIO = 200
SMALL = 1 << 20  # a small file may be all zeros; the ratio says nothing about it
_PACKED_CHUNK = 1 << 20
_LOCAL_HEADER = 30  # bytes before a member's name (APPNOTE.TXT 4.3.7)
DOCUMENT = re.compile(
    r"(.*/)?(\.[^/]*|(readme|codebook|licen[cs]e)[^/]*|[^/]*\.(pdf|docx?|html?|md|rtf))",
    re.IGNORECASE | re.DOTALL,
)
_READ_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    cast(type[Exception], isal_zlib.error),
    EOFError,
    OSError,
    UnicodeDecodeError,  # of a name in an archive that is said to be UTF-8
    NotImplementedError,
    RuntimeError,
)


@contextmanager
def opened(
    path: Path, max_unpacked: int = MAX_UNPACKED, sheet: str = "", member: str = ""
) -> Iterator[IO[bytes]]:
    """Open the one table in a file, or the named sheet of a workbook, for reading bytes.

    Parameters
    ----------
    member
        Name of one of several members of an archive, as `members` gives it.

    Raises
    ------
    RawFileError
        The archive holds several members, a member outside its folder, an encrypted one, or more
        than the bounds allow; or it is damaged.
    """
    try:
        if path.suffix.lower() == ".zip":
            with path.open("rb") as packed, zipfile.ZipFile(packed) as archive:
                found = _member(path, archive, max_unpacked, member)
                if found.filename.lower().endswith(workbook.SUFFIX):
                    with _unpacked(archive, found) as place, workbook.opened(place, sheet) as text:
                        yield text
                elif found.compress_type == zipfile.ZIP_DEFLATED:
                    yield cast(IO[bytes], _Inflated(packed, found))
                else:
                    with archive.open(found) as stream:
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


@contextmanager
def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[Path]:
    """Unpack a workbook, which is an archive itself and is not read from its beginning on."""
    with tempfile.TemporaryDirectory(prefix="detente-") as folder:
        place = Path(folder) / Path(member.filename).name
        with archive.open(member) as packed, place.open("wb") as whole:
            shutil.copyfileobj(packed, whole)
        yield place


def members(path: Path) -> list[str]:
    """Return the names of the texts in an archive, in order.

    Raises
    ------
    RawFileError
        It cannot be read, or holds nothing.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = [one.filename for one in _files(archive)]
    except _READ_ERRORS as error:
        raise RawFileError(f"{path.name}: cannot be unpacked: {error}") from error
    if not names:
        raise RawFileError(f"{path.name}: expected text files in the archive; it is empty.")
    return sorted(names)


def _files(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    # Not `is_dir`, which fails on an empty name.
    found = [one for one in archive.infolist() if not one.filename.endswith("/")]
    # macOS adds its own bookkeeping beside the file, a provider now and then its documentation.
    found = [one for one in found if not one.filename.startswith("__MACOSX/")]
    return [one for one in found if not DOCUMENT.fullmatch(one.filename)] or found


def _member(
    path: Path, archive: zipfile.ZipFile, max_unpacked: int, wanted: str
) -> zipfile.ZipInfo:
    members = [one for one in _files(archive) if not wanted or one.filename == wanted]
    if len(members) != 1:
        names = ", ".join(one.filename for one in members[:5])
        got = f"{len(members)} ({names}). Pack the one with the events alone" if members else "0"
        raise RawFileError(f"{path.name}: expected one file in the archive, got {got}.")
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


class _Inflated(io.RawIOBase):
    """A member of a zip archive, inflated by ISA-L, which takes half of zlib's time for it.

    Never gives more bytes than the archive declares; gives the last ones when length and checksum
    agree.
    """

    def __init__(self, packed: IO[bytes], member: zipfile.ZipInfo) -> None:
        packed.seek(member.header_offset)
        header = packed.read(_LOCAL_HEADER)
        if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04"):
            raise zipfile.BadZipFile("there is no file where the directory says")
        # The lengths of name and extra field, which may differ from those of the directory.
        skipped = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        packed.seek(skipped, io.SEEK_CUR)
        self._packed, self._member = packed, member
        self._n_packed, self._n_left = member.compress_size, member.file_size
        self._inflate = isal_zlib.decompressobj(-zlib.MAX_WBITS)
        self._crc = 0
        self._is_over = False

    def readable(self) -> bool:
        """Return True: the stream is read only."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill a buffer as far as there is something."""
        view = memoryview(buffer)
        piece = self.read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; fewer at the end alone."""
        pieces = []
        n_wanted = self._n_left if size < 0 else min(size, self._n_left)
        while n_wanted:
            piece = self._next(n_wanted)
            pieces.append(piece)
            n_wanted -= len(piece)
        if not self._n_left and not self._is_over:
            self._end()
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _next(self, n_wanted: int) -> bytes:
        while not self._inflate.eof:
            data = self._inflate.unconsumed_tail
            if not data:
                data = self._packed.read(min(self._n_packed, _PACKED_CHUNK))
                self._n_packed -= len(data)
            piece: bytes = self._inflate.decompress(data, n_wanted)
            if piece:
                self._n_left -= len(piece)
                self._crc = isal_zlib.crc32(piece, self._crc)
                return piece
            if not data:
                break
        raise EOFError(f"{self._n_left} of {self._member.file_size} bytes are missing")

    def _end(self) -> None:
        """Compare what was received with what the archive declares."""
        self._is_over = True
        while not self._inflate.eof:
            data = self._inflate.unconsumed_tail or self._packed.read(self._n_packed)
            self._n_packed = 0
            if self._inflate.decompress(data, 1):
                raise zipfile.BadZipFile(f"more than the {self._member.file_size} bytes declared")
            if not data:
                raise EOFError("the packed data break off")
        if self._crc != self._member.CRC:
            raise zipfile.BadZipFile(f"checksum {self._crc:08x}, declared {self._member.CRC:08x}")


def is_packed(path: Path) -> bool:
    """Say whether a file is packed, so that it may turn out damaged anywhere."""
    return path.suffix.lower() in (".zip", ".gz", workbook.SUFFIX)


def may_exceed(path: Path, size: int) -> bool:
    """Say whether a packed file may unpack to more bytes, by its size and what it declares.

    A plain file, which cannot be damaged inside, counts as empty.
    """
    if max(SMALL, MAX_RATIO * path.stat().st_size) <= size:
        return False
    suffix = path.suffix.lower()
    if suffix != ".zip":
        return suffix == ".gz"  # which does not say
    try:
        with zipfile.ZipFile(path) as packed:
            return sum(member.file_size for member in packed.infolist()) > size
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
    is_bounded = is_packed(path)
    try:
        while piece := stream.read(size):
            total += len(piece)
            if total > max_unpacked or (
                is_bounded and total > SMALL and total > MAX_RATIO * packed
            ):
                raise RawFileError(
                    f"{path.name}: {packed} bytes unpack to more than the bounds allow "
                    f"({max_unpacked} bytes, {MAX_RATIO} to 1)."
                )
            yield piece
    except _READ_ERRORS as error:
        raise RawFileError(f"{path.name}: is damaged: {error}") from error
