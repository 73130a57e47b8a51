"""What a report says, before anybody decides how it looks.

Everything a page shows is read here from the published database; the renderers only lay it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from detente import index
from detente.settings import Settings
from detente.warehouse import Published

SOURCE = "records"


@dataclass(frozen=True)
class Actor:
    """A state, by code and name."""

    iso3: str
    name: str


@dataclass(frozen=True)
class Occurrence:
    """A record as it bears on one dyad."""

    occurrence_id: str
    day: date
    group: str
    category: str
    title: str
    who: str
    net: float
    source_name: str
    source_url: str
    raw_file_id: str
    raw_row: int


@dataclass(frozen=True)
class Period:
    """The indices of one dyad in one month or year."""

    start: date
    n_events: int
    n_conflict: int
    cooperation: float
    conflict: float
    net: float
    net_lo: float | None
    net_hi: float | None
    stock: float
    is_complete: bool


@dataclass(frozen=True)
class RankedMonth:
    """A month of a ranking with what happened in it, the weightiest first."""

    rank: int
    month: date
    net: float
    n_events: int
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class Marked:
    """An occurrence that the chart marks, under its number."""

    number: int
    occurrence: Occurrence


@dataclass(frozen=True)
class Break:
    """A break in the dyad's net score: the last day before it, with its 95 % interval."""

    day: date
    lower: date
    upper: date
    sentence: str


@dataclass(frozen=True)
class Finding:
    """What a test, or the refusal of one, says; in the words of the result itself."""

    subject: str
    sentence: str


@dataclass(frozen=True)
class RawFile:
    """Where the rows of one raw file went."""

    raw_file_id: str
    title: str
    label: str
    producer: str
    licence: str
    covers: str
    checked: str
    n_missing: int
    n_rows: int
    n_loaded: int
    n_out_of_scope: int
    n_duplicate: int
    n_rejected: int


@dataclass(frozen=True)
class Provenance:
    """What the numbers rest on; the same inputs give the same provenance."""

    files: tuple[RawFile, ...]
    n_events: int
    first_day: date
    last_day: date
    complete_to: date
    as_of: date | None
    half_life_days: float
    inputs_sha256: str
    git_revision: str
    versions: tuple[tuple[str, str], ...]
    n_checks: int
    sources: tuple[tuple[str, int], ...]
    # Checks that failed, and why the database was published all the same.
    checks_failed: tuple[str, ...] = ()
    forced_reason: str | None = None


@dataclass(frozen=True)
class DyadReport:
    """Everything on the page of one dyad."""

    title: str
    actor1: Actor
    actor2: Actor
    summary: tuple[str, ...]
    months: pd.DataFrame
    years: pd.DataFrame
    directed_years: pd.DataFrame
    occurrences: tuple[Occurrence, ...]
    marked: tuple[Marked, ...]
    most_cooperative: tuple[RankedMonth, ...]
    most_conflictual: tuple[RankedMonth, ...]
    latest_label: str
    latest: tuple[Occurrence, ...]
    breaks: tuple[Break, ...]
    findings: tuple[Finding, ...]
    provenance: Provenance

    @property
    def slug(self) -> str:
        """Name of the report's files."""
        return f"{self.actor1.iso3}-{self.actor2.iso3}"


@dataclass(frozen=True)
class Question:
    """A question that the settings name, with its answer."""

    question: str
    verdict: str
    sentence: str


@dataclass(frozen=True)
class DyadLine:
    """One dyad's line on the overview."""

    slug: str
    name: str
    n_events: int
    net_last_year: float
    stock: float
    worst_year: int | None
    best_year: int | None


@dataclass(frozen=True)
class Overview:
    """The page that lists all dyads."""

    title: str
    summary: tuple[str, ...]
    questions: tuple[Question, ...]
    lines: tuple[DyadLine, ...]
    years: pd.DataFrame
    provenance: Provenance


