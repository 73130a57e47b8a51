"""What a refresh depends on: what changes nothing builds nothing, what can change a number does."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

import pytest

from detente import analysis
from detente.analysis import wording
from detente.base import assets
from detente.database import sql_files
from detente.refresh import code_hashes, incremental, step_inputs, steps
from detente.settings import Settings
from tests.support.studies import ROOT, MakeStudy

Given = Callable[[], dict[str, step_inputs.Inputs]]


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the program that a test may edit; its hashes are those of the program."""
    shutil.copytree(ROOT / "src" / "detente", tmp_path / "detente")
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    monkeypatch.setattr(code_hashes, "_FOLDER", tmp_path / "detente")
    monkeypatch.setattr(assets, "sql", lambda: tmp_path / "sql")
    _forget()
    yield tmp_path
    _forget()


def _forget() -> None:
    for cached in (
        code_hashes.behind,
        code_hashes.fingerprint,
        code_hashes._path,
        code_hashes._source,
        code_hashes._imports,
    ):
        cached.cache_clear()


@pytest.fixture
def study(make_study: MakeStudy) -> Settings:
    return make_study()


def _due(study: Settings, edit: Callable[[], object]) -> dict[str, list[step_inputs.Key]]:
    """Return what differs for each step after an edit; steps for which nothing does left out."""
    before = step_inputs.together(step_inputs.given_to_steps(study))
    edit()
    now = step_inputs.given_to_steps(study)
    differing = {
        name: step_inputs.differing(before, now[name], needs)
        for name, needs in step_inputs.NEEDS.items()
    }
    return {name: keys for name, keys in differing.items() if keys}


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    _forget()


def test_what_changes_no_number_changes_no_input(tree: Path, study: Settings) -> None:
    def edit() -> None:
        (tree / "sql/queries/mine.sql").write_text("-- Mine?\nselect 1;\n", encoding="utf-8")
        _replace(tree / "sql/20_marts/volume_day.sql", "select", "-- A remark.\nselect")
        search = tree / "detente/statistics/breaks/search.py"
        _replace(search, '"""Structural breaks of one series', '"""Breaks, in other words')
        _replace(search, "import itertools", "# Why.\nimport itertools\n")
        for name in ("report/run.py", "cli/commands.py", "operations/doctor/store.py"):
            (tree / "detente" / name).write_text("raise SystemExit\n", encoding="utf-8")
        _forget()

    assert _due(study, edit) == {}


def test_an_edited_method_makes_the_steps_behind_it_due(tree: Path, study: Settings) -> None:
    path = tree / "detente/statistics/effects/event_path.py"
    due = _due(study, lambda: _replace(path, "series=name", "series=str(name)"))
    assert due == {"infer": [("code", "detente.statistics.effects.event_path")]}
    intervals = tree / "detente/indices/intervals.py"
    due = _due(study, lambda: _replace(intervals, "MILLION = ", "X = 1\nMILLION = "))
    assert {"intervals", "balance"} <= due.keys()
    assert not {"load", "build", "consensus", "level"} & due.keys()
    steps = tree / "detente/refresh/steps.py"
    due = _due(
        study, lambda: _replace(steps, "n_found = consensus.fill", "n_found = 1 + consensus.fill")
    )
    assert due == {"consensus": [("code", "detente.refresh.steps:find_consensus")]}


# A module of a few lines, and what its function `work` rests on.
RESTS_ON: dict[str, tuple[str, set[str]]] = {
    "an import inside it": ("def work():\n    from detente import late\n    late.f()", {"late"}),
    "another name for it": (
        "def work():\n    from detente.late import f as g\n    g()",
        {"late"},
    ),
    "an import for its effect": ("def work():\n    import detente.late", {"late"}),
    "an import in a branch": (
        "def work(x):\n    if x:\n        pass\n    else:\n        from detente import late\n",
        {"late"},
    ),
    "an import under an exception": (
        "def work():\n    try:\n        f()\n    except OSError:\n        import detente.late",
        {"late"},
    ),
    "an import in a case": (
        "def work(x):\n    match x:\n        case 1:\n            from detente import late",
        {"late"},
    ),
    "an import in a function of its own": (
        "def work():\n    def inner():\n        from detente import late\n    inner()",
        {"late"},
    ),
    "an import in a function that it calls": (
        "def work():\n    return _other()\ndef _other():\n    from detente import late",
        {"late"},
    ),
    "an import in a method of a class": (
        "def work():\n    return A().f()\nclass A:\n    def f(self):\n        import detente.late",
        {"late"},
    ),
    "an import of the module under a condition": (
        "try:\n    from detente import late\nexcept ImportError:\n    late = None\n"
        "def work():\n    late.f()",
        {"late"},
    ),
    "two modules of one name": (
        "import detente.late\nimport detente.other\ndef work():\n    detente.late.f()",
        {"late", "other"},
    ),
    "a definition under a condition": (
        "from detente import late\nif X:\n    def _f():\n        late.f()\ndef work():\n    _f()",
        {"late"},
    ),
    "a value given with another": (
        "from detente import late\nA, B = late.f(), 1\ndef work():\n    return B",
        {"late"},
    ),
    "a value that is added to": (
        "from detente import late\nA = [1]\nA += late.f()\ndef work():\n    return A",
        {"late"},
    ),
    "an import of a function that it does not call": (
        "def work():\n    return 1\ndef other():\n    from detente import late\n    late.f()",
        set(),
    ),
    "a name that another function imports": (
        "def work(late):\n    return late\ndef other():\n    from detente import late",
        set(),
    ),
    "an import that it does not use": ("from detente import late\ndef work():\n    pass", set()),
    "an import for types": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from detente import late\n"
        "def work(x: late.T) -> late.T:\n    y: late.T = x\n    return y",
        set(),
    ),
}


