"""Reports: the sentences say what the data says, both formats carry it, text stays text."""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pypdf
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from detente.base.errors import NotPublished, UsageError
from detente.database.published import Published
from detente.indices import reading
from detente.refresh import pipeline
from detente.report import charts, language, model
from detente.report.model.origin import dateline, last_complete_day
from detente.report.model.summary import kinds_once_a_month
from detente.report.run import render_all, render_chosen
from detente.settings import Settings
from tests.support.studies import Line, MakeStudy

SAY = language.load()

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(2)>",
    "#strong[bold] $x^2$ *star* _under_ @ref <label>",
    "\u202eright to left\u202c and back",
    "A " + "very " * 2000 + "long title",
    "{{ 7 * 7 }} {% raw %}",
    '"quoted, with a comma"',
]


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    records = [line("good", "2011-12-17"), line("bad", "2019-07-01", code="163", reverse="")]
    records += [line("thaw", "2023-03-16"), line("thaw-two", "2023-03-20", code="057", reverse="")]
    for position, title in enumerate(HOSTILE):
        quoted = '"' + title.replace('"', '""') + '"'
        records.append(line(f"h{position}", f"2024-0{position + 1}-15", title=quoted))
    settings = write_study(tmp_path_factory.mktemp("report"), records)
    pipeline.refresh(settings)
    render_all(settings)
    return settings


def _html(study: Settings, name: str) -> str:
    return (study.reports / name).read_text(encoding="utf-8")


def _markup(text: str) -> str:
    """A page without what its scripts hold: Vega's own code names tags, too."""
    return re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", text, flags=re.S)


def test_every_dyad_has_a_page_and_a_document(study: Settings) -> None:
    names = {path.name for path in study.reports.iterdir()}
    slugs = ["index", "JPN-KOR", "JPN-PRK", "KOR-PRK", "methods"]
    assert names == {f"{slug}.{kind}" for slug in slugs for kind in ("html", "pdf", "zip")} | {
        "manifest.json",
        "summary.html",
        "summary.txt",
    }


def test_the_sentences_come_from_the_data(study: Settings) -> None:
    with Published(study.database) as database:
        report = model.dyad(database, study, ("KOR", "JPN"))
    # By hand: 2019 holds one act of -8.0; March 2023 two of 1.9 + 2.8 and one of 8.0 (code 057).
    assert "2019 has the lowest net score (−8.0 from 1 act, too few records" in report.summary[0]
    told = " ".join(report.summary)
    assert "The best month since 2019 is March 2023 (12.7 from 3 acts, too few" in told
    for sentence in report.summary:
        assert html.escape(sentence, quote=False) in _html(study, "JPN-KOR.html")


def _year(year: int, net: float, lower: float | None, upper: float | None) -> model.Period:
    return model.Period(date(year, 1, 1), 9, 3, 0.0, 0.0, net, lower, upper, 0.0, True)


def test_the_years_that_could_be_the_lowest_are_named_with_their_chances() -> None:
    years = [_year(2019, -8.0, -20.0, 5.0), _year(2020, 1.0, None, None)]
    chances = {2019: 0.62, 2020: 0.04, 2021: 0.34}
    first = model.summary([_year(2019, -8.0, None, None)], years, SAY, chances=chances)[0]
    assert "95% interval −20.0 to 5.0" in first
    assert first.endswith(
        " When the records are drawn anew (bootstrap), the lowest year is 2019 in 62% of the "
        "draws, 2021 in 34% of the draws and another in 4%."
    )


def test_another_lowest_year_on_another_scale_is_told() -> None:
    years = [_year(2019, -8.0, -20.0, 5.0), _year(2020, 1.0, -10.0, 4.0)]
    by_scale = {"azar": 2020, "plover": 2019, "weis": 2020}
    first = model.summary([_year(2019, -8.0, None, None)], years, SAY, by_scale=by_scale)[0]
    assert first.endswith(" On other scales it is 2020 (azar and weis) and 2019 (plover).")


def test_without_draws_nothing_is_said_of_chances() -> None:
    years = [_year(2019, -8.0, -20.0, 5.0), _year(2020, 1.0, -10.0, 4.0)]
    first = model.summary([_year(2019, -8.0, None, None)], years, SAY)[0]
    assert "bootstrap" not in first


def _act(day: str, category: str, net: float) -> model.Occurrence:
    name = f"{category} {day} {net}"
    return model.Occurrence(
        name, date.fromisoformat(day), "A file", category, name, "both", net, "", "", "a.csv", 2
    )


