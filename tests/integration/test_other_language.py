"""No page holds an English sentence but titles, sources and definitions marked as English."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pypdf
import pytest

from detente.refresh import pipeline
from detente.report.run import render_all
from detente.settings import Settings
from tests.support.reading import parts
from tests.support.studies import (
    MEETINGS_AND_SANCTIONS,
    Line,
    MakeStudy,
    sidecar_text,
    study_table,
)

# Four words in a row, the last three in small letters, are the beginning of a sentence.
SENTENCE = re.compile(r"[A-Za-z][a-z]+ [a-z]+ [a-z]+ [a-z]+")
# What the test's own records and study hold.
OWN = ("A visit", "Export controls", "Ministry", "the tests", "what the tests need")


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    records = [
        line(f"s{year}-{month}", f"{year}-{month:02d}-11", title="A visit")
        for year in range(2008, 2026)
        for month in (1, 3, 6, 9, 11)
    ]
    records += [
        line(f"t{year}-{month}", f"{year}-{month:02d}-21", "JPN", "KOR", "163", "", "sanction")
        for year in (2012, 2018, 2019, 2020)
        for month in (2, 7, 8, 12)
    ]
    made = write_study(
        tmp_path_factory.mktemp("korean"),
        records,
        study_table("2008-01-01", "JPN", "KOR", "PRK")
        + '[inference]\ntriads = [["JPN", "KOR", "PRK"]]\n[report]\nlanguage = "ko"\n',
        sidecar_text("2008-01-01", "2025-12-31", MEETINGS_AND_SANCTIONS),
    )
    pipeline.refresh(made)
    render_all(made)
    return made


def _english(page: str) -> Iterator[str]:
    for lang, text in parts(page):
        if lang != "en" and SENTENCE.search(text) and not any(one in text for one in OWN):
            yield text


@pytest.mark.full
def test_no_english_sentence_is_left(study: Settings) -> None:
    assert list(_english('<p lang="ko">This is not in that language.</p>'))
    assert not list(_english('<p lang="ko"><i lang="en">This is not in that language.</i></p>'))
    pages = {
        path.stem: list(_english(path.read_text(encoding="utf-8")))
        for path in study.reports.glob("*.html")
        if path.stem != "status"
    }
    assert {"index", "events", "methods", "JPN-KOR", "JPN-KOR-annex", "JPN-KOR-PRK"} <= pages.keys()
    assert {name: found for name, found in pages.items() if found} == {}


@pytest.mark.full
def test_pages_and_documents_say_their_language(study: Settings) -> None:
    assert '<html lang="ko">' in (study.reports / "JPN-KOR.html").read_text(encoding="utf-8")
    for name in ("JPN-KOR-brief.pdf", "JPN-KOR-annex.pdf"):
        assert pypdf.PdfReader(study.reports / name).trailer["/Root"]["/Lang"] == "ko"
