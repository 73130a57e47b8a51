"""Codes by words, remarks on records, agreement of coders: pure functions."""

from __future__ import annotations

import csv
from datetime import date

import krippendorff
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.base import assets
from detente.records import agreement, coding, review
from detente.records.agreement import Coding
from detente.records.coding import Code, Use
from detente.records.parsing import ParsedFile
from detente.records.record import Record
from detente.refresh import record_review

CODES = [
    Code("042", "Make a visit", 1.9),
    Code("112", "Accuse", -2.0),
    Code("161", "Reduce or break diplomatic relations", -4.0),
]


def _record(row: int = 2, day: date = date(2019, 7, 4), **changed: object) -> Record:
    values = {
        "raw_row": row,
        "record_id": f"record-{row}",
        "event_date": day,
        "end_date": None,
        "actor1": ("JPN",),
        "actor2": ("KOR",),
        "cameo_code": "163",
        "reverse_cameo_code": None,
        "category": "export_control",
        "title": "Japan tightens export controls on three materials",
        "source_name": "Ministry of Economy, Trade and Industry",
        "source_url": "https://www.meti.go.jp/press/2019/07/20190704001/",
        "rule": None,
        "attributes": {},
        "raw_text": "",
    }
    return Record(**{**values, **changed})  # type: ignore[arg-type]


def test_words_find_the_code_by_its_name_and_by_records_coded_so() -> None:
    uses = [Use("161", "Seoul recalls its ambassador from Tokyo"), Use("042", "A visit to Seoul")]
    assert coding.rank("make a visit", CODES, [])[0].code.cameo_code == "042"
    best = coding.rank("recalls ambassador", CODES, uses)[0]
    assert best.code.cameo_code == "161"
    assert best.n_uses == 1
    assert best.examples == ("Seoul recalls its ambassador from Tokyo",)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("recalls ambassador", "161"), ("expels two diplomats", "161"), ("imposes tariffs", "163"),
        ("joint military exercise", "062"), ("signs a treaty", "057"), ("closes the border", "172"),
        ("refuses talks", "125"), ("summons the ambassador", "114"), ("lifts sanctions", "085"),
        # Inflected, misspelt, spelled as in Britain, with a name that no list has.
        ("frigates collided", "190"), ("collission of frigates", "190"),
        ("apologises to Ankara", "055"), ("shooting down a jet", "190"), ("shells a town", "194"),
        ("sinks patrol boat", "190"), ("detaining fishermen", "173"), ("frees prisoners", "0841"),
        # The verb decides: what is done counts more than to what.
        ("threatens to break off talks", "134"), ("breaks off talks", "164"),
        ("rejects peace plan", "127"), ("occupies reef", "192"), ("annexes territory", "192"),
        # Of other pairs than those of the shipped records.
        ("foreign ministers meet in Geneva", "044"), ("presidents meet in Kazan", "044"),
        ("peace talks collapse", "164"), ("hands over mine maps", "064"),
        ("hands over bodies of soldiers", "084"), ("returns the captured pilot", "0841"),
        ("recognises genocide", "1124"), ("recognises independence of a republic", "054"),
        ("revokes most favoured nation status", "163"), ("expels the military attache", "161"),
        ("dogfight over the Aegean", "150"), ("launches a surgical strike", "195"),
        ("opens border crossing", "081"), ("delimits the border", "057"),
        ("suspends the Indus Waters Treaty", "160"), ("extends condolences after quake", "018"),
        ("calls the closure of the border illegal", "111"), ("refuses overflight", "172"),
        ("drone strikes a convoy", "1952"), ("waives visas for pilgrims", "081"),
        # As the codebook says it.
        ("express intent to meet", "036"), ("halt negotiations", "164"),
        ("provide humanitarian aid", "073"), ("provide military aid", "072"),
        ("express intent to mediate", "039"), ("grant diplomatic recognition", "054"),
    ],
)  # fmt: skip
def test_the_words_of_the_press_find_the_code_in_a_study_without_records(
    every_code: list[Code], words: str, code: str
) -> None:
    assert coding.rank(words, every_code, [])[0].code.cameo_code == code


