"""What a refresh would do and why. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente import inputs, pipeline
from detente.errors import NotPublished, QueryError
from detente.settings import Settings
from detente.warehouse import Published


@dataclass(frozen=True)
class Action:
    """One thing to do."""

    action: str
    subject: str
    reason: str


def plan(settings: Settings, as_of: date | None = None) -> list[Action]:
    """Compare what the published database was built from with what lies on disk."""
    target = pipeline.target_path(settings, as_of)
    now = {(one.kind, one.name): one.sha256 for one in inputs.all_inputs(settings)}
    before = _published_inputs(target)
    if before is None:
        return [Action("build", str(target), "there is no published database")]
    actions = [
        *(_load(key, "new") for key in now.keys() - before.keys()),
        *(_load(key, "changed") for key in now.keys() & before.keys() if now[key] != before[key]),
        *(Action("drop", _subject(key), "no longer there") for key in before.keys() - now.keys()),
    ]
    if not actions:
        return []
    return [
        *sorted(actions, key=lambda action: (action.action, action.subject)),
        Action("build", str(target), f"{len(actions)} inputs differ"),
    ]


def _subject(key: tuple[str, str]) -> str:
    return f"{key[0]}: {key[1]}"


def _load(key: tuple[str, str], reason: str) -> Action:
    return Action("load", _subject(key), reason)


def _published_inputs(target: Path) -> dict[tuple[str, str], str] | None:
    try:
        with Published(target) as published:
            frame = published.query("select kind, name, sha256 from meta.input")
    except (NotPublished, QueryError):
        return None
    return {(kind, name): sha256 for kind, name, sha256 in frame.itertuples(index=False)}
