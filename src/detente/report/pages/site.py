"""The pages of the theatre: which there are, and which charts each of them has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from detente.database.published import Published
from detente.report import charts, language, model
from detente.report.charts import Spec
from detente.report.pages import appendix, case, extract
from detente.report.pages.bundle import Resource
from detente.report.pages.case import CaseStudy
from detente.report.pages.page import Page, page_of
from detente.settings import Settings

Draft = Callable[[], Page]
"""A page that is read but not drawn yet: drawing is most of the work, and needs no database."""


def drafts(database: Published, settings: Settings, cases: Sequence[CaseStudy] = ()) -> list[Draft]:
    """Return every page: overview, dyads, triads, case studies, methods and data."""
    reports = [model.dyad(database, settings, pair) for pair in settings.study.dyad_pairs]
    triads = [
        model.triad(database, settings, states, reports)
        for states in settings.inference.triads
        if model.has_dyads(settings, states)
    ]
    overview = model.overview(database, settings, reports, triads)
    actors = settings.study.actors
    theatre = (extract.questions(database), *extract.of_states(database, actors, ("year",)))
    return [
        partial(overview_page, overview, settings, cases, theatre),
        *(partial(dyad_page, report, settings, _data(database, report)) for report in reports),
        *(partial(triad_page, report, settings, _data(database, report)) for report in triads),
        *(partial(case.page, one, settings) for one in cases),
        partial(appendix.page, appendix.appendix(database, settings), settings),
    ]


def chosen_drafts(
    database: Published, settings: Settings, chosen: Sequence[tuple[str, ...] | CaseStudy]
) -> list[Draft]:
    """Return the pages of some dyads (two states), triads (three) and case studies."""
    return [_chosen(database, settings, one) for one in chosen]


def _chosen(database: Published, settings: Settings, name: tuple[str, ...] | CaseStudy) -> Draft:
    if isinstance(name, CaseStudy):
        return partial(case.page, name, settings)
    if len(name) == 2:  # a dyad
        report = model.dyad(database, settings, (name[0], name[1]))
        return partial(dyad_page, report, settings, _data(database, report))
    triad = model.triad(database, settings, (name[0], name[1], name[2]))
    return partial(triad_page, triad, settings, _data(database, triad))


def _data(
    database: Published, report: model.DyadReport | model.TriadReport
) -> tuple[Resource, ...]:
    """Return the indices, records and results of the states that a report is about."""
    return tuple(extract.of_states(database, report.slug.split("-"), ("month", "year")))


def overview_page(
    overview: model.Overview,
    settings: Settings,
    cases: Sequence[CaseStudy] = (),
    data: Sequence[Resource] = (),
) -> Page:
    """Return the page that lists all reports."""
    say = language.load(settings.report.language)
    drawn: dict[str, Spec | None] = {"matrix": charts.dyad_matrix(overview, say)}
    if any(line.score is not None for line in overview.lines):
        drawn |= {
            "grid": charts.actor_grid(overview, say),
            "small": charts.small_scores(overview.months, say),
        }
    return page_of("index", "index", overview, settings, drawn, data=data, cases=tuple(cases))


def dyad_page(report: model.DyadReport, settings: Settings, data: Sequence[Resource] = ()) -> Page:
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
    return page_of(
        report.slug,
        "dyad",
        report,
        settings,
        drawn,
        still={"timeline": charts.dyad_timeline(report, say, interactive=False)},
        data=data,
    )


def triad_page(
    report: model.TriadReport, settings: Settings, data: Sequence[Resource] = ()
) -> Page:
    """Return the page of three states."""
    say = language.load(settings.report.language)
    drawn: dict[str, Spec | None] = {"years": charts.years_of(report.years, say)}
    if report.months["score"].notna().any():
        drawn["small"] = charts.small_scores(report.months, say)
    return page_of(report.slug, "triad", report, settings, drawn, data=data)
