"""What the report makes of the inference: forecasts, regimes, event paths, triads; or of none."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.database.published import Published
from detente.refresh import pipeline
from detente.report import charts, language, model
from detente.report.model.brief import Known, brief
from detente.report.model.content import Break, Forecast, ForecastMonth, ForecastScore
from detente.report.model.evidence import lasting_runs
from detente.report.model.periods import periods_of
from detente.report.run import render_all
from detente.settings import Settings
from tests.support import statistics_rows

SAY = language.load()


@pytest.fixture(scope="module")
def bare(
    write_study: Callable[..., Settings], line: Callable[..., str], tmp_path_factory: Any
) -> Settings:
    """A study whose statistics are all empty."""
    records = [line(f"m{year}", f"{year}-03-16") for year in range(2019, 2026)]
    records += [
        line("launch", "2022-11-18", "PRK", "JPN", "150", "", "sanction", "A launch"),
        line("other", "2022-11-02", "PRK", "KOR", "150", "", "sanction", "Another launch"),
        line("third", "2022-11-13", "KOR", "JPN", "042", "043", "summit", "A meeting"),
    ]
    settings = write_study(tmp_path_factory.mktemp("bare"), records, statistics_rows.TOML)
    pipeline.refresh(settings)
    return settings


@pytest.fixture(scope="module")
def empty_report(bare: Settings) -> model.DyadReport:
    with Published(bare.database) as database:
        return model.dyad(database, bare, ("JPN", "KOR"))


@pytest.fixture(scope="module")
def filled(bare: Settings, empty_report: model.DyadReport) -> Settings:
    """The same study with rows of every kind, rendered."""
    assert empty_report.title  # read before the rows come
    statistics_rows.fill(bare.database)
    render_all(bare)
    return bare


def _told(report: model.DyadReport) -> str:
    return " ".join(sentence for part in report.brief for sentence in part.sentences)


def _page(settings: Settings, name: str) -> str:
    return (settings.reports / name).read_text(encoding="utf-8")


def _pdf(settings: Settings, name: str) -> str:
    pages = pypdf.PdfReader(settings.reports / name).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_without_statistics_the_brief_says_so_and_draws_less(
    empty_report: model.DyadReport,
) -> None:
    told = _told(empty_report)
    assert "No forecast is on record for this dyad." in told
    assert "No search for breaks is on record" in told
    assert charts.fan(empty_report, SAY) is None
    assert charts.responses(empty_report, SAY) is None
    assert charts.paths(empty_report, SAY) is None
    assert charts.regimes(empty_report, SAY)


def test_the_first_screen_answers_five_questions(filled: Settings) -> None:
    with Published(filled.database) as database:
        report = model.dyad(database, filled, ("JPN", "KOR"))
    assert [part.name for part in report.brief] == ["Now", "Changed", "Why", "Next", "How sure"]
    told = _told(report)
    # The chart and the query what_comes_next show the median, 3.5; so does the sentence.
    assert "forecast for January 2026 is a net score of 3.5 (the median; the mean is 4.0;" in told
    assert "80% interval −4.0 to 10.0), and for June 2026 of 8.5 (mean 9.0; −4.0 to 15.0)" in told
    assert "Over 120 past forecasts this model was better than the mean by 12%" in told
    assert "Diebold-Mariano p = 0.010" in told
    assert "Its 80% intervals held what came 79% of the time." in told
    assert "too narrow" not in told
    assert "sees 2 regimes; the latest month on record is in the one with a mean of 6.2" in told
    assert "They come from one source" in told
    shown = html.unescape(_page(filled, "JPN-KOR.html"))
    assert all(sentence in shown for part in report.brief for sentence in part.sentences)


def test_every_chart_is_on_the_page_and_in_the_document(filled: Settings) -> None:
    text = _page(filled, "JPN-KOR.html")
    drawn = json.loads(re.findall(r'id="charts">(.*?)</script>', text, flags=re.S)[0])
    assert set(drawn) == {
        "score", "timeline", "regimes", "fan", "directed", "quads", "responses", "paths",
    }  # fmt: skip
    for name in drawn:
        assert f'class="chart" id="{name}"' in text
    pdf = _pdf(filled, "JPN-KOR.pdf")
    for heading in ("What to expect", "Words and deeds", "What changed, and when"):
        assert heading in pdf


def test_every_panel_of_small_charts_draws_its_own_rows(filled: Settings) -> None:
    with Published(filled.database) as database:
        report = model.dyad(database, filled, ("JPN", "KOR"))
        triad = model.triad(database, filled, ("JPN", "KOR", "PRK"))
    specs = [charts.responses(report, SAY), charts.paths(report, SAY)]
    for spec in [*specs, charts.small_scores(triad.months, SAY)]:
        assert spec is not None
        assert "facet" in spec
        layers = spec["spec"]["layer"]
        # A layer with data of its own would draw all rows in every panel.
        assert [one["data"] for one in layers if "name" in one.get("data", {})] == []
        assert spec["data"]["name"] in spec["datasets"]


def test_regimes_are_runs_of_months_drawn_as_shading(filled: Settings) -> None:
    with Published(filled.database) as database:
        report = model.dyad(database, filled, ("JPN", "KOR"))
    assert [(one.first, one.last, one.mean) for one in report.regimes] == [
        (date(2019, 1, 1), date(2022, 6, 1), -1.5),
        (date(2022, 7, 1), date(2025, 12, 1), 6.25),
    ]
    rows = [row for data in charts.regimes(report, SAY)["datasets"].values() for row in data]
    shaded = [(row["from"], row["to"]) for row in rows if "regime" in row]
    assert shaded == [("2019-01-01", "2022-07-01"), ("2022-07-01", "2026-01-01")]


@pytest.mark.parametrize(
    ("months", "lengths"),
    [
        ("aaaaaabbbbbb", [6, 6]),
        ("aaaaaaaabbbbbbaaaa", [8, 6, 4]),
        ("aaaaaabbbbb", []),
        # As for Japan and South Korea: long calm, single months of the other regime.
        ("a" * 40 + "b" + "a" * 40 + "bb" + "a" * 40, []),
        ("aaaaaabbbbbbc", []),
        ("", []),
    ],
)
def test_every_regime_must_last_half_a_year_on_average(months: str, lengths: list[int]) -> None:
    rows = [{"regime": regime, "n": n} for n, regime in enumerate(months)]
    runs = lasting_runs(rows)
    assert [len(run) for run in runs] == lengths
    if runs:
        assert [row for run in runs for row in run] == rows


def test_the_fan_draws_the_forecast_it_was_given(filled: Settings) -> None:
    with Published(filled.database) as database:
        report = model.dyad(database, filled, ("JPN", "KOR"))
    spec = charts.fan(report, SAY)
    assert spec is not None
    rows = [row for data in spec["datasets"].values() for row in data]
    bands = {
        (row["day"], row["band"]): (row["lower"], row["upper"]) for row in rows if "band" in row
    }
    assert bands["2026-01-01", "80% interval"] == (-4.0, 10.0)
    assert bands["2026-06-01", "95% interval"] == (-9.0, 20.0)
    assert len(bands) == 18


def test_names_from_the_statistics_stay_text(filled: Settings) -> None:
    for name in ("JPN-KOR", "JPN-KOR-PRK"):
        text = _page(filled, f"{name}.html")
        markup = re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", text, flags=re.S)
        assert len(re.findall(r"<script", markup)) == 2
        assert "&lt;script&gt;alert(1)" in text
        assert "#strong[x] $x^2$" in _pdf(filled, f"{name}.pdf")


def test_a_triad_has_its_page_and_its_line_in_the_index(filled: Settings) -> None:
    text = _page(filled, "JPN-KOR-PRK.html")
    assert "1 of 3 tests show, after correction," in text
    assert "On 1 more question the tests disagree" in text
    assert text.count("tests disagree</td>") == 1
    assert "<strong>helps to predict</strong>" in text
    assert "November 2022" in text  # the one month that moved all three
    index = _page(filled, "index.html")
    assert 'href="JPN-KOR-PRK.html"' in index
    assert 'href="JPN-KOR-PRK.pdf"' in index
    assert "It helps." in _pdf(filled, "JPN-KOR-PRK.pdf")


def test_the_paper_is_the_one_asked_for(filled: Settings) -> None:
    box = pypdf.PdfReader(filled.reports / "JPN-KOR.pdf").pages[0].mediabox
    assert (float(box.width), float(box.height)) == (612.0, 792.0)


def test_native_names_are_letters_in_page_and_document(filled: Settings) -> None:
    assert "日本 · 대한민국" in _page(filled, "JPN-KOR.html")
    assert "日本 · 대한민국" in _pdf(filled, "JPN-KOR.pdf")


def test_every_page_is_small_enough_to_mail(filled: Settings) -> None:
    sizes = {path.name: path.stat().st_size for path in filled.reports.glob("*.html")}
    assert max(sizes.values()) < 2_000_000


# -- sentences -----------------------------------------------------------------------------------


def _known(report: model.DyadReport, **changes: Any) -> Known:
    standard: dict[str, Any] = {
        "months": periods_of(report.months),
        "occurrences": report.occurrences,
        "breaks": (),
        "was_sought": True,
        "break_refusal": None,
        "regimes": (),
        "forecast": Forecast("", (), (), None),
        "agreement": (),
        "n_refused": 0,
        "significance": 0.05,
        "last_year": None,
        "year_before": None,
        "stands_at": date(2026, 1, 20),
    }
    return Known(**{**standard, **changes})


def _part(report: model.DyadReport, name: str, **changes: Any) -> str:
    parts = {part.name: part for part in brief(_known(report, **changes), SAY)}
    return " ".join(parts[name].sentences)


MONTH = ForecastMonth(date(2026, 1, 1), 1.0, 1.0, 0.0, 2.0, -1.0, 3.0, -2.0, 4.0)


def _scored(skill: float, p: float | None, model_name: str = "VAR") -> Forecast:
    score = ForecastScore(model_name, True, 60, 2.0, None, "the mean", skill, p)
    return Forecast(model_name, (MONTH,), (score,), None)


@pytest.mark.parametrize(
    ("forecast", "words"),
    [
        (_scored(0.1, 0.01), "was better than the mean by 10% of its error (CRPS; Diebold"),
        (_scored(0.1, 0.2), "a difference that may be chance (Diebold-Mariano p = 0.200)"),
        (_scored(-0.1, 0.9), "was no better than the mean (skill −10%), so take"),
        (_scored(0.0, None, "the mean"), "no other model beat this simple one"),
        (Forecast("VAR", (MONTH,), (), None), "No record of past forecasts"),
        (Forecast("", (), (), "too few months"), "No forecast: too few months."),
    ],
)
def test_hedges_of_the_forecast_follow_its_record(
    empty_report: model.DyadReport, forecast: Forecast, words: str
) -> None:
    assert words in _part(empty_report, "Next", forecast=forecast)


@pytest.mark.parametrize(
    ("past", "words"),
    [
        ([False, False], None),
        ([True, False], "Already past: January 2026 was over on 20 January 2026, the day the"),
        ([True, True], "Already past: January 2026 to February 2026 were over on 20 January"),
        ([True], "Already past: January 2026 was over"),
    ],
)
def test_forecasts_of_months_that_are_over_are_marked_in_words_and_in_the_chart(
    empty_report: model.DyadReport, past: list[bool], words: str | None
) -> None:
    months = tuple(
        replace(MONTH, month=date(2026, n, 1), is_past=is_past)
        for n, is_past in enumerate(past, start=1)
    )
    forecast = replace(_scored(0.1, 0.01), months=months)
    told = _part(empty_report, "Next", forecast=forecast)
    assert told.startswith(words) if words else "lready past" not in told
    assert ("nothing of what is to come" in told) == (past == [True, True])
    spec = charts.fan(replace(empty_report, forecast=forecast), SAY)
    assert spec is not None
    rows = [row for data in spec["datasets"].values() for row in data]
    marked = {row["day"] for row in rows if row.get("is_past")}
    assert marked == {one.month.isoformat() for one in months if one.is_past}
    assert [row["day"] for row in rows if "label" in row] == (["2026-01-01"] if words else [])


def test_a_month_is_past_once_its_last_day_is(filled: Settings) -> None:
    with duckdb.connect(str(filled.database)) as con:
        ((before,),) = con.execute("select as_of from meta.study").fetchall()
        con.execute("update meta.study set as_of = date '2026-03-30'")
    try:
        with Published(filled.database) as database:
            report = model.dyad(database, filled, ("JPN", "KOR"))
    finally:
        with duckdb.connect(str(filled.database)) as con:
            con.execute("update meta.study set as_of = ?", [before])
    past = [one.month.month for one in report.forecast.months if one.is_past]
    assert past == [1, 2], "March 2026 has a day to go"
    assert report.provenance.stands_at == date(2026, 3, 30)


def test_a_date_with_a_wide_interval_is_called_unsure(empty_report: model.DyadReport) -> None:
    wide = Break(date(2022, 8, 31), date(2017, 1, 1), date(2024, 1, 1), 1.0, 5.0, "")
    narrow = Break(date(2022, 8, 31), date(2022, 1, 1), date(2023, 1, 1), 5.0, 1.0, "")
    told = _part(empty_report, "Changed", breaks=(wide,))
    assert "is higher after August 2022 than before: 5.0 a month on average against 1.0" in told
    assert "that there is a break is surer than when it came" in told
    told = _part(empty_report, "Changed", breaks=(narrow,))
    assert "is lower after August 2022" in told
    assert "surer" not in told
    no_interval = Break(date(2022, 8, 31), None, None, 5.0, 1.0, "")
    assert "No interval could be given" in _part(empty_report, "Changed", breaks=(no_interval,))


def test_causes_are_not_claimed(empty_report: model.DyadReport) -> None:
    one = Break(date(2022, 8, 31), None, None, 1.0, 5.0, "")
    told = _part(empty_report, "Why", breaks=(one,))
    assert "it does not say what caused it" in told
    assert "summit +9.4 (2 records; of 13 November 2022, for one: A meeting)" in told


def _record(day: date, category: str, net: float, title: str = "") -> model.Occurrence:
    name = title or f"{category} of {day}"
    return model.Occurrence(
        name, day, "A file", category, name, "both", net, "A source", "", "a.csv", 2
    )


def test_why_sums_by_kind_names_distinct_kinds_and_leaves_nothing_out(
    empty_report: model.DyadReport,
) -> None:
    records = (
        *(_record(date(2025, month, 9), "military_exercise", 14.8) for month in (1, 3, 6)),
        _record(date(2025, 2, 1), "summit", 5.0, "A talk at the margin"),
        # Lighter by less than a tenth, in the month that moved most: this one is named.
        _record(date(2025, 6, 16), "summit", 4.7, "The visit"),
        _record(date(2025, 6, 20), "summit", 2.0, "A greeting"),
        _record(date(2025, 6, 17), "tariff", -8.0),
        _record(date(2025, 7, 1), "protest", -2.0),
        _record(date(2025, 7, 2), "endorsement", 3.0),
        _record(date(2025, 8, 1), "apology", 3.0),
        _record(date(2025, 8, 2), "apology", -3.0),
        # Outside the twelve months.
        _record(date(2024, 12, 31), "nuclear_test", -99.0),
        _record(date(2026, 1, 1), "nuclear_test", -99.0),
    )
    told = _part(empty_report, "Why", occurrences=records)
    assert told == (
        "By kind of record, the net score of these twelve months is made of "
        "military exercise +44.4 (3 records; of 9 January 2025, for one: military_exercise of "
        "2025-01-09); summit +11.7 (3 records; of 16 June 2025, for one: The visit); "
        "tariff −8.0 (1 record, of 17 June 2025: tariff of 2025-06-17); "
        "4 records of other kinds +1.0."
    )


@given(
    st.lists(
        st.tuples(
            st.dates(date(2025, 1, 1), date(2025, 12, 31)),
            st.sampled_from(["a", "b", "c", "d", "e"]),
            st.integers(-20, 20),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=60, deadline=None)
def test_the_parts_of_why_add_up_to_the_net_score(
    empty_report: model.DyadReport, drawn: list[tuple[date, str, int]]
) -> None:
    records = tuple(
        _record(day, kind, float(net), f"title {n}") for n, (day, kind, net) in enumerate(drawn)
    )
    told = _part(empty_report, "Why", occurrences=records)
    if not any(one.net for one in records):
        assert told == "No record of these twelve months carries weight."
        return
    points = re.findall(r"(?:\w kinds?|\b[a-e]) ([+−][\d.]+|0)(?: \(|;|\.$)", told)
    total = sum(float(one.replace("−", "-")) for one in points)
    assert total == sum(one.net for one in records), told


@pytest.mark.parametrize(
    ("r", "words"),
    [
        (0.8, "much alike"),
        (0.4, "in part"),
        (-0.2, "does not agree (correlation −0.20"),
        (None, "without any movement"),
    ],
)
def test_sources_agree_in_part_or_not(
    empty_report: model.DyadReport, r: float | None, words: str
) -> None:
    row = {"other": "gdelt2", "n_periods": 40, "correlation": r}
    assert words in _part(empty_report, "How sure", agreement=(row,))


def _months_with(scores: list[float]) -> list[model.Period]:
    return [
        model.Period(
            date(2010 + n // 12, n % 12 + 1, 1), 1, 0, 1.0, 0.0, 1.0, None, None, 0.0, True, score
        )
        for n, score in enumerate(scores)
    ]


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (
            [*range(30), 40.0],
            "up from 18.0 a year earlier, higher than at the end of 100% of the 30",
        ),
        (
            [*range(30), -1.0],
            "down from 18.0 a year earlier, lower than at the end of 100% of the 30",
        ),
        ([*range(30), 28.5], "higher than at the end of 96% of the 30 months before"),
        ([1.0, 2.0, 3.0], "is 3.0 on a scale from −9 to 9."),
    ],
)
def test_the_place_of_a_score_is_among_its_own_past(
    empty_report: model.DyadReport, scores: list[float], words: str
) -> None:
    assert words in _part(empty_report, "Now", months=_months_with(scores))


def test_the_net_score_of_the_last_year_leads_with_its_interval(
    empty_report: model.DyadReport,
) -> None:
    told = _part(empty_report, "Now", last_year=(-3.25, 12.0), year_before=(1.5, 9.0))
    assert told.startswith("In the twelve months to December 2025, the last that all files")
    assert "(95% interval −3.2 to 12.0), " in told
    assert "(95% interval 1.5 to 9.0) in the twelve before." in told
    assert told.index("the net score is") < told.index("the relation score is")
    assert "(too few records for an interval)" in _part(empty_report, "Now")


def test_the_overview_shows_how_a_score_stands_against_the_past_of_its_pair(
    filled: Settings,
) -> None:
    with Published(filled.database) as database:
        reports = [model.dyad(database, filled, pair) for pair in filled.study.dyad_pairs]
        overview = model.overview(database, filled, reports)
    spec = charts.actor_grid(overview, SAY)
    places = {row["dyad"]: row["standing"] for data in spec["datasets"].values() for row in data}
    page = _page(filled, "index.html")
    for one in overview.lines:
        if one.place is not None:
            way = "higher" if one.place.is_high else "lower"
            assert places[one.name] == f"{way} than {one.place.percent}%"
            assert places[one.name] in page
    # By hand: of 83 earlier ends of months the 9 since March 2025 have the same score.
    assert places["Japan and South Korea"] == "higher than 89%"


@pytest.mark.parametrize(
    ("after", "regime", "words"),
    [
        # The last twelve months hold 12 points, one a month; the forecast's mean is 1.0.
        (2.9, None, None),
        (3.0, None, "3.0 on average since August 2022, the last break, 1.0 over the last twelve"),
        (1.0, -1.0, "break, −1.0 in the regime of the last month, 1.0 over the last twelve"),
        (None, 5.0, "a month: 5.0 in the regime of the last month, 1.0 over the last twelve"),
        (None, None, None),
    ],
)
def test_levels_that_differ_are_named_and_explained(
    empty_report: model.DyadReport, after: float | None, regime: float | None, words: str | None
) -> None:
    breaks = [Break(date(2022, 8, 31), None, None, 0.0, after, "")] if after is not None else []
    regimes = [model.Regime(date(2020, 1, 1), date(2025, 12, 1), regime, 1.0)] if regime else []
    told = _part(
        empty_report,
        "How sure",
        months=_months_with([1.0] * 30),
        breaks=breaks,
        regimes=regimes,
        forecast=_scored(0.1, 0.01),
    )
    if words is None:
        assert "levels" not in told
        return
    assert words in told
    assert "1.0 by the mean and 1.0 by the median of the forecast" in told
    assert "For where relations stand use the last twelve months" in told
    assert ("a date that is itself uncertain" in told) == bool(breaks)
    assert ("A regime leaves out" in told) == bool(regimes)


def test_no_break_and_no_search_are_told_apart(empty_report: model.DyadReport) -> None:
    assert "finds none" in _part(empty_report, "Changed")
    assert "could be sought: too short" in _part(empty_report, "Changed", break_refusal="too short")
