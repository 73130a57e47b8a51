"""A refresh recomputes what rests on what changed, says why, and leaves the rest."""

from __future__ import annotations

from importlib import metadata

import pytest

from detente import analysis, settings
from detente.database.published import Published
from detente.refresh import pipeline
from detente.refresh.runs import Run
from detente.settings import Settings
from tests.support.studies import MakeStudy, meetings_and_later_acts, study_table

TOML = (
    study_table("2014-01-01", "JPN", "KOR")
    + "[inference]\ndraws = 100\n[inference.forecasts]\nenabled = false\n"
)
# The tests leave the study as the next one takes it up: in this order.
TABLES = (*analysis.TABLES, "stats.balance", "marts.dyad_interval")


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Settings:
    records = meetings_and_later_acts(2011, "163", "", "sanction")
    made = write_study(tmp_path_factory.mktemp("due"), records, TOML)
    pipeline.refresh(made)
    return made


def _rows(study: Settings) -> dict[str, list[tuple[object, ...]]]:
    with Published(study.database) as database:
        return {table: database.rows(f"from {table} order by all") for table in TABLES}


def _again(study: Settings) -> Run | None:
    result = pipeline.refresh(settings.load(study.home / "detente.toml"))
    return result.run if result.is_new else None


def _with_version(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    known = metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: "99" if name == package else known(name))


def test_a_package_that_only_draws_or_schedules_builds_nothing(
    study: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_version(monkeypatch, "prefect")
    _with_version(monkeypatch, "altair")
    assert _again(study) is None


def test_a_section_of_the_settings_concerns_the_steps_that_read_it(study: Settings) -> None:
    file = study.home / "detente.toml"
    file.write_text(f"# A remark.\n{TOML}[notices]\n", encoding="utf-8")
    assert _again(study) is None
    file.write_text(TOML.replace("draws = 100", "draws = 120"), encoding="utf-8")
    run = _again(study)
    assert run is not None
    assert run.build == "incremental"
    assert run.step_reasons["infer"] == "the settings differ: inference"
    assert run.step_reasons["level"] == "the settings differ: inference"
    assert run.step_reasons["balance"] == "nothing of its own differs"


def test_records_are_taken_in_and_said(study: Settings) -> None:
    file = study.raw / "records" / "meetings.csv"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + text.splitlines()[-1].replace("a-", "b-", 1) + "\n", encoding="utf-8")
    run = _again(study)
    assert run is not None
    assert run.build == "incremental"
    assert run.step_reasons["load"] == "records differ: records/meetings.csv"


def test_a_package_that_the_tests_rest_on_asks_the_questions_again(
    study: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _rows(study)
    _with_version(monkeypatch, "arch")
    run = _again(study)
    assert run is not None
    assert run.build == "incremental"
    assert run.step_reasons["infer"].startswith("another version of arch (99, before ")
    by_arch = {"level", "infer"}  # the unit-root tests and the tests of breaks
    others = {why for name, why in run.step_reasons.items() if name not in by_arch}
    assert others == {"nothing of its own differs"}
    assert _rows(study) == before
    with Published(study.database) as database:
        ((told,),) = database.rows("select step_reasons['infer'] from meta.current_run")
    assert told == run.step_reasons["infer"]
    assert _again(study) is None


def test_a_package_that_sums_and_joins_builds_everything(
    study: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _rows(study)
    _with_version(monkeypatch, "duckdb")
    run = _again(study)
    assert run is not None
    assert run.build == "full"
    assert run.build_reason is not None
    assert run.build_reason.startswith("another version of duckdb (99, before ")
    assert set(run.step_reasons.values()) == {run.build_reason}
    assert _rows(study) == before
