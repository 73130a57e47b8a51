"""What a refresh would do and why. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente import sources
from detente.base.counted import counted
from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.refresh import disk, incremental, ingest, shortfalls, source_plan, step_inputs, strays
from detente.refresh.source_plan import SourcePlan
from detente.settings import Settings
from detente.sources import snapshot
from detente.sources.base import Source
from detente.sources.csv_file import CsvFile
from detente.store import raw_file
from detente.store.events import LOADED, Store


@dataclass(frozen=True)
class Action:
    """One thing to do."""

    action: str
    subject: str
    reason: str


def plan(
    settings: Settings,
    as_of: date | None = None,
    *,
    names: tuple[str, ...] = (),
    offline: bool = False,
    start: date | None = None,
    end: date | None = None,
) -> list[Action]:
    """Compare what the providers have, what lies on disk and what was built.

    Parameters
    ----------
    names
        Machine-coded sources to look at; default: those that are switched on.
    offline
        Ask no provider.
    """
    if as_of is None:
        events = [
            action
            for source in ingest.chosen(settings, names)
            for action in _of_source(settings, source.name, offline, start, end)
        ]
    else:
        events = []
    return [
        *_of_others(settings),
        *events,
        *(
            Action(NOT_READ, one.shown, f"{one.problem}; {one.remedy}")
            for one in strays.found(settings)
        ),
        *_of_build(settings, as_of, events),
        *_of_shortfalls(settings.database_as_of(as_of)),
    ]


def _of_others(settings: Settings) -> list[Action]:
    """Say whether another machine committed to the event store since the last refresh here."""
    files = Store(settings).place
    if files.is_current():
        return []
    return [Action("take over", files.root, "another machine committed to it")]


FILES_NAMED = 3
# What a plan says of a file that is named and cannot be one of the source's.
NOT_READ = "not recognised"
# ... and of a provider whose list could not be downloaded.
ASK_AGAIN = "ask again"
# What a plan says of loaded files that changed on disk and that no load corrects.
DISK = {
    disk.GONE: "missing", disk.EDITED: "not loaded", disk.CONTRADICTED: "not loaded",
    disk.TOUCHED: "as loaded",
}  # fmt: skip
# What a plan says of states that the files of a source leave out.
LACKING = "lacks states"
# ... and of files whose events have numbers that the provider has given up.
RENUMBERED = "old numbers"
# ... and of files that end before the study begins.
EARLY = "too early"
# ... and of files of one's own with events outside the days that they are said to cover.
BEYOND = "other days"
# What is said again until somebody acts: nothing changed, and a refresh builds nothing for it.
STANDING = frozenset(
    {NOT_READ, source_plan.TRY_AGAIN, LACKING, RENUMBERED, EARLY, BEYOND, *DISK.values()}
)


def _of_source(
    settings: Settings, name: str, offline: bool, start: date | None, end: date | None
) -> list[Action]:
    source = sources.named(settings, name, keep_lists=False)
    with ingest.fetcher(settings.sources.downloads) as fetch:
        ask = source_plan.asking(source, fetch, offline=offline)
        actions = of_source(source_plan.plan(settings, source, ask, start, end))
    return [*actions, *_beyond(settings, source)]


def of_source(todo: SourcePlan) -> list[Action]:
    """Say what is to be done about a source, files of one kind together."""
    name = todo.source.name
    kinds: dict[tuple[str, str], list[str]] = {}
    for one in todo.actions:
        kinds.setdefault((one.action, one.reason), []).append(one.remote.name)
    actions = []
    if todo.problem:
        actions.append(Action(ASK_AGAIN, name, todo.problem))
    reasons: dict[str, list[str]] = {}
    for remote in todo.unrecognised:
        reasons.setdefault(remote.problem, []).append(remote.name)
    kinds |= {(NOT_READ, reason): names for reason, names in reasons.items()}
    for (action, reason), files in kinds.items():
        shown = ", ".join(files if len(files) <= FILES_NAMED else [files[0], "...", files[-1]])
        actions.append(Action(action, f"{name}: {counted(len(files), 'file')} ({shown})", reason))
    if n := len(todo.newly_listed):
        subject = f"{name}: {counted(n, 'file')}"
        actions.append(Action("note", subject, "the provider's list names what is loaded"))
    return actions + [
        Action(word, name, "; ".join(part for part in todo.look.said(kind) if part))
        for kind, word in DISK.items()
        if kind in todo.look.standing or (kind == disk.TOUCHED and todo.look.of(kind))
    ]


def _beyond(settings: Settings, source: Source) -> Iterator[Action]:
    """Say where a file of one's own has events outside the days that the settings give it."""
    if not isinstance(source, CsvFile):
        return
    columns = ["raw_file_id", "first_event", "last_event"]
    with Warehouse() as warehouse:
        for raw_file_id, first, last in Store(settings).states(
            warehouse, columns, source=source.name, status=LOADED
        ):
            days = source.section.covers_from, source.section.covers_to
            if first and (told := raw_file.beyond((first, last), *days)):
                name = snapshot.unversioned(raw_file_id.partition("/")[2])
                yield Action(BEYOND, source.name, f"{name} {told}; {raw_file.CORRECT_DAYS}")


def _of_build(settings: Settings, as_of: date | None, events: list[Action]) -> list[Action]:
    """Compare what the published database was built from with what lies on disk."""
    target = settings.database_as_of(as_of)
    now = step_inputs.together(step_inputs.given_to_steps(settings))
    before = _published_inputs(target)
    if before is None:
        return [Action("build", str(target), "there is no published database")]
    actions = [
        *(_load(key, "new") for key in now.keys() - before.keys()),
        *(_load(key, "changed") for key in now.keys() & before.keys() if now[key] != before[key]),
        *(Action("drop", _subject(key), "no longer there") for key in before.keys() - now.keys()),
    ]
    if not actions:
        # Of a provider that did not answer there is nothing to build.
        is_new = any(one.action not in {*STANDING, ASK_AGAIN} for one in events)
        return [Action("build", str(target), "events differ")] if is_new else []
    differing = f"{counted(len(actions), 'input')} {'differs' if len(actions) == 1 else 'differ'}"
    return [
        *sorted(actions, key=lambda action: (action.action, action.subject)),
        Action("build", str(target), differing),
    ]


def _of_shortfalls(target: Path) -> list[Action]:
    """Say what the loaded files leave out or may count twice; no refresh changes that."""
    try:
        with Published(target) as published:
            return [
                Action(word, source, f"{one.problem}; {one.remedy}")
                for word, found in (
                    (LACKING, shortfalls.of_states),
                    (RENUMBERED, shortfalls.renumbered),
                    (EARLY, shortfalls.before_the_study),
                )
                for source, one in found(published)
            ]
    except DetenteError:  # there is none, or one of an older version
        return []


def _subject(key: tuple[str, str]) -> str:
    return f"{key[0]}: {key[1]}"


def _load(key: tuple[str, str], reason: str) -> Action:
    return Action("load", _subject(key), reason)


def _published_inputs(target: Path) -> dict[step_inputs.Key, str] | None:
    try:
        return incremental.published_inputs(target)
    except DetenteError:
        return None