BALLOONS = [_act(f"2020-05-{day:02}", "balloon", -7.0) for day in range(1, 31)]
ATTACKS = [_act("2019-03-26", "attack", -10.0), _act("2019-11-23", "attack", -10.0)]


def test_days_of_one_thing_are_told_from_grave_events() -> None:
    records = [*BALLOONS, *ATTACKS, _act("2019-03-27", "attack", 2.0)]
    years = [_year(2019, -18.0, None, None), _year(2020, -210.0, None, None)]
    told = model.summary(years, years, SAY, occurrences=records)
    assert "2020 has the lowest net score" in told[0]
    # By hand: 2019 keeps both attacks and the two points of the other way.
    assert told[-1].startswith(
        "Where each kind of record counts once a month, by its heaviest each way, the lowest year "
        "is 2019 (−18.0), not 2020 (−7.0)"
    )
    worst, second = _act("2020-06-01", "shelling", -9.0), ATTACKS[0]
    told = model.summary(years, years, SAY, occurrences=[*BALLOONS, worst, second])
    assert "2020 is the lowest as well (−16.0; next is 2019 with −10.0)" in told[-1]


def test_another_lowest_year_under_one_a_day_is_said() -> None:
    years = [_year(2019, -18.0, None, None), _year(2020, -21.0, None, None)]
    once = [_year(2019, -18.0, None, None), _year(2020, -7.0, None, None)]
    told = model.summary(years, years, SAY, once)
    assert "once a day, the lowest year is 2019 (−18.0), not 2020 (−7.0)" in told[-1]
    assert "once a day" not in " ".join(model.summary(years, years, SAY, years))


@given(
    st.lists(
        st.tuples(
            st.dates(date(2019, 1, 1), date(2021, 12, 31)),
            st.sampled_from(["a", "b"]),
            st.integers(-9, 9).filter(bool),
        ),
        max_size=30,
    )
)
def test_repeating_a_record_within_its_month_changes_nothing_once_a_month(
    drawn: list[tuple[date, str, int]],
) -> None:
    records = [_act(day.isoformat(), kind, float(net)) for day, kind, net in drawn]
    assert kinds_once_a_month(records + records) == kinds_once_a_month(records)
    alone = {(one.day.year, one.day.month, one.category, one.net > 0) for one in records}
    if len(alone) == len(records):
        sums: dict[int, float] = {}
        for one in records:
            sums[one.day.year] = sums.get(one.day.year, 0.0) + one.net
        assert kinds_once_a_month(records) == sums


def test_a_dyad_without_events_says_so(study: Settings) -> None:
    assert "hold no act between the two" in _html(study, "JPN-PRK.html")


@pytest.mark.parametrize(
    ("stands_at", "complete_to", "month", "days"),
    [
        (date(2026, 1, 20), date(2025, 12, 31), None, 20),
        (date(2026, 1, 29), date(2025, 12, 11), None, 60),
        (date(2026, 1, 30), date(2025, 12, 11), "November 2025", 61),
        (date(2026, 11, 24), date(2026, 2, 28), "February 2026", 269),
        (date(2024, 5, 1), date(2024, 2, 28), "January 2024", 91),
    ],
)
def test_a_page_says_how_old_it_is(
    study: Settings, stands_at: date, complete_to: date, month: str | None, days: int
) -> None:
    with Published(study.database) as database:
        origin = replace(model.provenance(database), stands_at=stands_at, complete_to=complete_to)
    assert (stands_at - last_complete_day(complete_to)).days == days
    told = dateline(origin, SAY)
    assert told[0] == f"The database stands at {SAY.day(stands_at)}."
    assert len(told) == (1 if month is None else 2)
    if month is not None:
        assert f"cover is {month}; it ended {days} days before" in told[1]


def test_every_page_and_document_opens_with_the_day_the_database_stands_at(
    study: Settings,
) -> None:
    with Published(study.database) as database:
        told = f"The database stands at {SAY.day(model.provenance(database).stands_at)}."
    for name in ("index", "JPN-KOR", "methods"):
        header = _html(study, f"{name}.html").split("</header>")[0]
        assert told in header, name
        pdf = pypdf.PdfReader(study.reports / f"{name}.pdf").pages[0].extract_text()
        assert told in re.sub(r"\s+", " ", pdf), name
    notice = (study.reports / "summary.txt").read_text(encoding="utf-8")
    assert told in " ".join(notice.split())


