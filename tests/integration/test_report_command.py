"""`detente report`: what it prints, what it opens, and that it builds what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from detente.settings import Settings
from tests.support.command import detente_here
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, study_table

pytestmark = pytest.mark.slow


def test_names_and_all_are_one_too_many(one_visit: Settings) -> None:
    done = detente_here(one_visit.home, "report", "JPN-KOR", "--all")
    assert (done.returncode, "Expected names or --all, got both." in done.stderr) == (2, True)


def test_the_pages_of_a_pair_are_named_counted_and_the_first_is_opened(
    visited: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    done = detente_here(visited.home, "report", "JPN-KOR", "--paper", "letter")
    assert done.returncode == 0, done.stderr
    named = [Path(one) for one in done.stdout.split()]
    assert visited.reports / "JPN-KOR.html" == named[0]
    assert {one.parent for one in named} == {visited.reports}
    assert all(one.is_file() for one in named)
    assert f"in {visited.reports}" in done.stderr
    assert "it is built first" not in done.stderr
    assert not (visited.reports / "index.html").exists()
    assert opened == []
    done = detente_here(visited.home, "report", "JPN-KOR", "--paper", "letter", "--open")
    assert done.returncode == 0, done.stderr
    assert opened == [named[0].as_uri()]


def test_a_study_without_a_database_is_built_first(make_study: MakeStudy, line: Line) -> None:
    toml = study_table("2020-01-01", "JPN", "KOR") + NO_INFERENCE
    study = make_study([line("a", "2020-01-31")], toml)
    done = detente_here(study.home, "report", "JPN-KOR")
    assert done.returncode == 0, done.stderr
    assert "There is no database yet: it is built first, as by `detente refresh`." in done.stderr
    assert study.database.is_file()
