"""Records that the settings count otherwise than their files code them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from pydantic import ValidationError

from detente.base.errors import SettingsError
from detente.records.recoding import recode
from detente.records.record import ParsedFile, Record
from detente.settings import Recode, Records

TALKS = Record(
    raw_row=2, record_id="talks", event_date=date(2019, 10, 11), end_date=None, actor1=("JPN",),
    actor2=("KOR",), cameo_code="040", reverse_cameo_code="040", category="dispute", title="Talks",
    source_name="S", source_url="https://example.org/", rule=None,
    attributes={"stage": "consultations"}, raw_text="",
)  # fmt: skip
MEETING = replace(
    TALKS, record_id="meeting", actor1=("CHN", "JPN", "KOR"), actor2=("PRK",), cameo_code="046",
    reverse_cameo_code="046", category="talks", attributes={},
)  # fmt: skip
BAN = replace(
    TALKS, record_id="ban", cameo_code="163", reverse_cameo_code=None, category="ban",
    event_date=date(2019, 7, 4), attributes={"carries_out": "announced"},
)  # fmt: skip
ANNOUNCED = replace(
    BAN, record_id="announced", cameo_code="1312", event_date=date(2019, 7, 1), attributes={}
)
EASED = replace(
    BAN, record_id="eased", cameo_code="085", event_date=date(2023, 3, 16),
    attributes={"restores": "announced;ban"},
)  # fmt: skip


def _file(*records: Record) -> ParsedFile:
    return ParsedFile(records, (), (), ())


def _recoded(*records: Record, **rules: object) -> ParsedFile:
    (file,) = recode([_file(*records)], Records.model_validate(rules))
    assert file.n_rows == len(records)
    return file


def test_without_a_rule_nothing_changes() -> None:
    assert recode([_file(TALKS, MEETING)], Records()) == [_file(TALKS, MEETING)]


def test_another_code_is_that_of_both_directions_and_names_its_rule() -> None:
    rule = {"name": "as talks", "category": "dispute", "cameo_code": "040", "to": "046"}
    file = _recoded(TALKS, BAN, recode=[rule])
    talks, ban = file.records
    assert (talks.cameo_code, talks.reverse_cameo_code, talks.rule) == ("046", "046", "as talks")
    assert ban == BAN
    one_sided = _recoded(BAN, recode=[{"name": "x", "cameo_code": "163", "to": "160"}]).records[0]
    assert (one_sided.cameo_code, one_sided.reverse_cameo_code) == ("160", None)
    visit = {"name": "x", "cameo_code": "040", "to": "042", "reverse_to": "043"}
    visited = _recoded(TALKS, recode=[visit]).records[0]
    assert (visited.cameo_code, visited.reverse_cameo_code) == ("042", "043")


def test_a_meeting_of_two_sides_becomes_one_among_all() -> None:
    rule = {"name": "all", "category": "talks", "min_actors": 3, "among_all": True}
    everyone = ("CHN", "JPN", "KOR", "PRK")
    (meeting,) = _recoded(MEETING, recode=[rule]).records
    assert meeting.actor1 == meeting.actor2 == everyone
    assert (meeting.cameo_code, meeting.reverse_cameo_code) == ("046", None)


def test_what_is_left_out_is_out_of_scope_and_the_first_rule_decides() -> None:
    out = {"name": "out", "attributes": {"stage": "consultations"}, "leave_out": True}
    code = {"name": "code", "category": "dispute", "to": "046"}
    left = _recoded(TALKS, BAN, recode=[out, code])
    assert (left.records, left.out_of_scope) == ((BAN,), (TALKS,))
    assert _recoded(TALKS, recode=[code, out]).records[0].cameo_code == "046"
    filled = {"name": "f", "filled": "restores", "leave_out": True}
    assert _recoded(BAN, EASED, recode=[filled]).records == (BAN,)


def test_a_measure_counts_once_where_it_is_announced_and_then_in_force() -> None:
    file = _recoded(ANNOUNCED, BAN, EASED, announced_once=True)
    assert [one.record_id for one in file.records] == ["announced", "eased"]
    # Nothing is left of a measure whose announcement is not on file.
    assert _recoded(BAN, announced_once=True).records == (BAN,)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ({"name": "x", "to": "046"}, "which records are meant"),
        ({"name": "x", "category": "dispute"}, "what becomes of the records"),
        ({"name": "x", "category": "a", "leave_out": True, "to": "046"}, "left out"),
        ({"name": "x", "category": "a", "among_all": True, "reverse_to": "043"}, "reverse_to"),
    ],
)
def test_a_rule_that_says_too_little_or_too_much_is_refused(
    table: dict[str, object], reason: str
) -> None:
    with pytest.raises(ValidationError, match=reason):
        Recode.model_validate(table)


def test_a_rule_that_means_no_record_is_an_error() -> None:
    rules = Records.model_validate(
        {"recode": [{"name": "typo", "category": "disputes", "to": "046"}]}
    )
    with pytest.raises(SettingsError, match=r"'typo' of \[records\] matches no record"):
        recode([_file(TALKS)], rules)
