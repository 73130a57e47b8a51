"""An installation without an extra says which one is missing, and does the rest."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest

from detente.base import extras
from tests.support.studies import ROOT

# Finds no package that only an extra brings.
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Missing())
"""


def _run(*arguments: str, cwd: str) -> subprocess.CompletedProcess[str]:
    code = WITHOUT.format(names=set(extras.EXTRAS)) + (
        f"sys.argv = {['detente', *arguments]!r}\nfrom detente.cli.main import main\nmain()\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_every_extra_of_the_project_is_known_by_its_packages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {
        "vl_convert": "vl-convert-python", "pyspark": "pyspark-client", "google": "google-auth",
    }  # fmt: skip
    for package, extra in extras.EXTRAS.items():
        listed = [re.split(r"[<>=]", one)[0] for one in project["optional-dependencies"][extra]]
        assert named.get(package, package) in listed


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("sql", "--help")])
def test_the_command_line_starts_without_extras(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments, cwd=str(ROOT))
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("command", "extra"), [("serve", "flows"), ("report", "report")])
def test_a_command_names_the_extra_that_it_lacks(command: str, extra: str) -> None:
    done = _run(command, cwd=str(ROOT))
    assert done.returncode == 1
    assert f'pip install "detente[{extra}]"' in done.stderr
    assert "Traceback" not in done.stderr


def test_another_missing_module_is_no_extra() -> None:
    assert extras.explained(ModuleNotFoundError(name="somewhere.else")) is None
