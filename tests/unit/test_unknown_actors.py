"""A name that no table knows is unknown, which is not out of scope; former states count by date."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st

from detente import sources
from detente.database.builder import Warehouse
from detente.refresh import lookups
from detente.settings import Settings
from tests.support.effort import examples
from tests.support.loading import ask, opened, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study

pytestmark = pytest.mark.study


def toml(*actors: str, source: str = "gdelt1", rest: str = "") -> str:
    return (
        study_table("1979-01-01", "JPN", "KOR", *actors)
        + NO_INFERENCE
        + f"[sources.{source}]\nenabled = true\nstart = 1979-01-01\n"
        + rest
    )


def gdelt1_row(number: int, day: str, actor1: str, actor2: str, code: str = "042") -> bytes:
    """One row of a yearly file of GDELT 1.0: 57 columns, without an address."""
    values = {
        "GLOBALEVENTID": str(number), "SQLDATE": day, "Actor1Code": actor1,
        "Actor1CountryCode": actor1[:3], "Actor2Code": actor2, "Actor2CountryCode": actor2[:3],
        "EventCode": code, "DATEADDED": day, "IsRootEvent": "1", "NumSources": "3",
        "AvgTone": "-1.5", "NumMentions": "4", "ActionGeo_CountryCode": "JA",
    }  # fmt: skip
    from detente.sources.gdelt2 import COLUMNS

    columns = [one for one in COLUMNS if not one.endswith("ADM2Code") and one != "SOURCEURL"]
    return "\t".join(values.get(one, "") for one in columns).encode() + b"\n"


def test_a_region_is_no_state_and_an_unknown_code_is_unknown(make_study: MakeStudy) -> None:
    study = make_study(toml=toml())
    rows = [
        gdelt1_row(1, "19820102", "JPN", "KOR"),
        gdelt1_row(2, "19820103", "EUR", "KOR"),
        gdelt1_row(3, "19820104", "QQQ", "KOR"),
        gdelt1_row(4, "19820105", "JPN", "QQQ"),
        gdelt1_row(5, "19820106", "", "KOR"),
    ]
    put(study, "gdelt1", "1982.zip", zipped("1982.csv", b"".join(rows)), 1982)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.n_out_of_scope, summary.n_unknown) == (1, 2, 2)
    assert "2 with an unknown actor" in str(summary)
    assert ask(study, "select * from core.unknown_actor") == [
        ("gdelt1", "QQQ", 2, date(1982, 1, 4), date(1982, 1, 5), "gdelt1/1982.zip", 3)
    ]


@pytest.mark.parametrize(
    ("code", "day", "state"),
    [
        ("SUN", "19820102", "RUS"),
        ("ZAR", "19820102", "COD"),
        ("BUR", "19820102", "MMR"),
        ("GDR", "19820102", "DEU"),
        ("YUG", "19820102", "SRB"),
        ("WSB", "19820102", "PSE"),
        ("GZS", "19820102", "PSE"),
    ],
)
def test_former_states_and_parts_of_an_actor(
    make_study: MakeStudy, code: str, day: str, state: str
) -> None:
    study = make_study(toml=toml("PSE"))
    put(study, "gdelt1", "1982.zip", zipped("a", gdelt1_row(1, day, code, "JPN")), 1982)
    update(study)
    assert ask(study, "select actor1_iso3 from core.event") == [(state,)]


@pytest.fixture(scope="module")
def country(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Settings]:
    """A study by naming."""
    study = write_study(tmp_path_factory.mktemp("naming"), (), toml())
    return {"study": study}


@pytest.mark.parametrize(
    ("source", "name", "last_day", "state"),
    [
        ("ucdp_ged", "345", date(2006, 6, 4), "SRB"),
        ("ucdp_ged", "265", date(1990, 10, 2), "DEU"),
        ("icews", "ussr", date(1991, 12, 25), "RUS"),
        ("icews", "yugoslavia", date(2003, 2, 3), "SRB"),
        ("icews", "east germany", date(1990, 10, 2), "DEU"),
    ],
)
def test_a_former_name_is_valid_to_its_last_day(
    country: dict[str, Settings], source: str, name: str, last_day: date, state: str
) -> None:
    study = country["study"]
    with Warehouse() as warehouse:
        lookups.prepare(warehouse, study, sources.named(study, source))
        assert warehouse.rows("select iso3, last_day from country where name = ?", [name]) == [
            (state, last_day)
        ]


def test_czechoslovakia_is_known_and_counts_as_no_state(make_study: MakeStudy) -> None:
    study = make_study(toml=toml("CZE"))
    put(study, "gdelt1", "1982.zip", zipped("a", gdelt1_row(1, "19820102", "CSK", "JPN")), 1982)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.n_out_of_scope, summary.n_unknown) == (0, 1, 0)


def test_the_studys_own_actors_are_in_scope_whatever_their_status(make_study: MakeStudy) -> None:
    row = gdelt1_row(1, "19820102", "PSE", "JPN") + gdelt1_row(2, "19820102", "HKG", "JPN")
    study = make_study(toml=toml("PSE"))
    put(study, "gdelt1", "1982.zip", zipped("a", row), 1982)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.n_out_of_scope) == (1, 1)
    assert ask(study, "select actor1_iso3 from core.event") == [("PSE",)]


def test_a_source_whose_actors_are_mostly_unknown_fails_its_check(make_study: MakeStudy) -> None:
    from detente.database.checks import run as checks_run  # noqa: F401

    study = make_study(toml=toml())
    rows = [gdelt1_row(n, "19820102", "QQQ", "KOR") for n in (1, 2, 3)]
    rows.append(gdelt1_row(4, "19820103", "JPN", "KOR"))
    put(study, "gdelt1", "1982.zip", zipped("a", b"".join(rows)), 1982)
    update(study)
    from detente.base import assets

    text = (assets.sql() / "checks" / "actors_of_a_source_are_known.sql").read_text()
    with opened(study) as warehouse:
        assert warehouse.rows(text) == [("gdelt1", 3, 1, 0)]


CODES = st.sampled_from(["JPN", "KOR", "CHN", "EUR", "QQQ", "XQX", "ZAR", ""])


@pytest.mark.slow
@effort(max_examples=examples(3))
@given(sides=st.lists(st.tuples(CODES, CODES), min_size=1, max_size=25))
def test_rows_are_accounted_for_whatever_the_names(
    tmp_path_factory: pytest.TempPathFactory, sides: list[tuple[str, str]]
) -> None:
    study = write_study(tmp_path_factory.mktemp("names"), (), toml())
    rows = [gdelt1_row(n, "19820102", *pair) for n, pair in enumerate(sides, start=1)]
    put(study, "gdelt1", "1982.zip", zipped("a", b"".join(rows)), 1982)
    (summary,) = update(study)
    states = {"JPN": "JPN", "KOR": "KOR", "CHN": "CHN", "ZAR": "COD"}
    unknown = [pair for pair in sides if all(pair) and set(pair) & {"QQQ", "XQX"}]
    loaded = [
        pair for pair in sides if set(pair) <= set(states) and states[pair[0]] != states[pair[1]]
    ]
    assert (summary.n_unknown, summary.n_loaded) == (len(unknown), len(loaded))
    assert summary.n_rows == len(sides) == summary.n_loaded + summary.n_out_of_scope + len(unknown)
    with opened(study) as warehouse:
        assert warehouse.rows("select count(*) from core.store_event") == [(len(loaded),)]
        told = warehouse.rows("select sum(n_rows)::bigint from core.unknown_actor")[0][0] or 0
    assert told == sum(name in ("QQQ", "XQX") for pair in unknown for name in pair)
