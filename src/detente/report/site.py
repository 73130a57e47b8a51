"""The pages of the theatre: which there are, and which charts each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from detente.report import charts, language, model
from detente.report.charts import Spec
from detente.report.model.origin import account
from detente.report.page import Page
from detente.settings import Settings
from detente.warehouse import Published


def pages(database: Published, settings: Settings) -> list[Page]:
    """Return every page: the overview, the dyads and the triads, in the order of the study."""
    reports = [model.dyad(database, settings, pair) for pair in settings.study.dyad_pairs]
    triads = [
        model.triad(database, settings, states, reports)
        for states in settings.inference.triads
        if model.has_dyads(settings, states)
    ]
    overview = model.overview(database, settings, reports, triads)
    return [
        overview_page(overview, settings),
        *(dyad_page(report, settings) for report in reports),
        *(triad_page(report, settings) for report in triads),
    ]


def chosen_pages(
    database: Published, settings: Settings, pairs: Sequence[tuple[str, str]]
) -> list[Page]:
    """Return the pages of some dyads."""
    return [dyad_page(model.dyad(database, settings, pair), settings) for pair in pairs]


def overview_page(overview: model.Overview, settings: Settings) -> Page:
    """Return the page that lists all reports."""
    say = language.load(settings.report.language)
    drawn = {"matrix": charts.dyad_matrix(overview, say)}
    if any(line.score is not None for line in overview.lines):
        drawn |= {
            "grid": charts.actor_grid(overview, say),
            "small": charts.small_scores(overview.months, say),
        }
    return _page("index", "index", overview, drawn, settings)


def dyad_page(report: model.DyadReport, settings: Settings) -> Page:
    """Return the page of one dyad."""
    say = language.load(settings.report.language)
    drawn: dict[str, Spec | None] = {
        "timeline": charts.dyad_timeline(report, say),
        "regimes": charts.regimes(report, say),
        "fan": charts.fan(report, say),
        "directed": charts.directed_years(report, say),
        "quads": charts.quad_years(report, say),
        "responses": charts.responses(report, say),
        "paths": charts.paths(report, say),
    }
    if report.months["score"].notna().any():
        drawn["score"] = charts.score(report, say)
    return _page(
        report.slug,
        "dyad",
        report,
        drawn,
        settings,
        still={"timeline": charts.dyad_timeline(report, say, interactive=False)},
    )


def triad_page(report: model.TriadReport, settings: Settings) -> Page:
    """Return the page of three states."""
    say = language.load(settings.report.language)
    drawn: dict[str, Spec | None] = {"years": charts.years_of(report.years, say)}
    if report.months["score"].notna().any():
        drawn["small"] = charts.small_scores(report.months, say)
    return _page(report.slug, "triad", report, drawn, settings)


def _page(
    slug: str,
    template: str,
    report: model.DyadReport | model.TriadReport | model.Overview,
    drawn: dict[str, Spec | None] | dict[str, Spec],
    settings: Settings,
    still: dict[str, Spec] | None = None,
) -> Page:
    say = language.load(settings.report.language)
    content: dict[str, Any] = {
        "report": report,
        "provenance": report.provenance,
        "account": account(report.provenance, say),
        "study_title": settings.report.title,
        "first_year": report.provenance.first_day.year,
        "native": getattr(report, "native", ""),
    }
    return Page(
        slug=slug,
        template=template,
        title=report.title,
        content=content,
        charts={name: spec for name, spec in drawn.items() if spec is not None},
        still_charts=still or {},
        language=settings.report.language,
        paper=settings.report.paper,
    )
