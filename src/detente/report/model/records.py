"""The records of one dyad: as occurrences, by month, ranked and marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from detente.database.published import Published
from detente.report.language import Language
from detente.report.model.content import Actor, Marked, Occurrence, Period, RankedMonth

SOURCE = "records"


def read(
    database: Published, actor1: Actor, actor2: Actor, say: Language
) -> tuple[Occurrence, ...]:
    """Return every record of the dyad, oldest first."""
    who = {
        "actor1 acts": f"{actor1.name} → {actor2.name}",
        "actor2 acts": f"{actor2.name} → {actor1.name}",
        "both act": say("dyad.both"),
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


def directed_warning(database: Published, actor1: Actor, actor2: Actor, say: Language) -> str:
    """Say what the two directions of a dyad do not show: acts without points that were answered."""
    rows = database.rows(
        """
        select
            coalesce(cameo.name, event.cameo_code) as name,
            count(*) as n,
            coalesce(scale.scale_value = 0, false) as is_zero,
        from core.event as event
        cross join meta.study as study
        left join core.scale as scale
            on scale.scale = study.scale and scale.cameo_code = event.cameo_code
        left join core.cameo as cameo on cameo.cameo_code = event.cameo_code
        where
            event.source = ?
            and least(event.actor1_iso3, event.actor2_iso3) = ?
            and greatest(event.actor1_iso3, event.actor2_iso3) = ?
        group by all
        order by n desc, name
        """,
        [SOURCE, actor1.iso3, actor2.iso3],
    )
    zero = [(name, n) for name, n, is_zero in rows if is_zero]
    blame = say("dyad.directed_blame")
    if not zero:
        return blame
    told = say(
        "dyad.directed_zero",
        n=say.acts(sum(n for _, n, _ in rows)),
        zero=say.count(sum(n for _, n in zero)),
        codes=say.listed(
            [say("dyad.directed_zero_code", name=name, n=say.count(n)) for name, n in zero]
        ),
    )
    return f"{blame} {told}"


def by_month_of(occurrences: tuple[Occurrence, ...]) -> dict[date, list[Occurrence]]:
    """Return the occurrences by the first day of their month, the weightiest first."""
    months: dict[date, list[Occurrence]] = {}
    for occurrence in occurrences:
        months.setdefault(occurrence.day.replace(day=1), []).append(occurrence)
    for month in months.values():
        month.sort(key=lambda one: (-abs(one.net), one.day, one.occurrence_id))
    return months


def ranked(
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


def marked(
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


def latest(occurrences: tuple[Occurrence, ...]) -> tuple[str, tuple[Occurrence, ...]]:
    """Return the occurrences of the latest year that has any, newest first."""
    if not occurrences:
        return "", ()
    year = occurrences[-1].day.year
    return str(year), tuple(one for one in reversed(occurrences) if one.day.year == year)