def test_the_stock_ends_with_the_last_month_that_is_covered(study: Settings) -> None:
    with Published(study.database) as database:
        report = model.dyad(database, study, ("JPN", "KOR"))
    covered = report.months["period_start"] < "2024-05-01"
    cut = replace(report, months=report.months.assign(is_complete=covered))
    last = report.months[covered].iloc[-1]
    assert model.line(cut).stock == pytest.approx(last["stock"])
    assert model.line(cut).stock > report.months["stock"].iloc[-1]
    spec = charts.dyad_timeline(cut, SAY)
    rows = [data for data in spec["datasets"].values() if "stock" in data[0]]
    assert len(rows) == 2  # the panel and the strip to zoom in
    for data in rows:
        assert data[-1]["day"] == "2024-04-01"


def _marks(spec: charts.Spec, role: str) -> list[tuple[str, bool]]:
    """The label of every mark of a kind as it is drawn, and whether it is open."""
    svg = vl_convert.vegalite_to_svg(spec)
    found = re.findall(rf'<path aria-label="([^"]*)"[^>]*"{role}"([^>]*)>', svg)
    return [(label, 'fill="#' not in attributes) for label, attributes in found]


def test_years_that_are_not_covered_whole_are_drawn_open(study: Settings) -> None:
    with Published(study.database) as database:
        report = model.dyad(database, study, ("JPN", "KOR"))
        overview = model.overview(database, study, [report])

    def cut(years: pd.DataFrame) -> pd.DataFrame:
        return years.assign(is_complete=years["period_start"] < "2024-01-01")

    report = replace(report, years=cut(report.years), directed_years=cut(report.directed_years))
    overview = replace(overview, years=cut(overview.years))
    drawn = {
        "directed": (charts.directed_years(report, SAY), "point"),
        "quads": (charts.quad_years(report, SAY), "bar"),
    }
    for name, (spec, role) in drawn.items():
        marks = [(label, is_open) for label, is_open in _marks(spec, role) if "Year: " in label]
        assert {is_open for _, is_open in marks} == {True, False}, name
        for label, is_open in marks:
            year = re.search(r"Year: (\d{4})( \(not covered whole\))?", label)
            assert year is not None
            assert is_open == (int(year[1]) >= 2024) == bool(year[2]), label
    matrix = charts.dyad_matrix(overview, SAY)
    cells = [label for label, _ in _marks(matrix, "rect mark")]
    dots = [label for label, _ in _marks(matrix, "circle")]
    assert cells
    assert len(dots) == 2
    assert all("not covered whole" in label for label in dots)
    assert not any("not covered whole" in label for label in cells)


def test_the_interval_of_any_span_is_that_of_the_calendar_where_they_meet(
    study: Settings,
) -> None:
    with Published(study.database) as database:
        years = reading.series(database, "JPN", "KOR", freq="year")
        found = [
            reading.net_interval(database, "KOR", "JPN", start.date(), end.date())
            for start, end in zip(years["period_start"], years["period_end"], strict=True)
        ]
        # From the middle of a month to the middle of another: six of the seven of 2024.
        part = reading.net_interval(database, "JPN", "KOR", date(2024, 1, 15), date(2024, 6, 15))
    known = years["net_lo"].notna()
    assert known.sum() == 1
    for bounds, row in zip(found, years.to_dict("records"), strict=True):
        expected = None if pd.isna(row["net_lo"]) else (row["net_lo"], row["net_hi"])
        assert bounds == expected
    assert part is not None
    assert part[0] < 6 * 4.7 < part[1]


def test_directed_charts_warn_of_acts_that_carry_no_points(
    make_study: MakeStudy, line: Line
) -> None:
    records = [
        line(
            "visit", "2012-08-10", "KOR", "JPN", "017", "", "summit", "The president on the islets"
        ),
        line("statement", "2012-08-11", "KOR", "JPN", "010", "", "summit", "A statement"),
        line("symbol", "2012-08-12", "JPN", "KOR", "017", "", "summit", "A shrine"),
        line("recall", "2012-08-13", "JPN", "KOR", "161", "", "sanction", "A recall"),
        line("launch", "2012-08-14", "PRK", "JPN", "150", "", "sanction", "A launch"),
    ]
    settings = make_study(records)
    pipeline.refresh(settings)
    paths = render_chosen(settings, ["JPN-KOR", "JPN-PRK"])
    text = html.unescape(paths[0].read_text(encoding="utf-8"))
    warning = (
        'Of the 4 acts that this rests on, 3 carry no points on this scale ("Perform a symbolic '
        'act" 2 and "Make a statement, kind unspecified" 1), while a protest that answers them does'
    )
    assert warning in text
    other = html.unescape(paths[3].read_text(encoding="utf-8"))
    assert "not as who began" in other
    assert "carry no points" not in other


