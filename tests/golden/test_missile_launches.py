"""The hand-kept launches of North Korea against the file of CSIS Beyond Parallel and the record.

The CSIS file is the copy among the reference files (nk/, to 20 August 2026; producer and licence
stand in the README there). Where the two differ, the sidecar names the entry and the reason
(`notes.differences_from_csis`); these tests fail on a difference that is not named, and on a named
one that is none any more. The days of the CNS North Korea Missile Test Database (nk/, to 18 April
2026) are held against the file in the same way (`notes.differences_from_cns`).
"""

import csv
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from detente import settings
from detente.records import sidecar
from detente.records.parsing import parse
from detente.records.record import Record, Vocabulary
from tests.support.some import some
from tests.support.studies import ROOT

FOLDER = ROOT / "data" / "raw" / "records"
CSIS_FILE = Path("nk") / "csis_provocations_1958_present.csv"
CNS_FILE = Path("nk") / "cns_missile_tests_1984_2026.csv"

BALLISTIC = {"CRBM", "SRBM", "MRBM", "IRBM", "ICBM", "SLBM", "SLV", "unknown"}
CLOSE_OR_SHORT = {"CRBM", "SRBM"}
# The classes that a label of CSIS admits (spelled as there). A vague label admits what its entries
# describe.
ADMITTED: Mapping[str, set[str]] = {
    "Anti-Ship Cruise Missile Launch": {"cruise"},
    "Long-range Cruise Missile Launch": {"cruise"},
    "Strategic cruise missile": {"cruise"},
    "Anti-aircraft Missile Launch": {"SAM"},
    "Long-range Surface-to-Air Missile Launch": {"SAM"},
    "Short-range Surface-to-Air Missile Launch": {"SAM"},
    "Short-range Missile Launch": CLOSE_OR_SHORT | {"cruise", "SAM", "unknown"},
    "Short-range Ballistic Missile Launch": CLOSE_OR_SHORT,
    "Medium-range Ballistic Missile Launch": {"MRBM"},
    "Intermediate-range Ballistic Missile Launch": {"IRBM"},
    "Intercontinental Ballistic Missile": {"ICBM"},
    "Intercontinental ballistic missile & SRBM": {"ICBM"},
    "Inter-Continental Ballistic Missile/Short-Range Missile Launches": {"ICBM"},
    "Submarine Launched Ballistic Missile Launch": {"SLBM"},
    "Ballistic Missile Launch": BALLISTIC,
    "Ballistic Missile Launch (type unknown)": BALLISTIC,
    "Satellite Launch": {"SLV"},
    "Satellite Launch (Other Provocation)": {"SLV"},
    "Multiple Lanuch Rocket System (MLRS) Test": CLOSE_OR_SHORT,
    "Multiple Launch Rocket System (MLRS) Test": CLOSE_OR_SHORT,
    "Mixed Tactical Weapons Test": CLOSE_OR_SHORT,
    "Nuclear Test": {"nuclear"},
    "Nuclear Test / Short-range missile launch": {"nuclear"},
    # Labels under which no launch should be: each entry is a known difference.
    "Nuclear Detonation Device": set(),
    "Artillery Fire": set(),
    "Rocket Engine Test": set(),
}


@dataclass(frozen=True)
class Entry:
    """An entry of the CSIS file."""

    day: date
    event: str


@dataclass(frozen=True)
class Difference:
    """A difference that the sidecar names."""

    entry: Entry | None
    day: date | None
    missile_class: str | None
    reason: str

    @property
    def is_unrecorded(self) -> bool:
        """The CSIS entry has no record of its own."""
        return self.entry is not None and self.day is None and self.missile_class is None


@pytest.fixture(scope="module")
def launches() -> tuple[Record, ...]:
    study = settings.load(ROOT / "detente.toml")
    vocabulary = Vocabulary(frozenset(study.study.actors), frozenset({"150"}))
    parsed = parse(
        (FOLDER / "missile_launches.csv").read_bytes(),
        sidecar.read(FOLDER / "missile_launches.toml"),
        vocabulary,
        study.study.start,
    )
    assert parsed.rejections == ()
    assert parsed.out_of_scope == ()
    return parsed.records