def test_nothing_is_found_for_what_is_no_word_and_a_code_finds_itself(
    every_code: list[Code],
) -> None:
    assert coding.rank("zzqq", every_code, []) == []
    assert coding.rank("of the Limnos", every_code, []) == []
    assert coding.rank("", every_code, []) == []
    found = coding.rank("17", every_code, [Use("171", "A firm is seized")])
    assert [one.code.cameo_code for one in found][:3] == ["17", "170", "171"]
    assert found[2].examples == ("A firm is seized",)


def test_the_words_of_the_press_are_of_codes_that_there_are(every_code: list[Code]) -> None:
    assert set(coding.press_words()) <= {one.cameo_code for one in every_code}


@pytest.fixture(scope="module")
def every_code() -> list[Code]:
    text = (assets.root() / "data" / "raw" / "reference" / "cameo.csv").read_text(encoding="utf-8")
    return [Code(row["cameo_code"], row["name"], None) for row in csv.DictReader(text.splitlines())]


@given(st.text(max_size=40))
def test_any_words_get_at_most_so_many_codes_best_first(words: str) -> None:
    found = coding.rank(words, CODES, [Use("112", "accused")], n_best=2)
    assert len(found) <= 2
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(0.0 < one.score <= 100.0 for one in found)


def test_a_record_told_twice_is_named_within_and_across_files() -> None:
    one = _record()
    again = _record(
        row=9, day=date(2019, 7, 5), title="Japan tightens export controls on 3 materials"
    )
    same = _record(row=3, day=date(2019, 7, 6))
    found = review.remarks([("trade.csv", [one, same]), ("security.csv", [again])])
    assert [(remark.file, remark.raw_row) for remark in found] == [("trade.csv", 3)]
    assert "line 2 of trade.csv" in found[0].text


def test_a_series_of_alike_acts_is_one_remark_at_its_last_line() -> None:
    days = [date(2019, 7, 4), date(2019, 7, 6), date(2019, 7, 9), date(2019, 7, 11)]
    series = [_record(row=row, day=day) for row, day in zip((2, 3, 4, 7), days, strict=True)]
    elsewhere = _record(row=5, day=date(2019, 7, 10))
    late = _record(row=8, day=date(2019, 7, 15))
    found = review.remarks([("trade.csv", [*series, late]), ("security.csv", [elsewhere])])
    assert [(remark.file, remark.raw_row) for remark in found] == [("trade.csv", 7)]
    assert "4 earlier lines since 2019-07-04: trade.csv 2 to 4; security.csv 5." in found[0].text


@pytest.mark.parametrize(
    "changed",
    [
        {"day": date(2019, 7, 8)},
        {"actor2": ("CHN",)},
        {"title": "Japan removes a state from its list of trusted partners"},
        {"title": "Japan tightens export controls on three materials, 2nd round"},
        {
            "actor1": ("KOR",),
            "actor2": ("JPN",),
            "title": "Korea tightens export controls on three materials",
        },
    ],
)
def test_another_act_is_no_repetition(changed: dict[str, object]) -> None:
    day = changed.pop("day", date(2019, 7, 5))
    assert review.near(_record(), [_record(row=3, day=day, **changed)]) == []  # type: ignore[arg-type]


def test_parts_of_one_occurrence_are_no_repetition() -> None:
    told = {"occurrence_id": "controls"}
    both = [_record(attributes=told), _record(row=3, attributes=told)]
    assert review.remarks([("trade.csv", both)]) == []


@pytest.mark.parametrize(
    ("url", "name", "is_older"),
    [
        ("https://example.org/2019/07/02/story", "Agency", True),
        ("https://example.org/2019/07/03/story", "Agency", False),  # a day earlier by time zone
        ("https://example.org/2019/07/04/story", "Agency", False),
        ("https://example.org/20180704.html", "Agency", True),
        ("https://example.org/news/2018/story", "Agency", True),
        ("https://example.org/news/2019/story", "Agency", False),
        ("", "Ministry, notice of 1 July 2019", True),
        ("", "Ministry, notice of 4 July 2019", False),
        ("https://example.org/99999999", "Agency", False),
        ("https://example.org/20190231/", "Agency", False),  # no day of the calendar
    ],
)
def test_a_source_older_than_the_act_is_named(url: str, name: str, is_older: bool) -> None:
    found = review.remarks([("trade.csv", [_record(source_url=url, source_name=name)])])
    assert bool(found) is is_older


