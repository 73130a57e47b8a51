"""How sure the numbers of a pair are: sources that agree, how many events, a shift, one side."""

from __future__ import annotations

from dataclasses import dataclass

from detente.report.language import Language, with_minus
from detente.report.model.pair_results import Break
from detente.report.model.pairs import Pair
from detente.report.pages.figures import source
from detente.sources import written

_AGREES, _AGREES_IN_PART = 0.6, 0.3
_COUNTED = 20  # events; of fewer a per cent would claim what so few cannot tell


@dataclass(frozen=True)
class Chip:
    """One reason to trust the numbers, or not to."""

    head: str
    text: str


def chips(pair: Pair, say: Language) -> list[Chip]:
    """Return the reasons to trust the numbers of a pair, or not to."""
    parts = [_sources(pair, say), _counts(pair, say), _shift(pair, say), _sided(pair, say)]
    return [one for one in parts if one is not None]


def _sources(pair: Pair, say: Language) -> Chip:
    known = [one for one in pair.agreement if one.correlation is not None]
    if not known:
        return Chip(
            say("pair.sure_sources_one"),
            say("pair.sure_sources_one_text", source=source(pair, say).partition(": ")[2]),
        )
    best = max(known, key=lambda one: one.n)
    value = best.correlation or 0.0
    key = "differ" if value < _AGREES_IN_PART else "partly" if value < _AGREES else "agree"
    return Chip(
        say(f"pair.sure_sources_{key}"),
        say(
            "pair.sure_sources_text",
            correlation=with_minus(f"{value:.2f}"),
            source=written(best.source),
            n=say.count(best.n),
        ),
    )


def _counts(pair: Pair, say: Language) -> Chip:
    complete = [one for one in pair.months if one.is_complete]
    n_recent = pair.verdict.last.n_window if pair.verdict else 0
    return Chip(
        say("pair.sure_events", n=say.events(pair.n_events), year=pair.months[0].month.year),
        say(
            "pair.sure_events_text",
            months=say.count(sum(one.n_events > 0 for one in complete)),
            all=say.count(len(complete)),
            recent=say.events(n_recent),
        ),
    )


def _shift(pair: Pair, say: Language) -> Chip | None:
    if not pair.breaks and pair.changes:
        moved = pair.changes[-1]
        per = "per_1k_" if pair.series.is_level_per_1k else ""
        return Chip(
            say("pair.sure_undated" if pair.is_step else "pair.sure_drift"),
            say(
                f"pair.sure_drift_{per}{'up' if moved.after > moved.before else 'down'}",
                first=say.short_month(moved.first),
                last=say.short_month(moved.last),
                before=say.points(moved.before),
                after=say.points(moved.after),
            ),
        )
    if not pair.breaks and pair.is_tested is None:
        return None
    if not pair.breaks and not pair.is_tested:
        return Chip(say("pair.sure_break_untested"), say("pair.sure_break_untested_text"))
    if not pair.breaks:
        key = "deaths_" if pair.series.measure == "n_deaths" else ""
        return Chip(say("pair.sure_break_none"), say(f"pair.sure_break_{key}none_text"))
    last = pair.breaks[-1]
    way = "up" if last.mean_after > last.mean_before else "down"
    unit = "deaths_" if pair.series.measure == "n_deaths" else ""
    parts = say(
        f"pair.sure_break_{unit}{way}",
        before=say.points(last.mean_before),
        after=say.points(last.mean_after),
        lower=say.short_month(last.lower or last.day),
        upper=say.short_month(last.upper or last.day),
    )
    # A shift that most checks do not find again is none to be sure of.
    head = "pair.sure_break_fragile" if 2 * last.n_lost > last.n_checks else "pair.sure_break"
    return Chip(say(head, month=say.month(last.day)), f"{parts} {_checks(last, say)}")


def _checks(one: Break, say: Language) -> str:
    if not one.n_checks:
        return ""
    if not one.n_lost:
        return say("pair.sure_break_robust", n=one.n_checks)
    if one.n_lost == one.n_checks:
        return say("pair.sure_break_lost_all", n=one.n_checks)
    if say.code != "en":  # the database names its checks in English
        return say("pair.sure_break_lost_some", lost=one.n_lost, n=one.n_checks)
    return say("pair.sure_break_lost", lost=one.n_lost, n=one.n_checks, example=one.lost)


def _sided(pair: Pair, say: Language) -> Chip:
    if pair.series.names_sides_alone:
        return Chip(say("pair.sure_sides"), say("pair.sure_sides_text"))
    n = sum(one.n for one in pair.sums)
    k = sum(one.n for one in pair.sums if one.who != "12")
    if k in (0, n):
        key = "sided_all" if k else "sided_none"
    else:
        key = "sided_few" if n < _COUNTED else "sided"
    given = {"k": k, "n": n, "percent": say.percent(k / n if n else 0.0)}
    return Chip(say(f"pair.sure_{key}", **given), say(f"pair.sure_{key}_text", **given))
