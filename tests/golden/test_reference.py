"""The reference tables against what their producers publish and what their data files hold."""

import csv
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from detente.base.errors import RawFileError
from detente.database.builder import Warehouse
from detente.records import reference
from tests.support.some import some

FOLDER = Path(__file__).resolve().parents[2] / "data" / "raw" / "reference"


class Sample(NamedTuple):
    """A file of GDELT events, and where its layout has the country codes of places."""

    file: str
    n_columns: int
    n_rows: int
    geography: tuple[int, int, int]


GDELT_SAMPLES = [
    Sample("gdelt2/20191024143000.export.CSV", 61, 1000, (37, 45, 53)),
    Sample("gdelt1/daily_58col.export.CSV", 58, 250, (37, 44, 51)),
    Sample("gdelt1/historical_57col.csv", 57, 100, (37, 44, 51)),
]
each_sample = pytest.mark.parametrize("sample", GDELT_SAMPLES, ids=lambda sample: sample.file)
# Positions in all three layouts (GDELT codebooks 1.0 and 2.0).
ACTOR_COUNTRIES = (7, 17)
EVENT_CODE, EVENT_ROOT_CODE, QUAD_CLASS, GOLDSTEIN = 26, 28, 29, 30

# The entries of GDELT's CAMEO country list that are no countries: regions, a city, and the two
# parts of the Palestinian territories, which PSE covers.
REGIONS = set(
    """
    AFR ASA BAG BLK CAS CAU CEU CFR CRB EAF EEU EIN EUR GZS LAM MDT MEA NAF NMR PGS SAF SAM SAS SCN
    SEA WAF WSB WST
    """.split()  # noqa: SIM905
)
OCEANS = {"OC", "OS"}

# Codes of CAMEO 1.1b3 or of the PLOVER table that GDELT's Goldstein table does not have.
# Codes that CAMEO lacks; the table's note says what they are for.
OWN_CODES = {"109"}
WITHOUT_GOLDSTEIN = {"1213", "1214", "155", "176", "1834", "1951", "1952"}


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


def read_tabs(path: Path) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").split("\n"):
        if line.strip():
            yield line.split("\t")


@pytest.fixture(scope="module")
def actors() -> dict[str, dict[str, str]]:
    return {row["iso3"]: row for row in read_table(FOLDER / "actors.csv")}


@pytest.fixture(scope="module")
def cameo() -> dict[str, dict[str, str]]:
    return {row["cameo_code"]: row for row in read_table(FOLDER / "cameo.csv")}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as built:
        built.create_inputs()
        reference.load(built, FOLDER)
        yield built


# -- CAMEO ---------------------------------------------------------------------------------------


def test_every_goldstein_value_is_that_of_the_producer(cameo, shared_data):
    table = dict(read_tabs(shared_data / "cameo" / "CAMEO.goldsteinscale.txt"))
    del table["CAMEOEVENTCODE"]
    assert len(table) == 311
    assert {code: float(cameo[code]["goldstein"]) for code in table} == {
        code: float(value) for code, value in table.items()
    }
    assert set(cameo) - set(table) == WITHOUT_GOLDSTEIN | OWN_CODES
    assert all(cameo[code]["note"].startswith("No code of CAMEO.") for code in OWN_CODES)


def test_a_code_without_a_goldstein_value_says_so(cameo):
    empty = {code for code, row in cameo.items() if not row["goldstein"]}
    assert empty == WITHOUT_GOLDSTEIN
    assert all("No Goldstein value" in cameo[code]["note"] for code in empty)


def test_every_code_of_the_producers_list_of_names_is_there(cameo, shared_data):
    text = (shared_data / "cameo" / "CAMEO.eventcodes.txt").read_text(encoding="utf-8")
    listed = set(re.findall(r"^(\d{2,4})\t", text, flags=re.MULTILINE))
    assert len(listed) == 310
    assert listed <= set(cameo)
    # The line of 106 has run into that of 1056 in the published list.
    assert "106" not in listed
    assert re.search(r"^1056\t.*106:", text, flags=re.MULTILINE)
    assert cameo["106"]["goldstein"] == "-5.0"


