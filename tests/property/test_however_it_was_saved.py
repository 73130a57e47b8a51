"""A provider's table gives the same events, whatever program has saved it, and in which form."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.support.effort import examples
from tests.support.loading import ask, put, update
from tests.support.studies import write_study
from tests.unit.test_as_programs_leave_them import ACLED, ICEWS, POLECAT, UCDP, Row, toml_of

pytestmark = pytest.mark.study

# Of each source a file's name, its rows, and how its provider saves them.
KINDS: dict[str, tuple[str, list[Row]]] = {
    "acled": (
        "2024-01-01-2024-12-31-World.csv",
        [
            {**ACLED, "event_id_cnty": "IND1"},
            {**ACLED, "event_id_cnty": "IND2", "fatalities": "0", "actor2": "Civilians (Pakistan)"},
            {**ACLED, "event_id_cnty": "IND3", "actor2": "", "notes": "Grüße; 香港"},
        ],
    ),
    "ucdp_ged": (
        "GEDEvent_v25_1.csv",
        [{**UCDP, "id": "1"}, {**UCDP, "id": "2", "gwnob": "", "side_b": "Rébels; \"new\""}],
    ),
    "icews": (
        "20180601-icews-events.tab",
        [ICEWS, {**ICEWS, "Event ID": "2", "Source Name": "Côte d'Ivoire", "CAMEO Code": "190"}],
    ),
    "polecat": (
        "ngecEvents.20240603073501.Release680.DV.txt",
        [
            {**POLECAT, "Event ID": "20240526-1"},
            {**POLECAT, "Event ID": "20240526-2", "Recipient Country": "Pakistan; India"},
        ],
    ),
}  # fmt: skip
SHOWN = (
    "select event_id, event_date, added_at, actor1_iso3, actor2_iso3, actor1_sector, cameo_code, "
    "n_deaths, latitude, longitude, title, source_name, place_country from core.event order by all",
    "select event_id, event_date, reason, actor1_name, actor2_name from core.store_other "
    "order by all",
    "select n_rows, n_loaded, n_out_of_scope, n_unknown, n_duplicate, n_rejected, note "
    "from meta.raw_file",
)
SPELLINGS = (str, str.upper, str.lower, str.title)
JOINTS = st.sampled_from(["_", ".", " ", "  "])


def table(
    rows: list[Row],
    names: list[str],
    separator: str,
    end: str,
    is_quoted: bool,
) -> str:
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(names)
    writer.writerows(row.values() for row in rows)
    return text.getvalue()


def shown(kind: str, content: bytes) -> list[list[tuple[Any, ...]]]:
    toml = toml_of(kind).replace("2020-01-01", "2018-01-01")
    with TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "study", (), toml)
        put(study, kind, KINDS[kind][0], content, 2024)
        update(study)
        return [ask(study, query) for query in SHOWN]


@cache
def as_published(kind: str) -> list[list[tuple[Any, ...]]]:
    rows = KINDS[kind][1]
    separator = "," if kind in ("acled", "ucdp_ged") else "\t"
    found = shown(kind, table(rows, list(rows[0]), separator, "\n", is_quoted=False).encode())
    assert found[0], "the table as its provider publishes it has events"
    assert found[2][0][0] == len(rows)
    return found


@pytest.mark.slow
@effort(max_examples=examples(12))
@given(
    kind=st.sampled_from(sorted(KINDS)),
    spelled=st.sampled_from(SPELLINGS),
    joint=JOINTS,
    separator=st.sampled_from([",", ";", "\t"]),
    end=st.sampled_from(["\n", "\r\n"]),
    is_quoted=st.booleans(),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    n_more=st.integers(0, 2),
    data=st.data(),
)
def test_the_form_of_a_table_changes_no_event(
    kind: str,
    spelled: Any,
    joint: str,
    separator: str,
    end: str,
    is_quoted: bool,
    encoding: str,
    n_more: int,
    data: st.DataObject,
) -> None:
    rows = KINDS[kind][1]
    more = {f"iso {number}": "356" for number in range(n_more)}
    order = data.draw(st.permutations([*rows[0], *more]))
    changed = [{name: {**row, **more}[name] for name in order} for row in rows]
    names = [spelled(name).replace("_", " ").replace(" ", joint) for name in order]
    content = table(changed, names, separator, end, is_quoted).encode(encoding)
    assert shown(kind, content) == as_published(kind)
