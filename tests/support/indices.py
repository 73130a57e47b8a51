"""Made-up events and the marts that are built over them, without files or a store."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pandas as pd
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from detente.refresh import input_tables
from detente.settings import Settings
from detente.store import part_macros
from detente.store.events import PART_COLUMNS
from tests.support.studies import study_table

STUDY = (
    study_table("2020-01-01", "JPN", "KOR", "PRK")
    + """\
[index]
half_life_days = 45
"""
)
FIRST, LAST = date(2020, 1, 15), date(2021, 4, 20)
ACTORS = ("JPN", "KOR", "PRK", "USA")
# 155 has no Goldstein value, 010 a value of zero.
CODES = ("042", "043", "057", "10", "010", "112", "150", "155", "163", "190", "0841")
HALF_LIFE = 45.0

# An example builds a database: a failing one is shown as it was found, without shrinking.
CALM = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)

EVENTS = st.lists(
    st.tuples(
        st.integers(0, (LAST - FIRST).days),
        st.sampled_from(list(itertools.permutations(ACTORS, 2))),
        st.sampled_from(CODES),
        st.booleans(),
        st.integers(1, 500),
        st.integers(1, 6),
    ),
    min_size=1,
    max_size=60,
)


def table_of(drawn: list[tuple[int, tuple[str, str], str, bool, int, int]]) -> pd.DataFrame:
    """Return events as a table; a number of copies stands for doubles of a day."""
    rows = [
        (FIRST + timedelta(days=day), *pair, code, official, mentions + copy)
        for day, pair, code, official, mentions, copies in drawn
        for copy in range(copies)
    ]
    columns = [
        "event_date",
        "actor1_iso3",
        "actor2_iso3",
        "cameo_code",
        "is_official",
        "n_mentions",
    ]
    frame = pd.DataFrame(rows, columns=columns)
    frame["event_id"] = [f"e{number:05d}" for number in range(len(frame))]
    return frame


def build(
    study: Settings, events: pd.DataFrame, source: str = "records", as_of: date = LAST
) -> Warehouse:
    """Build every table over the given events, with the project's own SQL files.

    Events may name sources of their own in a column `source`.
    """
    if "source" not in events:
        events = events.assign(source=source)
    names = sorted(set(events["source"])) or [source]
    files = {name: f"f{place}" for place, name in enumerate(names)}
    loaded = (1, 1, 0, 0, 0, 0, "loaded", FIRST, LAST, "2021-05-01 00:00:00")
    warehouse = Warehouse()
    warehouse.create_inputs()
    input_tables.study(warehouse, study, as_of)
    input_tables.reference_tables(warehouse, study)
    warehouse.insert(
        "meta.raw_file",
        ["raw_file_id", "source", "path", "bytes", "sha256", "n_rows", "n_loaded", "n_out_of_scope",
         "n_unknown", "n_duplicate", "n_rejected", "status", "covers_from", "covers_to",
         "loaded_at"],
        [(file, name, file, 0, "", *loaded) for name, file in files.items()],
    )  # fmt: skip
    columns = {**PART_COLUMNS["event"], "source": "varchar"}
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    warehouse.execute(f"create table given ({typed})")
    if "added_at" not in events:
        events = events.assign(added_at=pd.to_datetime(events["event_date"]))
    events = events.assign(raw_file_id=events["source"].map(files), raw_row=1)
    warehouse.insert_frame("given", events)
    input_tables.relate(warehouse, study)
    part_macros.relate(warehouse, {"event": "given"})
    for _ in warehouse.derived():
        pass
    return warehouse


def values_of(warehouse: Warehouse, scale: str) -> dict[str, float | None]:
    """Return the values of a scale by code."""
    return dict(
        warehouse.rows("select cameo_code, scale_value from core.scale where scale = ?", [scale])
    )
