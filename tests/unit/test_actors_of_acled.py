"""Which states ACLED's actors are: organs of a state, crowds, coalitions, and what is no state."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente.settings import Settings
from tests.golden.test_reference import read_table
from tests.support.effort import examples
from tests.support.loading import account, ask, put, update
from tests.support.studies import ROOT, MakeStudy, write_study
from tests.unit.test_as_programs_leave_them import ACLED, Row, study_of, toml_of, written

pytestmark = pytest.mark.study

NAME = "2024-01-01-2024-12-31-World.csv"
PAIRS = "select event_id, actor1_iso3, actor1_sector from core.event order by 1, 2"


def load(study: Settings, rows: list[Row], name: str = NAME) -> None:
    put(study, "acled", name, written(rows).encode(), 2024)
    update(study)


def by(number: int, actor: str, **changed: str) -> Row:
    """Return an act of an actor towards Pakistan's forces."""
    whole = {**ACLED, "assoc_actor_1": "", "inter1": "", "assoc_actor_2": "", "inter2": ""}
    return {**whole, "event_id_cnty": f"X{number:04}", "actor1": actor, **changed}


ACTORS_OF_EXPORTS = [
    ("Military Forces of the United States (2021-2025)", "USA", "MIL"),
    ("Military Forces of Iran (1989-) Islamic Revolutionary Guard Corps", "IRN", "MIL"),
    ("Military Forces of Yemen (2016-) Supreme Political Council", "YEM", "MIL"),
    ("Military Forces of Libya (2014-) Haftar Faction", "LBY", "MIL"),
    ("Police Forces of Turkey (2016-) National Intelligence Organization", "TUR", "COP"),
    ("Police Forces of Palestine (1994-) West Bank", None, None),  # no state of the lists
    ("Government of the Kingdom of Thailand", "THA", "GOV"),
    ("Government of the Islamic Republic of Pakistan (2018-)", None, None),  # one state
    ("Military Forces of the Republic of the Union of Myanmar", "MMR", "MIL"),
    ("military  forces of\u00a0Sudan(2019-)", "SDN", "MIL"),
    ("Military Forces of Puntland (1998-) (Galan Faction)", "SOM", "MIL"),
    ("Civilians (Democratic Republic of Congo)", "COD", "CVL"),
    ("Rioters (india)", "IND", "CVL"),
    ("Former Military Forces of Burkina Faso (1987-2014)", None, None),
    ("Mutiny of Military Forces of the Ivory Coast (2000-2011)", None, None),
    ("Military Forces of Artsakh (2007-)", None, None),
    ("Private Security Forces (Benin)", None, None),
    ("AMISOM: African Union Mission in Somalia (2007-) (Kenya)", None, None),
    ("Unidentified Armed Group (India)", None, None),
    ("Civilians (International)", None, None),
    ("Civilians (", None, None),
    ("NA", None, None),
    ("", None, None),
]


