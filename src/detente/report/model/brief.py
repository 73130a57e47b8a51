"""The first screen of a dyad: five questions, answered by sentences that say what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from detente.report.language import Language
from detente.report.model.content import (
    Break,
    Forecast,
    ForecastMonth,
    ForecastScore,
    Occurrence,
    Part,
    Period,
    Regime,
)
from detente.report.model.periods import complete, place

_NAMED = 3  # kinds of record that a sentence names
# Share of the heaviest record's points from which another of its kind is as good an example: the
# values of near codes differ by tenths, and do not order what happened.
_AS_HEAVY = 0.9
_FAR_BACK_MONTHS = 12  # "best since" is news only past this
_WIDE_YEARS = 4  # an interval of a date that is called wide
_LONGEST_TITLE = 160
_TOO_NARROW = 0.7  # coverage of an 80% interval below which it is called too narrow
# Correlations of monthly net scores that count as agreement, and as agreement in part.
_AGREES, _AGREES_IN_PART = 0.6, 0.3
# Points a month from which levels that a page gives count as different: less than one small act.
_APART = 2.0


@dataclass(frozen=True)
class Known:
    """What the first screen is written from.

    Attributes
    ----------
    months
        All periods of the dyad, the incomplete ones at the end included.
    was_sought, break_refusal
        Whether breaks were sought, and why they could not be.
    agreement
        Other sources of the dyad: `other`, `correlation`, `n_periods`.
    n_refused
        Tests that the series could not bear.
    significance
        Level at which the study's tests reject.
    last_year
        The 95 % interval of the net score of the last twelve complete months.
    year_before
        That of the twelve before these.
    stands_at
        The day that the database stands at.
    """

    months: Sequence[Period]
    occurrences: Sequence[Occurrence]
    breaks: Sequence[Break]
    was_sought: bool
    break_refusal: str | None
    regimes: Sequence[Regime]
    forecast: Forecast
    agreement: Sequence[dict[str, Any]]
    n_refused: int
    significance: float
    last_year: tuple[float, float] | None
    year_before: tuple[float, float] | None
    stands_at: date


def brief(known: Known, say: Language) -> tuple[Part, ...]:
    """Return the five parts: now, changed, why, next, how sure."""
    full = complete(known.months)
    if not any(month.n_events for month in full):
        return (Part(say("part.now"), (say("now.nothing"),)),)
    return (
        Part(say("part.now"), tuple(_now(known, full, say))),
        Part(say("part.changed"), tuple(_changed(known, say))),
        Part(say("part.why"), tuple(_why(known, full, say))),
        Part(say("part.next"), tuple(_next(known, say))),
        Part(say("part.sure"), tuple(_sure(known, full, say))),
    )


# -- now -----------------------------------------------------------------------------------------


def _now(known: Known, full: Sequence[Period], say: Language) -> list[str]:
    sentences = [_year(full, known, say), *_score(full, say), *_since(full, say)]
    later = sum(month.n_events for month in known.months if month.start > full[-1].start)
    if later:
        sentences.append(say("now.later", month=say.month(full[-1].start), acts=say.acts(later)))
    return sentences


def _score(full: Sequence[Period], say: Language) -> list[str]:
    last = full[-1]
    if last.score is None:
        return []
    stands = place(full)
    told = ""
    if stands is not None:
        key = "now.place_high" if stands.is_high else "now.place_low"
        told = say(key, percent=stands.percent, n=stands.n)
    year_ago = full[-13].score if len(full) > 12 else None  # a year of months
    key = "now.score_alone"
    if year_ago is not None:
        shown, shown_before = say.signed(last.score), say.signed(year_ago)
        if shown == shown_before:
            key = "now.score_flat"
        else:
            key = "now.score_up" if last.score > year_ago else "now.score_down"
    return [
        say(
            key,
            month=say.month(last.start),
            score=say.signed(last.score),
            before="" if year_ago is None else say.signed(year_ago),
            place=told,
        )
    ]


def _year(full: Sequence[Period], known: Known, say: Language) -> str:
    # First of all: it is not bounded as the score is, and has an interval.
    recent, before = full[-12:], full[-24:-12]
    now, then = sum(month.net for month in recent), sum(month.net for month in before)
    change = "now.up_from" if now > then else "now.down_from" if now < then else "now.as_in"
    return say(
        "now.year",
        interval=_interval(known.last_year, say),
        interval_before=_interval(known.year_before, say),
        month=say.month(recent[-1].start),
        now=say.signed(now),
        acts=say.acts(sum(month.n_events for month in recent)),
        change=say(change),
        then=say.signed(then),
    )


def _interval(bounds: tuple[float, float] | None, say: Language) -> str:
    if bounds is None:
        return say("now.year_no_interval")
    lower, upper = map(say.signed, bounds)
    return say("now.year_interval", lower=lower, upper=upper)


def _since(full: Sequence[Period], say: Language) -> list[str]:
    """Say what the last year's best and lowest months are the best and lowest since."""
    recent = [month for month in full[-12:] if month.n_events]
    if not recent:
        return []
    sentences = []
    best = max(recent, key=lambda month: month.net)
    if best.net > 0:
        sentences += _one_since("best", best, best.as_good_before, say)
    worst = min(recent, key=lambda month: month.net)
    if worst.net < 0:
        sentences += _one_since("worst", worst, worst.as_bad_before, say)
    return sentences


