"""Where a source is known to have looked: from its files and data, not from a name or clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente.database.builder import Warehouse
from detente.refresh import input_tables
from detente.settings import Settings
from detente.sources.base import Remote
from detente.store.raw_file import Count, RawFile
from tests.support import mirrors
from tests.support.effort import examples
from tests.support.loading import ask, put, update
from tests.support.mirrors import Act
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study

pytestmark = pytest.mark.study

FIRST = date(2000, 1, 1)
COLUMNS = [
    "raw_file_id", "source", "path", "n_rows", "n_loaded", "n_out_of_scope", "n_unknown",
    "n_duplicate", "n_rejected", "status", "covers_from", "covers_to", "named_to", "loaded_at",
]  # fmt: skip


ICEWS = "[sources.icews]\nenabled = true\nstart = 1995-01-01\n"


def toml(*actors: str) -> str:
    return study_table("1979-01-01", "JPN", "KOR", *actors) + NO_INFERENCE


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return write_study(tmp_path_factory.mktemp("study"), (), toml())


def days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=one) for one in range((last - first).days + 1)}


# A file: the days since the one before, how many days its name tells of, on how many of them its
# data stop short, and whether it could be downloaded.
FILE = st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(0, 25), st.booleans())


@effort(max_examples=examples(6))
@given(files=st.lists(FILE, min_size=1, max_size=6))
def test_a_day_is_known_only_where_a_file_tells_of_it(
    study: Settings, files: list[tuple[int, int, int, bool]]
) -> None:
    rows, known, day = [], set(), FIRST
    for number, (skipped, length, short, is_there) in enumerate(files):
        first = day + timedelta(days=skipped)
        named_to = first + timedelta(days=length)
        covers_to = named_to if not length else max(first, named_to - timedelta(days=short))
        status = "loaded" if is_there else "missing"
        rows.append(
            (f"feed/{number}.zip", "feed", "f", 9999, 9999, 0, 0, 0, 0, status, first, covers_to,
             named_to, "2021-01-01 00:00:00")
        )  # fmt: skip
        if is_there:
            known |= days(first, covers_to)
        day = named_to + timedelta(days=1)
    # Where the next file follows at once, a week of silence at the end is no gap.
    there = [one for one in rows if one[9] == "loaded"]
    for one, following in pairwise(there):
        if one[11] >= one[12] - timedelta(days=7) and following[10] <= one[12] + timedelta(days=1):
            known |= days(one[10], one[12])
    with Warehouse() as warehouse:
        warehouse.create_inputs()
        input_tables.study(warehouse, study, date(2021, 1, 1))
        warehouse.insert("meta.raw_file", COLUMNS, rows)
        warehouse.build("meta.covering_file")
        warehouse.build("meta.coverage_gap")
        warehouse.build("meta.coverage")
        gaps = warehouse.rows(
            "select first_day, last_day from meta.coverage_gap where reason = 'no file'"
        )
        coverage = warehouse.rows("select first_day, last_day, complete_to from meta.coverage")
    if not known:
        assert coverage == []
        return
    ((first, last, complete_to),) = coverage
    assert (first, last) == (min(known), max(known))
    unknown = set().union(*(days(*gap) for gap in gaps)) if gaps else set()
    assert unknown == days(first, last) - known
    # The last day that is known whole; what is unknown before it is told as a gap.
    reached = max(one[11] for one in there)
    assert complete_to == max(day for day in known if day <= reached)


def test_years_between_the_files_of_gdelt_1_are_unknown(
    make_study: MakeStudy, shared_data: Path
) -> None:
    study = make_study(toml=toml("USA") + "[sources.gdelt1]\nenabled = true\nstart = 1979-01-01\n")
    daily = (shared_data / "gdelt1" / "daily_58col.export.CSV").read_bytes()
    backfile = (shared_data / "gdelt1" / "historical_57col.csv").read_bytes()
    put(study, "gdelt1", "1982.zip", zipped("1982.csv", backfile), 1982)
    put(study, "gdelt1", "20160728.export.CSV.zip", zipped("a.CSV", daily), 2016)
    update(study)
    ((last_event,),) = ask(
        study, "select last_event from meta.raw_file where raw_file_id = 'gdelt1/1982.zip'"
    )
    assert ask(study, "select first_day, last_day, reason from meta.coverage_gap") == [
        (min(last_event + timedelta(days=1), date(1983, 1, 1)), date(2016, 7, 27), "no file")
    ]
    ((first, last, complete_to),) = ask(
        study, "select first_day, last_day, complete_to from meta.coverage"
    )
    assert (first, last) == (date(1982, 1, 1), date(2016, 7, 28))
    assert complete_to == date(2016, 7, 28), "what lies behind a gap is known again"


def own(covers: str = "covers_from = 2020-01-01") -> str:
    return (
        toml()
        + f'[sources.csv.mine]\npath = "mine.csv"\n{covers}\n[sources.csv.mine.columns]\n'
        + 'event_date = "day"\nactor1 = "who"\nactor2 = "whom"\ncode = "what"\n'
    )


@pytest.mark.parametrize(
    ("first", "n_rows", "covers_from"),
    [
        (date(1982, 1, 8), 365, date(1982, 1, 1)),
        (date(1982, 1, 9), 365, date(1982, 1, 9)),
        # Thirteen rows a year are a month apart, so that half a year of silence is nothing rare.
        (date(1982, 7, 1), 13, date(1982, 1, 1)),
        (date(1982, 9, 1), 13, date(1982, 9, 1)),
        (date(1982, 12, 31), 1, date(1982, 1, 1)),
    ],
)
def test_a_year_that_begins_late_tells_of_no_day_before(
    first: date, n_rows: int, covers_from: date
) -> None:
    """A file of November and December under the name of a year has no ten months of zeros."""
    remote = Remote("1982.zip", "", date(1982, 1, 1), date(1982, 12, 31))
    for one in (remote, replace(remote, is_snapshot=True), replace(remote, is_closed=True)):
        file = RawFile(one, "gdelt1/1982.zip", Path("1982.zip"), "1982.zip", "", "")
        count = Count(file, "", n_rows=n_rows)
        count.see(first, date(1982, 12, 31))
        expected = covers_from if one == remote else date(1982, 1, 1)
        assert count.covered == (expected, date(1982, 12, 31))


def test_events_of_other_days_move_the_coverage_of_a_persons_export_alone() -> None:
    remote = Remote("1982.zip", "", date(1982, 1, 1), date(1982, 12, 31))
    for one, first in ((remote, 1982), (replace(remote, is_part_of_world=True), 1981)):
        count = Count(RawFile(one, "a/1982.zip", Path("1982.zip"), "", "", ""), "", n_rows=365)
        count.see(date(1981, 1, 1), date(1982, 12, 31))
        assert count.covered == (date(first, 1, 1), date(1982, 12, 31))


@pytest.mark.parametrize(
    ("covers", "last_day"),
    [
        ("covers_from = 2020-01-01", date(2021, 3, 4)),
        ("covers_from = 2020-01-01\ncovers_to = 2021-12-31", date(2021, 12, 31)),
    ],
)
def test_a_file_of_ones_own_ends_with_its_last_row(
    make_study: MakeStudy, covers: str, last_day: date
) -> None:
    study = make_study(toml=own(covers))
    (study.home / "mine.csv").write_text(
        "day,who,whom,what\n2021-03-04,JPN,KOR,042\n2020-02-03,JPN,KOR,042\n", encoding="utf-8"
    )
    update(study, offline=False)
    assert ask(study, "select first_day, last_day, complete_to from meta.coverage") == [
        (date(2020, 1, 1), last_day, last_day)
    ]


def test_a_provider_that_stopped_leaves_no_zeros(make_study: MakeStudy, shared_data: Path) -> None:
    study = make_study(
        toml=toml() + "[sources.csis_provocations]\nenabled = true\nstart = 1990-01-01\n"
    )
    text = (shared_data / "nk" / "csis_provocations_1958_present.csv").read_bytes()
    header, *rows = text.splitlines(keepends=True)
    old = [row for row in rows if row < b"2017"]
    from datetime import datetime

    from detente.sources import snapshot

    # Fetched nine years after the provider's last entry.
    name = snapshot.versioned("csis_provocations_1958_present.csv", datetime(2026, 1, 2), "0" * 64)
    put(study, "csis_provocations", name, header + b"".join(old), 2026)
    update(study)
    ((last,),) = ask(study, "select last_day from meta.coverage")
    assert last == max(date.fromisoformat(row[:10].decode()) for row in old)


# Per file the weeks since the one before it, on which days its week begins and ends around the day
# of its name, rows a day, and how many of them are of an earlier week.
WEEK = st.tuples(
    st.integers(1, 3), st.integers(-7, -5), st.integers(-3, 1), st.integers(1, 3), st.integers(0, 2)
)


def of_icews(number: int, rows: Sequence[date]) -> bytes:
    acts = [Act(number * 1000 + n, day, "GRC", "TUR", "042") for n, day in enumerate(rows)]
    return mirrors.icews_table(acts).encode()


@effort(max_examples=examples(4))
@given(weeks=st.lists(WEEK, min_size=1, max_size=5), order=st.randoms(use_true_random=False))
def test_a_file_of_icews_covers_the_days_that_most_of_its_rows_are_of(
    tmp_path_factory: pytest.TempPathFactory,
    weeks: list[tuple[int, int, int, int, int]],
    order: Random,
) -> None:
    """Its name has the day on which it was made: no zero there, and no gap where it tells."""
    study = write_study(tmp_path_factory.mktemp("icews"), (), toml() + ICEWS)
    files, known, sunday = [], set[date](), date(2020, 7, 5)
    for number, (later, begins, ends, a_day, old) in enumerate(weeks):
        sunday += timedelta(days=7 * later)
        told = days(sunday + timedelta(days=begins), sunday + timedelta(days=ends))
        known |= told
        # What a later file adds to an earlier week makes no day of it known.
        rows = [*sorted(told) * 10 * a_day, *[sunday - timedelta(days=30)] * old]
        files.append((f"{sunday:%Y%m%d}-icews-events.tab", of_icews(number, rows)))
    order.shuffle(files)
    for name, content in files:
        put(study, "icews", name, content, 2020)
    update(study)
    gaps = ask(study, "select first_day, last_day from meta.coverage_gap")
    ((first, last),) = ask(study, "select first_day, last_day from meta.coverage")
    unknown = set().union(*(days(*one) for one in gaps)) if gaps else set()
    assert days(first, last) - unknown == known
    assert ask(study, "select sum(n_rows), sum(n_loaded) from meta.raw_file") == [
        (sum(content.count(b"\n") - 1 for _, content in files),) * 2
    ]


def test_the_week_of_icews_of_july_2020(make_study: MakeStudy) -> None:
    """20200719-icews-events.tab is of 13 to 20 July 2020, with events from 26 June on."""
    study = make_study(toml=toml() + ICEWS)
    for number, sunday in enumerate((date(2020, 7, 12), date(2020, 7, 19))):
        week = sorted(days(sunday - timedelta(days=6), sunday)) * 90
        monday = [sunday + timedelta(days=1)] * 40
        earlier = [date(2020, 6, 26), *days(date(2020, 6, 28), sunday - timedelta(days=7))]
        rows = [*earlier, *week, *monday]
        put(study, "icews", f"{sunday:%Y%m%d}-icews-events.tab", of_icews(number, rows), 2020)
    # A file without a row tells of no day.
    put(study, "icews", "20200726-icews-events.tab", of_icews(9, []), 2020)
    update(study)
    assert ask(
        study, "select status, covers_from, covers_to, named_to from meta.raw_file order by path"
    )[:2] == [
        ("loaded", date(2020, 7, 6), date(2020, 7, 13), date(2020, 7, 13)),
        ("loaded", date(2020, 7, 13), date(2020, 7, 20), date(2020, 7, 20)),
    ]
    assert ask(study, "select first_day, last_day, complete_to from meta.coverage") == [
        (date(2020, 7, 6), date(2020, 7, 20), date(2020, 7, 20))
    ]


def test_a_week_of_polecat_covers_the_days_of_its_events(
    make_study: MakeStudy, shared_data: Path
) -> None:
    study = make_study(toml=toml("CHN") + "[sources.polecat]\nenabled = true\nstart = 2018-01-01\n")
    (file,) = (shared_data / "faults").glob("polecat_*")
    text = file.read_bytes()
    put(study, "polecat", file.name.removeprefix("polecat_"), text, 2024)
    later = text.replace(b"2024-05-26", b"2024-06-09").replace(b"20240526", b"20240609")
    put(study, "polecat", "ngecEvents.20240617073501.Release682.DV.txt", later, 2024)
    update(study)
    assert ask(study, "select first_day, last_day from meta.coverage") == [
        (date(2024, 5, 26), date(2024, 6, 9))
    ]
    # The week of which there is no file.
    ((first, last),) = ask(study, "select first_day, last_day from meta.coverage_gap")
    assert date(2024, 5, 27) <= first <= date(2024, 6, 3)
    assert last == date(2024, 6, 8)
