"""What a notebook gets: a study's series without unknown periods, and tests on any series."""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import detente
from detente.base.errors import SettingsError, UsageError
from detente.library import findings, questions, study
from detente.refresh import pipeline
from tests.support.studies import MakeStudy, meetings_and_later_acts, sidecar_text

MONTHS = pd.period_range("2000-01", periods=120, freq="M")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> detente.Study:
    folder = tmp_path_factory.mktemp("library") / "study"
    records = meetings_and_later_acts(2012, "112", "", "summit")
    config = write_study(folder, records, sidecar=sidecar_text("1998-01-01", "2026-03-31"))
    pipeline.refresh(config)
    return detente.open(folder)


def test_a_series_holds_complete_periods_alone(opened: detente.Study) -> None:
    frame = opened.index("JPN", "KOR")
    assert isinstance(frame.index, pd.PeriodIndex)
    assert frame.index[-1] == pd.Period("2026-03", "M")
    assert frame["is_complete"].all()


def test_an_incomplete_period_is_unknown_and_no_zero(opened: detente.Study) -> None:
    frame = opened.index("JPN", "KOR", freq="year", complete_only=False)
    later = frame[~frame["is_complete"].astype(bool)]
    assert len(later) >= 1
    assert later["net"].isna().all()
    assert later["n_events"].isna().all()
    kept = opened.index("JPN", "KOR", freq="year")
    assert kept.index[-1] == pd.Period("2025", "Y")
    pd.testing.assert_series_equal(frame.loc[kept.index, "net"], kept["net"])


@pytest.mark.parametrize(("freq", "pandas"), [("year", "Y-DEC"), ("week", "W-SUN"), ("day", "D")])
def test_periods_are_what_they_are_called(opened: detente.Study, freq: str, pandas: str) -> None:
    frame = opened.index("KOR", "JPN", freq=freq)
    assert frame.index.freqstr == pandas
    days = opened.index("JPN", "KOR", freq="day")["net"]
    starts = frame.index.to_timestamp()
    first = days[(days.index.to_timestamp() >= starts[5]) & (days.index.to_timestamp() < starts[6])]
    assert frame["net"].iloc[5] == pytest.approx(first.sum())


def test_events_of_a_span_come_in_order(opened: detente.Study) -> None:
    found = opened.events("KOR", "JPN", "2013-02", "2013-03")
    days = pd.to_datetime(found["event_date"])
    assert len(found) > 0
    assert days.is_monotonic_increasing
    assert days.between("2013-02-01", "2013-03-31").all()
    everything = opened.sql("select count(*) as n from core.event")["n"][0]
    assert len(opened.events("JPN", "KOR")) == everything


def test_a_state_may_be_named(opened: detente.Study) -> None:
    pd.testing.assert_frame_equal(opened.index("Japan", "South Korea"), opened.index("JPN", "kor"))
    assert len(opened.events("South Korea", "Japan")) == len(opened.events("JPN", "KOR"))


