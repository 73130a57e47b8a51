"""How many faults do the tests notice? A fixed sample, put in one at a time.

Each fault is one word of a Python or SQL file changed: a comparison turned or moved by one, a
number one larger, `and` for `or`, the two sides of a dyad exchanged, a condition left out. The
sample is drawn with a seed from all such words, half of it from SQL. In a copy of the tree the
tests that concern the file run until one fails; if none does, the fault went unnoticed. Some of
those change nothing that anybody could see, so that the share is a lower bound.

Run: python -m bench.mutants [--faults 40] [--seed 1] [--only sql/20_marts]
"""

from __future__ import annotations

import argparse
import ast
import io
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from statsmodels.stats.proportion import proportion_confint

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("src", "sql", "tests", "bench", "flows", "data/raw/reference", "data/raw/records", "docs",
          "reports", "queries", "detente.toml", "pyproject.toml", "prefect.yaml", "README.md",
          "Makefile")  # fmt: skip
SECONDS = 600
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
# Which tests concern what lies under a folder, besides those that import the module.
CONCERNING = {
    "sql/sources": ("tests/sql/test_projections.py", "tests/sql/test_duplicates.py",
                    "tests/integration/test_sources.py"),
    "sql/checks": ("tests/sql/test_checks.py",),
    "sql/refresh": ("tests/property/test_incremental.py",),
    "sql/queries": ("tests/integration/test_queries.py",),
    "sql/compare": ("tests/integration/test_pipeline.py",),
    "sql": ("tests/sql", "tests/golden/test_small_study.py", "tests/property/test_indices.py"),
    "src/detente/indices": ("tests/golden/test_small_study.py", "tests/property/test_indices.py"),
    "src/detente/refresh": ("tests/golden/test_small_study.py",
                            "tests/integration/test_pipeline.py"),
    "src/detente/records": ("tests/golden/test_small_study.py", "tests/unit/test_records.py"),
    "src/detente/store": ("tests/golden/test_small_study.py", "tests/integration/test_store.py"),
    "src/detente/analysis": ("tests/integration/test_questions.py",
                             "tests/integration/test_infer_series.py"),
}  # fmt: skip


@dataclass(frozen=True)
class Fault:
    """A word of a file and what stands in its place."""

    path: str
    line: int
    start: int
    end: int
    new: str
    old: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.old!r} became {self.new!r}"

    def put_into(self, tree: Path) -> None:
        """Write the file with the fault."""
        lines = (tree / self.path).read_text(encoding="utf-8").splitlines(keepends=True)
        line = lines[self.line - 1]
        lines[self.line - 1] = line[: self.start] + self.new + line[self.end :]
        (tree / self.path).write_text("".join(lines), encoding="utf-8")


def possible(path: Path) -> list[Fault]:
    """Return every fault that a file can have."""
    text = path.read_text(encoding="utf-8")
    words = _python_words(text) if path.suffix == ".py" else _sql_words(text)
    name = path.relative_to(ROOT).as_posix()
    faults = [
        Fault(name, line, start, start + len(word), new, word)
        for line, start, word in words
        if (new := _instead(word)) is not None
    ]
    if path.suffix == ".sql":
        for number, line in enumerate(text.splitlines(), start=1):
            if _CONDITION.match(line) and line.count("(") == line.count(")"):
                faults.append(Fault(name, number, 0, len(line), "", line.strip()))
    return faults


def _instead(word: str) -> str | None:
    if re.fullmatch(r"\d+", word):
        return str(int(word) + 1)
    return WORDS.get(word)