@each_sample
def test_gdelt_columns_equal_the_table_on_every_row(cameo, shared_data, sample):
    n_seen = 0
    for row in read_tabs(shared_data / sample.file):
        n_seen += 1
        assert len(row) == sample.n_columns
        ours = cameo[row[EVENT_CODE]]
        assert (ours["cameo_root"], ours["quad_class"], float(ours["goldstein"])) == (
            row[EVENT_ROOT_CODE],
            row[QUAD_CLASS],
            float(row[GOLDSTEIN]),
        ), row[:31]
    assert n_seen == sample.n_rows


def test_quad_class_follows_the_root_as_in_gdelt(cameo):
    last_root = {"1": 5, "2": 9, "3": 14, "4": 20}
    for row in some(cameo.values()):
        expected = next(quad for quad, last in last_root.items() if int(row["cameo_root"]) <= last)
        assert row["quad_class"] == expected, row


def test_icews_intensity_differs_from_the_table_on_three_codes_only(cameo, shared_data):
    header, *rows = read_tabs(shared_data / "icews" / "20180601-icews-events.tab")
    code_at, intensity_at = header.index("CAMEO Code"), header.index("Intensity")
    differing = {
        row[code_at]: float(row[intensity_at])
        for row in rows
        if float(row[intensity_at]) != float(cameo[row[code_at]]["goldstein"])
    }
    assert len(rows) == 2359
    assert differing == {"016": -5.0, "022": 3.4, "164": -6.5}
    for code, value in differing.items():
        assert f"ICEWS reports {value}." in cameo[code]["note"]


def test_codes_are_text_and_010_is_not_10(cameo):
    assert cameo["010"]["cameo_root"] == "01"
    assert cameo["10"]["cameo_root"] == "10"
    assert float(cameo["010"]["goldstein"]) == 0.0
    assert float(cameo["10"]["goldstein"]) == -5.0


def test_a_root_is_the_first_two_digits_of_each_of_its_codes(cameo):
    roots = {f"{number:02}" for number in range(1, 21)}
    assert {code for code in cameo if len(code) == 2} == roots
    for code, row in cameo.items():
        assert re.fullmatch(r"\d{2,4}", code)
        assert row["cameo_root"] == code[:2]
        assert row["cameo_root"] in roots


def test_a_code_of_four_digits_has_its_parent(cameo):
    assert {code[:3] for code in cameo if len(code) == 4} <= set(cameo)


def test_keys_and_names_are_unique():
    for file, columns in (
        ("cameo.csv", ("cameo_code", "name")),
        ("actors.csv", ("iso3", "name", "ccode_cow", "gwcode_gw", "fips", "cameo")),
    ):
        rows = read_table(FOLDER / file)
        for column in some(columns):
            values = [row[column] for row in rows if row[column]]
            assert len(values) == len(set(values)), (file, column)


def test_plover_columns_are_those_of_the_conversion_table(cameo, shared_data):
    text = (shared_data / "cameo" / "CAMEO2PLOVER-2021.txt").read_text(encoding="utf-8")
    table: dict[str, list[tuple[str, str, str]]] = {}
    for code, rest in re.findall(r"^(\d+):([^#\n]*)", text, flags=re.MULTILINE):
        parts = [" ".join(part.split()) for part in rest.split(",")]
        kind, mode, context = [*parts, "", ""][:3]
        table.setdefault(code, []).append((kind, mode, context))
    # Root 08 is split in two; its unspecified form 080 goes with the first.
    assert {code for code, found in table.items() if len(set(found)) > 1} == {"08"}
    assert table["08"][0] == ("CONCEDE", "", "") == table["080"][0]
    for code, row in cameo.items():
        if code in OWN_CODES:
            continue
        ours = (row["plover_type"], row["plover_mode"], row["plover_context"])
        assert ours == table.get(code, [("", "", "")])[0], code
    assert set(table) <= set(cameo)


# -- actors --------------------------------------------------------------------------------------

