"""Documents and briefs as the templates of the PDF read them: plain values and drawings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from detente.report.charts import balance as drawn
from detente.report.charts import svg
from detente.report.charts.balance import Span
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.model.events import title_of as event_title
from detente.report.pages import chart_labels, verdict_sentences
from detente.report.pages.blocks import Document, Picture, Prose
from detente.report.pages.pair import Moved, PairView, moved
from detente.report.render import typeset
from detente.report.render.html import clip

_MOST_LABELS = 6
_TOLD = 110  # letters of an event where there is room
_FEW_KINDS = 3  # and all others together, where the page is full
_EXAMPLE = 264.0  # points of a line that names an event in the brief
_WIDE = 774.0
_HEIGHTS = (270.0, 300.0, 330.0, 360.0, 390.0)  # of the chart: the brief takes what it has room for
_MORE = 14  # events that fill a page at most


def document_pdf(view: Document, study: str, say: Language, paper: str) -> bytes:
    """Return a document as the bytes of a PDF; its charts are embedded as vector drawings."""
    drawings: dict[str, Drawing] = {}
    sections = []
    for section in view.sections:
        blocks: list[dict[str, Any]] = []
        for block in section.blocks:
            if isinstance(block, Picture):
                figure = block.figure
                drawings[figure.name] = figure.wide
                blocks.append(
                    {
                        "block": "picture", "name": figure.name, "title": figure.title,
                        "what": figure.what, "source": figure.source, "alt": figure.wide.alt,
                    }
                )  # fmt: skip
            elif not isinstance(block, Prose):
                blocks.append(asdict(block))
        sections.append({"id": section.id, "title": section.title, "blocks": blocks})
    content = {
        "title": view.title,
        "study": study,
        "kicker": view.kicker,
        "headline": view.headline,
        "lede": list(view.lede),
        "sections": sections,
        "foot": list(view.foot),
    }
    return typeset.document("document.typ", content, drawings, say, paper)


def _moved(rows: Sequence[Moved]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name, "points": one.points, "share": one.share,
            "negative": one.is_negative,
            "example": (
                svg.fitted(f"{one.day}: {one.example.title}", _EXAMPLE, 8.5)
                if one.example and one.example.title
                else ""
            ),
            "whole": f"{one.day}: {clip(one.example.title, _TOLD)}" if one.example else "",
        }
        for one in rows
    ]  # fmt: skip


def _more(view: PairView, say: Language) -> list[dict[str, Any]]:
    """Return the last events that are counted and have a title, without those told already."""
    told = {one.example.id for one in view.moved if one.example}
    events = [
        one
        for one in reversed(view.pair.events)
        if one.title and one.id not in told and one.month <= view.pair.window[1]
    ]
    return [
        {
            "day": say.short_day(one.day), "title": clip(event_title(one, say), _TOLD),
            # Points of a feed would not add up to a balance per 1,000 events.
            "points": "" if view.pair.series.per_1k else say.plus_points(one.points),
            "negative": one.points < 0,
        }
        for one in events[:_MORE]
    ]  # fmt: skip


def brief_pdf(view: PairView, study: str, foot: str, say: Language, paper: str) -> bytes:
    """Return the brief of a pair: one page."""
    hero = view.figures["balance"]
    pair = view.pair
    labels = chart_labels.labels(pair.months, pair.events, say)
    breaks = [Span(one.day, one.lower, one.upper) for one in pair.breaks]
    heroes = {
        f"hero-{place}": drawn.hero(
            pair.months, labels, say, hero.title, hero.wide.alt,
            (_WIDE, height), breaks, _MOST_LABELS,
        )
        for place, height in enumerate(_HEIGHTS)
    }  # fmt: skip
    content = {
        "title": view.title,
        "study": study,
        "notice": ". ".join(view.notice),
        "kicker": view.title,
        "natives": list(view.native),
        "headline": view.headline,
        "lede": " ".join([*view.lede, *view.caution]),
        "tiles": [
            {
                "title": one.title, "value": one.value, "tone": one.tone,
                "odds": [
                    {"class": part.colour, "share": part.share, "words": part.words}
                    for part in one.odds
                ],
                "drawing": f"tile-{place}" if one.drawing else "",
                "alt": one.drawing.alt if one.drawing else "",
                "ends": list(one.ends), "lines": list(one.lines),
            }
            for place, one in enumerate(view.tiles)
        ],
        "hero": {
            "title": view.hero_head,
            "what": ". ".join(
                one for one in (hero.what, verdict_sentences.unknown(pair, say)) if one
            ),
            "alt": hero.wide.alt,
        },
        "heroes": len(heroes),
        "moved_title": say("figure.moved_title"),
        "moved_what": view.moved_what,
        "moved": _moved(view.moved),
        "moved_short": _moved(moved(pair, say, _FEW_KINDS)),
        "more_title": say("pair.more_title"),
        "more": _more(view, say),
        "others_title": say("pair.others_title"),
        "others_what": say("pair.now"),
        "others": [{"name": one.name, "balance": one.balance} for one in view.others],
        "expect_title": say("pair.expect_title"),
        "expect": " ".join(view.expect),
        "later_title": say("pair.later_title"),
        "later": [
            {"day": say.short_day(one.day), "title": clip(event_title(one, say), 80)}
            for one in view.later
        ],
        "sure_title": say("pair.sure_title"),
        "sure": [{"head": one.head, "text": one.text} for one in view.sure],
        "foot": foot,
    }  # fmt: skip
    drawings = {f"tile-{place}": one.drawing for place, one in enumerate(view.tiles) if one.drawing}
    return typeset.document("brief.typ", content, {**heroes, **drawings}, say, paper)
