"""The verdict on a pair: rules over numbers, and no free text.

Every function here is pure. The words stand in `reports/lang` under `verdict`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from detente.report.model.balance import FEWEST, Month
from detente.report.model.events import Kind

Level = Literal["friendly", "hostile", "mixed", "quiet"]
Trend = Literal["better", "worse", "unclear", "unknown"]
History = Literal["worst", "worse", "usual", "better", "best", "unknown"]

# Share of a total, and of all that pulls its way, from which one kind is its main cause.
MAINLY = 0.4
FAR_BACK = 12  # months; "lowest since" is news only past this
_FEWEST_WINDOWS = 24  # among which a rank is worth giving


@dataclass(frozen=True)
class Verdict:
    """What a pair's numbers say.

    Attributes
    ----------
    last
        The last complete month with its balance.
    level, trend, history
        By the rules of the verdict.
    lowest_since, highest_since
        The last earlier window that was as low (as high), where that is more than a year back.
    is_lowest, is_highest
        Whether no earlier window was as low (as high).
    held_since
        The first of the windows without a break, to the last, that are friendly (hostile) as the
        last is; None where it is neither.
    first
        The first window.
    n_years
        Years of the record, which do not overlap.
    cause
        The kind that makes most of the balance.
    cause_of_change
        The kind that makes most of the change, if the trend is clear.
    """

    last: Month
    level: Level
    trend: Trend
    history: History
    first: date
    n_years: int
    lowest_since: date | None = None
    highest_since: date | None = None
    is_lowest: bool = False
    is_highest: bool = False
    held_since: date | None = None
    cause: Kind | None = None
    cause_of_change: Kind | None = None


def level(last: Month) -> Level:
    """Return the level by the 95% interval of the balance."""
    if last.n_window < FEWEST or last.lo is None or last.hi is None:
        return "quiet"
    if last.lo > 0:
        return "friendly"
    return "hostile" if last.hi < 0 else "mixed"


def trend(last: Month) -> Trend:
    """Return the trend by the 95% interval of the difference to the year before."""
    if last.change is None:
        return "unknown"
    if last.change_lo is not None and last.change_lo > 0:
        return "better"
    return "worse" if last.change_hi is not None and last.change_hi < 0 else "unclear"


def history(last: Month) -> History:
    """Return where the balance stands among the earlier windows."""
    share = last.share_lower
    if share is None:
        return "unknown"
    if share <= 0.05:
        return "worst"
    if share <= 0.25:
        return "worse"
    if share < 0.75:
        return "usual"
    return "better" if share < 0.95 else "best"


def cause(kinds: Sequence[Kind], total: float) -> Kind | None:
    """Return the kind with the sign of the total that makes at least 40% of it.

    Of a small total of large opposite sums every kind makes as much: it is to make 40% of all
    that has its sign, too.
    """
    same = [one for one in kinds if one.points * total > 0]
    largest = max((one for one in same if one.kind), key=lambda one: abs(one.points), default=None)
    if largest is None:
        return None
    least = MAINLY * max(abs(total), sum(abs(one.points) for one in same))
    return largest if abs(largest.points) >= least else None


def verdict(
    months: Sequence[Month], kinds: Sequence[Kind], kinds_before: Sequence[Kind]
) -> Verdict | None:
    """Return the verdict on a pair; None where no twelve months are complete.

    Parameters
    ----------
    months
        Of the pair, oldest first.
    kinds, kinds_before
        What the last twelve complete months, and the twelve before, add up to by kind.
    """
    windows = [one for one in months if one.balance is not None]
    if not windows:
        return None
    last = windows[-1]
    if len(windows) <= _FEWEST_WINDOWS:  # overlapping windows of two years have no history
        last = replace(last, share_lower=None)
    direction = trend(last)
    low, high = _since(windows, -1), _since(windows, 1)
    is_clear = direction in ("better", "worse")
    changed = _changes(kinds, kinds_before)
    return Verdict(
        last=last,
        level=level(last),
        trend=direction,
        history=history(last),
        first=windows[0].month,
        n_years=len(windows) // 12,
        lowest_since=low if low and _is_news(low, last) else None,
        highest_since=high if high and _is_news(high, last) else None,
        is_lowest=low is None and len(windows) > _FEWEST_WINDOWS,
        is_highest=high is None and len(windows) > _FEWEST_WINDOWS,
        held_since=_held_since(windows) if level(last) in ("friendly", "hostile") else None,
        cause=cause(kinds, last.balance or 0.0),
        cause_of_change=cause(changed, last.change or 0.0) if is_clear else None,
    )


def _changes(kinds: Sequence[Kind], before: Sequence[Kind]) -> list[Kind]:
    then = {one.kind: one.points for one in before}
    now = {one.kind: one for one in kinds}
    return [
        Kind(
            kind,
            (now[kind].points if kind in now else 0.0) - then.get(kind, 0.0),
            now[kind].n if kind in now else 0,
        )
        for kind in sorted({*now, *then})
    ]


def _since(windows: Sequence[Month], sign: int) -> date | None:
    """Return the last earlier window at least as far out on one side; None if none was."""
    now = (windows[-1].balance or 0.0) * sign
    return next(
        (one.month for one in reversed(windows[:-1]) if (one.balance or 0.0) * sign >= now), None
    )


def _held_since(windows: Sequence[Month]) -> date:
    """Return the first window of the unbroken run to the last that has the level of the last."""
    first = windows[-1]
    for one in reversed(windows[:-1]):
        if level(one) != level(first) or _months_between(one.month, first.month) > 1:
            break
        first = one
    return first.month


def _is_news(since: date, last: Month) -> bool:
    return _months_between(since, last.month) > FAR_BACK


def _months_between(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month
