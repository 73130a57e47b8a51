"""Characters that a screen, a page or a spreadsheet would obey are shown in place of that."""

from __future__ import annotations

import unicodedata

# Characters that begin a formula in a spreadsheet; a tab and a return may come before them.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
# What XML, and with it every drawing, may not hold.
_NOT_XML = {code: "\ufffd" for code in range(0x20) if chr(code) not in "\t\n\r"}


def plain_text(text: str) -> str:
    """Return a text whose control characters a terminal shows and does not obey."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable() or character == "\n":
        return character
    # The pictures of control characters; what has none is written by its number.
    code = ord(character)
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else f"\\u{code:04x}"


def control_character(text: str) -> int | None:
    """Return the place of the first control character of a text, from 1; None if it has none."""
    if text.isprintable():
        return None
    for place, character in enumerate(text, start=1):
        if unicodedata.category(character) in ("Cc", "Cs"):
            return place
    return None


def drawable(text: str) -> str:
    """Return a text that a drawing or a page can hold."""
    return text.translate(_NOT_XML)


def no_formula(text: str) -> str:
    """Return a text that a spreadsheet takes as text: an apostrophe stands before a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
