"""The kinds of records, their days, and the series that their effect is asked of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from detente.analysis.rows import Pair
from detente.analysis.series import Dyad, by_period
from detente.database.builder import Warehouse, literal
from detente.settings import RECORDS, NotableEvents
from detente.statistics.effects.events import Event
from detente.statistics.results import Refusal

# Share of the events' records that may act on a placebo dyad too.
MAX_SHARED = 0.1


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The records of one file and what their effect is asked of.

    Attributes
    ----------
    label
        Of the file.
    pair
        The dyad that the effect is asked of.
    events
        Its days on the dyad, or in the whole study where none is on the dyad.
    notable
        Those of the events that the settings ask about one by one, with titles, by day.
    outcome
        The dyad's series built without the kind's records, or why it cannot be built.
    placebos
        Outcomes of dyads that the events should not reach, by name.
    late
        Which of the kind's records the file keeps only from some day on, in words.
    """

    label: str
    pair: Pair
    events: tuple[Event, ...]
    notable: tuple[Event, ...]
    outcome: pd.Series | Refusal
    placebos: dict[str, pd.Series] = field(default_factory=dict)
    late: tuple[str, ...] = ()


def labels(warehouse: Warehouse) -> list[str]:
    """Return the kinds of records, one a file."""
    query = "select distinct label from meta.raw_file where source = ? order by label"
    return [label for (label,) in warehouse.rows(query, [RECORDS])]


def kinds(
    warehouse: Warehouse, dyads: Sequence[Dyad], label: str, asked: Sequence[NotableEvents]
) -> list[Kind]:
    """Read what is asked of one kind of records and each dyad.

    A placebo dyad shares no state with the dyad asked about and next to no record of the kind with
    the events, so that they should not move it. A few shared ones make the test more careful, not
    less: they move the placebo as well.
    """
    acts = _acts(warehouse, label, asked)
    own = {one.pair: acts[acts["pair"] == one.pair] for one in dyads}
    outcomes = {
        one.pair: _outcome(warehouse, one, label, has_own=not own[one.pair].empty) for one in dyads
    }
    found = []
    for one in dyads:
        mine = acts if own[one.pair].empty else own[one.pair]
        records = set(mine["occurrence_id"])
        placebos = {
            "-".join(other): outcome
            for other, outcome in outcomes.items()
            if isinstance(outcome, pd.Series)
            and not set(other) & set(one.pair)
            and len(records & set(own[other]["occurrence_id"])) <= MAX_SHARED * len(records)
        }
        found.append(
            Kind(
                label=label,
                pair=one.pair,
                events=tuple(
                    Event(when=day, category=label) for day in sorted(set(mine["event_date"]))
                ),
                notable=_notable(mine, label),
                outcome=outcomes[one.pair],
                placebos=placebos,
            )
        )
    return found


def _notable(acts: pd.DataFrame, label: str) -> tuple[Event, ...]:
    of_note = acts[acts["is_notable"]]
    named = sorted(set(zip(of_note["event_date"], of_note["title"], strict=True)))
    return tuple(Event(when=day, category=label, title=title) for day, title in named)


def _acts(warehouse: Warehouse, label: str, asked: Sequence[NotableEvents]) -> pd.DataFrame:
    """Return the occurrences of one kind: dyad, record, day, title, whether it is of note."""
    conditions, parameters = ["false"], list[str]()
    for one in asked:
        parts = ["record.category = ?"] + ["record.attributes[?] = ?"] * len(one.attributes)
        conditions.append(f"({' and '.join(parts)})")
        parameters += [one.category, *(text for item in one.attributes.items() for text in item)]
    rows = warehouse.rows(
        f"""
        select
            event.actor1_iso3,
            event.actor2_iso3,
            event.occurrence_id,
            event.event_date,
            event.title,
            coalesce({" or ".join(conditions)}, false) as is_notable,
        from marts.dyad_event as event
        inner join core.record as record on record.record_id = event.occurrence_id
        inner join meta.raw_file as raw_file on raw_file.raw_file_id = event.raw_file_id
        where event.source = ? and raw_file.label = ?
        order by event.event_date, event.occurrence_id, event.actor1_iso3, event.actor2_iso3
        """,  # noqa: S608  # the conditions hold marks alone
        [*parameters, RECORDS, label],
    )
    return pd.DataFrame(
        [((first, second), *rest) for first, second, *rest in rows],
        columns=["pair", "occurrence_id", "event_date", "title", "is_notable"],
    ).astype({"is_notable": bool})


def _outcome(warehouse: Warehouse, dyad: Dyad, label: str, *, has_own: bool) -> pd.Series | Refusal:
    """Return the series that the kind's own records are not part of, or say why there is none."""
    choice = dyad.choice
    model = f"effect of {label}"
    if choice.freq != "month":
        return Refusal(model=model, reason="effects of events are asked of monthly series")
    if choice.source == RECORDS and choice.measure in ADDITIVE:
        return without(warehouse, dyad, label)
    if has_own:
        reason = (
            f"the {choice.measure} of {choice.source} cannot be built without the events of the "
            "kind, so that an event would be its own effect"
        )
        return Refusal(model=model, reason=reason)
    return dyad.values


# Measures of hand-kept records that can be built without some of the records.
ADDITIVE = (
    "net", "cooperation", "conflict", "mean_goldstein", "relative_net", "n_events",
    "n_cooperation", "n_conflict",
)  # fmt: skip


def without(warehouse: Warehouse, dyad: Dyad, label: str) -> pd.Series:
    """Return a dyad's index by complete month without the records of one kind."""
    choice = dyad.choice
    warehouse.execute(
        "create or replace temp table kept_act as select event.* from core.event as event "
        "inner join meta.raw_file as raw_file using (raw_file_id) "
        "where event.source = ? and raw_file.label <> ?",
        [RECORDS, label],
    )
    sums = (
        "from marts.day_sums((select scale from meta.study), (select officials from meta.study), "  # noqa: S608
        f"(select weighting from meta.study), {literal(dyad.pair[0])}, {literal(dyad.pair[1])}, "
        "of_acts := 'from kept_act')"
    )
    frame = warehouse.frame(
        f"""
        select period_start, {choice.measure}
        from marts.period_indices(
            {literal(sums)}, 'month', {literal(RECORDS)}, {literal(dyad.pair[0])},
            {literal(dyad.pair[1])}
        )
        where counting = ? and direction = 'undirected' and is_complete
        order by period_start
        """,  # noqa: S608  # codes of the study, and a measure of a list
        [choice.counting],
    )
    return by_period(frame, choice)


def month_of(event: Event) -> pd.Period:
    """Return the month of an event."""
    return event.when if isinstance(event.when, pd.Period) else pd.Period(event.when, freq="M")
