"""A second copy of what the hand-kept tables say, so that a change to them has to be made twice.

Most cells of the reference tables, the scales and the records have no other witness: a code beside
the right one, a value with another sign, an alias of another state would change numbers and break
no rule. `tests/golden/ledger.tsv` therefore holds every row once more: the cells that decide
numbers as they are, all others as one hash; and every default and bound of the settings. A change
that is meant is written into both with `make ledger`, and stands in the diff as a line of text.
"""

from __future__ import annotations

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterator
from pathlib import Path

from detente.settings import Settings
from tests.support.studies import ROOT

RAW = ROOT / "data" / "raw"
LEDGER = ROOT / "tests" / "golden" / "ledger.tsv"
# The cells of a file of records that decide what is counted; of the other tables all do.
DECIDING = (
    "event_date",
    "end_date",
    "actor1",
    "actor2",
    "cameo_code",
    "reverse_cameo_code",
    "category",
)
_SHOWN = 100


def rows() -> dict[str, str]:
    """Return what every row says, by its file and its first cells, which tell it apart."""
    found: dict[str, str] = {}
    for path in sorted(RAW.glob("re*/**/*.csv")):
        name = path.relative_to(RAW).as_posix()
        for key, told in _of_table(path):
            place = f"{name}\t{key}"
            while place in found:  # the same first cell again: told by its order
                place += "+"
            found[place] = told
    for path in sorted(RAW.glob("re*/**/*.toml")):
        name = path.relative_to(RAW).as_posix()
        for key, value in _leaves(tomllib.loads(path.read_text(encoding="utf-8"))):
            found[f"{name}\t{key}"] = _short(str(value))
    schema = Settings.model_json_schema()
    for key, value in _leaves(schema):
        # How a setting is described is no matter of this.
        if not key.endswith(("title", "description")):
            found[f"settings\t{key}"] = _short(str(value))
    return found


def read() -> dict[str, str]:
    """Return what the ledger holds."""
    lines = LEDGER.read_text(encoding="utf-8").splitlines()
    return {place: told for place, _, told in (line.rpartition("\t") for line in lines)}


def write() -> None:
    """Write the ledger anew, as the tables are now."""
    text = "".join(f"{place}\t{told}\n" for place, told in rows().items())
    LEDGER.write_text(text, encoding="utf-8")


def _of_table(path: Path) -> Iterator[tuple[str, str]]:
    with io.StringIO(path.read_text(encoding="utf-8"), newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            cells = {name: value or "" for name, value in row.items()}
            key = next(iter(cells.values()))
            if "record_id" in cells:
                shown = [cells.get(name, "") for name in DECIDING]
                rest = [value for name, value in cells.items() if name not in DECIDING]
                yield key, " | ".join([*shown, _sha256("\0".join(rest))])
            else:
                yield key, _short(" | ".join(cells.values()))


def _leaves(value: object, at: str = "") -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{at}.{place}")
    else:
        yield at, value


def _short(text: str) -> str:
    """Return a text on one line; a long one as its beginning and a hash."""
    line = " ".join(text.split())
    return line if line == text and len(line) <= _SHOWN else f"{line[:60]} {_sha256(text)}"


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
