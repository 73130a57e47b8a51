"""The page of one dyad."""

from __future__ import annotations

import pandas as pd

from detente import index
from detente.report.model import findings, records
from detente.report.model.content import Actor, DyadReport
from detente.report.model.origin import provenance
from detente.report.model.periods import periods_of
from detente.report.model.records import SOURCE
from detente.report.model.summary import summary
from detente.settings import Settings
from detente.warehouse import Published


def dyad(database: Published, settings: Settings, pair: tuple[str, str]) -> DyadReport:
    """Return the page of one dyad.

    Raises
    ------
    UsageError
        The dyad is none of the study's.
    """
    months = index.series(database, *pair, freq="month", source=SOURCE)
    years = index.series(database, *pair, freq="year", source=SOURCE)
    actor1, actor2 = _actors(database, (min(pair), max(pair)))
    occurrences = records.read(database, actor1, actor2)
    by_month = records.by_month_of(occurrences)
    rows = periods_of(months)
    n_ranked, n_marked = settings.report.months_in_ranking, settings.report.events_marked
    cooperative = records.ranked(rows, by_month, n_ranked, sign=1)
    conflictual = records.ranked(rows, by_month, n_ranked, sign=-1)
    latest_label, latest = records.latest(occurrences)
    directed = pd.concat(
        [
            index.series(database, *way, freq="year", direction="directed", source=SOURCE).assign(
                way=f"{first.name} towards {second.name}"
            )
            for first, second in ((actor1, actor2), (actor2, actor1))
            for way in [(first.iso3, second.iso3)]
        ],
        ignore_index=True,
    )
    return DyadReport(
        title=f"{actor1.name} and {actor2.name}",
        actor1=actor1,
        actor2=actor2,
        summary=summary(rows, periods_of(years)),
        months=months,
        years=years,
        directed_years=directed,
        occurrences=occurrences,
        marked=records.marked(rows, by_month, n_marked),
        most_cooperative=cooperative,
        most_conflictual=conflictual,
        latest_label=latest_label,
        latest=latest,
        breaks=findings.breaks(database, actor1, actor2),
        findings=findings.findings(database, actor1, actor2),
        provenance=provenance(database),
    )


def _actors(database: Published, pair: tuple[str, str]) -> tuple[Actor, Actor]:
    names = dict(database.rows("select iso3, name from core.actor where iso3 in (?, ?)", pair))
    return Actor(pair[0], names[pair[0]]), Actor(pair[1], names[pair[1]])
