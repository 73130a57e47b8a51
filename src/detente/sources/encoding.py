"""Text in the encodings in which spreadsheets write it, handed on as UTF-8; nothing is lost unseen.

A mark at the beginning says UTF-8 or UTF-16. Without a mark, NULs at every other place say UTF-16
as well; another file of your own that is no UTF-8 is taken for Windows-1252, as Excel writes it in
Western Europe and America. A provider's file is UTF-8, and bytes that are none show as U+FFFD.
Either way they are counted.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import IO, Any

AUTO = "auto"
# UTF-16 where the text says so, else UTF-8.
MARKED = "marked"
WINDOWS = "cp1252"
_CHUNK = 1 << 20
_SAMPLE, _SHARE_OF_NULS, _FEWEST_NULS = 1 << 16, 0.05, 16
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass
class Bad:
    """Bytes that the encoding does not know: how many there were."""

    n_bytes: int = 0


def marked(beginning: bytes) -> str:
    """Return the encoding of a provider's text that a spreadsheet may have saved as UTF-16."""
    found = next((name for mark, name in _MARKS if beginning.startswith(mark)), "")
    found = found or _wide(beginning)
    return found if found.startswith("utf-16") else "utf-8"


def detected(pieces: Iterable[bytes]) -> tuple[str, int]:
    """Return the encoding of a text of your own, and how many bytes of it are no UTF-8."""
    bad = Bad()
    decoder, encoding = _Decoder("utf-8", bad), ""
    for number, piece in enumerate(pieces):
        if number == 0:
            encoding = next((name for mark, name in _MARKS if piece.startswith(mark)), "")
            encoding = encoding or _wide(piece)
            if encoding.startswith("utf-16"):
                return encoding, 0
        decoder.decode(piece)
    decoder.decode(b"", final=True)
    if bad.n_bytes:
        return WINDOWS, bad.n_bytes
    return encoding or "utf-8", 0


def _wide(piece: bytes) -> str:
    """Return UTF-16 for text without a mark whose NULs stand at every other place; or nothing.

    Digits, separators and ends of lines have one in any script, at the second of their two bytes
    or, in the other order, at the first.
    """
    sample = piece[:_SAMPLE]
    n_even, n_odd = sample[::2].count(0), sample[1::2].count(0)
    fewest = max(_FEWEST_NULS, _SHARE_OF_NULS * len(sample))
    if n_even + n_odd < fewest or min(n_even, n_odd) > max(n_even, n_odd) / 20:
        return ""
    return "utf-16-le" if n_odd > n_even else "utf-16-be"


@dataclass
class _Decoder:
    """Decodes step by step, U+FFFD in the place of what cannot be, counting its bytes."""

    encoding: str
    bad: Bad
    _rest: bytes = field(default=b"", repr=False)

    def decode(self, piece: bytes, final: bool = False) -> str:
        text: list[str] = []
        data = self._rest + piece
        start = 0
        while True:
            try:
                decoded, used = codecs.getincrementaldecoder(self.encoding)("strict"), 0
                text.append(decoded.decode(data[start:], final))
                used = len(decoded.getstate()[0])
                self._rest = data[len(data) - used :] if used else b""
                return "".join(text)
            except UnicodeDecodeError as error:
                text.append(data[start : start + error.start].decode(self.encoding, "replace"))
                text.append("\ufffd")
                self.bad.n_bytes += error.end - error.start
                start += error.end


class Recoded(io.RawIOBase):
    """A stream of bytes in some encoding, read as UTF-8.

    Parameters
    ----------
    encoding
        Name of the encoding as Python knows it; plain UTF-16 needs its mark.
    bad
        Counts the bytes that it does not know.
    """

    def __init__(self, stream: IO[bytes], encoding: str, bad: Bad) -> None:
        self._stream, self._ready, self._is_over = stream, b"", False
        self._decoder: _Decoder | codecs.IncrementalDecoder
        if encoding.startswith("utf-16"):
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        else:
            self._decoder = _Decoder(encoding.removesuffix("-sig"), bad)
        self._is_first, self._bad = True, bad

    def readable(self) -> bool:
        """Return True: the stream is read only."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as there is something."""
        while not self._ready and not self._is_over:
            piece = self._stream.read(_CHUNK)
            self._is_over = not piece
            text = self._decoder.decode(piece, self._is_over)
            if self._is_first and text:
                text, self._is_first = text.removeprefix("\ufeff"), False
            self._ready = text.encode("utf-8", "replace")
        n = min(len(buffer), len(self._ready))
        buffer[:n], self._ready = self._ready[:n], self._ready[n:]
        return n
