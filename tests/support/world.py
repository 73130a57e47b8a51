"""A small study with a provider of its own, and one number that tells two databases apart.

The provider has GDELT 2.0 files made here from a seed, so that these tests need nothing from
elsewhere. Used by tests/faults and bench/soak.py.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

from detente.database.published import Published
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import Store
from tests.support import gdelt2, studies
from tests.support.gdelt2 import master_list
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, record_line, sidecar_text, study_table

FIRST_DAY = date(2023, 1, 1)
STUDY = (
    study_table("2022-07-01", "JPN", "KOR")
    + NO_INFERENCE
    + """\
[sources.downloads]
attempts = 2
wait_seconds = 0
timeout_seconds = {timeout}
[sources.gdelt2]
enabled = true
start = 2023-01-01
base_url = "{url}"
"""
)
SIDECAR = sidecar_text("2022-07-01", "2025-12-31")
_SIDES = ("JPN", "KOR", "PRK", "CHN", "USA", "JPNGOV", "")
_CODES = ("010", "036", "042", "043", "112", "130", "190", "999")

# What a run says of itself, and where it put things; all else must be the same.
OWN = {"meta.run", "meta.current_run", "meta.event_part", "meta.input", "meta.changed_cell"}
OWN_COLUMNS = ("loaded_at", "load_id", "settings_sha256")


def write_study(
    home: Path, url: str, records: Iterable[int] = (1,), timeout: float = 5
) -> Settings:
    """Write the study; `records` are the days of March 2023 on which somebody met."""
    lines = [record_line(f"visit-{day}", f"2023-03-{day:02}") for day in records]
    return studies.write_study(home, lines, STUDY.format(url=url, timeout=timeout), SIDECAR)


def row(
    number: int, day: date, published: datetime, chosen: random.Random, version: int = 0
) -> bytes:
    """Return one line of an export file, now and then one that has to be refused.

    Another version tells the same events with other codes, as a provider's corrections do.
    """
    one, other, code = chosen.choice(_SIDES), chosen.choice(_SIDES), chosen.choice(_CODES)
    if version and code != _CODES[-1]:
        code = random.Random(f"{number} {version}").choice(_CODES[:-1])
    values = {
        "GLOBALEVENTID": str(number),
        "SQLDATE": f"{day:%Y%m%d}" if chosen.random() > 0.02 else "no day",
        "Actor1Code": one,
        "Actor1CountryCode": one[:3],
        "Actor2Code": other,
        "Actor2CountryCode": other[:3],
        "EventCode": code,
        "GoldsteinScale": "1.0",
        "NumMentions": str(chosen.randint(1, 9)),
        "DATEADDED": f"{published:%Y%m%d%H%M%S}",
        "SOURCEURL": f"https://example.org/{number}",
    }
    return gdelt2.row(values).encode() + b"\n"


def export(index: int, n_rows: int = 40, version: int = 0) -> tuple[str, bytes]:
    """Return name and content of a night's file; another version is the corrected file.

    Its numbers reach back into the file before, so that an event comes in two files.
    """
    moment = datetime(2023, 1, 1, 23, 45) + timedelta(days=index)
    chosen = random.Random(index)
    first = 1_000_000 + index * (n_rows - 3)
    last = first + n_rows - 3
    lines = []
    for number in range(first, first + n_rows):
        back = chosen.choice((0, 0, 0, 1, 30))
        # An event that comes again in the next file says the same there.
        is_shared = number < first + 3 or number >= last
        own = random.Random(number) if is_shared else chosen
        if is_shared:
            day = FIRST_DAY - timedelta(days=number % 3 + 5)
            lines.append(row(number, day, moment, own))
        else:
            day = moment.date() - timedelta(days=back)
            lines.append(row(number, day, moment, own, version))
    name = f"{moment:%Y%m%d%H%M%S}.export.CSV"
    return f"{name}.zip", zipped(name, b"".join(lines))


def write_mirror(folder: Path, files: dict[str, bytes]) -> str:
    """Write the provider's files into a folder; return its address."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / "masterfilelist.txt").write_bytes(master_list(files))
    return folder.as_uri() + "/"


def digest(database: Path) -> dict[str, str]:
    """Return for each table and view how many rows it has and a sum of their hashes."""
    found = {}
    with Published(database) as published:
        tables = published.rows(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "union select schema_name || '.' || view_name from duckdb_views() where not internal "
            "order by 1"
        )
        for (table,) in tables:
            if table in OWN:
                continue
            own = [name for name in published.columns(table) if name in OWN_COLUMNS]
            without = f"exclude ({', '.join(own)})" if own else ""
            n, total = published.rows(
                "select count(*), sum(hash(t)::hugeint) "
                f"from (select * {without} from {table}) as t"
            )[0]
            found[table] = f"{n} {total}"
    return found


def faults(study: Settings) -> list[str]:
    """Return what is wrong with what a finished refresh has left behind."""
    found = [f"left over: {path.name}" for path in study.processed.glob("building-*")]
    store = Store(study.events)
    held = store.manifest()
    on_disk = {
        path.relative_to(study.events).as_posix()
        for path in study.events.rglob("*")
        if path.is_file() and path.name != manifest.NAME
    }
    found += [f"missing: {path}" for path in held.paths - on_disk]
    found += [f"not listed: {path}" for path in on_disk - held.paths - set(held.retired)]
    for path in (study.processed / "runs").glob("*.json"):
        json.loads(path.read_text())
    with Published(study.database) as published:
        unaccounted = published.rows(
            "select raw_file_id from meta.raw_file "
            "where n_rows <> n_loaded + n_out_of_scope + n_unknown + n_duplicate + n_rejected"
        )
        twice = published.rows(
            "select source, event_id from core.event group by all having count(*) > 1"
        )
        told = published.rows("select sum(n_loaded) from meta.raw_file where source = 'gdelt2'")
        kept = published.rows("select count(*) from core.event where source = 'gdelt2'")
    found += [f"unaccounted: {one}" for one in unaccounted] + [f"twice: {one}" for one in twice]
    if (told[0][0] or 0) != kept[0][0]:
        found.append(f"{told[0][0]} rows told as loaded, {kept[0][0]} events")
    return found