def _one_since(which: str, month: Period, since: date | None, say: Language) -> list[str]:
    values = {"month": say.month(month.start), "net": say.signed(month.net)}
    ever = {"best": "now.best_ever", "worst": "now.worst_ever"}
    back = {"best": "now.best_since", "worst": "now.worst_since"}
    if since is None:
        return [say(ever[which], **values)]
    if _months_between(since, month.start) <= _FAR_BACK_MONTHS:
        return []
    return [say(back[which], **values, since=say.month(since))]


def _months_between(first: date, last: date) -> int:
    return 12 * (last.year - first.year) + last.month - first.month


# -- changed -------------------------------------------------------------------------------------


def _changed(known: Known, say: Language) -> list[str]:
    sentences = [_break(one, say) for one in known.breaks]
    if not sentences:
        if known.break_refusal is not None:
            sentences.append(say("changed.refused", reason=known.break_refusal))
        else:
            sentences.append(say("changed.none" if known.was_sought else "changed.missing"))
    if known.regimes:
        last = known.regimes[-1]
        sentences.append(
            say(
                "changed.regimes",
                n=len({one.mean for one in known.regimes}),
                mean=say.signed(last.mean),
                probability=f"{last.probability:.2f}",
            )
        )
    return sentences


def _break(one: Break, say: Language) -> str:
    if one.lower is None or one.upper is None:
        interval = say("changed.no_interval")
    else:
        interval = say("changed.interval", lower=say.month(one.lower), upper=say.month(one.upper))
        years = _months_between(one.lower, one.upper) / 12
        if years >= _WIDE_YEARS:
            interval += say("changed.wide", years=f"{years:.0f}")
    told = say(
        "changed.rose" if one.mean_after > one.mean_before else "changed.fell",
        day=say.month(one.day),
        before=say.signed(one.mean_before),
        after=say.signed(one.mean_after),
        interval=interval,
    )
    return told + one.caveat


# -- why -----------------------------------------------------------------------------------------


