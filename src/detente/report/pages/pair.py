"""The page of one pair: the verdict, the balance, what moved it, and every event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from detente.report.charts import balance as drawn
from detente.report.charts import panels
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.model.events import Event, Kind, name_of
from detente.report.model.pair_results import Break, Deaths, Outlook, deaths_by_year
from detente.report.model.pairs import Pair, Study
from detente.report.pages import verdict_sentences
from detente.report.pages.figures import Figure, figures, moved_what, source, title_of
from detente.sources import written

_AGREES, _AGREES_IN_PART = 0.6, 0.3
_TOO_NARROW = 0.7
_TENS = 50.0


@dataclass(frozen=True)
class Tile:
    """One of the numbers under the verdict."""

    title: str
    value: str = ""
    tone: str = ""
    lines: tuple[str, ...] = ()
    drawing: Drawing | None = None
    ends: tuple[str, ...] = ()
    odds: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Moved:
    """One kind of event in what moved a balance."""

    name: str
    points: str
    share: float
    is_negative: bool
    n: str
    example: Event | None
    day: str


@dataclass(frozen=True)
class Chip:
    """One reason to trust the numbers, or not to."""

    head: str
    text: str


@dataclass(frozen=True)
class Other:
    """Another pair of one of the two states."""

    slug: str
    name: str
    balance: str
    verdict: str
    drawing: Drawing | None


@dataclass(frozen=True)
class PairView:
    """Everything that the page and the brief of a pair show, in words."""

    pair: Pair
    title: str
    native: tuple[str, ...]
    headline: str
    hero_head: str
    lede: tuple[str, ...]
    caution: tuple[str, ...]
    notice: tuple[str, ...]
    tiles: tuple[Tile, ...]
    figures: dict[str, Figure]
    moved: tuple[Moved, ...]
    moved_what: str
    later: tuple[Event, ...]
    others: tuple[Other, ...]
    expect: tuple[str, ...]
    odds: tuple[tuple[str, int], ...]
    sure: tuple[Chip, ...]
    left_out: str
    series: str
    deaths: tuple[Deaths, ...]


def view(study: Study, pair: Pair, say: Language) -> PairView:
    """Return what the page of a pair shows."""
    natives = tuple(one.native for one in (pair.actor1, pair.actor2) if one.native)
    left_out = pair.n_events > len(pair.events)
    return PairView(
        pair=pair,
        title=title_of(pair, say),
        native=natives,
        headline=verdict_sentences.headline(pair, say),
        hero_head=(
            say("figure.balance_head", year=pair.verdict.first.year) if pair.verdict else ""
        ),
        lede=tuple(verdict_sentences.lede(pair, say)),
        caution=tuple(verdict_sentences.caution(pair, say)),
        notice=notice(study, pair, say),
        tiles=tuple(_tiles(pair, say)) if pair.verdict else (),
        figures=figures(pair, say),
        moved=tuple(moved(pair, say)),
        moved_what=_moved_what(pair, say),
        later=tuple(reversed(pair.later)),
        others=tuple(_others(study, pair, say)),
        expect=tuple(_expect(pair, say)),
        odds=_odds(pair.outlook) if pair.outlook else (),
        sure=tuple(_confidence_chips(pair, say)) if pair.verdict else (),
        left_out=(
            say(
                "explorer.left_out",
                kept=say.count(len(pair.events)),
                n=say.count(pair.n_events),
            )
            if left_out
            else ""
        ),
        series=series(pair),
        deaths=tuple(one for one in reversed(deaths_by_year(pair.deaths)) if one.best),
    )


def notice(study: Study, pair: Pair | None, say: Language) -> tuple[str, ...]:
    """Return the line that says how far the data go: the month, and what is not scored."""
    last = study.last_month
    if last is None:
        return ()
    parts = [say("pair.complete", month=say.month(last))]
    behind = 12 * (study.stands_at.year - last.year) + study.stands_at.month - last.month
    if any(one.is_complete and one.month > last for two in study.pairs for one in two.months):
        parts.append(say("pair.complete_gap"))
    elif behind > 1:
        parts.append(say("pair.complete_stale"))
    return tuple(parts)


def series(pair: Pair) -> str:
    """Return the months as JSON for the script that zooms the chart."""
    if not pair.months:
        return ""
    # A chart that reaches over tens of points shows no tenths.
    places = 0 if max(abs(one.balance or 0.0) for one in pair.months) >= _TENS else 1
    columns: dict[str, list[Any]] = {
        "b": [_round(one.balance, places) for one in pair.months],
        "l": [_round(one.lo, places) for one in pair.months],
        "h": [_round(one.hi, places) for one in pair.months],
        "n": [one.n_events for one in pair.months],
    }
    first = pair.months[0].month
    # The script can add up what moved a balance where it knows every event.
    is_fixed = pair.series.per_1k or pair.n_events > len(pair.events)
    content = {"y": first.year, "m": first.month, "k": int(is_fixed), **columns}
    return json.dumps(content, separators=(",", ":"))


def _round(value: float | None, places: int) -> float | int | None:
    if value is None:
        return None
    short = round(value, places)
    return int(short) if short == int(short) else short


# -- tiles ---------------------------------------------------------------------------------------


def _tiles(pair: Pair, say: Language) -> list[Tile]:
    found = pair.verdict
    if found is None:
        return []
    last = found.last
    tones = {"friendly": "cot", "hostile": "cft"}
    if last.lo is None or last.hi is None:
        interval = say("pair.no_interval")
    else:
        interval = say("pair.interval", lower=say.points(last.lo), upper=say.points(last.hi))
    tiles = [
        Tile(
            say("pair.now"),
            say.plus_points(last.balance or 0.0),
            tones.get(found.level, ""),
            (interval, say.events(last.n_window), *_alone(pair, say)),
        ),
        _year_ago(pair, say),
        _rank(pair, say),
    ]
    if pair.outlook:
        one = pair.outlook
        first = pair.months[0].month.year
        tiles.append(
            Tile(
                say("pair.typical_next", month=say.month(one.month))
                if one.month
                else say("pair.typical"),
                lines=(
                    say("pair.typical_forecast")
                    if one.is_forecast
                    else say("pair.typical_past", year=first),
                ),
                odds=_odds(one),
                ends=(say("pair.conflict"), say("pair.nothing"), say("pair.cooperation")),
            )
        )
    return tiles


def _alone(pair: Pair, say: Language) -> tuple[str, ...]:
    """Return the balance without events that name a third state, where there are any."""
    last = pair.verdict.last if pair.verdict else None
    if last is None or last.bilateral is None or all(one.is_bilateral for one in pair.recent):
        return ()
    return (say("pair.alone", value=say.plus_points(last.bilateral)),)


def _odds(one: Outlook) -> tuple[tuple[str, int], ...]:
    shares = panels.to_hundred((one.conflict, one.nothing, one.cooperation))
    return tuple(zip(("cf", "n", "co"), shares, strict=True))


def _year_ago(pair: Pair, say: Language) -> Tile:
    found = pair.verdict
    if found is None or found.last.change is None or found.last.balance is None:
        return Tile(say("pair.year_ago"), lines=(say("pair.no_year_ago"),))
    change = verdict_sentences.written_change(found.last) or 0.0
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
    key = "lowest" if found.is_lowest else "highest" if found.is_highest else "share"
    line = say(f"pair.windows_{key}", percent=say.percent(share), n=found.n_years)
    return Tile(
        say("pair.own_history"),
        lines=(line,),
        drawing=panels.rank(share, (262.0, 26.0), say("pair.own_history"), line),
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


# -- what moved it, other pairs ------------------------------------------------------------------


def moved(pair: Pair, say: Language, most: int | None = None) -> list[Moved]:
    """Return what the balance is made of; of more kinds than `most` the rest stands together."""
    kinds = list(pair.kinds)
    if most is not None and len(kinds) > most + 1:
        rest = kinds[most:]
        both = Kind("", sum(one.points for one in rest), sum(one.n for one in rest))
        kinds = [*kinds[:most], both]
    reach = max((abs(one.points) for one in kinds), default=1.0) or 1.0
    return [moved_row(one, reach, say) for one in kinds]


def _moved_what(pair: Pair, say: Language) -> str:
    """Return what the list of kinds shows, or that there was nothing."""
    if not pair.verdict:
        return ""
    if not pair.kinds:
        return say("figure.moved_nothing", month=say.month(pair.window[1]))
    return moved_what(pair, say)


def moved_row(one: Kind, reach: float, say: Language) -> Moved:
    """Return one kind in words, its bar as a share of the largest."""
    return Moved(
        name=verdict_sentences.upper_first(name_of(one.kind, say)),
        points=say.plus_points(one.points),
        share=round(abs(one.points) / reach, 3),
        is_negative=one.points < 0,
        n=say.events(one.n),
        example=one.example,
        day=say.short_day(one.example.day) if one.example else "",
    )


def _others(study: Study, pair: Pair, say: Language) -> list[Other]:
    reach = reach_of(study)
    found = []
    for one in study.pairs:
        if one.key == pair.key or not set(one.key) & set(pair.key) or one.verdict is None:
            continue
        found.append(
            Other(
                one.slug,
                title_of(one, say),
                say.plus_points(one.verdict.last.balance or 0.0),
                verdict_sentences.headline(one, say),
                drawn.dot_range(one.verdict.last, reach, (200.0, 22.0)),
            )
        )
    return sorted(found, key=lambda other: other.name)[:12]


def reach_of(study: Study) -> float:
    """Return how far the scale that all pairs share goes, in points: now and a year ago."""
    lasts = [one.verdict.last for one in study.pairs if one.verdict]
    ends = [
        abs(value)
        for one in lasts
        for value in (one.balance, one.lo, one.hi, (one.balance or 0.0) - (one.change or 0.0))
        if value is not None
    ]
    return max(ends, default=1.0) or 1.0


# -- what to expect, how sure --------------------------------------------------------------------


def _expect(pair: Pair, say: Language) -> list[str]:
    one = pair.outlook
    if one is None:
        return []
    key = "pair.expect_forecast" if one.is_forecast else "pair.expect_past"
    # The same numbers as in the bar: rounded so that they sum to a hundred.
    conflict, nothing, cooperation = (say.percent(share / 100) for _, share in _odds(one))
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
    if one.lo is not None and one.hi is not None and one.end is not None:
        lo, hi = say.points(one.lo), say.points(one.hi)
        key = "pair.expect_point" if lo == hi else "pair.expect_sum"
        if pair.series.per_1k:
            key += "_raw"
        parts.append(say(key, month=say.month(one.end), lo=lo, hi=hi))
    if one.coverage_80 is not None:
        narrow = one.coverage_80 < _TOO_NARROW
        key = "pair.expect_narrow" if narrow else "pair.expect_coverage"
        parts.append(say(key, coverage=say.percent(one.coverage_80)))
    return parts


def _confidence_chips(pair: Pair, say: Language) -> list[Chip]:
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
            correlation=f"{value:.2f}".replace("-", "−"),
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
            say("pair.sure_drift"),
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
    n = sum(one.n for one in pair.sums) or 1
    share = sum(one.n for one in pair.sums if one.who != "12") / n
    percent = say.percent(share)
    if share in (0.0, 1.0):
        key = "all" if share else "none"
        return Chip(say(f"pair.sure_sided_{key}"), say(f"pair.sure_sided_{key}_text"))
    return Chip(
        say("pair.sure_sided", percent=percent), say("pair.sure_sided_text", percent=percent)
    )