def test_a_title_too_long_for_a_chart_asks_for_a_label() -> None:
    long = _record(title="x" * 101)
    assert "at most 28" in review.remarks([("trade.csv", [long])])[0].text
    labelled = _record(title="x" * 101, attributes={"short": "Controls"})
    assert review.remarks([("trade.csv", [labelled])]) == []


# Four observers, twelve units: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability,
# University of Pennsylvania, section C; nominal alpha 0.743, interval alpha 0.849.
BOOK = {
    "A": "1 2 3 3 2 1 4 1 2 . . .",
    "B": "1 2 3 3 2 2 4 1 2 5 . 3",
    "C": ". 3 3 3 2 3 4 2 2 5 1 .",
    "D": "1 2 3 3 2 4 4 1 2 5 1 .",
}


def _codings(table: dict[str, str]) -> list[Coding]:
    return [
        Coding(f"unit-{place:02}", coder, None, (), (), None if code == "." else f"0{code}")
        for coder, line in table.items()
        for place, code in enumerate(line.split())
    ]


def test_alpha_is_the_one_of_the_book() -> None:
    values = {f"0{number}": float(number) for number in range(1, 6)}
    found = {one.variable: one for one in agreement.alphas(_codings(BOOK), values, n_draws=200)}
    assert found["code"].alpha == pytest.approx(0.743, abs=5e-4)
    assert found["scale value"].alpha == pytest.approx(0.849, abs=5e-4)
    for one in (found["code"], found["scale value"]):
        assert one.lower is not None and one.upper is not None and one.alpha is not None
        assert one.lower < one.alpha < one.upper
        assert (one.n_records, one.n_coders) == (11, 4)  # one unit has a single observer


def test_coders_who_agree_have_alpha_one_and_who_cannot_differ_have_none() -> None:
    same = {"A": "1 2 3 4", "B": "1 2 3 4"}
    values = {f"0{number}": float(number) for number in range(1, 6)}
    found = {one.variable: one for one in agreement.alphas(_codings(same), values, n_draws=100)}
    assert found["code"].alpha == pytest.approx(1.0)
    assert found["code"].share_same == 1.0
    constant = agreement.alphas(_codings({"A": "1 1", "B": "1 1"}), values, n_draws=100)
    assert all(one.alpha is None for one in constant)
    assert found["day"].alpha is None


@given(
    st.lists(
        st.tuples(*[st.sampled_from([0.0, 1.0, 2.0, 5.0]) for _ in range(3)]),
        min_size=3,
        max_size=30,
    ),
    st.sampled_from(["nominal", "interval"]),
)
def test_drawn_alphas_are_those_of_the_package(
    rows: list[tuple[float, ...]], level: agreement.Level
) -> None:
    table = np.array(rows)
    found = agreement.redrawn(table, level, 3, seed=0)
    chosen = np.random.default_rng(0).integers(len(table), size=(3, len(table)))
    wanted = [
        krippendorff.alpha(reliability_data=table[one].T, level_of_measurement=level)
        for one in chosen
        if len(np.unique(table[one])) > 1
    ]
    assert found == pytest.approx(wanted)


def test_codes_are_looked_up_among_what_each_side_did() -> None:
    visit = _record(cameo_code="042", reverse_cameo_code="043", title="A visit")
    sanction = _record(3, title="A sanction")
    file = ParsedFile((visit, sanction), out_of_scope=(), duplicates=(), rejections=())
    assert record_review.uses([("meetings", file)]) == [
        Use("042", "A visit"), Use("043", "A visit"), Use("163", "A sanction"),
    ]  # fmt: skip