# Correlates of War, State System Membership List v2016; Gleditsch and Ward (1999), list with
# microstates. The five of Northeast Asia, and where the two lists or a reader's memory may differ.
STATE_NUMBERS = {
    "JPN": ("740", "740"),
    "KOR": ("732", "732"),
    "PRK": ("731", "731"),
    "CHN": ("710", "710"),
    "USA": ("2", "2"),
    "TWN": ("713", "713"),
    "MNG": ("712", "712"),
    "RUS": ("365", "365"),
    "VNM": ("816", "816"),
    "MNE": ("341", "341"),
    "XKX": ("347", "347"),
    "SSD": ("626", "626"),
    "TLS": ("860", "860"),
    "DEU": ("255", "260"),
    "YEM": ("679", "678"),
    "SRB": ("345", "340"),
    "KIR": ("946", "970"),
    "TUV": ("947", "973"),
    "TON": ("955", "972"),
    "NRU": ("970", "971"),
    "HKG": ("", ""),
    "MAC": ("", ""),
    "PSE": ("", ""),
    "VAT": ("", ""),
}


@pytest.mark.parametrize(("iso3", "numbers"), STATE_NUMBERS.items())
def test_state_numbers_are_those_of_the_published_lists(actors, iso3, numbers):
    assert (actors[iso3]["ccode_cow"], actors[iso3]["gwcode_gw"]) == numbers


def test_gleditsch_ward_differs_from_correlates_of_war_for_seven_states_only(actors):
    differing = {iso3 for iso3, row in actors.items() if row["ccode_cow"] != row["gwcode_gw"]}
    assert differing == {"DEU", "KIR", "NRU", "SRB", "TON", "TUV", "YEM"}


def test_states_are_those_of_correlates_of_war(actors):
    states = {iso3 for iso3, row in actors.items() if row["is_state"] == "true"}
    assert states == {iso3 for iso3, row in actors.items() if row["ccode_cow"]}
    assert {row["is_state"] for row in actors.values()} == {"true", "false"}
    # Members of the state system on the last day of version 2016 (31 December 2016).
    assert len(states) == 195


def test_there_is_a_row_for_each_iso_code_and_one_for_kosovo(actors):
    # ISO 3166-1 has 249 entries since South Sudan came in (2011) and nothing has left since.
    assert len(actors) == 250
    assert all(re.fullmatch(r"[A-Z]{3}", iso3) for iso3 in actors)
    assert "XKX" in actors
    # Withdrawn codes that older data still hold are not actors.
    assert not {"ANT", "CSK", "DDR", "ROM", "SCG", "SUN", "TMP", "YUG", "ZAR"} & set(actors)


def test_native_names_of_northeast_asia(actors):
    assert {iso3: actors[iso3]["name_native"] for iso3 in ("JPN", "KOR", "PRK", "CHN", "USA")} == {
        "JPN": "日本",
        "KOR": "대한민국",
        "PRK": "조선민주주의인민공화국",
        "CHN": "中国",
        "USA": "United States",
    }


@each_sample
def test_every_country_that_acts_in_the_samples_is_an_actor(actors, shared_data, sample):
    ours = {row["cameo"] for row in actors.values()}
    rows = read_tabs(shared_data / sample.file)
    seen = {row[at] for row in rows for at in ACTOR_COUNTRIES} - {""}
    assert len(seen) > 30
    assert seen - REGIONS <= ours


@each_sample
def test_every_country_of_a_place_in_the_samples_is_an_actor(actors, shared_data, sample):
    ours = {row["fips"] for row in actors.values()}
    rows = read_tabs(shared_data / sample.file)
    seen = {row[at] for row in rows for at in sample.geography} - {""}
    assert len(seen) > 30
    assert seen - OCEANS <= ours


@pytest.mark.parametrize(
    ("iso3", "name", "fips"),
    [  # Full names in the samples beside the FIPS code; each is easily taken for another country.
        ("CHN", "China", "CH"),
        ("CHE", "Switzerland", "SZ"),
        ("KOR", "South Korea", "KS"),
        ("PRK", "North Korea", "KN"),
        ("JPN", "Japan", "JA"),
        ("AUS", "Australia", "AS"),
        ("AUT", "Austria", "AU"),
        ("DEU", "Germany", "GM"),
        ("GBR", "United Kingdom", "UK"),
        ("UKR", "Ukraine", "UP"),
        ("SSD", "South Sudan", "OD"),
    ],
)
def test_fips_codes_go_with_the_names_that_gdelt_gives_places(
    actors, shared_data, iso3, name, fips
):
    assert (actors[iso3]["name"], actors[iso3]["fips"]) == (name, fips)
    names = {
        row[at - 1].split(", ")[-1]
        for sample in GDELT_SAMPLES
        for row in read_tabs(shared_data / sample.file)
        for at in sample.geography
        if row[at] == fips
    }
    assert names == {name}


