"""The sentences of the verdict, chosen by rule from `reports/lang`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from detente.report.language import Language
from detente.report.model.balance import Month
from detente.report.model.events import Kind, name_of
from detente.report.model.pair_results import added
from detente.report.model.pairs import Pair
from detente.report.model.unknown import KEYS, Unknown, told_once
from detente.report.model.verdict import Verdict
from detente.sources import written

_UNKNOWN_TOLD = 4
_UNEXPECTED = {("friendly", "worse"), ("hostile", "better")}


def headline(pair: Pair, say: Language) -> str:
    """Return the verdict: the level, and the trend where it is clear, else the history."""
    found = pair.verdict
    if found is None:
        empty = "judge.empty_in_part" if pair.unknown.is_since else "judge.empty"
        return say("judge.ended" if pair.months else empty)
    level = say(f"judge.{_level(pair, found)}")
    if found.level == "quiet":
        return level
    if found.trend in ("better", "worse"):
        way = "but" if (found.level, found.trend) in _UNEXPECTED else "and"
        return say(f"judge.{way}", level=level, trend=say(f"judge.{found.trend}"))
    if found.history == "unknown":
        return level
    return say("judge.plain", level=level, history=_history(found, say))


def _level(pair: Pair, found: Verdict) -> str:
    """Return the level; twelve months of one sign alone are not mixed, whatever the interval."""
    if found.level != "mixed":
        return found.level
    first, last = pair.window
    inside = [one for one in pair.sums if first <= one.month <= last]
    up, down = any(one.up for one in inside), any(one.down for one in inside)
    if up == down:
        return "mixed"
    return "mixed_up" if up else "mixed_down"


def _history(found: Verdict, say: Language) -> str:
    name = found.history
    if name == "worst" and found.is_lowest:
        name = "lowest"  # type: ignore[assignment]
    elif name == "best" and found.is_highest:
        name = "highest"  # type: ignore[assignment]
    return say(f"judge.history_{name}", year=found.first.year)


def lede(pair: Pair, say: Language) -> list[str]:
    """Return the sentences under the verdict: what it rests on, the change, the history."""
    found = pair.verdict
    if found is None:
        key = "judge.short" if pair.months else "judge.nothing"
        key += "_records" if pair.series.is_of_records else ""
        one, two = (say.actor(a.iso3, a.name, "the") for a in (pair.actor1, pair.actor2))
        told = unknown(pair, say)
        said = say(key, source=written(pair.series.source), first=one, second=two)
        return [said, *([told] if told else []), *_elsewhere(pair, say)]
    sentences = _few(found, say)
    if found.last.n_window:
        sentences += [_balance(pair, found, say), *deaths(pair, say)]
    sentences += _change(found, say)
    if found.level != "quiet":
        sentences += [*_held(found, say), *_since(found, say)]
    return sentences


def unknown(pair: Pair, say: Language) -> str:
    """Say which days the source does not know of the pair and why; empty where it knows all."""
    if not pair.unknown.n:
        return ""
    names = {one.iso3: say.actor(one.iso3, one.name, "the") for one in (pair.actor1, pair.actor2)}
    spans: dict[Unknown, list[str]] = {}
    for one in told_once(pair.unknown.longest):
        spans.setdefault(replace(one, iso3=None), []).append(names.get(one.iso3 or "", ""))
    reasons = [
        say(
            f"unknown.{'no_state_before' if is_birth(one) else KEYS[one.reason]}",
            source=written(pair.series.source),
            state=say("unknown.both", first=states[0], second=states[1])
            if len(states) == 2
            else states[0],
            first=say.day(one.first_day),
            last=say.day(one.last_day),
            next=say.day(one.next_day),
        )
        for one, states in spans.items()
    ]
    n_more = pair.unknown.n - len(pair.unknown.longest) + max(len(reasons) - _UNKNOWN_TOLD, 0)
    if n_more:
        more = say("unknown.more_one" if n_more == 1 else "unknown.more_many", n=n_more)
        reasons = [*reasons[:_UNKNOWN_TOLD], more]
    return say("unknown.told", reasons="; ".join(reasons))


def ended(pair: Pair, month: date | None, say: Language) -> str:
    """Return in brackets where the balance of a pair ends; empty if it ends with the others'."""
    last = pair.last_month
    return "" if last in (month, None) else say("judge.ended_in", month=say.month(last))


def is_birth(one: Unknown) -> bool:
    """Say whether these are the days before a state came to be."""
    return KEYS[one.reason] == "no_state" and one.is_from_start


def _elsewhere(pair: Pair, say: Language) -> list[str]:
    """Name the other sources of the study that have events of the pair."""
    if not pair.elsewhere:
        return []
    named = [f"{written(source)} ({say.count(n)})" for source, n in pair.elsewhere]
    return [say("judge.elsewhere", sources=say.listed(named)), say("judge.elsewhere_setting")]


def caution(pair: Pair, say: Language) -> list[str]:
    """Return what to keep in mind: events of a third state where most are, preliminary ones."""
    return [*_of_third_states(pair, say), *_preliminary(pair, say)]


def _preliminary(pair: Pair, say: Language) -> list[str]:
    if not pair.n_preliminary or pair.preliminary_since is None:
        return []
    key = "judge.preliminary_one" if pair.n_preliminary == 1 else "judge.preliminary_many"
    return [say(key, n=say.count(pair.n_preliminary), day=say.day(pair.preliminary_since))]