def _why(known: Known, full: Sequence[Period], say: Language) -> list[str]:
    first = full[-12:][0].start
    recent = [
        one
        for one in known.occurrences
        if one.day >= first and _months_between(one.day, full[-1].start) >= 0
    ]
    sentences = [say("why.year", kinds=_kinds(recent, say))] if any(map(_net, recent)) else []
    if not sentences:
        sentences.append(say("why.none"))
    if known.breaks:
        last = known.breaks[-1]
        sign = 1 if last.mean_after > last.mean_before else -1
        moved = [
            one
            for one in known.occurrences
            if one.net * sign > 0 and last.day < one.day and (one.day - last.day).days <= 365
        ]
        if moved:
            day = say.month(last.day)
            key = "why.break_up" if sign > 0 else "why.break_down"
            sentences.append(say(key, kinds=_kinds(moved, say), day=day))
    return sentences


def _kinds(among: Sequence[Occurrence], say: Language) -> str:
    """Sum records by kind; name the kinds of most weight with an example each, then the rest."""
    ordered = sorted(among, key=lambda one: one.category)
    kinds = [(kind, list(ones)) for kind, ones in groupby(ordered, lambda one: one.category)]
    kinds.sort(key=lambda pair: (-abs(sum(map(_net, pair[1]))), pair[0]))
    # A kind whose records cancel each other out has moved nothing.
    named = [pair for pair in kinds[:_NAMED] if say.plus(sum(map(_net, pair[1]))) != "0"]
    told = []
    for kind, ones in named:
        example = _example(ones, among)
        told.append(
            say(
                "why.kind_one" if len(ones) == 1 else "why.kind_many",
                kind=kind.replace("_", " "),
                points=say.plus(sum(map(_net, ones))),
                n=say.count(len(ones)),
                day=say.day(example.day),
                title=_short(example.title),
            )
        )
    rest = [one for _, ones in kinds[len(named) :] for one in ones]
    if rest:
        key = "why.rest_one" if len(rest) == 1 else "why.rest_many"
        told.append(say(key, n=say.count(len(rest)), points=say.plus(sum(map(_net, rest)))))
    return say("why.list_semicolon").join(told)


def _example(kind: Sequence[Occurrence], among: Sequence[Occurrence]) -> Occurrence:
    """Return a record of a kind that stands for it.

    It is one of the heaviest of those that pull the way the kind's sum does, and of these one of
    the month in which all records together moved most that way.
    """
    way = 1 if sum(map(_net, kind)) > 0 else -1
    heaviest = max(one.net * way for one in kind)
    months: dict[tuple[int, int], float] = {}
    for one in among:
        month = (one.day.year, one.day.month)
        months[month] = months.get(month, 0.0) + one.net * way
    return min(
        (one for one in kind if one.net * way >= _AS_HEAVY * heaviest),
        key=lambda one: (
            -months[one.day.year, one.day.month],
            -one.net * way,
            one.day,
            one.occurrence_id,
        ),
    )


def _net(one: Occurrence) -> float:
    return one.net


def _short(title: str) -> str:
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


# -- next ----------------------------------------------------------------------------------------


def _next(known: Known, say: Language) -> list[str]:
    forecast = known.forecast
    if not forecast.months:
        if forecast.refusal is not None:
            return [say("next.refused", reason=forecast.refusal)]
        return [say("next.none")]
    return [
        *_past(forecast.months, known.stands_at, say),
        _fan(forecast.model, forecast.months, say),
        *_record(forecast, known.significance, say),
    ]


def _past(months: Sequence[ForecastMonth], stands_at: date, say: Language) -> list[str]:
    """Say which of the months forecast are over."""
    past = [one.month for one in months if one.is_past]
    if not past:
        return []
    key = "next.past_one" if len(past) == 1 else "next.past_some"
    if len(past) == len(months) > 1:
        key = "next.past_all"
    first, last = say.month(past[0]), say.month(past[-1])
    return [say(key, first=first, last=last, day=say.day(stands_at))]


