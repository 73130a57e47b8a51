"""A second copy of the hand-kept tables and of the library's numbers: a change is made twice.

Most cells of the reference tables, the scales and the records have no other witness: a code beside
the right one, a value with another sign, an alias of another state would change numbers and break
no rule. `tests/golden/ledger.tsv` therefore holds every row once more: the cells that decide
numbers as they are, all others as one hash; every default and bound of the settings; and every
number and yes or no that has a name in `src`: constants, defaults of fields and of arguments. A
change that is meant is written into both with `make ledger`, and stands in the diff as a line.
"""

from __future__ import annotations

import ast
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
    return found | dict(_named_numbers())


def _named_numbers() -> Iterator[tuple[str, str]]:
    source = ROOT / "src" / "detente"
    for path in sorted(source.rglob("*.py")):
        module = path.relative_to(source).with_suffix("").as_posix().replace("/", ".")
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, value in _named(tree, ""):
            held = (one for one in ast.walk(value) if isinstance(one, ast.Constant))
            if any(isinstance(one.value, int | float) for one in held):
                yield f"src\t{module} {name}", _short(ast.unparse(value))


def _named(tree: ast.Module | ast.ClassDef, within: str) -> Iterator[tuple[str, ast.expr]]:
    """Yield what is given to the names of a module or class, and to arguments left out."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield within + node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            yield within + node.target.id, node.value
        elif isinstance(node, ast.ClassDef):
            yield from _named(node, f"{within}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            places = [*node.args.posonlyargs, *node.args.args]
            given = zip(reversed(places), reversed(node.args.defaults), strict=False)
            alone = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
            for argument, value in (*given, *alone):
                if value is not None:
                    yield f"{within}{node.name}({argument.arg})", value


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
