"""How many faults do the tests notice? A fixed sample, put in one at a time.

Each fault is one word of a Python or SQL file changed (a comparison turned or moved by one, a
number one larger, `and` for `or`, the two sides of a dyad exchanged), a condition left out, or one
cell of a hand-kept table: a day moved, two actors swapped, the code beside the right one. The
sample is drawn with a seed, one fault a file, from four areas: SQL, the library, the data, and
every check. In a copy of the tree the tests that are near to the file run, the quick ones first,
until one fails; if none does, the fault went unnoticed. Some faults change nothing that anybody
could see, and tests that are further away, or that build the project's own study, do not run: the
share is a lower bound.

Outcomes are kept in a file, so that a run that was stopped goes on where it was.

Run: python -m bench.mutants [--faults 75] [--seed 1] [--only sql/20_marts] [--at-once 2]
"""

from __future__ import annotations

import argparse
import ast
import csv
import io
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import TypeGuard

from statsmodels.stats.proportion import proportion_confint

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("src", "sql", "tests", "bench", "flows", "data/raw/reference", "data/raw/records", "docs",
          "reports", "queries", "packaging", "detente.toml", "pyproject.toml", "prefect.yaml",
          "requirements.lock", "README.md", "CHANGELOG.md", "Makefile")  # fmt: skip
# A fault that makes a loop endless is noticed by whoever waits.
SECONDS = 600
# Beside every check, which has one fault each.
SHARES: Mapping[str, float] = {"SQL": 0.4, "library": 0.4, "data": 0.2}
CHECKS = "checks"
# One word for another; each is tried in both directions only where both are listed.
WORDS = {
    "<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "<>": "=",
    "+": "-", "-": "+", "*": "/", "and": "or", "or": "and", "True": "False", "False": "True",
    "min": "max", "max": "min", "least": "greatest", "greatest": "least", "sum": "max",
    "asc": "desc", "desc": "asc", "true": "false", "false": "true", "all": "any", "any": "all",
    "actor1_iso3": "actor2_iso3", "actor2_iso3": "actor1_iso3", "cooperation": "conflict",
    "conflict": "cooperation", "first_day": "last_day", "last_day": "first_day", "left": "inner",
}  # fmt: skip
_SQL = re.compile(r"--[^\n]*|'(?:[^']|'')*'|\"[^\"]*\"|<=|>=|<>|\w+|\S")
_CONDITION = re.compile(r"^\s*and .*[^(,]$")
# What stands before a star that means all columns, and does not multiply.
_EVERY_COLUMN = re.compile(r"(^|[^\w)\s]|select|distinct)\s*$")
# What only defines a table has nothing that could be wrong and still run.
_QUERY = re.compile(r"^[^-]*\b(select|delete|insert)\b", re.MULTILINE)
_STUDY = "tests/golden/test_small_study.py::test_every_column_holds_what_is_written"
_SMALL, _ASKED = f"{_STUDY}[small]", f"{_STUDY}[asked]"
_IRREGULAR = "tests/golden/test_irregular_rows.py"
# Which tests concern what lies in a place, besides those that import the module.
CONCERNING = {
    "data/raw/*": ("tests/golden/test_ledger.py", "tests/golden/test_reference.py"),
    "sql/checks/*": ("tests/sql/test_check_bounds.py", "tests/sql/test_gates.py",
                     "tests/sql/test_checks.py", _IRREGULAR),
    "sql/sources/*": ("tests/sql/test_projections.py", "tests/sql/test_duplicates.py",
                      "tests/integration/test_sources.py"),
    "sql/00_meta/*": ("tests/sql/test_coverage.py",),
    "sql/refresh/*": ("tests/sql/test_what_changed.py", "tests/property/test_incremental.py"),
    "sql/compare/*": ("tests/sql/test_index_changes.py",),
    "sql/[0-9]*": (_IRREGULAR, "tests/sql/test_given_views.py", "tests/sql/test_as_of.py", _SMALL,
                   "tests/property/test_indices.py", "tests/unit/test_deaths.py", "tests/sql",
                   "tests/integration/test_curated.py"),
    "sql/queries/*": ("tests/sql/test_named_queries.py", _IRREGULAR, _SMALL),
    "src/detente/indices/*": (_SMALL, "tests/property/test_indices.py"),
    "src/detente/refresh/*": (_SMALL, "tests/integration/test_pipeline.py"),
    "src/detente/records/*": (_SMALL, "tests/unit/test_records.py"),
    "src/detente/store/*": (_SMALL, "tests/integration/test_store.py"),
    "src/detente/analysis/*": (_ASKED, "tests/integration/test_questions.py"),
    "src/detente/statistics/*": (_ASKED,),
    "src/detente/report/*": ("tests/golden/test_pages.py",),
    "src/detente/settings/*": ("tests/unit/test_settings.py", "tests/golden/test_ledger.py"),
}  # fmt: skip
# Building it takes minutes; a test of this alone would hold up all faults.
_OWN_STUDY = "real_database"
# So many test files that import a module, or what imports it, run; the nearest.
NEAREST = 8
# Simulations, fuzzing and real browsers are too slow to be asked of each fault.
FOLDERS = ("unit", "sql", "property", "golden", "flows", "integration")


