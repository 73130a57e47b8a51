"""The commands for those who keep records by hand, on a small study."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest

from detente.records import sheets
from detente.refresh import record_review
from detente.settings import Settings
from tests.support.command import detente, detente_here
from tests.support.studies import Line, MakeStudy

NEW = (
    "records", "new", "meetings.csv", "--yes", "--day", "2023-05-07", "--actor1", "JPN",
    "--actor2", "KOR", "--code", "042", "--reverse", "043", "--category", "summit",
    "--source", "Ministry", "--url", "https://example.org/visit",
)  # fmt: skip


@pytest.fixture
def study(make_study: MakeStudy, line: Line) -> Settings:
    lines = [
        line("first", "2023-03-16", title="A visit to Tokyo"),
        line("second", "2023-03-17", title="A visit to Tokyo."),
        line("third", "2019-07-04", code="163", reverse="", category="sanction", title="Controls"),
    ]
    return make_study(lines)


def _records(study: Settings) -> list[dict[str, str]]:
    text = (study.raw / "records" / "meetings.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def test_words_rank_codes(study: Settings) -> None:
    done = detente_here(study.home, "code", "make", "a", "visit", "--json")
    assert done.returncode == 0, done.stderr
    best = json.loads(done.stdout)[0]
    assert best["code"]["cameo_code"] == "042"
    assert best["n_uses"] == 2


def test_a_new_record_is_appended_and_nothing_else_changes(study: Settings) -> None:
    before = (study.raw / "records" / "meetings.csv").read_bytes()
    done = detente_here(study.home, *NEW, "--title", "A visit to Seoul")
    assert done.returncode == 0, done.stderr
    after = (study.raw / "records" / "meetings.csv").read_bytes()
    assert after.startswith(before)
    assert _records(study)[-1]["record_id"] == "jpn-kor-2023-05-07"
    assert detente_here(study.home, *NEW, "--title", "Another one").returncode == 0
    assert _records(study)[-1]["record_id"] == "jpn-kor-2023-05-07-2"


def test_actors_may_be_named_and_the_file_needs_no_suffix(study: Settings) -> None:
    said = {"JPN": "Japan", "KOR": "South Korea", "meetings.csv": "meetings"}
    words = [said.get(one, one) for one in NEW]
    done = detente_here(study.home, *words, "--title", "A visit to Seoul")
    assert done.returncode == 0, done.stderr
    assert (_records(study)[-1]["actor1"], _records(study)[-1]["actor2"]) == ("JPN", "KOR")
    unknown = ["Nowhereland" if one == "Japan" else one for one in words]
    done = detente_here(study.home, *unknown, "--title", "A visit to Seoul")
    assert done.returncode == 2
    assert "Nowhereland" in done.stderr


def test_a_wrong_record_is_refused_with_its_column_and_not_written(study: Settings) -> None:
    before = (study.raw / "records" / "meetings.csv").read_bytes()
    done = detente_here(study.home, *NEW, "--title", "A visit", "--code", "9999")
    assert done.returncode == 2
    assert "cameo_code" in done.stderr
    assert (study.raw / "records" / "meetings.csv").read_bytes() == before


def test_everything_that_is_wrong_with_a_new_record_is_told_at_once(study: Settings) -> None:
    done = detente_here(study.home, *NEW, "--title", "A visit", "--code", "42", "--category", "war")
    assert done.returncode == 2
    assert "did you mean 042?" in done.stderr
    assert "category: expected one of" in done.stderr


def test_a_joint_act_is_not_asked_for_its_reverse(study: Settings) -> None:
    words = ["records", "new", "meetings", "--actor1", "JPN;KOR", "--actor2", "JPN;KOR"]
    words += ["--day", "2023-05-01", "--code", "046", "--category", "summit"]
    words += ["--title", "Talks in Geneva", "--source", "A paper", "--url", "https://example.org/9"]
    done = detente(study.home, *words, text="\n" * 3)
    assert done.returncode == 0, done.stderr
    assert "reverse act" not in done.stderr
    assert _records(study)[-1]["reverse_cameo_code"] == ""


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("", "the file is empty: expected a header line"),
        ("first,2023-02-03,,JPN,KOR,042\n", "the header (line 1) lacks 'record_id'"),
        ("record_id;event_date;end_date\na;2023-02-03;\n", "save the file as CSV with commas"),
        ("record_id\tevent_date\tend_date\n", "has tabs between its columns"),
    ],
)
def test_a_file_without_its_header_is_an_error(study: Settings, content: str, text: str) -> None:
    (study.raw / "records" / "meetings.csv").write_text(content, encoding="utf-8")
    done = detente_here(study.home, "records", "check")
    assert done.returncode == 1
    assert text in done.stdout


def test_a_record_before_the_study_is_remarked(study: Settings, line: Line) -> None:
    path = study.raw / "records" / "meetings.csv"
    path.write_text(path.read_text() + line("fourth", "1988-02-20") + "\n", encoding="utf-8")
    found = json.loads(detente_here(study.home, "records", "check", "--json").stdout)
    told = [one["text"] for one in found if one["value"] == "1988-02-20"]
    assert len(told) == 1
    assert "the first day of the study, and is not counted" in told[0]


def test_a_check_names_errors_and_what_reads_alike(study: Settings, line: Line) -> None:
    found = json.loads(detente_here(study.home, "records", "check", "--json").stdout)
    assert [(one["raw_row"], one["is_error"]) for one in found] == [(3, False)]
    path = study.raw / "records" / "meetings.csv"
    path.write_text(path.read_text() + line("fourth", "2023-02-30") + "\n", encoding="utf-8")
    done = detente_here(study.home, "records", "check")
    assert done.returncode == 1
    assert "line 5, event_date: '2023-02-30':" in done.stdout


def test_a_file_without_a_sidecar_does_not_hide_the_others(study: Settings) -> None:
    (study.raw / "records" / "alone.csv").write_text("record_id\n", encoding="utf-8")
    found = json.loads(detente_here(study.home, "records", "check", "--json").stdout)
    assert [one["file"] for one in found] == ["alone.toml", "meetings.csv"]


def test_a_blind_sample_is_coded_and_the_agreement_printed(study: Settings, tmp_path: Path) -> None:
    path = tmp_path / "second.csv"
    done = detente_here(study.home, "records", "sample", "3", "--blind", "-o", str(path))
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(path.read_text())))
    assert len(rows) == 3
    assert all(row["cameo_code"] == "" == row["event_date"] for row in rows)
    assert not any("2023" in row["sample_id"] for row in rows)
    by_id = {record_review.sample_id(row["record_id"]): row for row in _records(study)}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        for row in rows:
            known = by_id[row["sample_id"]]
            told = {name: known[name] for name in ("event_date", "actor1", "actor2", "cameo_code")}
            writer.writerow({**row, **told, "coder": "second"})
    again = detente_here(study.home, "records", "agreement", str(path), "--json")
    assert again.returncode == 0, again.stderr
    found = {one["variable"]: one for one in json.loads(again.stdout)}
    assert found["code"]["alpha"] == 1.0
    assert found["day"]["share_same"] == 1.0
    assert detente_here(study.home, "records", "sample", "3", "-o", str(path)).returncode == 2


def test_a_sample_that_nobody_has_coded_is_told_as_such(study: Settings, tmp_path: Path) -> None:
    sample = tmp_path / "second.csv"
    drawn = detente_here(study.home, "records", "sample", "3", "--blind", "-o", str(sample))
    assert drawn.returncode == 0, drawn.stderr
    done = detente_here(study.home, "records", "agreement", str(sample))
    assert done.returncode == 2
    assert "second.csv: no line is coded yet" in done.stderr


def test_what_a_change_of_records_did_to_the_months(study: Settings, line: Line) -> None:
    home = study.home
    for words in (
        ("init", "-q"),
        ("add", "."),
        ("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", "-C", str(home), *words], check=True)
    path = study.raw / "records" / "meetings.csv"
    path.write_text(path.read_text() + line("fourth", "2024-02-10") + "\n", encoding="utf-8")
    done = detente_here(study.home, "records", "diff", "HEAD", "--csv")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert len(rows) == 1
    assert rows[0]["period_start"].startswith("2024-02-01")
    # A visit: 042 (1.9) and 043 (2.8).
    assert float(rows[0]["change"]) == pytest.approx(4.7)
    wrong = detente_here(study.home, "records", "diff", "no-such-revision")
    assert wrong.returncode == 2
    assert "no-such-revision" in wrong.stderr


def test_a_sheet_of_records_is_as_good_as_a_csv_file(study: Settings) -> None:
    path = study.raw / "records" / "meetings.csv"
    before = json.loads(detente_here(study.home, "records", "check", "--json").stdout)
    sheets.write(path.with_suffix(".xlsx"), path.read_text(encoding="utf-8"))
    both = detente_here(study.home, "records", "check")
    assert both.returncode == 1
    assert "meetings.csv has the same name" in both.stderr
    path.unlink()
    after = json.loads(detente_here(study.home, "records", "check", "--json").stdout)
    assert [{**one, "file": "", "text": ""} for one in after] == [
        {**one, "file": "", "text": ""} for one in before
    ]
    done = detente_here(study.home, *NEW, "--title", "A visit to Seoul")
    assert done.returncode == 2
    assert "There are: meetings.xlsx" in done.stderr


def test_what_is_missing_or_wrong_is_asked_for(study: Settings) -> None:
    words = [one for one in NEW if one != "--yes"]
    told = ["--title", "A visit to Seoul", "--code", "42"]
    # The kind of source is left out, the code is asked for again.
    done = detente(study.home, *words, *told, text="\n042\n")
    assert done.returncode == 0, done.stderr
    assert "did you mean 042?" in done.stderr
    assert _records(study)[-1]["cameo_code"] == "042"
