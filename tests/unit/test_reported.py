"""Which series is reported: what the settings name, else what is there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import NotPublished, SettingsError
from detente.database.published import Published
from detente.indices import reported
from detente.indices.reported import Span
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table


def _study(folder: Path, more: str = "") -> Settings:
    path = folder / "detente.toml"
    path.write_text(study_table("2001-01-01", "JPN", "KOR") + more, encoding="utf-8")
    return settings.load(path)


def _span(source: str, first: int, last: int, n_events: int = 100) -> Span:
    return Span(source, date(first, 1, 1), date(last, 12, 1), n_events)


LONG, SHORT, LATE = (
    _span("icews", 2001, 2020),
    _span("gdelt2", 2016, 2020),
    _span("acled", 2019, 2020),
)


@pytest.mark.parametrize(
    ("there", "sources", "measure"),
    [
        ([_span("records", 2010, 2011), LONG], ("records",), "net"),
        ([LONG], ("icews",), "net_per_1k"),
        ([LATE], ("acled",), "net"),
        ([SHORT, LONG], ("icews", "gdelt2"), "net_per_1k"),
        # Months lead, not events; of as many months, events.
        ([_span("gdelt2", 2016, 2020, 10**6), LONG], ("icews", "gdelt2"), "net_per_1k"),
        ([LONG, _span("polecat", 2001, 2020, 101)], ("polecat", "icews"), "net_per_1k"),
        # Two years together are enough, one month less is not.
        ([LONG, _span("acled", 2019, 2022)], ("icews", "acled"), "net_per_1k"),
        ([LONG, _span("acled", 2020, 2022)], ("icews",), "net_per_1k"),
        # A source that tells nothing of the pairs does not lead, however long it is.
        ([_span("icews", 2001, 2020, 0), SHORT], ("gdelt2",), "net_per_1k"),
        # Of a source without one complete month there is still something to show.
        ([Span("gdelt2", None, None, 7)], ("gdelt2",), "net_per_1k"),
    ],
)
def test_by_default_what_is_there_is_reported(
    tmp_path: Path, there: list[Span], sources: tuple[str, ...], measure: str
) -> None:
    found = reported.choose(_study(tmp_path), there)
    assert found is not None
    assert (found.sources, found.measure, found.counting, found.freq) == (
        sources, measure, "all", "month",
    )  # fmt: skip
    assert found.reason


def test_nothing_is_reported_where_nothing_is_loaded(tmp_path: Path) -> None:
    assert reported.choose(_study(tmp_path), []) is None


def test_the_settings_choose_and_the_rest_is_found(tmp_path: Path) -> None:
    named = 'series = { sources = ["gdelt2", "icews"], counting = "one_a_day" }'
    found = reported.choose(_study(tmp_path, f"[report]\n{named}\n"), [LONG, SHORT])
    assert found is not None
    assert (found.sources, found.counting) == (("gdelt2", "icews"), "one_a_day")
    assert found.measure == "net_per_1k"
    only = reported.choose(
        _study(tmp_path, '[report]\nseries = { measure = "conflict" }\n'), [LATE]
    )
    assert only is not None
    assert (only.source, only.measure) == ("acled", "conflict")


def test_the_series_of_the_questions_is_reported_unless_the_report_names_one(
    tmp_path: Path,
) -> None:
    asked = '[[inference.series]]\nsource = "gdelt2"\nmeasure = "n_conflict"\n'
    found = reported.choose(_study(tmp_path, asked), [LONG, SHORT])
    assert found is not None
    assert (found.sources, found.measure) == (("gdelt2",), "n_conflict")
    study = _study(tmp_path, asked + "[report]\nseries = { sources = ['icews'] }\n")
    found = reported.choose(study, [LONG, SHORT])
    assert found is not None
    assert (found.source, found.measure) == ("icews", "net_per_1k")
    series = study.showing(found).inference.series
    assert [(one.source, one.measure) for one in series] == [
        ("icews", "net_per_1k"),
        ("gdelt2", "n_conflict"),
    ]


def test_a_series_without_a_source_is_of_the_reported_one(tmp_path: Path) -> None:
    study = _study(tmp_path, '[[inference.series]]\nmeasure = "conflict"\n')
    found = reported.choose(study, [LONG])
    assert found is not None
    (series,) = study.showing(found).inference.series
    assert (series.source, series.measure) == ("icews", "conflict")


def test_a_source_that_nobody_knows_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"detente\.toml:7.*report.series.*gdelt2.*got gdelt"):
        _study(tmp_path, '[report]\nseries = { sources = ["gdelt"] }\n')


@pytest.mark.study
def test_a_refresh_keeps_what_it_chose(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("m-1", "2024-02-03"), line("m-2", "2025-06-07")])
    pipeline.refresh(study)
    with Published(study.database) as database:
        found = reported.read(database)
        assert (found.sources, found.measure) == (("records",), "net")
        assert reported.others(database, found) == ()


@pytest.mark.study
def test_a_study_without_events_says_what_to_do(make_study: MakeStudy) -> None:
    study = make_study([], toml=study_table("2001-01-01", "JPN", "KOR") + NO_INFERENCE)
    pipeline.refresh(study)
    with (
        Published(study.database) as database,
        pytest.raises(NotPublished, match="no events are loaded"),
    ):
        reported.read(database)
