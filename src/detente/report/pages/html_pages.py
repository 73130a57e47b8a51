"""The pages that are read first, as HTML."""

from __future__ import annotations

import unicodedata
from typing import Any

from babel.core import get_global

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

# How Unicode begins the name of a letter, and the scripts (ISO 15924) that have such letters.
_SCRIPTS = {
    "ARABIC": ("Arab",), "ARMENIAN": ("Armn",), "BENGALI": ("Beng",), "CJK": ("Hans", "Hant",
    "Jpan"), "CYRILLIC": ("Cyrl",), "DEVANAGARI": ("Deva",), "ETHIOPIC": ("Ethi",),
    "GEORGIAN": ("Geor",), "GREEK": ("Grek",), "HANGUL": ("Kore",), "HEBREW": ("Hebr",),
    "HIRAGANA": ("Jpan",), "KATAKANA": ("Jpan",), "KHMER": ("Khmr",), "LAO": ("Laoo",),
    "LATIN": ("Latn",), "MYANMAR": ("Mymr",), "SINHALA": ("Sinh",), "THAANA": ("Thaa",),
    "THAI": ("Thai",), "TIBETAN": ("Tibt",),
}  # fmt: skip


def native_lang(name: str, iso3: str) -> str:
    """Return the language that a native name is marked with; `und` if unknown.

    It is the official language most people there know that is written in the name's script, by the
    Unicode Common Locale Data Repository.
    """
    scripts = _SCRIPTS.get(unicodedata.name(name[0], "").split(" ")[0], ())
    for iso2 in get_global("territory_aliases").get(iso3, ())[:1]:
        known = get_global("territory_languages").get(iso2, {})
        for tag, about in sorted(known.items(), key=lambda one: -one[1]["population_percent"]):
            language, _, script = str(tag).partition("_")
            script = script or get_global("likely_subtags").get(tag, "").partition("_")[2][:4]
            if about["official_status"] and script in scripts:
                return language
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
        native_lang={
            one.native: native_lang(one.native, one.iso3)
            for one in (view.pair.actor1, view.pair.actor2)
            if one.native
        },
        later="".join(one.title for one in listing.events),
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
        later="".join(one.title for one in listing.events),
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
