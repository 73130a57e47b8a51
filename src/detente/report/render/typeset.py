"""Typeset a brief or a document as PDF with Typst, from the same words and drawings as the page.

The templates read all text as data, so that no title can act as markup. Fonts of `reports/fonts`
and those that come with Typst are used, so that the same report has the same bytes on every
machine; those of the system are asked for letters that these lack. What no font has is shown as a
box, and said.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typst

from detente.base import assets
from detente.base.control_characters import drawable
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.render.html import non_breaking


def _drawable(content: Any) -> Any:
    """Return plain values whose texts a page can hold."""
    if isinstance(content, str):
        return drawable(content)
    if isinstance(content, Mapping):
        return {key: _drawable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_drawable(value) for value in content]
    return content


_log = logging.getLogger(__name__)

_LETTERS = '#set document(title: "Letters")\n#json("content.json")\n'
_NO_GLYPH = "□"
_NAMED = 12  # characters without a glyph that a document names
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
    whole = {
        **content,
        "lang": say.code.partition("-")[0],
        "paper": _PAPERS[paper],
        "missing": "",
    }
    texts = {
        "content.json": non_breaking(json.dumps(_drawable(whole), ensure_ascii=False)),
        **{f"{name}.svg": drawable(one.svg("p", alone=True)) for name, one in drawings.items()},
    }
    with tempfile.TemporaryDirectory(prefix="detente-pdf-") as folder:
        root = Path(folder)
        (root / template).write_bytes((assets.templates() / template).read_bytes())
        try:
            return _compiled(root, template, texts)
        except typst.TypstError as error:
            if not _unknown(error):
                raise
        try:
            return _compiled(root, template, texts, has_system_fonts=True)
        except typst.TypstError as error:
            unknown = _unknown(error)
            if not unknown:
                raise
        texts["content.json"], n_left_out = without_natives(texts["content.json"], unknown)
        if n_left_out:
            # A state's own name only adds to its name in the report's language.
            try:
                return _compiled(root, template, texts, has_system_fonts=True)
            except typst.TypstError as error:
                unknown = _unknown(error)
                if not unknown:
                    raise
        _log.warning(
            "%s: no font at hand has %s (%d characters in all), shown as %s. Install a font that "
            "has them, for instance Noto.",
            content.get("title", template), points(unknown[:3]), len(unknown), _NO_GLYPH,
        )  # fmt: skip
        boxes = dict.fromkeys(map(ord, unknown), _NO_GLYPH)
        message = say("origin.no_glyph", n=len(unknown), points=points(unknown[:_NAMED]))
        texts = {name: text.translate(boxes) for name, text in texts.items()}
        texts["content.json"] = json.dumps(
            {**json.loads(texts["content.json"]), "missing": message}, ensure_ascii=False
        )
        return _compiled(root, template, texts, has_system_fonts=True)


def without_glyph(letters: str) -> list[str]:
    """Return the characters of a text that no font at hand has."""
    content = {"content.json": json.dumps(drawable(" ".join(letters)))}
    with tempfile.TemporaryDirectory(prefix="detente-pdf-") as folder:
        root = Path(folder)
        (root / "letters.typ").write_text(_LETTERS, encoding="utf-8")
        try:
            _compiled(root, "letters.typ", content, has_system_fonts=True)
        except typst.TypstError as error:
            if unknown := _unknown(error):
                return unknown
            raise
    return []


def without_natives(content: str, unknown: Sequence[str]) -> tuple[str, int]:
    """Leave out the states' own names that cannot be drawn; return how many those were."""
    whole = json.loads(content)
    natives = whole.get("natives", [])
    kept = [one for one in natives if not set(one) & set(unknown)]
    if len(kept) < len(natives):
        whole["natives"] = kept
    return json.dumps(whole, ensure_ascii=False), len(natives) - len(kept)


def _compiled(
    root: Path, template: str, texts: Mapping[str, str], has_system_fonts: bool = False
) -> bytes:
    for name, text in texts.items():
        (root / name).write_text(text, encoding="utf-8")
    return bytes(
        typst.compile(
            root / template,
            root=root,
            font_paths=[assets.fonts()],
            ignore_system_fonts=not has_system_fonts,
            timestamp=0,
            # PDF/UA-1: tagged for screen readers; a character without a glyph is an error.
            pdf_standards=["ua-1"],
        )
    )


def _unknown(error: typst.TypstError) -> list[str]:
    """Return the characters that no font has, if that is what is wrong."""
    found = re.findall(r'the text `("(?:[^"\\]|\\.)*")` could not be displayed', error.diagnostic)
    letters = "".join(map(_literal, found))
    return sorted({one for one in letters if not one.isspace()})


def _literal(quoted: str) -> str:
    """Return the text that the typesetter quotes, escapes of its kind resolved."""
    plain = re.sub(r"\\u\{([0-9a-f]+)\}", lambda one: chr(int(one[1], 16)), quoted[1:-1])
    return re.sub(r"\\(.)", r"\1", plain)


def points(letters: Sequence[str]) -> str:
    """Name characters by their numbers: U+0041."""
    return ", ".join(f"U+{ord(one):04X}" for one in letters)
