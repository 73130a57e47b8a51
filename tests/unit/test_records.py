"""Files of records: every line is accounted for, whatever is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from detente.base.errors import RawFileError, SettingsError
from detente.records import parsing, sidecar
from detente.records.record import COMMON_COLUMNS, ParsedFile, Vocabulary
from detente.records.sidecar import Sidecar
from detente.refresh.record_tables import RecordFile
from detente.settings import RuleChange
from tests.support.studies import Line

HEADER = ",".join(COMMON_COLUMNS)
KNOWN = Vocabulary(
    actors=frozenset({"JPN", "KOR", "PRK", "USA"}),
    cameo=frozenset({"042", "043", "044", "010", "10", "163", "150"}),
)


START = date(1998, 1, 1)
LAUNCHES = {
    "missile_class": {
        "type": "choice",
        "description": "its reach",
        "values": {"SRBM": "short", "ICBM": "long", "other": "neither"},
    },
    "overflew_japan": {"type": "boolean", "description": "whether"},
}
RULE = {
    "name": "launch_rule",
    "cameo_code": "150",
    "targets": {
        "missile_class": {"SRBM": ["KOR"], "ICBM": ["JPN", "KOR", "USA"]},
        "overflew_japan": {"true": ["JPN"]},
    },
}


def _sidecar(**changes: object) -> Sidecar:
    content: dict[str, object] = {
        "title": "t", "label": "t", "covers": "c", "leaves_out": "l", "producer": "p",
        "licence": "l",
        "checked": date(2026, 1, 1), "covers_from": date(1998, 1, 1),
        "covers_to": date(2025, 12, 31),
        "categories": {"summit": "a meeting", "missile_launch": "a launch"},
    }  # fmt: skip
    return Sidecar.model_validate({**content, **changes})


def _parse(*lines: str | bytes, header: str = HEADER) -> ParsedFile:
    content = b"\n".join(
        one if isinstance(one, bytes) else one.encode() for one in (header, *lines)
    )
    return parsing.parse(content, _sidecar(), KNOWN, START)


def test_a_good_line_becomes_a_record(line: Line) -> None:
    parsed = _parse(line("tokyo-2023", "2023-03-16"))
    (record,) = parsed.records
    assert record.raw_row == 2
    assert (record.actor1, record.actor2) == (("KOR",), ("JPN",))
    assert (record.cameo_code, record.reverse_cameo_code) == ("042", "043")


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"day": "2023-02-30"}, "event_date", "day of the calendar"),
        ({"day": "16/03/2023"}, "event_date", "YYYY-MM-DD"),
        ({"day": "45001"}, "event_date", "a spreadsheet's number of a day"),
        ({"day": "2027-01-01"}, "event_date", "not after 2026-01-01"),
        ({"actor1": "ROK"}, "actor1", "alpha-3 codes of core.actor joined by ;"),
        ({"actor1": "USA;ROK"}, "actor1", "got 'ROK'"),
        ({"actor1": "kor"}, "actor1", "did you mean KOR?"),
        ({"actor1": '"KOR, USA"'}, "actor1", "did you mean KOR;USA?"),
        ({"actor1": "KOR;KOR"}, "actor1", "each actor once"),
        ({"actor2": "KOR"}, "actor2", "another actor"),
        ({"code": "42"}, "cameo_code", "did you mean 042"),
        ({"code": "999"}, "cameo_code", "`detente code` finds one by words"),
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
    line: Line, changes: dict[str, str], column: str, reason: str
) -> None:
    bad = line(**{"record_id": "bad", "day": "2023-03-16", **changes})
    parsed = _parse(line("one", "2011-12-17"), bad, line("two", "2023-05-07"))
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
def test_a_spoiled_line_spoils_itself_alone(line: Line, bad: str | bytes, reason: str) -> None:
    parsed = _parse(line("one", "2011-12-17"), bad, line("two", "2023-05-07"))
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
    name: str, url: str, reason: str | None
) -> None:
    parsed = _parse(f"x,2023-03-16,,KOR,JPN,042,043,summit,t,{name},{url}")
    if reason is None:
        assert [(one.source_name, one.source_url) for one in parsed.records] == [(name, url)]
    else:
        (rejection,) = parsed.rejections
        assert rejection.column == "source_url"
        assert reason in rejection.reason


def test_everything_that_is_wrong_with_a_line_is_told() -> None:
    (refused,) = _parse("A b,2023-02-30,,KOR,XXX,42,,nope,t,The Times,").rejections
    assert refused.column == "event_date"
    assert [column for column, _, _ in refused.further] == [
        "record_id", "actor2", "cameo_code", "category", "source_url",
    ]  # fmt: skip
    assert "did you mean 042" in refused.further[2][2]
    (refused,) = _parse("a,2023-02-28,,,JPN,042,,nope,t,The Times,https://a.org/").rejections
    assert refused.column == "actor1"
    assert refused.further == (("category", "nope", refused.further[0][2]),)
    (refused,) = _parse("too,few,fields").rejections
    assert refused.further == ()


@pytest.mark.parametrize(
    ("day", "end", "short", "number", "column"),
    [
        ("2026-01-01", "", "", "", None),  # the day on which the file was last checked
        ("2026-01-02", "", "", "", "event_date"),
        ("2025-01-01", "2025-01-01", "", "", None),
        ("2025-01-02", "2025-01-01", "", "", "end_date"),
        ("2000-03-01", "", "", "", None),  # from which day on they are kept
        ("2000-02-29", "", "", "", "event_date"),
        ("2025-01-01", "", "x" * 28, "", None),
        ("2025-01-01", "", "x" * 29, "", "short"),
        ("2025-01-01", "", "", "0", None),
        ("2025-01-01", "", "", "999999999", None),
        ("2025-01-01", "", "", "1000000000", "n"),
        ("2025-01-01", "", "", "-1", "n"),
        ("2025-01-01", "", "", "1.0", "n"),
    ],
)
def test_a_value_is_taken_up_to_its_bound(
    day: str, end: str, short: str, number: str, column: str | None
) -> None:
    described = _sidecar(
        columns={"n": {"type": "integer", "description": "how many"}},
        starts=[{"category": "summit", "first_day": date(2000, 3, 1), "why": "none before"}],
    )
    header = f"{HEADER},n,short"
    row = f"a,{day},{end},KOR,JPN,042,043,summit,t,S,https://a.b/,{number},{short}"
    parsed = parsing.parse(f"{header}\n{row}".encode(), described, KNOWN, START)
    assert [one.column for one in parsed.rejections] == ([column] if column else [])
    assert len(parsed.records) == (column is None)
    # Of another kind there are earlier ones.
    other = row.replace("summit", "missile_launch")
    parsed = parsing.parse(f"{header}\n{other}".encode(), described, KNOWN, START)
    assert bool(parsed.records) == (column is None or day == "2000-02-29")


def test_the_shared_columns_are_read_in_any_file(line: Line) -> None:
    header = HEADER + ",source_kind,occurrence_id,restores,coder,short,is_multilateral"
    lines = (
        line("one", "2023-03-16") + ",primary,tokyo-2023,,ab,Yoon in Tokyo,false",
        line("two", "2023-03-17") + ",hearsay,,,,,",
        line("three", "2023-03-18") + f",press,,one,,{'x' * 29},",
    )
    parsed = parsing.parse("\n".join([header, *lines]).encode(), _sidecar(), KNOWN, START)
    assert [one.attributes for one in parsed.records] == [
        {
            "source_kind": "primary", "occurrence_id": "tokyo-2023", "coder": "ab",
            "short": "Yoon in Tokyo", "is_multilateral": "false",
        }
    ]  # fmt: skip
    assert [one.column for one in parsed.rejections] == ["source_kind", "short"]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_a_byte_order_mark_do_not_matter(line: Line, ends: str, bom: bytes) -> None:
    text = ends.join([HEADER, line("one", "2011-12-17"), "", line("two", "2023-05-07"), ""])
    parsed = parsing.parse(bom + text.encode(), _sidecar(), KNOWN, START)
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
def test_a_file_without_a_header_is_refused_as_a_whole(content: bytes, problem: str) -> None:
    parsed = parsing.parse(content, _sidecar(), KNOWN, START)
    assert parsed.problem is not None
    assert problem in parsed.problem
    assert not parsed.records


def test_columns_may_stand_in_any_order(line: Line) -> None:
    header = HEADER.split(",")
    cells = line("one", "2011-12-17").split(",")
    order = list(reversed(range(len(header))))
    parsed = _parse(",".join(cells[i] for i in order), header=",".join(header[i] for i in order))
    assert parsed.records[0].record_id == "one"


def test_records_before_the_study_are_out_of_scope(line: Line) -> None:
    parsed = _parse(line("old", "1997-12-31"), line("new", "1998-01-01"))
    assert [one.record_id for one in parsed.out_of_scope] == ["old"]
    assert [one.record_id for one in parsed.records] == ["new"]


def test_a_repeated_record_is_a_duplicate_and_a_reused_id_a_rejection(line: Line) -> None:
    first = _parse(line("one", "2011-12-17"), line("one", "2011-12-17"))
    second = _parse(line("one", "2023-05-07"))
    a, b = parsing.deduplicate([first, second])
    assert (len(a.records), len(a.duplicates)) == (1, 1)
    assert (a.records[0].raw_row, a.duplicates[0].raw_row) == (2, 3)
    assert "give one of them another id" in b.rejections[0].reason
    assert a.n_rows == 2
    assert b.n_rows == 1


def test_the_rule_finds_the_targets_of_a_launch() -> None:
    described = _sidecar(columns=LAUNCHES, rule=RULE)
    base = "PRK,,,,missile_launch,A launch,S,https://a.b/"
    content = "\n".join(
        [
            HEADER + ",missile_class,overflew_japan",
            f"a,2023-01-01,,{base},SRBM,false",
            f"b,2023-01-02,,{base},SRBM,true",
            f"c,2023-01-03,,{base},ICBM,false",
            f"d,2023-01-04,,{base},other,false",
            "e,2023-01-05,,PRK,USA,163,,missile_launch,A threat,S,https://a.b/,other,false",
        ]
    ).encode()
    parsed = parsing.parse(content, described, KNOWN, START)
    assert [(one.actor2, one.cameo_code, one.rule) for one in parsed.records] == [
        (("KOR",), "150", "launch_rule"),
        (("JPN", "KOR"), "150", "launch_rule"),
        (("JPN", "KOR", "USA"), "150", "launch_rule"),
        (("USA",), "163", None),
    ]
    (refused,) = parsed.rejections
    assert refused.column == "missile_class"
    assert "[rule.targets.missile_class] names (SRBM, ICBM)" in refused.reason
    change = RuleChange(cameo_code="163", targets={"missile_class": {"other": ("USA",)}})
    (changed,) = sidecar.with_changes([described], {"launch_rule": change})
    parsed = parsing.parse(content, changed, KNOWN, START)
    assert not parsed.rejections
    assert parsed.records[3].actor2 == ("USA",)
    assert {one.cameo_code for one in parsed.records} == {"163"}


@pytest.mark.parametrize(
    ("name", "targets", "words"),
    [
        ("other", {}, "name of a file's"),
        ("launch_rule", {"class": {"SRBM": ["KOR"]}}, "a column among missile_class"),
        ("launch_rule", {"missile_class": {"SRMB": ["KOR"]}}, "got 'SRMB'"),
        ("launch_rule", {"overflew_japan": {"yes": ["KOR"]}}, "among true, false; got 'yes'"),
    ],
)
def test_a_change_of_no_rule_is_refused(name: str, targets: dict[str, object], words: str) -> None:
    change = RuleChange.model_validate({"targets": targets})
    with pytest.raises(SettingsError, match=rf"records\.rules\.{name}: .*{words}"):
        sidecar.with_changes([_sidecar(columns=LAUNCHES, rule=RULE)], {name: change})


GOOD = """\
title = "Meetings"
covers = "c"
leaves_out = "l"
producer = "p"
licence = "CC0"
checked = 2026-01-01
covers_from = 1998-01-01
covers_to = 2025-12-31
coding = \"\"\"
Text may say
lable = 1
\"\"\"

