"""The later telling counts: a final release replaces preliminary ones, whatever came first."""

from __future__ import annotations

import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente import sources
from detente.settings import Settings
from detente.sources.base import Remote
from tests.support import mirrors
from tests.support.effort import examples
from tests.support.loading import ask, put, update
from tests.support.mirrors import Act
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study

pytestmark = pytest.mark.study

FIRST = date(2025, 1, 1)
TOML = (
    study_table("1989-01-01", "JPN", "KOR", "IND", "PAK")
    + NO_INFERENCE
    + "[sources.ucdp_ged]\nenabled = true\nstart = 1989-01-01\n"
    + "[sources.icews]\nenabled = true\nstart = 1995-01-01\n"
    + "[sources.polecat]\nenabled = true\nstart = 2018-01-01\n"
)
MONTH, BUNDLE, YEAR = "GEDEvent_v25_0_3.csv", "GEDEvent_v25_01_25_06.csv", "ged261-csv.zip"


@pytest.fixture(scope="module")
def row(shared_data: Path) -> tuple[str, str]:
    """Header and row of a real event between two governments."""
    with zipfile.ZipFile(shared_data / "faults" / "ucdp_ged231-csv.zip") as archive:
        header, first, *_ = archive.read("GEDEvent_v23_1.csv").decode().splitlines()
    return header, first


def text(row: tuple[str, str], events: dict[int, date]) -> bytes:
    """A release that tells of some events, by number and day."""
    header, first = row
    lines = [header]
    for number, day in events.items():
        fields = first.replace("2010-05-23", str(day)).replace("2010-05-24", str(day)).split(",")
        lines.append(",".join([str(number), *fields[1:]]))
    return "\n".join([*lines, ""]).encode()


def told(study: Settings) -> list[tuple[object, ...]]:
    return ask(
        study, "select event_id::bigint, event_date, is_preliminary from core.event order by 1"
    )


def lay(study: Settings, name: str, content: bytes) -> None:
    packed = zipped("x.csv", content) if name.endswith(".zip") else content
    put(study, "ucdp_ged", name, packed, 1989 if name.endswith(".zip") else 2025)


@pytest.mark.parametrize("order", [(MONTH, BUNDLE, YEAR), (YEAR, BUNDLE, MONTH)])
def test_a_final_release_replaces_the_preliminary_ones(
    make_study: MakeStudy, row: tuple[str, str], order: tuple[str, ...]
) -> None:
    releases = {
        MONTH: {1: date(2025, 3, 5), 2: date(2025, 3, 6), 3: date(2025, 3, 30)},
        BUNDLE: {1: date(2025, 3, 5), 3: date(2025, 3, 29), 4: date(2025, 6, 30)},
        YEAR: {1: date(2025, 3, 4), 4: date(2025, 6, 30), 9: date(2025, 12, 31)},
    }
    study = make_study(toml=TOML)
    for name in order:
        lay(study, name, text(row, releases[name]))
        update(study, "ucdp_ged")
    # The bundle withdrew event 2, the year event 3; the year moved event 1 by a day.
    assert told(study) == [(n, day, False) for n, day in sorted(releases[YEAR].items())]
    # Both tellings of the moved event, and of one that was withdrawn none that counts.
    tellings = ask(
        study,
        "select event_id::bigint, event_date, is_current, is_preliminary from core.event_telling "
        "where event_id in ('1', '2') order by all",
    )
    assert tellings == [
        (1, date(2025, 3, 4), True, False),
        *[(1, date(2025, 3, 5), False, True)] * 2,
        (2, date(2025, 3, 6), False, True),
    ]
    accounts = ask(
        study, "select raw_file_id, n_rows, n_loaded, n_duplicate from meta.raw_file order by 1"
    )
    assert [one[1:] for one in accounts] == [(3, 0, 3), (3, 0, 3), (3, 3, 0)]


def test_a_preliminary_event_stands_until_a_final_release_reaches_its_day(
    make_study: MakeStudy, row: tuple[str, str]
) -> None:
    study = make_study(toml=TOML)
    lay(study, MONTH, text(row, {1: date(2025, 3, 5)}))
    # Its name says 2025; its data end in February.
    lay(study, YEAR, text(row, {5: date(2025, 2, 1)}))
    update(study, "ucdp_ged")
    assert told(study) == [(1, date(2025, 3, 5), True), (5, date(2025, 2, 1), False)]


EVENTS = st.dictionaries(
    st.integers(1, 6),
    st.integers(0, 80).map(lambda n: FIRST + timedelta(days=n)),
    min_size=1,
    max_size=5,
)


