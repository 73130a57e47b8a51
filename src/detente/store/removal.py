"""Take a source out of the event store: its events, its accounts and its rejected rows."""

from __future__ import annotations

from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.store import manifest
from detente.store.events import LOG_COLUMNS, Store, relation
from detente.store.parts import PartWriter


def forget(store: Store, source: str) -> int:
    """Commit a store without a source. Used under the lock on the build.

    The parts stay on disk for a day, and as long as a published database reads them.

    Returns
    -------
    int
        Events that the store held of it.
    """
    if not store.exists():
        return 0
    before = store.manifest()
    gone = [one for one in before.parts if one.source == source]
    of_others = f"not starts_with(raw_file_id, {literal(f'{source}/')})"
    (store.folder / "tmp").mkdir(parents=True, exist_ok=True)
    with Warehouse() as warehouse:
        writer = PartWriter(store.place, warehouse)
        logs = [
            made
            for kind in LOG_COLUMNS
            if (paths := store.paths(kind, before))
            for made in writer.copied_log(
                kind,
                f"select * from {relation(kind, paths)} where {of_others}",  # noqa: S608
            )
        ]
    recipes = {name: recipe for name, recipe in before.recipes.items() if name != source}
    parts = tuple(one for one in before.parts if one.source != source)
    manifest.write(store.place, before.next_version(parts=parts, logs=tuple(logs), recipes=recipes))
    return sum(one.n_rows for one in gone if one.kind == "event")
