"""Files of records: every line is accounted for, whatever is in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import RawFileError
from detente.records import parsing
from detente.records.parsing import Sidecar, Vocabulary
from tests.support.studies import Line

HEADER = ",".join(parsing.COMMON_COLUMNS)
KNOWN = Vocabulary(
    actors=frozenset({"JPN", "KOR", "PRK", "USA"}),
    cameo=frozenset({"042", "043", "044", "010", "10", "163", "150"}),
)


@pytest.fixture(scope="module")
def study() -> settings.Settings:
    return settings.Settings.model_validate(
        {
            "study": {
                "name": "x",
                "start": date(1998, 1, 1),
                "actors": ["JPN", "KOR", "PRK", "USA"],
                "focal_dyad": ["JPN", "KOR"],
            }
        }
    )


def _sidecar(**changes: object) -> Sidecar:
    content: dict[str, object] = {
        "title": "t", "label": "t", "covers": "c", "leaves_out": "l", "producer": "p",
        "licence": "l",
        "checked": date(2026, 1, 1), "covers_from": date(1998, 1, 1),
        "covers_to": date(2025, 12, 31), "rule": None,
        "categories": {"summit": "a meeting", "missile_launch": "a launch"}, "columns": {},
    }  # fmt: skip
    return Sidecar(**{**content, **changes})  # type: ignore[arg-type]


def _parse(
    study: settings.Settings, *lines: str | bytes, header: str = HEADER
) -> parsing.ParsedFile:
    content = b"\n".join(
        one if isinstance(one, bytes) else one.encode() for one in (header, *lines)
    )
    return parsing.parse(content, _sidecar(), KNOWN, study)


def test_a_good_line_becomes_a_record(study: settings.Settings, line: Line) -> None:
    parsed = _parse(study, line("tokyo-2023", "2023-03-16"))
    (record,) = parsed.records
    assert record.raw_row == 2
    assert (record.actor1, record.actor2) == (("KOR",), ("JPN",))
    assert (record.cameo_code, record.reverse_cameo_code) == ("042", "043")


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"day": "2023-02-30"}, "event_date", "day of the calendar"),
        ({"day": "16/03/2023"}, "event_date", "YYYY-MM-DD"),
        ({"day": "2027-01-01"}, "event_date", "not after 2026-01-01"),
        ({"actor1": "ROK"}, "actor1", "'ROK' is none"),
        ({"actor1": "KOR;KOR"}, "actor1", "each actor once"),
        ({"actor2": "KOR"}, "actor2", "another actor"),
        ({"code": "42"}, "cameo_code", "did you mean 042"),
        ({"code": "999"}, "cameo_code", "CAMEO code"),
        ({"category": "party"}, "category", "one of summit, missile_launch"),
        ({"title": ""}, "title", "expected a value"),
        ({"record_id": "Tokyo 2023"}, "record_id", "words like"),
        (
            {"actor1": "JPN;KOR", "actor2": "JPN;KOR"},
            "reverse_cameo_code",
            "expected an empty field",
        ),
    ],
)
def test_a_bad_value_is_named_and_the_others_stay(
    study: settings.Settings, line: Line, changes: dict[str, str], column: str, reason: str
) -> None:
    bad = line(**{"record_id": "bad", "day": "2023-03-16", **changes})
    parsed = _parse(study, line("one", "2011-12-17"), bad, line("two", "2023-05-07"))
    assert [record.record_id for record in parsed.records] == ["one", "two"]
    (rejection,) = parsed.rejections
    assert rejection.raw_row == 3
    assert rejection.column == column
    assert reason in rejection.reason
    assert rejection.raw_text == bad


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ('x,2023-01-01,,KOR,JPN,042,043,summit,"open quote,S,https://a.b/', "not a CSV line"),
        ('x,2023-01-01,,KOR,JPN,042,043,summit,a "b" c"d,S', "fields"),
        ("too,few", "expected 11 fields, got 2"),
        (b"x,2023-01-01,,KOR,JPN,042,043,summit,caf\xe9,S,https://a.b/", "expected UTF-8"),
        (b"x,2023-01-01,,KOR,JPN,042,043,summit,a\x00b,S,https://a.b/", "NUL"),
        ("x,2023-01-01,,KOR,JPN,042,043,summit,t,S,file:///etc/passwd", "https://"),
    ],
)
def test_a_spoiled_line_spoils_itself_alone(
    study: settings.Settings, line: Line, bad: str | bytes, reason: str
) -> None:
    parsed = _parse(study, line("one", "2011-12-17"), bad, line("two", "2023-05-07"))
    assert len(parsed.records) == 2
    assert reason in parsed.rejections[0].reason
    assert parsed.n_rows == 3


@pytest.mark.parametrize(
    ("name", "url", "reason"),
    [
        ("Ministry of Foreign Affairs: press release on the summit; 16 March 2023", "", None),
        ("The Times", "https://example.org/a", None),
        ("The Times", "", "which publication it is and of what date"),
        ("The Times; 16 March 2023", "example.org", "https://"),
    ],
)
def test_a_dated_publication_stands_in_for_an_address(
    study: settings.Settings, name: str, url: str, reason: str | None
) -> None:
    parsed = _parse(study, f"x,2023-03-16,,KOR,JPN,042,043,summit,t,{name},{url}")
    if reason is None:
        assert [(one.source_name, one.source_url) for one in parsed.records] == [(name, url)]
    else:
        (rejection,) = parsed.rejections
        assert rejection.column == "source_url"
        assert reason in rejection.reason


def test_everything_that_is_wrong_with_a_line_is_told(study: settings.Settings) -> None:
    (refused,) = _parse(study, "A b,2023-02-30,,KOR,XXX,42,,nope,t,The Times,").rejections
    assert refused.column == "event_date"
    assert [column for column, _, _ in refused.further] == [
        "record_id", "actor2", "cameo_code", "category", "source_url",
    ]  # fmt: skip
    assert "did you mean 042" in refused.further[2][2]
    (refused,) = _parse(study, "a,2023-02-28,,,JPN,042,,nope,t,The Times,https://a.org/").rejections
    assert refused.column == "actor1"
    assert refused.further == (("category", "nope", refused.further[0][2]),)
    (refused,) = _parse(study, "too,few,fields").rejections
    assert refused.further == ()


def test_the_shared_columns_are_read_in_any_file(study: settings.Settings, line: Line) -> None:
    sidecar = _sidecar(columns=parsing.SHARED_COLUMNS)
    header = HEADER + ",source_kind,occurrence_id,restores,coder,short,is_multilateral"
    lines = (
        line("one", "2023-03-16") + ",primary,tokyo-2023,,ab,Yoon in Tokyo,false",
        line("two", "2023-03-17") + ",hearsay,,,,,",
        line("three", "2023-03-18") + f",press,,one,,{'x' * 29},",
    )
    parsed = parsing.parse("\n".join([header, *lines]).encode(), sidecar, KNOWN, study)
    assert [one.attributes for one in parsed.records] == [
        {
            "source_kind": "primary", "occurrence_id": "tokyo-2023", "coder": "ab",
            "short": "Yoon in Tokyo", "is_multilateral": "false",
        }
    ]  # fmt: skip
    assert [one.column for one in parsed.rejections] == ["source_kind", "short"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(
    study: settings.Settings, line: Line, ends: str, bom: bytes
) -> None:
    text = ends.join([HEADER, line("one", "2011-12-17"), "", line("two", "2023-05-07"), ""])
    parsed = parsing.parse(bom + text.encode(), _sidecar(), KNOWN, study)
    assert [(one.record_id, one.raw_row) for one in parsed.records] == [("one", 2), ("two", 4)]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "header"),
        (b"a,b,c\n1,2,3\n", "lacks 'record_id'"),
        ((HEADER + ",title\n").encode(), "repeats 'title'"),
    ],
)
def test_a_file_without_a_header_is_refused_as_a_whole(
    study: settings.Settings, content: bytes, problem: str
) -> None:
    parsed = parsing.parse(content, _sidecar(), KNOWN, study)
    assert parsed.problem is not None
    assert problem in parsed.problem
    assert not parsed.records


def test_columns_may_stand_in_any_order(study: settings.Settings, line: Line) -> None:
    header = HEADER.split(",")
    cells = line("one", "2011-12-17").split(",")
    order = list(reversed(range(len(header))))
    parsed = _parse(
        study, ",".join(cells[i] for i in order), header=",".join(header[i] for i in order)
    )
    assert parsed.records[0].record_id == "one"


def test_records_before_the_study_are_out_of_scope(study: settings.Settings, line: Line) -> None:
    parsed = _parse(study, line("old", "1997-12-31"), line("new", "1998-01-01"))
    assert [one.record_id for one in parsed.out_of_scope] == ["old"]
    assert [one.record_id for one in parsed.records] == ["new"]


def test_a_repeated_record_is_a_duplicate_and_a_reused_id_a_rejection(
    study: settings.Settings, line: Line
) -> None:
    first = _parse(study, line("one", "2011-12-17"), line("one", "2011-12-17"))
    second = _parse(study, line("one", "2023-05-07"))
    a, b = parsing.deduplicate([first, second])
    assert (len(a.records), len(a.duplicates)) == (1, 1)
    assert "give one of them another id" in b.rejections[0].reason
    assert a.n_rows == 2
    assert b.n_rows == 1


def test_the_rule_finds_the_targets_of_a_launch(study: settings.Settings) -> None:
    columns = {
        "missile_class": parsing.Column(
            "missile_class", "choice", True, "", {"SRBM": "", "ICBM": ""}
        ),
        "overflew_japan": parsing.Column("overflew_japan", "boolean", True, ""),
    }
    sidecar = _sidecar(rule="missile_launch", columns=columns)
    base = "PRK,,,,missile_launch,A launch,S,https://a.b/"
    content = "\n".join(
        [
            HEADER + ",missile_class,overflew_japan",
            f"a,2023-01-01,,{base},SRBM,false",
            f"b,2023-01-02,,{base},SRBM,true",
            f"c,2023-01-03,,{base},ICBM,false",
        ]
    )
    parsed = parsing.parse(content.encode(), sidecar, KNOWN, study)
    assert [one.actor2 for one in parsed.records] == [
        ("KOR",),
        ("JPN", "KOR"),
        ("JPN", "KOR", "USA"),
    ]
    assert {one.cameo_code for one in parsed.records} == {"150"}
    assert {one.rule for one in parsed.records} == {"missile_launch"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        ("title = ", "readable TOML"),
        ('title = "x"', "'covers'"),
        ('[columns.a]\ntype = "colour"\ndescription = "d"', "'colour'"),
    ],
)
def test_a_bad_sidecar_is_an_error_that_names_it(
    tmp_path: Path, text: str | None, words: str
) -> None:
    path = tmp_path / "x.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RawFileError, match=r"x\.toml") as caught:
        parsing.read_sidecar(path)
    assert words in str(caught.value)
