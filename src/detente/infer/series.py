"""The series and events that the questions are asked of, from the marts under construction."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from detente import incremental
from detente.infer.rows import Pair, Row, about
from detente.inference.events import Event
from detente.inference.results import Refusal
from detente.settings import SeriesChoice, Settings
from detente.warehouse import Warehouse

RECORDS = "records"
PANDAS_FREQ = {"month": "M", "week": "W-SUN"}
# How a measure stands in a sentence, before "a month".
_WORDS = {
    "net": "net score a {}",
    "net_per_1k": "net score per 1,000 events of the source a {}",
    "cooperation": "points of cooperation a {}",
    "conflict": "points of conflict a {}",
    "balance": "balance of cooperation and conflict by {}",
    "mean_goldstein": "mean Goldstein value by {}",
    "n_events": "acts a {}",
    "n_cooperation": "acts of cooperation a {}",
    "n_conflict": "acts of conflict a {}",
    "stock": "decayed stock by {}",
    "score": "relation score by {}",
}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The records of one file and what their effect is asked of.

    Attributes
    ----------
    label
        Of the file.
    events
        Its days on the dyad, or in the whole study where none is on the dyad.
    outcome
        The dyad's series built without the kind's records, or why it cannot be built.
    """

    label: str
    events: tuple[Event, ...]
    outcome: pd.Series | Refusal


@dataclass(frozen=True, kw_only=True)
class Dyad:
    """One dyad as the questions see it.

    Attributes
    ----------
    choice
        Which index of which source.
    pair
        The two states in alphabetical order.
    values
        The undirected series, one value a complete period.
    directed
        Acts of the first towards the second, and the reverse.
    """

    choice: SeriesChoice
    pair: Pair
    values: pd.Series
    directed: tuple[pd.Series, pd.Series]

    @property
    def where(self) -> Row:
        """The columns that say which series a row is about."""
        return about(self.choice, self.pair)

    @property
    def subject(self) -> str:
        """The series as it stands in a sentence."""
        return subject(self.choice, self.pair)


def subject(choice: SeriesChoice, pair: Pair) -> str:
    """Name a series in a sentence, for instance ``"JPN-KOR net score a month"``."""
    words = f"{'-'.join(pair)} {_WORDS[choice.measure].format(choice.freq)}"
    notes = [choice.source] if choice.source != RECORDS else []
    notes += ["one act a day counted"] if choice.counting == "one_a_day" else []
    return f"{words} ({', '.join(notes)})" if notes else words


def reads_differ(warehouse: Warehouse, settings: Settings) -> bool:
    """Say whether anything that the questions read differs from the database before.

    A question that reads more than the months of the chosen series and the records needs a line of
    its own here. Series by week are not compared: they are asked about anew.
    """
    chosen = settings.inference.series
    if any(one.freq != "month" for one in chosen):
        return True
    reads = [
        (
            f"select * from before.month where source = '{source}'",  # noqa: S608
            "select * exclude (freq) from marts.dyad_index "  # noqa: S608
            f"where freq = 'month' and source = '{source}'",
        )
        for source in sorted({one.source for one in chosen})
    ]
    reads += [
        ("from before.record_event", "from core.record_event"),
        (
            "from before.record_file",
            f"select raw_file_id, label from meta.raw_file where source = '{RECORDS}'",  # noqa: S608
        ),
    ]
    return any(incremental.differs(warehouse, before, now) for before, now in reads)


def has_series(warehouse: Warehouse, choice: SeriesChoice) -> bool:
    """Say whether the marts hold a complete period of the source."""
    query = f"select 1 from marts.dyad_{choice.freq} where source = ? and is_complete limit 1"  # noqa: S608
    return bool(warehouse.rows(query, [choice.source]))


def dyad(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> Dyad:
    """Read one dyad's three series."""
    return Dyad(
        choice=choice,
        pair=pair,
        values=values(warehouse, choice, "undirected", pair),
        directed=(
            values(warehouse, choice, "directed", pair),
            values(warehouse, choice, "directed", (pair[1], pair[0])),
        ),
    )


def values(warehouse: Warehouse, choice: SeriesChoice, direction: str, pair: Pair) -> pd.Series:
    """Return one dyad's index by complete period; NaN where it is not defined.

    Parameters
    ----------
    choice
        Source, counting, period and measure.
    direction
        ``"directed"`` (the first acts upon the second) or ``"undirected"``.

    Returns
    -------
    pandas.Series
        Named after the measure, over consecutive periods; empty where there is no such dyad.
    """
    frame = warehouse.frame(
        f"""
        select period_start, {choice.measure}
        from marts.dyad_{choice.freq}
        where
            source = ? and counting = ? and direction = ? and actor1_iso3 = ?
            and actor2_iso3 = ? and is_complete
        order by period_start
        """,  # noqa: S608  # period and measure are each one of a list in the settings
        [choice.source, choice.counting, direction, *pair],
    )
    return _by_period(frame, choice)


def _by_period(frame: pd.DataFrame, choice: SeriesChoice) -> pd.Series:
    periods = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq=PANDAS_FREQ[choice.freq])
    return pd.Series(
        frame[choice.measure].to_numpy(dtype=float), index=periods, name=choice.measure
    )