def _python_words(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield the words of what is done; declared types are none."""
    types: set[tuple[int, int]] = set()
    for node in ast.walk(ast.parse(text)):
        for kind in (getattr(node, "annotation", None), getattr(node, "returns", None)):
            types |= {
                (part.lineno, part.col_offset)
                for part in (ast.walk(kind) if kind else ())
                if isinstance(part, ast.expr)
            }
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in (tokenize.OP, tokenize.NAME, tokenize.NUMBER) and token.start not in types:
            yield *token.start, token.string


def _sql_words(text: str) -> Iterator[tuple[int, int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        for found in _SQL.finditer(line):
            yield number, found.start(), found[0]


def sample(n: int, seed: int, only: str) -> list[Fault]:
    """Draw the faults, half of them from SQL where there are both kinds."""
    paths = [*sorted(ROOT.glob("sql/*/*.sql")), *sorted(ROOT.glob("src/detente/**/*.py"))]
    chosen = [one for one in paths if one.relative_to(ROOT).as_posix().startswith(only)]
    kinds = {suffix: [one for one in chosen if one.suffix == suffix] for suffix in (".sql", ".py")}
    there = [of_kind for of_kind in kinds.values() if of_kind]
    drawn = random.Random(seed)
    found = []
    for of_kind in there:
        faults = [fault for path in of_kind for fault in possible(path)]
        found += drawn.sample(faults, min(len(faults), round(n / len(there))))
    return found


def tests_of(path: str) -> list[str]:
    """Return the tests that concern a file: those that import it, and those of its folder."""
    found = [
        one for folder, tests in CONCERNING.items() if path.startswith(folder) for one in tests
    ]
    if path.endswith(".py"):
        module = path.removeprefix("src/").removesuffix(".py").removesuffix("/__init__")
        package, _, name = module.replace("/", ".").rpartition(".")
        imports = re.compile(
            rf"^(from {package}\.{name} import|from {package} import .*\b{name}\b)", re.MULTILINE
        )
        for test in sorted((ROOT / "tests").glob("*/test_*.py")):
            if imports.search(test.read_text(encoding="utf-8")):
                found.append(test.relative_to(ROOT).as_posix())
    found = [one for one in dict.fromkeys(found) if (ROOT / one).exists()]
    return found or ["tests/unit", "tests/golden/test_small_study.py"]


def is_noticed(tree: Path, fault: Fault) -> bool:
    """Put a fault in, run the tests that concern it, put the file back."""
    whole = (tree / fault.path).read_bytes()
    fault.put_into(tree)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider",
             "-m", "not full and not slow and not browser and not flow", *tests_of(fault.path)],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )  # fmt: skip
        return done.returncode not in (0, 5)  # 5: no test at all
    except subprocess.TimeoutExpired:
        return True  # it hangs
    finally:
        (tree / fault.path).write_bytes(whole)


def copy(folder: Path) -> Path:
    """Copy what the tests need; the copy is put back after each fault."""
    tree = folder / "tree"
    for name in COPIED:
        source = ROOT / name
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif source.exists():
            shutil.copy(source, tree / name)
    return tree


def report(outcomes: Iterable[tuple[Fault, bool]]) -> None:
    """Print the share of faults that were noticed, by kind and together."""
    kept = list(outcomes)
    for title, suffix in (("SQL", ".sql"), ("Python", ".py"), ("together", "")):
        noticed = [seen for fault, seen in kept if fault.path.endswith(suffix)]
        if noticed:
            low, high = proportion_confint(sum(noticed), len(noticed), method="wilson")
            print(
                f"{title}: {sum(noticed)} of {len(noticed)} noticed, "
                f"{sum(noticed) / len(noticed):.0%} (95 % interval {low:.0%} to {high:.0%})"
            )


def main() -> None:
    """Put the sample in."""
    parser = argparse.ArgumentParser(description="Which faults do the tests notice?")
    parser.add_argument("--faults", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="the beginning of the paths to put faults into")
    parser.add_argument("--list", action="store_true", help="show the sample and run nothing")
    given = parser.parse_args()
    faults = sample(given.faults, given.seed, given.only)
    if given.list:
        for fault in faults:
            print(fault, "->", " ".join(tests_of(fault.path)))
        return
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        tree = copy(Path(folder))
        for fault in faults:
            outcomes.append((fault, is_noticed(tree, fault)))
            print("noticed    " if outcomes[-1][1] else "NOT NOTICED", fault, flush=True)
    report(outcomes)


if __name__ == "__main__":
    main()
