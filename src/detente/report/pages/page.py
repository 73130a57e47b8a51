"""One report as three files: a page, a document, and the numbers of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from detente.report import language
from detente.report.charts import Spec
from detente.report.model import Provenance
from detente.report.model.origin import account, dateline
from detente.report.pages import bundle
from detente.report.pages.bundle import Resource
from detente.report.render import html, pdf
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
    data
        Tables and documents that the bundle holds beside the data of the charts.
    language, paper
        Of the texts and of the PDF.
    """

    slug: str
    template: str
    title: str
    content: dict[str, Any]
    charts: dict[str, Spec]
    still_charts: dict[str, Spec] = field(default_factory=dict)
    data: tuple[Resource, ...] = ()
    language: str = "en"
    paper: str = "a4"

    def write(self, folder: Path) -> list[Path]:
        """Write the page, the document and the bundle, each in one step; return their paths."""
        say = language.load(self.language)
        paths = [folder / f"{self.slug}.{suffix}" for suffix in ("html", "pdf", "zip")]
        content = {**self.content, "drawn": sorted(self.charts), "bundle": paths[2].name}
        text = html.page(f"{self.template}.html.j2", self.charts, say, title=self.title, **content)
        still = {**self.charts, **self.still_charts}
        resources = [*bundle.of_charts(self.charts), *self.data]
        contents = (
            text.encode("utf-8"),
            pdf.document(f"{self.template}.typ", still, content, say, self.paper),
            bundle.package(self.slug, self.title, resources, self.content["provenance"]),
        )
        for path, made in zip(paths, contents, strict=True):
            write(path, made)
        return paths


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
    data: Sequence[Resource] = (),
    **content: Any,
) -> Page:
    """Return the page of a report with what the frame of every page shows.

    Parameters
    ----------
    drawn
        Charts by name; one that is None has nothing to show and is left out.
    still
        Charts that stand in for those of the same name on paper.
    data
        What the bundle holds beside the data of the charts.
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
            "dateline": dateline(report.provenance, say),
            "study_title": settings.report.title,
            "first_year": report.provenance.first_day.year,
            "native": getattr(report, "native", ""),
            **content,
        },
        charts={name: spec for name, spec in (drawn or {}).items() if spec is not None},
        still_charts=dict(still or {}),
        data=tuple(data),
        language=settings.report.language,
        paper=settings.report.paper,
    )


def write(path: Path, content: bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_bytes(content)
    temporary.replace(path)
