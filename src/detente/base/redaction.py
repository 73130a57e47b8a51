"""Keep secrets out of what is printed, logged, sent or stored."""

from __future__ import annotations

import os
import re

HIDDEN = "***"
# A user and a password in an address, also one that JSON has escaped, or one without its scheme. A
# password may hold any character, so that the last @ before the next blank ends it. All repetitions
# are bounded: a long text takes no longer than its length.
_IN_ADDRESS = re.compile(
    r"""(?:(?<=://)|(?<=\\/\\/)|(?<=(?<![:\w])//))(?:[^/\s@'":]{1,99}:[^\s'"]{0,99}(?=@)|[^/\s@'"]{1,999}(?=@))"""
    r"""|(?<![\w/:@.])(?!mailto:)[\w.-]{1,99}:[^\s/@:'"]{1,99}(?=@[\w-]+[.:]\w)"""
)
# A secret as a parameter of an address or form, or as a field of JSON.
_NAMES = (
    r"(?:pass(?:word|wd)?|secret|token|api_?key|apikey|access_?key|signature|sig|auth|key"
    r"|session(?:_?id)?)"
)
_AS_PARAMETER = re.compile(
    rf"([?&;]|\b|%3F|%26)([\w-]{{0,40}}{_NAMES})(=|%3D)(?!\s)([^&\s'\"]+)", re.IGNORECASE
)
_AS_FIELD = re.compile(rf"([\"'][\w-]*{_NAMES}[\"']\s*:\s*)([\"'])[^\"']+\2", re.IGNORECASE)
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
_BEARER = re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
# The environment's own secrets, by the names of their variables.
_VARIABLE = re.compile(rf"{_NAMES}$", re.IGNORECASE)
_SHORTEST = 6


def redacted(text: str) -> str:
    """Return a text without the secrets in it: of addresses, headers, forms and the environment."""
    for name, value in os.environ.items():
        if len(value) >= _SHORTEST and value in text and _VARIABLE.search(name):
            text = text.replace(value, HIDDEN)
    text = _IN_ADDRESS.sub(HIDDEN, text)
    text = _COOKIE.sub(rf"\1\2{HIDDEN}", text)
    text = _AS_HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    text = _AS_FIELD.sub(rf'\1"{HIDDEN}"', text)
    text = _AS_PARAMETER.sub(rf"\1\2\3{HIDDEN}", text)
    return _AS_SETTING.sub(rf"\1\2{HIDDEN}", text)
