"""The pages of a study: which there are, and the files of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from detente.base.files import write
from detente.database.published import Published
from detente.indices import reading
from detente.report import language, spec
from detente.report.language import Language
from detente.report.model import citation, origin, results, standing
from detente.report.model import pairs as model
from detente.report.model.methods import methods as read_methods
from detente.report.model.origin import Provenance
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import Results
from detente.report.model.standing import Standing
from detente.report.pages import (
    annex,
    bundle,
    bundle_tables,
    case,
    chart_files,
    documents,
    events,
    html_pages,
    listing,
    overview,
    summary,
    triad,
)
from detente.report.pages import methods as methods_page
from detente.report.pages import (
    pair as pair_page,
)
from detente.report.pages.blocks import Document
from detente.report.pages.bundle import Resource
from detente.report.pages.figures import Figure
from detente.report.pages.listing import Listing
from detente.report.pages.overview import Line
from detente.report.pages.summary import Summary
from detente.report.render.html import Frame, plain_page
from detente.settings import Report, Settings

Job = Callable[[Path], list[Path]]
"""Writes some files of a site into a folder; needs no database, and can go to another process."""

# Pages of pairs that a whole site has; the others are rendered when they are asked for.
MOST_PAIRS = 300


@dataclass(frozen=True)
class Site:
    """What every page of a site shares.

    Attributes
    ----------
    study
        All pairs.
    origin
        What the numbers rest on.
    frame
        Navigation and foot.
    citation, licence
        Of the numbers.
    """

    study: Study
    origin: Provenance
    frame: Frame
    citation: str
    licence: str
    language: str
    paper: str

    @property
    def say(self) -> Language:
        """The catalogue of texts in the language of the site."""
        say = language.load(self.language)
        return replace(say, places=self.study.places) if self.study.places else say

    @property
    def slim(self) -> Site:
        """The same without the events and months of the pairs: what goes to other processes."""
        pairs = tuple(
            replace(one, events=(), months=(), later=(), sums=()) for one in self.study.pairs
        )
        return replace(self, study=replace(self.study, pairs=pairs))


def site_of(database: Published, settings: Settings) -> Site:
    """Read a study with what all its pages share."""
    say = language.load(settings.report.language)
    study = model.read(database, settings)
    found = origin.provenance(database, study.series, study.span)
    name = database.rows("select name from meta.study")[0][0]
    cite = citation.database(name, settings.report.title, found, study.stands_at.year, say)
    nav = [("overview", "index.html"), ("pairs", "index.html#pairs")]
    if any(len(triad.sides(study, one)) == 3 for one in settings.inference.triads):
        nav.append(("triads", "index.html#triads"))
    nav.append(("events", "events.html"))
    if spec.paths(settings.specs):
        nav.append(("cases", "index.html#cases"))
    nav.append(("methods", "methods.html"))
    return Site(
        study=study,
        origin=found,
        frame=Frame(settings.report.title, tuple(nav), origin.foot(found, say)),
        citation=cite.text,
        licence=origin.licences(found, study.series),
        language=settings.report.language,
        paper=settings.report.paper,
    )


@dataclass(frozen=True)
class Plan:
    """What a whole site consists of, and what a message says of it."""

    jobs: tuple[Job, ...]
    notice: Summary
    current: Standing
    earlier: Standing | None


def without_events(report: Report, why: str) -> str:
    """Return the one page of a study that has no event to tell of."""
    say = language.load(report.language)
    return plain_page(
        "nothing.html.j2",
        say,
        say("region.title_nothing"),
        study=report.title,
        why=why,
    )


def whole(database: Published, settings: Settings) -> Plan:
    """Return every page of a study."""
    site = site_of(database, settings)
    say = site.say
    current = standing.now(site.study, *summary.published(database))
    earlier = standing.before(settings.processed, current)
    specs = spec.load_all(settings.specs, settings.queries)
    checked = [case.check(database, settings, one, site.study) for one in specs]
    three = [one for one in settings.inference.triads if len(triad.sides(site.study, one)) == 3]
    rows = [triad.tests(database, site.study, one) for one in three]
    triads = [
        triad.triad(site.study, states, tested, settings.report.months_in_ranking, say)
        for states, tested in zip(three, rows, strict=True)
    ]
    questions = _questions(database, settings.inference.significance, say)
    region = overview.overview(
        site.study,
        say,
        cases=tuple(Line(f"{one.slug}.html", one.title, " ".join(one.summary)) for one in checked),
        questions=questions,
        triads=tuple(Line(f"{one.slug}.html", one.title, " ".join(one.lede)) for one in triads),
    )
    methods = read_methods(database, settings, site.study, site.origin, current, earlier)
    shown = sorted(site.study.pairs, key=lambda one: -one.n_events)[:MOST_PAIRS]
    slim = site.slim
    jobs: list[Job] = [
        *(
            _pair_job(database, site, slim, one)
            for one in site.study.pairs
            if one in shown
        ),
        partial(_write_overview, slim, region, _all_pairs(database, site)),
        partial(_write_events, slim, events.events_view(site.study, say)),
        *(partial(_write_document, slim, one, (), True) for one in triads),
        *(
            partial(
                _write_document, slim, case.document(one, site.study, say), case.data(one), True
            )
            for one in checked
        ),
        partial(
            _write_document, slim, methods_page.document(methods, site.study, say, questions),
            methods_page.data(methods), False,
        ),
    ]  # fmt: skip
    return Plan(
        tuple(jobs),
        summary.of_study(database, site.study, current, earlier, say),
        current,
        earlier,
    )


def chosen(
    database: Published, settings: Settings, names: Sequence[tuple[str, ...] | spec.Spec]
) -> list[Job]:
    """Return the pages of some pairs (two states), triads (three) and case studies."""
    site = site_of(database, settings)
    slim, say = site.slim, site.say
    jobs: list[Job] = []
    for name in names:
        if isinstance(name, spec.Spec):
            one = case.check(database, settings, name, site.study)
            view = case.document(one, site.study, say)
            jobs.append(partial(_write_document, slim, view, case.data(one), True))
        elif len(name) == 2:
            pair = site.study.pair(name[0], name[1])
            if pair is not None:
                jobs.append(_pair_job(database, site, slim, pair))
        else:
            tested = triad.tests(database, site.study, name)
            n_ranked = settings.report.months_in_ranking
            view = triad.triad(site.study, name, tested, n_ranked, say)
            jobs.append(partial(_write_document, slim, view, (), True))
    return jobs


def _questions(
    database: Published, significance: float, say: Language
) -> tuple[overview.Question, ...]:
    rows = database.dicts(
        "select hypothesis_id, question, verdict, p_adjusted, sentence, parts "  # noqa: S608
        f"from stats.hypothesis {results.WORDS} order by position"
    )
    return tuple(overview.question(row, significance, say) for row in rows)


def _all_pairs(database: Published, site: Site) -> tuple[Resource, ...]:
    return (bundle_tables.indices(database, site.study, site.study.pairs, "year"),)


def _pair_job(database: Published, site: Site, slim: Site, pair: Pair) -> Job:
    found = results.results(database, site.study.series, pair.key)
    months = None
    if pair.months:
        months = reading.series(
            database, *pair.key, source=site.study.series.source,
            counting=site.study.series.counting,
        )  # fmt: skip
    view = partial(
        annex.annex,
        slim.study,
        pair,
        found,
        months,
        methods_page.accounts_table(site.origin, site.say),
        site.say,
    )
    indices = tuple(
        bundle_tables.indices(database, site.study, [pair], freq) for freq in ("month", "year")
    )
    return partial(_write_pair, slim, pair, view, indices, found)


# -- writing -------------------------------------------------------------------------------------


def _write_pair(
    site: Site,
    pair: Pair,
    annexed: Callable[[], Document],
    indices: tuple[Resource, ...],
    found: Results,
    folder: Path,
) -> list[Path]:
    """Write the page, the brief, the annex, the data and the charts of one pair."""
    say, slug = site.say, pair.slug
    view = pair_page.view(site.study, pair, say)
    document = annexed()
    listed = listing.of(slug, view.title, pair.events, say, pair)
    files = {
        f"{slug}.html": html_pages.pair_page(view, listed, say, site.frame).encode("utf-8"),
        **_listing_files(site, listed, "pairs", view.notice),
    }
    if pair.verdict is not None:
        said = (view.figures["balance"].source, site.licence, site.citation.removesuffix("."))
        foot = "".join(f"{one}. " for one in said if one).rstrip()
        files[f"{slug}-brief.pdf"] = documents.brief_pdf(
            view, site.frame.study, foot, say, site.paper
        )
    files |= _document_files(site, document)
    figures = [*view.figures.values(), *document.figures]
    files[f"{slug}-data.zip"] = bundle.package(
        f"{slug}-data",
        view.title,
        [*indices, *bundle_tables.of_pair(pair, found), *bundle_tables.of_figures(figures)],
        site.origin,
    )
    return [
        *_written(folder, files),
        *_charts(site, view.figures.values(), folder, f"{slug}.html"),
        *_charts(site, document.figures, folder, f"{document.slug}.html"),
    ]


def _write_overview(
    site: Site, view: overview.Overview, data: tuple[Resource, ...], folder: Path
) -> list[Path]:
    figures = [one for one in (view.network, view.table) if one is not None]
    text = html_pages.overview_page(view, site.say, site.frame)
    files = {
        "index.html": text.encode("utf-8"),
        "all-pairs-data.zip": bundle.package(
            "all-pairs-data", view.title, [*data, *bundle_tables.of_figures(figures)], site.origin
        ),
    }
    return [*_written(folder, files), *_charts(site, figures, folder, "index.html")]


def _write_events(site: Site, view: events.EventsView, folder: Path) -> list[Path]:
    listed = listing.of("all", view.title, view.events, site.say, None, view.pair_names)
    text = html_pages.events_page(view, listed, site.say, site.frame)
    files = {
        "events.html": text.encode("utf-8"),
        **_listing_files(site, listed, "events", view.notice),
    }
    return _written(folder, files)


def _listing_files(
    site: Site, listed: Listing, here: str, notice: Sequence[str]
) -> dict[str, bytes]:
    """Return the whole list of events, for the script of a page and for readers without one."""
    return {
        f"{listed.name}.js": listing.script(listed).encode("utf-8"),
        f"{listed.name}.html": listing.plain(listed, site.frame, here, notice).encode("utf-8"),
    }


def _write_document(
    site: Site, view: Document, data: Sequence[Resource], has_pdf: bool, folder: Path
) -> list[Path]:
    files = _document_files(site, view, has_pdf)
    resources = [*data, *bundle_tables.of_figures(view.figures)]
    if data:
        name = f"{view.slug}-data"
        files[f"{name}.zip"] = bundle.package(name, view.title, resources, site.origin)
    return [*_written(folder, files), *_charts(site, view.figures, folder, f"{view.slug}.html")]


def _document_files(site: Site, view: Document, has_pdf: bool = True) -> dict[str, bytes]:
    say = site.say
    files = {f"{view.slug}.html": html_pages.document_page(view, say, site.frame).encode("utf-8")}
    if has_pdf:
        view = replace(view, foot=(*site.frame.foot, site.citation))
        files[f"{view.slug}.pdf"] = documents.document_pdf(view, site.frame.study, say, site.paper)
    return files


def _charts(site: Site, figures: Iterable[Figure], folder: Path, page: str) -> list[Path]:
    return chart_files.write_charts(figures, folder, page, site.citation, site.licence, site.say)


def _written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    paths = []
    for name, content in files.items():
        write(folder / name, content)
        paths.append(folder / name)
    return paths