def _of_third_states(pair: Pair, say: Language) -> list[str]:
    recent = pair.recent
    third = sum(not one.is_bilateral for one in recent)
    if not recent or 2 * third <= len(recent):
        return []
    if third == len(recent):
        key = "judge.third_one" if third == 1 else "judge.third_all"
        return [say(key, n=say.count(third))]
    return [say("judge.third_some", n=say.count(third), all=say.count(len(recent)))]


def _few(found: Verdict, say: Language) -> list[str]:
    if found.level != "quiet":
        return []
    n = found.last.n_window
    key = {0: "judge.few_none", 1: "judge.few_one"}.get(n, "judge.few_many")
    return [say(key, n=n, month=say.month(found.last.month))]


def _balance(pair: Pair, found: Verdict, say: Language) -> str:
    value = found.last.balance or 0.0
    if say.points(value) == "0":
        return say("judge.level", month=say.month(found.last.month))
    way = "up" if value > 0 else "down"
    # Of few events the sentence before has named the span.
    few = "few_" if found.level == "quiet" and found.last.n_window else ""
    per_1k = "per_1k_" if pair.series.per_1k else ""
    return say(
        f"judge.{few}{per_1k}{way}",
        month=say.month(found.last.month),
        points=say.points(abs(value)),
        cause=because(pair, found, say, ("judge.only", "judge.mainly")),
    )


def because(pair: Pair, found: Verdict, say: Language, keys: tuple[str, str]) -> str:
    """Name what makes the balance in a clause: the only kind, or the main one."""
    only, main = keys
    if found.cause is not None and len(pair.kinds) == 1:
        return say(only, kind=name_of(found.cause.kind, say))
    return mainly(found.cause, say, main)


def mainly(cause: Kind | None, say: Language, key: str = "judge.mainly") -> str:
    """Name the main cause in a clause; empty where there is none."""
    if cause is None or say.points(cause.points) == "0":
        return ""
    return say(key, kind=name_of(cause.kind, say), points=say.plus_points(cause.points))


def deaths(pair: Pair, say: Language) -> list[str]:
    """Return how many died in the twelve months of the balance, where the source counts deaths."""
    first, last = pair.window
    inside = [one for one in pair.deaths if first <= one.start <= last]
    if not inside:
        return []
    total = added(inside)
    if total.low is None or total.high is None or total.low == total.high:
        return [say("judge.deaths", n=say.count(total.best))]
    return [
        say(
            "judge.deaths_range",
            n=say.count(total.best),
            low=say.count(total.low),
            high=say.count(total.high),
        )
    ]


def written_change(last: Month, places: int = 0) -> float | None:
    """Return the change within a year as both balances are written, in whole points as a rule.

    A reader who takes one from the other finds the same; the files hold the exact change.
    """
    if last.change is None or last.balance is None:
        return None
    before = round(last.balance - last.change, places)
    return round(round(last.balance, places) - before, places)


def _change(found: Verdict, say: Language) -> list[str]:
    last, change = found.last, written_change(found.last, say.places)
    if change is None or last.change is None or last.balance is None:
        return []
    if found.trend in ("better", "worse"):
        points = say.points(abs(change)) if change else say.signed(abs(last.change))
        cause = mainly(found.cause_of_change, say)
        return [say(f"judge.change_{found.trend}", points=points, cause=cause)]
    if not change:
        return [say("judge.change_same")]
    key = "judge.change_few" if last.change_lo is None else "judge.change_unclear"
    return [say(key, before=say.plus_points(last.balance - last.change))]


def _held(found: Verdict, say: Language) -> list[str]:
    """Return since when the level is what it is; a mixed one says nothing of itself."""
    if found.held_since is None:
        return []
    level = lower_first(say(f"judge.{found.level}"))
    if found.held_since == found.first:
        return [say("judge.held_always", level=level, year=found.first.year)]
    return [say("judge.held", level=level, month=say.month(found.held_since))]


def _since(found: Verdict, say: Language) -> list[str]:
    year = found.first.year
    if found.is_lowest:
        return [say("judge.lowest_ever", year=year)]
    if found.is_highest:
        return [say("judge.highest_ever", year=year)]
    share = found.last.share_lower
    if share is None:
        return []
    if share <= 0.25 and found.lowest_since and found.trend != "better":
        return [say("judge.lowest_since", month=say.month(found.lowest_since))]
    if share >= 0.75 and found.highest_since and found.trend != "worse":
        return [say("judge.highest_since", month=say.month(found.highest_since))]
    if share == 0.0:  # as low as an earlier span, or it would be the lowest
        return [say("judge.share_none", year=year)]
    if found.held_since:  # which says more; the number beside it has the share
        return []
    key = "judge.share_low" if share <= 0.25 else "judge.share"
    return [say(key, percent=say.percent(share), year=year)]


def extremes(months: tuple[Month, ...]) -> tuple[Month, Month]:
    """Return the lowest and the highest window, the first of equals."""
    windows = [one for one in months if one.balance is not None]
    return (
        min(windows, key=lambda one: (one.balance, one.month)),
        max(windows, key=lambda one: (one.balance, -one.month.toordinal())),
    )


def lower_first(words: str) -> str:
    """Return a text whose first letter is small."""
    return words[:1].lower() + words[1:]


def upper_first(words: str) -> str:
    """Return a text whose first letter is a capital."""
    return words[:1].upper() + words[1:]
