"""Exports of single states that end on different days, through the command line."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.command import detente_here
from tests.unit.test_as_programs_leave_them import ACLED, Row, written

pytestmark = pytest.mark.slow

FORCES = {
    "ISR": "Military Forces of Israel (2022-)",
    "SYR": "Military Forces of Syria (2000-2024)",
    "IRN": "Military Forces of Iran (1989-)",
    "USA": "Military Forces of the United States (2017-2021)",
    "SDN": "Military Forces of Sudan (1993-2019)",
    "SSD": "Military Forces of South Sudan (2011-)",
}


def _events(country: str, days: list[date], prefix: str, *pairs: str) -> bytes:
    """Return a table of one event a day on the soil of a state; the pairs take turns."""
    rows: list[Row] = []
    for number, day in enumerate(days, start=1):
        one, other = pairs[number % len(pairs)].split("-")
        rows.append(
            {
                **ACLED, "event_id_cnty": f"{prefix}{number}", "event_date": f"{day}",
                "year": f"{day.year}", "country": country, "actor1": FORCES[one],
                "actor2": FORCES[other],
            }
        )  # fmt: skip
    return written(rows).encode()


def _export(country: str, days: list[date], prefix: str) -> bytes:
    return _events(country, days, prefix, "ISR-SYR", "IRN-SYR")


def _run(folder: Path, *words: str, code: int = 0) -> str:
    done = detente_here(folder, *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _study(folder: Path, focal: str = "ISR-SYR", others: str = "IRN", start: int = 2023) -> Path:
    """Begin a study in an empty folder; return the folder of its exports."""
    actors = f"{focal.replace('-', ',')},{others}".strip(",")
    _run(folder, "init", "--name", "Study", "--actors", actors, "--focal", focal,
         "--start", f"{start}", "--source", "acled")  # fmt: skip
    settings = folder / "detente.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + "\n[inference]\nenabled = false\n", encoding="utf-8")
    exports = folder / "data" / "raw" / "downloads" / "acled"
    exports.mkdir(parents=True, exist_ok=True)
    return exports


def _months(folder: Path, pair: str) -> dict[str, tuple[str, str]]:
    """Return by month whether it is complete, and how many events are known."""
    text = _run(folder, "index", *pair.split("-"), "--freq", "month", "--source", "acled", "--csv")
    return {
        row["period_start"][:7]: (row["is_complete"].lower(), row["n_events"])
        for row in csv.DictReader(io.StringIO(text))
    }


def _values(folder: Path) -> str:
    return _run(folder, "sql", "--csv", "from marts.dyad_value order by all")


def test_a_pair_is_complete_as_far_as_the_exports_of_both_of_its_states(tmp_path: Path) -> None:
    folder, exports = tmp_path, _study(tmp_path)
    start = date(2023, 1, 1)
    all_year = [start + timedelta(days=5 * n) for n in range(73)]
    for country in ("Syria", "Iran"):
        (exports / f"2023-01-01-2023-12-31-{country}.csv").write_bytes(
            _export(country, all_year, country[:3])
        )
    half = [day for day in all_year if day < date(2023, 6, 30)]
    israel = exports / "2023-01-01-2023-12-31-Israel.csv"
    israel.write_bytes(_export("Israel", half, "ISR"))
    _run(folder, "refresh", "--offline")
    short, whole = _months(folder, "ISR-SYR"), _months(folder, "IRN-SYR")
    assert short["2023-05"] == ("true", "9")  # seven days, three exports, half of them this pair
    # Acts on the soil of Syria and Iran are shown; what happened on Israel's nobody knows.
    assert {short[f"2023-{n:02}"][0] for n in range(7, 13)} == {"false"}
    assert all(int(short[f"2023-{n:02}"][1]) >= 6 for n in range(7, 12))
    assert {whole[f"2023-{n:02}"][0] for n in range(1, 12)} == {"true"}
    # No act is between the two: zero as far as both are known, then unknown.
    none = _months(folder, "IRN-ISR")
    assert (none["2023-05"], none["2023-08"]) == (("true", "0"), ("false", ""))
    told = "no file of ISR has the days from 2023-06-26 to 2023-12-27"
    plan = json.loads(_run(folder, "plan", "--offline", "--json"))
    assert [(one["action"], told in one["reason"]) for one in plan] == [("lacks states", True)]
    assert told in " ".join(_run(folder, "doctor").split())
    gaps = _run(folder, "sql", "--csv",
                "select actor1_iso3, actor2_iso3, iso3, first_day, reason from meta.dyad_gap "
                "order by all").splitlines()  # fmt: skip
    assert gaps[1:] == [
        f"{pair},ISR,2023-06-26,no file of the state" for pair in ("IRN,ISR", "ISR,SYR")
    ]
    (status,) = csv.DictReader(io.StringIO(_run(folder, "sql", "--csv", "from data_status")))
    assert (status["complete_to"], status["n_dyads_short"]) == ("2023-12-27", "2")
    # The same export up to the year's end: the pair's months are counted.
    israel.unlink()
    (exports / "2023-01-01-2023-12-31-Israel (1).csv").write_bytes(
        _export("Israel", all_year, "ISR")
    )
    _run(folder, "refresh", "--offline")
    assert {one for one, _ in list(_months(folder, "ISR-SYR").values())[:11]} == {"true"}
    assert "no file of" not in _run(folder, "plan", "--offline")
    # What was brought up to date is what a build from nothing gives.
    updated = _values(folder)
    _run(folder, "refresh", "--offline", "--full")
    assert _values(folder) == updated


def test_a_state_without_an_event_is_unknown_and_named(tmp_path: Path) -> None:
    exports = _study(tmp_path)
    days = [date(2023, 1, 1) + timedelta(days=5 * n) for n in range(73)]
    (exports / "2023-01-01-2023-12-31-Syria.csv").write_bytes(_export("Syria", days, "SYR"))
    _run(tmp_path, "refresh", "--offline")
    (told,) = json.loads(_run(tmp_path, "plan", "--offline", "--json"))
    assert "no event of its files took place in IRN, ISR" in told["reason"]
    assert _months(tmp_path, "ISR-SYR")["2023-05"] == ("false", "3")
    assert _months(tmp_path, "IRN-ISR")["2023-05"] == ("false", "")


def _mirror(folder: Path, years: dict[int, bytes]) -> None:
    """Let the source be a folder of years that were fetched without a choice of countries."""
    mirror = folder / "mirror"
    mirror.mkdir()
    for year, text in years.items():
        (mirror / f"acled_{year}.csv").write_bytes(text)
    settings = folder / "detente.toml"
    lines = settings.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.strip() == "[sources.acled]")
    lines.insert(at + 1, f'base_url = "{mirror.as_uri()}/"\n')
    settings.write_text("".join(lines), encoding="utf-8")


def _each_fifth_day(year: int) -> list[date]:
    return [date(year, 1, 1) + timedelta(days=5 * n) for n in range(73)]


def test_years_before_acled_covers_a_state_are_unknown_for_its_pairs(tmp_path: Path) -> None:
    """The United States from 2020 on, Israel from 2016, Syria from 2017."""
    _study(tmp_path, "ISR-USA", "SYR", start=2016)
    _mirror(tmp_path, {
        year: _events("Israel", _each_fifth_day(year), f"ISR{year}x", *pairs)
        for year, pairs in {
            2016: ("ISR-SYR",), 2017: ("ISR-SYR",), 2018: ("ISR-USA", "ISR-SYR"),
            2019: ("ISR-SYR",), 2020: ("ISR-SYR",), 2021: ("ISR-SYR",),
        }.items()
    })  # fmt: skip
    _run(tmp_path, "backfill", "--source", "acled", "--start", "2016-01-01", "--end", "2021-12-31")
    found = _months(tmp_path, "ISR-USA")
    assert {found[f"{year}-{n:02}"] for year in (2016, 2017, 2019) for n in range(1, 13)} == {
        ("false", "")
    }
    assert found["2018-05"] == ("false", "3")
    assert {found[f"2020-{n:02}"] for n in range(1, 13)} == {("true", "0")}
    other = _months(tmp_path, "ISR-SYR")
    assert (other["2016-05"][0], other["2017-05"][0]) == ("false", "true")
    # The doctor has nothing to say that anybody could mend.
    assert "nobody can tell" not in _run(tmp_path, "doctor")


def test_a_series_begins_with_the_younger_state(tmp_path: Path) -> None:
    _study(tmp_path, "SDN-SSD", "", start=2010)
    _mirror(tmp_path, {
        year: _events("Sudan", _each_fifth_day(year), f"SUD{year}x", "SDN-SSD")
        if year == 2012
        else _events("Sudan", _each_fifth_day(year), f"SUD{year}x", "SDN-USA")
        for year in (2010, 2011, 2012)
    })  # fmt: skip
    _run(tmp_path, "backfill", "--source", "acled", "--start", "2010-01-01", "--end", "2012-12-31")
    found = _months(tmp_path, "SDN-SSD")
    before = [f"2010-{n:02}" for n in range(1, 13)] + [f"2011-{n:02}" for n in range(1, 8)]
    assert {found[month] for month in before} == {("false", "")}
    assert {found[f"2011-{n:02}"] for n in range(8, 13)} == {("true", "0")}
    assert found["2012-05"] == ("true", "6")
    reasons = _run(tmp_path, "sql", "--csv",
                   "select iso3, first_day, last_day, reason from meta.dyad_gap "
                   "order by all").splitlines()  # fmt: skip
    assert reasons[1:] == [
        "SSD,2010-01-01,2010-12-31,before the source covers the state",
        "SSD,2010-01-01,2011-07-08,the state did not exist",
    ]


def test_a_source_that_is_refused_row_by_row_ends_the_command_with_1(tmp_path: Path) -> None:
    """It is a problem of the doctor too; one row among twenty-one is a note."""
    exports = _study(tmp_path)
    text = _export("Syria", [date(2023, 3, 1)] * 20, "SYR")
    (exports / "acled_syria.csv").write_bytes(text.replace(b"2023-03-01", b"03/04/2023"))
    told = detente_here(tmp_path, "refresh", "--offline")
    assert told.returncode == 1
    assert "none of acled (every row refused) is loaded" in " ".join(told.stderr.split())
    found = json.loads(_run(tmp_path, "doctor", "--json", code=1))
    severities = {one["severity"] for one in found if "refused for" in one["message"]}
    assert severities == {"problem"}
    (exports / "acled_more.csv").write_bytes(_export("Syria", [date(2023, 3, 1)] * 400, "SY"))
    _run(tmp_path, "refresh", "--offline")
    found = json.loads(_run(tmp_path, "doctor", "--json"))
    severities = {one["severity"] for one in found if "refused for" in one["message"]}
    assert severities == {"note"}


def test_events_where_nothing_can_be_known_have_no_index_and_are_told(tmp_path: Path) -> None:
    """South Sudan before July 2011, and an export of a state from before the source covers it."""
    exports = _study(tmp_path, "SDN-SSD", "SYR", start=2010)
    for year in (2010, 2012):
        (exports / f"acled_{year}_sudan.csv").write_bytes(
            _events("Sudan", _each_fifth_day(year), f"SUD{year}x", "SDN-SSD")
        )
    (exports / "acled_2012_syria.csv").write_bytes(
        _events("Syria", _each_fifth_day(2012), "SYR2012x", "SDN-SYR")
    )
    _run(tmp_path, "refresh", "--offline")
    told = " ".join(_run(tmp_path, "doctor").split())
    assert "73 events are dated 2010-01-01 to 2011-07-08, when SSD was not independent" in told
    assert (
        "acled/acled_2012_syria.csv has events in SYR before 2017-01-01, from when on the source "
        "is said to cover the state" in told
    )
    # Neither a number nor an interval around none.
    columns = "n_events, net, net_lo, net_hi, n_occurrences, interval_rule"
    for view in ("marts.dyad_month", "marts.dyad_year"):
        query = (
            f"select distinct {columns} from {view} "
            "where period_start < '2011-01-01' and actor2_iso3 = 'SSD'"
        )
        assert _run(tmp_path, "sql", "--csv", query).splitlines()[1:] == [",,,,,none"]
    # The day corrected in the study's own table: the months count.
    own = tmp_path / "data" / "raw" / "reference"
    own.mkdir(parents=True)
    (own / "state_coverage.csv").write_text("source,iso3,first_day\n", encoding="utf-8")
    (own / "state_spells.csv").write_text("iso3,first_day,last_day,gwcode_gw\n", encoding="utf-8")
    _run(tmp_path, "refresh", "--offline")
    told = _run(tmp_path, "doctor")
    assert "independent" not in told
    assert "said to" not in told


def test_files_with_numbers_that_acled_no_longer_uses_are_named(tmp_path: Path) -> None:
    exports = _study(tmp_path)
    days = [date(2023, 1, 1) + timedelta(days=5 * n) for n in range(73)]
    for country in ("Syria", "Israel", "Iran"):
        text = _export(country, days, country[:3])
        (exports / f"2023-01-01-2023-12-31-{country}.csv").write_bytes(text)
    old = _export("Syria", days[:9], "").replace(b"\r\n", b"\n")
    lines = old.decode().split("\n")
    lines = [f"{line[0]}SYR{line[1:]}" if line[:1].isdigit() else line for line in lines]
    (exports / "acled_2023_old.csv").write_text("\n".join(lines), encoding="utf-8")
    _run(tmp_path, "refresh", "--offline")
    assert _months(tmp_path, "ISR-SYR")["2023-01"] == ("true", "9")  # three exports, as without it
    plan = json.loads(_run(tmp_path, "plan", "--offline", "--json"))
    told = [one["reason"] for one in plan if one["action"] == "old numbers"]
    assert len(told) == 1
    said = "1 file (acled/acled_2023_old.csv) has event numbers that the provider no longer uses"
    assert said in told[0]
    assert said in " ".join(_run(tmp_path, "doctor").split())
