"""Each source's projection: one row of the provider in, the columns of an event out.

Every column of the provider that a projection does not read holds a word of its own, so that a
neighbour taken by mistake shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

import pytest

from detente.base import assets
from detente.database.builder import Warehouse
from detente.refresh import lookups
from detente.sources import acled_interface, gdelt2, icews, polecat, ucdp_ged

Row = Mapping[str, str | None]
Project = Callable[..., dict[str, Any]]

GDELT: Row = {
    "GLOBALEVENTID": "879427233",
    "SQLDATE": "20191023",
    "DATEADDED": "20191024143000",
    "Actor1Code": "JPNGOV",
    "Actor1Name": "TOKYO",
    "Actor1CountryCode": "JPN",
    "Actor1Type1Code": "GOV",
    "Actor2Code": "KORMIL",
    "Actor2Name": "SEOUL",
    "Actor2CountryCode": "KOR",
    "Actor2Type1Code": "MIL",
    "EventCode": "036",
    "GoldsteinScale": "4.0",
    "NumMentions": "10",
    "NumSources": "2",
    "IsRootEvent": "1",
    "AvgTone": "-1.5",
    "SOURCEURL": "https://example.org/1",
    "ActionGeo_CountryCode": "JA",
    "ActionGeo_Lat": "35.7",
    "ActionGeo_Long": "139.8",
}
ICEWS: Row = {
    "Event ID": "20718170",
    "Event Date": "2013-12-31",
    "Source Name": "Shinzo Abe",
    "Source Sectors": "Executive,Government",
    "Source Country": "Japan",
    "Event Text": "Consult",
    "CAMEO Code": "040",
    "Intensity": "1.0",
    "Target Name": "South Korean Army",
    "Target Sectors": "Military,Government",
    "Target Country": "South Korea",
    "Publisher": "Kyodo",
    "Country": "China",
    "Latitude": "39.9",
    "Longitude": "116.4",
}
POLECAT: Row = {
    "Event ID": "asia-7",
    "Event Date": "2023-01-02",
    "Publication Date": "2023-01-04",
    "Event Type": "CONSULT",
    "Event Mode": "Visit",
    "Event Intensity": "1.5",
    "Quad Code": "VERBAL COOPERATION",
    "Contexts": "diplomatic",
    "Actor Name": "Fumio Kishida",
    "Actor Country": "JPN",
    "Primary Actor Sector": "GOV",
    "Recipient Name": "The Army",
    "Recipient Country": "KOR",
    "Primary Recipient Sector": "MIL",
    "Country": "USA",
    "Latitude": "38.9",
    "Longitude": "-77.0",
    "Source": "Yonhap",
}
ACLED: Row = {
    "event_id_cnty": "KOR123",
    "event_date": "2024-02-16",
    "timestamp": "1708473600",
    "sub_event_type": "Armed clash",
    "actor1": "Military Forces of Japan (2012-)",
    "actor2": "Government of South Korea (2022-)",
    "source": "Yonhap",
    "country": "South Korea",
    "latitude": "37.5",
    "longitude": "127.0",
    "fatalities": "3",
}
UCDP: Row = {
    "id": "412700",
    "date_start": "2022-03-01 00:00:00.000",
    "date_end": "2022-03-04 00:00:00.000",
    "type_of_violence": "1",
    "number_of_sources": "5",
    "best": "12",
    "low": "9",
    "high": "20",
    "side_a": "Government of Russia",
    "side_b": "Government of Ukraine",
    "gwnoa": "365",
    "gwnob": "369",
    "source_office": "Reuters",
    "country": "Ukraine",
    "latitude": "50.4",
    "longitude": "30.5",
}
CSIS: Row = {
    "date": "2017-09-03",
    "type": "Nuclear Provocation",
    "event": "Sixth nuclear test",
    "description": "At Punggye-ri",
    "resources": "https://example.org/a https://example.org/b",
}
COLUMNS = {
    "gdelt": gdelt2.COLUMNS,
    "icews": icews.COLUMNS,
    "polecat": (*polecat.COLUMNS, "Intensity"),
    "acled": acled_interface.COLUMNS,
    "ucdp_ged": ucdp_ged.COLUMNS,
    "csis_provocations": tuple(CSIS),
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as one:
        lookups.make_macros(one)
        yield one


@pytest.fixture
def project(warehouse: Warehouse) -> Project:
    """Return the function that runs one row through a source's projection."""

    def run(name: str, row: Row, **changed: str | None) -> dict[str, Any]:
        given = {column: f"decoy {column}" for column in COLUMNS[name]} | dict(row) | changed
        values = ", ".join(f'?::varchar as "{column}"' for column in given)
        warehouse.execute(f"create or replace temp table raw as select {values}", [*given.values()])
        text = (assets.sql() / "sources" / f"{name}.sql").read_text(encoding="utf-8")
        (found,) = warehouse.dicts(text)
        return found

    return run


