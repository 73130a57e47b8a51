"""The page that lists all dyads."""

from __future__ import annotations

import pandas as pd

from detente.report.model import words
from detente.report.model.content import DyadLine, DyadReport, Overview, Question
from detente.report.model.origin import provenance
from detente.report.model.periods import complete, periods_of
from detente.settings import Settings
from detente.warehouse import Published


def overview(database: Published, settings: Settings, reports: list[DyadReport]) -> Overview:
    """Return the page of all dyads from the pages of each."""
    origin = provenance(database)
    return Overview(
        title=settings.report.title,
        summary=(
            f"{origin.n_events:,} acts between {len(settings.study.actors)} states from "
            f"{words.long_day(origin.first_day)} to {words.long_day(origin.last_day)}, kept by "
            "hand with a source each. Every number is a sum of Goldstein values of the acts that "
            "the records hold; "
            "it measures what was recorded, not all that happened.",
        ),
        questions=tuple(
            Question(**row)
            for row in database.dicts(
                "select question, verdict, sentence from stats.hypothesis order by position"
            )
        ),
        lines=tuple(_line(report) for report in reports),
        years=pd.concat(
            [
                report.years.assign(dyad=f"{report.actor1.name} - {report.actor2.name}")
                for report in reports
            ],
            ignore_index=True,
        ),
        provenance=origin,
    )


def _line(report: DyadReport) -> DyadLine:
    months, years = periods_of(report.months), periods_of(report.years)
    full = [year for year in years if year.is_complete and year.n_events]
    return DyadLine(
        slug=report.slug,
        name=f"{report.actor1.name} and {report.actor2.name}",
        n_events=sum(month.n_events for month in months),
        net_last_year=sum(month.net for month in complete(months)[-12:]),
        stock=months[-1].stock,
        worst_year=min(full, key=lambda year: year.net).start.year if full else None,
        best_year=max(full, key=lambda year: year.net).start.year if full else None,
    )
