"""The rules of the house, read off the source tree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import sqlglot
import typer
from sqlglot import exp

from detente.cli.commands import app
from detente.database import checks, queries
from detente.database.sql_files import SqlFile, field_description, sql_files
from tests.support.some import some
from tests.support.studies import ROOT

PACKAGE = ROOT / "src" / "detente"


@cache
def _imports(path: Path) -> tuple[str, ...]:
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
    return tuple(found)


def _importers(package: str) -> set[str]:
    paths = [path for folder in ("src", "flows") for path in (ROOT / folder).rglob("*.py")]
    return {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if any(name.split(".")[0] == package for name in _imports(path))
    }


def test_only_flows_import_prefect() -> None:
    importers = _importers("prefect")
    assert importers
    assert all(path.startswith("flows/") for path in importers)


def test_one_package_opens_duckdb() -> None:
    importers = _importers("duckdb")
    assert importers
    assert all(path.startswith("src/detente/database/") for path in importers)


# Each package may import those before it, none after it (CONTRIBUTING.md).
ORDER = (
    "base", "settings", "database", "sources", "store", "records", "indices", "statistics",
    "analysis", "engines", "refresh", "studies", "report", "operations", "library", "cli",
)  # fmt: skip


def _package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_packages_import_only_those_before_them() -> None:
    against = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if len(place.parts) == 1:
            continue  # the library's face
        own = place.parts[0]
        assert own in ORDER, f"{place}: name its package in ORDER"
        against |= {
            f"{place.as_posix()} imports {name}"
            for name in _imports(path)
            if name.startswith("detente.") and ORDER.index(_package_of(name)) > ORDER.index(own)
        }
    assert against == set()


def test_statistics_knows_nothing_of_ours_but_base() -> None:
    used = {
        _package_of(name)
        for path in (PACKAGE / "statistics").rglob("*.py")
        for name in _imports(path)
        if name.startswith("detente.")
    }
    assert used == {"base", "statistics"}


def _module(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_modules_import_each_other_in_no_circle() -> None:
    modules = {_module(path): path for path in PACKAGE.rglob("*.py")}
    graph = {name: set(_imported_at_once(path, set(modules))) for name, path in modules.items()}
    TopologicalSorter(graph).prepare()  # raises with the circle


def _imported_at_once(path: Path, modules: set[str]) -> Iterator[str]:
    """Yield the modules that a module imports while it is itself imported."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                whole = f"{node.module}.{name.name}"
                if found := {whole, node.module} & modules:
                    yield max(found, key=len)


def test_the_questions_read_what_an_incremental_build_compares() -> None:
    """A new table here needs a line in `detente.analysis.series.reads_differ`."""
    text = " ".join(
        path.read_text(encoding="utf-8") for path in (PACKAGE / "analysis").glob("*.py")
    )
    read = set(re.findall(r"\b(?:from|join) ((?:meta|core|marts|stats)\.\w+)", text))
    compared = {
        "core.record", "core.record_event", "marts.dyad_", "marts.dyad_event", "marts.dyad_value",
        "marts.dyad_month", "meta.raw_file", "meta.record_start", "meta.reported_series",
        # The events of feeds by the dyad-days that differ.
        "core.event", "marts.dyad_week", "marts.dyad_year", "marts.occurrences",
        "meta.changed_cell",
    }  # fmt: skip
    # Computed from the months, which are compared.
    given = {"stats.level", "stats.level_fit", "stats.step_or_drift", "stats.level_change"}
    # From the settings and reference tables, whose change leads to a full build.
    given |= {"meta.study", "meta.study_dyad", "meta.scale", "core.scale"}
    # Macros: what an index is, called with acts or sums of tables that are compared.
    given |= {"marts.day_sums", "marts.period_indices"}
    assert read <= compared | given


@pytest.mark.slow
@pytest.mark.parametrize(
    "module", ["cli.answering", "cli.commands", "refresh.plan", "operations.doctor"]
)
def test_a_question_waits_for_no_statistics_and_no_charts(module: str) -> None:
    told = "print(*{one for name in sys.modules for one in (name, name.split('.')[0])})"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, detente.{module}; {told}"],
        capture_output=True,
        text=True,
        check=True,
    )
    heavy = {"statsmodels", "altair", "vl_convert", "typst", "prefect"}
    if module.startswith("cli."):
        heavy |= {"pandas", "numpy", "duckdb"}
    if module == "cli.answering":
        heavy |= {"typer", "pydantic", "detente.settings"}
    assert not heavy & set(done.stdout.split())


