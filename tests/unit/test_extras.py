"""An installation without an extra says which one is missing, and does the rest."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from detente.base import extras
from tests.support.studies import ROOT, study_table, write_study

S3 = '[store]\nurl = "s3://bucket/events"\n'

# Finds no package that only an extra brings, nor what is written of its version.
WITHOUT = """
import sys
from importlib import metadata
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
_from_name = metadata.Distribution.from_name
def _of(name):
    if name in {names!r} or name in {distributions!r}:
        raise metadata.PackageNotFoundError(name)
    return _from_name(name)
metadata.Distribution.from_name = staticmethod(_of)
"""
NAMES = {*extras.EXTRAS, *extras.BROUGHT_BY}
# What a package is called where it is installed from, if not as it is imported.
DISTRIBUTIONS = {
    "vl_convert": "vl-convert-python", "pyspark": "pyspark-client", "google": "google-auth",
}  # fmt: skip


def _run(*arguments: str, cwd: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(names=NAMES, distributions=set(DISTRIBUTIONS.values())) + (
        f"sys.argv = {['detente', *arguments]!r}\nfrom detente.cli.main import main\nmain()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_every_extra_of_the_project_is_known_by_its_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for package, extra in extras.EXTRAS.items():
        listed = [re.split(r"[<>=]", one)[0] for one in project["optional-dependencies"][extra]]
        assert DISTRIBUTIONS.get(package, package) in listed


def _imported() -> set[str]:
    """Return the packages of others that the library and the flows import."""
    found = set()
    for path in (*(ROOT / "src").rglob("*.py"), *(ROOT / "flows").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {one.name.split(".")[0] for one in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - set(sys.stdlib_module_names) - {"detente", "flows", "_typeshed"}


def test_every_package_that_is_imported_is_installed_or_named_by_its_extra() -> None:
    """`detente serve` ended in a traceback that named yaml, which Prefect alone had brought."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    always = {re.split(r"[<>=]", one)[0] for one in project["dependencies"]}
    of = metadata.packages_distributions()
    imported = _imported()
    assert {"duckdb", "prefect"} <= imported
    assert set(extras.BROUGHT_BY) <= imported
    missing = {
        one
        for one in imported - NAMES - {"markupsafe"}  # which jinja2 is made of
        if not always & {name.lower().replace("_", "-") for name in of.get(one, [])}
    }
    assert missing == set()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("sql", "--help")])
def test_the_command_line_starts_without_extras(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments, cwd=str(ROOT))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_a_table_of_ones_own_becomes_indices_without_extras(tmp_path: Path) -> None:
    rows = ["date;actor1;actor2;cameo", "05/01/2020;Greece;Turkey;042", "17/01/2020;TUR;GRC;111"]
    (tmp_path / "acts.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    study = tmp_path / "study"
    study.mkdir()
    for arguments in (
        ("init", "--name", "Aegean", "--from-csv", "../acts.csv", "--date-format", "%d/%m/%Y"),
        ("refresh",),
        ("doctor",),
        ("index", "GRC", "TUR", "--freq", "year", "--csv"),
    ):
        done = _run(*arguments, cwd=str(study))
        assert done.returncode == 0, done.stdout + done.stderr
    head, row = done.stdout.splitlines()
    assert dict(zip(head.split(","), row.split(","), strict=True))["n_events"] == "2"


@pytest.mark.slow
@pytest.mark.parametrize(("command", "extra"), [("serve", "flows"), ("report", "report")])
def test_a_command_names_the_extra_that_it_lacks(command: str, extra: str) -> None:
    done = _run(command, cwd=str(ROOT))
    assert done.returncode == 1
    assert f'pip install "detente[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_store_in_s3_names_the_extra_that_it_needs(tmp_path: Path) -> None:
    write_study(tmp_path, (), study_table("2020-01-01", "JPN", "KOR") + S3)
    done = _run("doctor", cwd=str(tmp_path))
    assert 'pip install "detente[s3]"' in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_another_missing_module_is_no_extra() -> None:
    assert extras.explained(ModuleNotFoundError(name="somewhere.else")) is None
