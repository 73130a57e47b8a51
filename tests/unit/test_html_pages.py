"""What a page carries beside its text: fonts for its letters, the language of its native names."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape

import pytest

from detente.report import language
from detente.report.pages.blocks import Document, Section, Table
from detente.report.pages.html_pages import document_page, native_lang
from detente.report.render import html
from detente.report.render.html import added_faces
from detente.sources.snapshot import unversioned


@pytest.mark.parametrize(
    ("iso3", "name", "language"),
    [
        ("JPN", "日本", "ja"), ("CHN", "中国", "zh"), ("TWN", "臺灣", "zh"),
        ("KOR", "대한민국", "ko"),
        ("PAK", "پاکستان", "ur"), ("IRN", "ایران", "fa"), ("SRB", "Србија", "sr"),
        ("UKR", "Україна", "uk"), ("ETH", "ኢትዮጵያ", "am"), ("IND", "भारत", "hi"),
        ("TUR", "Türkiye", "tr"), ("ZZZ", "日本", "und"), ("JPN", "?", "und"),
    ],
)  # fmt: skip
def test_a_native_name_is_marked_with_the_language_of_its_state(
    iso3: str, name: str, language: str
) -> None:
    assert native_lang(name, iso3) == language


@pytest.mark.parametrize(
    ("text", "fonts"),
    [
        ("Japan – South Korea, é", []),
        ("Erdoğan", ["sans-latinext"]),
        ("Málaga, Łódź", ["sans-latin1", "sans-latinext"]),
        ("日本", ["names"]),
    ],
)
def test_a_page_carries_the_fonts_of_its_letters_alone(text: str, fonts: list[str]) -> None:
    assert [name for _, name, _ in added_faces("Text ", text)] == fonts


def test_a_version_of_a_file_is_shown_by_the_name_its_user_gave() -> None:
    assert unversioned("acts/acts@20261129T003804873-b85d82df21fa.tsv") == "acts/acts.tsv"
    assert unversioned("records/summits.csv") == "records/summits.csv"


@pytest.mark.parametrize("scripts", [(), ("core", "explorer")])
def test_a_page_allows_its_own_scripts_and_asks_for_its_fonts_before_its_text(
    scripts: tuple[str, ...],
) -> None:
    made = html.render(
        "page.html.j2", language.load(), html.Frame("Lands", (), ()), "Lands", scripts=scripts
    )
    found = re.findall(r"<script>(.*?)</script>", made, flags=re.DOTALL)
    (policy,) = re.findall(r"script-src ([^;]*)", unescape(made))
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in found]
    assert [one for one in policy.split() if one != "'strict-dynamic'"] == [
        f"'sha256-{one}'" for one in digests
    ]
    assert len(found) == (2 if scripts else 1)
    assert made.index("</style>") < made.index("document.fonts") < made.index("<body>")


@pytest.mark.parametrize(
    ("rows", "is_long"), [([300], False), ([301], True), ([301, 301], False), ([], False)]
)
def test_paper_tells_one_long_row_head_by_head(rows: list[int], is_long: bool) -> None:
    table = Table("What was found", ("day", "sentence"), tuple(("1", "x" * n) for n in rows))
    page = Document("a", "A", "", "A", (), (Section("one", "One", (table,)),))
    made = document_page(page, language.load(), html.Frame("Lands", (), ()))
    assert ('class="told long"' in made) == is_long
    assert ('data-h="sentence"' in made) == bool(rows)
