"""The summary for a message, and what changed since the last report."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.database.published import Published
from detente.refresh import pipeline
from detente.report.model import standing
from detente.report.model.pairs import read
from detente.report.pages.summary import Summary, published, summary
from detente.settings import Settings
from tests.support.studies import Line, MakeStudy

HOSTILE = '"<script>alert(1)</script>\u202e {{ 7 * 7 }} ' + "very " * 400 + 'long"'


def _records(line: Line) -> list[str]:
    return [line("one", "2023-03-16"), line("two", "2023-03-20", title=HOSTILE, code="057")]


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = write_study(tmp_path_factory.mktemp("summary"), _records(line))
    pipeline.refresh(made)
    return made


@pytest.fixture(scope="module")
def current(study: Settings) -> standing.Standing:
    with Published(study.database) as database:
        return standing.now(read(database, study), *published(database))


def _summary(study: Settings) -> Summary:
    with Published(study.database) as database:
        return summary(study, database)


def test_each_pair_has_a_line_with_balance_and_last_event(study: Settings) -> None:
    found = _summary(study)
    text = " ".join(found.text.split())
    assert (
        "Japan – South Korea: 0 (Quiet: too few events to judge). 20 March 2023: <script>" in text
    )
    assert "Japan – North Korea: no balance yet." in text
    assert "There is no earlier report to compare with." in text
    assert found.subject == "Test: balance of the year to December 2025"


def test_text_stays_text_short_and_on_narrow_lines(study: Settings) -> None:
    found = _summary(study)
    assert "<script" not in found.html
    assert "&lt;script&gt;" in found.html
    assert "{{ 7 * 7 }}" in found.html
    assert "\u202e" not in found.html + found.text
    assert len(found.html) < 6000
    assert max(map(len, found.text.splitlines())) <= 76
    assert not re.search(r"<(style|link|img|html|body)", found.html)


def test_the_change_is_the_difference_to_the_report_of_another_database(
    study: Settings, current: standing.Standing
) -> None:
    then = replace(
        current,
        inputs_sha256="another",
        published_on="2026-01-02",
        balances={**current.balances, "JPN-KOR": -4.0},
        months={**current.months, "JPN-KOR": {"2023-03-01": (1.9, 1), "2019-07-01": (-8.0, 1)}},
    )
    standing.keep(study.processed, then, None)
    told = " ".join(_summary(study).text.split())
    assert "Japan – South Korea: 0, +4 since the last report (Quiet" in told
    assert "since the report of 2 January 2026" in told
    assert "2 months differ from the last report." in told

    # What is compared stays the same once this database was reported itself.
    standing.keep(study.processed, current, standing.before(study.processed, current))
    assert " ".join(_summary(study).text.split()) == told
    earlier = standing.before(study.processed, current)
    assert earlier is not None
    revised = {
        (one.month, one.net_before, one.n_events) for one in standing.revisions(current, earlier)
    }
    assert revised == {
        (date(2023, 3, 1), 1.9, current.months["JPN-KOR"]["2023-03-01"][1]),
        (date(2019, 7, 1), -8.0, 0),
    }


def test_a_file_that_cannot_be_read_counts_as_no_earlier_report(
    make_study: MakeStudy, current: standing.Standing
) -> None:
    made = make_study([])
    made.processed.mkdir(parents=True)
    (made.processed / "last_report.json").write_text("{", encoding="utf-8")
    assert standing.before(made.processed, current) is None


@given(
    st.dictionaries(
        st.dates(date(2020, 1, 1), date(2021, 12, 1)).map(lambda day: day.replace(day=1)),
        st.integers(-20, 20),
        max_size=12,
    )
)
def test_months_after_the_earlier_report_are_news_not_revisions(nets: dict[date, int]) -> None:
    months = {day.isoformat(): (float(net), 1) for day, net in nets.items()}
    earlier = standing.Standing("a", "2021-01-01", "2020-12-01", {}, {"JPN-KOR": {}})
    now = standing.Standing("b", "2022-01-01", "2021-12-01", {}, {"JPN-KOR": months})
    found = standing.revisions(now, earlier)
    assert {one.month for one in found} == {day for day in nets if day < date(2021, 1, 1)}
    assert [abs(one.revision) for one in found] == sorted(
        (abs(one.revision) for one in found), reverse=True
    )


def test_the_file_survives_a_round_trip(make_study: MakeStudy, current: standing.Standing) -> None:
    made = make_study([])
    Path(made.processed).mkdir(parents=True)
    standing.keep(made.processed, replace(current, inputs_sha256="x"), None)
    read = standing.before(made.processed, current)
    assert read is not None
    assert standing.revisions(current, read) == []
