"""A database as of a past day is one of the files alone that were public on that day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente import sources
from detente.database.published import Published
from detente.refresh import pipeline
from detente.refresh.job import Request
from detente.settings import Settings
from detente.store import vintages
from tests.support.effort import examples
from tests.support.loading import ask, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, study_table, write_study

pytestmark = pytest.mark.study

TOML = (
    study_table("2024-01-01", "IND", "PAK").replace('"JPN", "KOR"', '"IND", "PAK"')
    + NO_INFERENCE
    + "[sources.ucdp_ged]\nenabled = true\nstart = 1989-01-01\n"
)
# When each counts as public: a month after its last day, and in the middle of the year after.
PUBLIC = {
    "GEDEvent_v24_0_1.csv": date(2024, 3, 2),
    "GEDEvent_v24_0_2.csv": date(2024, 3, 31),
    "GEDEvent_v24_01_24_06.csv": date(2024, 7, 31),
    "ged241-csv.zip": date(2024, 7, 1),
    "ged251-csv.zip": date(2025, 7, 1),
    "ged261-csv.zip": date(2026, 7, 1),
}
HEADER = "id,type_of_violence,side_a,side_b,gwnoa,gwnob,date_start,date_end,latitude,longitude,best"
# An event's number, its day, its dead; of some no government is the other side.
Row = tuple[int, date, int, str]
ROWS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(0, 60).map(lambda n: date(2024, 1, 1) + timedelta(days=n)),
        st.integers(0, 9),
        st.sampled_from(["770", "770", "", "9999"]),
    ),
    min_size=1,
    max_size=5,
)
SHOWN = (
    "select event_id, event_date, n_deaths, raw_file_id, raw_row from core.event order by all",
    "select event_id, event_date, reason, raw_file_id, raw_row from core.store_other order by all",
    "select event_id, is_current, raw_file_id, raw_row from core.event_telling order by all",
    "select first_day, last_day, complete_to from meta.coverage order by all",
    "select first_day, last_day, reason from meta.coverage_gap order by all",
    "select raw_file_id, n_rows, n_loaded, n_out_of_scope, n_unknown, n_duplicate, n_rejected "
    "from meta.raw_file where status <> 'not_yet_public' order by all",
)


def lay(study: Settings, releases: dict[str, list[Row]]) -> None:
    for name, rows in releases.items():
        lines = [
            f"{number},1,A,B,750,{other},{day},{day},1.5,2.5,{dead}"
            for number, day, dead, other in rows
        ]
        text = "\n".join([HEADER, *lines, ""]).encode()
        content = zipped("GEDEvent.csv", text) if name.endswith(".zip") else text
        put(study, "ucdp_ged", name, content, 1989 if name.endswith(".zip") else 2024)


def shown(study: Settings, day: date) -> list[list[tuple[Any, ...]]]:
    return [ask(study, query, as_of=day) for query in SHOWN]


@pytest.mark.slow
@effort(max_examples=examples(3))
@given(
    releases=st.dictionaries(st.sampled_from(sorted(PUBLIC)), ROWS, min_size=1),
    day=st.sampled_from(sorted(PUBLIC.values())),
    before=st.booleans(),
)
# The yearly release ends before a day on which an older file has an event: today its row counts,
# then that of the half-year did, whose day the yearly release covers and leaves out.
@example(
    releases={
        "ged251-csv.zip": [(6, date(2024, 2, 16), 0, "770")],
        "GEDEvent_v24_0_1.csv": [(3, date(2024, 2, 28), 0, "770")],
        "GEDEvent_v24_01_24_06.csv": [
            (4, date(2024, 2, 6), 0, "770"),
            (3, date(2024, 1, 1), 0, "770"),
        ],
    },
    day=date(2025, 7, 1),
    before=True,
)
def test_a_past_day_shows_the_releases_of_that_day(
    tmp_path_factory: pytest.TempPathFactory,
    releases: dict[str, list[Row]],
    day: date,
    before: bool,
) -> None:
    day -= timedelta(days=before)
    study = write_study(tmp_path_factory.mktemp("all"), (), TOML)
    lay(study, releases)
    update(study)
    then = write_study(tmp_path_factory.mktemp("then"), (), TOML)
    lay(then, {name: rows for name, rows in releases.items() if PUBLIC[name] <= day})
    update(then)
    assert shown(study, day) == shown(then, day)


def test_what_was_known_of_an_event_on_a_past_day(tmp_path: Path) -> None:
    study = write_study(tmp_path, (), TOML)
    january, killed = date(2024, 1, 5), {}
    lay(
        study,
        {
            "GEDEvent_v24_0_1.csv": [(1, january, 3, "770"), (2, january, 4, "770")],
            "ged251-csv.zip": [(1, january, 7, "770"), (3, date(2024, 12, 31), 1, "770")],
        },
    )
    update(study)
    for day in (date(2024, 3, 1), date(2024, 3, 2), date(2025, 6, 30), date(2025, 7, 1)):
        killed[day] = ask(
            study, "select event_id, n_deaths, is_preliminary from core.event order by 1", day
        )
    preliminary = [("1", 3, True), ("2", 4, True)]
    assert list(killed.values()) == [
        [], preliminary, preliminary, [("1", 7, False), ("3", 1, False)],
    ]  # fmt: skip
    # A store without the release of the day shows nothing of it, and no zero.
    assert ask(study, "select count(*) from meta.coverage", date(2024, 3, 1)) == [(0,)]
    assert ask(
        study, "select status, note from meta.raw_file order by raw_file_id", date(2024, 3, 2)
    ) == [
        ("loaded", None),
        (vintages.NOT_YET, "counts as public from 2025-07-01 on"),
    ]


@pytest.mark.parametrize(
    ("source", "name", "covers_to", "loaded", "public"),
    [
        ("icews", "events.2014.20160121105408.tab", "2014-12-31", "2026-01-01", "2016-01-21"),
        ("icews", "20181004-icews-events.tab", "2018-10-04", "2026-01-01", "2018-10-05"),
        ("polecat", "ngecEvents.20240603073501.Release680.DV.txt", "2024-06-01", "2026-01-01",
         "2024-06-03"),
        ("polecat", "ngecEventsDV-2022.txt.zip", "2022-12-30", "2026-01-01", "2022-12-31"),
        ("ucdp_ged", "ged251-csv.zip", "2024-12-31", "2026-01-01", "2025-07-01"),
        # What was loaded was public, whatever the calendar says.
        ("ucdp_ged", "ged251-csv.zip", "2024-12-31", "2025-06-10", "2025-06-10"),
        ("ucdp_ged", "GEDEvent_v25_0_3.csv", "2025-03-31", "2025-04-22", "2025-04-22"),
    ],
)  # fmt: skip
def test_the_day_from_which_a_release_counts_as_public(
    tmp_path: Path, source: str, name: str, covers_to: str, loaded: str, public: str
) -> None:
    study = write_study(tmp_path, (), TOML)
    made = sources.named(study, source, keep_lists=False)
    day = date.fromisoformat(loaded)
    found = vintages.public_from(
        made, name, date.fromisoformat(covers_to), datetime(day.year, day.month, day.day)
    )
    assert found == date.fromisoformat(public)


@pytest.mark.slow
def test_a_published_database_of_a_past_day_passes_its_checks(tmp_path: Path) -> None:
    study = write_study(tmp_path, (), TOML)
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(0, 60, 5)]
    candidate = [(n, day, 3, "770") for n, day in enumerate(days)]
    lay(
        study,
        {
            "GEDEvent_v24_0_1.csv": [*candidate[:7], (90, days[0], 1, "")],
            "GEDEvent_v24_0_2.csv": candidate[7:],
            "ged251-csv.zip": [(n, day, 5, other) for n, day, _, other in candidate[:9]],
        },
    )
    pipeline.refresh(study, request=Request(offline=True))
    found = {}
    for day in (None, date(2024, 6, 1)):
        pipeline.refresh(study, request=Request(offline=True), as_of=day)
        with Published(study.database_as_of(day)) as database:
            found[day] = database.rows(
                "select count(*), sum(n_deaths)::int, bool_and(is_preliminary) from core.event"
            )[0]
            assert database.rows("select checks_failed from meta.current_run") == [([],)]
    # The yearly release withdrew the last events up to its own last day, which is the ninth.
    assert found[None] == (12, 9 * 5 + 3 * 3, False)
    assert found[date(2024, 6, 1)] == (12, 12 * 3, True)
