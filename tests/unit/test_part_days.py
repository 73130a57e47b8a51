"""Days of GDELT 2.0 of which only some quarters of an hour lie in a folder without a list."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detente.refresh import ingest, plan, raw_files
from detente.settings import Settings
from tests.support.gdelt2 import master_list, row
from tests.support.loading import ask, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study

pytestmark = pytest.mark.study

FIRST = datetime(2020, 3, 1)


def toml(rest: str = "") -> str:
    return (
        study_table("2020-01-01", "JPN", "KOR")
        + NO_INFERENCE
        + f"[sources.gdelt2]\nenabled = true\nstart = 2020-01-01\n{rest}"
    )


def quarter(number: int) -> tuple[str, bytes]:
    """The file of a quarter of an hour, counted from the first day on, with one event."""
    moment = FIRST + timedelta(minutes=15 * number)
    values = {
        "GLOBALEVENTID": str(number), "SQLDATE": f"{moment:%Y%m%d}", "Actor1Code": "JPN",
        "Actor1CountryCode": "JPN", "Actor2Code": "KOR", "Actor2CountryCode": "KOR",
        "EventCode": "042", "DATEADDED": f"{moment:%Y%m%d%H%M%S}", "IsRootEvent": "1",
        "NumMentions": "1", "NumSources": "1", "AvgTone": "1",
    }  # fmt: skip
    name = f"{moment:%Y%m%d%H%M%S}.export.CSV"
    return f"{name}.zip", zipped(name, row(values).encode() + b"\n")


def lay(study: Settings, *numbers: int) -> None:
    for number in numbers:
        put(study, "gdelt2", *quarter(number), 2020)


def gaps(study: Settings) -> list[tuple[date, date, str]]:
    return ask(study, "select first_day, last_day, reason from meta.coverage_gap order by all")


def day(number: int) -> date:
    return (FIRST + timedelta(days=number)).date()


def test_quarters_missing_between_files_of_a_folder_leave_part_of_a_day_unknown(
    make_study: MakeStudy,
) -> None:
    study = make_study(toml=toml())
    lay(study, *range(96), *range(96, 140), *range(150, 192), *range(192, 288))
    update(study)
    assert gaps(study) == [(day(1), day(1), "part of a day")]
    assert ask(study, "select day, n_files, n_unknown from meta.part_day") == [(day(1), 86, 10)]
    assert ask(study, "select count(*) from core.event") == [(278,)]
    assert ask(study, "select last_day, complete_to from meta.coverage") == [(day(2), day(2))]
    lay(study, *range(140, 150))
    update(study)
    assert gaps(study) == []


def test_a_quarter_that_the_list_does_not_name_was_never_published(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    study = make_study(toml=toml(f'base_url = "{mirror.as_uri()}/"\n'))
    files = dict(quarter(number) for number in (*range(50), *range(60, 96)))
    for name, content in files.items():
        (mirror / name).write_bytes(content)
    update(study, offline=False)
    assert gaps(study) == [(day(0), day(0), "part of a day")]
    # The list is put beside the files: nothing is loaded again, and the day is known.
    (mirror / "masterfilelist.txt").write_bytes(master_list(files))
    told = [one for one in plan.plan(study) if one.reason.startswith("the provider's list names")]
    assert [one.subject for one in told] == ["gdelt2: 86 files"]
    (summary,) = update(study, offline=False)
    assert (summary.n_files, gaps(study)) == (0, [])
    assert ask(study, "select n_files, n_unlisted from meta.short_day") == [(86, 10)]
    assert [one for one in plan.plan(study) if one.subject.startswith("gdelt2")] == []


def test_a_copy_of_the_list_beside_the_downloads_is_read_offline(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "_ACCOUNTS_AT_ONCE", 40)
    study = make_study(toml=toml())
    there = (*range(50), *range(60, 96))
    lay(study, *there)
    update(study)
    assert gaps(study) == [(day(0), day(0), "part of a day")]
    lists = study.downloads / "lists"
    lists.mkdir()
    # It goes as far as noon; the rest came on another way.
    files = dict(quarter(number) for number in range(48))
    (lists / "masterfilelist.txt").write_bytes(master_list(files))
    noted = [one for one in plan.plan(study, offline=True) if one.subject.startswith("gdelt2")]
    assert [one.subject for one in noted] == ["gdelt2: 48 files"]
    (summary,) = update(study)
    assert (summary.n_files, gaps(study)) == (0, [])
    assert [one for one in plan.plan(study, offline=True) if one.subject[:6] == "gdelt2"] == []
    # So it is for what is loaded from then on.
    lay(study, *range(96, 120), *range(130, 192))
    later = dict(quarter(number) for number in (*range(96, 120), *range(130, 192)))
    (lists / "masterfilelist.txt").write_bytes(master_list({**files, **later}))
    update(study)
    assert gaps(study) == []


def test_a_file_that_an_earlier_version_loaded_counts_as_one_with_a_list(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(toml=toml())
    described = raw_files.raw_file
    monkeypatch.setattr(
        raw_files, "raw_file", lambda *given: replace(described(*given), is_listed=None)
    )
    there = (*range(50), *range(60, 96))
    lay(study, *there)
    update(study)
    assert gaps(study) == []
    (study.downloads / "lists").mkdir()
    names = master_list(dict(quarter(number) for number in there))
    (study.downloads / "lists" / "masterfilelist.txt").write_bytes(names)
    assert [one for one in plan.plan(study, offline=True) if one.subject[:6] == "gdelt2"] == []


def test_a_mirror_needs_one_of_the_two_lists_and_tells_of_one_that_is_damaged(
    make_study: MakeStudy, tmp_path: Path
) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    study = make_study(toml=toml(f'base_url = "{mirror.as_uri()}/"\n'))
    files = dict(quarter(number) for number in range(3))
    for name, content in files.items():
        (mirror / name).write_bytes(content)
    (mirror / "lastupdate.txt").write_bytes(master_list(files))
    (summary,) = update(study, offline=False)
    assert (summary.n_files, summary.problem) == (3, None)
    (mirror / "masterfilelist.txt").write_bytes(b"<html>moved</html>")
    (summary,) = update(study, offline=False)
    assert summary.problem is not None and "masterfilelist.txt" in summary.problem


@hypothesis_settings(max_examples=6, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(0, 3 * 96 - 1), min_size=1, max_size=12), st.booleans())
def test_a_day_is_whole_only_if_no_quarter_between_is_missing(
    holes: set[int], is_listed: bool
) -> None:
    there = sorted(set(range(20, 3 * 96 - 7)) - holes)
    between = set(range(there[0], there[-1])) - set(there)
    with tempfile.TemporaryDirectory() as folder:
        mirror = Path(folder) / "mirror"
        mirror.mkdir()
        base = f'base_url = "{mirror.as_uri()}/"\n'
        study = write_study(Path(folder) / "study", (), toml(base))
        files = dict(quarter(number) for number in there)
        for name, content in files.items():
            (mirror / name).write_bytes(content)
        if is_listed:
            (mirror / "masterfilelist.txt").write_bytes(master_list(files))
        update(study, offline=False)
        expected = [] if is_listed else sorted({day(number // 96) for number in between})
        assert gaps(study) == [(one, one, "part of a day") for one in expected]
        assert ask(study, "select count(*) from core.event") == [(len(there),)]
