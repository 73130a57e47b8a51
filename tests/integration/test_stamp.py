"""What makes reports stale: each thing that they are made from, and an edited file."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from detente import settings
from detente.base import assets
from detente.database.published import Published
from detente.report import run
from detente.settings import Settings

pytestmark = pytest.mark.study


@pytest.fixture
def database(built_study: Callable[[str], Path]) -> Path:
    return built_study("small")


@pytest.fixture
def study(database: Path, tmp_path: Path) -> Settings:
    """The settings of the small study, with a folder of reports of this test's own."""
    read = settings.load(database.parents[2] / "detente.toml")
    paths = read.paths.model_copy(update={"reports": tmp_path / "reports"})
    return read.model_copy(update={"paths": paths})


def _changed(study: Settings, **values: str) -> Settings:
    return study.model_copy(update={"report": study.report.model_copy(update=values)})


@pytest.mark.parametrize(("key", "value"), [("language", "ko"), ("paper", "letter")])
def test_another_language_or_paper_is_another_report(
    study: Settings, database: Path, key: str, value: str
) -> None:
    with Published(database) as published:
        before = run._stamp(study, published)
        after = run._stamp(_changed(study, **{key: value}), published)
    assert before[key] != after[key] == value
    assert {name for name in before if before[name] != after[name]} == {key}
    assert before["inputs_sha256"]
    assert before["stands_at"] == "2023-02-15"


def test_another_word_or_template_is_another_report(
    study: Settings, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "lang"
    shutil.copytree(assets.languages(), own)
    monkeypatch.setattr(assets, "languages", lambda: own)
    with Published(database) as published:
        before = run._stamp(study, published)
        assert before == run._stamp(study, published)
        (own / "ko.toml").write_bytes((own / "ko.toml").read_bytes() + b"\n# Edited.\n")
        after = run._stamp(study, published)
    assert {name for name in before if before[name] != after[name]} == {"templates_sha256"}


def test_reports_are_true_until_what_they_are_made_from_or_a_file_differs(
    study: Settings, database: Path
) -> None:
    page = study.reports / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("<p>As it was", encoding="utf-8")
    with Published(database) as published:
        stamp = run._stamp(study, published)
        assert run._still_true(study.reports, stamp) is None
        run._write_manifest(study.reports, {**stamp, "compared_with": "another database"}, [page])
        assert run._still_true(study.reports, stamp) == [page]
        for name in stamp:
            if name != "compared_with":
                assert run._still_true(study.reports, {**stamp, name: "another"}) is None
        page.write_text("<p>Edited", encoding="utf-8")
        assert run._still_true(study.reports, stamp) is None
