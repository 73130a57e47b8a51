"""Which sources' files a change of a reference table loads again: those whose rows it decides."""

from __future__ import annotations

import pytest

from detente import sources
from detente.refresh import recipes
from detente.sources.base import projection
from tests.support.studies import MakeStudy

ALL = frozenset({"acled", "gdelt1", "gdelt2", "icews", "polecat", "ucdp_ged"})


@pytest.mark.parametrize(
    ("table", "line", "read_anew"),
    [
        ("actor_aliases.csv", "Nihon-koku,JPN", ALL - {"gdelt1", "gdelt2", "ucdp_ged"}),
        ("actor_codes.csv", "cameo:XJP,JPN,,,", {"gdelt1", "gdelt2"}),
        ("actor_codes.csv", "gwcode:7400,JPN,,,", {"ucdp_ged"}),
        ("actor_codes.csv", "iso2:XJ,JPN,,,", set()),
        ("event_names.csv", "polecat:WAVE,050,", {"polecat"}),
        ("event_names.csv", '"icews:Wave, smile",050,', {"icews"}),
        ("actors.csv", "XJP,Somewhere", ALL),
        ("cameo.csv", "0999,A new code", ALL),
        ("state_coverage.csv", "acled,JPN,2019-01-01", set()),
        ("state_spells.csv", "JPN,1800-01-01,1801-01-01,740", set()),
    ],
)
def test_a_line_of_a_reference_table_loads_the_files_again_that_it_decides(
    make_study: MakeStudy, table: str, line: str, read_anew: set[str]
) -> None:
    study = make_study()
    known = {name: one for name, one in sources.known(study).items() if name in ALL}
    before = {name: recipes.of(study, one) for name, one in known.items()}
    assert before.keys() == ALL
    path = study.raw / "reference" / table
    path.write_text(path.read_text(encoding="utf-8") + line + "\n", encoding="utf-8")
    after = {name: recipes.of(study, one) for name, one in known.items()}
    assert {name for name in ALL if before[name] != after[name]} == read_anew


def test_another_weight_of_a_code_loads_nothing_again(make_study: MakeStudy) -> None:
    study = make_study()
    known = sources.known(study)
    before = {name: recipes.of(study, one) for name, one in known.items()}
    path = study.raw / "reference" / "cameo.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("-10.0", "-9.0"), encoding="utf-8")
    assert {name: recipes.of(study, one) for name, one in known.items()} == before


@pytest.mark.parametrize(
    ("statement", "read_anew"),
    [
        ("gdelt", {"gdelt1", "gdelt2"}),
        ("duplicate", {"gdelt1", "gdelt2"}),
        ("duplicate_release", ALL - {"gdelt1", "gdelt2"}),
        ("coded", ALL),
        ("event_part", ALL),
    ],
)
def test_a_statement_loads_the_files_again_that_it_reads_and_a_comment_none(
    make_study: MakeStudy, monkeypatch: pytest.MonkeyPatch, statement: str, read_anew: set[str]
) -> None:
    study = make_study()
    known = {name: one for name, one in sources.known(study).items() if name in ALL}
    before = {name: recipes.of(study, one) for name, one in known.items()}

    def differing(added: str) -> set[str]:
        def changed(name: str) -> str:
            return projection(name) + (added if name == statement else "")

        with monkeypatch.context() as patch:
            patch.setattr(recipes, "projection", changed)
            return {name for name, one in known.items() if recipes.of(study, one) != before[name]}

    assert differing("\n    -- Said in other words.\n") == set()
    assert differing("\nlimit 1\n") == read_anew
