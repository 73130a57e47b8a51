"""Actors by name in many languages and by code; a doubtful name is never decided."""

from __future__ import annotations

import csv

import pytest

from detente.base import assets
from detente.studies.actors import Gazetteer


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer()


@pytest.mark.parametrize(
    ("text", "iso3"),
    [
        *((text, "TUR") for text in ("Turkey", "Türkiye", "640", "TR", "tur", "Turquie")),
        *((text, "TUR") for text in ("turkiye", "Τουρκία", "トルコ", "Турция", "تركيا")),
        *((text, "GRC") for text in ("Greece", "Ελλάδα", "350", "GR", "Griechenland", "Grece")),
        *((text, "DEU") for text in ("255", "260", "Deutschland", "Alemania")),  # COW and GW differ
        *((text, "GBR") for text in ("UK", "GB", "the United Kingdom", "200")),
        ("Ivory Coast", "CIV"), ("Niger", "NER"), ("Guinea", "GIN"), ("Georgia", "GEO"),
        *((text, "USA") for text in ("U.S.", "U.S.A.", "USA", "2")), ("U.K.", "GBR"),
        ("Côte d\u2019Ivoire", "CIV"), ("Burma", "MMR"), ("ROK", "KOR"),
        ("Kosovo", "XKX"), ("XK", "XKX"), ("Palestine", "PSE"), ("HKG", "HKG"),
        *((text, "GBR") for text in ("Great Britain", "Britain", "the U.K.")),
        *((text, "CHN") for text in ("PRC", "P.R.C.", "P.R. China", "China (PRC)")),
        *((text, "KOR") for text in ("S. Korea", "Korea (the Republic of)", "Korea, Rep.")),
        *((text, "PRK") for text in ("DPRK", "DPR Korea", "Korea, Dem. People's Rep.")),
        *((text, "IRN") for text in ("Persia", "Iran (Persia)", "Islamic Republic of Iran")),
        *((text, "COD") for text in ("DRC", "Congo, Dem. Rep.", "Congo (Zaire)")),
        ("Holland", "NLD"), ("Netherlands (Kingdom of the)", "NLD"), ("Formosa", "TWN"),
        ("Republic of China (Taiwan)", "TWN"), ("UAE", "ARE"), ("U.A.E.", "ARE"), ("the US", "USA"),
        ("Republic of Türkiye", "TUR"), ("Burma (Myanmar)", "MMR"), ("Myanmar/Burma", "MMR"),
        ("Russia (Soviet Union)", "RUS"), ("Bahamas (the)", "BHS"), ("Gambia, The", "GMB"),
        ("St Lucia", "LCA"), ("Micronesia, Fed. Sts.", "FSM"), ("Niger (the)", "NER"),
        ("Sudan (South)", "SSD"), ("Commonwealth of Dominica", "DMA"), ("FYROM", "MKD"),
    ],
)  # fmt: skip
def test_names_and_codes_mean_one_actor(gazetteer: Gazetteer, text: str, iso3: str) -> None:
    found = gazetteer.find(text)
    assert found.is_certain
    assert [one.iso3 for one in found.actors] == [iso3]


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("Congo", {"COD", "COG"}),
        ("Korea", {"KOR", "PRK"}),
        ("Republic of China", {"CHN", "TWN"}),
        ("USSR", {"RUS"}),  # a former state, and a part of one
        ("Gaza", {"PSE"}),
        ("970", {"KIR", "NRU"}),  # Nauru by Correlates of War, Kiribati by Gleditsch-Ward
        *((text, {"GBR"}) for text in ("England", "Scotland", "Wales", "Northern Ireland")),
        *((text, {"CHN", "TWN"}) for text in ("ROC", "R.O.C.", "Taiwan (China)")),
        ("Hong Kong, China", {"CHN", "HKG"}),
        ("Greece/Turkey", {"GRC", "TUR"}),
        ("Korea, Dem. Rep.", {"KOR", "PRK"}),
        ("U.S.S.R.", {"RUS"}),
        ("Yemen Arab Republic", {"YEM"}),
        ("British", {"GBR"}),  # not the British Virgin Islands
        ("Germny", {"DEU"}),  # a slip is asked about, even where one actor is near
        ("Sudn", {"SDN"}),
        ("Atlantis-on-Sea", set()),
        ("", set()),
        ("999", set()),
    ],
)
def test_doubt_is_asked_about(gazetteer: Gazetteer, text: str, candidates: set[str]) -> None:
    found = gazetteer.find(text)
    assert not found.is_certain
    assert candidates <= {one.iso3 for one in found.actors}
    assert repr(text) in found.question


@pytest.mark.parametrize(
    "text", ["Hamas", "Siberia", "Islamic State of Iraq", "Kurdistan", "Tibet"]
)
def test_no_actor_is_suggested_whose_name_merely_sounds_alike(
    gazetteer: Gazetteer, text: str
) -> None:
    found = gazetteer.find(text)
    assert not found.actors
    assert "names no actor" in found.question


def test_a_question_says_what_the_tables_know(gazetteer: Gazetteer) -> None:
    assert "counts as RUS until 1991-12-25" in gazetteer.find("USSR").question
    assert "a part of it" in gazetteer.find("England").question
    assert "names no state: an organization" in gazetteer.find("European Union").question


def test_every_actor_is_found_by_its_code_and_name(gazetteer: Gazetteer) -> None:
    path = assets.reference() / "actors.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 200
    for row in rows:
        for text in (row["iso3"], row["name"]):
            found = gazetteer.find(text)
            assert found.is_certain, text
            assert found.actors[0].iso3 == row["iso3"], text
