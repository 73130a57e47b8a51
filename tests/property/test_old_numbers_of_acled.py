"""An event that old and new exports of ACLED hold counts once, whatever came first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente.settings import Settings
from tests.support.effort import examples
from tests.support.loading import ask, opened, put, update
from tests.support.studies import MakeStudy, write_study
from tests.unit.test_as_programs_leave_them import ACLED, Row, study_of, toml_of, written

pytestmark = pytest.mark.study

START = date(2016, 1, 1)
STATES = {"India": "IND", "Pakistan": "PAK", "Nepal": "NPL"}
OLD_CODES = {"India": "IND", "Pakistan": "PAK", "Nepal": "NEP"}
# An event: its number, its day, its place, whether both sides are states.
Event = tuple[int, int, str, bool]
EVENTS = st.lists(
    st.tuples(
        st.integers(1, 9), st.integers(0, 20), st.sampled_from(sorted(STATES)), st.booleans()
    ),
    unique_by=lambda one: (one[0], one[2]),
    min_size=1,
    max_size=12,
)
# Which events a file holds: those of some states in a span of days; in which layout.
FILES = st.lists(
    st.tuples(
        st.sampled_from(["realtime", "old", "new"]),
        st.sets(st.sampled_from(sorted(STATES)), min_size=1),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    min_size=1,
    max_size=4,
)


def table(layout: str, events: list[Event]) -> bytes:
    rows: list[Row] = []
    for number, day, country, is_act in events:
        row = {
            **ACLED,
            "event_date": f"{START + timedelta(days=day)}",
            "year": "2016",
            "country": country,
            "actor2": ACLED["actor2"] if is_act else "Unidentified Armed Group (India)",
        }
        row["event_id_cnty"] = numbered(layout, number, country)
        if layout != "new":
            for name in ("sub_event_type", "disorder_type", "timestamp"):
                row.pop(name)
            row |= {"event_type": "Battle-No change of territory"}
            row |= {"ally_actor_1": "", "ally_actor_2": ""}
            row = {name.upper(): value for name, value in row.items()}
        rows.append(row)
    return written(rows).encode()


def numbered(layout: str, number: int, country: str) -> str:
    if layout == "new":
        return f"{STATES[country]}{number}"
    return f"{number + 700}RTA" if layout == "realtime" else f"{number}{OLD_CODES[country]}"


def expected(files: Mapping[str, tuple[str, list[Event]]]) -> set[str]:
    """Return the numbers that count, by the rule in plain words."""
    rank = {"realtime": 1, "old": 2, "new": 3}
    spans = []
    for layout, events in files.values():
        days = [day for _, day, _, _ in events]
        spans.append((rank[layout], min(days), max(days), {one[2] for one in events}))
    return {
        numbered(layout, number, country)
        for layout, events in files.values()
        for number, day, country, _ in events
        if not any(
            other > rank[layout] and first <= day <= last and country in states
            for other, first, last, states in spans
        )
    }


def shown(study: Settings) -> list[list[tuple[Any, ...]]]:
    return [
        ask(study, query)
        for query in (
            "select event_id from core.store_event union all select event_id from core.store_other "
            "order by 1",
            "select event_id, is_current, raw_file_id, raw_row from core.event_telling "
            "order by all",
            "select raw_file_id, n_rows, n_loaded, n_out_of_scope, n_duplicate, note "
            "from meta.raw_file order by all",
        )
    ]


@pytest.mark.slow
@effort(max_examples=examples(8))
@given(events=EVENTS, files=FILES, data=st.data())
def test_an_event_in_old_and_new_numbers_counts_once(
    tmp_path_factory: pytest.TempPathFactory,
    events: list[Event],
    files: list[tuple[str, set[str], int, int]],
    data: st.DataObject,
) -> None:
    laid: dict[str, tuple[str, list[Event]]] = {}
    for number, (layout, states, one, other) in enumerate(files):
        held = [
            event
            for event in events
            if event[2] in states and min(one, other) <= event[1] <= max(one, other)
        ]
        # Realtime numbers are of one country here: no two countries share one.
        if layout == "realtime":
            held = [event for event in held if event[2] == "India"]
        if held:
            laid[f"acled_export_{number}.csv"] = (layout, held)
    order = data.draw(st.permutations(sorted(laid)))
    study = write_study(tmp_path_factory.mktemp("by_turns"), (), toml_of("acled"))
    for name in order:
        put(study, "acled", name, table(*laid[name]), 2016)
        update(study)
    if not laid:
        return
    at_once = write_study(tmp_path_factory.mktemp("at_once"), (), toml_of("acled"))
    for name, (layout, held) in laid.items():
        put(at_once, "acled", name, table(layout, held), 2016)
    update(at_once)
    found = shown(study)
    assert found == shown(at_once)
    assert {one for (one,) in found[0]} == expected(laid)
    assert len(found[0]) == len(expected(laid))
    with opened(study) as warehouse:
        n_rows, n_accounted, n_kept = warehouse.rows(
            "select sum(n_rows), "
            "sum(n_loaded + n_out_of_scope + n_unknown + n_duplicate + n_rejected), "
            "(select count(*) from core.part_event()) + (select count(*) from core.part_other()) "
            "+ (select count(*) from core.part_again()) from meta.raw_file"
        )[0]
    assert n_rows == n_accounted == n_kept == sum(len(held) for _, held in laid.values())


def test_events_of_an_old_export_return_when_the_new_one_goes(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    held: list[Event] = [(1, 3, "India", True), (2, 5, "India", True), (3, 4, "Nepal", True)]
    put(study, "acled", "acled_2016_old.csv", table("old", held), 2016)
    put(study, "acled", "acled_2016_new.csv", table("new", held[:2]), 2016)
    update(study)
    current = "select event_id from core.event order by 1"
    assert ask(study, current) == [("3NEP",), ("IND1",), ("IND2",)]
    # The corrected new export begins later: of the third of January only the old one tells.
    put(study, "acled", "acled_2016_new.csv", table("new", [(2, 5, "India", True)]), 2016)
    update(study)
    assert ask(study, current) == [("1IND",), ("3NEP",), ("IND2",)]
    ((note,),) = ask(study, "select note from meta.raw_file where numbering is not null")
    assert "numbers that their provider no longer uses" in note


def test_an_old_event_of_no_known_state_is_counted_and_told(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    put(study, "acled", "acled_2016_new.csv", table("new", [(1, 3, "India", True)]), 2016)
    old = table("old", [(1, 3, "India", True), (2, 3, "India", True)])
    old = old.replace(b",India,", b",Hyperborea,", 1)
    put(study, "acled", "acled_2016_old.csv", old, 2016)
    update(study)
    assert ask(study, "select event_id from core.event order by 1") == [("1IND",), ("IND1",)]
    ((note,),) = ask(study, "select note from meta.raw_file where numbering is not null")
    assert "of 1 of them no state is known" in note
