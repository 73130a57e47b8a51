"""The settings name the series: any source, counting, period and measure is asked about."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.analysis import event_kinds, series, variants
from detente.database.published import Published
from detente.indices import reading
from detente.refresh import pipeline
from detente.settings import SeriesChoice
from tests.support.studies import SIDECAR, Line, MakeStudy, study_table

TOML = (
    study_table("2007-01-01", "JPN", "KOR", "PRK")
    + """\
dyads = [["JPN", "KOR"]]
[inference]
draws = 100
[inference.forecasts]
enabled = false
[[inference.series]]
source = "mine"
measure = "net_per_1k"
[[inference.series]]
source = "records"
measure = "n_conflict"
counting = "one_a_day"
[[inference.series]]
source = "records"
freq = "week"
[[inference.series]]
source = "gdelt2"
[[inference.hypotheses]]
id = "break-2013"
question = "Did relations break about 2013?"
kind = "break"
dyad = ["JPN", "KOR"]
first = 2012-01-01
last = 2013-12-31
[sources.csv.mine]
path = "{path}"
covers_from = 2007-01-01
covers_to = 2018-12-31
[sources.csv.mine.columns]
event_date = "day"
actor1 = "who"
actor2 = "whom"
code = "what"
title = "words"
"""
)


def _events() -> list[str]:
    """Return a source whose volume grows fourfold while its tone turns bad once, after 2012."""
    lines = []
    for month in range(144):
        year, number = 2007 + month // 12, month % 12 + 1
        good = 3 + month % 2 if year < 2013 else 1
        bad = 1 if year < 2013 else 3 + month % 2
        for copy in range(1 + month // 36):
            for i in range(good):
                lines.append(f"{year}-{number:02d}-{1 + i},JPN,KOR,042,visit {copy}")
            for i in range(bad):
                lines.append(f"{year}-{number:02d}-{15 + i},KOR,JPN,120,refusal {copy}")
    return lines


@pytest.fixture(scope="module")
def database(
    write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory
) -> Published:
    folder: Path = tmp_path_factory.mktemp("series")
    mine = folder / "mine.csv"
    mine.write_text("\n".join(["day,who,whom,what,words", *_events()]), encoding="utf-8")
    records = [
        line(f"s-{year}-{month}", f"{year}-{month:02d}-11", code="163", reverse="",
             category="sanction")
        for year in range(2007, 2019)
        for month in range(1, 13)
        if year < 2013 or month % 6 == 0
    ]  # fmt: skip
    sidecar = SIDECAR.replace("2025-12-31", "2018-12-31")
    study = write_study(folder, records, TOML.replace("{path}", str(mine)), sidecar)
    pipeline.refresh(study)
    return Published(study.database)


def test_a_machine_coded_source_has_the_break_of_its_share_of_reports(database: Published) -> None:
    (found,) = database.dicts(
        "select * from stats.break_point where source = 'mine' "
        "order by abs(mean_after - mean_before) desc limit 1"
    )
    assert found["mean_before"] > 0 > found["mean_after"]
    assert found["measure"] == "net_per_1k"
    assert abs((found["last_before"] - date(2012, 12, 31)).days) <= 62
    assert "net score per 1,000 events of the source a month (mine)" in found["sentence"]


def test_each_series_of_the_settings_has_its_rows(database: Published) -> None:
    rows = database.rows("select distinct source, counting, freq, measure from stats.break_test")
    assert set(rows) == {
        ("mine", "all", "month", "net_per_1k"),
        ("records", "one_a_day", "month", "n_conflict"),
        ("records", "all", "week", "net"),
        ("gdelt2", "all", "month", "net"),
    }


def test_a_source_that_is_not_loaded_says_so(database: Published) -> None:
    (row,) = database.dicts("select * from stats.break_test where source = 'gdelt2'")
    assert row["refusal"] == "no complete month of gdelt2 is loaded"
    assert row["statistic"] is None


def test_weeks_are_dated_by_weeks_and_have_no_effects_of_events(database: Published) -> None:
    days = database.rows(
        "select distinct dayofweek(unnest(break_dates)) from stats.robustness where freq = 'week'"
    )
    assert days == [(0,)]  # a week ends with its Sunday
    refused = database.rows("select distinct refusal from stats.event_effect where freq = 'week'")
    assert refused == [("effects of events are asked of monthly series",)]


def test_an_event_is_not_its_own_effect_in_a_source_that_reports_it(database: Published) -> None:
    ((refusal,),) = database.rows("select refusal from stats.event_effect where source = 'mine'")
    assert "its own effect" in refusal


def test_questions_are_answered_from_the_first_series(database: Published) -> None:
    ((verdict, sentence),) = database.rows("select verdict, sentence from stats.hypothesis")
    assert verdict in {"supported", "partly supported"}
    assert "(mine)" in sentence


def test_p_values_are_corrected_within_a_series(database: Published) -> None:
    # One dyad and three series: each test is alone in its family, so nothing is to be corrected.
    rows = database.rows(
        "select p_value, p_adjusted from stats.break_test where p_value is not null"
    )
    assert rows
    assert all(raw == pytest.approx(adjusted) for raw, adjusted in rows)


@pytest.mark.parametrize("counting", ["all", "one_a_day"])
def test_the_sums_without_a_kind_that_is_not_there_are_those_of_the_mart(
    database: Published, counting: str
) -> None:
    for sign in ("cooperation", "conflict"):
        choice = SeriesChoice.model_validate(
            {"source": "records", "measure": sign, "counting": counting}
        )
        one = series.dyad(database, choice, ("JPN", "KOR"))
        built = event_kinds.sums_without(database, one, "No such kind")
        pd.testing.assert_series_equal(built[sign], one.values)
        assert event_kinds.sums_without(database, one, "Meetings").eq(0).all(axis=None)


def test_a_feeds_breaks_are_sought_on_other_scales_and_countings_alone(
    database: Published,
) -> None:
    rows = database.rows(
        "select variant, count(*), count(refusal) from stats.robustness where source = 'mine' "
        "group by all order by all"
    )
    assert rows == [("as_asked", 1, 0), ("counting", 1, 0), ("scale", 4, 0), ("trimming", 1, 0)]
    choice = SeriesChoice(source="mine", measure="net_per_1k")
    one = series.dyad(database, choice, ("JPN", "KOR"))
    (copdab,) = [
        other
        for other in variants.variants(database, [one], choice, 0.1)[one.pair].variants
        if other.name == "azar_sloan"
    ]
    computed = reading.series(database, "JPN", "KOR", source="mine", scale="azar_sloan")
    expected = computed[computed["is_complete"]]["net_per_1k"]
    np.testing.assert_allclose(copdab.values, expected, atol=1e-9)
    assert not np.allclose(copdab.values, one.values)


def test_a_measure_that_cannot_be_built_otherwise_has_no_rows(database: Published) -> None:
    rows = database.rows("select distinct source, freq, measure from stats.robustness order by all")
    assert rows == [("mine", "month", "net_per_1k"), ("records", "week", "net")]
