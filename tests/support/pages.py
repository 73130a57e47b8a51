"""What the pages of a small study say and draw, section by section and drawing by drawing.

`tests/golden/asked_pages.tsv` holds for each section of each page a hash of its words, without
numbers, and what its numbers add up to, each weighted by its place as well; for each drawing the
same of its coordinates. What a sentence should say and a chart should show is tested elsewhere:
this says which sections and drawings a change reaches, meant or not. A change that is meant is
written with `make ledger`, and the diff shows the sections that it moved.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import detente
from detente import settings
from detente.base import clock
from detente.report.run import render_all
from tests.support import profile
from tests.support.reading import parts

KEPT = profile.GOLDEN / "asked_pages.tsv"
# Pages of documentation, and what tells of the run.
_LEFT_OUT = ("methods", "status")
_NUMBER = re.compile(r"(?<![\w.])[-\N{MINUS SIGN}]?\d+(?:,\d{3})*(?:\.\d+)?")
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_HEADING = re.compile(r"(?=<h[1-4]\b)")
_OF_A_RUN = re.compile(r"[0-9a-f]{12,}|\d+\.\d+\.\d+(?:\.\w+)?")
# Estimates depend on the processor; where a line is drawn, hardly.
_NEARNESS = {"words": 1e-3, "drawing": 2e-5}


def of(database: Path, folder: Path) -> dict[str, str]:
    """Draw every page of a published study into a folder and return what they hold."""
    study = settings.load(database.parents[2] / "detente.toml")
    paths = study.paths.model_copy(update={"reports": folder})
    with mock.patch.object(clock, "now", lambda: profile.NOW):
        render_all(study.model_copy(update={"paths": paths}))
    found: dict[str, str] = {}
    for path in sorted(folder.glob("*.html")):
        if path.stem not in _LEFT_OUT:
            found |= dict(_of_page(path.stem, path.read_text(encoding="utf-8")))
    return found


def _of_page(name: str, text: str) -> Iterator[tuple[str, str]]:
    for place, drawing in enumerate(_DRAWING.findall(text)):
        yield f"{name} drawing {place}", _told(re.sub(r"\s+", " ", drawing))
    for place, section in enumerate(_HEADING.split(_DRAWING.sub("", text))):
        words = " ".join(one for _, one in parts(f"<div>{section}</div>"))
        words = words.replace(detente.__version__, "")
        yield f"{name} words {place}", _told(_OF_A_RUN.sub("", words))


def _told(text: str) -> str:
    numbers = [
        float(one.replace(",", "").replace("\N{MINUS SIGN}", "-")) for one in _NUMBER.findall(text)
    ]
    words = hashlib.md5(_NUMBER.sub("#", text).encode(), usedforsecurity=False).hexdigest()[:12]
    by_place = math.fsum(one * (place % 97 + 1) for place, one in enumerate(numbers))
    return f"{words} {len(numbers)} numbers {math.fsum(numbers):.10g} {by_place:.10g}"


def is_like(kept: str, now: str, name: str) -> bool:
    """Say whether two sections or drawings hold the same."""
    one, other = kept.split(), now.split()
    nearness = _NEARNESS[name.split()[1]]
    return one[:3] == other[:3] and all(
        math.isclose(float(a), float(b), rel_tol=nearness, abs_tol=nearness)
        for a, b in zip(one[3:], other[3:], strict=True)
    )


def read() -> dict[str, str]:
    """Return what is written of the pages."""
    return dict(line.split("\t") for line in KEPT.read_text(encoding="utf-8").splitlines())


def write(found: dict[str, str]) -> None:
    """Write what the pages hold; what is as it was keeps its line."""
    before = read() if KEPT.is_file() else {}
    lines = [
        f"{name}\t{before[name] if is_like(before.get(name, ''), told, name) else told}\n"
        for name, told in found.items()
    ]
    KEPT.write_text("".join(lines), encoding="utf-8")
