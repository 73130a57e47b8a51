"""What a page carries beside its text: fonts for its letters, the language of its native names."""

from __future__ import annotations

import pytest

from detente.report.pages.html_pages import native_lang
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