def test_no_region_is_an_actor_and_no_cameo_code_is_another_actors_iso_code(actors):
    by_cameo = {row["cameo"]: iso3 for iso3, row in actors.items() if row["cameo"]}
    assert not REGIONS & set(by_cameo)
    assert not REGIONS & set(actors)
    # So a reader may look a code up in the one column and then in the other.
    assert {code for code in by_cameo if code in actors and by_cameo[code] != code} == set()
    assert {code: iso3 for code, iso3 in by_cameo.items() if code != iso3} == {
        "IMY": "IMN",
        "KSV": "XKX",
        "MTN": "MNE",
        "ROM": "ROU",
        "TMP": "TLS",
    }


# -- the files as the program reads them ---------------------------------------------------------


def test_the_tables_load_whole(warehouse, actors, cameo):
    assert warehouse.rows("select count(*) from core.actor") == [(len(actors),)]
    assert warehouse.rows("select count(*) from core.cameo") == [(len(cameo),)]
    assert warehouse.rows(
        "select cameo_code, cameo_root, quad_class, goldstein from core.cameo "
        "where cameo_code in ('010', '10', '1951') order by cameo_code"
    ) == [("010", "01", 1, 0.0), ("10", "10", 3, -5.0), ("1951", "19", 4, None)]
    assert warehouse.rows(
        "select is_state, ccode_cow, fips, cameo from core.actor "
        "where iso3 in ('HKG', 'TWN') order by iso3"
    ) == [(False, None, "HK", "HKG"), (True, "713", "TW", "TWN")]


def test_every_value_lies_in_its_range(warehouse):
    assert (
        warehouse.rows(
            "select cameo_code from core.cameo where goldstein not between -10 and 10 "
            "or quad_class not between 1 and 4 or name <> trim(name)"
        )
        == []
    )


@pytest.mark.parametrize(
    ("table", "spoil", "message"),
    [
        ("cameo.csv", lambda lines: [*lines, lines[-1]], "expected each cameo_code once"),
        ("cameo.csv", lambda lines: [*lines, "2043,One field too few"], "expected 9 fields"),
        ("actors.csv", lambda lines: [*lines, lines[-1] + ",more"], "expected 9 fields"),
        ("actors.csv", lambda lines: lines[1:], "expected the columns iso3,name"),
        (
            "state_spells.csv",
            lambda lines: [*lines, lines[-1]],
            "expected each iso3 and first_day once, got 'ZWE', '1965-11-11' again",
        ),
    ],
)
def test_a_spoilt_table_is_refused(tmp_path, table, spoil, message):
    for file in ("actors.csv", "actor_aliases.csv", "cameo.csv", "event_names.csv", table):
        lines = (FOLDER / file).read_text(encoding="utf-8").splitlines()
        kept = spoil(lines) if file == table else lines
        (tmp_path / file).write_text("\n".join(kept), encoding="utf-8")
    with Warehouse() as built:
        built.create_inputs()
        with pytest.raises(RawFileError, match=message) as refused:
            reference.load(built, tmp_path)
    assert table in str(refused.value)


def test_each_state_has_its_spells_and_no_territory_has_any(actors):
    spells: dict[str, list[dict[str, str]]] = {}
    for row in read_table(FOLDER / "state_spells.csv"):
        spells.setdefault(row["iso3"], []).append(row)
    assert set(spells) == {iso3 for iso3, row in actors.items() if row["is_state"] == "true"}
    for iso3, rows in some(spells.items()):
        # The last one lasts, by the number that the state has today.
        assert (rows[-1]["last_day"], rows[-1]["gwcode_gw"]) == ("", actors[iso3]["gwcode_gw"])
        ends = [day for row in rows for day in (row["first_day"], row["last_day"])][:-1]
        assert ends == sorted(set(ends)), iso3
        assert all(row["last_day"] > "1944-12-31" for row in rows[:-1]), iso3
    assert {iso3: len(rows) for iso3, rows in spells.items() if len(rows) > 1} == {"SRB": 2}


