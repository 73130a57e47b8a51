"""The hand-kept records against themselves and against witnesses who do not know them.

A record's name holds its day and its states, which were written down twice: once in the name, once
in the columns. The days of incidents are compared with CSIS Beyond Parallel, those of all records
of two years with the events that ICEWS took from the press. The CSIS and ICEWS files are reference
files (producers and licences stand in the README there).
"""

from __future__ import annotations

import calendar
import csv
import re
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from detente import settings
from detente.records import sidecar
from detente.records.parsing import parse
from detente.records.record import Record, Vocabulary
from tests.support.some import some
from tests.support.studies import ROOT

FOLDER = ROOT / "data" / "raw" / "records"
FILES = sorted(path.stem for path in FOLDER.glob("*.csv"))
DAY = timedelta(days=1)
MONTHS = list(calendar.month_name)[1:]

# Hosts that gather what others wrote, or that are no publication: a record rests on none of them.
NO_SOURCES = (
    "wikipedia.org", "wikinews.org", "blogspot.", "wordpress.", "newsrebeat.com", "exbulletin.com",
    "bmglobalnews.com", "tellerreport.com", "inkl.com", "menafn.com", "marketscreener.com",
    "poandpo.com", "enenews.com", "redcensor.com", "see.news", "ssj.news", "vietnam.vn",
    "newser.com", "docslib.org", "studylib.net", "mondaq.com", "lexology.com", "news.yahoo.com",
    "corpora.tika.apache.org", "dailymotion.com", "koogle.tv",
)  # fmt: skip

# What CSIS lists under other provocations and the file of security acts leaves out, by its rules.
LEFT_OUT = {
    "2001-09-19": "soldiers across the line: accounts of the day differ",
    "2001-09-20": "soldiers across the line: accounts of the day differ",
    "2003-08-23": "warning shots in August 2003: the day is not certain",
    "2010-01-31": "a no-sail zone, without an act towards another state",
    "2022-03-20": "rocket artillery",
    "2022-06-12": "rocket artillery",
    "2022-07-10": "rocket artillery",
    "2024-03-07": "an exercise of North Korea alone",
    "2024-03-08": "an exercise of North Korea alone",
    "2024-03-18": "ballistic missiles, in the file of launches",
    "2024-06-11": "the report on the crossing of 9 June",
    "2024-08-12": "the balloons of 10 August, dated by the report",
    "2025-10-23": "the crossing of 19 October, dated by the report",
}
# Types of CSIS that are no act of the file of security acts.
NO_SECURITY_ACTS = {
    "Rocket Engine Test", "Underwater nuclear attack drone", "Satellite Launch",
    "Multiple Lanuch Rocket System (MLRS) Test", "Nuclear-powered submarine",
    "Uranium Facility Visit", "Multiple Independently Targetable Rentry Vehicle (MIRV) Test",
    "Controlled Rocket Experiment", "Nuclear Detonation Device", "Nuclear Fuel Reactor Operation",
    "Tactical Ballistic Missile Launcher Deployment",
}  # fmt: skip
COUNTRIES = {
    "China": "CHN", "Japan": "JPN", "South Korea": "KOR", "North Korea": "PRK",
    "United States": "USA",
}  # fmt: skip


@pytest.fixture(scope="module")
def files() -> dict[str, tuple[Record, ...]]:
    study = settings.load(ROOT / "detente.toml")
    vocabulary = Vocabulary(
        frozenset(_column("actors.csv", "iso3")), frozenset(_column("cameo.csv", "cameo_code"))
    )
    read = {}
    for name in FILES:
        parsed = parse(
            (FOLDER / f"{name}.csv").read_bytes(),
            sidecar.read(FOLDER / f"{name}.toml"),
            vocabulary,
            study.study.start,
        )
        assert parsed.rejections == ()
        read[name] = parsed.records
    return read


def _column(name: str, column: str) -> list[str]:
    path = ROOT / "data" / "raw" / "reference" / name
    with path.open(encoding="utf-8", newline="") as stream:
        return [row[column] for row in csv.DictReader(stream)]


def _ordered(row: Record) -> list[str]:
    """Return the states of a record, actors first, in small letters."""
    return list(dict.fromkeys(one.lower() for one in (*row.actor1, *row.actor2)))


def _faults(name: str, row: Record) -> list[str]:
    """Say where the name of a record and its columns do not agree."""
    faults = []
    if row.event_date.isoformat() not in row.record_id:
        faults.append("day")
    states = {one.lower() for one in ("CHN", "JPN", "KOR", "PRK", "USA", "TWN")}
    told = list(dict.fromkeys(part for part in row.record_id.split("-") if part in states))
    if name == "missile_launches":
        expected = ["prk"]
    elif name == "summits":
        told, expected = sorted(told), sorted(_ordered(row))
    else:
        # The sorted actors of `Record` stand in the name as the file has them: sorted as well.
        expected = _ordered(row)
    if told != expected:
        faults.append("states")
    if row.cameo_code == "042" and name == "summits":
        country = COUNTRIES[row.attributes["place"].split(", ")[-1]]
        if row.actor2 != (country,):
            faults.append("host")
    return faults