def test_rankings_hold_the_extreme_months_in_order(study: Settings) -> None:
    with Published(study.database) as database:
        report = model.dyad(database, study, ("JPN", "KOR"))
    nets = [month.net for month in report.most_cooperative]
    assert nets == sorted(nets, reverse=True)
    assert [month.month.isoformat() for month in report.most_conflictual] == ["2019-07-01"]
    first = report.most_cooperative[0]
    assert first.net == pytest.approx(sum(one.net for one in first.occurrences))
    assert [one.occurrence_id for one in first.occurrences] == ["thaw-two", "thaw"]


def test_pages_load_nothing_from_anywhere(study: Settings) -> None:
    for path in set(study.reports.glob("*.html")) - {study.reports / "summary.html"}:
        text = path.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert not re.search(r"<(script|img|iframe|link)[^>]+(src|href)=", _markup(text))
        assert len(text.encode()) < 2_000_000


def test_hostile_titles_stay_text(study: Settings) -> None:
    text = _html(study, "JPN-KOR.html")
    # Our own two script elements and no other; no tag from a title.
    assert len(re.findall(r"<script", _markup(text))) == 2
    assert len(re.findall(r"</script", text)) == 2
    assert "<img" not in _markup(text)
    assert "&lt;script&gt;alert(1)" in text
    assert "{{ 7 * 7 }}" in text
    data = re.search(r'id="charts">(.*?)</script>', text, flags=re.S)
    assert data is not None
    assert HOSTILE[1] in json.dumps(json.loads(data[1]))
    pdf = " ".join(
        page.extract_text() for page in pypdf.PdfReader(study.reports / "JPN-KOR.pdf").pages
    )
    flat = re.sub(r"\s+", " ", pdf)
    assert "#strong[bold]" in flat
    assert "<script>alert(1)</script>" in flat


def test_the_document_has_title_outline_and_numbered_pages(study: Settings) -> None:
    reader = pypdf.PdfReader(study.reports / "JPN-KOR.pdf")
    assert reader.metadata is not None
    assert reader.metadata.title == "Japan and South Korea"
    outline = [item.title for item in reader.outline if not isinstance(item, list)]
    assert outline[0] == "Japan and South Korea"
    assert f"1 of {len(reader.pages)}" in reader.pages[0].extract_text()


def test_the_same_database_gives_the_same_bytes(study: Settings) -> None:
    before = {path.name: path.read_bytes() for path in study.reports.iterdir()}
    (study.reports / "manifest.json").unlink()
    render_all(study)
    after = {path.name: path.read_bytes() for path in study.reports.iterdir()}
    assert {name: hashlib.sha256(content).hexdigest() for name, content in before.items()} == {
        name: hashlib.sha256(content).hexdigest() for name, content in after.items()
    }


def test_reports_that_are_current_are_left_alone_and_spoiled_ones_made_again(
    study: Settings,
) -> None:
    page = study.reports / "JPN-KOR.html"
    moment = page.stat().st_mtime_ns
    paths = render_all(study)
    assert page.stat().st_mtime_ns == moment
    assert paths[0].name == "reading.html"
    good = page.read_bytes()
    page.write_bytes(b"spoiled")
    render_all(study)
    assert page.read_bytes() == good


def test_one_dyad_can_be_rendered_alone(study: Settings, tmp_path: Path) -> None:
    paths = render_chosen(study, ["KOR-JPN"])
    assert [path.name for path in paths] == ["JPN-KOR.html", "JPN-KOR.pdf", "JPN-KOR.zip"]
    with pytest.raises(UsageError, match="JPN-KOR"):
        render_chosen(study, ["JPN-USA"])


def test_the_footer_accounts_for_every_row(study: Settings) -> None:
    text = _html(study, "reading.html")
    assert "records/meetings.csv" in text
    assert "checks passed" in text


def test_without_a_database_the_way_out_is_named(make_study: MakeStudy) -> None:
    with pytest.raises(NotPublished, match="detente refresh"):
        render_all(make_study([]))


def test_chart_and_table_show_the_same_numbers(study: Settings) -> None:
    with Published(study.database) as database:
        report = model.dyad(database, study, ("JPN", "KOR"))
    spec = charts.dyad_timeline(report, SAY)
    rows = [row for data in spec["datasets"].values() for row in data if "measure" in row]
    net = pd.DataFrame([row for row in rows if row["measure"] == "Net"])
    assert net["value"].sum() == pytest.approx(report.months["net"].sum())
    assert report.months["net"].sum() == pytest.approx(sum(one.net for one in report.occurrences))
