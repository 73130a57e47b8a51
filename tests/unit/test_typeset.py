"""PDFs: text in any script, letters without a glyph shown and said."""

from __future__ import annotations

import io
import json
import logging

import pypdf
import pytest

from detente.report import language
from detente.report.render import typeset

CONTENT = {
    "title": "A page", "study": "A study", "kicker": "A kicker", "headline": "A headline",
    "lede": ["A sentence."], "sections": [], "foot": ["A foot."],
}  # fmt: skip


def _made(title: str) -> pypdf.PdfReader:
    content = {**CONTENT, "lede": [title]}
    made = typeset.document("document.typ", content, {}, language.load())
    return pypdf.PdfReader(io.BytesIO(made))


@pytest.mark.parametrize("title", ["Zażółć gęślą jaźń", "Встреча в Москве", "日本 · 대한민국"])
def test_scripts_of_the_shipped_fonts_are_set(title: str, caplog: pytest.LogCaptureFixture) -> None:
    reader = _made(title)
    assert title in reader.pages[0].extract_text()
    assert caplog.messages == []
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_a_letter_that_no_font_has_is_shown_as_a_box_and_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # A private-use character: no font may have it.
    with caplog.at_level(logging.WARNING):
        text = _made('Before \U00101234 "quoted" after').pages[0].extract_text()
    assert 'Before □ "quoted" after' in text
    assert "U+101234" in text
    assert "U+101234" in caplog.text


def test_a_states_own_name_that_no_font_has_is_left_out_of_the_line_above_the_headline() -> None:
    text, n_left_out = typeset.without_natives(
        '{"natives": ["\U00101234a", "Ελλάδα"], "kicker": "\U00101234"}', ["\U00101234"]
    )
    assert n_left_out == 1
    # A title keeps its place and is shown with boxes; a name that adds nothing is not.
    assert json.loads(text) == {"natives": ["Ελλάδα"], "kicker": "\U00101234"}
