"""Weekly files and the year that replaces them, in either order, by the command line."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support import mirrors
from tests.support.command import detente_here
from tests.support.mirrors import Act
from tests.support.provider import zipped

pytestmark = pytest.mark.slow

# Mondays of the weeks of which there are files; the one of 21 March 2022 was never published.
WEEKS = (date(2022, 3, 7), date(2022, 3, 14), date(2022, 3, 28))


def _acts(first: date, n_days: int) -> list[Act]:
    """Return an act a day, numbered by the day of the year."""
    days = [first + timedelta(days=n) for n in range(n_days)]
    return [Act(day.timetuple().tm_yday, day, "GRC", "TUR", "042") for day in days]


def _polecat_week(monday: date) -> str:
    return f"ngecEvents.{monday + timedelta(days=7):%Y%m%d}111842.Release603.DV.txt"


def _icews_week(monday: date) -> str:
    return f"{monday + timedelta(days=6):%Y%m%d}-icews-events.tab"


@dataclass(frozen=True)
class Feed:
    """How a provider calls its files, and how it writes them."""

    source: str
    week: Callable[[date], str]
    year: str
    table: Callable[[Sequence[Act]], str]

    def lay(self, folder: Path, name: str, chosen: Sequence[Act]) -> None:
        """Lay a file among the downloads."""
        place = folder / "data" / "raw" / "downloads" / self.source / name
        place.parent.mkdir(parents=True, exist_ok=True)
        text = self.table(chosen).encode()
        place.write_bytes(zipped("x.txt", text) if name.endswith(".zip") else text)

    def lay_weeks(self, folder: Path) -> None:
        """Lay the files of all weeks."""
        for monday in WEEKS:
            self.lay(folder, self.week(monday), _acts(monday, 7))


FEEDS = [
    Feed("polecat", _polecat_week, "ngecEventsDV-2022.txt.zip", mirrors.polecat_table),
    Feed("icews", _icews_week, "events.2022.20230410111842.tab", mirrors.icews_table),
]
# The year has an act a day from the first week on, but for two that were withdrawn: one on a day
# that it tells more of, one on a day of which it tells nothing else.
WITHDRAWN = {date(2022, 3, 9), date(2022, 3, 16)}
YEAR = [
    *(one for one in _acts(date(2022, 1, 1), 365) if one.day not in WITHDRAWN),
    Act(900, date(2022, 3, 9), "TUR", "GRC", "112"),
]


def _run(folder: Path, *words: str) -> str:
    done = detente_here(folder, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _study(folder: Path, feed: Feed) -> None:
    _run(folder, "init", "--name", "Study", "--actors", "GRC,TUR,CYP", "--focal", "GRC-TUR",
         "--start", "2022", "--source", feed.source)  # fmt: skip
    with (folder / "detente.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[inference]\nenabled = false\n")


def _weeks(folder: Path, feed: Feed, pair: str = "GRC-TUR") -> dict[str, tuple[str, str]]:
    """Return of each week whether it is complete, and how many events are known."""
    text = _run(folder, "index", *pair.split("-"), "--freq", "week", "--source", feed.source,
                "--csv")  # fmt: skip
    return {
        row["period_start"]: (row["is_complete"].lower(), row["n_events"])
        for row in csv.DictReader(io.StringIO(text))
    }


def _published(folder: Path) -> list[str]:
    return [
        _run(folder, "sql", "--csv", query)
        for query in (
            "from marts.dyad_value order by all",
            "select * exclude (raw_row) from core.event order by all",
            "select raw_file_id, n_rows, n_loaded, n_duplicate from meta.raw_file order by all",
        )
    ]


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.source)
def test_a_week_between_files_is_unknown_until_the_year_tells_of_it(
    tmp_path: Path, feed: Feed
) -> None:
    _study(tmp_path, feed)
    feed.lay_weeks(tmp_path)
    _run(tmp_path, "refresh", "--offline")
    weeks = _weeks(tmp_path, feed)
    assert weeks["2022-03-14"] == ("true", "7")
    assert weeks["2022-03-21"] == ("false", "")
    assert _weeks(tmp_path, feed, "CYP-GRC")["2022-03-14"] == ("true", "0")
    assert _weeks(tmp_path, feed, "CYP-GRC")["2022-03-21"] == ("false", "")
    assert "in no file (1 gap)" in " ".join(_run(tmp_path, "doctor").split())
    feed.lay(tmp_path, feed.year, YEAR)
    _run(tmp_path, "refresh", "--offline")
    weeks = _weeks(tmp_path, feed)
    # The withdrawn acts are gone; one of them was moved to the other direction.
    assert [weeks[f"2022-03-{day:02}"] for day in (7, 14, 21)] == [
        ("true", "7"), ("true", "6"), ("true", "7")
    ]  # fmt: skip
    assert _weeks(tmp_path, feed, "CYP-GRC")["2022-03-21"] == ("true", "0")
    assert "in no file" not in _run(tmp_path, "doctor")


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.source)
def test_the_year_and_its_weeks_may_come_in_either_order(tmp_path: Path, feed: Feed) -> None:
    found = []
    for order in ("weeks first", "year first", "together"):
        folder = tmp_path / order
        folder.mkdir()
        _study(folder, feed)
        first, second = (feed.lay_weeks, lambda to: feed.lay(to, feed.year, YEAR))[
            :: -1 if "year" in order else 1
        ]
        first(folder)
        if order != "together":
            _run(folder, "refresh", "--offline")
        second(folder)
        _run(folder, "refresh", "--offline")
        found.append(_published(folder))
        days = _run(folder, "sql", "--csv", "select count(*), count(distinct event_date), "
                    "count(*) filter (is_preliminary) from core.event")  # fmt: skip
        assert days.splitlines()[1] == "364,364,0"
    assert found[0] == found[1] == found[2]
