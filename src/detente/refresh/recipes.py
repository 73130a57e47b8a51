"""What decides how the rows of a source become events: SQL, codes, names and scope."""

from __future__ import annotations

import hashlib

from detente.database.sql_files import fingerprint
from detente.records import reference
from detente.refresh.lookups import MACROS
from detente.settings import Settings
from detente.sources.base import Source, projection
from detente.store.events import Store

# They say what is known of a state, and nothing of how a row is read.
_NOT_OF_EVENTS = {file for _, file in reference.STATE_TABLES}
# Of `sql/sources`, those that every source goes through after its own.
_STATEMENTS = (
    "reason", "coded", "pairs", "settled_pairs", "kept", "event_part", "other_part", "again_part",
)  # fmt: skip


def of(settings: Settings, source: Source) -> str:
    """Return the hash of it."""
    settling = "duplicate_release" if source.has_releases else "duplicate"
    names = (source.projection, settling, *_STATEMENTS)
    statements = [projection(one) for one in names]
    parts = [*map(fingerprint, statements), source.recipe(), settings.scope.actors]
    if any(f"{macro.split('(')[0]}(" in one for one in statements for macro in MACROS):
        parts += MACROS.values()
    if settings.scope.actors == "study":
        parts += sorted(settings.study.actors)
    tables = {
        name: path.read_text(encoding="utf-8")
        for name, path in reference.paths(settings.raw / "reference")
        if name.endswith(".csv") and "/" not in name and name not in _NOT_OF_EVENTS
    }
    # Of the code table only the list of codes decides; values are looked up when read.
    codes = tables.pop("cameo.csv").splitlines()
    parts += [line.split(",", 1)[0] for line in codes]
    # A name that is added for one source loads no file of the others again.
    if source.naming != "name":
        del tables["actor_aliases.csv"]
    for name, kind in (("actor_codes.csv", source.naming), ("event_names.csv", source.projection)):
        lines = tables.pop(name).splitlines()
        parts += [line for line in lines if line.lstrip('"').startswith(f"{kind}:")]
    parts += tables.values()
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def has_changed(settings: Settings, source: Source) -> bool:
    """Say whether the loaded files of a source have to be loaded again."""
    before = Store(settings).manifest().recipes.get(source.name)
    return before is not None and before != of(settings, source)
