"""The files of a chart: SVG, PNG, CSV, a JSON that describes them, and a page to embed."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import vl_convert

from detente.base import assets
from detente.base.files import write
from detente.report.language import Language
from detente.report.pages.figures import Figure
from detente.report.render import html


@cache
def _fonts() -> None:
    """Let the renderer of PNG files know the fonts."""
    vl_convert.register_font_directory(str(assets.fonts()))


def write_charts(
    figures: Iterable[Figure], folder: Path, page: str, citation: str, licence: str, say: Language
) -> list[Path]:
    """Write the files of charts.

    Parameters
    ----------
    folder
        The site; the files go to its folders `charts` and `embed`.
    page
        The page that the charts stand on.
    citation, licence
        Of the numbers.
    """
    _fonts()
    paths = []
    for one in figures:
        stem = folder / "charts" / one.stem
        alone = one.alone()
        described = {
            "title": one.title,
            "what": one.what,
            "unit": one.unit,
            "source": one.source,
            "licence": licence,
            "citation": citation,
            "page": page,
            "alternative": one.wide.alt,
            "columns": list(one.columns),
            "files": [f"{one.stem}.{suffix}" for suffix in ("svg", "png", "csv")],
        }
        contents = {
            "svg": alone.encode("utf-8"),
            "png": vl_convert.svg_to_png(alone, scale=2),
            "csv": one.csv().encode("utf-8"),
            "json": (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode("utf-8"),
        }
        for suffix, content in contents.items():
            path = stem.parent / f"{stem.name}.{suffix}"
            write(path, content)
            paths.append(path)
        embed = folder / "embed" / f"{one.stem}.html"
        text = html.fragment("embed.html.j2", say, figure=one, page=page)
        write(embed, text.encode("utf-8"))
        paths.append(embed)
    return paths
