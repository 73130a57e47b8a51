"""The wheel carries what the code reads beside itself, and the shipped study as an example."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.*") if "__pycache__" not in path.parts]


def test_the_wheel_holds_every_sql_file_and_template(tmp_path: Path) -> None:
    root = Path(__file__).resolve().parents[2]
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(tmp_path)]
    done = subprocess.run(build, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in (
        "sql", "reports/templates", "reports/lang", "reports/fonts", "data/raw/reference",
        "data/raw/records", "reports/specs", "flows",
    ):  # fmt: skip
        for path in _files(root / folder):
            assert f"detente/_assets/{path.relative_to(root).as_posix()}" in names
    assert "detente/_assets/docs/methods.md" in names  # shown on a page of the report
    assert not any(name.startswith(("tests/", "flows/", "data/")) for name in names)
