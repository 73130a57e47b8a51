"""A small study of each source, by the commands that a person types, in an empty folder.

`tests/integration/test_any_pair.py` does the same with years of events, from a wheel, with all
tests and a report.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detente import settings
from detente.cli.commands import app
from detente.operations import doctor
from detente.settings import Settings
from tests.support import mirrors
from tests.support.mirrors import Act
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, query

FIRST, LAST = date(2020, 9, 1), date(2020, 12, 31)
MONTHS = 4


class Typed:
    """Commands typed in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> str:
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    @property
    def study(self) -> Settings:
        return settings.load(self.folder / "detente.toml")

    def without_inference(self) -> None:
        path = self.folder / "detente.toml"
        path.write_text(path.read_text(encoding="utf-8") + "\n" + NO_INFERENCE, encoding="utf-8")


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typed:
    folder = tmp_path / "study"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Typed(folder)


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


def world() -> list[Act]:
    """Acts of four months; the last day of each has one, so that each file reaches its end."""
    days = [FIRST, date(2020, 9, 30), date(2020, 10, 31), date(2020, 11, 30), LAST]
    found = [one for one in mirrors.acts(FIRST, LAST, 6) if one.day not in days]
    ends = [Act(1000 + n, day, "GRC", "TUR", "042") for n, day in enumerate(days)]
    return [*found, *ends]


def begin(typed: Typed, source: str, mirror: Path, *actors: str) -> None:
    names = ",".join(actors or ("Greece", "Türkiye", "CYP"))
    typed("init", "--name", "Aegean", "--actors", names, "--start", f"{FIRST}")
    typed("source", "add", source, "--since", f"{FIRST}", "--mirror", str(mirror))
    typed.without_inference()


def problems(study: Settings) -> list[str]:
    return [one.message for one in doctor.examine(study) if one.severity == "problem"]


@pytest.mark.parametrize(
    ("source", "make", "measure"),
    [
        ("gdelt2", mirrors.gdelt2_folder, "net_per_1k"),
        pytest.param("gdelt1", mirrors.gdelt1_folder, "net_per_1k", marks=pytest.mark.full),
        pytest.param("icews", mirrors.icews_folder, "net_per_1k", marks=pytest.mark.full),
        pytest.param("polecat", mirrors.polecat_folder, "net_per_1k", marks=pytest.mark.full),
        pytest.param("acled", mirrors.acled_folder, "net", marks=pytest.mark.full),
    ],
)
def test_a_feed_alone(
    typed: Typed,
    mirror: Path,
    source: str,
    make: Callable[[Path, list[Act]], None],
    measure: str,
) -> None:
    make(mirror, world())
    begin(typed, source, mirror)
    assert " loaded + " in typed("source", "test", source)
    typed("refresh")
    assert query(typed.study, "select source, measure from meta.reported_series") == [
        (source, measure)
    ]
    assert query(typed.study, "select count(*) from core.event") == [(len(world()),)]
    complete = query(
        typed.study,
        "select distinct period_start from marts.dyad_month where is_complete order by 1",
    )
    assert len(complete) == MONTHS
    assert "2020-12-01" in typed("index", "GRC", "TUR")
    assert "GRC" in typed("sql", "worst_month_since")
    assert not problems(typed.study)
    # Events of 2020 alone: each provider would have more by now, or has ended.
    told = typed("doctor")
    assert ("ended with 2023-04-11" if source == "icews" else "days ago; while the source") in told


def test_a_gap_leaves_what_follows_complete(typed: Typed, mirror: Path) -> None:
    mirrors.gdelt1_folder(mirror, world())
    (mirror / "202010.zip").unlink()
    begin(typed, "gdelt1", mirror)
    typed("refresh")
    months = query(
        typed.study,
        "select period_start::varchar, is_complete, n_events is null from marts.dyad_month "
        "where actor1_iso3 = 'GRC' and actor2_iso3 = 'TUR' and direction = 'undirected' "
        "and counting = 'all' order by 1",
    )
    assert months == [
        ("2020-09-01", True, False),
        ("2020-10-01", False, True),  # unknown, and no zero
        ("2020-11-01", True, False),
        ("2020-12-01", True, False),
    ]
    assert query(typed.study, "select complete_to::varchar from meta.coverage") == [("2020-12-31",)]


