"""Reports: the sentences say what the data says, both formats carry it, text stays text."""

from __future__ import annotations

import hashlib
import html
import json
import re
from datetime import date
from pathlib import Path

import pandas as pd
import pypdf
import pytest

from detente import pipeline
from detente.errors import NotPublished, UsageError
from detente.report import charts, language, model, render_all, render_chosen
from detente.settings import Settings
from detente.warehouse import Published
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
    first = model.summary([_year(2019, -8.0, None, None)], years, SAY, chances)[0]
    assert "95% interval −20.0 to 5.0" in first
    assert first.endswith(
        " When the records are drawn anew (bootstrap), the lowest year is 2019 in 62% of the "
        "draws, 2021 in 34% of the draws and another in 4%."
    )


def test_without_draws_nothing_is_said_of_chances() -> None:
    years = [_year(2019, -8.0, -20.0, 5.0), _year(2020, 1.0, -10.0, 4.0)]
    first = model.summary([_year(2019, -8.0, None, None)], years, SAY)[0]
    assert "bootstrap" not in first


def test_a_dyad_without_events_says_so(study: Settings) -> None:
    assert "hold no act between the two" in _html(study, "JPN-PRK.html")


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
    assert paths[0].name == "index.html"
    good = page.read_bytes()
    page.write_bytes(b"spoiled")
    render_all(study)
    assert page.read_bytes() == good


def test_one_dyad_can_be_rendered_alone(study: Settings, tmp_path: Path) -> None:
    paths = render_chosen(study, [("KOR", "JPN")])
    assert [path.name for path in paths] == ["JPN-KOR.html", "JPN-KOR.pdf", "JPN-KOR.zip"]
    with pytest.raises(UsageError, match="JPN-KOR"):
        render_chosen(study, [("JPN", "USA")])


def test_the_footer_accounts_for_every_row(study: Settings) -> None:
    text = _html(study, "index.html")
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
