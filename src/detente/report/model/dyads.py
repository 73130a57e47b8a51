"""The page of one dyad."""

from __future__ import annotations

import pandas as pd

from detente.database.published import Published
from detente.indices import reading
from detente.report import language
from detente.report.model import evidence, records
from detente.report.model.brief import Known, brief
from detente.report.model.content import Actor, DyadReport
from detente.report.model.findings import bear, findings
from detente.report.model.hangs import other_searches, with_caveats
from detente.report.model.origin import provenance
from detente.report.model.periods import periods_of
from detente.report.model.records import SOURCE
from detente.report.model.summary import summary
from detente.settings import Settings


def dyad(database: Published, settings: Settings, pair: tuple[str, str]) -> DyadReport:
    """Return the page of one dyad.

    Raises
    ------
    UsageError
        The dyad is none of the study's.
    """
    say = language.load(settings.report.language)
    months = reading.series(database, *pair, freq="month", source=SOURCE)
    years = reading.series(database, *pair, freq="year", source=SOURCE)
    once_a_day = reading.series(database, *pair, freq="year", counting="one_a_day", source=SOURCE)
    actor1, actor2 = (actors(database)[iso3] for iso3 in sorted(pair))
    occurrences = records.read(database, actor1, actor2, say)
    by_month = records.by_month_of(occurrences)
    rows = periods_of(months)
    n_ranked, n_marked = settings.report.months_in_ranking, settings.report.events_marked
    latest_label, latest = records.latest(occurrences)
    significance = settings.inference.significance
    told = findings(database, actor1, actor2)
    origin = provenance(database)
    was_sought, break_refusal = evidence.break_refusal(database, actor1, actor2)
    searches = other_searches(database, actor1, actor2)
    known = Known(
        months=rows,
        occurrences=occurrences,
        breaks=with_caveats(evidence.breaks(database, actor1, actor2), searches, say),
        was_sought=was_sought,
        break_refusal=break_refusal,
        regimes=evidence.regimes(database, actor1, actor2),
        forecast=evidence.forecast(database, actor1, actor2),
        agreement=evidence.agreement(database, actor1, actor2),
        n_refused=evidence.n_refused(database, actor1, actor2),
        significance=significance,
        last_year=_year_to(database, months, 0),
        year_before=_year_to(database, months, 1),
        stands_at=origin.stands_at,
    )
    return DyadReport(
        title=say("format.pair", first=actor1.name, second=actor2.name),
        actor1=actor1,
        actor2=actor2,
        brief=brief(known, say),
        summary=summary(
            rows,
            periods_of(years),
            say,
            periods_of(once_a_day),
            occurrences,
            evidence.chances_of_lowest(database, actor1, actor2),
            evidence.lowest_by_scale(database, actor1, actor2),
        ),
        last_year=known.last_year,
        months=months,
        years=years,
        directed_years=_directed_years(database, actor1, actor2, say),
        directed_warning=records.directed_warning(database, actor1, actor2, say),
        occurrences=occurrences,
        marked=records.marked(rows, by_month, n_marked),
        most_cooperative=records.ranked(rows, by_month, n_ranked, sign=1),
        most_conflictual=records.ranked(rows, by_month, n_ranked, sign=-1),
        latest_label=latest_label,
        latest=latest,
        breaks=tuple(known.breaks),
        hangs=searches,
        regimes=tuple(known.regimes),
        responses=evidence.responses(database, actor1, actor2),
        paths=evidence.paths(database, actor1, actor2),
        forecast=known.forecast,
        bear=bear(database, actor1, actor2),
        findings=told,
        provenance=origin,
    )


def _year_to(
    database: Published, months: pd.DataFrame, n_before: int
) -> tuple[float, float] | None:
    """Return the interval of the net score of twelve complete months: the last, or years before."""
    full = months[months["is_complete"]]
    last = full.iloc[: len(full) - 12 * n_before].tail(12)
    if last.empty:
        return None
    first_day, last_day = last["period_start"].iloc[0].date(), last["period_end"].iloc[-1].date()
    pair = last["actor1_iso3"].iloc[0], last["actor2_iso3"].iloc[0]
    return reading.net_interval(database, *pair, first_day, last_day, SOURCE)


def _directed_years(
    database: Published, actor1: Actor, actor2: Actor, say: language.Language
) -> pd.DataFrame:
    return pd.concat(
        [
            reading.series(
                database,
                first.iso3,
                second.iso3,
                freq="year",
                direction="directed",
                source=SOURCE,
            ).assign(way=say("format.towards", first=first.name, second=second.name))
            for first, second in ((actor1, actor2), (actor2, actor1))
        ],
        ignore_index=True,
    )


def actors(database: Published) -> dict[str, Actor]:
    """Return every actor by its code; a native name that says nothing new is left out."""
    rows = database.dicts(
        "select iso3, name, if(name_native = name, '', coalesce(name_native, '')) as native "
        "from core.actor"
    )
    return {row["iso3"]: Actor(**row) for row in rows}
