"""Files that a provider replaces by newer ones under the same address.

A version is kept under the hash of its content, so that raw files are never edited; a newer one
replaces the older ones. Whether there is a newer one is known only by fetching it.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from detente.sources.base import Remote

# The names of versions sort by the moment at which they were fetched.
_NAME = re.compile(
    r"(?P<stem>.+)@(?P<day>\d{8})(T\d{9})?-(?P<hash>[0-9a-f]{12})(?P<suffix>(\.[A-Za-z]+)*)"
)
# A dot before a digit, as in acts.2023.csv, begins no suffix.
_PARTS = re.compile(r"(?P<stem>.+?)(?P<suffix>(\.[A-Za-z]+)*)")


def remote(name: str, url: str, first_day: date, last_day: date) -> Remote:
    """Return a snapshot whose version is not known before it is fetched."""
    return Remote(name, url, first_day, last_day, is_snapshot=True)


def versioned(name: str, moment: datetime, sha256: str) -> str:
    """Return the name under which a version is kept: when it was fetched, and what is in it."""
    parts = _PARTS.fullmatch(name)
    stem, suffix = (parts["stem"], parts["suffix"]) if parts else (name, "")
    milliseconds = moment.microsecond // 1000
    return f"{stem}@{moment:%Y%m%dT%H%M%S}{milliseconds:03}-{sha256[:12]}{suffix}"


def unversioned(path: str) -> str:
    """Return a path without the mark of a version in its name, if it has one: as the user wrote."""
    folder, slash, name = path.rpartition("/")
    match = _NAME.fullmatch(name)
    return f"{folder}{slash}{match['stem']}{match['suffix']}" if match else path


def recognise(name: str, wanted: str, url: str, first_day: date) -> Remote | None:
    """Return a kept version of the file `wanted`; None if the name is none of its versions."""
    match = _NAME.fullmatch(name)
    if not match or match["stem"] + match["suffix"] != wanted:
        return None
    try:
        day = date.fromisoformat(match["day"])
    except ValueError:
        return None
    return Remote(name, url, first_day, day, is_snapshot=True)


def is_version(name: str) -> bool:
    """Say whether a name is that of a kept version."""
    return _NAME.fullmatch(name) is not None


def holds(name: str, sha256: str) -> bool:
    """Say whether a kept version has this content."""
    match = _NAME.fullmatch(name)
    return match is not None and sha256.startswith(match["hash"])


def series(name: str) -> str:
    """Return what the names of a file and of its kept versions have in common."""
    return re.split(r"[@.]", name, maxsplit=1)[0]


def same_content(name: str, other: str) -> bool:
    """Say whether two kept versions hold the same."""
    one, two = _NAME.fullmatch(name), _NAME.fullmatch(other)
    return bool(one and two and (one["stem"], one["hash"]) == (two["stem"], two["hash"]))
