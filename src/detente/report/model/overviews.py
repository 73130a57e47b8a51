"""The page of the whole theatre: all dyads, all triads, the study's questions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from detente.database.published import Published
from detente.report import language
from detente.report.language import Language
from detente.report.model.content import (
    DyadLine,
    DyadReport,
    Overview,
    Question,
    TriadLine,
    TriadReport,
)
from detente.report.model.origin import provenance
from detente.report.model.periods import complete, joined, periods_of, place
from detente.settings import Settings


def overview(
    database: Published,
    settings: Settings,
    reports: Sequence[DyadReport],
    triads: Sequence[TriadReport] = (),
) -> Overview:
    """Return the page of all dyads from the pages of each."""
    say = language.load(settings.report.language)
    origin = provenance(database)
    lines = tuple(line(report) for report in reports)
    month = complete(periods_of(reports[0].months))[-1].start
    return Overview(
        title=settings.report.title,
        summary=(
            *_ends(lines, month, say),
            say(
                "overview.summary",
                acts=say.acts(origin.n_events),
                n=len(settings.study.actors),
                first=say.day(origin.first_day),
                last=say.day(origin.last_day),
            ),
        ),
        questions=tuple(
            Question(**row)
            for row in database.dicts(
                "select question, verdict, sentence from stats.hypothesis order by position"
            )
        ),
        lines=lines,
        triads=tuple(
            TriadLine(one.slug, one.title, sum(test.stands for test in one.tests), len(one.tests))
            for one in triads
        ),
        month=month,
        months=joined(reports, "months"),
        years=joined(reports, "years"),
        provenance=origin,
    )


def line(report: DyadReport) -> DyadLine:
    """Return one dyad's line in a table of dyads."""
    months, years = periods_of(report.months), periods_of(report.years)
    full_years = [year for year in complete(years) if year.n_events]
    full = complete(months)
    last = full[-1].score
    before = full[-13].score if len(full) > 12 else None  # a year of months
    return DyadLine(
        slug=report.slug,
        name=report.title,
        actor1=report.actor1,
        actor2=report.actor2,
        n_events=sum(month.n_events for month in months),
        score=last,
        score_change=None if last is None or before is None else last - before,
        place=place(full),
        net_last_year=sum(month.net for month in full[-12:]),
        net_last_year_lo=None if report.last_year is None else report.last_year[0],
        net_last_year_hi=None if report.last_year is None else report.last_year[1],
        stock=full[-1].stock,
        worst_year=min(full_years, key=lambda year: year.net).start.year if full_years else None,
        best_year=max(full_years, key=lambda year: year.net).start.year if full_years else None,
    )


def _ends(lines: Sequence[DyadLine], month: date, say: Language) -> list[str]:
    """Say between whom relations are best and worst, and where they moved most."""
    scored = [(one.score, one) for one in lines if one.score is not None]
    if len(scored) < 2:  # a best and a worst
        return []
    best = max(scored, key=lambda pair: pair[0])
    worst = min(scored, key=lambda pair: pair[0])
    sentences = [
        say(
            "overview.extremes",
            month=say.month(month),
            best=best[1].name,
            best_score=say.signed(best[0]),
            worst=worst[1].name,
            worst_score=say.signed(worst[0]),
        )
    ]
    moved = [(one.score_change, one.name) for one in lines if one.score_change is not None]
    shown = [pair for pair in moved if say.plus(pair[0]) != "0"]
    if not shown:
        return sentences
    up, down = max(shown), min(shown)
    values = {
        "up": up[1],
        "up_by": say.signed(abs(up[0])),
        "down": down[1],
        "down_by": say.signed(abs(down[0])),
    }
    if down[0] > 0:
        key = "overview.risers"
    else:
        key = "overview.fallers" if up[0] < 0 else "overview.movers"
    return [*sentences, say(key, **values)]
