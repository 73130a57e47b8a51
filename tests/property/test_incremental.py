"""An incremental refresh gives, row for row, what a full build of the same inputs gives."""

from __future__ import annotations

import errno
import itertools
import math
import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.base.errors import CheckFailed
from detente.database import checks
from detente.database.published import Published
from detente.indices import draws, intervals
from detente.refresh import incremental, pipeline, runs
from detente.refresh.job import Result
from detente.store import parts
from tests.support import gdelt2, indices
from tests.support.effort import examples
from tests.support.provider import zipped
from tests.support.studies import Line, MakeStudy, sidecar_text, study_table

pytestmark = pytest.mark.study

STUDY = (
    study_table("2023-01-01", "JPN", "KOR", "PRK")
    + """\
[inference]
enabled = {inference}
draws = 100
[checks]
may_retract = ["gdelt2", "own", "records"]
retracted_share = 1.0
retracted_events = 1000
[sources.gdelt2]
enabled = true
start = 2023-01-01
base_url = "{feed}"
[sources.csv.own]
path = "own.csv"
covers_from = 2023-01-01
covers_to = 2025-06-30
[sources.csv.own.columns]
event_id = "id"
event_date = "day"
added_at = "added"
actor1 = "who"
actor2 = "whom"
code = "what"
"""
)
SIDECAR = sidecar_text("2023-01-01", "2025-06-30")
FIRST = date(2025, 4, 1)
PAIRS = list(itertools.permutations(("JPN", "KOR", "PRK", "USA"), 2))
CODES = ("010", "042", "112", "155", "190")

# Days after the first, how many days late, pair, code, mentions.
Event = tuple[int, int, tuple[str, str], str, int]
EVENT = st.tuples(
    st.integers(0, 70),
    st.sampled_from([0, 0, 0, 1, 7, 30, 365]),
    st.sampled_from(PAIRS),
    st.sampled_from(CODES),
    st.integers(1, 9),
)
EVENTS = st.lists(EVENT, min_size=1, max_size=25)
CALM = settings(indices.CALM, derandomize=True)


class Study:
    """A study whose files change from night to night."""

    def __init__(self, folder: Path, write: MakeStudy, inference: bool = False) -> None:
        self.folder, self.write = folder, write
        self.feed = folder / "feed"
        self.feed.mkdir(parents=True)
        self.toml = STUDY.format(
            inference=str(inference).lower(), feed=f"{self.feed.resolve().as_uri()}/"
        )
        if inference:  # the questions of one dyad are enough
            start = "[inference]"
            self.toml = self.toml.replace(start, f'dyads = [["JPN", "KOR"]]\n{start}')
            self.toml += "[inference.forecasts]\nenabled = false\n"
        self.n_files = 0
        # When the feed's first file came out: what is dated later is refused.
        self.published = datetime(2025, 6, 1)

    def records(self, lines: list[str]) -> None:
        """Write the hand-kept records."""
        self.settings = self.write(self.folder, lines, self.toml, SIDECAR)

    def own(self, events: list[Event]) -> None:
        """Write the file of your own: a later version stands in for every earlier one."""
        rows = ["id,day,added,who,whom,what"]
        for number, (day, late, pair, code, _) in enumerate(events):
            when = FIRST + timedelta(days=day)
            rows.append(
                f"o{number},{when},{when + timedelta(days=late)},{pair[0]},{pair[1]},{code}"
            )
        (self.folder / "own.csv").write_text("\n".join([*rows, ""]), encoding="utf-8")

    def gdelt(self, events: list[Event], number: int | None = None) -> None:
        """Write a file of the feed; one that was there before is put in its place."""
        if number is None:
            number, self.n_files = self.n_files, self.n_files + 1
        moment = self.published + timedelta(minutes=15 * number)
        lines = []
        for place, (day, late, pair, code, mentions) in enumerate(events):
            when = FIRST + timedelta(days=day)
            added = when + timedelta(days=late)
            # Some sides are no states: they count in the volume alone.
            second = "IGO" if code == "010" and mentions == 1 else pair[1]
            known = {
                "GLOBALEVENTID": str(1000 * number + place),
                "SQLDATE": f"{when:%Y%m%d}",
                "Actor1Code": pair[0],
                "Actor1CountryCode": pair[0],
                # Not every act is one of organs of state.
                "Actor1Type1Code": "BUS" if mentions % 3 == 0 else "GOV",
                "Actor2Code": second,
                "Actor2CountryCode": "" if second == "IGO" else second,
                "EventCode": code,
                "NumMentions": str(mentions),
                "DATEADDED": f"{added:%Y%m%d}000000",
            }
            lines.append(gdelt2.row(known))
        name = f"{moment:%Y%m%d%H%M%S}.export.CSV"
        content = "\n".join([*lines, ""]).encode()
        (self.feed / f"{name}.zip").write_bytes(zipped(name, content))
        files = {path.name: path.read_bytes() for path in self.feed.glob("*.zip")}
        listed = gdelt2.master_list(files, f"{self.feed.as_uri()}/")
        for place in ("masterfilelist.txt", "lastupdate.txt"):
            (self.feed / place).write_bytes(listed)

    def refresh(self, full: bool = False) -> Result:
        """Bring the database up to date with what lies on disk."""
        return pipeline.refresh(self.settings, full=full)


