"""The pages that are read first, as HTML."""

from __future__ import annotations

import unicodedata
from typing import Any

from detente.report.language import Language
from detente.report.model.balance import FEWEST
from detente.report.pages.blocks import Document
from detente.report.pages.events import EventsView
from detente.report.pages.listing import Listing, kinds, rows
from detente.report.pages.overview import Overview
from detente.report.pages.pair import PairView
from detente.report.pages.verdict_sentences import upper_first
from detente.report.render import html
from detente.report.render.html import Frame

_SCRIPTS = {"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "CYRILLIC": "ru",
            "ARABIC": "ar", "GREEK": "el", "HEBREW": "he", "THAI": "th"}  # fmt: skip


def native_lang(name: str) -> str:
    """Return the language that a native name is marked with, by its script; `und` if unknown."""
    for letter in name:
        script = unicodedata.name(letter, "").split(" ")[0]
        if script in _SCRIPTS:
            return _SCRIPTS[script]
    return "und"


def script_words(say: Language, name: str) -> dict[str, Any]:
    """Return the texts that the script of a page shows."""
    return {
        "copied": say("explorer.copied"),
        "link": say("explorer.link"),
        "row": say("explorer.row", file="{file}", row="{row}"),
        "shown": say("explorer.shown", shown="{shown}", n="{n}"),
        "none": say("explorer.none"),
        "other": upper_first(say("kinds.other")),
        "start": say("explorer.brush_start"),
        "end": say("explorer.brush_end"),
        "table": say("figure.table"),
        "month": say("format.month", month="{month}", year="{year}"),
        "months": say.short_months,
        "events_n": say("format.events_many", n="{n}"),
        "one": say("format.events_one"),
        "events": f"{name}-events.js",
        "missing": say("explorer.missing", file=f"{name}-events.js"),
        "file": f"{name}-events.csv",
        "columns": [
            say("explorer.date"), say("region.balance"), say("explorer.low"),
            say("explorer.high"), say("region.events"),
        ],
    }  # fmt: skip


def pair_page(view: PairView, listing: Listing, say: Language, frame: Frame) -> str:
    """Return a pair's page: verdict, balance, what moved it, and its latest events."""
    return html.render(
        "pair.html.j2",
        say,
        frame,
        view.title,
        here="pairs",
        scripts=("core", "explorer", "brush"),
        words={**script_words(say, view.pair.slug), "n": len(listing.events)},
        notice=view.notice,
        view=view,
        kind=kinds(say),
        native_lang=native_lang,
        listing=listing,
        event_rows=rows,
    )


def overview_page(view: Overview, say: Language, frame: Frame) -> str:
    """Return the first page: the verdict on the region, the movers and a row for every pair."""
    return html.render(
        "overview.html.j2",
        say,
        frame,
        view.title,
        here="overview",
        scripts=("core",),
        words=script_words(say, "index"),
        notice=view.notice,
        view=view,
        fewest=FEWEST,
    )


def events_page(view: EventsView, listing: Listing, say: Language, frame: Frame) -> str:
    """Return the page of all events, with search and filters; most rows are in a file beside it."""
    return html.render(
        "events.html.j2",
        say,
        frame,
        view.title,
        here="events",
        scripts=("core", "explorer"),
        words={**script_words(say, "all"), "n": len(listing.events)},
        notice=view.notice,
        view=view,
        listing=listing,
        event_rows=rows,
    )


def document_page(view: Document, say: Language, frame: Frame) -> str:
    """Return an annex, a case study, a triad or the methods as a page."""
    return html.render(
        "document.html.j2",
        say,
        frame,
        view.title,
        here=view.here,
        scripts=("core",),
        words=script_words(say, view.slug),
        notice=view.notice,
        view=view,
    )
