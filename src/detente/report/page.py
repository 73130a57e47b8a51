"""One report as two files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.report import html, pdf
from detente.report.charts import Spec


@dataclass(frozen=True)
class Page:
    """One report, ready for both renderers. The charts of the PDF stand still."""

    slug: str
    template: str
    title: str
    content: dict[str, Any]
    html_charts: dict[str, Spec]
    pdf_charts: dict[str, Spec]

    def write(self, folder: Path) -> list[Path]:
        """Write both files, each in one step, and return their paths."""
        html_path, pdf_path = folder / f"{self.slug}.html", folder / f"{self.slug}.pdf"
        text = html.page(
            f"{self.template}.html.j2", self.html_charts, title=self.title, **self.content
        )
        write(html_path, text.encode("utf-8"))
        write(pdf_path, pdf.document(f"{self.template}.typ", self.pdf_charts, self.content))
        return [html_path, pdf_path]


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
