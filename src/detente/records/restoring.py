"""What an act counts for that takes back what an earlier act of the same state took.

An easing has more points than the restriction that it eases (CAMEO's 085 has 7.0 where an embargo
has -8.0, but a restriction is often eased step by step), so a dispute that ends where it began
would leave the two states better friends than before. The settings say what is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import floor

from detente.records.record import Record
from detente.settings import TakingBack

# The record, the source state and the target state.
Act = tuple[str, str, str]
Shares = dict[Act, float]

# Points and shares are counted in millionths, so that no sum depends on an order.
_PARTS = 10**6


def shares(
    records: Iterable[Record], points: Mapping[str, float | None], way: TakingBack
) -> Shares:
    """Return the acts that count for less than their points.

    Parameters
    ----------
    points
        Value of each CAMEO code on the scale of the study.
    way
        ``up_to_taken``: steps that take measures back add up to no more than the measures took, per
        ordered pair of states; the earlier steps come first. ``once``: a step counts where it takes
        back something that no earlier step took back. ``every_step``: all count in full.

    Returns
    -------
    dict
        The part of its points that an act counts for, from 0 to below 1, rounded down to a
        millionth, by record, actor and target; acts that count in full are left out.
    """
    in_order = sorted(records, key=lambda one: (one.event_date, one.record_id))
    if way == "once":
        return dict(_once(in_order))
    if way == "up_to_taken":
        return dict(_up_to_taken(in_order, points))
    return {}


def acts(record: Record) -> Iterator[tuple[str, str, str]]:
    """Yield the actor, target and code of each act: once an ordered pair, and of those returned."""
    for actor, target in sorted({(a, b) for a in record.actor1 for b in record.actor2 if a != b}):
        yield actor, target, record.cameo_code
        if record.reverse_cameo_code is not None:
            yield target, actor, record.reverse_cameo_code


def restored(record: Record) -> list[str]:
    """Return the records that a record takes back."""
    return [name for name in record.attributes.get("restores", "").split(";") if name]


def _once(records: Sequence[Record]) -> Iterator[tuple[Act, float]]:
    before: set[str] = set()
    for record in records:
        names = set(restored(record))
        if names and names <= before:
            for actor, target, _ in acts(record):
                yield (record.record_id, actor, target), 0.0
        before |= names


def _up_to_taken(
    records: Sequence[Record], points: Mapping[str, float | None]
) -> Iterator[tuple[Act, float]]:
    left: dict[Act, int] = {}
    for record in records:
        for actor, target, code in acts(record):
            value = round((points.get(code) or 0.0) * _PARTS)
            if value < 0:
                left[record.record_id, actor, target] = -value
    for record in records:
        for actor, target, code in acts(record):
            value = round((points.get(code) or 0.0) * _PARTS)
            taken = [
                (name, actor, target) for name in restored(record) if (name, actor, target) in left
            ]
            # Towards a state from which the measures took nothing a step is an act of its own.
            if value <= 0 or not taken:
                continue
            due = value
            for one in taken:
                given = min(due, left[one])
                left[one] -= given
                due -= given
            if due:
                part = floor(Fraction(value - due, value) * _PARTS)
                yield (record.record_id, actor, target), part / _PARTS
