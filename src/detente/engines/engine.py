"""What an engine does, and which statements it is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from detente.base.errors import DetenteError
from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile
from detente.settings import Settings
from detente.store import slicing, vintages
from detente.store.events import KINDS, Store
from detente.store.files import Address

if TYPE_CHECKING:
    import pandas as pd

# Each reads every event of the store. The rest of a build reads what these make, or one study's
# pairs, and stays in DuckDB.
TABLES = ("marts.dyad_day", "marts.volume_day", "marts.volume_reason_day")
CHECKS = ("event_ids_are_unique",)


class EngineError(DetenteError):
    """An engine cannot be reached, does not see the store, or failed at a statement."""


class Engine(Protocol):
    """Reads the parts that the store's list names, and no others."""

    @property
    def title(self) -> str:
        """Its name and version."""
        ...

    def build(self, file: SqlFile) -> None:
        """Build a table of `sql/` into the database that is under construction."""
        ...

    def frame(self, query: str, name: str) -> pd.DataFrame:
        """Return the rows of a query over the events; few are expected."""
        ...


class DuckDB:
    """The engine within this process: the statements run where the database is built."""

    def __init__(self, warehouse: Warehouse) -> None:
        self.warehouse = warehouse

    @property
    def title(self) -> str:
        """Its name and version."""
        return f"DuckDB {self.warehouse.rows('select version()')[0][0]}"

    def build(self, file: SqlFile) -> None:
        """Build a table of `sql/` into the database that is under construction."""
        if not slicing.build(self.warehouse, file):
            self.warehouse.build(file)

    def frame(self, query: str, name: str) -> pd.DataFrame:
        """Return the rows of a query over the events."""
        return self.warehouse.frame(query)


def serves(settings: Settings, warehouse: Warehouse) -> bool:
    """Say whether the settings' engine may build a database: it reads whole parts alone.

    Of a database as of a past day a part of the rows may not have been public yet.
    """
    query = "select 1 from meta.raw_file where status = ? limit 1"
    return settings.engine.is_remote and not warehouse.rows(query, [vintages.NOT_YET])


@contextmanager
def opened(
    settings: Settings,
    warehouse: Warehouse,
    *,
    reads_all: bool = True,
    of: Mapping[str, Sequence[Address]] | None = None,
) -> Iterator[Engine]:
    """Have the engine that the settings name at hand, with the parts of the event store.

    Parameters
    ----------
    reads_all
        False for work over a few days alone, which is done sooner in DuckDB than asked elsewhere.
    of
        The parts by kind; default: all that the store's list names.

    Raises
    ------
    EngineError
        It cannot be reached.
    """
    if not (reads_all and (of or serves(settings, warehouse))):
        yield DuckDB(warehouse)
        return
    from detente.engines import spark  # loads pyspark, which a base installation lacks

    store = Store(settings)
    listed = store.manifest()
    chosen = of or {kind: store.paths(kind, listed) for kind in KINDS}
    # The settings let no engine stand beside a store that lies elsewhere.
    parts = {kind: [Path(one) for one in found] for kind, found in chosen.items()}
    with spark.connected(settings.engine) as session:
        yield spark.Spark(session, settings.engine.url, warehouse, store.folder, parts)
