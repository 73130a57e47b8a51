"""What each step of a refresh rests on: the things whose change makes it necessary again.

A step says which sections of the settings, which statements of `sql/` and which files it reads. The
modules behind it, and the versions of packages that can change a number, follow from its imports
(`detente.refresh.code_hashes`). A published database holds the hash of each in `meta.input`. What
no step reads is no input, and its change builds nothing: a named query, a template, a package that
draws or schedules.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from detente.base import assets
from detente.database import sql_files
from detente.records import reference
from detente.refresh import code_hashes, record_tables
from detente.settings import Settings
from detente.store.events import Store

# A kind of input and its name.
Key = tuple[str, str]
# Hashes by key; of a package, its version.
Inputs = Mapping[Key, str]
# What an incremental build takes in by itself, row by row.
ROWS = frozenset({"records", "events"})
_WORDS = {
    "code": "the code differs",
    "package": "another version of",
    "sql": "a statement differs",
    "settings": "the settings differ",
    "reference": "a reference table differs",
    "records": "records differ",
    "events": "events differ",
}


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What a step reads and fills, beside what its code imports.

    Attributes
    ----------
    work
        The function that does it, in `detente.refresh.steps`; named and not imported, so that
        saying what is due waits for no statistics.
    settings
        Sections of `detente.toml`, or one option of a section: ``"report.series"``.
    sql
        Files of `sql/`, as patterns.
    files
        Kinds of files: ``"records"``, ``"reference"``, ``"events"``.
    steps
        Steps whose tables it reads, where these are not rebuilt whenever the events are.
    fills
        The tables that it fills and that a refresh keeps while nothing that they rest on differs;
        those of the questions are `detente.analysis.TABLES`.
    """

    work: str
    settings: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()


STEPS_MODULE = "detente.refresh.steps"
# By the name of the step, in their order.
NEEDS: Mapping[str, Needs] = {
    "load": Needs(
        work="load_inputs",
        settings=("study", "index", "records", "scope", "sources"),
        sql=("curated.toml",),
        files=("records", "reference", "events"),
    ),
    "build": Needs(work="build_marts", sql=("[0-9][0-9]_*/*.sql", "refresh/*.sql")),
    "intervals": Needs(work="add_intervals", fills=("marts.dyad_interval", "marts.month_draw")),
    "balance": Needs(work="add_balances", fills=("stats.balance",)),
    "consensus": Needs(
        work="find_consensus", fills=("stats.consensus_index", "stats.consensus_source")
    ),
    "level": Needs(
        work="estimate_levels",
        settings=("inference",),
        fills=("stats.level", "stats.level_fit", "stats.step_or_drift", "stats.level_change"),
    ),
    "infer": Needs(
        work="ask_questions",
        settings=("inference", "report.series", "records"),
        steps=("level",),
    ),
    "check": Needs(work="run_checks", settings=("checks",), sql=("checks/*.sql",)),
}  # fmt: skip


def given_to_steps(settings: Settings) -> dict[str, Inputs]:
    """Return what each step rests on, by its name."""
    statements = _statements()
    kinds = sorted({kind for needs in NEEDS.values() for kind in needs.files})
    files = {kind: _FILES[kind](settings) for kind in kinds}
    versions = _versions(_imported_distributions())
    return {
        name: _of_step(settings, needs, statements, files, versions)
        for name, needs in NEEDS.items()
    }


def _versions(distributions: Iterable[str]) -> dict[str, str]:
    """Return what is installed. Without the package of an extra no step can have used it."""
    found = {}
    for name in distributions:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def _imported_distributions() -> set[str]:
    behind = [code_hashes.behind(STEPS_MODULE, needs.work).packages for needs in NEEDS.values()]
    return {
        code_hashes.PACKAGES[name]
        for packages in behind
        for name in packages & code_hashes.PACKAGES.keys()
    }


