"""What a report says, before anybody decides how it looks.

Everything a page shows is read here from the published database; the renderers only lay it out.
"""

from __future__ import annotations

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
class RankedMonth:
    """A month of a ranking with what happened in it, the weightiest first."""

    rank: int
    month: date
    net: float
    cooperation: float
    conflict: float
    n_events: int
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True)
class Marked:
    """An occurrence that the chart marks, under its number."""

    number: int
    occurrence: Occurrence


@dataclass(frozen=True)
class RawFile:
    """Where the rows of one raw file went."""

    raw_file_id: str
    title: str
    producer: str
    licence: str
    covers: str
    checked: str
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
    provenance: Provenance

    @property
    def slug(self) -> str:
        """Name of the report's files."""
        return f"{self.actor1.iso3}-{self.actor2.iso3}"


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
    lines: tuple[DyadLine, ...]
    years: pd.DataFrame
    provenance: Provenance


def overview(database: Published, settings: Settings, reports: list[DyadReport]) -> Overview:
    """Return the page of all dyads from the pages of each."""
    origin = provenance(database)
    lines, years = [], []
    for report in reports:
        complete = report.years[report.years["is_complete"] & (report.years["n_events"] > 0)]
        last12 = report.months[report.months["is_complete"]].tail(12)
        lines.append(
            DyadLine(
                slug=report.slug,
                name=f"{report.actor1.name} and {report.actor2.name}",
                n_events=int(report.months["n_events"].sum()),
                net_last_year=float(last12["net"].sum()),
                stock=float(report.months["stock"].iloc[-1]),
                worst_year=_year_of(complete, complete["net"].idxmin() if len(complete) else None),
                best_year=_year_of(complete, complete["net"].idxmax() if len(complete) else None),
            )
        )
        years.append(report.years.assign(dyad=f"{report.actor1.name} - {report.actor2.name}"))
    return Overview(
        title=settings.report.title,
        summary=(
            f"{origin.n_events:,} acts between {len(settings.study.actors)} states from "
            f"{_long(origin.first_day)} to {_long(origin.last_day)}, kept by hand with a source "
            "each. Every number is a sum of Goldstein values of the acts that the records hold; "
            "it measures what was recorded, not all that happened.",
        ),
        lines=tuple(lines),
        years=pd.concat(years, ignore_index=True),
        provenance=origin,
    )


def _year_of(frame: pd.DataFrame, label: object) -> int | None:
    return None if label is None else int(pd.Timestamp(frame.loc[label, "period_start"]).year)


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
    n_ranked, n_marked = settings.report.months_in_ranking, settings.report.events_marked
    cooperative = _ranked(months, by_month, n_ranked, descending=True)
    conflictual = _ranked(months, by_month, n_ranked, descending=False)
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
        summary=summary(months, years),
        months=months,
        years=years,
        directed_years=directed,
        occurrences=occurrences,
        marked=_marked(months, by_month, n_marked),
        most_cooperative=cooperative,
        most_conflictual=conflictual,
        latest_label=latest_label,
        latest=latest,
        provenance=provenance(database),
    )


# -- sentences -----------------------------------------------------------------------------------


def summary(months: pd.DataFrame, years: pd.DataFrame) -> tuple[str, ...]:
    """Say in plain sentences which were the worst year and the best month since.

    Only periods that every file of the source covers whole are compared.
    """
    full_years = years[years["is_complete"] & (years["n_events"] > 0)]
    full_months = months[months["is_complete"]]
    if full_years.empty:
        return ("The records hold no act between the two in a year that they cover whole.",)
    worst = full_years.loc[full_years["net"].idxmin()]
    best = full_years.loc[full_years["net"].idxmax()]
    worst_year = pd.Timestamp(worst["period_start"])
    ties = int((full_years["net"] == worst["net"]).sum())
    sentences = [
        f"Of {len(full_years)} full years with acts on record, {worst_year.year} has the lowest "
        f"net score ({_signed(worst['net'])} from {_acts(worst['n_events'])})"
        + (f", the first of {ties} with that score" if ties > 1 else "")
        + f", {pd.Timestamp(best['period_start']).year} the highest ({_signed(best['net'])} from "
        f"{_acts(best['n_events'])})."
    ]
    after = full_months[full_months["period_start"] >= pd.Timestamp(worst_year.year + 1, 1, 1)]
    if not after.empty and after["net"].max() > 0:
        month = after.loc[after["net"].idxmax()]
        sentences.append(
            f"The best month since {worst_year.year} is {_month(month['period_start'])} "
            f"({_signed(month['net'])} from {_acts(month['n_events'])})."
        )
    sentences.append(_latest_year_sentence(full_months))
    return tuple(sentences)


