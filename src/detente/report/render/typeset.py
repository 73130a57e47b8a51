"""Typeset a brief or a document as PDF with Typst, from the same words and drawings as the page.

The templates read all text as data, so that no title can act as markup. Only fonts of
`reports/fonts` and those that come with Typst are used, so that the same report has the same bytes
on every machine.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typst

from detente.base import assets
from detente.base.visible import drawable
from detente.report.charts.svg import Drawing
from detente.report.language import Language


def _drawable(content: Any) -> Any:
    """Return plain values whose texts a page can hold."""
    if isinstance(content, str):
        return drawable(content)
    if isinstance(content, Mapping):
        return {key: _drawable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_drawable(value) for value in content]
    return content


_PAPERS = {"a4": "a4", "letter": "us-letter"}


def document(
    template: str,
    content: Mapping[str, Any],
    drawings: Mapping[str, Drawing],
    say: Language,
    paper: str = "a4",
) -> bytes:
    """Fill a Typst template of `reports/templates`.

    Parameters
    ----------
    template
        Name of the file; it reads `content.json` and each drawing as `NAME.svg` beside it.
    content
        Plain values: text, numbers, lists and tables of them.
    drawings
        Charts by name.
    paper
        `a4` or `letter`.
    """
    whole = {**content, "lang": say.code.partition("-")[0], "paper": _PAPERS[paper]}
    with tempfile.TemporaryDirectory(prefix="detente-pdf-") as folder:
        root = Path(folder)
        source = (assets.templates() / template).read_bytes()
        (root / template).write_bytes(source)
        (root / "content.json").write_text(
            json.dumps(_drawable(whole), ensure_ascii=False), encoding="utf-8"
        )
        for name, drawing in drawings.items():
            (root / f"{name}.svg").write_text(
                drawable(drawing.svg("p", alone=True)), encoding="utf-8"
            )
        return bytes(
            typst.compile(
                root / template,
                root=root,
                font_paths=[assets.fonts()],
                ignore_system_fonts=True,
                timestamp=0,
                pdf_standards=["ua-1"],
            )
        )