@pytest.mark.parametrize("case", RESTS_ON)
def test_a_function_rests_on_what_it_imports_and_uses_and_on_nothing_else(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, expected = RESTS_ON[case]
    for name, content in {"given": text, "late": "f = int", "other": "f = int"}.items():
        (tmp_path / f"{name}.py").write_text(content + "\n", encoding="utf-8")
    monkeypatch.setattr(code_hashes, "_FOLDER", tmp_path)
    _forget()
    try:
        found = code_hashes.behind("detente.given", "work").modules
    finally:
        _forget()
    assert found == {f"detente.{name}" for name in expected}


def test_a_step_is_due_when_what_it_imports_late_differs(tree: Path, study: Settings) -> None:
    late, steps = tree / "detente/late.py", tree / "detente/refresh/steps.py"
    late.write_text('"""Says."""\nFACTOR = 1\n', encoding="utf-8")
    head = "def add_balances(job: Job) -> str:\n"
    _replace(steps, head, f"{head}    from detente.late import FACTOR\n\n    assert FACTOR\n")
    assert not _due(study, lambda: _replace(late, "Says", "Says more"))
    due = _due(study, lambda: _replace(late, "FACTOR = 1", "FACTOR = 2"))
    assert due == {"balance": [("code", "detente.late")]}


@pytest.mark.parametrize(
    ("package", "steps"),
    [
        ("prefect", set()),
        ("altair", set()),
        ("rich", set()),
        ("arch", {"level", "infer"}),
        ("statsmodels", {"build", "intervals", "consensus", "level", "infer"}),
    ],
)
def test_the_versions_that_count_are_those_that_can_change_a_number(
    study: Settings, monkeypatch: pytest.MonkeyPatch, package: str, steps: set[str]
) -> None:
    version = metadata.version

    def upgrade() -> None:
        monkeypatch.setattr(
            metadata, "version", lambda name: "99.0" if name == package else version(name)
        )

    due = _due(study, upgrade)
    assert due.keys() <= steps
    assert bool(due) == bool(steps)
    assert all(keys == [("package", package)] for keys in due.values())


def test_a_statement_is_its_words() -> None:
    statement = "select a -- why\n from b /* or\n not */ where c = 'x -- y'"
    assert sql_files.fingerprint(statement) == sql_files.fingerprint(
        "select a\nfrom   b\nwhere c='x -- y'"
    )
    for other in ("'x  -- y'", "'x'", '"x -- y"'):
        changed = statement.replace("'x -- y'", other)
        assert sql_files.fingerprint(changed) != sql_files.fingerprint(statement)
    assert sql_files.fingerprint("select 1 - 1") != sql_files.fingerprint("select 11")


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("def f():\n    return 1", 'def f():\n    "Says."\n    # Why.\n    return (\n 1)', True),
        (
            "class A:\n    x: int = 1",
            'class A:\n    """Says."""\n    x: int = 1\n    "Of x."',
            True,
        ),
        ("def f():\n    return 1", "def f():\n    return 2", False),
        ("def f():\n    return 'a'", "def f():\n    return 'b'", False),
        ("def f(x):\n    return x", "def f(x, y):\n    return x", False),
        ("x = y in {1, 2}", "x = y in {1, 3}", False),
        ("try:\n    a()\nexcept B:\n    c()", "try:\n    a()\nexcept C:\n    c()", False),
    ],
)
def test_a_module_is_what_it_does(one: str, other: str, is_same: bool) -> None:
    assert (code_hashes.of_text(one) == code_hashes.of_text(other)) == is_same


def test_every_package_that_a_step_imports_is_judged() -> None:
    """A new dependency either can change a number, and counts, or is named here."""
    harmless = {"isal", "pydantic", "threadpoolctl"}
    # Of another engine, which gives DuckDB's numbers or is refused; a base install lacks them.
    harmless |= {"grpc", "pyspark", "sqlglot"}
    # Of an object store, which holds the same parts.
    harmless |= {"botocore", "fsspec", "s3fs"}
    for name, needs in step_inputs.NEEDS.items():
        packages = code_hashes.behind(step_inputs.STEPS_MODULE, needs.work).packages
        others = {one for one in packages if one not in sys.stdlib_module_names}
        assert others <= {*code_hashes.PACKAGES, *harmless}, name


def test_what_a_step_needs_is_said_of_the_function_that_does_it() -> None:
    done = {step.name: step.work.__name__ for step in steps.STEPS}
    assert {name: needs.work for name, needs in step_inputs.NEEDS.items()}.items() <= done.items()
    assert {step.work.__module__ for step in steps.STEPS} == {step_inputs.STEPS_MODULE}
    # The others compute nothing.
    assert done.keys() - step_inputs.NEEDS.keys() == {"publish"}


def test_every_table_that_is_kept_is_filled_by_one_step() -> None:
    kept = [file.table for file in sql_files.sql_files() if incremental.is_carried(file)]
    filled = [table for needs in step_inputs.NEEDS.values() for table in needs.fills]
    filled += analysis.TABLES
    # How sentences are made is kept beside the results of every step, and pruned by the last.
    assert sorted([*filled, wording.TABLE]) == sorted(kept)


def test_a_table_that_nothing_is_kept_from_is_built_whole_anyway() -> None:
    assert incremental.is_built_whole(("sql", "30_stats/source_agreement.sql"))
    assert incremental.is_built_whole(("sql", "40_main/dyad_index.sql"))
    for name in ("30_stats/study_act", "30_stats/vintage", "30_stats/granger", "10_core/event",
                 "20_marts/dyad_month", "20_marts/day_sums"):  # fmt: skip
        assert not incremental.is_built_whole(("sql", f"{name}.sql")), name