def _latest_year_sentence(full_months: pd.DataFrame) -> str:
    recent, before = full_months.tail(12), full_months.iloc[-24:-12]
    now, then = recent["net"].sum(), before["net"].sum()
    change = "up from" if now > then else "down from" if now < then else "as in"
    return (
        f"In the twelve months to {_month(recent['period_start'].iloc[-1])}, the last that all "
        f"files of records cover, the net score is {_signed(now)} from "
        f"{_acts(recent['n_events'].sum())}, {change} {_signed(then)} in the twelve before."
    )


def _acts(number: float) -> str:
    return "1 act" if number == 1 else f"{int(number):,} acts"


def _signed(value: float) -> str:
    text = f"{abs(value):,.1f}"
    return text if value >= 0 else f"−{text}"


def _month(value: object) -> str:
    return f"{pd.Timestamp(value):%B %Y}"  # type: ignore[arg-type]


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
    rows = database.rows(
        """
        select
            event.occurrence_id, event.event_date, raw_file.title, event.category, event.title,
            event.who_acts, event.net, event.source_name, event.source_url,
            event.raw_file_id, event.raw_row,
        from marts.dyad_event as event
        inner join meta.raw_file as raw_file using (raw_file_id)
        where event.source = ? and event.actor1_iso3 = ? and event.actor2_iso3 = ?
        order by event.event_date, event.occurrence_id
        """,
        [SOURCE, actor1.iso3, actor2.iso3],
    )
    return tuple(Occurrence(*row[:5], who[row[5]], *row[6:]) for row in rows)


def _by_month(occurrences: tuple[Occurrence, ...]) -> dict[date, list[Occurrence]]:
    months: dict[date, list[Occurrence]] = {}
    for occurrence in occurrences:
        months.setdefault(occurrence.day.replace(day=1), []).append(occurrence)
    for month in months.values():
        month.sort(key=lambda one: (-abs(one.net), one.day, one.occurrence_id))
    return months


def _ranked(
    months: pd.DataFrame, by_month: dict[date, list[Occurrence]], number: int, descending: bool
) -> tuple[RankedMonth, ...]:
    """Return the months with the highest (or lowest) net score; the earlier first where equal."""
    signed = months[(months["net"] > 0) if descending else (months["net"] < 0)]
    ordered = signed.sort_values(
        ["net", "period_start"], ascending=[not descending, True], kind="stable"
    )
    return tuple(
        RankedMonth(
            rank,
            month := pd.Timestamp(row.period_start).date(),
            float(row.net),
            float(row.cooperation),
            float(row.conflict),
            int(row.n_events),
            tuple(by_month.get(month, ())),
        )
        for rank, row in enumerate(ordered.head(number).itertuples(), start=1)
    )


def _marked(
    months: pd.DataFrame, by_month: dict[date, list[Occurrence]], number: int
) -> tuple[Marked, ...]:
    """Mark the weightiest occurrence of each of the months with the largest absolute net score."""
    ordered = months.assign(size=months["net"].abs()).sort_values(
        ["size", "period_start"], ascending=[False, True], kind="stable"
    )
    chosen = []
    for row in ordered[ordered["size"] > 0].head(number).itertuples():
        sign = 1 if row.net > 0 else -1
        same = [
            one
            for one in by_month.get(pd.Timestamp(row.period_start).date(), [])
            if one.net * sign > 0
        ]
        chosen += same[:1]
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
        RawFile(*(value if value is not None else "" for value in row))
        for row in database.rows(
            """
            select
                raw_file_id, title, producer, licence,
                covers_from || ' to ' || covers_to, checked::varchar,
                n_rows, n_loaded, n_out_of_scope, n_duplicate, n_rejected,
            from meta.raw_file
            order by raw_file_id
            """
        )
    )
    first_day, last_day, complete_to = database.rows(
        "select first_day, last_day, complete_to from meta.coverage where source = ?", [SOURCE]
    )[0]
    half_life, as_of = database.rows("select half_life_days, as_of from meta.study")[0]
    digest, revision, versions, n_checks = database.rows(
        "select inputs_sha256, git_revision, versions, len(checks_passed) from meta.run "
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
    )
