"""Keep secrets out of what is printed, logged, sent or stored."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

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
    r"(?:password|passwd|passphrase|secret|token|signature"
    r"|(?:api|access|account|private|secret|client|subscription)[_-]?key)"
)
_SHORT_NAMES = r"(?:pass|pwd|pw|key|sig|auth|ticket|credential|session(?:_?id)?)"
_AS_PARAMETER = re.compile(
    rf"((?:\A(?=\S+&)|[?&;]|%3F|%26)[\w-]{{0,40}}{_SHORT_NAMES}|\b[\w-]{{0,40}}{_NAMES})(=|%3D)(?!\s)([^&\s'\"]+)",
    re.IGNORECASE,
)
_AS_FIELD = re.compile(
    rf"([\"'](?:[\w-]*{_NAMES}|{_SHORT_NAMES})[\"']\s*:\s*)([\"'])[^\"']+\2", re.IGNORECASE
)
# The same in settings and logs. Of fewer names: "unknown key: titel" must stay readable.
_AS_SETTING = re.compile(
    r"\b([\w-]{0,40}(?:password|passwd|passphrase|secret|_token"
    r"|(?:api|access|account|private|secret)_?key))(\s*[:=]\s*)"
    r"""("[^"]+"|'[^']+'|[^\s'"*]\S*)""",
    re.IGNORECASE,
)
_AS_HEADER = re.compile(
    r"\b(authorization|x-api-key)(\s*[:=]\s*)(?:(?:bearer|basic|token)\s+)?\S+", re.IGNORECASE
)
# A header of any name with a hyphen: "Unexpected token: }" is none.
_AS_OTHER_HEADER = re.compile(
    r"\b((?:[a-z]{1,20}-){1,4}(?:token|secret|auth)|(?:[a-z]{1,20}-){0,4}(?:api|subscription)-key)"
    r"(\s*:\s*)\S+",
    re.IGNORECASE,
)
_AS_ELEMENT = re.compile(rf"(<[\w:.-]{{0,40}}{_NAMES}>)[^<]+", re.IGNORECASE)
_AS_SQL = re.compile(r"\b(secret\s+)'[^']+'", re.IGNORECASE)
_OF_SMTP = re.compile(r"\b(AUTH\s+[A-Z0-9-]{4,20}\s+)[A-Za-z0-9+/=]+")
# Of these addresses the path is the secret.
_WEBHOOK = re.compile(
    r"((?:hooks\.slack\.com/services|discord(?:app)?\.com/api/webhooks|webhook\.office\.com)/)"
    r"[^\s\"']+"
)
_COOKIE = re.compile(r"\b((?:set-)?cookie)(\s*:\s*)[^\r\n]+", re.IGNORECASE)
# What follows one of these words may also be a word: "the Treaty on Basic Relations".
_BEARER = re.compile(r"\b(bearer|basic)(\s+)([A-Za-z0-9._~+/=-]{8,})", re.IGNORECASE)
_NO_WORD = re.compile(r"[0-9_~+/=]|\.\w|.[A-Z]|.{24}")
# The environment's own secrets, by the names of their variables. A desktop's "session" is none.
_VARIABLE = re.compile(rf"(?:{_NAMES}|pass|key|auth)$", re.IGNORECASE)
# Addresses in the environment, of a proxy or a database, may hold a password.
_ADDRESS_VARIABLE = re.compile(r"(?:proxy|ur[il]|dsn)$", re.IGNORECASE)
_SHORTEST = 6


def redacted(text: str) -> str:
    """Return a text without the secrets in it: of addresses, headers, forms and the environment."""
    for secret in _of_environment():
        if secret in text:
            text = text.replace(secret, HIDDEN)
    text = _IN_ADDRESS.sub(HIDDEN, text)
    text = _COOKIE.sub(rf"\1\2{HIDDEN}", text)
    text = _AS_HEADER.sub(rf"\1\2{HIDDEN}", text)
    text = _AS_OTHER_HEADER.sub(rf"\1\2{HIDDEN}", text)
    for pattern in (_AS_ELEMENT, _AS_SQL, _OF_SMTP, _WEBHOOK):
        text = pattern.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(_without_token, text)
    text = _AS_FIELD.sub(rf'\1"{HIDDEN}"', text)
    text = _AS_PARAMETER.sub(rf"\1\2{HIDDEN}", text)
    return _AS_SETTING.sub(rf"\1\2{HIDDEN}", text)


def _of_environment() -> Iterator[str]:
    """Yield the environment's own secrets, also as an address or a mail server would write them."""
    for name, value in os.environ.items():
        secret = value if _VARIABLE.search(name) else ""
        if _ADDRESS_VARIABLE.search(name) and "@" in value:
            secret = _password(value)
        if len(secret) >= _SHORTEST:
            # Bytes that are no text come as they are in the environment.
            content = os.fsencode(secret)
            yield from {secret, quote(content, safe=""), base64.b64encode(content).decode()}


def _password(address: str) -> str:
    try:
        return urlsplit(address).password or ""
    except ValueError:
        return ""


def sayable(said: object) -> str:
    """Return a message without secrets, and without characters that a terminal would obey."""
    return plain_text(redacted(str(said)))


def _without_token(match: re.Match[str]) -> str:
    word, blank, token = match.groups()
    return f"{word}{blank}{HIDDEN if _NO_WORD.search(token) else token}"