def labels(warehouse: Warehouse) -> list[str]:
    """Return the kinds of records, one a file."""
    query = "select distinct label from meta.raw_file where source = ? order by label"
    return [label for (label,) in warehouse.rows(query, [RECORDS])]


def kind(warehouse: Warehouse, dyad: Dyad, label: str) -> Kind:
    """Read what is asked of one kind of records and one dyad."""
    own = _days(warehouse, label, dyad.pair)
    return Kind(
        label=label,
        events=tuple(own or _days(warehouse, label)),
        outcome=_outcome(warehouse, dyad, label, has_own=bool(own)),
    )


def _outcome(warehouse: Warehouse, dyad: Dyad, label: str, *, has_own: bool) -> pd.Series | Refusal:
    """Return the series that the kind's own records are not part of, or say why there is none."""
    choice = dyad.choice
    model = f"effect of {label}"
    if choice.freq != "month":
        return Refusal(model=model, reason="effects of events are asked of monthly series")
    if choice.source == RECORDS and choice.measure in _ADDITIVE:
        return _without(warehouse, dyad, label)
    if has_own:
        reason = (
            f"the {choice.measure} of {choice.source} cannot be built without the events of the "
            "kind, so that an event would be its own effect"
        )
        return Refusal(model=model, reason=reason)
    return dyad.values


# What of a month's acts a measure is, in SQL.
_ADDITIVE = {
    "net": "coalesce(sum(points), 0)",
    "cooperation": "coalesce(sum(points) filter (points > 0), 0)",
    "conflict": "-coalesce(sum(points) filter (points < 0), 0)",
    "mean_goldstein": "sum(points) / nullif(count(points), 0)",
    "balance": "sum(points) / nullif(sum(abs(points)), 0)",
    "n_events": "count(period_start_of_act)",
    "n_cooperation": "count(*) filter (points > 0)",
    "n_conflict": "count(*) filter (points < 0)",
}
_WEIGHTED = {"net", "cooperation", "conflict"}


def _without(warehouse: Warehouse, dyad: Dyad, label: str) -> pd.Series:
    """Return a dyad's index by complete month without the records of one kind.

    A record counts as mentioned once, so that weights by mentions are one constant.
    """
    choice = dyad.choice
    once = "distinct" if choice.counting == "one_a_day" else ""
    frame = warehouse.frame(
        f"""
        with acts as (
            select {once}
                event.event_date,
                event.actor1_iso3,
                event.cameo_code,
                date_trunc('month', event.event_date)::date as period_start_of_act,
                scale.scale_value::decimal(18, 6) as points,
            from core.record_event as event
            inner join meta.raw_file as raw_file using (raw_file_id)
            cross join meta.study as study
            left join core.scale as scale
                on scale.cameo_code = event.cameo_code and scale.scale = study.scale
            where
                raw_file.label <> ?
                and least(event.actor1_iso3, event.actor2_iso3) = ?
                and greatest(event.actor1_iso3, event.actor2_iso3) = ?
        )

        select month.period_start, ({_ADDITIVE[choice.measure]})::double as {choice.measure}
        from marts.dyad_month as month
        left join acts on acts.period_start_of_act = month.period_start
        where
            month.source = ? and month.counting = ? and month.direction = 'undirected'
            and month.actor1_iso3 = ? and month.actor2_iso3 = ? and month.is_complete
        group by month.period_start
        order by month.period_start
        """,  # noqa: S608  # the measure is one of a list
        [label, *dyad.pair, RECORDS, choice.counting, *dyad.pair],
    )
    found = _by_period(frame, choice)
    weighting = warehouse.rows("select weighting from meta.study")[0][0]
    is_weighted = weighting == "log_mentions" and choice.measure in _WEIGHTED
    return found * math.log(2.0) if is_weighted else found


def _days(warehouse: Warehouse, label: str, pair: Pair | None = None) -> list[Event]:
    """Return the days of one kind: those on a dyad, or of the whole study."""
    on_pair = "" if pair is None else "and (event.actor1_iso3, event.actor2_iso3) = (?, ?)"
    found = warehouse.rows(
        f"""
        select distinct event.event_date
        from marts.dyad_event as event
        inner join meta.raw_file as raw_file using (raw_file_id)
        where event.source = ? and raw_file.label = ? {on_pair}
        order by event.event_date
        """,  # noqa: S608
        [RECORDS, label, *(pair or ())],
    )
    return [Event(when=day, category=label) for (day,) in found]
