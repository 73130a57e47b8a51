"""Inference in the pipeline: every question has a row, every row says what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from detente import pipeline
from detente.settings import Settings
from detente.warehouse import Published

MakeStudy = Callable[..., Settings]
Line = Callable[..., str]
TABLES = ("break_test", "break_point", "granger", "event_effect")
TOML = """\
[study]
name = "Test"
start = 1998-01-01
actors = ["JPN", "KOR", "PRK"]
focal_dyad = ["JPN", "KOR"]
"""


def test_a_planted_break_is_found_and_a_quiet_dyad_is_refused(
    make_study: MakeStudy, line: Line
) -> None:
    # A meeting every third month; from 2012 on a sanction each month instead.
    records = [
        line(f"m-{year}-{month}", f"{year}-{month:02d}-{10 + (year * month) % 17}")
        for year in range(1998, 2012)
        for month in (1, 4, 7, 10)
    ]
    records += [
        line(f"s-{year}-{month}", f"{year}-{month:02d}-{10 + (year + month) % 5}", code="163",
             reverse="", category="sanction")
        for year in range(2012, 2026)
        for month in range(1, 13)
        if (year + month) % 7
    ]  # fmt: skip
    study = make_study(records, toml=TOML)
    pipeline.refresh(study)
    with Published(study.database) as database:
        (found,) = database.dicts(
            "select * from stats.break_point where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        )
        refused = database.rows(
            "select distinct refusal from stats.break_test where actor2_iso3 = 'PRK'"
        )
    assert abs((found["last_before"] - date(2011, 12, 31)).days) <= 62
    assert found["last_before_lo"] <= found["last_before"] <= found["last_before_hi"]
    assert found["mean_before"] > 0 > found["mean_after"]
    assert json.loads(found["settings"])["min_segment"] == 33
    assert refused
    assert all(reason for (reason,) in refused)


def test_the_projects_study_has_an_answer_to_every_question(
    real_settings: Settings, real_database: Path
) -> None:
    pairs = real_settings.study.dyad_pairs
    with Published(real_database) as database:
        counted = {
            table: database.rows(f"select count(*) from stats.{table}")[0][0] for table in TABLES
        }
        tested = database.rows(
            "select distinct actor1_iso3, actor2_iso3 from stats.break_test "
            "where test = 'number of breaks' or refusal is not null"
        )
        silent = database.rows(
            "select * from stats.granger where refusal is null and (p_value is null or "
            "isnan(statistic) or null_hypothesis is null or n_obs is null or settings is null)"
        )
        uncorrected = database.rows(
            "select * from stats.event_effect where refusal is null and p_adjusted < p_value"
        )
    assert set(tested) == set(pairs)
    assert counted["granger"] == 2 * len(pairs)
    assert counted["event_effect"] >= 5
    assert silent == []
    assert uncorrected == []


def test_the_thaw_is_dated_with_its_uncertainty(real_database: Path) -> None:
    # Whatever the records say: at most what the search could see, with an interval around it.
    with Published(real_database) as database:
        rows = database.dicts(
            "select * from stats.break_point where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        )
    for row in rows:
        assert row["last_before_lo"] <= row["last_before"] <= row["last_before_hi"]
        assert "95% interval" in row["sentence"]


@pytest.mark.slow
def test_results_do_not_depend_on_the_run(
    real_settings: Settings, real_database: Path, tmp_path: Path
) -> None:
    paths = real_settings.paths.model_copy(
        update={"processed": tmp_path / "processed", "reports": tmp_path / "reports"}
    )
    again = pipeline.refresh(real_settings.model_copy(update={"paths": paths})).database
    with Published(real_database) as one, Published(again) as two:
        for table in TABLES:
            assert one.rows(f"select * from stats.{table}") == two.rows(
                f"select * from stats.{table}"
            )
