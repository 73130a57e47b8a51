"""The command line as a person or a script calls it: words, formats, exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from detente import settings
from detente.cli import remembered
from detente.cli.app import narrowed
from detente.cli.commands import app
from tests.support.command import detente, detente_here
from tests.support.studies import Line, MakeStudy


@pytest.fixture(scope="module")
def home(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    study = write_study(
        tmp_path_factory.mktemp("cli"),
        [line("a", "2011-12-17"), line("b", "2023-03-16"), line("c", "2023-13-01")],
    )
    done = detente(study.home, "refresh")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(study.database)
    assert "detente.operations.unattended" not in done.stderr  # the log is in its file
    return study.home


def test_the_reading_commands(home: Path) -> None:
    as_csv = detente_here(home, "index", "kor", "jpn", "--freq", "year", "--csv")
    rows = list(csv.DictReader(io.StringIO(as_csv.stdout)))
    assert [row["period_start"] for row in rows][:2] == ["1998-01-01", "1999-01-01"]
    assert float(rows[2011 - 1998]["net"]) == pytest.approx(4.7)
    assert rows[0]["mean_goldstein"] == ""

    as_json = json.loads(
        detente_here(home, "index", "JPN", "KOR", "--freq", "year", "--json").stdout
    )
    assert as_json[0]["is_zero_filled"] is True

    query = detente_here(home, "sql", "select count(*) as n from core.record", "--csv")
    assert query.stdout == "n\n2\n"
    (home / "q.sql").write_text("-- why\nselect 7 as seven;\n")
    assert json.loads(detente_here(home, "sql", "q.sql", "--json").stdout) == [{"seven": 7}]
    assert "meetings.csv" in detente_here(home, "sql", "rejected_rows").stdout
    assert "marts.dyad_month" in detente_here(home, "sql", "--list").stdout

    plan = detente_here(home, "plan")
    assert "Nothing to do" in plan.stdout
    assert json.loads(detente_here(home, "plan", "--json").stdout) == []

    check = detente_here(home, "check")
    assert check.returncode == 0
    assert "FAIL" not in check.stdout
    assert all(one["passed"] for one in json.loads(detente_here(home, "check", "--json").stdout))

    doctor = detente_here(home, "doctor")
    assert doctor.returncode == 1
    assert "meetings.csv:4" in doctor.stdout
    assert detente_here(home, "--version").stdout.startswith("detente ")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["sql", "select nope"], 1, "nope"),
        (["sql", "delete from core.record"], 1, "read-only"),
        (["sql", "no_such_query"], 2, "rejected_rows"),
        (["sql"], 2, "--list"),
        (["sql", "select 1", "--csv", "--json"], 2, "got both"),
        (["index", "JPN", "FRA"], 2, "JPN-KOR"),
        (["index", "JPN"], 2, "actor2"),
        (["index", "JPN", "KOR", "--freq", "decade"], 2, "month"),
        (["report", "JPN-FRA"], 2, "JPN-KOR"),
        (["report", "JPN"], 2, "JPN-KOR"),
        (["sql", "from dyad_index('JPN', 'KOR', 'decade')"], 1, "expected day, week, month"),
        (["index", "JPN", "KOR", "--as-of", "2020-02-09"], 1, "refresh --as-of 2020-02-09"),
        (["sql", "select 1", "--as-of", "2020-02-09"], 1, "refresh --as-of 2020-02-09"),
        (["refresh", "--as-of", "yesterday"], 2, "%Y-%m-%d"),
        (["refresh", "--config", "missing.toml"], 2, "missing.toml"),
        (["nonsense"], 2, "nonsense"),
        (["index", "JPN", "KOR", "--freq", "yearly"], 2, "'--freq': 'yearly' is not one of 'day'"),
        (["backfill", "--start", "2023-13-01"], 2, "'--start': '2023-13-01' does not match"),
        (["report", "--paper", "a5"], 2, "--paper: expected 'a4' or 'letter'; got 'a5'."),
    ],
)
def test_a_mistake_gets_words_and_a_code_and_no_traceback(
    home: Path, arguments: list[str], code: int, words: str
) -> None:
    done = detente_here(home, *arguments)
    assert done.returncode == code
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_without_a_study_the_way_out_is_named(tmp_path: Path) -> None:
    done = detente_here(tmp_path, "refresh")
    assert done.returncode == 2
    assert "detente.toml" in done.stderr
    assert "--config" in done.stderr


def test_before_the_first_refresh_the_next_command_is_named(make_study: MakeStudy) -> None:
    done = detente_here(make_study([]).home, "index", "JPN", "KOR")
    assert done.returncode == 1
    assert "detente refresh" in done.stderr


def test_of_the_commands_the_one_that_is_asked_for_is_prepared() -> None:
    (alone,) = narrowed(app, "sql").registered_commands
    assert alone.callback is not None
    assert alone.callback.__name__ == "sql"
    assert narrowed(app, "sql").registered_callback is app.registered_callback
    for name in ("records", "nonsense", "--help", ""):
        assert narrowed(app, name) is app
    assert len(app.registered_commands) > 10


def test_settings_are_validated_again_whenever_their_text_changes(
    make_study: MakeStudy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = make_study([]).home
    toml = home / "detente.toml"
    good = toml.read_text()

    def said() -> str:
        done = detente_here(home, "sql", "select 1")
        assert done.returncode
        return done.stderr

    assert "detente refresh" in said()
    assert list((tmp_path / "cache").rglob("*.json"))
    toml.write_text(good + "[query]\nmemory = '1GB'\n")
    assert "unknown key `query.memory`" in said()
    toml.write_text(good + "[query]\ntimeout_seconds = 7\n[paths]\nprocessed = 'elsewhere'\n")
    for _ in range(2):
        assert "elsewhere" in said()
        assert remembered.reading(toml).timeout_seconds == 7
    # What was kept is no answer where it is damaged or there is nowhere to keep it.
    for kept in (tmp_path / "cache").rglob("*.json"):
        kept.write_text("[1]")
    assert remembered.reading(toml) == remembered.Reading.of(settings.load(toml))
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/cache")
    assert "elsewhere" in said()
