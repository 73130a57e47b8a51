"""What the indices cost, beside DuckDB's bare GROUP BY over the same events in the same run.

Events are made up: pairs of states and codes with heavy tails, days in order, one Parquet file,
read through the project's own view. The peers are plain GROUP BYs into the same columns:

- bare, all: all events counted, in no order; half of the rows of `marts.dyad_day`
- bare, both: both ways of counting ('all' and 'one_a_day'), in no order; the rows of `day_sums`
- bare, sorted: the same in the order of `marts.dyad_day`, into which a table is sorted because it
  is then smaller and a dyad's days lie together

`day_sums` is to be held against "bare, both", `dyad_day` against "bare, sorted": same rows, same
columns, same order.

Measured on two processors, one round, 41 million events in scope of 50 million drawn over ten
years, in seconds: bare, all 9.3; bare, both 26.1; bare, sorted 38.2; day_sums 29.0 (1.11 of its
peer); dyad_day 44.1 (1.15 of its peer); intervals 31.3, with which all takes 1.7 times as long as
without. Where other programs ran beside it the sorts spread widely: dyad_day took 79 s once.

Run: python bench/indices.py [--events 5000000] [--days 800]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from detente import settings
from detente.database.builder import Warehouse
from detente.database.sql_files import sql_files
from detente.indices import reading
from detente.refresh import input_tables
from detente.store import events, part_macros

ROOT = Path(__file__).resolve().parents[1]
FIRST = date(2015, 1, 1)

AGGREGATES = """
count(*) as n_events,
count(*) filter (goldstein > 0) as n_cooperation,
count(*) filter (goldstein < 0) as n_conflict,
count(*) filter (quad_class = 1) as n_quad1,
count(*) filter (quad_class = 2) as n_quad2,
count(*) filter (quad_class = 3) as n_quad3,
count(*) filter (quad_class = 4) as n_quad4,
sum(goldstein::decimal(18, 6)) filter (goldstein > 0) as cooperation,
sum(goldstein::decimal(18, 6)) filter (goldstein < 0) as conflict
"""
KEYS = "source, actor1_iso3, actor2_iso3, event_date"
ALL = f"select {KEYS}, {AGGREGATES} from core.event group by {KEYS}"
BOTH = f"""
select 'all' as counting, {KEYS}, {AGGREGATES} from core.event group by {KEYS}
union all
select 'one_a_day' as counting, {KEYS}, {AGGREGATES}
from (
    select
        {KEYS}, cameo_code,
        any_value(quad_class) as quad_class, any_value(goldstein) as goldstein
    from core.event
    group by {KEYS}, cameo_code
)
group by {KEYS}
"""


def make(warehouse: Warehouse, path: Path, n_events: int, n_days: int) -> None:
    """Write a part of the event store with made-up events."""
    warehouse.execute(
        f"""
        copy (
            with state as (
                select iso3, row_number() over (order by hash(iso3)) - 1 as i
                from core.actor where is_state and iso3 not in ('JPN', 'KOR', 'CHN', 'USA', 'PRK')
                union all
                select unnest(['USA', 'CHN', 'JPN', 'KOR', 'PRK']), -unnest([5, 4, 3, 2, 1])
            ),
            ranked as (select iso3, row_number() over (order by i) - 1 as i from state),
            code as (
                select cameo_code, row_number() over (order by hash(cameo_code)) - 1 as i
                from core.cameo
            ),
            drawn as (
                select
                    n,
                    floor({n_days} * n / {n_events})::integer as d,
                    floor(195 * pow(random(), 6))::integer as a,
                    floor(195 * pow(random(), 6))::integer as b,
                    floor(318 * pow(random(), 3))::integer as c,
                    random() < 0.4 as is_official,
                    1 + floor(-5 * ln(random() + 1e-9))::bigint as n_mentions,
                from range({n_events}) as numbers (n)
            )
            select
                'gdelt2' as source,
                'gdelt2:' || n as event_id,
                (date '{FIRST}' + d)::date as event_date,
                (date '{FIRST}' + d)::timestamp as added_at,
                one.iso3 as actor1_iso3,
                two.iso3 as actor2_iso3,
                null::varchar as actor1_sector,
                null::varchar as actor2_sector,
                is_official,
                cameo_code,
                null::double as goldstein_reported,
                n_mentions,
                null::varchar as category,
                null::varchar as title,
                null::varchar as source_url,
                null::varchar as source_name,
                null::double as latitude,
                null::double as longitude,
                'bench' as raw_file_id,
                n as raw_row,
            from drawn
            inner join ranked as one on one.i = drawn.a
            inner join ranked as two on two.i = drawn.b
            inner join code on code.i = drawn.c
            where drawn.a <> drawn.b
            order by event_date
        ) to '{path}' (format parquet, compression zstd)
        """
    )


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of some work, in seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--days", type=int, default=800)
    parser.add_argument("--rounds", type=int, default=2, help="the best of so many is shown")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "part.parquet"
        with Warehouse() as warehouse:
            made(warehouse, path, given.events, given.days)
        with opened(Path(folder) / "bench.duckdb", path, given.days, whole=True) as warehouse:
            measure(warehouse, given.rounds)


def made(warehouse: Warehouse, path: Path, n_events: int, n_days: int) -> None:
    """Write a part of made-up events, from an empty database in memory."""
    warehouse.create_inputs()
    input_tables.reference_tables(warehouse, settings.load(ROOT / "detente.toml"))
    make(warehouse, path, n_events, n_days)


def opened(
    database: Path, path: Path, n_days: int = 800, *, whole: bool = False, memory: str = ""
) -> Warehouse:
    """Return a database with a part's events and the sums of days, or with every table."""
    study = settings.load(ROOT / "detente.toml")
    last = FIRST + timedelta(days=n_days)
    warehouse = Warehouse(database)
    if memory:
        warehouse.execute(f"set memory_limit = '{memory}'")
    warehouse.create_inputs()
    input_tables.study(warehouse, study, last)
    input_tables.reference_tables(warehouse, study)
    n_events = warehouse.rows(f"select count(*) from read_parquet('{path}')")[0][0]
    warehouse.execute(
        "insert into meta.raw_file (raw_file_id, source, path, bytes, sha256, n_rows, n_loaded, "
        "n_out_of_scope, n_unknown, n_duplicate, n_rejected, status, covers_from, covers_to, "
        "loaded_at) "
        "values ('bench', 'gdelt2', '', 0, '', 0, 0, 0, 0, 0, 0, 'loaded', ?, ?, ?)",
        [FIRST, last, last],
    )
    warehouse.execute(
        "insert into meta.event_part values ('part', '', 'gdelt2', 'event', ?, 0)", [n_events]
    )
    input_tables.relate(warehouse, study)
    part_macros.relate(warehouse, {"event": events.relation("event", [path])})
    for file in sql_files():
        if not file.is_input and (whole or file.layer == "core" or file.table == "marts.day_sums"):
            warehouse.build(file)
    return warehouse