@dataclass(frozen=True)
class Fault:
    """A line of a file, what stands in its place, and the difference in words."""

    path: str
    line: int
    new: str
    told: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.told}"

    def put_into(self, tree: Path) -> None:
        """Write the file with the fault."""
        lines = (tree / self.path).read_text(encoding="utf-8").splitlines(keepends=True)
        lines[self.line - 1] = self.new
        (tree / self.path).write_text("".join(lines), encoding="utf-8")


def area(path: str) -> str:
    """Return which of the areas a file belongs to."""
    if path.startswith("sql/checks/"):
        return CHECKS
    return {"sql": "SQL", "src": "library", "data": "data"}[path.partition("/")[0]]


def possible(path: Path) -> list[Fault]:
    """Return every fault that a file can have."""
    text = path.read_text(encoding="utf-8")
    name = path.relative_to(ROOT).as_posix()
    if path.suffix == ".csv":
        return list(_faults_of_table(name, text))
    lines = text.splitlines(keepends=True)
    words = _python_words(text) if path.suffix == ".py" else _sql_words(text)
    faults = [
        Fault(
            name,
            number,
            lines[number - 1][:start] + new + lines[number - 1][start + len(word) :],
            f"{word!r} became {new!r}",
        )
        for number, start, word in words
        if (new := _instead(word)) is not None
    ]
    if path.suffix == ".sql":
        if not _QUERY.search(text):
            return []
        for number, line in enumerate(lines, start=1):
            if _CONDITION.match(line.rstrip("\n")) and line.count("(") == line.count(")"):
                faults.append(Fault(name, number, "\n", f"{line.strip()!r} left out"))
    return faults


def _instead(word: str) -> str | None:
    if re.fullmatch(r"\d+", word):
        return str(int(word) + 1)
    return WORDS.get(word)


def _python_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the words of what is done; declared types and decorators are none."""
    left_out: set[tuple[int, int]] = set()
    for node in ast.walk(ast.parse(text)):
        declared = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for tree in [one for one in declared if one] + getattr(node, "decorator_list", []):
            left_out |= {(one.lineno, one.col_offset) for one in ast.walk(tree) if _is_placed(one)}
    before = ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        is_word = token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER)
        # A star that takes a list apart is no product.
        is_unpacking = token.string == "*" and not re.search(r"[\w)\]]$", before)
        if is_word and not is_unpacking and token.start not in left_out:
            yield *token.start, token.string
        before = token.string.strip() or before


def _is_placed(node: ast.AST) -> TypeGuard[ast.expr]:
    return isinstance(node, ast.expr)


def _sql_words(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        for found in _SQL.finditer(line.replace("create or replace", "create OR replace")):
            if found[0] == "*" and _EVERY_COLUMN.search(line[: found.start()]):
                continue
            yield number, found.start(), found[0]


def _day_later(cell: str) -> str:
    return (date.fromisoformat(cell) + timedelta(days=1)).isoformat()


def _other_sign(cell: str) -> str:
    return f"{-float(cell):g}" if float(cell) else "1"


@cache
def _codes() -> list[str]:
    text = (ROOT / "data/raw/reference/cameo.csv").read_text(encoding="utf-8")
    return [row["cameo_code"] for row in csv.DictReader(io.StringIO(text))]


def _code_beside(cell: str) -> str:
    codes = _codes()
    return codes[(codes.index(cell) + 1) % len(codes)]


_CELLS: Mapping[str, Callable[[str], str]] = {
    "event_date": _day_later, "first_day": _day_later, "last_day": _day_later,
    "goldstein": _other_sign, "value": _other_sign, "quad_class": lambda one: str(5 - int(one)),
    "cameo_code": _code_beside, "reverse_cameo_code": _code_beside,
    "iso3": lambda one: "FRA" if one != "FRA" else "DEU",
}  # fmt: skip


def _faults_of_table(name: str, text: str) -> Iterator[Fault]:
    """Yield the faults of a table's cells, of its actors swapped, and of a row left out."""
    lines = text.splitlines(keepends=True)
    head = next(csv.reader(lines[:1]))
    for number, line in enumerate(lines[1:], start=2):
        cells = next(csv.reader([line]))
        if len(cells) != len(head):  # a cell of several lines
            continue
        yield Fault(name, number, "", f"{cells[0]} left out")
        row = dict(zip(head, cells, strict=True))
        for column, change in _CELLS.items():
            # The first column says which row it is.
            if row.get(column) and column != head[0]:
                new = {**row, column: change(row[column])}
                told = f"{cells[0]}: {column} {row[column]!r} became {new[column]!r}"
                yield Fault(name, number, _line_of(new), told)
        if row.get("actor2") and row["actor1"] != row["actor2"]:
            swapped = {**row, "actor1": row["actor2"], "actor2": row["actor1"]}
            yield Fault(name, number, _line_of(swapped), f"{cells[0]}: actors swapped")