def test_the_names_hold_the_day_and_the_states(files: dict[str, tuple[Record, ...]]) -> None:
    faults = {
        row.record_id: found
        for name, rows in files.items()
        for row in rows
        if (found := _faults(name, row))
    }
    assert faults == {}


def test_a_day_moved_and_states_exchanged_are_noticed(
    files: dict[str, tuple[Record, ...]],
) -> None:
    n_moved = n_exchanged = 0
    for name, rows in files.items():
        for row in rows:
            assert "day" in _faults(name, replace(row, event_date=row.event_date + DAY))
            n_moved += 1
            if row.actor1 == row.actor2 or name == "missile_launches":
                continue
            exchanged = replace(row, actor1=row.actor2, actor2=row.actor1)
            if name != "summits" or row.cameo_code == "042":
                assert _faults(name, exchanged), row.record_id
                n_exchanged += 1
    assert n_moved > 2000
    assert n_exchanged > 1000


def test_links_between_records_lead_to_earlier_acts_of_the_same_states(
    files: dict[str, tuple[Record, ...]],
) -> None:
    by_id = {row.record_id: row for rows in files.values() for row in rows}
    n = 0
    for row in by_id.values():
        for column in ("restores", "carries_out"):
            for name in filter(None, row.attributes.get(column, "").split(";")):
                earlier = by_id[name]
                assert earlier.event_date <= row.event_date, (row.record_id, name)
                assert set(_ordered(earlier)) & set(_ordered(row)), (row.record_id, name)
                n += 1
        occasion = row.attributes.get("occurrence_id")
        assert occasion is None or occasion in by_id, row.record_id
    assert n > 150


def test_each_occasion_has_more_than_one_record(files: dict[str, tuple[Record, ...]]) -> None:
    of: dict[str, list[Record]] = defaultdict(list)
    for rows in files.values():
        for row in rows:
            if "occurrence_id" in row.attributes:
                of[row.attributes["occurrence_id"]].append(row)
    for name, together in some(of.items()):
        assert len(together) > 1, name
        assert name in {row.record_id for row in together}
        days = [row.event_date for row in together]
        ends = [row.end_date or row.event_date for row in together]
        assert max(days) <= max(ends)
        assert max(days) - min(days) <= 10 * DAY, name


# What the first verb of a title says, and the codes that say the same.
VERBS = {
    "summons|calls in|protests|lodges": {"114"},
    "demands": {"100", "101", "102", "103", "104", "105", "106", "107", "108"},
    "rejects": {"120", "121", "122", "123", "124", "125", "126", "127", "128", "129"},
    "denounces|criticises|condemns": {"111"},
    "apologises": {"055"},
}


def test_the_verb_of_a_title_agrees_with_the_code(files: dict[str, tuple[Record, ...]]) -> None:
    verb = re.compile("|".join(rf"(?P<v{i}>\b(?:{words})\b)" for i, words in enumerate(VERBS)))
    codes = list(VERBS.values())
    read = [
        (row, codes[int(str(found.lastgroup)[1:])])
        for row in files["statements"]
        if (found := verb.search(row.title))
    ]
    assert len(read) > 150
    wrong = [(row.record_id, row.cameo_code) for row, fit in read if row.cameo_code not in fit]
    assert wrong == []


def test_a_restriction_is_announced_two_days_or_more_before_it_takes_effect(
    files: dict[str, tuple[Record, ...]],
) -> None:
    # The rule of the trade file: what takes effect on the same or the next day has one record.
    by_id = {row.record_id: row for row in files["trade_measures"]}
    pairs = [
        (by_id[name], row)
        for row in by_id.values()
        for name in filter(None, row.attributes.get("carries_out", "").split(";"))
        if by_id[name].cameo_code == "1312"
    ]
    assert len(pairs) > 30
    assert [
        row.record_id for first, row in pairs if row.event_date - first.event_date < 2 * DAY
    ] == []


# -- sources -------------------------------------------------------------------------------------


def test_every_record_has_a_kind_of_source_and_none_an_encyclopaedia(
    files: dict[str, tuple[Record, ...]],
) -> None:
    rows = [row for file in files.values() for row in file]
    assert [row.record_id for row in rows if "source_kind" not in row.attributes] == []
    general = [row for row in rows if "wikipedia" in row.source_url + row.source_name.lower()]
    assert len(general) < 0.10 * len(rows)
    primary = [row for row in rows if row.attributes["source_kind"] == "primary"]
    assert len(primary) > len(rows) / 2