@pytest.fixture(scope="module")
def differences() -> tuple[Difference, ...]:
    content = tomllib.loads((FOLDER / "missile_launches.toml").read_text(encoding="utf-8"))
    return tuple(
        Difference(
            entry=Entry(item["csis_date"], item["csis_event"]) if "csis_date" in item else None,
            day=item.get("date"),
            missile_class=item.get("missile_class"),
            reason=item["reason"],
        )
        for item in content["notes"]["differences_from_csis"]
    )


@pytest.fixture(scope="module")
def entries(shared_data: Path) -> tuple[Entry, ...]:
    """The missile and nuclear entries since the start of the study."""
    with (shared_data / CSIS_FILE).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    by_type = Counter(row["type"] for row in rows)
    # The counts that the README of the reference files gives.
    assert by_type == {
        "Missile Provocation": 246,
        "Nuclear Provocation": 6,
        "Other Provocation": 241,
    }
    return tuple(
        Entry(date.fromisoformat(row["date"]), row["event"])
        for row in rows
        if row["type"] in ("Missile Provocation", "Nuclear Provocation")
        and row["date"] >= "1998-01-01"
    )


def classes_by_day(launches: tuple[Record, ...]) -> dict[date, set[str]]:
    classes: dict[date, set[str]] = defaultdict(set)
    for record in launches:
        classes[record.event_date].add(record.attributes["missile_class"])
    return dict(classes)


def days_where(launches: tuple[Record, ...], **attributes: str) -> list[str]:
    return [
        record.event_date.isoformat()
        for record in launches
        if all(record.attributes.get(name) == value for name, value in attributes.items())
    ]


def by_entry(differences: tuple[Difference, ...]) -> dict[Entry, Difference]:
    return {item.entry: item for item in differences if item.entry is not None}


# -- against CSIS --------------------------------------------------------------------------------


def test_every_csis_entry_is_a_record_or_a_named_difference(
    entries: tuple[Entry, ...],
    launches: tuple[Record, ...],
    differences: tuple[Difference, ...],
) -> None:
    classes, named = classes_by_day(launches), by_entry(differences)
    missing = []
    for entry in entries:
        difference = named.get(entry)
        if difference is not None and difference.is_unrecorded:
            continue
        day = difference.day if difference and difference.day else entry.day
        admitted = ADMITTED[entry.event]
        if difference and difference.missile_class:
            admitted = {difference.missile_class}
        if not admitted & classes.get(day, set()):
            missing.append((entry, day, classes.get(day)))
    assert missing == []


def test_every_launch_day_is_in_csis_or_a_named_difference(
    entries: tuple[Entry, ...],
    launches: tuple[Record, ...],
    differences: tuple[Difference, ...],
) -> None:
    named = by_entry(differences)
    in_csis = {
        named[entry].day or entry.day if entry in named else entry.day
        for entry in entries
        if not (entry in named and named[entry].is_unrecorded)
    }
    only_here = {item.day for item in differences if item.entry is None}
    ours = {record.event_date for record in launches}
    assert ours - in_csis - only_here == set()
    # A day that CSIS has meanwhile is no difference any more.
    assert only_here & in_csis == set()
    assert only_here <= ours


def test_every_ballistic_day_is_a_ballistic_day_in_csis_or_a_named_difference(
    entries: tuple[Entry, ...],
    launches: tuple[Record, ...],
    differences: tuple[Difference, ...],
) -> None:
    named = by_entry(differences)
    in_csis = {item.day for item in differences if item.entry is None}
    for entry in entries:
        difference = named.get(entry)
        if difference is not None and difference.is_unrecorded:
            continue
        stands_as = {difference.missile_class} if difference and difference.missile_class else None
        if (stands_as or ADMITTED[entry.event]) & BALLISTIC:
            in_csis.add(difference.day if difference and difference.day else entry.day)
    ours = {
        record.event_date for record in launches if record.attributes["missile_class"] in BALLISTIC
    }
    assert ours - in_csis == set()


