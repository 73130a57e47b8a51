"""One report as two files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detente.report import html, language, pdf
from detente.report.charts import Spec


@dataclass(frozen=True)
class Page:
    """One report, ready for both renderers.

    Attributes
    ----------
    slug
        Name of the files.
    template
        Name of the templates, without `.html.j2` and `.typ`.
    content
        What the templates show: plain values and dataclasses of the model.
    charts
        Vega-Lite specifications by the name under which the templates place them.
    still_charts
        Specifications that stand in for those of `charts` on paper, where nothing moves.
    language, paper
        Of the texts and of the PDF.
    """

    slug: str
    template: str
    title: str
    content: dict[str, Any]
    charts: dict[str, Spec]
    still_charts: dict[str, Spec] = field(default_factory=dict)
    language: str = "en"
    paper: str = "a4"

    def write(self, folder: Path) -> list[Path]:
        """Write both files, each in one step, and return their paths."""
        say = language.load(self.language)
        content = {**self.content, "drawn": sorted(self.charts)}
        html_path, pdf_path = folder / f"{self.slug}.html", folder / f"{self.slug}.pdf"
        text = html.page(f"{self.template}.html.j2", self.charts, say, title=self.title, **content)
        write(html_path, text.encode("utf-8"))
        still = {**self.charts, **self.still_charts}
        write(pdf_path, pdf.document(f"{self.template}.typ", still, content, say, self.paper))
        return [html_path, pdf_path]


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