def measure(warehouse: Warehouse, rounds: int) -> None:
    """Time the peers and the tables, side by side."""
    sums = "select * from marts.day_sums('goldstein', 'all', 'none', null, null)"
    days = f"{sums} order by source, counting, actor1_iso3, actor2_iso3, day"
    ordered = f"from ({BOTH}) order by source, counting, actor1_iso3, actor2_iso3, event_date"
    times: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, query in (
            ("bare, all", ALL),
            ("bare, both", BOTH),
            ("bare, sorted", ordered),
            ("day_sums", sums),
            ("dyad_day", days),
        ):
            spent = seconds(lambda q=query: warehouse.execute(f"create or replace table t as {q}"))
            times.setdefault(name, []).append(spent)
        warehouse.execute("delete from marts.dyad_interval")
        times.setdefault("intervals", []).append(
            seconds(lambda: list(reading.fill_intervals(warehouse)))
        )
        times.setdefault("periods", []).append(
            seconds(
                lambda: warehouse.execute(
                    "create or replace table p as "
                    "select * from "
                    "marts.period_indices('from marts.dyad_day', null, null, null, null)"
                )
            )
        )
    best = {name: min(spent) for name, spent in times.items()}
    n_events, n_rows, n_drawn = (
        warehouse.rows(query)[0][0]
        for query in (
            "select count(*) from core.event",
            "select count(*) from marts.dyad_day",
            "select count(*) from marts.occurrences('goldstein', 'all', 'none', null, null)",
        )
    )
    print(f"{n_events:,} events, {n_rows:,} rows of dyad_day, {n_drawn:,} occurrences drawn")
    for name, spent in best.items():
        print(f"{name:<14}{spent:>8.2f} s")
    plain = best["dyad_day"] + best["periods"]
    print(f"day_sums / bare, all     {best['day_sums'] / best['bare, all']:.2f}")
    print(f"day_sums / bare, both    {best['day_sums'] / best['bare, both']:.2f}")
    print(f"dyad_day / bare, sorted  {best['dyad_day'] / best['bare, sorted']:.2f}")
    print(f"with intervals / without  {(plain + best['intervals']) / plain:.2f}")


if __name__ == "__main__":
    main()
