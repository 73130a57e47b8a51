"""What a rendering says that it wrote."""

from __future__ import annotations

from pathlib import Path

from detente.report.written import first_pages, tally

FOLDER = Path("reports/out")


def _paths(*names: str) -> list[Path]:
    return [FOLDER / name for name in names]


def test_a_whole_site_begins_at_the_overview_and_is_counted() -> None:
    paths = _paths(
        "index.html", "A-B.html", "A-B-brief.pdf", "A-B-data.zip", "A-B-events.js",
        "charts/A-B-balance.svg", "charts/A-B-balance.png", "charts/A-B-words.svg",
        "embed/A-B-balance.html",
    )  # fmt: skip
    assert first_pages(paths, FOLDER) == [FOLDER / "index.html"]
    assert tally(paths, FOLDER) == "2 pages, 1 PDF, 1 data bundle and 2 charts in reports/out"


def test_some_pages_are_named_one_by_one() -> None:
    paths = _paths("A-B.html", "A-B-brief.pdf", "A-B-data.zip", "embed/A-B-balance.html")
    assert first_pages(paths, FOLDER) == paths[:2]
    assert tally(paths[:1], FOLDER) == "1 page in reports/out"
    assert tally([], FOLDER) == "No files in reports/out"