def test_nothing_rests_on_an_aggregator(files: dict[str, tuple[Record, ...]]) -> None:
    hosts = {
        urlsplit(row.source_url).netloc for rows in files.values() for row in rows if row.source_url
    }
    bad = [host for host in hosts if any(one in host for one in NO_SOURCES)]
    assert bad == []
    assert [host for host in hosts if host.split(".")[0] in ("stage", "staging", "test")] == []


def _dates_of_source(row: Record) -> list[date]:
    """Return the days that the address and the name of a source hold."""
    found = []
    number = r"((?:19|20)\d\d)[-/]?(0[1-9]|1[0-2])[-/]?(0[1-9]|[12]\d|3[01])"
    # Yonhap's addresses go on with digits after the day; elsewhere that would be another number.
    for pattern in (rf"(?<!\d){number}(?!\d)", rf"AEN{number}"):
        for year, month, day in re.findall(pattern, row.source_url):
            found.append(date(int(year), int(month), int(day)))
    words = rf"(\d{{1,2}}) ({'|'.join(MONTHS)}) (\d{{4}})"
    for day, month, year in re.findall(words, row.source_name):
        found.append(date(int(year), MONTHS.index(month) + 1, int(day)))
    return found


def test_no_source_is_older_than_the_act(files: dict[str, tuple[Record, ...]]) -> None:
    older = [
        (row.record_id, row.source_name, row.source_url)
        for rows in files.values()
        for row in rows
        # A day's grace: a paper may bear the day of another time zone.
        if (days := _dates_of_source(row)) and max(days) < row.event_date - DAY
    ]
    assert older == []


# -- witnesses -----------------------------------------------------------------------------------


def test_incidents_stand_on_the_days_of_csis(
    files: dict[str, tuple[Record, ...]], shared_data: Path
) -> None:
    path = shared_data / "nk" / "csis_provocations_1958_present.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        listed: dict[date, set[str]] = defaultdict(set)
        named: list[str] = []
        for row in csv.DictReader(stream, strict=True):
            if row["type"] == "Other Provocation" and row["date"] >= "1998":
                named.append(row["resources"])
                listed[date.fromisoformat(row["date"])].add(row["event"])
    ours: set[date] = set()
    for act in files["security"]:
        if "PRK" in (*act.actor1, *act.actor2):
            last = act.end_date or act.event_date
            ours |= {act.event_date + n * DAY for n in range((last - act.event_date).days + 1)}
    missing = {
        day.isoformat()
        for day, kinds in listed.items()
        if kinds - NO_SECURITY_ACTS and not {day - DAY, day, day + DAY} & ours
    }
    assert missing == set(LEFT_OUT)
    # What cites CSIS, or a report that CSIS names, is found there, mostly on the very day; so are
    # the balloons of 2024, which the Joint Chiefs of Staff announced.
    cited = [
        act
        for act in files["security"]
        if "beyondparallel" in act.source_url
        or (act.source_url and any(act.source_url in one for one in named))
        or (act.attributes["kind"] == "balloon" and act.event_date.year == 2024)
    ]
    assert len(cited) > 60
    found = [act for act in cited if {act.event_date + n * DAY for n in (-1, 0, 1)} & set(listed)]
    assert {act.event_date.isoformat() for act in cited} - {
        act.event_date.isoformat() for act in found
    } == {"2024-08-10"}
    assert sum(act.event_date in listed for act in cited) >= 0.85 * len(cited)


def test_the_press_saw_the_records_on_their_own_days(
    files: dict[str, tuple[Record, ...]], shared_data: Path
) -> None:
    """Of no other day within a fortnight do as many pairs have an event in ICEWS.

    The ICEWS file is a benchmark cut to frequent actors, so that it knows about half of the
    records; a record whose day were wrong would find its pair no oftener than by chance.
    """
    path = shared_data / "witness" / "icews_nea_2013-11_2015-12.csv"
    seen: dict[frozenset[str], set[date]] = defaultdict(set)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            seen[frozenset((row["actor1"], row["actor2"]))].add(
                date.fromisoformat(row["event_date"])
            )
    acts = [
        (row.event_date, {frozenset((a, b)) for a in row.actor1 for b in row.actor2 if a != b})
        for rows in files.values()
        for row in rows
        if date(2013, 12, 15) <= row.event_date <= date(2015, 12, 10)
    ]
    assert len(acts) > 100

    def hits(shift: int) -> int:
        return sum(any(day + shift * DAY in seen[pair] for pair in pairs) for day, pairs in acts)

    own = hits(0)
    others = {shift: hits(shift) for shift in range(-14, 15) if shift}
    assert own > max(others.values())
    far = [n for shift, n in others.items() if abs(shift) > 3]
    mean = sum(far) / len(far)
    spread = (sum((n - mean) ** 2 for n in far) / (len(far) - 1)) ** 0.5
    assert own > mean + 3 * spread
