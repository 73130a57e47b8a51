"""Keep secrets out of what is printed, logged, sent or stored."""

from __future__ import annotations

import os
import re

from detente.base.control_characters import plain_text

HIDDEN = "***"
# A user and a password in an address, also one that JSON has escaped, or one without its scheme. A
# password may hold any character, so that the last @ before the next blank ends it. All repetitions
# are bounded: a long text takes no longer than its length.
_IN_ADDRESS = re.compile(
    r"""(?:(?<=://)|(?<=\\/\\/)|(?<=(?<![:\w])//))(?:[^/\s@'":]{1,99}:[^\s'"]{0,99}(?=@)|[^/\s@'"]{1,999}(?=@))"""
    r"""|(?<![\w/:@.])(?!mailto:)[\w.-]{1,99}:[^\s/@:'"]{1,99}(?=@[\w-]+[.:]\w)"""
)
# Names that mean a secret wherever they stand, and names that do so in an address or a form alone:
# "where t.key=1", "Turkey=1" and "primary_key" are none.
_NAMES = (
    r"(?:password|passwd|secret|token|signature"
    r"|(?:api|access|private|secret|client|subscription)[_-]?key)"
)
_SHORT_NAMES = r"(?:pass|key|sig|auth|session(?:_?id)?)"
_AS_PARAMETER = re.compile(
    rf"((?:\A(?=\S+&)|[?&;]|%3F|%26)[\w-]{{0,40}}{_SHORT_NAMES}|\b[\w-]{{0,40}}{_NAMES})(=|%3D)(?!\s)([^&\s'\"]+)",
    re.IGNORECASE,
)
_AS_FIELD = re.compile(
    rf"([\"'](?:[\w-]*{_NAMES}|{_SHORT_NAMES})[\"']\s*:\s*)([\"'])[^\"']+\2", re.IGNORECASE
)
# The same in settings and logs. Of fewer names: "unknown key: titel" must stay readable.
_AS_SETTING = re.compile(
    r"\b([\w-]{0,40}(?:password|passwd|secret|_token|api_?key|access_?key))(\s*[:=]\s*)"
    r"""("[^"]+"|'[^']+'|[^\s'"*]\S*)""",
    re.IGNORECASE,
)
_AS_HEADER = re.compile(
    r"\b(authorization|x-api-key)(\s*[:=]\s*)(?:(?:bearer|basic|token)\s+)?\S+", re.IGNORECASE
)
_COOKIE = re.compile(r"\b((?:set-)?cookie)(\s*:\s*)[^\r\n]+", re.IGNORECASE)
# What follows one of these words may also be a word: "the Treaty on Basic Relations".
_BEARER = re.compile(r"\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_NO_WORD = re.compile(r"[0-9_~+/=]|\.\w|.[A-Z]|.{24}")
# The environment's own secrets, by the names of their variables. A desktop's "session" is none.
_VARIABLE = re.compile(rf"(?:{_NAMES}|pass|key|auth)$", re.IGNORECASE)
_SHORTEST = 6


def redacted(text: str) -> str:
    """Return a text without the secrets in it: of addresses, headers, forms and the environment."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and value in text and _VARIABLE.search(name):
            text = text.replace(value, HIDDEN)
    text = _IN_ADDRESS.sub(HIDDEN, text)
    text = _COOKIE.sub(rf"\1\2{HIDDEN}", text)
    text = _AS_HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _BEARER.sub(_without_token, text)
    text = _AS_FIELD.sub(rf'\1"{HIDDEN}"', text)
    text = _AS_PARAMETER.sub(rf"\1\2{HIDDEN}", text)
    return _AS_SETTING.sub(rf"\1\2{HIDDEN}", text)


def sayable(said: object) -> str:
    """Return a message without secrets, and without characters that a terminal would obey."""
    return plain_text(redacted(str(said)))


def _without_token(match: re.Match[str]) -> str:
    word, blank, token = match.groups()
    return f"{word}{blank}{HIDDEN if _NO_WORD.search(token) else token}"