@pytest.mark.parametrize(
    ("iso3", "day"),
    [
        ("SSD", "2011-07-09"), ("TLS", "2002-05-20"), ("MNE", "2006-06-03"), ("ERI", "1993-05-24"),
        ("XKX", "2008-02-17"), ("NAM", "1990-03-21"), ("CZE", "1993-01-01"), ("SVK", "1993-01-01"),
        ("UKR", "1991-12-01"), ("EST", "1991-09-06"), ("KAZ", "1991-12-16"), ("HRV", "1992-04-27"),
        ("BGD", "1971-12-16"), ("SGP", "1965-08-09"), ("ISR", "1948-05-14"), ("PLW", "1994-10-01"),
        ("KOR", "1948-08-15"), ("PRK", "1948-09-09"), ("DEU", "1949-09-21"), ("RWA", "1962-07-01"),
        # They continue the Soviet Union, Yugoslavia, and the northern halves of their countries.
        ("RUS", "1816-01-01"), ("SRB", "1918-12-01"), ("YEM", "1918-10-30"), ("VNM", "1954-05-01"),
    ],
)  # fmt: skip
def test_a_state_begins_on_its_day(iso3, day):
    rows = [row for row in read_table(FOLDER / "state_spells.csv") if row["iso3"] == iso3]
    assert rows[0]["first_day"] == day


def test_a_former_state_lies_in_the_spells_of_the_one_that_it_counts_as():
    """The days on which a code is valid, but for two lists that date the first days otherwise."""
    spells = {}
    for row in read_table(FOLDER / "state_spells.csv"):
        first, _ = spells.get(row["iso3"], (row["first_day"], ""))
        spells[row["iso3"]] = (first, row["last_day"] or "9999")
    # Bonn's constitution, and Correlates of War for the Yemen of the north.
    earlier = {"name:West Germany"}
    n_seen = 0
    for row in read_table(FOLDER / "actor_codes.csv"):
        if row["iso3"] in spells and row["first_day"] and row["code"] not in earlier:
            first, last = spells[row["iso3"]]
            assert first <= row["first_day"], row
            assert row["last_day"] <= last, row
            n_seen += 1
    assert n_seen > 30


def test_acled_covers_each_state_from_its_year_on(actors):
    begun = {row["iso3"]: row for row in read_table(FOLDER / "state_coverage.csv")}
    assert len(begun) == 243
    assert set(begun) <= set(actors)
    assert {row["source"] for row in begun.values()} == {"acled"}
    assert {row["first_day"][4:] for row in begun.values()} == {"-01-01"}
    assert set(actors) - set(begun) == {"ALA", "ATF", "BVT", "ESH", "HKG", "MAC", "SJM"}
    years = {iso3: int(row["first_day"][:4]) for iso3, row in begun.items()}
    known = {
        "NGA": 1997, "SDN": 1997, "SSD": 2011, "SYR": 2017, "YEM": 2015, "ISR": 2016, "PSE": 2016,
        "IND": 2016, "MMR": 2010, "UKR": 2018, "JPN": 2018, "PRK": 2018, "USA": 2020, "CAN": 2021,
        "DEU": 2020, "AUS": 2021, "MEX": 2018, "AFG": 2017,
    }  # fmt: skip
    assert {iso3: years[iso3] for iso3 in known} == known


@pytest.mark.parametrize("name", ["state_spells", "state_coverage"])
def test_the_sidecar_of_what_is_known_of_states_describes_every_column(name):
    sidecar = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    rows = read_table(FOLDER / f"{name}.csv")
    assert list(sidecar["columns"]) == list(rows[0])
    for column, spec in sidecar["columns"].items():
        assert spec["description"]
        assert not spec["required"] or all(row[column] for row in rows), column
    assert all(one["citation"] and one["url"].startswith("http") for one in sidecar["sources"])
    keys = [tuple(row.values())[:2] for row in rows]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["actors", "cameo"])
def test_the_sidecar_describes_every_column_and_names_its_source(name):
    sidecar = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    rows = read_table(FOLDER / f"{name}.csv")
    assert list(sidecar["columns"]) == list(rows[0])
    for column, spec in sidecar["columns"].items():
        assert spec["description"]
        assert not spec["required"] or all(row[column] for row in rows), column
    for source in sidecar["sources"]:
        assert set(source["columns"]) <= set(rows[0])
        assert source["citation"]
        assert source["url"].startswith(("https://", "http://"))
    covered = {column for source in sidecar["sources"] for column in source["columns"]}
    assert set(rows[0]) - covered <= {"name"}