def _line_of(row: Mapping[str, str]) -> str:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerow(row.values())
    return written.getvalue()


def sample(n: int, seed: int, only: str) -> list[Fault]:
    """Draw the faults of each area, each from a file of its own as long as there are such."""
    paths = [
        *sorted(ROOT.glob("sql/*/*.sql")),
        *sorted(ROOT.glob("src/detente/**/*.py")),
        *sorted(ROOT.glob("data/raw/re*/**/*.csv")),
    ]
    of_area: dict[str, list[list[Fault]]] = {}
    for path in paths:
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(only) and (faults := possible(path)):
            of_area.setdefault(area(name), []).append(faults)
    drawn = random.Random(seed)
    checks = [drawn.choice(faults) for faults in of_area.pop(CHECKS, [])]
    whole = sum(SHARES[name] for name in of_area)
    found = []
    for name, files in of_area.items():
        wanted = round((n - len(checks)) * SHARES[name] / whole)
        turns = [one for _ in range(wanted // len(files) + 1) for one in _shuffled(files, drawn)]
        found += [drawn.choice(faults) for faults in turns[:wanted]]
    return list(dict.fromkeys([*found, *checks]))


def _shuffled(files: list[list[Fault]], drawn: random.Random) -> list[list[Fault]]:
    return drawn.sample(files, len(files))


def tests_of(path: str) -> list[str]:
    """Return the tests that are near to a file: by what they import, and those of its folder."""
    found = [one for place, tests in CONCERNING.items() if fnmatch(path, place) for one in tests]
    if path.endswith(".py"):
        found = [*_importing(path), *found]
    return [one for one in dict.fromkeys(found) if (ROOT / one.partition("::")[0]).exists()]


def _importing(path: str) -> list[str]:
    """Return the test files nearest to a module: that import it, or what imports it, and so on."""
    importers: dict[str, list[str]] = {}
    for file, modules in _imports().items():
        for one in modules:
            importers.setdefault(one, []).append(file)
    far = {path: 0}
    waiting = [path]
    for file in waiting:
        for one in importers.get(file, []):
            if one not in far:
                far[one] = far[file] + 1
                waiting.append(one)
    tests = [
        one
        for one in far
        if one.startswith(tuple(f"tests/{folder}/test_" for folder in FOLDERS))
        and _OWN_STUDY not in (ROOT / one).read_text(encoding="utf-8")
    ]
    return sorted(sorted(tests, key=lambda one: far[one])[:NEAREST], key=_cost)


def _cost(test: str) -> tuple[int, str]:
    return FOLDERS.index(test.split("/")[1]), test


@cache
def _imports() -> dict[str, set[str]]:
    """Return which modules of ours each file of `src` and `tests` imports, all as paths."""
    files = [*ROOT.glob("src/detente/**/*.py"), *ROOT.glob("tests/**/*.py")]
    paths = [file.relative_to(ROOT).as_posix() for file in files]
    # By the words of an import statement.
    places = {one.removesuffix(".py").removesuffix("/__init__"): one for one in paths}
    return {
        path: {
            places[module]
            for module in _imported(ast.parse(file.read_text(encoding="utf-8")))
            if module in places
        }
        for path, file in zip(paths, files, strict=True)
    }


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            place = node.module.replace(".", "/")
            place = f"src/{place}" if place.startswith("detente") else place
            yield place
            yield from (f"{place}/{one.name}" for one in node.names)


def is_noticed(tree: Path, fault: Fault) -> bool:
    """Put a fault in, run the tests that are near to it, put the file back."""
    tests = tests_of(fault.path)
    if not tests:
        return False
    whole = (tree / fault.path).read_bytes()
    fault.put_into(tree)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
             "-m", "not full and not flow", *tests],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return True  # it hangs
    finally:
        (tree / fault.path).write_bytes(whole)
    if done.returncode not in (0, 1, 2):  # 2: a test file cannot be read any more
        raise RuntimeError(f"{fault}: pytest ended with {done.returncode}\n{done.stdout.decode()}")
    return done.returncode != 0


def copy(folder: Path) -> Path:
    """Copy what the tests need; the copy is put back after each fault."""
    tree = folder / "tree"
    for name in COPIED:
        source = ROOT / name
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "out")
            shutil.copytree(source, tree / name, ignore=ignored)
        elif source.exists():
            shutil.copy(source, tree / name)
    return tree


