"""Typeset a report as PDF with Typst, from the same model and charts as the page.

The template reads all text as data, so that no title can act as markup. Only fonts that come with
Typst or stand in `reports/fonts` are used, so that the same report has the same bytes on every
machine.
"""

from __future__ import annotations

import json
import tempfile
import unicodedata
from dataclasses import is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import typst
import vl_convert

from detente.base import assets
from detente.report.charts import Spec
from detente.report.language import Language

_PAPERS = {"a4": "a4", "letter": "us-letter"}
_FONTS = ["Libertinus Serif", "Detente Names"]
_SCRIPTS_OF_LIBERTINUS = ("LATIN", "GREEK", "CYRILLIC")


def document(
    template: str,
    charts: dict[str, Spec],
    content: dict[str, Any],
    say: Language,
    paper: str = "a4",
) -> bytes:
    """Fill a Typst template of `reports/templates`.

    Parameters
    ----------
    template
        Name of the file; it reads `content.json` and the charts as `NAME.svg` beside it.
    charts
        Vega-Lite specifications by name.
    content
        Plain values and dataclasses of the model, by name.
    say
        The texts; the template reads them as `words`.
    paper
        `a4` or `letter`.
    """
    words = {
        "code": say.code,
        "texts": say.texts,
        "months": say.months,
        "paper": _PAPERS[paper],
        "fonts": _FONTS,
    }
    with tempfile.TemporaryDirectory(prefix="detente-pdf-") as folder:
        root = Path(folder)
        for source in assets.templates().glob("*.typ"):
            (root / source.name).write_bytes(source.read_bytes())
        if not _is_covered(str(content.get("native", ""))):
            content = {**content, "native": ""}
        (root / "content.json").write_text(
            json.dumps(_plain({**content, "words": words}), ensure_ascii=False), encoding="utf-8"
        )
        for name, spec in charts.items():
            (root / f"{name}.svg").write_text(vl_convert.vegalite_to_svg(spec), encoding="utf-8")
        return bytes(
            typst.compile(
                root / template,
                root=root,
                font_paths=[assets.fonts()],
                ignore_system_fonts=True,
                timestamp=0,
            )
        )


def _is_covered(names: str) -> bool:
    """Say whether the fonts of the PDF have every letter of native names."""
    has = set((assets.fonts() / "names.txt").read_text(encoding="utf-8"))
    return all(
        letter in has or unicodedata.name(letter, "").startswith(_SCRIPTS_OF_LIBERTINUS)
        for letter in names
        if letter.isalpha()
    )


def _plain(value: Any) -> Any:
    """Turn the model into what JSON can hold; frames stay out, the charts have them."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: _plain(getattr(value, name)) for name in asdict_names(value)}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, pd.DataFrame):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value


def asdict_names(value: Any) -> list[str]:
    """Return the fields of a dataclass in order."""
    return list(value.__dataclass_fields__)
