"""A file that stayed as it was is read anew once what decides its reading is another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detente import settings
from detente.base.errors import StoreError
from detente.refresh import source_plan
from detente.settings import Settings
from detente.sources import known
from tests.support import loading
from tests.support.studies import STUDY, MakeStudy

SOURCE = """
[sources.csv.mine]
path = "mine.csv"
covers_from = 2021-01-01
covers_to = 2021-12-31
naming = "name"
[sources.csv.mine.columns]
event_date = "day"
actor1 = "who"
actor2 = "whom"
code = "what"
"""
LINES = [
    "day,other,who,whom,what",
    "2021-02-03,2021-03-03,Japan,South Korea,042",
    "2021-02-04,2021-03-04,Nippon-koku,South Korea,042",
    "2021-02-05,2021-03-05,Japan,France,042",
    "2021-02-06,2021-03-06,Japan,South Korea,0429",
]
TITLES = "select event_date::varchar from core.event order by 1"
WHY = "scope, codes or reading changed"


@pytest.fixture
def study(make_study: MakeStudy) -> Settings:
    made = make_study(toml=STUDY + SOURCE)
    (made.home / "mine.csv").write_text("\n".join([*LINES, ""]), encoding="utf-8")
    loading.update(made, offline=False)
    return made


def _table(study: Settings, name: str) -> Path:
    return study.raw / "reference" / name


def _name(study: Settings) -> Settings:
    with _table(study, "actor_aliases.csv").open("a", encoding="utf-8") as table:
        table.write("Nippon-koku,JPN\n")
    return study


def _code(study: Settings) -> Settings:
    with _table(study, "cameo.csv").open("a", encoding="utf-8") as table:
        table.write("0429,A visit of another kind,04,1,2.0,,,,\n")
    return study


def _scope(study: Settings) -> Settings:
    file = study.home / "detente.toml"
    text = file.read_text(encoding="utf-8").replace(SOURCE, f'[scope]\nactors = "study"\n{SOURCE}')
    file.write_text(text, encoding="utf-8")
    return settings.load(file)


def _column(study: Settings) -> Settings:
    file = study.home / "detente.toml"
    text = file.read_text(encoding="utf-8").replace('event_date = "day"', 'event_date = "other"')
    file.write_text(text, encoding="utf-8")
    return settings.load(file)


def _days(study: Settings) -> list[str]:
    return [f"{day}" for (day,) in loading.ask(study, TITLES)]


def test_what_is_known_at_first(study: Settings) -> None:
    assert _days(study) == ["2021-02-03", "2021-02-05"]
    assert source_plan.plan(study, known(study)["mine"], None).actions == ()


@pytest.mark.parametrize("is_offline", [False, pytest.param(True, marks=pytest.mark.full)])
@pytest.mark.parametrize(
    ("change", "days"),
    [
        (_name, ["2021-02-03", "2021-02-04", "2021-02-05"]),
        (_code, ["2021-02-03", "2021-02-05", "2021-02-06"]),
        (_scope, ["2021-02-03"]),
        (_column, ["2021-03-03", "2021-03-05"]),
    ],
)
def test_the_same_file_is_read_anew(
    study: Settings, change: Callable[[Settings], Settings], days: list[str], is_offline: bool
) -> None:
    changed = change(study)
    todo = source_plan.plan(changed, known(changed)["mine"], None)
    assert [one.reason for one in todo.actions] == [WHY]
    loading.update(changed, offline=is_offline)
    assert _days(changed) == days
    # And once is enough.
    assert source_plan.plan(changed, known(changed)["mine"], None).actions == ()


def test_a_value_alone_changes_no_reading(study: Settings) -> None:
    """Values are looked up when events are read; a code's name and points load nothing anew."""
    table = _table(study, "cameo.csv")
    lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [
        line.replace(",1.9,", ",1.8,") if line.startswith("042,") else line for line in lines
    ]
    assert changed != lines
    table.write_text("".join(changed), encoding="utf-8")
    assert source_plan.plan(study, known(study)["mine"], None).actions == ()


def test_what_is_known_of_states_changes_no_reading(study: Settings) -> None:
    for name in ("state_spells.csv", "state_coverage.csv"):
        table = _table(study, name)
        lines = table.read_text(encoding="utf-8").splitlines(keepends=True)
        table.write_text("".join(lines[:-1]), encoding="utf-8")
    assert source_plan.plan(study, known(study)["mine"], None).actions == ()


def test_the_store_is_kept_where_a_file_to_be_read_anew_is_gone(study: Settings) -> None:
    """Neither the file nor a kept version of it is there any more: what was read stays."""
    for path in (study.downloads / "mine").iterdir():
        path.unlink()
    (study.home / "mine.csv").unlink()
    with pytest.raises(StoreError, match=r"cannot be fetched.*The store is as it was"):
        loading.update(_code(study), offline=False)
    assert _days(study) == ["2021-02-03", "2021-02-05"]
