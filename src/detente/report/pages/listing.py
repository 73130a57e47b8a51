"""Lists of events: the rows of a page, and the whole list in files beside it.

A page holds the latest events. Its script reads the others from `NAME-events.js` when they are
asked for, by a tag `script`, which works for pages opened from a disk too; `NAME-events.html` is
the same list as plain tables by year, for readers without scripts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from detente.report.language import Language
from detente.report.model.events import Event, name_of
from detente.report.model.pairs import Pair
from detente.report.pages.verdict_sentences import upper_first
from detente.report.render import html
from detente.sources.snapshot import unversioned

SHOWN = 12  # rows that stand in the page itself


@dataclass(frozen=True)
class Listing:
    """The events of a page, the latest first.

    Attributes
    ----------
    name
        Of the files beside the page, without their ending.
    title
        What is listed.
    pair
        Whose events these are; None for events of several pairs.
    pair_names
        Name of each pair by its slug, where there are several.
    """

    name: str
    title: str
    events: tuple[Event, ...]
    say: Language
    pair: Pair | None = None
    pair_names: tuple[tuple[str, str], ...] = ()

    @property
    def first(self) -> tuple[Event, ...]:
        """The events that stand in the page itself."""
        return self.events[:SHOWN]

    @property
    def count(self) -> str:
        """How many of how many events the page shows."""
        shown, n = (self.say.count(len(one)) for one in (self.first, self.events))
        return self.say("explorer.shown", shown=shown, n=n) if n != "0" else self.nothing

    @property
    def nothing(self) -> str:
        """What stands where no event fits."""
        return self.say("explorer.none")

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The kinds of the events with their names, by name."""
        name = kinds(self.say)
        found = {one.kind: name(one.kind) for one in self.events}
        return sorted(found.items(), key=lambda item: item[1])

    @property
    def names_actors(self) -> bool:
        """Whether the source says of an event who acts."""
        return not self.events or any(one.who for one in self.events)

    @property
    def years(self) -> list[tuple[int, list[Event]]]:
        """The events by year, the latest first."""
        found: dict[int, list[Event]] = {}
        for one in self.events:
            found.setdefault(one.day.year, []).append(one)
        return sorted(found.items(), reverse=True)


def of(
    name: str,
    title: str,
    events: Iterable[Event],
    say: Language,
    pair: Pair | None = None,
    pair_names: Sequence[tuple[str, str]] = (),
) -> Listing:
    """Return the list of a page's events, the latest first."""
    ordered = sorted(events, key=lambda one: one.id)
    ordered.sort(key=lambda one: one.day, reverse=True)
    return Listing(f"{name}-events", title, tuple(ordered), say, pair, tuple(pair_names))


def kinds(say: Language) -> Callable[[str], str]:
    """Return what names a kind of event."""
    return lambda kind: upper_first(name_of(kind, say))


def who(pair: Pair | None, say: Language) -> Callable[[Event], str]:
    """Return what names who acts in an event; both sides where the source does not tell."""

    def shown(one: Event) -> str:
        if pair is None or not one.who:
            first, second = one.pair
            if one.who in ("", "12"):
                return say("format.dash", first=first, second=second)
            ways = (first, second) if one.who == "1" else (second, first)
            return say("explorer.way", first=ways[0], second=ways[1])
        if one.who == "12":
            return say("explorer.both")
        return (pair.actor1 if one.who == "1" else pair.actor2).name

    return shown


def ident(listing: Listing, one: Event) -> str:
    """Return the address of an event in the page."""
    return html.ident(one.id) + (f"-{'-'.join(one.pair)}" if listing.pair is None else "")


def address(one: Event) -> str:
    """Return where an event can be read about; nothing but an address of the web may be a link."""
    return one.source_url if one.source_url.startswith(("http://", "https://")) else ""


def rows(listing: Listing, events: Sequence[Event]) -> Markup:
    """Write events as rows of a table; a template would take ten times as long."""
    say = listing.say
    kind, side = kinds(say), who(listing.pair, say)
    shown = []
    for one in events:
        title = escape(one.title or kind(one.kind))
        if link := address(one):
            title = Markup('<a href="{}">{}</a>').format(link, title)
        key = ident(listing, one)
        points = say.plus(one.points)
        tone = "" if points == "0" else " neg" if one.points < 0 else " pos"
        place = say("explorer.row", file=unversioned(one.file), row=one.row)
        shown.append(
            f'<tr id="{key}"><td><a href="#{key}">{one.day}</a></td>'
            f'<td class="full">{title}</td><td>{escape(kind(one.kind))}</td>'
            f'<td>{escape(side(one))}</td><td class="num{tone}">{points}</td><td>'
            f'<span class="say">{escape(one.source_name)}</span>'
            f"<small>{escape(place)}</small></td></tr>"
        )
    return Markup("\n".join(shown))  # noqa: S704  # every text is escaped above


class _Numbers(dict[Any, int]):
    """Numbers things in the order in which they first come."""

    def __missing__(self, key: Any) -> int:
        self[key] = len(self)
        return self[key]


def script(listing: Listing) -> str:
    """Return the whole list as a file that the page's script reads.

    Names that come again stand once, in a list of their own; an event has their places in it.
    """
    kind, side = kinds(listing.say), who(listing.pair, listing.say)
    names: tuple[_Numbers, ...] = (_Numbers(), _Numbers(), _Numbers(), _Numbers())
    kind_at, side_at, source_at, file_at = names
    events = [
        [
            ident(listing, one),
            one.day.isoformat(),
            one.title or kind(one.kind),
            address(one),
            kind_at[one.kind, kind(one.kind)],
            side_at[one.who, side(one), "-".join(one.pair)],
            round(one.points, 1),
            source_at[one.source_name],
            file_at[unversioned(one.file)],
            one.row,
        ]
        for one in listing.events
    ]
    content = [*(list(one) for one in names), events]
    return f"detenteEvents({json.dumps(content, ensure_ascii=False, separators=(',', ':'))});\n"


def plain(listing: Listing, frame: html.Frame, here: str, notice: Sequence[str]) -> str:
    """Return the whole list as a page of tables, without a script."""
    return html.render(
        "listing.html.j2",
        listing.say,
        frame,
        listing.title,
        here=here,
        notice=notice,
        view=listing,
        rows=rows,
    )
