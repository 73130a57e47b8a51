"""The page of one pair: the verdict, the balance, what moved it, and every event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from detente.report.charts import ranges
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.model.events import Event, Kind, name_of
from detente.report.model.pair_results import Deaths, deaths_by_year
from detente.report.model.pairs import Pair, Study
from detente.report.pages import confidence, verdict_sentences
from detente.report.pages.blocks import notice
from detente.report.pages.confidence import Chip
from detente.report.pages.figures import Figure, figures, moved_what, one_class, title_of
from detente.report.pages.tiles import Odd, Tile, expectations, odds, tiles

_TENS = 50.0


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
    one_class: str
    moved: tuple[Moved, ...]
    moved_what: str
    later: tuple[Event, ...]
    others: tuple[Other, ...]
    expect: tuple[str, ...]
    odds: tuple[Odd, ...]
    sure: tuple[Chip, ...]
    left_out: str
    series: str
    deaths: tuple[Deaths, ...]


def view(study: Study, pair: Pair, say: Language) -> PairView:
    """Return what the page of a pair shows."""
    natives = (pair.actor1.native, pair.actor2.native)
    left_out = pair.n_events > len(pair.events)
    return PairView(
        pair=pair,
        title=title_of(pair, say),
        # One name in brackets would seem to be that of both.
        native=natives if all(natives) else (),
        headline=verdict_sentences.headline(pair, say),
        hero_head=(
            say("figure.balance_head", year=pair.verdict.first.year) if pair.verdict else ""
        ),
        lede=tuple(verdict_sentences.lede(pair, say)),
        caution=tuple(verdict_sentences.caution(pair, say)),
        notice=notice(study, say, pair),
        tiles=tuple(tiles(pair, say)) if pair.verdict else (),
        figures=figures(pair, say),
        one_class=one_class(pair, say) if pair.verdict else "",
        moved=tuple(moved(pair, say)),
        moved_what=_moved_what(pair, say),
        later=tuple(reversed(pair.later)),
        others=tuple(_others(study, pair, say)),
        expect=tuple(expectations(pair, say)),
        odds=odds(pair.outlook) if pair.outlook else (),
        sure=tuple(confidence.chips(pair, say)) if pair.verdict else (),
        left_out=(
            say(
                "explorer.left_out",
                kept=say.count(len(pair.events)),
                n=say.count(pair.n_events),
            )
            if left_out
            else ""
        ),
        series=series(pair, say.places),
        deaths=tuple(one for one in reversed(deaths_by_year(pair.deaths)) if one.best),
    )


def series(pair: Pair, decimals: int = 0) -> str:
    """Return the months as JSON for the script that zooms the chart."""
    if not pair.months:
        return ""
    # A chart that reaches over tens of points shows no tenths.
    reach = max(abs(one.balance or 0.0) for one in pair.months)
    places = max(0 if reach >= _TENS else 1, decimals)
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
    if decimals:
        content["d"] = decimals
    return json.dumps(content, separators=(",", ":"))


def _round(value: float | None, places: int) -> float | int | None:
    if value is None:
        return None
    short = round(value, places)
    return int(short) if short == int(short) else short


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
                title_of(one, say) + verdict_sentences.ended(one, pair.last_month, say),
                say.plus_points(one.verdict.last.balance or 0.0),
                verdict_sentences.headline(one, say),
                ranges.dot_range(one.verdict.last, reach, (200.0, 22.0)),
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