def demand_own_modules(tree: Path) -> None:
    """Make sure that tests in the copy read the copy's modules, not those that are installed."""
    found = subprocess.run(
        [sys.executable, "-c", "import detente; print(detente.__file__)"],
        env={**os.environ, "PYTHONPATH": str(tree / "src")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if not Path(found.strip()).is_relative_to(tree):
        raise RuntimeError(f"Expected the modules of {tree / 'src'}, got {found.strip()}")


def outcomes(faults: list[Fault], at_once: int) -> Iterator[tuple[Fault, bool]]:
    """Yield each fault with whether it was noticed; several at once, each in a copy of its own."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(at_once) as pool:
        trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
        for number in range(at_once):
            trees.put(copy(Path(folder) / str(number)))
        tree = trees.get()
        demand_own_modules(tree)
        trees.put(tree)

        def look(fault: Fault) -> bool:
            tree = trees.get()
            try:
                return is_noticed(tree, fault)
            finally:
                trees.put(tree)

        yield from zip(faults, pool.map(look, faults), strict=True)


def report(found: Iterable[tuple[Fault, bool]]) -> None:
    """Print the share of faults that were noticed, by area and together."""
    kept = list(found)
    for title in (*SHARES, CHECKS, "together"):
        noticed = [seen for fault, seen in kept if title in (area(fault.path), "together")]
        if noticed:
            low, high = proportion_confint(sum(noticed), len(noticed), method="wilson")
            print(
                f"{title}: {sum(noticed)} of {len(noticed)} noticed, "
                f"{sum(noticed) / len(noticed):.0%} (95% interval {low:.0%} to {high:.0%})"
            )


def main() -> None:
    """Put the sample in."""
    parser = argparse.ArgumentParser(description="Which faults do the tests notice?")
    parser.add_argument("--faults", type=int, default=75)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="the beginning of the paths to put faults into")
    parser.add_argument("--at-once", type=int, default=2, help="faults that are tried side by side")
    parser.add_argument(
        "--kept", type=Path, help="a file of outcomes: what stands there is not run"
    )
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    given = parser.parse_args()
    faults = sample(given.faults, given.seed, given.only)
    if given.list:
        for fault in faults:
            print(fault, "->", " ".join(tests_of(fault.path)))
        return
    found = _kept(given.kept, faults)
    left = [one for one in faults if one not in found]
    for fault, seen in outcomes(left, given.at_once):
        found[fault] = seen
        print(line := _line(fault, seen), flush=True)
        if given.kept:
            with given.kept.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")
    report(found.items())


def _line(fault: Fault, seen: bool) -> str:
    return f"{'noticed    ' if seen else 'NOT NOTICED'} {fault}"


def _kept(file: Path | None, faults: Iterable[Fault]) -> dict[Fault, bool]:
    lines = set(file.read_text(encoding="utf-8").splitlines()) if file and file.exists() else set()
    return {one: seen for one in faults for seen in (True, False) if _line(one, seen) in lines}


if __name__ == "__main__":
    main()