def content(database: Path) -> dict[str, list[str]]:
    """Return every row of every table and view of core, marts and stats, in an order of its own."""
    with Published(database) as published:
        tables = published.rows(
            "select table_schema || '.' || table_name from information_schema.tables "
            "where table_schema in ('core', 'marts', 'stats') order by all"
        )
        return {
            table: sorted(map(repr, published.rows(f"select * from {table}")))
            for (table,) in tables
        }


def assert_recomputed(database: Path, officials: str, weighting: str) -> None:
    """Add the months up from the events, in plain Python."""
    with Published(database) as published:
        values = dict(
            published.rows(
                "select cameo_code, scale_value from core.scale where scale = 'goldstein'"
            )
        )
        events = published.rows(
            "select source, actor1_iso3, actor2_iso3, event_date, cameo_code, is_official, "
            "coalesce(n_mentions, 1) from core.event"
        )
        months = published.rows(
            "select source, actor1_iso3, actor2_iso3, period_start, n_events, net "
            "from marts.dyad_month where direction = 'directed' and counting = 'all' "
            "and n_events > 0"
        )
        # Of months before its first file, or without any, a source says nothing, whatever a later
        # file tells of them.
        begins = dict(published.rows("select source, first_day from meta.coverage"))
        unknown = set(
            published.rows(
                "select distinct month.source, month.period_start from marts.dyad_month as month "
                "inner join meta.coverage_gap as gap using (source) where gap.reason = 'no file' "
                "and gap.first_day <= month.period_start and gap.last_day >= month.period_end"
            )
        )
    wanted: dict[tuple[str, str, str, date], list[float]] = {}
    for source, actor1, actor2, day, code, is_official, mentions in events:
        if {actor1, actor2} <= {"JPN", "KOR", "PRK"} and (officials == "all" or is_official):
            weight = math.log(1 + mentions) if weighting == "log_mentions" else 1.0
            cell = (source, actor1, actor2, day.replace(day=1))
            first = begins.get(source)
            if not first or day < first.replace(day=1) or (source, cell[-1]) in unknown:
                continue
            wanted.setdefault(cell, []).append((values[code] or 0.0) * weight)
    assert {tuple(row[:4]): (row[4], pytest.approx(row[5], abs=1e-9)) for row in months} == {
        cell: (len(added), math.fsum(added)) for cell, added in wanted.items()
    }


