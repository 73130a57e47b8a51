"""The doctor says what nothing is known of, and which letters a PDF could not show."""

from __future__ import annotations

from detente.operations import doctor
from detente.refresh import pipeline
from detente.report.render import typeset
from tests.support.studies import MakeStudy, record_line


def _told(make_study: MakeStudy, records: list[str]) -> dict[str, str]:
    study = make_study(records)
    pipeline.refresh(study)
    return {one.subject: one.message for one in doctor.examine(study) if one.severity != "ok"}


def test_a_study_without_events_is_told_of(make_study: MakeStudy) -> None:
    assert "every index, test and page is empty" in _told(make_study, [])["events"]


def test_dyads_without_events_and_letters_without_a_font_are_named(make_study: MakeStudy) -> None:
    record = record_line("a", "2020-01-31", title="A visit \U00101234")
    told = _told(make_study, [record])
    assert told["events"] == "no source has events of JPN-PRK, KOR-PRK"
    assert "U+101234" in told["titles"]
    # The sidecar claims 2025-12-31.
    silence = told["data/raw/records/meetings.csv"]
    assert "last record is of 2020-01-31" in silence and "complete to 2025-12-31" in silence


def test_letters_of_many_scripts_are_drawable() -> None:
    assert typeset.without_glyph("éжΩ日한") == []
    assert typeset.without_glyph("é\U00101234") == ["\U00101234"]
