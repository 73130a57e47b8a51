"""The checks that hold a new database against the one published before."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import CheckFailed, SettingsError, UsageError
from detente.database import checks
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.operations import doctor
from detente.refresh import input_tables, pipeline, runs
from detente.report import run as report
from tests.support.command import detente_here
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

STUDY = study_table("1998-01-01", "JPN", "KOR") + NO_INFERENCE
OWN = """\
[sources.csv.feed]
path = "{path}"
covers_from = 2024-01-01
covers_to = {last}
cameo_code = "042"
[sources.csv.feed.columns]
event_id = "id"
event_date = "day"
actor1 = "who"
actor2 = "whom"
"""
MINIMAL = {
    "study": {
        "name": "Test",
        "start": "1998-01-01",
        "actors": ["JPN", "KOR"],
        "focal_dyad": ["JPN", "KOR"],
    }
}
FIRST = date(2024, 1, 1)
A_DAY = 60


def write(folder: Path, counts: list[int]) -> str:
    """Write a file with so many events on each day from 2024-01-01 on; return its section."""
    path = folder / "feed.csv"
    lines = ["id,day,who,whom"]
    for number, count in enumerate(counts):
        day = FIRST + timedelta(days=number)
        lines += [f"{day}/{one},{day},JPN,KOR" for one in range(count)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return OWN.format(path=path, last=FIRST + timedelta(days=len(counts) - 1))


def told(error: pytest.ExceptionInfo[CheckFailed]) -> set[str]:
    return set(re.findall(r"Check failed: (.+) \(\d+ failing", str(error.value)))


@pytest.mark.full
def test_a_file_that_is_gone_does_not_take_its_events_along(
    make_study: MakeStudy, line: Line
) -> None:
    many = [line(f"a{n}", FIRST + timedelta(days=n)) for n in range(30)]
    study = make_study({"meetings": many, "other": [line("b", "2024-03-01")]})
    pipeline.refresh(study)
    before = study.database.read_bytes()
    (study.raw / "records" / "meetings.csv").unlink()
    with pytest.raises(CheckFailed) as error:
        pipeline.refresh(study)
    assert told(error) == {"history does not shrink"}
    assert "2024-01-01" in str(error.value)
    assert "--force-publish" in str(error.value)
    assert study.database.read_bytes() == before
    # A record that is corrected may change its month.
    study = make_study({"meetings": [line("a0", "2024-02-20"), *many[1:]]})
    assert pipeline.refresh(study, force_publish="not needed").is_new
    assert runs.history(study.processed)[-1].forced_reason is None


def volumes(path: Path, days: dict[date, int], complete_to: date) -> Path:
    """Write a database that holds what the checks of volume read, and nothing else."""
    with Warehouse(path) as warehouse:
        warehouse.create_inputs()
        study = settings.Settings.model_validate(MINIMAL)
        input_tables.check_limits(warehouse, study, is_today=True)
        input_tables.study(warehouse, study, complete_to)
        warehouse.execute(
            "create table marts.volume_day "
            "(source varchar, counting varchar, day date, n_events bigint)"
        )
        warehouse.insert(
            "marts.volume_day",
            ["source", "counting", "day", "n_events"],
            [("gdelt2", "all", day, n) for day, n in days.items() if n],
        )
        warehouse.execute(
            "create table meta.coverage "
            "(source varchar, first_day date, last_day date, complete_to date)"
        )
        warehouse.execute(
            "create table meta.coverage_gap (source varchar, first_day date, last_day date)"
        )
        warehouse.insert(
            "meta.coverage",
            ["source", "first_day", "last_day", "complete_to"],
            [("gdelt2", min(days), max(days), complete_to)],
        )
    return path


@pytest.mark.parametrize(
    ("counts", "failed"),
    [
        ([A_DAY] * 41, set()),
        ([A_DAY] * 40 + [A_DAY // 3] * 2, set()),
        ([A_DAY] * 40 + [5, 5], {"new_days_are_as_full_as_those_before"}),
        ([A_DAY] * 40 + [0], {"new_days_are_as_full_as_those_before"}),
        ([A_DAY] * 40 + [A_DAY * 5], {"new_days_are_as_full_as_those_before"}),
        # Late reports add a little to days that were there.
        ([A_DAY + 5] * 40, set()),
        ([A_DAY * 2] * 31 + [A_DAY] * 9, {"history_does_not_swell"}),
        # February was not whole before, so that nothing is known of how much it holds.
        ([A_DAY] * 31 + [A_DAY * 5] * 9, set()),
        ([A_DAY] * 35 + [A_DAY - 1] + [A_DAY] * 4, {"history_does_not_shrink"}),
    ],
    ids=[
        "same", "a third", "hardly any", "none", "five times", "late", "twice", "not whole", "less",
    ],
)  # fmt: skip
def test_the_volume_of_a_source_stays_within_bounds(
    tmp_path: Path, counts: list[int], failed: set[str]
) -> None:
    def days(numbers: list[int]) -> dict[date, int]:
        return {FIRST + timedelta(days=n): count for n, count in enumerate(numbers)}

    before = volumes(tmp_path / "before.duckdb", days([A_DAY] * 40), FIRST + timedelta(days=39))
    last = FIRST + timedelta(days=len(counts) - 1)
    now = volumes(tmp_path / "now.duckdb", days(counts), last)
    with Warehouse(now) as warehouse, warehouse.attached(before, checks.PREVIOUS):
        found = {
            check.name: warehouse.dicts(check.query)
            for check in checks.all_checks()
            if check.compares
        }
    assert {name for name, rows in found.items() if rows} == failed
    assert all(row["source"] == "gdelt2" for rows in found.values() for row in rows)


def test_a_source_with_few_events_a_day_may_vary(tmp_path: Path) -> None:
    few = {FIRST + timedelta(days=n): 3 for n in range(40)}
    before = volumes(tmp_path / "before.duckdb", few, FIRST + timedelta(days=39))
    more = few | {FIRST + timedelta(days=40): 90}
    now = volumes(tmp_path / "now.duckdb", more, FIRST + timedelta(days=40))
    with Warehouse(now) as warehouse, warehouse.attached(before, checks.PREVIOUS):
        assert not [
            check.name
            for check in checks.all_checks()
            if check.compares and warehouse.rows(check.query)
        ]


def test_a_source_that_fell_silent_is_named(make_study: MakeStudy, tmp_path: Path) -> None:
    section = write(tmp_path, [1] * 5)
    lag = (runs.now().date() - date(2024, 1, 5)).days
    with pytest.raises(CheckFailed) as error:
        pipeline.refresh(
            make_study(toml=STUDY + section + f"[checks.max_lag_days]\nfeed = {lag - 1}\n")
        )
    assert told(error) == {"sources are fresh enough"}
    assert re.search(rf"feed\s+2024-01-05.*\s{lag}\s+{lag - 1}", str(error.value))
    study = make_study(toml=STUDY + section + f"[checks.max_lag_days]\nfeed = {lag}\n")
    assert pipeline.refresh(study).is_new
    # As of a past day it was as fresh as it was.
    assert pipeline.refresh(study, as_of=date(2024, 1, 3)).is_new


def test_a_reason_publishes_all_the_same_and_is_kept(make_study: MakeStudy, line: Line) -> None:
    toml = STUDY + "[checks]\nmay_retract = []\n"
    study = make_study([line("a", "2024-01-31"), line("b", "2024-02-10")], toml)
    pipeline.refresh(study)

    # Not one event is lost of a source that takes nothing back.
    make_study([line("b", "2024-02-10")], toml)
    with pytest.raises(CheckFailed, match="history does not shrink"):
        pipeline.refresh(study)
    with pytest.raises(UsageError, match="a reason"):
        pipeline.refresh(study, force_publish=" ")

    reason = "the visit <of January> never took place"
    done = detente_here(study.home, "refresh", "--force-publish", reason, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["forced_reason"] == reason
    with Published(study.database) as database:
        assert database.rows(
            "select checks_failed, forced_reason from meta.run order by started_at desc limit 1"
        ) == [(["history_does_not_shrink"], reason)]
    assert any(reason in one.message for one in doctor.examine(study))
    page = next(path for path in report.render_all(study) if path.name == "index.html")
    assert "the visit &lt;of January&gt; never took place" in page.read_text(encoding="utf-8")


def test_a_limit_for_a_source_that_is_none_is_refused(make_study: MakeStudy) -> None:
    with pytest.raises(SettingsError, match="gdelt3"):
        make_study(toml=STUDY + "[checks.max_lag_days]\ngdelt3 = 2\n")


def test_the_checks_that_compare_are_told_apart() -> None:
    comparing = {one.name for one in checks.all_checks() if one.compares}
    assert comparing == {
        "history_does_not_shrink",
        "history_does_not_swell",
        "new_days_are_as_full_as_those_before",
    }