@pytest.mark.slow
@effort(max_examples=examples(2))
@given(month=EVENTS, bundle=EVENTS, year=EVENTS, order=st.permutations([MONTH, BUNDLE, YEAR]))
def test_the_order_of_arrival_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory,
    row: tuple[str, str],
    month: dict[int, date],
    bundle: dict[int, date],
    year: dict[int, date],
    order: list[str],
) -> None:
    releases = {MONTH: month, BUNDLE: bundle, YEAR: year}
    study = write_study(tmp_path_factory.mktemp("order"), (), TOML)
    for name in order:
        lay(study, name, text(row, releases[name]))
        update(study, "ucdp_ged")
    covered = {
        MONTH: (date(2025, 3, 1), min(date(2025, 3, 31), max(month.values()))),
        BUNDLE: (date(2025, 1, 1), max(bundle.values())),
        YEAR: (date(1989, 1, 1), max(year.values())),
    }
    expected: dict[int, date] = {}
    for level, name in enumerate((MONTH, BUNDLE, YEAR)):
        above = [covered[one] for one in (MONTH, BUNDLE, YEAR)[level + 1 :]]
        for number, day in releases[name].items():
            if not any(first <= day <= last for first, last in above):
                expected[number] = day
    assert {one[0]: one[1] for one in told(study)} == expected


YEAR_OF_ICEWS = "events.2022.20230106.tab"
WEEKS = {
    "20221230-icews-events.tab": {1: date(2022, 12, 28), 2: date(2022, 12, 28)},
    # Made after the year: event 3 of December was found later, event 1 is told again.
    "20230113-icews-events.tab": {
        1: date(2022, 12, 28), 3: date(2022, 12, 30),
        **dict.fromkeys(range(9, 30), date(2023, 1, 9)),
    },
}  # fmt: skip


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0)])
def test_a_release_withdraws_nothing_of_a_file_that_was_made_later(
    make_study: MakeStudy, order: tuple[int, ...]
) -> None:
    study = make_study(toml=TOML)
    year = {1: date(2022, 12, 28), 4: date(2022, 1, 3), 5: date(2022, 12, 31)}
    files = [*WEEKS.items(), (YEAR_OF_ICEWS, year)]
    for place in order:
        name, events = files[place]
        acts = [Act(number, day, "GRC", "TUR", "042") for number, day in events.items()]
        put(study, "icews", name, mirrors.icews_table(acts).encode(), 2022)
        update(study, "icews")
    found = ask(
        study,
        "select split_part(event_id, ':', 1)::int, string_split(raw_file_id, '/')[2] "
        "from core.event where event_date < '2023-01-01' order by 1",
    )
    assert found == [
        (1, YEAR_OF_ICEWS), (3, "20230113-icews-events.tab"),
        (4, YEAR_OF_ICEWS), (5, YEAR_OF_ICEWS),
    ]  # fmt: skip
    accounts = ask(study, "select n_loaded, n_duplicate from meta.raw_file order by raw_file_id")
    assert accounts == [(0, 2), (22, 1), (3, 0)]


def levels(study: Settings, source: str, *names: str) -> list[int]:
    found = [sources.named(study, source).recognise(name) for name in names]
    assert all(isinstance(one, Remote) for one in found), names
    return [one.level for one in found if one]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        (
            "ucdp_ged",
            ["GEDEvent_v25_0_3.csv", "GEDEvent_v25_01_25_12.csv", "ged251-csv.zip",
             "GEDEvent_v26_1.csv"],
        ),
        (
            "icews",
            ["20181004-icews-events.tab", "202201-icews-events.tab",
             "events.2015.20170206133646.tab", "Events.2017.20201006.tab"],
        ),
        (
            "polecat",
            ["ngecEvents.20230103111842.Release603.DV.txt", "ngecEventsDV-2022.txt.zip"],
        ),
    ],
)  # fmt: skip
def test_releases_stand_in_their_own_order(tmp_path: Path, source: str, names: list[str]) -> None:
    study = write_study(tmp_path, (), TOML)
    found = levels(study, source, *names)
    assert found == sorted(set(found))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("GEDEvent_v25_01_25_12.csv", date(2025, 1, 1), date(2025, 12, 31)),
        ("GEDEvent_v26_01_26_06.csv", date(2026, 1, 1), date(2026, 6, 30)),
        ("GEDEvent_v25_0_2.csv", date(2025, 2, 1), date(2025, 2, 28)),
        ("ged251-csv.zip", date(1989, 1, 1), date(2024, 12, 31)),
    ],
)
def test_the_days_of_a_release_of_ucdp(tmp_path: Path, name: str, first: date, last: date) -> None:
    found = sources.named(write_study(tmp_path, (), TOML), "ucdp_ged").recognise(name)
    assert found is not None
    assert (found.first_day, found.last_day) == (first, last)


def test_a_number_that_a_program_wrote_as_a_fraction_is_the_same_event(
    make_study: MakeStudy, row: tuple[str, str]
) -> None:
    study = make_study(toml=TOML)
    content = text(row, {7: date(2025, 3, 5)})
    lay(study, MONTH, content.replace(b"\n7,", b"\n7.0,"))
    lay(study, BUNDLE, content)
    update(study)
    assert ask(study, "select event_id from core.event") == [("7",)]