def test_named_differences_still_hold(
    entries: tuple[Entry, ...],
    launches: tuple[Record, ...],
    differences: tuple[Difference, ...],
) -> None:
    classes = classes_by_day(launches)
    named = [item for item in differences if item.entry is not None]
    assert len({item.entry for item in named}) == len(named)
    assert len({item.day for item in differences if item.entry is None}) + len(named) == len(
        differences
    )
    for item in named:
        assert item.entry is not None
        assert item.entry in entries, item
        assert item.reason
        if item.is_unrecorded or item.day is not None:
            assert item.entry.day not in classes, f"{item.entry} has a record on its own day"
        if item.missile_class is not None:
            day = item.day or item.entry.day
            assert not ADMITTED[item.entry.event] & classes[day], f"{item.entry} is of its class"


def test_no_label_of_csis_is_unknown(entries: tuple[Entry, ...]) -> None:
    assert {entry.event for entry in entries} <= set(ADMITTED)


def test_the_nuclear_tests_agree(entries: tuple[Entry, ...], launches: tuple[Record, ...]) -> None:
    in_csis = {entry.day for entry in entries if entry.event.startswith("Nuclear Test")}
    ours = [record.event_date for record in launches if record.category == "nuclear_test"]
    assert sorted(in_csis) == ours
    # Each was announced by North Korea and detected by the stations of the CTBTO.
    assert [day.isoformat() for day in ours] == [
        "2006-10-09", "2009-05-25", "2013-02-12", "2016-01-06", "2016-09-09", "2017-09-03",
    ]  # fmt: skip


# -- against CNS ---------------------------------------------------------------------------------

# Days whose number of missiles is that of the announcements and not of CNS: it counts a salvo of
# August 2014 and its like as one, and a failure at launch that Japan did not count.
OTHER_COUNTS = {"2014-06-26", "2014-08-14", "2014-09-06", "2017-03-06"}


@pytest.fixture(scope="module")
def cns(shared_data: Path) -> Counter[date]:
    """Missiles by day in Korea since the start of the study."""
    with (shared_data / CNS_FILE).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    assert len(rows) == 339
    return Counter(date.fromisoformat(row["date_kst"]) for row in rows if row["date_kst"] >= "1998")


def test_every_day_of_cns_is_a_ballistic_day_or_a_named_difference(
    cns: Counter[date], launches: tuple[Record, ...]
) -> None:
    content = tomllib.loads((FOLDER / "missile_launches.toml").read_text(encoding="utf-8"))
    named = {item["cns_date"]: item["date"] for item in content["notes"]["differences_from_cns"]}
    assert all(item["reason"] for item in content["notes"]["differences_from_cns"])
    ours = {
        record.event_date for record in launches if record.attributes["missile_class"] in BALLISTIC
    }
    assert set(cns) - ours == set(named)
    for there, here in named.items():
        assert here in ours
        assert abs(there - here).days == 1


def test_the_numbers_of_missiles_are_those_of_cns(
    cns: Counter[date], launches: tuple[Record, ...]
) -> None:
    counted: dict[date, list[str]] = defaultdict(list)
    for record in launches:
        if record.attributes["missile_class"] in BALLISTIC:
            counted[record.event_date].append(record.attributes.get("n_missiles", ""))
    differ, same = set(), 0
    for day, numbers in counted.items():
        if day not in cns or not all(numbers):
            continue
        if sum(map(int, numbers)) == cns[day]:
            same += 1
        else:
            differ.add(day.isoformat())
    assert differ == OTHER_COUNTS
    assert same > 100


# -- against the public record -------------------------------------------------------------------


