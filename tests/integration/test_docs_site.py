"""The documentation: notebooks that run, a site that asks no network, pages that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.support.studies import ROOT

pytestmark = pytest.mark.full

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return folder


def _run(path: Path, folder: Path) -> nbformat.NotebookNode:
    book = nbformat.read(path, as_version=4)
    NotebookClient(book, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    return book


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_from_its_first_cell_to_its_last(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if "detente.open()" in path.read_text(encoding="utf-8"):
        database: Path = request.getfixturevalue("real_database")
        text = (ROOT / "detente.toml").read_text(encoding="utf-8")
        paths = f'\n[paths]\nraw = "{ROOT / "data" / "raw"}"\nprocessed = "{database.parent}"\n'
        (tmp_path / "detente.toml").write_text(text + paths, encoding="utf-8")
    book = _run(path, tmp_path)
    outputs = [cell for cell in book.cells if cell.cell_type == "code" and cell.outputs]
    assert len(outputs) >= 3


def test_notebooks_are_kept_without_output() -> None:
    """What they print is the reader's own; a stored picture would go stale."""
    assert len(NOTEBOOKS) >= 3
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        assert not any(cell.get("outputs") for cell in cells), path.name


def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 8
    loads = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=[\"']?(?:https?:)?//"
        r"|<link[^>]*rel=[\"']?(?:stylesheet|preconnect|icon)[^>]*href=[\"']?(?:https?:)?//"
    )
    found = {
        page.relative_to(site).as_posix(): match[0]
        for page in pages
        if (match := loads.search(page.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_the_reference_has_every_name_of_the_library(site: Path) -> None:
    text = (site / "library.html").read_text(encoding="utf-8")
    for name in ("open_study", "Study.index", "load_csv", "find_breaks", "granger", "forecast"):
        assert re.search(rf'id="detente\.library\.\w+\.{re.escape(name)}"', text), name
