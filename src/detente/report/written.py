"""Say what a rendering wrote: where to begin, and how many files there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

# A singular and plural for each kind of file, in the order in which they are told.
_KINDS = {
    ".html": ("page", "pages"),
    ".pdf": ("PDF", "PDFs"),
    ".zip": ("data bundle", "data bundles"),
}


def first_pages(paths: Sequence[Path], folder: Path) -> list[Path]:
    """Return what to open: the overview if it was written, else pages and PDFs by themselves."""
    direct = [path for path in paths if path.parent == folder]
    overview = [path for path in direct if path.name == "index.html"]
    return overview or [path for path in direct if path.suffix in {".html", ".pdf"}]


def tally(paths: Sequence[Path], folder: Path) -> str:
    """Return one sentence with the number of pages, PDFs, bundles and charts in the folder."""
    kinds = Counter(path.suffix for path in paths if path.parent == folder)
    charts = {path.stem for path in paths if path.parent.name == "charts"}
    counts = [(n, *_KINDS[suffix]) for suffix in _KINDS if (n := kinds[suffix])]
    if charts:
        counts.append((len(charts), "chart", "charts"))
    said = [f"{n:,} {one if n == 1 else many}" for n, one, many in counts]
    listed = " and ".join(filter(None, [", ".join(said[:-1]), *said[-1:]]))
    return f"{listed or 'No files'} in {folder}"