@pytest.mark.parametrize(
    ("question", "told"),
    [
        (lambda one: one.index("JNP", "KOR"), "names no actor|did you mean"),
        (lambda one: one.index("JPN", None), "got None"),
        (lambda one: one.index("JPN", "USA"), "JPN-USA is not a dyad of the study, which has"),
        (lambda one: one.index("JPN", "KOR", "monthly"), "frequency of day, .*got 'monthly'"),
        (lambda one: one.index("JPN", "KOR", direction="both"), "of directed, undirected, got"),
        (lambda one: one.index("JPN", "KOR", counting="each"), "counting of all, one_a_day"),
        (lambda one: one.index("JPN", "KOR", scale="mine"), "scale of .*goldstein"),
        (lambda one: one.index("JPN", "KOR", source="record"), "source among records"),
        (lambda one: one.events("JNP", "KOR"), "names no actor|did you mean"),
        (lambda one: one.events("JPN", "USA"), "JPN-USA is not a dyad of the study, which has"),
        (lambda one: one.events("JPN", "KOR", "2014", "2013"), "end on or after the start"),
        (lambda one: one.events("JPN", "KOR", source="record"), "There are: records"),
    ],
)  # fmt: skip
def test_what_the_study_lacks_is_named_and_never_an_empty_answer(
    opened: detente.Study, question: Callable[[detente.Study], object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        question(opened)


def test_results_are_tables_and_a_wrong_name_lists_them(opened: detente.Study) -> None:
    assert "p_value" in opened.results("granger").columns
    assert opened.results("stats.granger").equals(opened.results("granger"))
    with pytest.raises(UsageError, match="granger"):
        opened.results("grange")


def test_a_study_is_opened_by_file_folder_and_database(opened: detente.Study) -> None:
    home = opened.path.parents[2]
    for place in (home, home / "detente.toml", opened.path):
        assert detente.open(place).dyads == opened.dyads
    assert opened.sources == ["records"]


def test_a_place_without_a_study_says_so(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"detente\.toml"):
        detente.open(tmp_path)
    with pytest.raises(UsageError, match="the path of a study, got 5"):
        detente.open(5)  # type: ignore[arg-type]


def test_a_break_is_found_said_and_drawn() -> None:
    noise = np.random.default_rng(0).normal(size=120)
    series = pd.Series(np.where(np.arange(120) < 60, 0.0, 5.0) + noise, MONTHS, name="net")
    found = detente.find_breaks(series)
    row = found.to_frame().iloc[0]
    assert row["last_before"] == "2004-12"
    assert row["mean_after"] - row["mean_before"] == pytest.approx(
        series[60:].mean() - series[:60].mean()
    )
    assert "2004-12" in found.sentence()
    assert found.summary().startswith(found.sentence())
    assert "layer" in found.plot().to_dict()


@pytest.mark.parametrize(
    "index", [MONTHS, MONTHS.to_timestamp(), pd.RangeIndex(120)], ids=["period", "date", "number"]
)
def test_any_index_will_do(index: pd.Index) -> None:
    values = np.where(np.arange(120) < 60, 0.0, 5.0) + np.random.default_rng(1).normal(size=120)
    found = detente.find_breaks(pd.Series(values, index))
    assert len(found.to_frame()) == 1
    assert found.plot().to_json()


def test_a_series_that_cannot_be_tested_is_refused_with_its_reason() -> None:
    found = detente.find_breaks(pd.Series(np.zeros(120), MONTHS, name="net"))
    assert found.is_refused
    assert "No result for net" in found.sentence()
    with pytest.raises(findings.Refused, match="net"):
        found.to_frame()
    with pytest.raises(findings.Refused, match="net"):
        found.plot()


def test_the_library_answers_as_the_study_does(opened: detente.Study) -> None:
    """Both ask the same months, so the same p-value comes out."""
    series = opened.index("JPN", "KOR")["net"]
    found = detente.granger(
        opened.index("JPN", "KOR", direction="directed")["net"].rename("JPN>KOR"),
        opened.index("KOR", "JPN", direction="directed")["net"].rename("KOR>JPN"),
    )
    assert found.is_refused or len(found.to_frame()) <= 2
    effect = detente.event_study(series, {"visit": ["2013-06-15", "2016-06-15"]})
    assert effect.to_frame()["n_events"].iloc[0] == 2
    assert effect.plot().to_json()


def test_a_forecast_has_bands_that_nest() -> None:
    months = pd.period_range("2000-01", periods=220, freq="M")
    series = pd.Series(np.random.default_rng(0).normal(size=220), months, name="net")
    found = detente.forecast(series, horizon=3)
    frame = found.to_frame()
    assert found.plot().to_json()
    assert frame["month"].tolist() == [months[-1] + ahead for ahead in (1, 2, 3)]
    assert (frame["lower_95"] <= frame["lower_80"]).all()
    assert (frame["upper_80"] <= frame["upper_95"]).all()


def test_one_file_becomes_a_study(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "day,from,to,code\n2020-01-05,GRC,TUR,112\n2020-03-07,TUR,GRC,042\nno day,GRC,TUR,042\n",
        encoding="utf-8",
    )
    columns = {"event_date": "day", "actor1": "from", "actor2": "to", "code": "code"}
    with detente.load_csv(path, columns=columns) as found:
        frame = found.index("GRC", "TUR", complete_only=False)
        # The file begins on 5 January: that month is not known whole, February is.
        assert pd.isna(frame.loc["2020-01", "n_conflict"])
        assert frame.loc["2020-02", "n_events"] == 0
        assert len(found.sql("select * from core.event_rejected")) == 1
        assert found.events("GRC", "TUR")["event_date"].iloc[0] == pd.Timestamp(date(2020, 1, 5))


def test_a_wrong_column_names_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("day,from,to\n2020-01-05,GRC,TUR\n", encoding="utf-8")
    with pytest.raises(SettingsError, match="It has: day, from, to"):
        detente.load_csv(
            path, columns={"event_date": "date", "actor1": "from", "actor2": "to"}, code="042"
        )


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["day"], "expected columns as a mapping"),
        ({"date": "day", "actor1": "from", "actor2": "to"}, "column for event_date; it names date"),
    ],
)  # fmt: skip
def test_columns_name_what_every_event_needs(tmp_path: Path, columns: Any, told: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("day,from,to\n2020-01-05,GRC,TUR\n", encoding="utf-8")
    with pytest.raises(UsageError, match=told):
        detente.load_csv(path, columns=columns, code="042")
    whole = {"event_date": "day", "actor1": "from", "actor2": "to"}
    with pytest.raises(UsageError, match="'XXX' names no actor"):
        detente.load_csv(path, columns=whole, code="042", actors=("XXX", "TUR"))


@pytest.mark.parametrize("module", [questions, study, findings], ids=lambda one: one.__name__)
def test_the_examples_in_docstrings_run(
    module: ModuleType, opened: detente.Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(opened.path.parents[2])
    failed, tried = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed


_PUBLIC = [
    *(getattr(detente, name) for name in detente.__all__ if callable(getattr(detente, name))),
    *(getattr(detente.Study, name) for name in ("index", "events", "results", "sql")),
]


@pytest.mark.parametrize("named", _PUBLIC, ids=lambda one: one.__qualname__)
def test_a_docstring_names_every_parameter(named: Callable[..., object]) -> None:
    text = inspect.getdoc(named) or ""
    assert text
    if inspect.isclass(named):
        return  # made by a function
    section = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    described = re.findall(r"^(\w[\w, ]*)$", section, re.MULTILINE)
    told = {name for line in described for name in line.split(", ")}
    assert told == set(inspect.signature(named).parameters) - {"self"}
    assert "Returns\n-------\n" in text
    assert "Raises\n------\n" in text


def test_importing_the_library_loads_nothing_heavy() -> None:
    told = "import sys, detente; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert not {"pandas", "duckdb", "statsmodels", "altair"} & set(done.stdout.split())
