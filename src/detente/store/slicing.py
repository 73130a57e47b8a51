"""Build the tables that hold a row a day by slices of time, so that memory does not bound them.

What such a table says of a day follows from the events of that day alone, ways of counting
included. So the statement that builds it may be run over one span of days after another; the rows
are the same, sorted within each span. How many spans there are follows from the number of events
and from the memory that the database may use: few events are built in one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date

from detente.database.builder import Warehouse
from detente.database.sql_files import SqlFile

# Each with the views whose events it adds up. marts.volume_reason_day needs no slices: it counts
# by day and reason at once, and what it holds in memory is what it returns.
SLICED: Mapping[str, tuple[str, ...]] = {
    "marts.dyad_day": ("core.event",),
    "marts.volume_day": ("core.event", "core.store_other"),
}
# What an event takes while a table is built, at most: each is a group of its own, with its keys,
# its sums and its place in the sort. Measured where each was one: 215.
BYTES_AN_EVENT = 300
# The rest of the memory is for what is read and written meanwhile.
_SHARE = 0.4
_UNITS = {"bytes": 0, "KiB": 1, "MiB": 2, "GiB": 3, "TiB": 4}

# The first day, and the one after the last.
Span = tuple[date, date]


def build(warehouse: Warehouse, file: SqlFile) -> bool:
    """Build the table of a file by slices; false if it is not one of those, and nothing is done."""
    if file.table not in SLICED:
        return False
    create(warehouse, file.query, file.table, SLICED[file.table])
    return True


def create(
    warehouse: Warehouse,
    query: str,
    table: str,
    views: Sequence[str],
    most_events: int | None = None,
    *,
    is_temporary: bool = False,
) -> None:
    """Fill a table with the rows of a query, over one span of days after another.

    Parameters
    ----------
    query
        Adds up the events of each day by itself.
    table
        The table's name.
    views
        The views with a column `event_date` whose events it adds up.
    most_events
        How many events are added up at once; by default as many as the memory limit lets.
    is_temporary
        The table goes with the connection.
    """
    begin = f"create or replace {'temp ' if is_temporary else ''}table {table} as"
    most = most_events or _most_events(warehouse)
    spans = _spans(warehouse, views, most) if most_events or _held(warehouse) > most else []
    if len(spans) < 2:
        warehouse.execute(f"{begin} {query}", where=table)
        return
    for place, span in enumerate(spans):
        with _only(warehouse, views, span):
            head = f"insert into {table}" if place else begin
            warehouse.execute(f"{head} {query}", where=table)


def _held(warehouse: Warehouse) -> int:
    """Return how many events the parts of the store hold, without reading them."""
    n: int = warehouse.rows("select coalesce(sum(n_events), 0)::bigint from meta.event_part")[0][0]
    return n


def _most_events(warehouse: Warehouse) -> int:
    """Return how many events the memory limit lets a statement add up at once."""
    said = str(warehouse.rows("select current_setting('memory_limit')")[0][0])
    number, unit = said.split()
    return max(1, int(float(number) * 1024 ** _UNITS[unit] * _SHARE / BYTES_AN_EVENT))


def _spans(warehouse: Warehouse, views: Sequence[str], most_events: int) -> list[Span]:
    """Cut the days into spans of at most so many events; a day is never cut."""
    counted = " union all ".join(
        f"select event_date, count(*) as n from {view} group by event_date"  # noqa: S608
        for view in views
    )
    found: list[Span] = []
    n_events = 0
    for day, after, n in warehouse.rows(
        "select event_date, event_date + 1, sum(n)::bigint "  # noqa: S608
        f"from ({counted}) group by event_date order by event_date"
    ):
        if found and n_events + n <= most_events:
            found[-1], n_events = (found[-1][0], after), n_events + n
        else:
            found.append((day, after))
            n_events = n
    return found


@contextmanager
def _only(warehouse: Warehouse, views: Sequence[str], span: Span) -> Iterator[None]:
    """Let views show the events of a span of days alone."""
    first, after = span
    with ExitStack() as shown:
        for view in views:
            layer, name = view.split(".")
            shown.enter_context(
                warehouse.showing(
                    view,
                    f"from {layer}.every_{name} "
                    f"where event_date >= date '{first}' and event_date < date '{after}'",
                )
            )
        yield