def assert_same_as_a_full_build(study: Study) -> None:
    """Compare the published database with a full build of the same inputs."""
    found = content(study.settings.database)
    assert study.refresh(full=True).run.build == incremental.FULL
    wanted = content(study.settings.database)
    assert found.keys() == wanted.keys()
    for table, rows in wanted.items():
        assert found[table] == rows, table


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Return a function that sets the day."""

    def put(day: date) -> None:
        monkeypatch.setattr(runs, "now", lambda: datetime(day.year, day.month, day.day, 3))

    return put


NIGHT = st.one_of(
    st.tuples(st.just("feed"), EVENTS),
    st.tuples(st.just("feed again"), EVENTS),
    st.tuples(st.just("own"), EVENTS),
    st.tuples(st.just("records"), st.sets(st.integers(0, 80), min_size=1, max_size=6)),
    st.tuples(st.just("days pass"), st.integers(1, 40)),
)


@pytest.mark.full
@settings(CALM, max_examples=examples(2))
@given(
    first=st.tuples(EVENTS, EVENTS),
    officials=st.sampled_from(["official", "all"]),
    weighting=st.sampled_from(["log_mentions", "none"]),
    nights=st.lists(st.lists(NIGHT, min_size=1, max_size=3), min_size=3, max_size=3),
)
def test_nights_of_incremental_refreshes_equal_a_full_build(
    tmp_path_factory: pytest.TempPathFactory,
    write_study: MakeStudy,
    line: Line,
    clock: Callable[[date], None],
    monkeypatch: pytest.MonkeyPatch,
    first: tuple[list[Event], list[Event]],
    officials: str,
    weighting: str,
    nights: list[list[tuple[str, object]]],
) -> None:
    # Parts are merged often, so that most nights have one that came by merging.
    monkeypatch.setattr(parts, "MERGE_AT", 3)
    study = Study(tmp_path_factory.mktemp("nights"), write_study)
    study.toml += f'[index]\nofficials = "{officials}"\nweighting = "{weighting}"\n'
    today = date(2025, 5, 20)
    clock(today)
    study.records([line("a", "2025-04-02")])
    study.own(first[0])
    study.gdelt(first[1])
    assert study.refresh().run.build == incremental.FULL
    for night in nights:
        for what, drawn in night:
            if what == "feed":
                study.gdelt(drawn)
            elif what == "feed again":
                study.gdelt(drawn, number=0)
            elif what == "own":
                study.own(drawn)
            elif what == "records":
                days = [FIRST + timedelta(days=day) for day in sorted(drawn)]
                study.records([line(f"r{day:%d%m}", day) for day in days])
            else:
                today += timedelta(days=drawn)
                clock(today)
        result = study.refresh()
        assert not result.is_new or result.run.build == incremental.INCREMENTAL
    assert_recomputed(study.settings.database, officials, weighting)
    assert_same_as_a_full_build(study)


@pytest.mark.full
def test_what_is_published_at_midnight_belongs_to_the_day_that_begins(
    tmp_path: Path, write_study: MakeStudy, clock: Callable[[date], None]
) -> None:
    """A night that stands as of a day knows what was published on it, and nothing later."""
    study = Study(tmp_path / "study", write_study)
    study.records([])
    # Published on 20, 21 and 22 May, at midnight.
    acts = [(49, 0), (49, 1), (49, 2)]
    study.own([(day, late, ("JPN", "KOR"), "042", 1) for day, late in acts])
    study.gdelt([(day, late, ("JPN", "KOR"), "042", 1) for day, late in acts])
    count = "select source, count(*)::int from core.event group by all order by all"
    for today, n_known in ((20, 1), (21, 2)):
        clock(date(2025, 5, today))
        with Published(study.refresh().database) as published:
            assert published.rows(count) == [("gdelt2", n_known), ("own", n_known)]
    clock(date(2025, 5, 25))
    study.refresh()
    result = pipeline.refresh(study.settings, as_of=date(2025, 5, 21))
    with Published(result.database) as published:
        assert published.rows(count) == [("gdelt2", 2), ("own", 2)]


def test_a_base_that_was_published_against_its_checks_is_no_base(
    tmp_path: Path, write_study: MakeStudy, line: Line
) -> None:
    study = Study(tmp_path / "study", write_study)
    study.records([line("a", "2025-04-02")])
    study.own([])
    study.gdelt([(1, 0, ("JPN", "KOR"), "042", 1)])
    (study.folder / "data" / "raw" / "records" / "spoilt.csv").write_text("no,table\n")
    sidecar = study.folder / "data" / "raw" / "records" / "spoilt.toml"
    sidecar.write_text(SIDECAR, encoding="utf-8")
    with pytest.raises(CheckFailed):
        study.refresh()
    forced = pipeline.refresh(study.settings, force_publish="the rest is needed today")
    assert forced.run.forced_reason == "the rest is needed today"
    for path in (sidecar, sidecar.with_suffix(".csv")):
        path.unlink()
    after = study.refresh()
    assert after.run.build == incremental.FULL
    assert after.run.checks_failed == []


def test_a_quarter_is_added_up_from_the_months_that_were_kept(
    tmp_path: Path,
    write_study: MakeStudy,
    clock: Callable[[date], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []
    real = intervals.replicate_sums

    def counted(seeds: intervals.Seeds, *given: Any) -> intervals.Floats:
        drawn.append(len(seeds))
        return real(seeds, *given)

    def month(first: int, n: int) -> list[Event]:
        pair = ("JPN", "KOR")
        return [(first + place % 28, 0, pair, CODES[place % 5], 2) for place in range(n)]

    study = Study(tmp_path / "study", write_study)
    clock(date(2025, 7, 10))
    study.records([])
    study.own([])
    study.published = datetime(2025, 7, 1)
    april, may, june = 0, 30, 61
    for first in (april, may, june):
        study.gdelt(month(first, 40))
    study.refresh()
    study.gdelt([(june + 9, 0, ("KOR", "JPN"), "190", 1)])
    monkeypatch.setattr(intervals, "replicate_sums", counted)
    assert study.refresh().run.build == incremental.INCREMENTAL
    # The new act and the 32 of June that have a value; not those of the months before it.
    assert sum(drawn) == 33
    # The files of June now tell of May: nothing is left of June, yet its quarter has to change.
    study.gdelt(month(may, 3), number=2)
    study.gdelt(month(may, 1), number=3)
    assert study.refresh().run.build == incremental.INCREMENTAL
    assert_same_as_a_full_build(study)


@pytest.mark.full
def test_no_number_depends_on_which_draws_are_kept_nor_on_how_many_are_made_at_once(
    tmp_path: Path, write_study: MakeStudy, clock: Callable[[date], None]
) -> None:
    study = Study(tmp_path / "study", write_study)
    clock(date(2025, 7, 10))
    study.records([])
    study.own([(day, 0, ("JPN", "KOR"), "190", 1) for day in range(0, 70, 3)])
    events: list[Event] = [
        (day, 0, pair, CODES[(day + place) % 5], 2)
        for place, pair in enumerate(PAIRS)
        for day in range(0, 90, 2 + place)
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(draws, "KEPT_DYADS", 1)
        patched.setattr(draws, "KEPT_FROM", 20)
        patched.setattr(draws, "_PIECE", 17)
        study.gdelt(events)
        study.refresh()
        study.gdelt([(64, 0, ("PRK", "KOR"), "112", 1), (3, 0, ("KOR", "JPN"), "042", 1)])
        assert study.refresh().run.build == incremental.INCREMENTAL
        found = content(study.settings.database)
    study.refresh(full=True)
    wanted = content(study.settings.database)
    assert 0 < len(found.pop("marts.month_draw")) < len(wanted.pop("marts.month_draw"))
    for table, rows in wanted.items():
        assert found[table] == rows, table


@pytest.mark.full
def test_the_indices_of_a_source_do_not_depend_on_another_source(
    tmp_path: Path, write_study: MakeStudy, line: Line, clock: Callable[[date], None]
) -> None:
    clock(date(2025, 7, 10))
    study = Study(tmp_path / "study", write_study)
    study.records([line(f"r{n}", FIRST - timedelta(days=11 * n)) for n in range(60)])
    query = "select * from marts.dyad_value where source = 'records' order by all"
    found = []
    for events in ([], [(day, 0, PAIRS[day % 12], CODES[day % 5], 1) for day in range(60)]):
        study.own(events)
        study.gdelt(events)
        with Published(study.refresh(full=True).database) as published:
            found.append(published.rows(query))
    assert found[0] == found[1]


def test_the_base_is_copied_whole_whether_or_not_the_system_can_do_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = incremental.Base(tmp_path / "base")
    base.path.write_bytes(bytes(range(256)) * 4099)
    base.copy(tmp_path / "one")

    def refuse(*_: object) -> int:
        raise OSError(errno.EXDEV, "not between these")

    monkeypatch.setattr(os, "copy_file_range", refuse, raising=False)
    base.copy(tmp_path / "other")
    for name in ("one", "other"):
        assert (tmp_path / name).read_bytes() == base.path.read_bytes()


def test_the_questions_are_asked_again_only_when_what_they_read_differs(
    tmp_path: Path, write_study: MakeStudy, line: Line, clock: Callable[[date], None]
) -> None:
    study = Study(tmp_path / "study", write_study, inference=True)
    clock(date(2025, 7, 10))
    records = [line(f"r{n}", FIRST - timedelta(days=20 * n)) for n in range(40)]
    study.records(records)
    study.own([(1, 0, ("JPN", "KOR"), "042", 1)])
    study.gdelt([(1, 0, ("JPN", "KOR"), "042", 1)])
    study.refresh()
    study.gdelt([(2, 0, ("JPN", "KOR"), "190", 1), (9, 30, ("KOR", "JPN"), "112", 1)])
    feed = study.refresh()
    assert feed.run.build == incremental.INCREMENTAL
    assert feed.run.n_changed_cells == 2
    assert any("the answers stand" in told for told in feed.lines)
    study.records(records[1:])
    corrected = study.refresh()
    # A visit acts both ways: two dyad-days lose it.
    assert corrected.run.n_changed_cells == 2
    assert not any("the answers stand" in told for told in corrected.lines)


@pytest.mark.full
@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda study: study.toml.replace('"PRK"]', '"PRK", "CHN"]'), "the settings differ"),
        pytest.param(
            lambda study: study.toml + "[index]\nhalf_life_days = 90\n",
            "the settings differ",
            marks=pytest.mark.full,
        ),
    ],
)
def test_other_settings_lead_to_a_full_build(
    tmp_path: Path,
    write_study: MakeStudy,
    line: Line,
    change: Callable[[Study], str],
    reason: str,
) -> None:
    study = Study(tmp_path / "study", write_study)
    study.records([line("a", "2025-04-02")])
    study.own([])
    study.gdelt([(1, 0, ("JPN", "KOR"), "042", 1)])
    study.refresh()
    study.toml = change(study)
    study.records([line("a", "2025-04-02")])
    run = study.refresh().run
    assert (run.build, run.n_changed_cells) == (incremental.FULL, None)
    assert run.build_reason is not None
    assert run.build_reason.startswith(reason)


def test_an_id_that_came_before_on_another_day_fails_the_checks(
    tmp_path: Path, write_study: MakeStudy
) -> None:
    """The checks of a night look at the days that differ, and for new ids at all of them."""
    study = write_study(tmp_path / "study", (), indices.STUDY)
    events = indices.table_of(
        [
            (0, ("JPN", "KOR"), "042", True, 1, 1),
            (5, ("JPN", "KOR"), "112", True, 1, 1),
            (9, ("JPN", "KOR"), "190", True, 1, 1),
        ]
    ).assign(event_id=["e1", "e2", "e1"])
    with indices.build(study, events, source="gdelt2") as warehouse:
        warehouse.execute("create schema before")
        day = events["event_date"].iloc[2]
        warehouse.insert("meta.changed_cell", ["source", "day"], [("gdelt2", day)])
        warehouse.execute(
            "create table before.arrived as select 'gdelt2' as source, 'e1' as event_id"
        )
        incremental.find_rows_to_check(warehouse)
        looked_at = warehouse.rows("select event_id, event_date from checked_event order by all")
        failing = [
            one.check.name
            for one in checks.run(warehouse, partial(incremental.rows_to_check, warehouse))
            if not one.passed
        ]
    assert looked_at == [("e1", events["event_date"].iloc[0]), ("e1", day)]
    assert "event_ids_are_unique" in failing
