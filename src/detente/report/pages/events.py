"""The page of all events: search, filters, and an address for each."""

from __future__ import annotations

from dataclasses import dataclass

from detente.report.language import Language
from detente.report.model.events import Event
from detente.report.model.pairs import Study
from detente.report.pages.blocks import notice
from detente.report.pages.figures import title_of

MOST = 12_000  # rows of the page; more would take a browser more than a second


@dataclass(frozen=True)
class EventsView:
    """What the page of all events shows."""

    title: str
    lede: str
    left_out: str
    notice: tuple[str, ...]
    events: tuple[Event, ...]
    pair_names: tuple[tuple[str, str], ...]


def events_view(study: Study, say: Language) -> EventsView:
    """Return all events of all pairs; of too many the most mentioned, with what is left out."""
    every = [one for pair in study.pairs for one in pair.events]
    n_all = sum(pair.n_events for pair in study.pairs)
    kept = every
    if len(every) > MOST:
        kept = sorted(every, key=lambda one: (-one.n_mentions, -one.day.toordinal()))[:MOST]
    kept = sorted(kept, key=lambda one: (one.day, one.id, one.pair))
    left_out = n_all > len(kept)
    return EventsView(
        title=say("nav.events"),
        lede=(
            say("explorer.lede_one", n=say.events(n_all))
            if len(study.pairs) == 1
            else say("explorer.lede", n=say.events(n_all), pairs=len(study.pairs))
        ),
        left_out=(
            say("explorer.left_out", kept=say.count(len(kept)), n=say.count(n_all))
            if left_out
            else ""
        ),
        notice=notice(study, say),
        events=tuple(kept),
        pair_names=tuple((one.slug, title_of(one, say)) for one in study.pairs if one.events),
    )