def test_the_intercontinental_missiles_are_exact(launches: tuple[Record, ...]) -> None:
    # Announcements of South Korea's Joint Chiefs of Staff and defence ministry (16 March 2022: in
    # parliament on 29 March); 2006: the Taepodong-2.
    assert days_where(launches, missile_class="ICBM") == [
        "2006-07-05", "2017-07-04", "2017-07-28", "2017-11-29", "2022-03-16", "2022-03-24",
        "2022-05-25", "2022-11-03", "2022-11-18", "2023-02-18", "2023-03-16", "2023-04-13",
        "2023-07-12", "2023-12-18", "2024-10-31",
    ]  # fmt: skip


def test_the_satellite_launches_are_exact(launches: tuple[Record, ...]) -> None:
    assert days_where(launches, missile_class="SLV") == [
        "1998-08-31", "2009-04-05", "2012-04-13", "2012-12-12", "2016-02-07", "2023-05-31",
        "2023-08-24", "2023-11-21", "2024-05-27",
    ]  # fmt: skip
    # Kwangmyongsong-3 unit 2 (COSPAR 2012-072A), Kwangmyongsong-4 (2016-009A), Malligyong-1
    # (2023-179A).
    assert days_where(launches, missile_class="SLV", outcome="success") == [
        "2012-12-12", "2016-02-07", "2023-11-21",
    ]  # fmt: skip


def test_the_overflights_of_japan_are_exact(launches: tuple[Record, ...]) -> None:
    # Announcements of Japan's government; over the Okinawa islands in 2012, 2016 and 2023.
    assert days_where(launches, overflew_japan="true") == [
        "1998-08-31", "2009-04-05", "2012-12-12", "2016-02-07", "2017-08-29", "2017-09-15",
        "2022-10-04", "2023-08-24", "2023-11-21",
    ]  # fmt: skip


def test_the_falls_into_the_exclusive_economic_zone_are_exact(
    launches: tuple[Record, ...],
) -> None:
    # Announcements of Japan's Ministry of Defense.
    assert days_where(launches, landed_in_japan_eez="true") == [
        "2016-08-03", "2016-09-05", "2017-03-06", "2017-05-29", "2017-07-04", "2017-07-28",
        "2017-11-29", "2019-10-02", "2021-09-15", "2022-03-24", "2022-11-18", "2023-02-18",
        "2023-06-15",
    ]  # fmt: skip


def test_the_rule_of_the_settings_sets_the_targets(launches: tuple[Record, ...]) -> None:
    targets = {record.record_id: record.actor2 for record in launches}
    assert targets["prk-missile-launch-2022-09-28-srbm"] == ("KOR",)
    # A short-range missile that fell into Japan's exclusive economic zone.
    assert targets["prk-missile-launch-2023-06-15-srbm"] == ("JPN", "KOR")
    assert targets["prk-missile-launch-2023-03-16-icbm"] == ("JPN", "KOR", "USA")
    assert {record.cameo_code for record in launches} == {"150"}
    assert {record.actor1 for record in launches} == {("PRK",)}
    assert all(record.rule == "missile_launch" for record in launches)


def test_the_file_is_sorted_and_names_its_records_by_day_and_class(
    launches: tuple[Record, ...],
) -> None:
    keys = [(record.event_date, record.record_id) for record in launches]
    assert keys == sorted(keys)
    assert len({record.record_id for record in launches}) == len(launches)
    day_and_class = {(record.event_date, record.attributes["missile_class"]) for record in launches}
    assert len(day_and_class) == len(launches)
    prefixes = {
        "missile_launch": "prk-missile-launch-",
        "satellite_launch": "prk-satellite-launch-",
        "nuclear_test": "prk-nuclear-test-",
    }
    for record in launches:
        expected = f"{prefixes[record.category]}{record.event_date}"
        assert re.fullmatch(rf"{expected}(-[a-z]+)?", record.record_id)


def test_the_category_follows_the_class(launches: tuple[Record, ...]) -> None:
    special = {"SLV": "satellite_launch", "nuclear": "nuclear_test"}
    for record in some(launches):
        missile_class = record.attributes["missile_class"]
        assert record.category == special.get(missile_class, "missile_launch")
