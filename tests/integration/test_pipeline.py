"""A refresh from end to end on a small study, with the real database."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from detente.base.errors import (
    Busy,
    CheckFailed,
    DetenteError,
    NotPublished,
    QueryError,
    SettingsError,
    UsageError,
)
from detente.database import checks
from detente.database.published import Published
from detente.indices import reading
from detente.operations import doctor
from detente.refresh import pipeline, plan, publish, runs
from detente.settings import Settings
from tests.support.command import detente
from tests.support.some import some
from tests.support.studies import STUDY, Line, MakeStudy

CONTENT = (
    "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
)
# Differ from run to run by nature: when, by which run.
VARYING = {"meta.run": None, "meta.raw_file": "loaded_at"}


def _content(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for the moments of the run."""
    with Published(database) as published:
        tables = [f"{schema}.{name}" for schema, name in published.rows(CONTENT)]
        found = {}
        for table in sorted(tables):
            if table in VARYING and VARYING[table] is None:
                continue
            columns = [name for name in published.columns(table) if name != VARYING.get(table)]
            chosen = ", ".join(f'"{name}"' for name in columns)
            found[table] = published.rows(f"select {chosen} from {table}")
        return found


def test_a_visit_acts_both_ways_and_sums_up(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("tokyo-2023", "2023-03-16")])
    result = pipeline.refresh(study)
    assert result.is_new
    with Published(study.database) as database:
        events = database.rows(
            "select event_id, actor1_iso3, actor2_iso3, cameo_code, goldstein, raw_file_id, "
            "raw_row from core.event order by event_id"
        )
        # 042 make a visit and 043 host a visit: 1.9 and 2.8 on Goldstein's scale (GDELT's table).
        assert events == [
            ("tokyo-2023:JPN>KOR", "JPN", "KOR", "043", 2.8, "records/meetings.csv", 2),
            ("tokyo-2023:KOR>JPN", "KOR", "JPN", "042", 1.9, "records/meetings.csv", 2),
        ]
        months = reading.series(database, "KOR", "JPN")
        assert len(months) == 28 * 12
        march = months[months["period_start"] == "2023-03-01"].iloc[0]
        assert march["net"] == pytest.approx(4.7)
        assert march["n_events"] == 2
        assert march["relative_net"] == 1
        assert months["net"].sum() == pytest.approx(4.7)
        assert months[months["is_zero_filled"]]["mean_goldstein"].isna().all()
        days = reading.series(database, "JPN", "KOR", "day").set_index("period_start")
        assert len(days) == (date(2025, 12, 31) - date(1998, 1, 1)).days + 1
        assert days["net"].drop(pd.Timestamp("2023-03-16")).eq(0).all()
        assert days.loc["2023-03-16", ["net", "net_per_1k"]].tolist() == pytest.approx([4.7, 2350])
        assert days["score"].isna().all()