@pytest.mark.slow
def test_a_base_installation_loads_nothing_of_an_extra() -> None:
    """Every module but those that are asked for by a setting or a command of an extra."""
    of_extras = {"detente.engines.spark", "detente.engines.port"}
    modules = sorted({_module(path) for path in PACKAGE.rglob("*.py")} - of_extras)
    code = f"""
import sys, importlib
for name in {modules!r}:
    if not name.endswith("__main__"):
        importlib.import_module(name)
print(*{{name.split(".")[0] for name in sys.modules}})
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True
    )
    extras = {"pyspark", "sqlglot", "grpc", "pysail", "google", "s3fs", "fsspec", "botocore"}
    assert not extras & set(done.stdout.split())


LAYERS = ["meta", "core", "marts", "stats", "main"]


def _tables_read(file: SqlFile) -> set[str]:
    # The parser does not know the defaults of a macro's parameters; its body is a plain query.
    text = file.text
    if file.is_table_macro:
        text = text.split(") as table\n", 1)[1]
    elif file.is_macro:
        text = text.split(") as (", 1)[1].rsplit(")", 1)[0]
    statement = sqlglot.parse_one(text, read="duckdb")
    return {
        f"{table.db}.{table.name}"
        for table in statement.find_all(exp.Table)
        if table.db and f"{table.db}.{table.name}" != file.table
    }


@pytest.mark.parametrize("file", sql_files(), ids=lambda file: file.table)
def test_every_sql_file_says_what_it_builds_and_why(file: SqlFile) -> None:
    assert len(file.description) > 40, "the comment at the top says what a row is and why"


@pytest.mark.parametrize(
    "file", [file for file in sql_files() if not file.is_input], ids=lambda file: file.table
)
def test_a_layer_reads_no_layer_after_it(file: SqlFile) -> None:
    reads = _tables_read(file)
    own = LAYERS.index(file.layer)
    # meta also describes what the other layers hold; it is read by all of them.
    later = {
        table
        for table in reads
        if table.split(".")[0] in LAYERS and LAYERS.index(table.split(".")[0]) > own
    }
    assert not later or file.layer == "meta"


@pytest.mark.parametrize("file", sql_files(), ids=lambda file: file.table)
def test_what_the_file_keeps_is_understood_by_the_oldest_client(file: SqlFile) -> None:
    text = re.sub(r"--.*", "", file.text)
    # The function `if` came after that client; a case says the same.
    assert not re.search(r"(?<![a-z_])if\s*\(", text, re.IGNORECASE)


def test_every_check_and_query_opens_with_its_reason() -> None:
    assert all(len(check.meaning) > 20 for check in some(checks.all_checks()))
    assert all(len(query.question) > 20 for query in queries.named().values())


def test_every_described_column_exists_somewhere() -> None:
    described = tomllib.loads((ROOT / "sql" / "fields.toml").read_text(encoding="utf-8"))
    text = " ".join(path.read_text() for path in (ROOT / "sql").rglob("*.sql"))
    unused = [name for name in described["field"] if not re.search(rf"\b{name}\b", text)]
    assert unused == []
    assert field_description("meta.run", "run_id")


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    group = typer.main.get_command(app)
    commands = set(group.commands)  # type: ignore[attr-defined]
    missing = {name for name in commands if f"detente {name}" not in readme}
    assert missing == set()
    # and the README names no command that does not exist
    assert set(re.findall(r"(?:^|`|&& )detente ([a-z]+)", readme, flags=re.M)) <= commands


@pytest.mark.parametrize(("name", "n_at_least"), [("requirements.lock", 50), ("audit.lock", 10)])
def test_a_lock_file_has_hashes_and_no_hosts(name: str, n_at_least: int) -> None:
    lock = (ROOT / name).read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    pinned = re.findall(r"^[a-z0-9._-]+==.*?(?=^\S|\Z)", lock, flags=re.M | re.S)
    assert len(pinned) > n_at_least
    assert all("--hash=sha256:" in one for one in pinned)


def test_every_dependency_is_locked_and_gives_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)
    locks = [
        (ROOT / name).read_text(encoding="utf-8") for name in ("requirements.lock", "audit.lock")
    ]
    groups, extras = project["dependency-groups"], project["project"]["optional-dependencies"]
    assert set(extras) == {"flows", "report", "excel", "explore", "spark", "bigquery", "s3", "all"}
    of_extras = [one for name, found in extras.items() if name != "all" for one in found]
    needed = [*project["project"]["dependencies"], *of_extras, *groups["dev"]]
    wanted = [(one, locks[0]) for one in needed]
    for requirement, lock in [*wanted, *((one, locks[1]) for one in groups["audit"])]:
        name = re.split(r"[<>=!\[ ]", requirement)[0]
        is_locked = re.search(rf"^{re.escape(name)}==", lock, flags=re.M)
        assert is_locked, f"{name} is not in the lock"
        line = next(line for line in text.splitlines() if line.startswith(f'    "{requirement}"'))
        assert re.search(r"#\s*\S{3}", line), f"{name} has no reason beside it"


def test_no_generated_file_is_tracked() -> None:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "data/processed", "reports/out"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("not a git checkout")
    assert done.stdout.split() in ([], ["data/processed/.gitkeep"])
