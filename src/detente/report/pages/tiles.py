"""The numbers under the verdict of a pair, and what to expect of the next months."""

from __future__ import annotations

from dataclasses import dataclass, replace

from detente.report.charts import panels
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.model.pair_results import Outlook
from detente.report.model.pairs import Pair, months_before
from detente.report.model.verdict import Verdict
from detente.report.pages import verdict_sentences

_TOO_NARROW = 0.7
_ODDS = (("conflict", "cf"), ("nothing", "n"), ("cooperation", "co"))


@dataclass(frozen=True)
class Odd:
    """A part of the odds: its name, colour, share in whole per cent, and the share in words.

    A part without a share is not drawn and not named: its name would stand under another one.
    """

    name: str
    colour: str
    share: int
    words: str


@dataclass(frozen=True)
class Tile:
    """One of the numbers under the verdict."""

    title: str
    value: str = ""
    tone: str = ""
    lines: tuple[str, ...] = ()
    drawing: Drawing | None = None
    ends: tuple[str, ...] = ()
    odds: tuple[Odd, ...] = ()


def tiles(pair: Pair, say: Language) -> list[Tile]:
    """Return the balance now, a year ago, its rank, and what a typical month holds."""
    verdict = pair.verdict
    if verdict is None:
        return []
    last = verdict.last
    tones = {"friendly": "cot", "hostile": "cft"}
    if last.lo is None or last.hi is None:
        interval = say("pair.no_interval")
    else:
        interval = say("pair.interval", lower=say.points(last.lo), upper=say.points(last.hi))
    found = [
        Tile(
            say("pair.now"),
            say.plus_points(last.balance or 0.0),
            tones.get(verdict.level, ""),
            (interval, say.events(last.n_window), *_alone(pair, say)),
        ),
        _year_ago(pair, say),
        _rank(pair, say),
    ]
    if pair.outlook:
        one = pair.outlook
        first = pair.months[0].month.year
        found.append(
            Tile(
                say("pair.typical_next", month=say.month(one.month))
                if one.month
                else say("pair.typical"),
                lines=(
                    say("pair.typical_forecast")
                    if one.is_forecast
                    else say("pair.typical_past", year=first),
                ),
                odds=odds(one),
                ends=tuple(say(part.name) for part in odds(one) if part.share),
            )
        )
    return found


def _alone(pair: Pair, say: Language) -> tuple[str, ...]:
    """Return the balance without events that name a third state, where there are any."""
    last = pair.verdict.last if pair.verdict else None
    if last is None or last.bilateral is None or all(one.is_bilateral for one in pair.recent):
        return ()
    return (say("pair.alone", value=say.plus_points(last.bilateral)),)


def odds(one: Outlook) -> tuple[Odd, ...]:
    """Return the odds of conflict, neither and cooperation in per cent, which sum to 100."""
    shares = panels.to_hundred((one.conflict, one.nothing, one.cooperation))
    return tuple(
        Odd(f"pair.{name}", colour, share, panels.share_words(share, one.is_forecast))
        for (name, colour), share in zip(_ODDS, shares, strict=True)
    )


def _year_ago(pair: Pair, say: Language) -> Tile:
    found = pair.verdict
    if found is None or found.last.change is None or found.last.balance is None:
        return Tile(say("pair.year_ago"), lines=(say("pair.no_year_ago"),))
    change = verdict_sentences.written_change(found.last, say.places) or 0.0
    arrow = "▲ " if change > 0 else "▼ " if change < 0 else ""
    if found.last.change_lo is None:
        key = "pair.change_few"
    else:
        key = "pair.change_clear" if found.trend in ("better", "worse") else "pair.change_unclear"
    if not change:
        lines: tuple[str, ...] = (say("pair.change_none"),)
    else:
        lines = (say("pair.change_since", change=f"{arrow}{say.plus_points(change)}"), say(key))
    return Tile(
        say("pair.year_ago"),
        say.plus_points(found.last.balance - found.last.change),
        "was",
        lines,
    )


def _rank(pair: Pair, say: Language) -> Tile:
    found = pair.verdict
    low, high = verdict_sentences.extremes(pair.months)
    if found is None or found.last.share_lower is None:
        return Tile(say("pair.own_history"), lines=(say("pair.short_history"),))
    share = found.last.share_lower
    line = say(f"pair.windows_{_place(found)}", percent=say.percent(share), n=found.n_years)
    ranked = found.level != "quiet"  # a balance of too few events has no place
    return Tile(
        say("pair.own_history"),
        lines=(line,),
        drawing=panels.rank(share, (262.0, 26.0), say("pair.own_history"), line)
        if ranked
        else None,
        ends=(
            say(
                "pair.worst",
                value=say.plus_points(low.balance or 0),
                month=say.short_month(low.month),
            ),
            say(
                "pair.best",
                value=say.plus_points(high.balance or 0),
                month=say.short_month(high.month),
            ),
        ),
    )


def _place(found: Verdict) -> str:
    """Return the words for the place of a balance among the earlier ones."""
    share = found.last.share_lower or 0.0
    if found.level == "quiet":
        return "few"
    if found.is_lowest or found.is_highest:
        return "lowest" if found.is_lowest else "highest"
    if not share:  # as low as an earlier span
        return "as_low"
    if share >= 0.5:
        return "share"
    return "share_worst" if found.history in ("worst", "worse") else "share_low"


def expectations(pair: Pair, say: Language) -> list[str]:
    """Return what the months to come may bring, and how wide such intervals proved."""
    one = pair.outlook
    if one is None:
        return []
    key = "pair.expect_forecast" if one.is_forecast else "pair.expect_past"
    # The same numbers as in the bar: rounded so that they sum to a hundred.
    conflict, nothing, cooperation = (part.words for part in odds(one))
    parts = [
        say(
            key,
            year=pair.months[0].month.year,
            month=say.month(one.month) if one.month else "",
            conflict=conflict,
            nothing=nothing,
            cooperation=cooperation,
        )
    ]
    last = pair.last_month
    is_later = one.month is not None and last is not None and months_before(one.month, 1) > last
    if one.is_forecast and last is not None and is_later and not pair.is_interrupted:
        parts.append(say("pair.expect_unknown", month=say.month(last)))
    if one.lo is not None and one.hi is not None and one.end is not None:
        # Such a sum is of points, not per 1,000 events.
        whole = replace(say, places=0) if say.places else say
        lo, hi = whole.points(one.lo), whole.points(one.hi)
        key = "pair.expect_point" if lo == hi else "pair.expect_sum"
        if pair.series.per_1k:
            key += "_raw"
        parts.append(say(key, month=say.month(one.end), lo=lo, hi=hi))
    if one.coverage_80 is not None:
        narrow = one.coverage_80 < _TOO_NARROW
        key = "pair.expect_narrow" if narrow else "pair.expect_coverage"
        parts.append(say(key, coverage=say.percent(one.coverage_80)))
    return parts