def test_which_state_an_actor_is(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    load(study, [by(number, actor) for number, (actor, _, _) in enumerate(ACTORS_OF_EXPORTS)])
    expected = [
        (f"X{number:04}", iso3, sector)
        for number, (_, iso3, sector) in enumerate(ACTORS_OF_EXPORTS)
        if iso3
    ]
    assert ask(study, PAIRS) == expected
    n = len(ACTORS_OF_EXPORTS)
    assert account(study, NAME) == (n, len(expected), n - len(expected), 0, 0)


def test_a_state_that_no_table_knows_is_unknown(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    load(study, [by(1, "Military Forces of Freedonia (1933-)")])
    assert ask(study, "select name, n_rows from core.unknown_actor") == [("Freedonia", 1)]


SAUDI, EMIRATES = (
    "Military Forces of Saudi Arabia (2015-)",
    "Military Forces of the United Arab Emirates (2004-)",
)


@pytest.mark.parametrize("external", ["8", "8.0", "External/Other forces", "External forces"])
def test_a_coalition_acts_for_the_states_among_its_associates(
    make_study: MakeStudy, external: str
) -> None:
    study = study_of(make_study, "acled")
    coalition = "Operation Restoring Hope"
    allies = f"{SAUDI}; {EMIRATES}; {SAUDI}; QSD: Syrian Democratic Forces"
    rows = [
        by(1, coalition, inter1=external, assoc_actor_1=allies),
        by(2, coalition, inter1=external),
        by(3, coalition, inter1="2", assoc_actor_1=SAUDI),
        by(4, "Military Forces of France (2017-)", inter1=external, assoc_actor_1=SAUDI),
        by(5, "Global Coalition", inter1=external, assoc_actor_1="Civilians (Iraq)"),
        # The same state on both sides is no act between states; the other is.
        by(
            6,
            coalition,
            inter1=external,
            assoc_actor_1=allies,
            actor2="Civilians (Saudi Arabia)",
        ),
    ]
    load(study, rows)
    assert ask(study, PAIRS) == [
        ("X0001:ARE>PAK", "ARE", "MIL"),
        ("X0001:SAU>PAK", "SAU", "MIL"),
        ("X0004", "FRA", "MIL"),
        ("X0006:ARE>SAU", "ARE", "MIL"),
    ]
    assert account(study, NAME) == (6, 3, 3, 0, 0)
    ((title,),) = ask(study, "select title from core.event where event_id = 'X0001:SAU>PAK'")
    assert title.startswith("Operation Restoring Hope (with Saudi Arabia) > Armed clash > ")
    # Where an event took place is read from its own row, however many pairs there are.
    assert ask(study, "select places from meta.raw_file where source = 'acled'") == [("IND",)]


def test_a_later_version_with_other_allies_replaces_the_earlier(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    put_rows = {
        "a_acled.csv": by(1, "Coalition", inter1="8", assoc_actor_1=f"{SAUDI};{EMIRATES}"),
        "b_acled.csv": by(1, "Coalition", inter1="8", assoc_actor_1=SAUDI, timestamp="1718472500"),
    }
    for name, row in put_rows.items():
        load(study, [row], name)
    assert ask(study, PAIRS) == [("X0001", "SAU", "MIL")]


def test_the_layout_before_2019(make_study: MakeStudy) -> None:
    study = study_of(make_study, "acled")
    kinds = {
        "Battle-No change of territory": "190",
        "Battle-Government regains territory": "192",
        "Remote violence": "190",
        "Violence Against Civilians": "180",
        "Riots/Protests": "140",
        "Non-violent transfer of territory": "0874",
        "Strategic development": None,
        "Battles": "refused",
    }
    rows = []
    for number, kind in enumerate(kinds):
        row = by(number, ACLED["actor1"], event_type=kind, event_date="01-January-2015")
        for name in ("sub_event_type", "disorder_type", "timestamp"):
            row.pop(name)
        names = {"assoc_actor_1": "ALLY_ACTOR_1", "assoc_actor_2": "ALLY_ACTOR_2"}
        rows.append({names.get(name, name.upper()): value for name, value in row.items()})
    load(study, rows, "acled_2015.csv")
    found = ask(study, "select event_id, event_date, cameo_code from core.event order by 1")
    assert found == [
        (f"X{number:04}", date(2015, 1, 1), code)
        for number, code in enumerate(kinds.values())
        if code not in (None, "refused")
    ]
    assert account(study, "acled_2015.csv") == (8, 6, 1, 0, 1)
    assert ask(study, "select column_name, value, reason from core.event_rejected") == [
        ("event_type", "Battles", "expected an event type of ACLED's layout before 2019")
    ]


@pytest.mark.parametrize(
    ("name", "covered"),
    [
        # A name that the events contradict is no request.
        ("2020-05-09-2020-06-09-World.csv", "2020-04-27 to 2020-05-09"),
        ("2020-04-27-2020-05-03-World.csv", "2020-04-27 to 2020-05-09"),
        ("2020-04-25-2020-06-09-World.csv", "2020-04-25 to 2020-05-09"),
        ("2020-04-25-2020-05-09-World.csv", "2020-04-25 to 2020-05-09"),
        ("2020-04-27-2020-06-09-World.csv", "2020-04-27 to 2020-05-09"),
    ],
)
def test_a_name_that_the_events_contradict_does_not_say_what_is_covered(
    make_study: MakeStudy, name: str, covered: str
) -> None:
    study = study_of(make_study, "acled")
    days = ("2020-04-27", "2020-05-09")
    load(study, [by(n, ACLED["actor1"], event_date=day) for n, day in enumerate(days)], name)
    ((first, last, note),) = ask(
        study, "select covers_from, covers_to, note from meta.raw_file where source = 'acled'"
    )
    assert f"{first} to {last}" == covered
    assert note is None or "its name says" in note
    assert (note is None) == name.startswith(("2020-04-25", "2020-04-27-2020-06"))


STATES = {
    row["iso3"]: [row["name"]]
    for row in read_table(ROOT / "data/raw/reference/actors.csv")
    if row["is_state"] == "true" and row["iso3"] != "PAK"
}
for _row in read_table(ROOT / "data/raw/reference/actor_aliases.csv"):
    if not _row["name"].lower().startswith("the "):
        STATES.get(_row["iso3"], []).append(_row["name"])
ORGANS = {"Government of": "GOV", "Military Forces of": "MIL", "Police Forces of": "COP"}
ACTORS = st.builds(
    lambda iso3, place, organ, article, years, case, space: (
        iso3,
        ORGANS[organ],
        case(f"{organ} {article}{STATES[iso3][place % len(STATES[iso3])]}{years}").replace(
            " ", space
        ),
    ),
    iso3=st.sampled_from(sorted(STATES)),
    place=st.integers(0, 20),
    organ=st.sampled_from(sorted(ORGANS)),
    article=st.sampled_from(["", "the "]),
    years=st.sampled_from(
        [
            years + unit
            for years in (" (2014-)", " (2014-2015)", "(1999-2003)")
            for unit in ("", " Gendarmerie", " (Some Faction)", " ABC: A Brigade")
        ]
        + [""]
    ),
    case=st.sampled_from([str, str.lower, str.upper]),
    space=st.sampled_from([" ", "  ", "\u00a0"]),
)


@pytest.mark.slow
@effort(max_examples=examples(4))
@given(actors=st.lists(ACTORS, min_size=30, max_size=60))
def test_any_organ_of_any_state_is_that_state(
    tmp_path_factory: pytest.TempPathFactory, actors: list[tuple[str, str, str]]
) -> None:
    """Each organ under each name of its state, with or without years and units of its own."""
    study = write_study(tmp_path_factory.mktemp("actors"), (), toml_of("acled"))
    load(study, [by(number, name) for number, (_, _, name) in enumerate(actors)])
    assert ask(study, "select name from core.unknown_actor") == []
    assert ask(study, PAIRS) == [
        (f"X{number:04}", iso3, sector) for number, (iso3, sector, _) in enumerate(actors)
    ]