def _fan(model: str, months: Sequence[ForecastMonth], say: Language) -> str:
    first, last = months[0], months[-1]
    return say(
        "next.median",
        month=say.month(first.month),
        median=say.signed(first.median),
        mean=say.signed(first.mean),
        lower=say.signed(first.lo_80),
        upper=say.signed(first.hi_80),
        last_month=say.month(last.month),
        last_median=say.signed(last.median),
        last_mean=say.signed(last.mean),
        last_lower=say.signed(last.lo_80),
        last_upper=say.signed(last.hi_80),
        model=model,
    )


def _record(forecast: Forecast, significance: float, say: Language) -> list[str]:
    scored = forecast.chosen
    if scored is None or scored.skill is None or not scored.n_forecasts:
        return [say("next.unscored")]
    sentences = [_against(scored, significance, say)]
    if scored.coverage_80 is not None:
        key = "next.narrow" if scored.coverage_80 < _TOO_NARROW else "next.coverage"
        sentences.append(say(key, coverage=f"{100 * scored.coverage_80:.0f}"))
    return sentences


def _against(scored: ForecastScore, significance: float, say: Language) -> str:
    skill = 0.0 if scored.skill is None else scored.skill
    p = scored.p_adjusted
    if scored.model == scored.baseline:
        return say("next.baseline")
    key = "next.better_unsettled"
    if skill <= 0:
        key = "next.worse"
    elif p is not None and p < significance:
        key = "next.better"
    return say(
        key,
        n=say.count(scored.n_forecasts or 0),
        baseline=scored.baseline or "",
        skill=f"{100 * skill:.0f}".replace("-", "−"),
        p="–" if p is None else f"{p:.3f}",
    )


# -- how sure ------------------------------------------------------------------------------------


def _sure(known: Known, full: Sequence[Period], say: Language) -> list[str]:
    sentences = [
        say(
            "sure.events",
            acts=say.acts(sum(month.n_events for month in full)),
            months=say.n_months(len(full)),
            with_interval=say.count(sum(month.net_lo is not None for month in full)),
        )
    ]
    sentences += [_agrees(row, say) for row in known.agreement] or [say("sure.one_source")]
    sentences += _levels(known, full, say)
    if known.n_refused:
        key = "sure.refusals_one" if known.n_refused == 1 else "sure.refusals_many"
        sentences.append(say(key, n=known.n_refused))
    return sentences


def _levels(known: Known, full: Sequence[Period], say: Language) -> list[str]:
    """Say that the levels of the answers above differ, why, and which to use; or nothing."""
    if not known.forecast.months or not (known.breaks or known.regimes):
        return []
    ahead = known.forecast.months[0]
    recent = full[-12:]
    year = sum(month.net for month in recent) / len(recent)
    means, told, meaning = [], [], ""
    if known.breaks:
        last = known.breaks[-1]
        means.append(last.mean_after)
        told.append(
            say("sure.level_break", mean=say.signed(last.mean_after), day=say.month(last.day))
        )
        meaning += say("sure.meaning_break")
    if known.regimes:
        means.append(known.regimes[-1].mean)
        told.append(say("sure.level_regime", mean=say.signed(known.regimes[-1].mean)))
        meaning += say("sure.meaning_regime")
    means += [year, ahead.mean]
    if max(means) - min(means) < _APART:
        return []
    told.append(say("sure.level_year", mean=say.signed(year)))
    forecast = {"mean": say.signed(ahead.mean), "median": say.signed(ahead.median)}
    told.append(say("sure.level_forecast", **forecast))
    return [say("sure.levels", levels=say.listed(told), meaning=meaning + say("sure.meaning"))]


def _agrees(row: dict[str, Any], say: Language) -> str:
    values = {"other": row["other"], "months": say.n_months(row["n_periods"])}
    r = row["correlation"]
    if r is None:
        return say("sure.flat", **values)
    key = "sure.disagree"
    if r >= _AGREES:
        key = "sure.agree"
    elif r >= _AGREES_IN_PART:
        key = "sure.partly"
    return say(key, **values, r=f"{r:.2f}".replace("-", "−"))
