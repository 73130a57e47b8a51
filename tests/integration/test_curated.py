"""The curated layer keeps its contract: scalars, keys, sums that are null where little is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.base.errors import RawFileError
from detente.database import curated
from detente.database.curated import View
from detente.database.published import Published
from detente.database.sql_files import contract, file_of
from detente.records import sidecar
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.some import some
from tests.support.studies import STUDY, MakeStudy, query, record_line, sidecar_text

SCALARS = {"BIGINT", "BOOLEAN", "DATE", "DOUBLE", "VARCHAR"}
CATEGORIES = '[categories]\nlift_off = "a launch"\nembargo = "a step"\ntalk = "a meeting"\n'
OWN = """
[columns.rocket]
type = "choice"
required = true
description = "kind of rocket"
[columns.rocket.values]
big = "a big one"
small = "a small one"
none = "no rocket"
[columns.how_many]
type = "integer"
description = "how many"
[views.event.columns]
kind = "rocket"
[views.launch]
categories = ["lift_off"]
columns = { missile_class = "rocket", n_missiles = "how_many" }
[views.meeting]
categories = ["talk"]
[views.measure]
categories = ["embargo"]
[views.measure.effect]
imposed = ["163", "1312"]
eased = ["085"]
[views.measure.status]
announced = ["1312"]
in_force = ["163", "085"]
"""
HEADER = (
    "record_id,event_date,end_date,actor1,actor2,cameo_code,reverse_cameo_code,category,title,"
    "source_name,source_url,rocket,how_many,occurrence_id"
)
RECORDS = [
    HEADER,
    "up-1,2020-02-01,,PRK,KOR,150,,lift_off,Up,Ministry,https://example.org/,big,2,",
    "up-2,2020-02-03,,PRK,JPN;KOR,150,,lift_off,Up again,Ministry,https://example.org/,small,,",
    "stop-1,2020-03-01,,JPN,KOR,1312,,embargo,To come,Ministry,https://example.org/,none,,",
    "stop-2,2020-04-01,,JPN,KOR,163,,embargo,Come,Ministry,https://example.org/,none,,",
    "stop-3,2020-05-01,,JPN,KOR,112,,embargo,A word,Ministry,https://example.org/,none,,",
    "met-guests,2020-06-01,,JPN;KOR,JPN;KOR,044,,talk,The guests,Ministry,https://example.org/,"
    "none,,met",
    "met,2020-06-01,,JPN;KOR,PRK,042,043,talk,Meeting of three,Ministry,https://example.org/,"
    "none,,met",
    "talk-1,2020-12-20,,JPN,KOR,042,043,talk,After the other file,Ministry,https://example.org/,"
    "none,,",
]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, write_study: MakeStudy) -> Settings:
    """A study of categories of its own; one of its files ends before the other."""
    folder = tmp_path_factory.mktemp("curated")
    made = write_study(folder, {"other": [record_line("a", "2020-01-31")]}, STUDY)
    records = folder / "data" / "raw" / "records"
    (records / "other.toml").write_text(sidecar_text("2019-01-01", "2020-12-10"), encoding="utf-8")
    (records / "own.csv").write_text("\n".join(RECORDS) + "\n", encoding="utf-8")
    (records / "own.toml").write_text(
        sidecar_text("2019-01-01", "2020-12-31", CATEGORIES + OWN), encoding="utf-8"
    )
    pipeline.refresh(made)
    return made


@pytest.fixture(scope="module")
def database(study: Settings) -> Iterator[Published]:
    with Published(study.database) as opened:
        yield opened


def test_the_contract_names_every_view(database: Published) -> None:
    assert {view.name for view in curated.views()} == {file.name for file in curated.files()}
    names = {name for view in curated.views() for name in database.columns(view.name)}
    assert curated.described() - names == set()


@pytest.mark.parametrize("view", curated.views(), ids=lambda view: view.name)
def test_a_view_has_scalars_and_a_key(database: Published, view: View) -> None:
    kinds = {kind for _, kind, *_ in database.rows(f"describe {view.name}")}
    assert kinds <= SCALARS
    if view.key:
        key = ", ".join(view.key)
        assert set(view.key) <= set(database.columns(view.name))
        assert (
            database.rows(f"select {key} from {view.name} group by all having count(*) > 1") == []
        )


def test_records_of_one_occasion_are_one_event_and_one_meeting(study: Settings) -> None:
    assert query(study, "select parties, n_records, title from meeting order by day") == [
        ("JPN;KOR;PRK", 2, "Meeting of three"),
        ("JPN;KOR", 1, "After the other file"),
    ]
    assert query(study, "select count(*) from event where category = 'talk'") == [(2,)]
    assert query(study, "select count(*) from act where category = 'talk'") == [(8,)]


def test_a_launch_has_its_own_columns_and_an_unknown_number_is_null(study: Settings) -> None:
    assert query(
        study, "select missile_class, n_missiles, is_number_known, targets from launch order by day"
    ) == [("big", 2, True, "KOR"), ("small", None, False, "JPN;KOR")]


def test_a_measure_says_whether_it_imposes_and_is_in_force(study: Settings) -> None:
    assert query(study, "select measure_id, effect, status from measure order by day") == [
        ("stop-1", "imposed", "announced"),
        ("stop-2", "imposed", "in_force"),
        ("stop-3", None, None),
    ]


def test_sums_are_null_unless_the_period_is_complete(study: Settings) -> None:
    rows = query(
        study,
        "select period, is_complete, net is null, n_acts is null, net_so_far from relation_month "
        "where dyad = 'JPN-KOR' and period >= '2020-11' order by period",
    )
    assert rows == [("2020-11", True, False, False, 0.0), ("2020-12", False, True, True, 4.7)]
    assert query(study, "select net, net_so_far is null from relation_year where year = 2020") == [
        (None, False)
    ] * len(query(study, "from relation_year where year = 2020"))


def test_directions_add_up_to_the_relation(study: Settings) -> None:
    assert query(
        study,
        "select count(*) from relation_year join (select source, period, "
        "least(actor, target) || '-' || greatest(actor, target) as dyad, sum(net) as total "
        "from direction_year group by all) using (dyad, source, period) "
        "where abs(net - total) > 1e-3",
    ) == [(0,)]


def test_views_of_kinds_that_no_file_declares_are_empty(visited: Settings) -> None:
    for name in ("launch", "meeting", "measure", "outlook", "test_result"):
        assert query(visited, f"select count(*) from {name}") == [(0,)]
    assert query(visited, "select count(*) from event") == [(1,)]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('[views.lunch]\ncategories = ["summit"]', "`views.lunch`. Did you mean `launch`"),
        ('[views.launch]\ncategories = ["nope"]', "a category among summit; got 'nope'"),
        ('[views.launch]\nbest = 1', r"unknown key `views.launch.best`.*categories, columns"),
        ('[views.launch.columns]\nspeed = "x"', "a column of the view among.*got 'speed'"),
        ('[views.launch.columns]\nsite = "x"', "a column among none; got 'x'"),
        ('[views.measure.effect]\ngood = ["12"]', "'imposed' or 'eased'; got 'good'"),
        ('[views.measure.effect]\neased = "12"', "`views.measure.effect.eased`: expected a list"),
        (
            '[views.measure.effect]\neased = ["12"]\nimposed = ["12"]',
            "code '12' has two meanings",
        ),
        ('views = 3', r"one.toml:1: `views`: expected a table; got 3"),
    ],
)  # fmt: skip
def test_a_wrong_declaration_is_refused_with_its_place(
    tmp_path: Path, wrong: str, words: str
) -> None:
    path = tmp_path / "one.toml"
    first = f"{wrong}\n" if wrong.startswith("views") else ""
    rest = "" if first else f"\n{wrong}\n"
    path.write_text(first + sidecar_text("2020-01-01", "2020-12-31") + rest, encoding="utf-8")
    with pytest.raises(RawFileError, match=words):
        sidecar.read(path)


def test_the_shipped_sidecars_fill_every_view(real_settings: Settings) -> None:
    folder = real_settings.raw / "records"
    declared = {
        name
        for path in folder.glob("*.toml")
        for name in sidecar.read(path).views.named()
    }  # fmt: skip
    assert declared == {"event", "launch", "meeting", "measure"}


def test_every_family_of_tests_is_in_its_closed_list() -> None:
    families = re.findall(r"'([a-z ,]+)' as family", file_of("main.test_result").text)
    assert sorted(families) == sorted(contract()["lists"]["test_result.family"])


@pytest.mark.study
def test_closed_lists_hold_what_the_project_s_own_study_has(real_database: Path) -> None:
    with Published(real_database) as database:
        for name, allowed in some(contract()["lists"].items()):
            view, column = name.split(".")
            found = database.rows(f"select distinct {column} from {view}")
            assert {value for (value,) in found} <= {None, *allowed}, name
