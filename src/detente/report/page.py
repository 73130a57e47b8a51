"""One report as three files: a page, a document, and the numbers of both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detente.report import bundle, html, pdf
from detente.report.bundle import Resource
from detente.report.charts import Spec


@dataclass(frozen=True)
class Page:
    """One report, ready for both renderers. The charts of the PDF stand still.

    `data` are the tables and documents that the bundle holds beside the data of the charts.
    """

    slug: str
    template: str
    title: str
    content: dict[str, Any]
    html_charts: dict[str, Spec]
    pdf_charts: dict[str, Spec]
    data: tuple[Resource, ...] = ()

    def write(self, folder: Path) -> list[Path]:
        """Write the page, the document and the bundle, each in one step; return their paths."""
        paths = [folder / f"{self.slug}.{suffix}" for suffix in ("html", "pdf", "zip")]
        text = html.page(
            f"{self.template}.html.j2",
            self.html_charts,
            title=self.title,
            bundle=paths[2].name,
            **self.content,
        )
        resources = [*bundle.of_charts(self.html_charts), *self.data]
        contents = (
            text.encode("utf-8"),
            pdf.document(f"{self.template}.typ", self.pdf_charts, self.content),
            bundle.package(self.slug, self.title, resources, self.content["provenance"]),
        )
        for path, content in zip(paths, contents, strict=True):
            write(path, content)
        return paths


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