def overview(database: Published, settings: Settings, reports: list[DyadReport]) -> Overview:
    """Return the page of all dyads from the pages of each."""
    origin = provenance(database)
    return Overview(
        title=settings.report.title,
        summary=(
            f"{origin.n_events:,} acts between {len(settings.study.actors)} states from "
            f"{_long(origin.first_day)} to {_long(origin.last_day)}, kept by hand with a source "
            "each. Every number is a sum of Goldstein values of the acts that the records hold; "
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
    months, years = _periods(report.months), _periods(report.years)
    full = [year for year in years if year.is_complete and year.n_events]
    return DyadLine(
        slug=report.slug,
        name=f"{report.actor1.name} and {report.actor2.name}",
        n_events=sum(month.n_events for month in months),
        net_last_year=sum(month.net for month in _full(months)[-12:]),
        stock=months[-1].stock,
        worst_year=min(full, key=lambda year: year.net).start.year if full else None,
        best_year=max(full, key=lambda year: year.net).start.year if full else None,
    )


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
    occurrences = _occurrences(database, actor1, actor2)
    by_month = _by_month(occurrences)
    periods = _periods(months)
    n_ranked, n_marked = settings.report.months_in_ranking, settings.report.events_marked
    cooperative = _ranked(periods, by_month, n_ranked, sign=1)
    conflictual = _ranked(periods, by_month, n_ranked, sign=-1)
    latest_label, latest = _latest(occurrences)
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
        summary=summary(periods, _periods(years)),
        months=months,
        years=years,
        directed_years=directed,
        occurrences=occurrences,
        marked=_marked(periods, by_month, n_marked),
        most_cooperative=cooperative,
        most_conflictual=conflictual,
        latest_label=latest_label,
        latest=latest,
        breaks=_breaks(database, actor1, actor2),
        findings=_findings(database, actor1, actor2),
        provenance=provenance(database),
    )


# -- sentences -----------------------------------------------------------------------------------


def summary(months: Sequence[Period], years: Sequence[Period]) -> tuple[str, ...]:
    """Say in plain sentences which were the worst year and the best month since.

    Only periods that every file of the source covers whole are compared.
    """
    full_years = [year for year in _full(years) if year.n_events]
    full_months = _full(months)
    if not full_years:
        return ("The records hold no act between the two in a year that they cover whole.",)
    worst = min(full_years, key=lambda year: year.net)
    best = max(full_years, key=lambda year: year.net)
    fiercest = max(full_years, key=lambda year: year.conflict)
    friendliest = max(full_years, key=lambda year: year.cooperation)
    ties = sum(year.net == worst.net for year in full_years)
    sentences = [
        f"Of {len(full_years)} full years with acts on record, {worst.start.year} has the lowest "
        f"net score ({_scored(worst)})"
        + (f", the first of {ties} with that score" if ties > 1 else "")
        + f", {best.start.year} the highest ({_scored(best)}).{_unsettled(worst, full_years)}",
        f"Conflict alone was highest in {fiercest.start.year} ({fiercest.conflict:,.1f} points "
        f"from {_acts(fiercest.n_conflict)} of conflict), cooperation alone in "
        f"{friendliest.start.year} ({friendliest.cooperation:,.1f} points).",
    ]
    after = [month for month in full_months if month.start.year > worst.start.year]
    if after and (month := max(after, key=lambda one: one.net)).net > 0:
        sentences.append(
            f"The best month since {worst.start.year} is {_month(month.start)} ({_scored(month)})."
        )
    low = min(full_months, key=lambda month: month.stock)
    high = max(full_months, key=lambda month: month.stock)
    sentences.append(
        f"The decayed stock was lowest at the end of {_month(low.start)} ({_signed(low.stock)}) "
        f"and highest at the end of {_month(high.start)} ({_signed(high.stock)})."
    )
    return (*sentences, _latest_year_sentence(full_months))


def _full(periods: Sequence[Period]) -> list[Period]:
    return [period for period in periods if period.is_complete]


def _latest_year_sentence(full_months: Sequence[Period]) -> str:
    recent, before = full_months[-12:], full_months[-24:-12]
    now, then = sum(month.net for month in recent), sum(month.net for month in before)
    change = "up from" if now > then else "down from" if now < then else "as in"
    return (
        f"In the twelve months to {_month(recent[-1].start)}, the last that all files of records "
        f"cover, the net score is {_signed(now)} from "
        f"{_acts(sum(month.n_events for month in recent))}, {change} {_signed(then)} in the "
        "twelve before."
    )


def _scored(period: Period) -> str:
    """Give a net score with its 95 % interval and the acts that it rests on."""
    text = f"{_signed(period.net)} from {_acts(period.n_events)}"
    if period.net_lo is None or period.net_hi is None:
        return f"{text}, too few records for an interval"
    return f"{text}, 95 % interval {_signed(period.net_lo)} to {_signed(period.net_hi)}"


def _unsettled(worst: Period, years: Sequence[Period]) -> str:
    """Say how many other years could be the lowest as well, by their intervals."""
    if worst.net_hi is None:
        return ""
    high = worst.net_hi
    others = sum(
        year.net_lo is not None and year.net_lo <= high for year in years if year is not worst
    )
    if not others:
        return ""
    return (
        f" The intervals of {others} other year{'s' if others > 1 else ''} reach into that of "
        f"{worst.start.year}, so which year is the lowest is not settled."
    )


def _acts(number: int) -> str:
    return "1 act" if number == 1 else f"{number:,} acts"


def _signed(value: float) -> str:
    text = f"{abs(value):,.1f}"
    return text if value >= 0 else f"−{text}"


def _month(value: date) -> str:
    return f"{value:%B %Y}"


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


# -- reading -------------------------------------------------------------------------------------


def _actors(database: Published, pair: tuple[str, str]) -> tuple[Actor, Actor]:
    names = dict(database.rows("select iso3, name from core.actor where iso3 in (?, ?)", pair))
    return Actor(pair[0], names[pair[0]]), Actor(pair[1], names[pair[1]])


def _occurrences(database: Published, actor1: Actor, actor2: Actor) -> tuple[Occurrence, ...]:
    who = {
        "actor1 acts": f"{actor1.name} → {actor2.name}",
        "actor2 acts": f"{actor2.name} → {actor1.name}",
        "both act": "both",
    }
    rows = database.dicts(
        """
        select
            event.occurrence_id,
            event.event_date as day,
            raw_file.label as "group",
            event.category,
            event.title,
            event.who_acts as who,
            event.net,
            event.source_name,
            event.source_url,
            event.raw_file_id,
            event.raw_row,
        from marts.dyad_event as event
        inner join meta.raw_file as raw_file using (raw_file_id)
        where event.source = ? and event.actor1_iso3 = ? and event.actor2_iso3 = ?
        order by event.event_date, event.occurrence_id
        """,
        [SOURCE, actor1.iso3, actor2.iso3],
    )
    return tuple(Occurrence(**{**row, "who": who[row["who"]]}) for row in rows)


def _breaks(database: Published, actor1: Actor, actor2: Actor) -> tuple[Break, ...]:
    return tuple(
        Break(**row)
        for row in database.dicts(
            """
            select
                last_before as day,
                coalesce(last_before_lo, last_before) as lower,
                coalesce(last_before_hi, last_before) as upper,
                sentence,
            from stats.break_point
            where source = ? and actor1_iso3 = ? and actor2_iso3 = ?
            order by last_before
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def _findings(database: Published, actor1: Actor, actor2: Actor) -> tuple[Finding, ...]:
    """Return what the tests say, breaks first, in the order in which the questions are asked."""
    return tuple(
        Finding(**row)
        for row in database.dicts(
            """
            with told as (
                select 'What changed, and when' as subject, 1 as part, test as detail, *
                from stats.break_test
                where test = 'number of breaks' or refusal is not null
                union all by name
                select
                    'What changed, and when' as subject, 2 as part,
                    break_number::varchar as detail, *
                from stats.break_point
                union all by name
                select 'Who answers whom' as subject, 3 as part, actor1_iso3 as detail, *
                from stats.granger
                union all by name
                select 'What events did' as subject, 4 as part, event_kind || method as detail, *
                from stats.event_effect
            )

            select subject, sentence
            from told
            where
                source = ?
                and least(actor1_iso3, actor2_iso3) = ?
                and greatest(actor1_iso3, actor2_iso3) = ?
            order by part, detail
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def _periods(frame: pd.DataFrame) -> list[Period]:
    return [
        Period(
            start=row["period_start"].date(),
            n_events=int(row["n_events"]),
            n_conflict=int(row["n_conflict"]),
            cooperation=float(row["cooperation"]),
            conflict=float(row["conflict"]),
            net=float(row["net"]),
            net_lo=_known(row["net_lo"]),
            net_hi=_known(row["net_hi"]),
            stock=float(row["stock"]),
            is_complete=bool(row["is_complete"]),
        )
        for row in frame.to_dict("records")
    ]


def _known(value: float) -> float | None:
    return None if pd.isna(value) else float(value)


def _by_month(occurrences: tuple[Occurrence, ...]) -> dict[date, list[Occurrence]]:
    months: dict[date, list[Occurrence]] = {}
    for occurrence in occurrences:
        months.setdefault(occurrence.day.replace(day=1), []).append(occurrence)
    for month in months.values():
        month.sort(key=lambda one: (-abs(one.net), one.day, one.occurrence_id))
    return months


def _ranked(
    months: Sequence[Period], by_month: dict[date, list[Occurrence]], number: int, sign: int
) -> tuple[RankedMonth, ...]:
    """Return the months with the highest (or lowest) net score; the earlier first where equal."""
    ordered = sorted(
        (month for month in months if month.net * sign > 0),
        key=lambda month: (-month.net * sign, month.start),
    )
    return tuple(
        RankedMonth(
            rank, month.start, month.net, month.n_events, tuple(by_month.get(month.start, ()))
        )
        for rank, month in enumerate(ordered[:number], start=1)
    )


def _marked(
    months: Sequence[Period], by_month: dict[date, list[Occurrence]], number: int
) -> tuple[Marked, ...]:
    """Mark the weightiest occurrence of each of the months with the largest absolute net score."""
    ordered = sorted(
        (month for month in months if month.net), key=lambda month: (-abs(month.net), month.start)
    )
    chosen = []
    for month in ordered[:number]:
        chosen += [one for one in by_month.get(month.start, []) if one.net * month.net > 0][:1]
    chosen.sort(key=lambda one: (one.day, one.occurrence_id))
    return tuple(Marked(position, one) for position, one in enumerate(chosen, start=1))


def _latest(occurrences: tuple[Occurrence, ...]) -> tuple[str, tuple[Occurrence, ...]]:
    """Return the occurrences of the latest year that has any, newest first."""
    if not occurrences:
        return "", ()
    year = occurrences[-1].day.year
    return str(year), tuple(one for one in reversed(occurrences) if one.day.year == year)


def provenance(database: Published) -> Provenance:
    """Return what the database says of its own origin."""
    files = tuple(
        RawFile(**row)
        for row in database.dicts(
            """
            -- A file of records stands alone; the files of a feed, too many for a page, as one.
            with files as (
                select *, if(source = 'records', raw_file_id, source) as grouped
                from meta.raw_file
            )

            select
                if(any_value(source) = 'records', grouped, grouped || ': ' || count(*) || ' files')
                    as raw_file_id,
                coalesce(any_value(title), grouped) as title,
                coalesce(any_value(label), grouped) as label,
                coalesce(any_value(producer), '') as producer,
                coalesce(any_value(licence), '') as licence,
                coalesce(min(covers_from) || ' to ' || max(covers_to), '') as covers,
                coalesce(max(checked)::varchar, '') as checked,
                count(*) filter (status not in ('loaded', 'no_rows', 'superseded'))::bigint
                    as n_missing,
                sum(n_rows)::bigint as n_rows,
                sum(n_loaded)::bigint as n_loaded,
                sum(n_out_of_scope)::bigint as n_out_of_scope,
                sum(n_duplicate)::bigint as n_duplicate,
                sum(n_rejected)::bigint as n_rejected,
            from files
            group by grouped
            order by any_value(source) <> 'records', grouped
            """
        )
    )
    first_day, last_day, complete_to = database.rows(
        "select first_day, last_day, complete_to from meta.coverage where source = ?", [SOURCE]
    )[0]
    half_life, as_of = database.rows("select half_life_days, as_of from meta.study")[0]
    digest, revision, versions, n_checks, failed, forced = database.rows(
        "select inputs_sha256, git_revision, versions, len(checks_passed), checks_failed, "
        "forced_reason from meta.run "
        "where outcome = 'published' order by started_at desc, run_id desc limit 1"
    )[0]
    sources = database.rows(
        "select source_name, count(*) as n from core.record group by source_name "
        "order by n desc, source_name"
    )
    return Provenance(
        files=files,
        n_events=database.rows("select count(*) from core.event")[0][0],
        first_day=first_day,
        last_day=last_day,
        complete_to=complete_to,
        as_of=as_of if as_of < last_day else None,
        half_life_days=half_life,
        inputs_sha256=digest,
        git_revision=revision or "unknown",
        versions=tuple(sorted(versions.items())),
        n_checks=n_checks,
        sources=tuple((name, n) for name, n in sources),
        checks_failed=tuple(name.replace("_", " ") for name in failed),
        forced_reason=forced,
    )