def _told(found: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is empty."""
    return {name: value for name, value in found.items() if value is not None}


def test_gdelt(project: Project) -> None:
    assert _told(project("gdelt", GDELT)) == {
        "event_id": "879427233",
        "event_date": date(2019, 10, 23),
        "added_at": datetime(2019, 10, 24, 14, 30),
        "actor1_name": "JPN",
        "actor2_name": "KOR",
        "actor1_sector": "GOV",
        "actor2_sector": "MIL",
        "is_country1": True,
        "is_country2": True,
        "cameo_code": "036",
        "goldstein_reported": 4.0,
        "n_mentions": 10,
        "n_sources": 2,
        "is_root_event": True,
        "avg_tone": -1.5,
        "title": "TOKYO > SEOUL",
        "source_url": "https://example.org/1",
        "place_country": "JA",
        "latitude": 35.7,
        "longitude": 139.8,
    }


def test_gdelt_reads_a_country_off_the_code_of_an_actor(project: Project) -> None:
    for side, other in ((1, 2), (2, 1)):
        found = project("gdelt", GDELT, **{f"Actor{side}CountryCode": None})
        assert found[f"actor{side}_name"] == ("JPN" if side == 1 else "KOR")
        assert (found[f"is_country{side}"], found[f"is_country{other}"]) == (False, True)


def test_gdelt_takes_a_country_without_a_sector_for_the_state_itself(project: Project) -> None:
    for side, country in ((1, "JPN"), (2, "KOR")):
        alone = {f"Actor{side}Type1Code": None, f"Actor{side}Code": country}
        assert project("gdelt", GDELT, **alone)[f"actor{side}_sector"] == "GOV"
        other = {f"Actor{side}Type1Code": None, f"Actor{side}Code": f"{country}XYZ"}
        assert project("gdelt", GDELT, **other)[f"actor{side}_sector"] is None


def test_gdelt_keeps_of_one_countrys_own_affairs_only_what_counts_them(project: Project) -> None:
    found = project("gdelt", GDELT, Actor2CountryCode="JPN", Actor2Code="JPN")
    empty = {name for name, value in found.items() if value is None}
    assert {"actor1_sector", "title", "n_mentions", "latitude", "source_url"} <= empty
    assert found["problem"] is None


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"SQLDATE": "20191025"}, None),  # it may be tomorrow elsewhere
        ({"SQLDATE": "20191026"}, "SQLDATE"),
        ({"SQLDATE": "20190230"}, "SQLDATE"),
        ({"DATEADDED": "20191024"}, None),
        ({"DATEADDED": "soon"}, "DATEADDED"),
        ({"GLOBALEVENTID": "-1"}, "GLOBALEVENTID"),
        ({"EventCode": None}, "EventCode"),
    ],
)
def test_gdelt_refuses(project: Project, changed: Row, problem: str | None) -> None:
    assert project("gdelt", GDELT, **changed)["problem"] == problem


def test_gdelt_1_gives_a_day_for_the_moment_of_publication(project: Project) -> None:
    found = project("gdelt", GDELT, DATEADDED="20191024", IsRootEvent="0")
    assert found["added_at"] == datetime(2019, 10, 24)
    assert found["is_root_event"] is False


def test_icews(project: Project) -> None:
    assert _told(project("icews", ICEWS)) == {
        "event_id": "20718170:2013-12-31",
        "event_date": date(2013, 12, 31),
        "added_at": datetime(2014, 1, 1),
        "actor1_name": "Japan",
        "actor2_name": "South Korea",
        "actor1_sector": "GOV",
        "actor2_sector": "MIL",
        "cameo_code": "040",
        "is_country1": True,
        "is_country2": True,
        "goldstein_reported": 1.0,
        "n_mentions": 1,
        "title": "Shinzo Abe > Consult > South Korean Army",
        "source_name": "Kyodo",
        "place_country": "China",
        "latitude": 39.9,
        "longitude": 116.4,
    }


@pytest.mark.parametrize("side", [("Source", "actor1_sector"), ("Target", "actor2_sector")])
@pytest.mark.parametrize(
    ("sectors", "sector"),
    [
        ("Military,Army", "MIL"),
        ("Navy", "MIL"),
        ("Defense / Security Ministry", "MIL"),
        ("Rebel,Military", "REB"),
        ("Insurgent,Army", "REB"),
        ("Police,Government", "COP"),
        ("Judicial,Government", "JUD"),
        ("Intelligence,Government", "SPY"),
        ("Legislative / Parliamentary,Government", "LEG"),
        ("Government,Opposition", "GOV"),
        ("Foreign Ministry", "GOV"),
        ("Parties,Opposition", "OPP"),
        ("IGOs,Business", "IGO"),
        ("NGOs,Media", "NGO"),
        ("Business,Media", "BUS"),
        ("News", "MED"),
        ("Social,General Population / Civilian / Social", "CVL"),
        ("Agricultural,Other", "AGR"),
        ("NA", None),
    ],
)
def test_icews_reads_the_most_official_sector(
    project: Project, side: tuple[str, str], sectors: str, sector: str | None
) -> None:
    words, column = side
    assert project("icews", ICEWS, **{f"{words} Sectors": sectors})[column] == sector


def test_icews_takes_a_country_without_a_sector_for_the_state_itself(project: Project) -> None:
    found = project("icews", ICEWS, **{"Source Sectors": None, "Source Name": "Japan"})
    assert found["actor1_sector"] == "GOV"
    found = project("icews", ICEWS, **{"Target Sectors": "NULL", "Target Name": "South Korea"})
    assert found["actor2_sector"] == "GOV"


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        ({"Event Date": "12/31/2013"}, "event_date", date(2013, 12, 31)),
        ({"CAMEO Code": None}, "cameo_code", "icews:Consult"),
        ({"CAMEO Code": "NULL"}, "cameo_code", "icews:Consult"),
        ({"Event ID": "NA"}, "problem", "Event ID"),
        ({"Event ID": "12b"}, "problem", "Event ID"),
        ({"Event Date": "31 December 2013"}, "problem", "Event Date"),
        ({"CAMEO Code": None, "Event Text": None}, "problem", "Event Text"),
        ({"Target Country": "Japan"}, "title", None),
        ({"Source Country": "NULL"}, "actor1_name", None),
        ({"Country": "NA"}, "place_country", None),
    ],
)
def test_icews_reads(project: Project, changed: Row, column: str, value: object) -> None:
    assert project("icews", ICEWS, **changed)[column] == value


def test_polecat(project: Project) -> None:
    assert _told(project("polecat", POLECAT)) == {
        "event_id": "asia-7",
        "event_date": date(2023, 1, 2),
        "added_at": datetime(2023, 1, 4),
        "sides1": [{"name": "JPN", "sector": "GOV", "words": "Fumio Kishida"}],
        "sides2": [{"name": "KOR", "sector": "MIL", "words": "The Army"}],
        "is_country1": True,
        "is_country2": True,
        "cameo_code": "polecat:CONSULT:visit",
        "cameo_base": "polecat:CONSULT",
        "goldstein_reported": 1.5,
        "quad_class_reported": 1,
        "n_mentions": 1,
        "contexts": "diplomatic",
        "deed": "CONSULT",
        "source_name": "Yonhap",
        "place_country": "USA",
        "latitude": 38.9,
        "longitude": -77.0,
    }


def test_polecat_parts_the_actors_of_a_side_in_their_order(project: Project) -> None:
    for actor, side in (("Actor", "sides1"), ("Recipient", "sides2")):
        several = {f"{actor} Country": "JPN; None;USA", f"{actor} Name": "A;B;C"}
        found = project("polecat", POLECAT, **several, **{f"Primary {actor} Sector": "GOV;MIL"})
        # Two sectors cannot be matched with three names.
        assert found[side] == [
            {"name": "JPN", "sector": None, "words": "A"},
            {"name": None, "sector": None, "words": "B"},
            {"name": "USA", "sector": None, "words": "C"},
        ]
        none = project("polecat", POLECAT, **{f"{actor} Country": None})
        assert [one["name"] for one in none[side]] == [None]


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        ({"Event Mode": "None"}, "cameo_code", "polecat:CONSULT"),
        ({"Publication Date": None}, "added_at", datetime(2023, 1, 2)),
        ({"Event Date": "01/02/2023"}, "event_date", date(2023, 1, 2)),
        ({"Publication Date": "01/04/2023"}, "added_at", datetime(2023, 1, 4)),
        ({"Quad Code": "MATERIAL COOPERATION"}, "quad_class_reported", 2),
        ({"Quad Code": "verbal conflict"}, "quad_class_reported", 3),
        ({"Quad Code": "MATERIAL CONFLICT"}, "quad_class_reported", 4),
        ({"Event Intensity": None, "Intensity": "-2"}, "goldstein_reported", -2.0),
        ({"Event ID": "None"}, "problem", "Event ID"),
        ({"Event Date": "x"}, "problem", "Event Date"),
        ({"Event Type": "NA"}, "problem", "Event Type"),
        ({"Contexts": "NA"}, "contexts", None),
    ],
)
def test_polecat_reads(project: Project, changed: Row, column: str, value: object) -> None:
    assert project("polecat", POLECAT, **changed)[column] == value


def test_acled(project: Project) -> None:
    assert _told(project("acled", ACLED)) == {
        "event_id": "KOR123",
        "event_date": date(2024, 2, 16),
        "added_at": datetime(2024, 2, 21),
        "told_at": datetime(2024, 2, 21),
        "sides1": [{"name": "Japan", "sector": "MIL", "words": ACLED["actor1"]}],
        "sides2": [{"name": "South Korea", "sector": "GOV", "words": ACLED["actor2"]}],
        "cameo_code": "acled:Armed clash",
        "is_country1": True,
        "is_country2": True,
        "n_mentions": 1,
        "n_deaths": 3,
        "deed": "Armed clash",
        "source_name": "Yonhap",
        "place_country": "South Korea",
        "latitude": 37.5,
        "longitude": 127.0,
    }


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize(
    ("actor", "name", "sector"),
    [
        ("Police Forces of China (2012-)", "China", "COP"),
        ("Government of China (2012-)", "China", "GOV"),
        ("Protesters (China)", "China", "CVL"),
        ("Rioters (China)", "China", "CVL"),
        ("Civilians (China)", "China", "CVL"),
        ("Unidentified Armed Group (China)", None, None),
        ("Military Forces of China", "China", "MIL"),
    ],
)
def test_acled_reads_the_state_out_of_an_actor(
    project: Project, side: int, actor: str, name: str | None, sector: str | None
) -> None:
    found = project("acled", ACLED, **{f"actor{side}": actor})
    assert found[f"sides{side}"] == [{"name": name, "sector": sector, "words": actor}]
    other = 3 - side
    assert found[f"sides{other}"][0]["name"] == ("Japan", "South Korea")[other - 1]


@pytest.mark.parametrize("side", [1, 2])
def test_acled_reads_the_states_of_a_coalition(project: Project, side: int) -> None:
    whole = {
        f"actor{side}": "Operation X",
        f"assoc_actor_{side}": "Military Forces of China (2012-); A; Police Forces of China",
        f"inter{side}": "8",
    }
    coalition = [{"name": "China", "sector": "MIL", "words": "Operation X (with China)"}]
    nobody = [{"name": None, "sector": None, "words": "Operation X"}]
    assert project("acled", ACLED, **whole)[f"sides{side}"] == coalition
    for changed in ({f"inter{side}": "1"}, {f"assoc_actor_{side}": "A"}):
        assert project("acled", ACLED, **{**whole, **changed})[f"sides{side}"] == nobody


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        ({"event_date": "16 February 2024"}, "event_date", date(2024, 2, 16)),
        ({"event_date": "9-May-20"}, "event_date", date(2020, 5, 9)),
        ({"event_date": "2020/05/09"}, "event_date", date(2020, 5, 9)),
        ({"event_date": "02/03/2024"}, "problem", "event_date"),
        ({"fatalities": "1.234"}, "problem", "fatalities"),
        ({"timestamp": None}, "added_at", datetime(2024, 2, 17)),
        ({"timestamp": "9" * 30}, "added_at", datetime(2024, 2, 17)),
        ({"fatalities": "-1"}, "n_deaths", None),
        ({"fatalities": "0"}, "n_deaths", 0),
        ({"sub_event_type": "Other"}, "outside", "no act towards another"),
        ({"sub_event_type": "Change to group/activity"}, "outside", "no act towards another"),
        ({"sub_event_type": "Other"}, "cameo_code", "010"),
        ({"sub_event_type": None}, "problem", "sub_event_type"),
        ({"event_date": "x"}, "problem", "event_date"),
        ({"event_id_cnty": None}, "problem", "event_id_cnty"),
    ],
)
def test_acled_reads(project: Project, changed: Row, column: str, value: object) -> None:
    assert project("acled", ACLED, **changed)[column] == value


def test_ucdp(project: Project) -> None:
    assert _told(project("ucdp_ged", UCDP)) == {
        "event_id": "412700",
        "event_date": date(2022, 3, 1),
        "added_at": datetime(2022, 3, 5),
        "sides1": [{"name": "365", "sector": "MIL", "words": "Government of Russia"}],
        "sides2": [
            {
                "name": "369",
                "sector": "MIL",
                "words": "Government of Ukraine: 12 deaths (best estimate)",
            }
        ],
        "is_country1": True,
        "is_country2": True,
        "cameo_code": "ucdp_ged:1",
        "n_mentions": 5,
        "n_sources": 5,
        "n_deaths": 12,
        "n_deaths_low": 9,
        "n_deaths_high": 20,
        "source_name": "Reuters",
        "place_country": "Ukraine",
        "latitude": 50.4,
        "longitude": 30.5,
    }


@pytest.mark.parametrize(
    ("changed", "column", "value"),
    [
        ({"date_end": None}, "added_at", datetime(2022, 3, 2)),
        ({"number_of_sources": "-1"}, "n_mentions", 1),
        ({"number_of_sources": "-1"}, "n_sources", None),
        ({"best": "-1"}, "n_deaths", None),
        ({"best": "0"}, "n_deaths", 0),
        ({"low": "-1"}, "n_deaths_low", None),
        ({"low": "0"}, "n_deaths_low", 0),
        ({"high": "-1"}, "n_deaths_high", None),
        ({"high": "0"}, "n_deaths_high", 0),
        ({"id": None}, "problem", "id"),
        ({"id": "1.08867E+05"}, "problem", "id"),
        ({"id": "5e+05"}, "event_id", "500000"),
        ({"date_start": "x"}, "problem", "date_start"),
        ({"type_of_violence": None}, "problem", "type_of_violence"),
    ],
)
def test_ucdp_reads(project: Project, changed: Row, column: str, value: object) -> None:
    assert project("ucdp_ged", UCDP, **changed)[column] == value


@pytest.mark.parametrize(("column", "side"), [("gwnoa", "sides1"), ("gwnob", "sides2")])
def test_ucdp_parts_several_governments_and_knows_none(
    project: Project, column: str, side: str
) -> None:
    for listed in ("365; 369.0", "365,369"):
        names = [one["name"] for one in project("ucdp_ged", UCDP, **{column: listed})[side]]
        assert names == ["365", "369"]
    for listed in ("-1", None):
        (nobody,) = project("ucdp_ged", UCDP, **{column: listed})[side]
        assert (nobody["name"], nobody["sector"]) == (None, None)


def test_csis(project: Project) -> None:
    found = _told(project("csis_provocations", CSIS))
    assert found.pop("event_id").startswith("2017-09-03:")
    assert found == {
        "event_date": date(2017, 9, 3),
        "added_at": datetime(2017, 9, 3),
        "actor1_name": "PRK",
        "actor2_name": "KOR",
        "actor1_sector": "GOV",
        "actor2_sector": "GOV",
        "cameo_code": "150",
        "is_country1": True,
        "is_country2": True,
        "n_mentions": 1,
        "category": "nuclear_test",
        "title": "Sixth nuclear test",
        "source_name": "CSIS Beyond Parallel",
        "source_url": "https://example.org/a",
    }
    missile = project("csis_provocations", CSIS, type="Missile Provocation")
    assert (missile["category"], missile["outside"]) == ("missile_launch", None)
    other = project("csis_provocations", CSIS, type="Other Provocations")
    assert (other["category"], other["outside"]) == (None, "no launch and no nuclear test")
    assert project("csis_provocations", CSIS, date="x")["problem"] == "date"
    assert project("csis_provocations", CSIS, type=None)["problem"] == "type"


def test_another_word_makes_another_event_of_csis(project: Project) -> None:
    ids = {project("csis_provocations", CSIS, **{name: "2016-01-06"})["event_id"] for name in CSIS}
    # The links are no part of what happened.
    assert len(ids | {project("csis_provocations", CSIS)["event_id"]}) == len(CSIS)


@pytest.mark.parametrize(
    ("name", "row", "pairs"),
    [
        ("gdelt", GDELT, [(f"Actor1{one}", f"Actor2{one}")
                          for one in ("Code", "Name", "CountryCode", "Type1Code")]),
        ("icews", ICEWS, [(f"Source {one}", f"Target {one}")
                          for one in ("Name", "Sectors", "Country")]),
        ("polecat", POLECAT, [("Actor Name", "Recipient Name"),
                              ("Actor Country", "Recipient Country"),
                              ("Primary Actor Sector", "Primary Recipient Sector")]),
        ("acled", ACLED, [("actor1", "actor2")]),
    ],
)  # fmt: skip
def test_swapped_sides_swap_the_event(
    project: Project, name: str, row: Row, pairs: list[tuple[str, str]]
) -> None:
    swapped = {a: row[b] for a, b in pairs} | {b: row[a] for a, b in pairs}
    one, other = project(name, row), project(name, row, **swapped)
    for column in ("actor{}_name", "actor{}_sector", "is_country{}", "sides{}"):
        if column.format(1) in one:
            assert other[column.format(1)] == one[column.format(2)]
            assert other[column.format(2)] == one[column.format(1)]
    same = set(one) - {"title"} - {name for name in one if "1" in name or "2" in name}
    assert {name: one[name] for name in same} == {name: other[name] for name in same}


@pytest.mark.parametrize(("side", "prefix"), [("sides1", "Actor"), ("sides2", "Recipient")])
def test_polecat_gives_each_actor_of_a_list_its_own_sector_and_name(
    project: Project, side: str, prefix: str
) -> None:
    sector, name = f"Primary {prefix} Sector", f"{prefix} Name"
    listed = {f"{prefix} Country": "JPN; KOR", name: "A; B", sector: "GOV; MIL"}
    assert project("polecat", POLECAT, **listed)[side] == [
        {"name": "JPN", "sector": "GOV", "words": "A"},
        {"name": "KOR", "sector": "MIL", "words": "B"},
    ]
    # Lists of another length cannot be told apart.
    assert project("polecat", POLECAT, **{**listed, sector: "GOV"})[side][1]["sector"] is None
    assert (
        project("polecat", POLECAT, **{**listed, f"{prefix} Name": "A"})[side][1]["words"] == "KOR"
    )


OWN = (
    "event_id", "event_date", "added_at", "actor1", "actor2", "actor1_sector", "actor2_sector",
    "code", "goldstein", "category", "title", "source_name", "source_url", "latitude", "longitude",
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({}, None),
        ({"latitude": "90"}, None), ({"latitude": "-90"}, None), ({"latitude": "90,5"}, "latitude"),
        ({"latitude": "-91"}, "latitude"), ({"latitude": "north"}, "latitude"),
        ({"longitude": "180"}, None), ({"longitude": "-180"}, None),
        ({"longitude": "180.5"}, "longitude"), ({"longitude": "-181"}, "longitude"),
        ({"goldstein": "-10"}, None), ({"goldstein": "inf"}, "goldstein"),
        ({"goldstein": "good"}, "goldstein"), ({"goldstein": "n/a"}, None),
        ({"added_at": "later"}, "added_at"), ({"added_at": "-"}, None),
        ({"event_date": "2020-02-30"}, "event_date"), ({"event_date": None}, "event_date"),
    ],
)  # fmt: skip
def test_a_table_of_ones_own_is_refused_by_the_column_that_is_wrong(
    warehouse: Warehouse, changed: Row, problem: str | None
) -> None:
    warehouse.execute("set variable date_format = '%Y-%m-%d'")
    for column in ("event_date", "added_at", "goldstein", "latitude", "longitude"):
        warehouse.execute(f"set variable {column}_column = '{column}'")
    row = {"event_date": "2020-02-29", "actor1": "JPN", "actor2": "KOR", "code": "042", **changed}
    values = ", ".join(f'?::varchar as "{column}"' for column in OWN)
    given = [row.get(column) for column in OWN]
    warehouse.execute(f"create or replace temp table raw as select {values}", given)
    text = (assets.sql() / "sources" / "csv_file.sql").read_text(encoding="utf-8")
    (found,) = warehouse.dicts(text)
    assert found["problem"] == problem


def test_gdelt_counts_of_an_article_one_event_for_each_two_states(warehouse: Warehouse) -> None:
    told = [
        ("1", "JPN", "KOR", "5", "a"), ("2", "KOR", "JPN", "9", "a"), ("3", "CHN", "KOR", "4", "a"),
        ("4", "CHN", "JPN", "3", "a"), ("5", "JPN", "KOR", "1", "b"), ("6", "KOR", "JPN", "1", "b"),
        ("7", "JPN", "KOR", "1", None), ("8", "JPN", "KOR", "1", None),
    ]  # fmt: skip
    rows = [
        {**GDELT, "GLOBALEVENTID": number, "Actor1CountryCode": one, "Actor2CountryCode": two,
         "NumMentions": mentions, "SOURCEURL": article}
        for number, one, two, mentions, article in told
    ]  # fmt: skip
    names = COLUMNS["gdelt"]
    typed = ", ".join(f'"{name}" varchar' for name in names)
    warehouse.execute(f"create or replace temp table raw ({typed})")
    warehouse.insert("raw", list(names), [[row.get(name) for name in names] for row in rows])
    text = (assets.sql() / "sources" / "gdelt.sql").read_text(encoding="utf-8")
    warehouse.execute("set variable one_per_article = true")
    try:
        found = warehouse.dicts(text)
    finally:
        warehouse.execute("reset variable one_per_article")
    # Of two with as many mentions the smaller number.
    assert {one["event_id"] for one in found if one["outside"]} == {"1", "6"}
    assert len(found) == len(rows)


@pytest.mark.parametrize("side", [1, 2])
@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(1990, 10, 2), "an actor is unknown"), (date(1990, 10, 3), None),
        (date(2000, 12, 31), None), (date(2001, 1, 1), "an actor is unknown"),
    ],
)  # fmt: skip
def test_a_state_is_known_from_its_first_day_to_its_last(
    side: int, day: date, reason: str | None
) -> None:
    names = ["LONG", "SHORT"] if side == 2 else ["SHORT", "LONG"]
    texts = {name: (assets.sql() / "sources" / f"{name}.sql").read_text(encoding="utf-8")
             for name in ("reason", "coded")}  # fmt: skip
    with Warehouse() as one:
        one.execute(texts["reason"])
        one.execute(
            "create macro actor_key(named) as named; create macro code_key(named) as named; "
            "create table code as select '042' as name, '042' as cameo_code; "
            "create table country as select * from (values "
            "('LONG', 'KOR', true, date '1900-01-01', date '9999-12-31'), "
            "('SHORT', 'DEU', true, date '1990-10-03', date '2000-12-31')) "
            "as one (name, iso3, is_in_scope, first_day, last_day); "
            "set variable earliest = date '1900-01-01'; set variable refuses_unknown = false"
        )
        one.execute(
            "create table told as select 'e' as event_id, ?::date as event_date, "
            "? as actor1_name, ? as actor2_name, '042' as cameo_code, null as cameo_base, "
            "true as is_country1, true as is_country2, null::varchar as problem, "
            "null::varchar as outside, now() as added_at, null::timestamp as told_at, "
            "null::utinyint as numbering, null::varchar as numbered_in, "
            "1 as batch_row, 1 as n_pairs",
            [day, *names],
        )
        (found,) = one.dicts(texts["coded"])
    assert (found["reason"], found["problem"]) == (reason, None)
    assert (found[f"is_known{side}"], found[f"is_known{3 - side}"]) == (reason is None, True)
    states = [found["actor1_iso3"], found["actor2_iso3"]]
    assert states == ([None, None] if reason else [{"LONG": "KOR"}.get(n, "DEU") for n in names])
