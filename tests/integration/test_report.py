"""The site on small studies: every file is there, links lead somewhere, text stays text."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pypdf
import pytest

from detente.base import processes
from detente.base.errors import NotPublished, UsageError
from detente.database.published import Published
from detente.refresh import pipeline
from detente.report import language
from detente.report.model import pairs
from detente.report.pages import html_pages, overview, pair, site
from detente.report.run import render_all, render_chosen
from detente.settings import Settings
from tests.support.some import some
from tests.support.studies import (
    MEETINGS_AND_SANCTIONS,
    NO_INFERENCE,
    Line,
    MakeStudy,
    sidecar_text,
    study_table,
)

SAY = language.load()

HOSTILE = [
    "<script>alert(1)</script>",
    "</script></noscript><img src=x onerror=alert(2)>",
    "#strong[bold] $x^2$ *star* _under_ @ref <label>",
    "\u202eright to left\u202c and back",
    "A " + "very " * 400 + "long title",
    "{{ 7 * 7 }} {% raw %}",
    '"quoted, with a comma"',
]


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    records = [line("good", "2011-12-17"), line("bad", "2019-07-01", code="163", reverse="")]
    records += [line("thaw", "2023-03-16"), line("thaw-two", "2023-03-20", code="057", reverse="")]
    for position, title in enumerate(HOSTILE):
        quoted = '"' + title.replace('"', '""') + '"'
        records.append(line(f"h{position}", f"2025-0{position + 1}-15", title=quoted))
    records.append(line("later", "2025-12-10", title="A later visit"))
    settings = write_study(
        tmp_path_factory.mktemp("report"),
        records,
        study_table("1998-01-01", "JPN", "KOR", "PRK")
        + NO_INFERENCE
        + 'triads = [["JPN", "KOR", "PRK"]]\n',
        sidecar_text("1998-01-01", "2025-12-15", MEETINGS_AND_SANCTIONS),
    )
    pipeline.refresh(settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "processors", lambda: 2)  # pages side by side, as users have it
        render_all(settings)
    return settings


def _text(study: Settings, name: str) -> str:
    return (study.reports / name).read_text(encoding="utf-8")


def _flat(path: Path) -> str:
    reader = pypdf.PdfReader(path)
    return re.sub(r"\s+", " ", " ".join(one.extract_text() for one in reader.pages))


def test_every_page_is_there(study: Settings) -> None:
    names = {path.relative_to(study.reports).as_posix() for path in study.reports.rglob("*.*")}
    wanted = {
        "index.html", "events.html", "methods.html", "JPN-KOR-PRK.html", "JPN-KOR-PRK.pdf",
        "JPN-KOR.html", "JPN-KOR-brief.pdf", "JPN-KOR-annex.html", "JPN-KOR-annex.pdf",
        "JPN-KOR-data.zip", "summary.txt", "summary.html", "embed/JPN-KOR-balance.html",
        *(f"charts/JPN-KOR-balance.{suffix}" for suffix in ("svg", "png", "csv", "json")),
    }  # fmt: skip
    assert wanted <= names
    # A pair without an event has a page that says so, and no brief of nothing.
    assert "JPN-PRK.html" in names
    assert "JPN-PRK-brief.pdf" not in names
    assert "No events on record" in _text(study, "JPN-PRK.html")


def _ids(path: Path) -> set[str]:
    return set(re.findall(r'\bid="([^"]+)"', path.read_text(encoding="utf-8")))


def test_every_link_inside_the_site_leads_somewhere(study: Settings) -> None:
    for path in [*study.reports.glob("*.html"), *study.reports.glob("embed/*.html")]:
        if path.name == "summary.html":
            continue
        text = path.read_text(encoding="utf-8")
        ids = _ids(path)
        for target in some(re.findall(r'href="([^"]+)"', text)):
            if target.startswith(("http:", "https:", "mailto:")) or target == "status.html":
                continue
            name, _, part = html.unescape(target).partition("#")
            if name:
                assert (path.parent / name).is_file(), f"{path.name}: {target}"
            # An address with an equals sign is a choice of events, which a script reads.
            if part and "=" not in part:
                there = _ids(path.parent / name) if name else ids
                assert part in there, f"{path.name}: {target}"


def test_pages_ask_nothing_of_the_network(study: Settings) -> None:
    for path in some(study.reports.rglob("*.html")):
        text = path.read_text(encoding="utf-8")
        loaded = re.sub(r"<(noscript|table|title).*?</\1>", "", text, flags=re.S)
        assert not re.search(r"<(script|img|link|iframe|source)[^>]+(src|href)=", loaded), path.name
        assert "unsafe-eval" not in text
        for policy in re.findall(r'Content-Security-Policy" content="([^"]*)"', text):
            script = re.search(r"script-src ([^;]*)", html.unescape(policy))
            assert script is None or script[1] == "'none'" or script[1].startswith("'sha256-")


def test_hostile_titles_stay_text(study: Settings) -> None:
    for name in ("JPN-KOR.html", "events.html", "JPN-KOR-annex.html"):
        text = _text(study, name)
        outside = re.sub(r"<script[^>]*>.*?</script>", "", text, flags=re.S)
        assert "<script>alert" not in outside
        assert "<img" not in outside
        assert "{{ 7 * 7 }}" in outside or name != "JPN-KOR.html"
        assert text.count("</noscript>") == text.count("<noscript")
    flat = _flat(study.reports / "JPN-KOR-annex.pdf")
    assert "#strong[bold]" in flat.replace("\u200b", "")


def test_the_balance_is_the_sum_of_twelve_months_everywhere(study: Settings) -> None:
    with Published(study.database) as database:
        ((net,),) = database.rows(
            "select sum(net) from marts.dyad_month where actor1_iso3 = 'JPN' "
            "and actor2_iso3 = 'KOR' and direction = 'undirected' and counting = 'all' "
            "and period_start between date '2024-12-01' and date '2025-11-01'"
        )
    rows = list(csv.DictReader(io.StringIO(_text(study, "charts/JPN-KOR-balance.csv"))))
    last = [row for row in rows if row["net_12m"]][-1]
    assert last["month"] == "2025-11-01"
    assert float(last["net_12m"]) == pytest.approx(net, rel=1e-5)
    assert SAY.plus_points(net) in _text(study, "JPN-KOR.html")
    assert SAY.plus_points(net) in _flat(study.reports / "JPN-KOR-brief.pdf")
    assert SAY.plus_points(net) in _text(study, "index.html")


def test_an_event_after_the_last_complete_month_is_listed_and_not_counted(study: Settings) -> None:
    text = _text(study, "JPN-KOR.html")
    assert "Data to November 2025" in text
    assert "1 later event" in text
    assert "A later visit" in text.split('id="later"')[1].split("</section>")[0]
    assert "A later visit" in _flat(study.reports / "JPN-KOR-brief.pdf")


@pytest.mark.parametrize("paper", ["a4", "letter"])
def test_the_brief_is_one_tagged_page_of_the_paper_asked_for(
    study: Settings, tmp_path: Path, paper: str
) -> None:
    report = study.report.model_copy(update={"paper": paper})
    paths = study.paths.model_copy(update={"reports": tmp_path})
    render_chosen(study.model_copy(update={"paths": paths, "report": report}), ["kor-jpn"])
    reader = pypdf.PdfReader(tmp_path / "JPN-KOR-brief.pdf")
    assert len(reader.pages) == 1
    size = {"a4": (595, 842), "letter": (612, 792)}[paper]
    box = reader.pages[0].mediabox
    assert (round(float(box.width)), round(float(box.height))) == size
    assert "/StructTreeRoot" in reader.trailer["/Root"]
    annex = pypdf.PdfReader(tmp_path / "JPN-KOR-annex.pdf")
    assert "/StructTreeRoot" in annex.trailer["/Root"]
    assert annex.outline
    assert not list(tmp_path.glob("index.html"))


def test_a_number_has_the_colour_of_its_sign(study: Settings) -> None:
    shown = re.compile(r'class="(?:num )?(neg|pos)"[^>]*>(?:<b>)?([^<]+)')
    for name in ("JPN-KOR.html", "JPN-KOR-events.html"):
        for tone, number in some(shown.findall(_text(study, name))):
            assert (tone == "neg") == number.startswith("−"), (name, number)


def test_a_chart_has_a_file_that_says_what_it_is(study: Settings) -> None:
    for path in some((study.reports / "charts").glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        assert told["title"]
        assert told["unit"]
        assert told["citation"]
        assert (study.reports / told["page"]).is_file()
        for name in told["files"]:
            assert (path.parent / name).stat().st_size > 0
        header = _text(study, f"charts/{path.stem}.csv").splitlines()[0]
        assert header.split(",") == told["columns"]
        embed = study.reports / "embed" / f"{path.stem}.html"
        assert embed.stat().st_size <= 30_000


def test_pages_are_light(study: Settings) -> None:
    for path in some(study.reports.glob("*.html")):
        text = path.read_text(encoding="utf-8")
        for script in re.findall(r"<script>(.*?)</script>", text, flags=re.S):
            assert len(script.encode()) <= 25_000
        limits = {"index.html": 80_000, "JPN-KOR.html": 150_000}
        if path.name in limits:
            assert len(text.encode()) <= limits[path.name], path.name


def test_the_same_database_gives_the_same_bytes(study: Settings, tmp_path: Path) -> None:
    paths = study.paths.model_copy(update={"reports": tmp_path})
    made = render_chosen(study.model_copy(update={"paths": paths}), ["JPN-KOR", "JPN-KOR-PRK"])
    for path in some(made):
        twin = study.reports / path.relative_to(tmp_path)
        assert path.read_bytes() == twin.read_bytes(), path.name


def test_reports_that_are_current_are_left_alone_and_spoiled_ones_made_again(
    study: Settings,
) -> None:
    path = study.reports / "embed" / "JPN-KOR-balance.html"
    before = path.stat().st_mtime_ns
    render_all(study)
    assert path.stat().st_mtime_ns == before
    path.write_text("spoiled", encoding="utf-8")
    render_all(study)
    assert "spoiled" not in path.read_text(encoding="utf-8")


def test_a_name_that_is_no_page_is_refused_with_those_there_are(study: Settings) -> None:
    with pytest.raises(UsageError, match=r"JPN-KOR.*JPN-KOR-PRK"):
        render_chosen(study, ["JPN-USA"])


def test_without_a_database_the_way_out_is_named(make_study: MakeStudy) -> None:
    with pytest.raises(NotPublished, match="detente refresh"):
        render_all(make_study())


def test_one_event_and_a_source_that_ended_make_a_page(make_study: MakeStudy, line: Line) -> None:
    made = make_study(
        [line("only", "1999-03-01")],
        study_table("1998-01-01", "JPN", "KOR") + NO_INFERENCE,
        sidecar_text("1998-01-01", "2003-12-31"),
    )
    pipeline.refresh(made)
    render_all(made)
    text = (made.reports / "JPN-KOR.html").read_text(encoding="utf-8")
    assert "Data to December 2003" in text
    assert "No later month is complete" in text
    assert "No event falls in the twelve months to December 2003." in text
    assert len(pypdf.PdfReader(made.reports / "JPN-KOR-brief.pdf").pages) == 1


FEED = (
    '[report.series]\nsources = ["mine"]\nmeasure = "net_per_1k"\n'
    '[sources.csv.mine]\npath = "own.csv"\ncovers_from = 2020-01-01\ncovers_to = 2023-12-31\n'
    '[sources.csv.mine.columns]\nevent_date = "day"\nactor1 = "who"\nactor2 = "whom"\n'
    'code = "code"\n'
)


def test_a_machine_coded_source_is_told_by_kind_and_volume(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    rows = [
        f"{year}-{month:02d}-{day:02d},{who},{whom},{code}"
        for year in range(2020, 2024)
        for month in range(1, 13)
        for day, who, whom, code in (
            (3, "JPN", "KOR", "042"), (9, "KOR", "JPN", "112"), (12, "USA", "JPN", "036"),
        )
    ]  # fmt: skip
    (folder / "own.csv").write_text("\n".join(["day,who,whom,code", *rows, ""]), encoding="utf-8")
    toml = study_table("2020-01-01", "JPN", "KOR") + NO_INFERENCE + FEED
    made = make_study([], toml, folder=folder)
    pipeline.refresh(made)
    render_all(made)
    text = (made.reports / "JPN-KOR.html").read_text(encoding="utf-8")
    assert "points per 1,000 reported events" in text
    assert "Consultations" in text
    assert "Disapproval" in text
    with Published(made.database) as database:
        found = pairs.read(database, made).pairs[0]
    assert found.verdict is not None
    volume = sum(month.n_source for month in found.months[-12:])
    net = sum(month.net for month in found.months[-12:])
    assert found.verdict.last.balance == pytest.approx(1000 * net / volume)
    assert sum(one.points for one in found.kinds) == pytest.approx(found.verdict.last.balance)


def test_the_overview_of_many_states_has_a_matrix_then_neither(study: Settings) -> None:
    with Published(study.database) as database:
        small = pairs.read(database, study)
    pattern = small.pair("JPN", "KOR")
    assert pattern is not None
    sizes = {}
    for n in (5, 20, 61):
        codes = [f"{chr(65 + i // 26)}{chr(65 + i % 26)}X" for i in range(n)]
        made = [
            pairs.Pair(
                pairs.Actor(one, one), pairs.Actor(two, two), pattern.series, pattern.months,
                verdict=pattern.verdict,
            )
            for at, one in enumerate(codes)
            for two in codes[at + 1 :]
        ]  # fmt: skip
        big = pairs.Study("Many", small.series, small.span, date(2026, 3, 1), tuple(made))
        view = overview.overview(big, SAY)
        text = html_pages.overview_page(view, SAY, site.Frame("Many", (), ()))
        sizes[n] = view.network
        assert len(view.rows) <= overview.MOST_ROWS
        assert f"{len(made):,} pairs" in view.headline
        assert ('id="find"' in text) == (len(view.rows) > 15)
        if len(made) > overview.MOST_ROWS:
            assert f"{overview.MOST_ROWS} largest balances of {len(made):,} pairs" in text
    assert sizes[5] is not None
    assert "<path" in sizes[5].wide.body
    assert "rotate" not in sizes[5].wide.body
    assert sizes[20] is not None
    assert "rotate" in sizes[20].wide.body
    assert sizes[61] is None


def test_the_page_of_a_pair_names_what_is_left_out(study: Settings) -> None:
    with Published(study.database) as database:
        found = pairs.read(database, study)
    whole = found.pair("JPN", "KOR")
    assert whole is not None
    fewer = replace(whole, events=whole.events[-3:])
    view = pair.view(found, fewer, SAY)
    assert view.left_out == f"The 3 most mentioned of {whole.n_events} events are listed."
