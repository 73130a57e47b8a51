"""Of ACLED's exports that overlap the later version of an event counts, whatever their names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente.sources.acled import Acled
from tests.support.effort import examples
from tests.support.loading import account, ask, put, update
from tests.support.studies import MakeStudy, write_study
from tests.unit.test_as_programs_leave_them import ACLED, Row, study_of, toml_of, written

pytestmark = pytest.mark.study

SHOWN = "select event_id, n_deaths from core.event order by 1"


def rows(deaths: dict[str, int], stamp: str | None, **changed: str) -> bytes:
    """Return an export with the dead of each event; without a stamp it says of none when."""
    found: list[Row] = []
    for name, dead in deaths.items():
        row = {**ACLED, "event_id_cnty": name, "fatalities": str(dead), **changed}
        row.pop("timestamp")
        found.append({**row, "timestamp": stamp} if stamp else row)
    return written(found).encode()


@pytest.mark.parametrize("names", [("a_acled.csv", "b_acled.csv"), ("b_acled.csv", "a_acled.csv")])
@pytest.mark.parametrize("is_late", [False, True])
def test_the_last_change_counts_and_not_the_alphabet(
    make_study: MakeStudy, names: tuple[str, str], is_late: bool
) -> None:
    study = study_of(make_study, "acled")
    files = [
        (names[0], rows({"IND1": 3, "IND2": 4}, "1708472500")),
        (names[1], rows({"IND1": 9}, "1718472500")),
    ]
    for name, content in reversed(files) if is_late else files:
        put(study, "acled", name, content, 2024)
        update(study)
    assert ask(study, SHOWN) == [("IND1", 9), ("IND2", 4)]
    assert account(study, names[0]) == (2, 1, 0, 1, 0)


def test_a_later_version_may_leave_the_scope(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    put(study, "acled", "a_acled.csv", rows({"IND1": 3}, "1708472500"), 2024)
    update(study)
    other = rows({"IND1": 3}, "1718472500", actor2="Unidentified Armed Group (India)")
    put(study, "acled", "b_acled.csv", other, 2024)
    update(study)
    assert ask(study, SHOWN) == []
    assert account(study, "b_acled.csv") == (1, 0, 1, 0, 0)


def test_where_a_row_does_not_say_the_day_in_the_name_counts(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    put(study, "acled", "ACLED Data_2025-11-03.csv", rows({"IND1": 5, "IND2": 1}, None), 2024)
    put(study, "acled", "ACLED Data_2025-02-03.csv", rows({"IND1": 3}, None), 2024)
    put(study, "acled", "acled_export.csv", rows({"IND2": 2}, "1767225600"), 2024)  # 2026-01-01
    update(study)
    assert ask(study, SHOWN) == [("IND1", 5), ("IND2", 2)]


def test_a_regional_file_replaces_the_older_of_its_region(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    put(
        study, "acled", "Asia-Pacific_2018-2024_Mar08.csv", rows({"IND1": 3, "IND2": 4}, None), 2018
    )
    put(study, "acled", "Middle-East_2015-2024_Mar15.csv", rows({"IRQ1": 1}, None), 2015)
    update(study)
    assert ask(study, SHOWN) == [("IND1", 3), ("IND2", 4), ("IRQ1", 1)]
    put(study, "acled", "Asia-Pacific_2018-2024_Apr05.csv", rows({"IND1": 9}, None), 2018)
    update(study)
    # IND2 is withdrawn; a file of another region withdraws nothing.
    assert ask(study, SHOWN) == [("IND1", 9), ("IRQ1", 1)]


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Africa_1997-2025_Feb28.xlsx", date(2025, 2, 28)),
        ("Europe-Central-Asia_2018-2024_Feb30.xlsx", None),
        ("ACLED Data_2026-05-12.csv", date(2026, 5, 12)),
        ("2024-01-01-2024-12-31-Ukraine.csv", None),
        ("acled_2024.csv", None),
    ],
)
def test_the_day_of_an_export(name: str, made: date | None) -> None:
    layout = Acled().layout(name, written([{**ACLED, "timestamp": ""}]).splitlines()[0].encode())
    assert layout is not None
    assert layout.variables == {"export_day": str(made or "")}


VERSIONS = st.lists(
    st.tuples(st.integers(1, 3), st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=4
)


@pytest.mark.slow
@effort(max_examples=examples(3))
@given(files=st.lists(VERSIONS, min_size=2, max_size=3), order=st.randoms())
def test_the_order_of_arrival_of_exports_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[int, int, int]]], order: object
) -> None:
    """The latest change counts; of equal ones the first by file and line."""
    texts, best = {}, {}
    for place, versions in enumerate(files):
        name = f"{'abc'[place]}_acled.csv"
        found = []
        for line, (number, change, dead) in enumerate(versions):
            stamp = str(1708472500 + 86400 * change)
            found.append(
                {**ACLED, "event_id_cnty": f"IND{number}", "fatalities": str(dead),
                 "timestamp": stamp}
            )  # fmt: skip
            rank = (-change, place, line)
            if number not in best or rank < best[number][0]:
                best[number] = (rank, dead)
        texts[name] = written(found).encode()
    study = write_study(tmp_path_factory.mktemp("exports"), (), toml_of("acled"))
    names = sorted(texts)
    order.shuffle(names)  # type: ignore[attr-defined]
    for name in names:
        put(study, "acled", name, texts[name], 2024)
        update(study)
    assert ask(study, SHOWN) == [
        (f"IND{number}", dead) for number, (_, dead) in sorted(best.items())
    ]
