"""The events of a pair, as a reader counts them: a record that acts both ways is one event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.report.language import Language
from detente.report.model.reported import Reported

MOST_EVENTS = 3000  # of a pair on its page; a feed has millions


@dataclass(frozen=True)
class Event:
    """One event between two states.

    Attributes
    ----------
    id
        Name of the record, or of the event of a feed.
    kind
        Its category; of a machine-coded event the CAMEO root code, as `root04`.
    who
        Who acts: '1' (the first state), '2' or '12'; empty where the source does not tell.
    points
        What it adds to the balance.
    is_bilateral
        Whether it names these two states and no other.
    short
        A short name for a chart, where the record has one.
    file, row
        Where it stands.
    """

    id: str
    pair: tuple[str, str]
    day: date
    kind: str
    who: str
    points: float
    is_bilateral: bool
    title: str
    short: str
    source_name: str
    source_url: str
    file: str
    row: int
    n_mentions: int

    @property
    def month(self) -> date:
        """First day of its month."""
        return self.day.replace(day=1)


_TOLD = """
told as (
    select
        coalesce(event.record_id, event.event_id) as id,
        least(event.actor1_iso3, event.actor2_iso3) as one,
        greatest(event.actor1_iso3, event.actor2_iso3) as two,
        any_value(event.event_date) as day,
        coalesce(any_value(event.category), 'root' || any_value(event.cameo_root)) as kind,
        case
            when $3 then ''
            when bool_and(event.actor1_iso3 < event.actor2_iso3) then '1'
            when bool_and(event.actor1_iso3 > event.actor2_iso3) then '2'
            else '12'
        end as who,
        coalesce(sum((event.goldstein * event.counted_share)::decimal(18, 6)), 0)::double as points,
        coalesce(
            len(list_distinct(list_concat(any_value(record.actor1), any_value(record.actor2)))) < 3,
            true
        ) as is_bilateral,
        coalesce(any_value(event.title), '') as title,
        coalesce(any_value(record.attributes['short']), '') as short,
        coalesce(any_value(event.source_name), '') as source_name,
        coalesce(any_value(event.source_url), '') as source_url,
        coalesce(any_value(event.raw_file_id), '') as file,
        coalesce(any_value(event.raw_row), 0) as "row",
        coalesce(max(event.n_mentions), 0) as n_mentions,
    from counted as event
    left join core.record as record on record.record_id = event.record_id
    group by id, one, two
)
"""


_KEPT = """
select * from told
qualify row_number() over (partition by one, two order by n_mentions desc, day desc, id) <= $5
order by day, id, one, two
"""

# Of the duplicates of a day 'one_a_day' keeps the one that counts most, or the first by name.
_COUNTED = {
    "all": "",
    "one_a_day": """
        qualify row_number() over (
            partition by event_date, actor1_iso3, actor2_iso3, cameo_code
            order by counted_share desc, event_id
        ) = 1
    """,
}


def events(
    database: Published,
    series: Reported,
    pairs: Sequence[tuple[str, str]],
    since: date | None = None,
) -> dict[tuple[str, str], tuple[Event, ...]]:
    """Return the events of each pair, oldest first; of more than 3,000 the most mentioned.

    Parameters
    ----------
    since
        The first day asked for; default: all.
    """
    names = [f"{one}-{two}" for one, two in pairs]
    found: dict[tuple[str, str], list[Event]] = {pair: [] for pair in pairs}
    rows = database.dicts(
        f"""
        with counted as (
            select * from core.event
            where source = $1
                and least(actor1_iso3, actor2_iso3) || '-' || greatest(actor1_iso3, actor2_iso3)
                    in (select unnest($2))
                and event_date >= $4
            {_COUNTED[series.counting]}
        ),
        {_TOLD}
        {_KEPT}
        """,  # noqa: S608  # texts of this module
        [series.source, names, series.names_sides_alone, since or date.min, MOST_EVENTS],
    )
    for row in rows:
        pair = (row.pop("one"), row.pop("two"))
        found[pair].append(Event(pair=pair, **row))
    return {pair: tuple(ones) for pair, ones in found.items()}


@dataclass(frozen=True)
class Sum:
    """What the events of one kind and side added up to in a month: both signs apart."""

    month: date
    kind: str
    who: str
    up: float
    down: float
    n: int


def sums(
    database: Published, series: Reported, pairs: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], tuple[Sum, ...]]:
    """Return the sums of each pair over all its events, those that are not told among them."""
    found: dict[tuple[str, str], list[Sum]] = {pair: [] for pair in pairs}
    if not pairs:
        return {}
    for one, two, *row in database.rows(
        f"""
        with counted as (
            select * from core.event
            where source = $1
                and least(actor1_iso3, actor2_iso3) || '-' || greatest(actor1_iso3, actor2_iso3)
                    in (select unnest($2))
            {_COUNTED[series.counting]}
        ),
        {_TOLD}
        select
            one, two, date_trunc('month', day)::date as month, kind, who,
            coalesce(sum(points) filter (points > 0), 0),
            coalesce(sum(points) filter (points < 0), 0),
            count(*),
        from told
        group by all
        order by all
        """,  # noqa: S608  # texts of this module
        [series.source, [f"{one}-{two}" for one, two in pairs], series.names_sides_alone],
    ):
        found[one, two].append(Sum(*row))
    return {pair: tuple(ones) for pair, ones in found.items()}


def summed(ones: Iterable[Event]) -> tuple[Sum, ...]:
    """Return the sums of events that are all told."""
    found: dict[tuple[date, str, str], list[float]] = {}
    for one in ones:
        both = found.setdefault((one.month, one.kind, one.who), [0.0, 0.0, 0])
        both[one.points < 0] += one.points
        both[2] += 1
    return tuple(Sum(*key, up, down, int(n)) for key, (up, down, n) in sorted(found.items()))


@dataclass(frozen=True)
class Kind:
    """What one kind of event added up to in a span; `kind` is empty for the rest."""

    kind: str
    points: float
    n: int
    example: Event | None = None


_AS_HEAVY = 0.9  # share of the heaviest event's points from which another is as good an example


def by_kind(
    among: Iterable[Event],
    total: float,
    factor: float = 1.0,
    most: int = 6,
    whole: Iterable[Sum] | None = None,
) -> tuple[Kind, ...]:
    """Return what moved a balance: the kinds that weigh most, and the rest.

    Parameters
    ----------
    total
        The balance that the kinds must add up to; what is not told by kind goes to the rest.
    factor
        By which points are multiplied (of a series per 1,000 events of the source).
    most
        Kinds that are named.
    whole
        What all events add up to, where `among` are only some of them.
    """
    events = list(among)
    kinds: dict[str, list[Event]] = {}
    for one in events:
        kinds.setdefault(one.kind, []).append(one)
    points: dict[str, float] = {}
    counts: dict[str, int] = {}
    for sum_ in summed(events) if whole is None else whole:
        points[sum_.kind] = points.get(sum_.kind, 0.0) + factor * (sum_.up + sum_.down)
        counts[sum_.kind] = counts.get(sum_.kind, 0) + sum_.n
    order = sorted(points, key=lambda kind: (-abs(points[kind]), kind))
    named = [kind for kind in order[:most] if round(points[kind]) != 0] or order[:1]
    chosen = [
        Kind(kind, points[kind], counts[kind], example(kinds[kind]) if kind in kinds else None)
        for kind in named
    ]
    rest = total - sum(one.points for one in chosen)
    n_rest = sum(counts[kind] for kind in order if kind not in named)
    if n_rest or abs(rest) > 0.05:
        chosen.append(Kind("", rest, n_rest))
    return tuple(chosen)


def example(kind: Sequence[Event]) -> Event:
    """Return the event that stands for a kind.

    One that names these two states alone comes first; then one of the heaviest that pull the way
    of the sum; then the latest.
    """
    way = 1 if sum(one.points for one in kind) >= 0 else -1
    pulling = [one for one in kind if one.points * way > 0] or list(kind)
    alone = [one for one in pulling if one.is_bilateral] or pulling
    heaviest = max(one.points * way for one in alone)
    near = [one for one in alone if one.points * way >= _AS_HEAVY * heaviest] or alone
    return max(near, key=lambda one: (one.n_mentions, one.day, one.id))


def within(ones: Iterable[Event], first: date, last: date) -> list[Event]:
    """Return the events of the months from one to another, both named by their first days."""
    return [one for one in ones if first <= one.month <= last]


def name_of(kind: str, say: Language) -> str:
    """Name a kind of event in the reader's language."""
    if not kind:
        return say("kinds.other")
    key = f"kinds.{kind}"
    if key in say.texts:
        return say(key)
    return kind.replace("_", " ")


def title_of(event: Event, say: Language) -> str:
    """Return what an event is called: its title, or the name of its kind where it has none."""
    return event.title or name_of(event.kind, say)
