"""One report as two files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from detente.report import html, language, pdf
from detente.report.charts import Spec
from detente.report.model import Provenance
from detente.report.model.origin import account
from detente.settings import Settings


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


class Told(Protocol):
    """What every report has: a title, and what its numbers rest on."""

    @property
    def title(self) -> str:
        """The heading of the page."""
        ...

    @property
    def provenance(self) -> Provenance:
        """Where the numbers come from."""
        ...


def page_of(
    slug: str,
    template: str,
    report: Told,
    settings: Settings,
    drawn: Mapping[str, Spec | None] | None = None,
    still: Mapping[str, Spec] | None = None,
    **content: Any,
) -> Page:
    """Return the page of a report with what the frame of every page shows.

    Parameters
    ----------
    drawn
        Charts by name; one that is None has nothing to show and is left out.
    still
        Charts that stand in for those of the same name on paper.
    content
        What the template shows besides the report.
    """
    say = language.load(settings.report.language)
    return Page(
        slug=slug,
        template=template,
        title=report.title,
        content={
            "report": report,
            "provenance": report.provenance,
            "account": account(report.provenance, say),
            "study_title": settings.report.title,
            "first_year": report.provenance.first_day.year,
            "native": getattr(report, "native", ""),
            **content,
        },
        charts={name: spec for name, spec in (drawn or {}).items() if spec is not None},
        still_charts=dict(still or {}),
        language=settings.report.language,
        paper=settings.report.paper,
    )


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
