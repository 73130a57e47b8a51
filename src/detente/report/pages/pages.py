"""The pages that are read first, as HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from markupsafe import Markup, escape

from detente.report.language import Language
from detente.report.model.balance import FEWEST
from detente.report.model.events import Event, name_of
from detente.report.model.pairs import Pair
from detente.report.pages.blocks import Document
from detente.report.pages.events import EventsView
from detente.report.pages.overview import Overview
from detente.report.pages.pair import PairView
from detente.report.pages.words import upper_first
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


def kinds(say: Language) -> Callable[[str], str]:
    """Return what names a kind of event."""
    return lambda kind: upper_first(name_of(kind, say))


def who(pair: Pair | None, say: Language) -> Callable[[Event], str]:
    """Return what names who acts in an event."""

    def told(one: Event) -> str:
        if pair is None:
            first, second = (say.actor(code, code, "short") for code in one.pair)
            if one.who == "12":
                return say("format.dash", first=first, second=second)
            ways = (first, second) if one.who == "1" else (second, first)
            return say("explorer.way", first=ways[0], second=ways[1])
        if one.who == "12":
            return say("explorer.both")
        return (pair.actor1 if one.who == "1" else pair.actor2).name

    return told


def by_year(events: Sequence[Event]) -> list[tuple[int, list[Event]]]:
    """Return events by year, the latest first."""
    years: dict[int, list[Event]] = {}
    for one in reversed(events):
        years.setdefault(one.day.year, []).append(one)
    return sorted(years.items(), reverse=True)


def event_rows(pair: Pair | None, say: Language) -> Callable[[Sequence[Event], bool], Markup]:
    """Return what writes the rows of a table of events; a template would take ten times as long."""
    kind, side = kinds(say), who(pair, say)

    def rows(events: Sequence[Event], with_pair: bool) -> Markup:
        told = []
        for one in events:
            pair_slug = "-".join(one.pair)
            key = html.ident(one.id) + (f"-{pair_slug}" if with_pair else "")
            data = f' data-d="{pair_slug}"' if with_pair else ""
            title = escape(one.title or kind(one.kind))
            if one.source_url.startswith(("http://", "https://")):
                title = Markup('<a href="{}">{}</a>').format(one.source_url, title)
            place = say("explorer.row", file=one.file, row=one.row)
            told.append(
                f'<tr id="{key}" data-k="{escape(one.kind)}" data-w="{one.who}" '
                f'data-p="{one.points:.1f}"{data}><td>{one.day}</td><td>{title}</td>'
                f"<td>{escape(kind(one.kind))}</td><td>{escape(side(one))}</td>"
                f"<td>{say.plus(one.points)}</td><td>{escape(one.source_name)}</td>"
                f"<td>{escape(place)}</td></tr>"
            )
        return Markup("\n".join(told))  # noqa: S704  # every text is escaped above

    return rows


def script_words(say: Language, name: str) -> dict[str, Any]:
    """Return the texts that the script of a page shows."""
    return {
        "copied": say("explorer.copied"),
        "link": say("explorer.link"),
        "shown": say("explorer.shown", shown="{shown}", n="{n}"),
        "none": say("explorer.none"),
        "other": upper_first(say("kinds.other")),
        "start": say("explorer.brush_start"),
        "end": say("explorer.brush_end"),
        "table": say("figure.table"),
        "file": f"{name}-events.csv",
        "columns": [
            say("explorer.date"), say("region.balance"), say("explorer.low"),
            say("explorer.high"), say("region.events"),
        ],
    }  # fmt: skip


def pair_page(view: PairView, say: Language, frame: Frame) -> str:
    """Return the page of one pair."""
    pair = view.pair
    return html.render(
        "pair.html.j2",
        say,
        frame,
        view.title,
        here="pairs",
        scripts=("core", "explorer", "brush"),
        words=script_words(say, pair.slug),
        notice=view.notice,
        view=view,
        kind=kinds(say),
        who=who(pair, say),
        native_lang=native_lang,
        sides=(
            ("1", pair.actor1.name),
            ("2", pair.actor2.name),
            ("12", say("explorer.both")),
        ),
        by_year=by_year,
        event_rows=event_rows(pair, say),
        pair_names=(),
    )


def overview_page(view: Overview, say: Language, frame: Frame) -> str:
    """Return the page of the region."""
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


def events_page(view: EventsView, say: Language, frame: Frame) -> str:
    """Return the page of all events."""
    return html.render(
        "events.html.j2",
        say,
        frame,
        view.title,
        here="events",
        scripts=("core", "explorer"),
        words=script_words(say, "all"),
        notice=view.notice,
        view=view,
        kind=kinds(say),
        sides=(),
        by_year=by_year,
        event_rows=event_rows(None, say),
        pair_names=view.pair_names,
    )


def document_page(view: Document, say: Language, frame: Frame) -> str:
    """Return a document as a page."""
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