@pytest.mark.full
def test_deaths_by_ucdp(typed: Typed, mirror: Path, shared_data: Path) -> None:
    sample = (shared_data / "ucdp_ged" / "ucdpged_23_1_sample1000.csv").read_bytes()
    (mirror / "ged231-csv.zip").write_bytes(zipped("GEDEvent_v23_1.csv", sample))
    typed("init", "--name", "War", "--actors", "Russia,365,369", "--start", "2022")
    typed("source", "add", "ucdp_ged", "--since", "2022", "--mirror", str(mirror))
    typed.without_inference()
    typed("refresh")
    assert query(typed.study, "select measure from meta.reported_series") == [("n_deaths",)]
    # Added up in the sample by hand, with Python's csv module.
    with (shared_data / "ucdp_ged" / "ucdpged_23_1_sample1000.csv").open(
        encoding="utf-8", newline=""
    ) as stream:
        rows = [
            one for one in csv.DictReader(stream) if (one["gwnoa"], one["gwnob"]) == ("365", "369")
        ]
    expected = tuple(sum(int(one[name]) for one in rows) for name in ("best", "low", "high"))
    assert query(
        typed.study,
        "select sum(n_deaths)::bigint, sum(n_deaths_low)::bigint, sum(n_deaths_high)::bigint "
        "from marts.dyad_year where direction = 'undirected' and counting = 'all'",
    ) == [expected]
    assert "n_deaths" in typed("index", "RUS", "UKR", "--freq", "year")


@pytest.mark.full
def test_a_colleagues_table(typed: Typed, tmp_path: Path) -> None:
    names = {"GRC": "Griechenland", "TUR": "Türkei", "CYP": "Zypern"}
    lines = [
        f"{one.day:%d.%m.%Y};{names[one.actor1]};{names[one.actor2]};{one.code}" for one in world()
    ]
    table = tmp_path / "acts.csv"
    table.write_text("\n".join(["Datum;From;To;CAMEO", *lines, ""]), encoding="utf-8")
    typed("init", "--name", "Aegean", "--from-csv", str(table))
    typed.without_inference()
    typed("refresh")
    assert query(typed.study, "select source, measure from meta.reported_series") == [
        ("acts", "net")
    ]
    assert query(typed.study, "select count(*) from core.event") == [(len(world()),)]
    assert not problems(typed.study)


def test_records_of_ones_own_three_lines_long(typed: Typed) -> None:
    typed("init", "--name", "Cross-strait", "--actors", "China,Taiwan", "--start", "2020")
    with (typed.folder / "data/raw/records/events.csv").open("a", encoding="utf-8") as stream:
        for number, code in enumerate(("042", "112", "057"), start=1):
            stream.write(
                f"a-{number},2020-0{number}-01,,CHN,TWN,{code},,meeting,An act,Ministry,"
                "https://example.org\n"
            )
    typed.without_inference()
    typed("refresh")
    assert query(typed.study, "select source, measure from meta.reported_series") == [
        ("records", "net")
    ]
    assert query(typed.study, "select sum(n_events)::bigint from marts.dyad_year where "
                 "direction = 'undirected' and counting = 'all'") == [(3,)]  # fmt: skip
    assert "TWN" in typed("sql", "best_and_worst_months")
    # Nobody said how far the file was kept, so what came after its last record is no zero.
    assert query(typed.study, "select complete_to from meta.coverage") == [(date(2020, 3, 1),)]
    assert "known up to its last record, of 2020-03-01" in typed("doctor")
    assert not problems(typed.study)