[categories]
summit = "a meeting"
"""
KIND = '[columns.kind]\ntype = "text"\ndescription = "d"\n'


def test_a_sidecar_says_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(GOOD + KIND)
    found = sidecar.read(path)
    assert found.label == "Meetings"
    assert list(found.columns) == ["kind"]
    assert not found.columns["kind"].required


def test_a_sidecar_need_not_say_how_far_somebody_looked(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(GOOD.replace("covers_to = 2025-12-31\n", ""))
    described = sidecar.read(path)
    assert described.covers_to is None
    lines = (
        "a,2019-03-01,,JPN,KOR,042,,summit,t,s,https://e.org\n",
        "b,2018-05-01,,JPN,KOR,042,,summit,t,s,https://e.org",
    )
    for content, last in ((f"{HEADER}\n{''.join(lines)}", date(2019, 3, 1)), (HEADER, None)):
        parsed = parsing.parse(content.encode(), described, KNOWN, START)
        file = RecordFile("records/x.csv", path, content.encode(), described, parsed)
        assert file.covers_to == last


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "is missing"),
        (None, "Write it beside the file, or move the file out of "),
        ("title = ", "not valid TOML"),
        ('title = "x"', ":1: `covers` is required"),
        ("lable = 1\n" + GOOD, "x.toml:1: unknown key `lable`. Did you mean `label`?"),
        (GOOD + "[[start]]\n", "x.toml:16: unknown key `start`. Did you mean `starts`?"),
        (GOOD + KIND + "required = 'false'\n", "x.toml:19: `columns.kind.required`: expected true"),
        (GOOD + KIND + "requierd = false\n", "x.toml:19: unknown key `columns.kind.requierd`. Did"),
        (GOOD.replace('"p"', "2026-01-01"), "x.toml:4: `producer`: expected text in quotes; got 2"),
        (GOOD.replace("2025-12-31", "'2025'"), "x.toml:8: `covers_to`: expected a day such as"),
        (GOOD.replace("2025-12-31", "2025-12-31T00:00:00"), "x.toml:8: `covers_to`: expected a"),
        (GOOD.replace("2025-12-31", "1997-12-31"), "x.toml:8: `covers_to`: expected a day not"),
        (GOOD + "other = 2026-01-01\n", "x.toml:16: `categories.other`: expected text in quotes"),
        (GOOD + KIND.replace("text", "colour"), "x.toml:17: `columns.kind.type`: expected '"),
        (GOOD + KIND + "values = ['a']\n", "x.toml:19: `columns.kind.values`: expected a table"),
        (GOOD + "[rule]\nname = 'r'\n", "x.toml:16: `rule.cameo_code` is required"),
        (
            GOOD + "[rule]\nname = 'r'\ncameo_code = '150'\n[rule.targets.size]\nbig = ['KOR']\n",
            "x.toml:19: `rule.targets`: expected a column among none; got 'size'",
        ),
        (
            GOOD + '[[starts]]\ncategory = "summit"\nfirst_day = 2000-01-01\nwhy = "w"\n'
            '[[starts]]\ncategory = "sumit"\nfirst_day = 2000-01-01\nwhy = "w"\n',
            "x.toml:21: `starts.category`: expected a category among summit; got 'sumit'",
        ),
    ],
)
def test_a_bad_sidecar_is_refused_with_its_line(
    tmp_path: Path, text: str | None, words: str
) -> None:
    path = tmp_path / "x.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RawFileError, match=r"x\.toml") as caught:
        sidecar.read(path)
    assert words in str(caught.value)


def test_every_mistake_of_a_sidecar_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text("lable = 1\n" + GOOD.replace('"p"', "3"))
    with pytest.raises(RawFileError) as caught:
        sidecar.read(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()] == ["5", "1"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("event_date", date(2011, 12, 18)), ("end_date", date(2011, 12, 18)), ("actor1", ("JPN",)),
        ("actor2", ("PRK",)), ("cameo_code", "043"), ("reverse_cameo_code", None),
        ("category", "other"), ("title", "Another"), ("source_name", "Another"),
        ("source_url", "https://example.com/"), ("attributes", {"a": "b"}),
    ],
)  # fmt: skip
def test_records_with_one_id_that_say_different_things_are_no_duplicates(
    line: Line, key: str, value: object
) -> None:
    (record,) = _parse(line("one", "2011-12-17")).records
    assert replace(record, raw_row=9, raw_text="x").content() == record.content()
    assert replace(record, **{key: value}).content() != record.content()  # type: ignore[arg-type]
