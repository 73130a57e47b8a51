"""Inference in the pipeline: every question has a row, every row says what it rests on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from detente.base.errors import SettingsError
from detente.database.published import Published
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support import profile
from tests.support.some import some
from tests.support.studies import Line, MakeStudy, meetings_and_later_acts, study_table

TABLES = (
    "break_test",
    "break_point",
    "diagnostic",
    "granger",
    "impulse_response",
    "triad",
    "event_effect",
    "event_path",
    "variance_decomposition",
    "outlook",
    "outlook_score",
    "hypothesis",
)
TOML = study_table("1998-01-01", "JPN", "KOR", "PRK")
NO_FORECASTS = "[inference.forecasts]\nenabled = false\n"
ONE_DYAD = 'dyads = [["JPN", "KOR"]]\n[inference]\ndraws = 100\n'
TWO_DYADS = 'dyads = [["JPN", "KOR"], ["JPN", "PRK"]]\n[inference]\ndraws = 100\n'


@pytest.mark.full
def test_a_planted_break_is_found_and_a_quiet_dyad_is_refused(make_study: MakeStudy) -> None:
    records = meetings_and_later_acts(2011, "163", "", "sanction")
    study = make_study(records, toml=TOML + TWO_DYADS + NO_FORECASTS)
    pipeline.refresh(study)
    with Published(study.database) as database:
        (found,) = database.dicts(
            "select * from stats.break_point where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        )
        refused = database.rows(
            "select distinct refusal from stats.break_test where actor2_iso3 = 'PRK'"
        )
        outlooks = database.rows("select * from stats.outlook")
    assert abs((found["last_before"] - date(2011, 12, 31)).days) <= 62
    assert found["last_before_lo"] <= found["last_before"] <= found["last_before_hi"]
    assert found["mean_before"] > 0 > found["mean_after"]
    assert json.loads(found["settings"])["min_segment"] == 33
    assert refused
    assert all(reason for (reason,) in refused)
    assert outlooks == [], "the settings switch them off"


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
            "where test_id = 'number_of_breaks' or is_refused"
        )
        silent = database.rows(
            "select * from stats.granger where refusal is null and (p_value is null or "
            "isnan(statistic) or null_hypothesis is null or n_obs is null or settings is null)"
        )
        uncorrected = database.rows(
            "select * from stats.event_effect where refusal is null and p_adjusted < p_value"
        )
    assert set(tested) == set(pairs)
    # Two directions, of all acts and of one-sided acts alone.
    assert counted["granger"] == 4 * len(pairs)
    assert counted["event_effect"] >= 5 * len(pairs)
    assert silent == []
    assert uncorrected == []


def test_every_dyad_is_described_before_it_is_tested(
    real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        described = database.rows(
            "select actor1_iso3, actor2_iso3 from stats.diagnostic where test_id = 'suitability'"
        )
        silent = database.rows(
            "select * from stats.diagnostic where refusal is null "
            "and test_id <> 'suitability' and (statistic is null or isnan(statistic))"
        )
        udmax = database.rows(
            "select * from stats.break_test where test_id = 'any_number_of_breaks'"
        )
    assert set(described) == set(real_settings.study.dyad_pairs)
    assert silent == []
    assert len(udmax) == len(real_settings.study.dyad_pairs)


def test_responses_are_complete_and_their_bands_are_ordered(
    real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        paths = database.rows(
            "select actor1_iso3, actor2_iso3, count(*), min(horizon), max(horizon), "
            "bool_and(response_lo <= response_hi) from stats.impulse_response "
            "where refusal is null and triad is null group by all"
        )
        refused = database.rows(
            "select actor1_iso3, actor2_iso3 from stats.impulse_response "
            "where refusal is not null and triad is null"
        )
    # Two kinds, two impulses, two responses, the month itself and twelve after it.
    assert all(path[2:] == (2 * 2 * 2 * 13, 0, 12, True) for path in paths)
    assert {path[:2] for path in paths} | set(refused) == set(real_settings.study.dyad_pairs)


def test_every_triad_of_the_settings_is_asked_or_refused(
    real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        rows = database.rows(
            "select triad, direction, count(*), count(p_value) + count(refusal) "
            "from stats.triad group by all"
        )
        paths = database.rows(
            "select triad, count(*), count(response_value) from stats.impulse_response "
            "where triad is not null group by all"
        )
    names = {"-".join(s) for s in real_settings.inference.triads}
    assert {row[:2] for row in rows} == {
        (name, direction) for name in names for direction in ("directed", "undirected")
    }
    assert all(n == n_told for _, _, n, n_told in rows)
    # Two kinds, six impulses, six responses, the month itself and twelve after it; or a refusal.
    assert {path[0] for path in paths} == names
    assert all(path[1:] in ((2 * 6 * 6 * 13, 2 * 6 * 6 * 13), (1, 0)) for path in paths)


def test_shares_of_a_response_add_up_to_one(real_database: Path) -> None:
    with Published(real_database) as database:
        rows = database.rows(
            "select sum(share), min(share), count(*) from stats.variance_decomposition "
            "where refusal is null "
            "group by actor1_iso3, actor2_iso3, response_kind, response, horizon"
        )
    assert rows
    assert all(total == pytest.approx(1.0) and low >= 0.0 and n == 2 for total, low, n in rows)


def test_paths_have_bands_and_leave_out_their_base(real_database: Path) -> None:
    with Published(real_database) as database:
        rows = database.rows(
            "select method, min(horizon), max(horizon), count(*), "
            "bool_and(effect_lo <= effect and effect <= effect_hi), "
            "bool_or(horizon = -1), bool_and(p_adjusted >= p_value) "
            "from stats.event_path where refusal is null "
            "group by method, actor1_iso3, actor2_iso3, event_kind"
        )
    assert set(rows) == {
        ("event study", -6, 5, 11, True, False, True),
        ("local projection", -6, 12, 18, True, False, True),
    }


def test_a_triad_without_its_dyads_is_refused_with_the_reason(
    make_study: MakeStudy, line: Line
) -> None:
    toml = TOML + ONE_DYAD + 'triads = [["JPN", "KOR", "PRK"]]\n' + NO_FORECASTS
    study = make_study([line("m-1", "2001-05-10"), line("m-2", "2010-02-11")], toml=toml)
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = database.rows("select direction, refusal, statistic from stats.triad")
    assert [row[0] for row in rows] == ["undirected", "directed"]
    assert all(refusal and statistic is None for _, refusal, statistic in rows)


def test_a_triad_of_other_states_is_not_a_setting(make_study: MakeStudy) -> None:
    toml = TOML + '[inference]\ntriads = [["JPN", "KOR", "USA"]]\n'
    with pytest.raises(SettingsError, match="three different members"):
        make_study([], toml=toml)


def test_the_thaw_is_dated_with_its_uncertainty(real_database: Path) -> None:
    # Whatever the records say: at most what the search could see, with an interval around it.
    with Published(real_database) as database:
        rows = database.dicts(
            "select * from stats.break_point where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        )
    for row in some(rows):
        assert row["last_before_lo"] <= row["last_before"] <= row["last_before_hi"]
        assert "95% interval" in row["sentence"]


# In short in test_due_steps, whose full build gives what the build before it gave.
@pytest.mark.full
def test_results_do_not_depend_on_the_run(
    built_study: Callable[[str], Path], tmp_path: Path
) -> None:
    again = profile.build(tmp_path, "asked")
    with Published(built_study("asked")) as one, Published(again) as two:
        for table in TABLES:
            assert one.rows(f"select * from stats.{table}") == two.rows(
                f"select * from stats.{table}"
            )


def test_a_kind_without_events_is_refused_and_not_left_out(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study(
        {"meetings": [line("a", "2020-01-31")], "empty": []}, toml=TOML + ONE_DYAD + NO_FORECASTS
    )
    (study.raw / "records" / "empty.toml").write_text(
        (study.raw / "records" / "meetings.toml")
        .read_text(encoding="utf-8")
        .replace('title = "Meetings"', 'title = "Nothing"'),
        encoding="utf-8",
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = database.rows(
            "select refusal from stats.event_effect where event_kind = 'Nothing' "
            "and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
        )
    assert rows == [("no record of this kind falls in the months that every file covers",)]