def test_the_stock_is_halved_every_half_life(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31"), line("b", "2020-03-15", code="163", reverse="")])
    pipeline.refresh(study)
    with Published(study.database) as database:
        months = reading.series(database, "JPN", "KOR").set_index("period_start")
    # By hand: 4.7 on 31 January 2020 is 29 days old on 29 February and 60 on 31 March, where
    # -8.0 (code 163, 15 March) is 16 days old. Half-life 180 days.
    assert months.loc["2020-01-01", "stock"] == pytest.approx(4.7)
    assert months.loc["2020-02-01", "stock"] == pytest.approx(4.7 * 2 ** (-29 / 180))
    assert months.loc["2020-03-01", "stock"] == pytest.approx(
        4.7 * 2 ** (-60 / 180) - 8.0 * 2 ** (-16 / 180)
    )


def test_one_a_day_counts_a_pair_and_code_once(make_study: MakeStudy, line: Line) -> None:
    study = make_study(
        [
            line("a", "2020-01-31", code="163", reverse=""),
            line("b", "2020-01-31", code="163", reverse=""),
            line("c", "2020-01-31", code="150", reverse=""),
        ]
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        every = reading.series(database, "KOR", "JPN", "year", "directed")
        once = reading.series(database, "KOR", "JPN", "year", "directed", "one_a_day")
    assert every["n_events"].sum() == 3
    assert once["n_events"].sum() == 2
    assert once["net"].sum() == pytest.approx(-8.0 - 7.2)


def test_refreshing_twice_changes_nothing(visited: Settings) -> None:
    bytes_before, content = visited.database.read_bytes(), _content(visited.database)
    assert not pipeline.refresh(visited).is_new
    assert visited.database.read_bytes() == bytes_before
    again = pipeline.refresh(visited, force=True)
    assert again.is_new
    assert _content(visited.database) == content
    every = checks.all_checks()
    n_comparing = sum(one.compares for one in every)
    assert any(line.endswith(f"{len(every)} checks passed") for line in again.lines)
    visited.database.unlink()
    alone = pipeline.refresh(visited)
    assert _content(visited.database) == content
    told = (
        f"{len(every) - n_comparing} checks passed; {n_comparing} that compare with it were left "
        "out: there is no earlier database"
    )
    assert any(line.endswith(told) for line in alone.lines)


def test_rejected_rows_are_kept_and_shown_and_the_rest_is_published(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study([line("a", "2020-01-31"), line("b", "2020-13-31"), line("c", "2020-02-01")])
    pipeline.refresh(study)
    with Published(study.database) as database:
        assert database.rows("select count(*) from core.record") == [(2,)]
        assert database.rows(
            "select raw_file_id, raw_row, column_name, value from core.event_rejected"
        ) == [("records/meetings.csv", 3, "event_date", "2020-13-31")]
    problems = [one for one in doctor.examine(study) if one.severity == "problem"]
    assert [one.subject for one in problems] == ["data/raw/records/meetings.csv:3"]


def test_a_spoiled_file_keeps_yesterdays_database(
    visited: Settings, make_study: MakeStudy, subtests: pytest.Subtests
) -> None:
    before = visited.database.read_bytes()
    for content in (b"a,b\n1,2\n", bytes(range(256)) * 20):
        with subtests.test(content[:8]):
            make_study({"meetings": content})
            with pytest.raises(CheckFailed, match="no raw file is refused as a whole"):
                pipeline.refresh(visited)
            assert visited.database.read_bytes() == before
            assert runs.history(visited.processed)[-1].outcome == runs.FAILED
            assert not publish.left_over(visited.processed)
            assert any(one.subject == "last run" for one in doctor.examine(visited))


def test_a_failing_check_names_the_rows(make_study: MakeStudy, line: Line) -> None:
    # The sidecar claims to cover 2025 at most; an event after that falls into no period.
    study = make_study([line("late", "2025-12-31"), line("later", "2026-01-01")])
    with pytest.raises(CheckFailed, match="period sums equal the days"):
        pipeline.refresh(study)
    assert not study.database.exists()


def test_the_settings_count_records_otherwise_than_their_files(
    make_study: MakeStudy, line: Line
) -> None:
    lines = [line("a", "2020-01-31"), line("b", "2020-02-10", code="163", reverse="")]
    rules = (
        '[[records.recode]]\nname = "meetings"\ncameo_code = "042"\nto = "044"\n'
        '[[records.recode]]\nname = "measures"\ncameo_code = "163"\nleave_out = true\n'
    )
    study = make_study(lines, toml=STUDY + rules)
    pipeline.refresh(study)
    with Published(study.database) as database:
        acts = "select actor1_iso3, cameo_code from core.event order by all"
        assert database.rows(acts) == [("JPN", "044"), ("KOR", "044")]
        assert database.rows("select record_id, rule from core.record") == [("a", "meetings")]
        counts = "select n_rows, n_loaded, n_out_of_scope from meta.raw_file"
        assert database.rows(counts) == [(2, 1, 1)]
    # Without the rules the records stand as their file has them.
    pipeline.refresh(make_study(lines))
    with Published(study.database) as database:
        assert database.rows(acts) == [("JPN", "043"), ("KOR", "042"), ("KOR", "163")]
    wrong = make_study(lines, toml=STUDY + rules.replace('"044"', '"999"'))
    with pytest.raises(SettingsError, match=r"'meetings' of \[records\]: expected a CAMEO code"):
        pipeline.refresh(wrong)


def test_as_of_a_past_day_later_records_are_unknown(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31"), line("b", "2020-02-10")])
    result = pipeline.refresh(study, as_of=date(2020, 2, 9))
    assert result.database.name == "detente.as-of-2020-02-09.duckdb"
    assert not study.database.exists()
    early = make_study([line("a", "2020-01-31")], folder=study.home / "early")
    pipeline.refresh(early, as_of=date(2020, 2, 9))
    with (
        Published(result.database) as then,
        Published(early.database_as_of(date(2020, 2, 9))) as known,
    ):
        query = "select * from marts.dyad_period"
        assert then.rows(query) == known.rows(query)
        assert then.rows("select max(last_day) from meta.coverage") == [(date(2020, 2, 9),)]


def test_the_plan_says_what_a_refresh_would_do_and_writes_nothing(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study([line("a", "2020-01-31")])
    assert [one.reason for one in plan.plan(study)] == ["there is no published database"]
    assert not study.processed.exists()
    pipeline.refresh(study)
    assert plan.plan(study) == []
    make_study({"meetings": [line("a", "2020-01-30")], "other": [line("b", "2021-01-01")]})
    actions = plan.plan(study)
    assert [(one.subject, one.reason) for one in actions if one.action == "load"] == [
        ("records: records/meetings.csv", "changed"),
        ("records: records/other.csv", "new"),
        ("records: records/other.toml", "new"),
    ]


def test_a_second_writer_is_told_who_holds_the_lock(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31")])
    with publish.only_writer(study.processed), pytest.raises(Busy, match=r"process \d+ since"):
        pipeline.refresh(study)
    assert pipeline.refresh(study).is_new


def test_a_reader_keeps_its_snapshot_while_a_new_one_is_published(
    visited: Settings, make_study: MakeStudy, line: Line
) -> None:
    count = "select count(*) from core.record"
    with Published(visited.database) as reader:
        make_study([line("a", "2020-01-31"), line("b", "2020-02-01")])
        pipeline.refresh(visited)
        assert reader.rows(count) == [(1,)]
        # A reader that comes later is another process: within one, DuckDB shares what is open.
        done = detente(visited.home, "sql", "--csv", count)
        assert done.returncode == 0, done.stderr
        assert done.stdout.split()[-1] == "2"


def test_leftovers_of_a_killed_run_are_removed(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31")])
    study.processed.mkdir(parents=True)
    dead = publish.building_path(study.processed, "dead")
    dead.write_bytes(b"half")
    assert any("killed" in one.message for one in doctor.examine(study))
    pipeline.refresh(study)
    assert not dead.exists()


def test_a_damaged_database_is_an_error_with_a_remedy(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31")])
    with pytest.raises(NotPublished, match="detente refresh"):
        Published(study.database)
    study.processed.mkdir(parents=True, exist_ok=True)
    study.database.write_bytes(b"not a database" * 100)
    with pytest.raises(NotPublished, match="delete it"):
        Published(study.database)
    # A refresh does not need the old file.
    assert pipeline.refresh(study).is_new


def test_a_database_of_another_version_is_named_as_such(visited: Settings) -> None:
    with Published(visited.database) as database, pytest.raises(NotPublished, match="this version"):
        database.rows("select not_there from meta.study")


WRITES_OR_READS_ELSEWHERE = [
    "create table x (a integer)",
    "delete from core.event",
    "attach '{folder}/other.duckdb'",
    "copy (select 1) to '{folder}/out.csv'",
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    "install httpfs",
    "load httpfs",
    "set enable_external_access = true",
    "set memory_limit = '100GB'",
    "select 1; select 2",
    "",
    "select nope from core.event",
]


def test_the_query_door_is_read_only(
    visited: Settings, tmp_path: Path, subtests: pytest.Subtests
) -> None:
    before = visited.database.read_bytes()
    with Published(visited.database) as database:
        for statement in WRITES_OR_READS_ELSEWHERE:
            with subtests.test(statement):
                with pytest.raises(QueryError):
                    database.query(statement.format(folder=tmp_path))
                assert visited.database.read_bytes() == before
                assert not (tmp_path / "out.csv").exists()


def test_a_query_that_runs_too_long_is_stopped(visited: Settings) -> None:
    endless = "select count(*) from range(100000000) a, range(100000000) b where a.range > b.range"
    with Published(visited.database) as database:
        with pytest.raises(QueryError, match=r"longer than 0\.3 s"):
            database.query(endless, timeout_seconds=0.3)
        assert database.query("select 1 as one")["one"].tolist() == [1]


def test_an_unknown_dyad_lists_the_known_ones(visited: Settings) -> None:
    with Published(visited.database) as database, pytest.raises(UsageError, match="JPN-KOR"):
        reading.series(database, "JPN", "FRA")


def test_a_check_explains_what_failed(visited: Settings) -> None:
    with Published(visited.database) as database:
        outcomes = list(checks.run(database))
    assert all(one.passed for one in some(outcomes))
    assert all(one.check.meaning for one in outcomes)


def test_every_error_a_user_can_meet_has_an_exit_code() -> None:
    def below(kind: type[DetenteError]) -> list[type[DetenteError]]:
        return [kind, *(two for one in kind.__subclasses__() for two in below(one))]

    assert {kind.exit_code for kind in below(DetenteError)} == {1, 2}
