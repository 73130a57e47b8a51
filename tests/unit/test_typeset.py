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


def _section(*blocks: dict[str, object], name: str = "one") -> dict[str, object]:
    return {"id": name, "title": f"The {name}", "blocks": list(blocks)}


def _table(heads: list[str], *rows: list[str]) -> dict[str, object]:
    return {"block": "table", "caption": "A table", "heads": heads, "rows": rows, "numbers": []}


def _pages(*sections: dict[str, object]) -> list[str]:
    made = typeset.document("document.typ", {**CONTENT, "sections": sections}, {}, language.load())
    return [one.extract_text() for one in pypdf.PdfReader(io.BytesIO(made)).pages]


def test_columns_of_words_beside_sentences_are_not_a_word_wide() -> None:
    row = [
        "Complaint over the controls of three materials",
        "South Korea asks for talks",
        "x " * 40,
    ]
    (page,) = _pages(_section(_table(["measure", "first act", "sentence"], row, row)))
    # The same cell was seven lines high, of a word each.
    lines = [one for one in page.splitlines() if one in ("South", "Korea", "asks", "for", "talks")]
    assert lines == []


def test_a_single_row_with_a_paragraph_is_told_head_by_head() -> None:
    told = "A sentence that goes on. " * 60
    pages = _pages(_section(_table(["verdict", "n", "account"], ["not supported", "336", told])))
    assert len(pages) == 1
    assert pages[0].index("336") < pages[0].index("account") < pages[0].index("A sentence that")


def test_no_row_and_no_result_is_torn_between_two_pages() -> None:
    rows = [
        [f"{n}", f"begin{n} " + "of a row of several lines " * 12 + f"end{n}"] for n in range(30)
    ]
    result = {"block": "result", "number": "", "tag": "", "is_strong": False, "id": ""}
    results = [
        {
            **result,
            "plain": f"first{n} " + "a plain line " * 9,
            "full": "in full " * 25 + f"last{n}",
        }
        for n in range(30)
    ]
    pages = _pages(_section(_table(["n", "events"], *rows)), _section(*results, name="two"))
    assert len(pages) > 3
    for n in range(30):
        for start, end in ((f"begin{n} ", f"end{n}"), (f"first{n} ", f"last{n}")):
            flat = [" ".join(one.split()) + " " for one in pages]
            assert [start in one for one in flat] == [f"{end} " in one for one in flat]


def test_a_list_of_claims_names_the_page_of_each() -> None:
    claim = {"number": 1, "href": "#two", "text": "It rained.", "tag": "supported"}
    long = [{"block": "text", "text": "A line of text. " * 300, "is_soft": False} for _ in range(3)]
    pages = _pages(_section({"block": "claims", "rows": [claim]}, *long), _section(name="two"))
    last = str(len(pages))
    assert last != "1"
    assert " ".join(pages[0].split()).count(f"It rained. supported {last}") == 1
    assert "....." not in pages[0]  # nor is it listed twice


@pytest.mark.parametrize("n", range(1, 6))
def test_korean_lines_end_between_words(n: int) -> None:
    # Of every length, so that some word would meet the edge.
    words = ["좋음", "평소보다", "두나라관계의수준은", "협력이", "갈등보다"]
    text = " ".join((words[n:] + words[:n]) * 9 * n)
    found = _made(text).pages[0].extract_text().split()
    assert found.count("좋음") == 9 * n
    assert {one for one in found if one > "가"} == set(words)
    # A chain of words longer than any line breaks all the same.
    assert "두나라관계의수준은" in _made("두나라관계의수준은" * 20).pages[0].extract_text()