def _of_step(
    settings: Settings,
    needs: Needs,
    statements: Mapping[str, str],
    files: Mapping[str, Inputs],
    versions: Mapping[str, str],
) -> dict[Key, str]:
    """Return everything that a step rests on, with its hash."""
    found = {("settings", name): _of_settings(settings, name) for name in needs.settings}
    found |= {
        ("sql", name): sha256
        for name, sha256 in statements.items()
        if any(fnmatch(name, pattern) for pattern in needs.sql)
    }
    for kind in needs.files:
        found |= files[kind]
    behind = code_hashes.behind(STEPS_MODULE, needs.work)
    found["code", f"{STEPS_MODULE}:{needs.work}"] = behind.own
    found |= {("code", module): code_hashes.fingerprint(module) for module in behind.modules}
    for name, distribution in code_hashes.PACKAGES.items():
        if name in behind.packages and distribution in versions:
            found["package", distribution] = versions[distribution]
    return found


def digest(inputs: Inputs) -> str:
    """Return one hash of all inputs; it does not depend on their order."""
    lines = sorted(f"{kind}\t{name}\t{value}" for (kind, name), value in inputs.items())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def differing(before: Inputs, now: Inputs, needs: Needs) -> list[Key]:
    """Return what differs of the inputs of one step: new, changed, or no longer there.

    A module that is no longer imported needs no look: whatever imported it has changed.
    """
    changed = [key for key in now if before.get(key) != now[key]]
    gone = [
        (kind, name)
        for kind, name in before.keys() - now.keys()
        if kind in needs.files
        or (kind == "sql" and any(fnmatch(name, pattern) for pattern in needs.sql))
    ]
    return sorted([*changed, *gone])


def together(given: Mapping[str, Inputs]) -> dict[Key, str]:
    """Return the inputs of all steps."""
    return {key: value for of_one in given.values() for key, value in of_one.items()}


def all_in_words(keys: Sequence[Key], before: Inputs, now: Inputs) -> str:
    """Say what differs: the first in full, how many more; empty where nothing does."""
    if not keys:
        return ""
    more = f", and {len(keys) - 1} more" if len(keys) > 1 else ""
    return f"{_in_words(keys[0], before, now)}{more}"


def _in_words(key: Key, before: Inputs, now: Inputs) -> str:
    kind, name = key
    if kind == "package":
        return f"{_WORDS[kind]} {name} ({now.get(key)}, before {before.get(key)})"
    return f"{_WORDS[kind]}: {name}"


def _of_settings(settings: Settings, name: str) -> str:
    value: Any = settings
    for part in name.split("."):
        value = getattr(value, part)
    content = json.dumps(value.model_dump(mode="json"), sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def _statements() -> dict[str, str]:
    """Return the hash of every file of `sql/`, by its path in there."""
    folder = assets.sql()
    return {
        path.relative_to(folder).as_posix(): _of_text(path.suffix, path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.*"))
        if path.suffix in {".sql", ".toml"}
    }


# Remembered by what a file holds, so that an edited one is never taken for what it was.
@cache
def _of_text(suffix: str, text: str) -> str:
    if suffix == ".sql":
        return sql_files.fingerprint(text)
    return hashlib.sha256(text.encode()).hexdigest()


def _records(settings: Settings) -> dict[Key, str]:
    paths = [
        path
        for csv in record_tables.record_paths(settings.raw)
        for path in (csv, csv.with_suffix(".toml"))
        if path.is_file()
    ]
    return {("records", path.relative_to(settings.raw).as_posix()): _hash(path) for path in paths}


def _reference(settings: Settings) -> dict[Key, str]:
    paths = reference.paths(settings.raw / "reference")
    return {("reference", f"reference/{name}"): _hash(path) for name, path in paths}


def _events(settings: Settings) -> dict[Key, str]:
    store = Store(settings)
    if not store.exists():
        return {}
    held = store.manifest()
    # A file that fails again as before is no news.
    tried = {log.path for log in held.logs if log.kind == "tried"}
    lines = sorted(held.paths - tried)
    if store.place.is_shared:  # the database names where its parts lie
        lines.insert(0, store.place.root)
    return {("events", "manifest"): hashlib.sha256("\n".join(lines).encode()).hexdigest()}


_FILES: Mapping[str, Callable[[Settings], dict[Key, str]]] = {
    "records": _records,
    "reference": _reference,
    "events": _events,
}


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
