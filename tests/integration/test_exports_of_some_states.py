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

ECUADOR, PERU = "Military Forces of Ecuador (2021-2023)", "Military Forces of Peru (2022-)"


def _export(country: str, days: list[date], prefix: str) -> bytes:
    rows: list[Row] = [
        {
            **ACLED, "event_id_cnty": f"{prefix}{number}", "event_date": f"{day}", "year": "2023",
            "country": country, "actor1": ECUADOR if number % 2 else PERU,
            "actor2": PERU if number % 2 else ECUADOR,
        }
        for number, day in enumerate(days, start=1)
    ]  # fmt: skip
    return written(rows).encode()


def _run(folder: Path, *words: str, code: int = 0) -> str:
    done = detente_here(folder, *words)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def _study(folder: Path) -> Path:
    """Begin a study in an empty folder; return the folder of its exports."""
    _run(folder, "init", "--name", "Andes", "--actors", "ECU,PER,COL", "--focal", "ECU-PER",
         "--start", "2023", "--source", "acled")  # fmt: skip
    settings = folder / "detente.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + "\n[inference]\nenabled = false\n", encoding="utf-8")
    exports = folder / "data" / "raw" / "downloads" / "acled"
    exports.mkdir(parents=True, exist_ok=True)
    return exports


def _months(folder: Path) -> dict[str, str]:
    text = _run(folder, "index", "ECU", "PER", "--freq", "month", "--source", "acled", "--csv")
    return {row["period_start"]: row["n_events"] for row in csv.DictReader(io.StringIO(text))}


def test_months_that_one_state_s_export_does_not_reach_are_unknown(tmp_path: Path) -> None:
    folder, exports = tmp_path, _study(tmp_path)
    start = date(2023, 1, 1)
    all_year = [start + timedelta(days=5 * n) for n in range(73)]
    (exports / "2023-01-01-2023-12-31-Peru.csv").write_bytes(_export("Peru", all_year, "PER"))
    half = [day for day in all_year if day < date(2023, 6, 25)]
    ecuador = exports / "2023-01-01-2023-12-31-Ecuador.csv"
    ecuador.write_bytes(_export("Ecuador", half, "ECU"))
    _run(folder, "refresh", "--offline")
    months = _months(folder)
    assert months["2023-05-01"] == "14"  # seven days, two exports
    assert {months[f"2023-{n:02}-01"] for n in range(7, 13)} == {""}
    told = "no file of ECU has the days from 2023-06-21 to 2023-12-27"
    plan = json.loads(_run(folder, "plan", "--offline", "--json"))
    assert [one["action"] for one in plan] == ["lacks states"] * 2
    assert told in plan[0]["reason"]
    assert "no event of its files took place in COL" in plan[1]["reason"]
    doctor = _run(folder, "doctor")
    assert told in " ".join(doctor.split())
    # The same export up to the year's end: the pair's months are counted.
    ecuador.unlink()
    (exports / "2023-01-01-2023-12-31-Ecuador (1).csv").write_bytes(
        _export("Ecuador", all_year, "ECU")
    )
    _run(folder, "refresh", "--offline")
    assert all(int(n) >= 10 for n in _months(folder).values())
    assert "no file of" not in _run(folder, "plan", "--offline")


def test_a_source_that_is_refused_row_by_row_ends_the_command_with_1(tmp_path: Path) -> None:
    """It is a problem of the doctor too; one row among twenty-one is a note."""
    exports = _study(tmp_path)
    text = _export("Peru", [date(2023, 3, 1)] * 20, "PER")
    (exports / "acled_peru.csv").write_bytes(text.replace(b"2023-03-01", b"03/04/2023"))
    told = detente_here(tmp_path, "refresh", "--offline")
    assert told.returncode == 1
    assert "none of acled (every row refused) is loaded" in " ".join(told.stderr.split())
    found = json.loads(_run(tmp_path, "doctor", "--json", code=1))
    severities = {one["severity"] for one in found if "refused for" in one["message"]}
    assert severities == {"problem"}
    (exports / "acled_more.csv").write_bytes(_export("Peru", [date(2023, 3, 1)] * 400, "PE"))
    _run(tmp_path, "refresh", "--offline")
    found = json.loads(_run(tmp_path, "doctor", "--json"))
    severities = {one["severity"] for one in found if "refused for" in one["message"]}
    assert severities == {"note"}
