"""Whole studies from a wheel in a fresh environment and an empty folder, source by source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support import mirrors
from tests.support.mirrors import Act
from tests.support.studies import ROOT

pytestmark = pytest.mark.full

_QUERIES = sorted(path.stem for path in (ROOT / "sql" / "queries").glob("*.sql"))


class Installed:
    """The command of a wheel in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        built = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "-d", str(folder)]
        subprocess.run(built, cwd=ROOT, check=True, capture_output=True)
        (wheel,) = folder.glob("*.whl")
        venv.create(folder / "env", with_pip=False)
        (packages,) = (folder / "env" / "lib").glob("python3*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        # What the wheel needs is taken from where the tests run, after the wheel's own package.
        others = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        others |= {path for path in sys.path if path.endswith("site-packages")}
        (packages / "needs.pth").write_text("\n".join(sorted(others)), encoding="utf-8")
        self.bin = folder / "env" / "bin"
        command = self.bin / "detente"
        command.write_text(
            # Guarded, as pip writes it: pages are drawn in processes that import it again.
            f"#!{self.bin / 'python'}\nfrom detente.cli.main import main\n\n"
            "if __name__ == '__main__':\n    main()\n",
            encoding="utf-8",
        )
        command.chmod(0o755)

    def run(self, folder: Path, *arguments: str, code: int = 0) -> str:
        """Run the command and return all that it says."""
        return self.script(folder, [str(self.bin / "detente"), *arguments], code)

    def script(self, folder: Path, words: list[str], code: int = 0) -> str:
        """Run a program that finds the command."""
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
        }
        done = subprocess.run(
            words,
            cwd=folder,
            env={**environment, "PATH": f"{self.bin}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        told = done.stdout + done.stderr
        assert "Traceback" not in told, told
        assert done.returncode == code, told
        return told


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    made = Installed(tmp_path_factory.mktemp("wheel"))
    where = made.script(
        made.bin, [str(made.bin / "python"), "-c", "import detente; print(detente.__file__)"]
    )
    assert str(made.bin.parent) in where, "the wheel's package, not the source tree's"
    return made


def _world(first: int = 2015, last: int = 2020, a_month: int = 8) -> list[Act]:
    return mirrors.acts(date(first, 1, 1), date(last, 12, 31), a_month)


def _rows(folder: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(folder / "data/processed/detente.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


def _ask_everything(installed: Installed, folder: Path, first: str, second: str) -> None:
    """Run check, doctor, the index and every named query."""
    assert "fail" not in installed.run(folder, "check").lower()
    installed.run(folder, "doctor")
    assert "20" in installed.run(folder, "index", first, second, "--freq", "year")
    for name in _QUERIES:
        # The one question about a category says so where there are no records.
        if name != "weeks_after_events":
            installed.run(folder, "sql", name, "--csv")
    shown = installed.run(folder, "sql", "worst_month_since", "--dyad", f"{first}-{second}")
    assert first in shown
    refused = installed.run(folder, "sql", "weeks_after_events", "--category", "parade", code=2)
    assert "category of the study's records" in refused


# What no page may say: a value that is none, or a template's own words.
_NOT_SAID = re.compile(r">\s*(None|nan|NaN|NaT|inf|undefined)\s*<|\{\{|\{%")


def _report(installed: Installed, folder: Path, pair: str, *, is_judged: bool = True) -> str:
    """Draw the report; return what the page of the pair says."""
    installed.run(folder, "report")
    out = folder / "reports" / "out"
    pages = {path.name: path.read_text(encoding="utf-8") for path in out.glob("*.html")}
    assert {"index.html", f"{pair}.html", "methods.html", "events.html"} <= set(pages)
    for name, text in pages.items():
        # BibTeX has braces of its own.
        hidden = r"<script.*?</script>|<style.*?</style>|<pre.*?</pre>"
        shown = re.sub(hidden, "", text, flags=re.DOTALL)
        assert not _NOT_SAID.search(shown), (name, _NOT_SAID.search(shown))
        assert not re.search(r"<section[^>]*>\s*(<h2[^>]*>[^<]*</h2>)?\s*</section>", shown), name
        assert not re.search(
            r"<p[^>]*>\s*</p>", re.sub(r"<[^>]*\shidden.*?>\s*</\w+>", "", shown)
        ), name
        assert name in ("status.html", "summary.html") or "<h1" in shown, name
    assert (out / f"{pair}-annex.pdf").read_bytes().startswith(b"%PDF")
    assert (out / f"{pair}-brief.pdf").is_file() == is_judged
    return pages[f"{pair}.html"]


def _study(installed: Installed, folder: Path, *more: str) -> Path:
    study = folder / "study"
    study.mkdir()
    installed.run(
        study, "init", "--name", "Aegean", "--actors", "Greece,Türkiye,CYP", "--focal", "GRC-TUR",
        "--start", "2015", *more,
    )  # fmt: skip
    return study


@pytest.mark.parametrize(
    ("source", "make", "measure"),
    [
        ("gdelt2", mirrors.gdelt2_folder, "net_per_1k"),
        ("gdelt1", mirrors.gdelt1_folder, "net_per_1k"),
        ("icews", mirrors.icews_folder, "net_per_1k"),
        ("polecat", mirrors.polecat_folder, "net_per_1k"),
        ("acled", mirrors.acled_folder, "net"),
    ],
)
def test_a_study_of_one_source(
    installed: Installed,
    tmp_path: Path,
    source: str,
    make: Callable[[Path, list[Act]], None],
    measure: str,
) -> None:
    first = 2019 if source in ("gdelt2", "polecat") else 2015
    world = _world(first)
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    make(mirror, world)
    study = _study(installed, tmp_path)
    installed.run(study, "source", "add", source, "--since", str(first), "--mirror", str(mirror))
    tried = installed.run(study, "source", "test", source)
    assert " loaded + " in tried
    installed.run(study, "refresh")
    assert _rows(study, "select source, measure from meta.reported_series") == [(source, measure)]
    ((n_events,),) = _rows(study, "select count(*) from core.event")
    assert n_events == len(world)
    ((n_months,),) = _rows(
        study,
        "select count(*) from marts.dyad_month where is_complete and n_events > 0 "
        "and direction = 'undirected' and counting = 'all'",
    )
    assert n_months > 0
    assert "nothing changed" in installed.run(study, "doctor")
    _ask_everything(installed, study, "GRC", "TUR")
    _report(installed, study, "GRC-TUR")


def test_a_study_of_deaths_by_ucdp(installed: Installed, tmp_path: Path, shared_data: Path) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    with zipfile.ZipFile(mirror / "ged231-csv.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        sample = shared_data / "ucdp_ged" / "ucdpged_23_1_sample1000.csv"
        archive.write(sample, "GEDEvent_v23_1.csv")
    study = tmp_path / "study"
    study.mkdir()
    installed.run(study, "init", "--name", "War", "--actors", "RUS,UKR", "--start", "2020")
    installed.run(study, "source", "add", "ucdp_ged", "--since", "2020", "--mirror", str(mirror))
    installed.run(study, "refresh")
    ((n_events,),) = _rows(
        study,
        "select count(*) from core.event where event_date >= '2020-01-01' "
        "and actor1_iso3 = 'RUS' and actor2_iso3 = 'UKR'",
    )
    assert n_events == 13, "counted in the sample by hand: the rows of Russia and Ukraine"
    assert _rows(study, "select measure from meta.reported_series") == [("n_deaths",)]
    _ask_everything(installed, study, "RUS", "UKR")
    page = _report(installed, study, "RUS-UKR")
    assert "Deaths by year" in page
    # Added up in the sample by hand: 70 in 2022 (70 to 82), two of them in December, a month that
    # the sample does not hold whole.
    assert "68 deaths (between 68 and 80)" in page
    assert "Who acts" not in page
    methods = (study / "reports" / "out" / "methods.html").read_text(encoding="utf-8")
    assert "hand-kept record is one occurrence" not in methods


def test_a_study_of_a_colleagues_table(installed: Installed, tmp_path: Path) -> None:
    names = {"GRC": "Griechenland", "TUR": "Türkei", "CYP": "Zypern"}
    world = _world()
    lines = [
        f"{one.day:%d.%m.%Y};{names[one.actor1]};{names[one.actor2]};{one.code}" for one in world
    ]
    table = tmp_path / "acts.csv"
    table.write_text("\n".join(["Datum;From;To;CAMEO", *lines, ""]), encoding="utf-8")
    study = tmp_path / "study"
    study.mkdir()
    told = installed.run(study, "init", "--name", "Aegean", "--from-csv", str(table))
    assert "event_date <- Datum" in told
    installed.run(study, "refresh")
    assert _rows(study, "select source, measure from meta.reported_series") == [("acts", "net")]
    # Without numbers of their own, lines that say the same are one act, and counted as doubles.
    n_acts = len({(one.day, one.actor1, one.actor2, one.code) for one in world})
    assert _rows(study, "select count(*) from core.event") == [(n_acts,)]
    doubles = "select n_duplicate from meta.raw_file where source = 'acts'"
    assert _rows(study, doubles) == [(len(world) - n_acts,)]
    _ask_everything(installed, study, "GRC", "TUR")
    _report(installed, study, "GRC-TUR")


def test_several_sources_together(installed: Installed, tmp_path: Path) -> None:
    study = _study(installed, tmp_path)
    for source, seed in (("icews", 1), ("gdelt1", 2)):
        mirror = tmp_path / source
        mirror.mkdir()
        world = mirrors.acts(date(2015, 1, 1), date(2020 - seed, 12, 31), 8, seed)
        getattr(mirrors, f"{source}_folder")(mirror, world)
        installed.run(study, "source", "add", source, "--since", "2015", "--mirror", str(mirror))
    installed.run(study, "refresh")
    assert _rows(study, "select sources, measure from meta.reported_series") == [
        (["icews", "gdelt1"], "net_per_1k")
    ]
    told = installed.run(study, "index", "GRC", "TUR")
    assert "Choose another one with --source: gdelt1" in told
    assert "GRC" in installed.run(study, "sql", "agreement_of_sources")
    # Records come first as soon as there are any.
    with (study / "data/raw/records/events.csv").open("a", encoding="utf-8") as stream:
        stream.write(
            "a-1,2019-03-01,,GRC,TUR,042,043,meeting,A visit,Ministry,https://example.org\n"
        )
    installed.run(study, "refresh")
    assert _rows(study, "select sources from meta.reported_series") == [(["records"],)]
    page = _report(installed, study, "GRC-TUR")
    assert "A visit" in page


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([date(2020, 5, 5)], "one day"),
        ([date(2014, 5, 5)], "none in the span"),
        (
            [*(date(2015, month, 28) for month in range(1, 13)), date(2015, 12, 31)],
            "ended years ago",
        ),
    ],
)
def test_little_to_show(installed: Installed, tmp_path: Path, days: list[date], told: str) -> None:
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    # One dyad of the three has events.
    world = [Act(place, day, "GRC", "TUR", "042") for place, day in enumerate(days, start=1)]
    mirrors.gdelt1_folder(mirror, world)
    study = _study(installed, tmp_path)
    installed.run(study, "source", "add", "gdelt1", "--since", "2014", "--mirror", str(mirror))
    installed.run(study, "refresh")
    installed.run(study, "check")
    installed.run(study, "doctor")
    covered = _rows(study, "select source from meta.reported_series")
    if told == "none in the span":
        assert covered == []
        assert "no events are loaded" in installed.run(study, "index", "GRC", "TUR", code=1)
        assert "no events are loaded" in installed.run(study, "report", code=1)
        page = (study / "reports" / "out" / "index.html").read_text(encoding="utf-8")
        assert "No event in the span of the study" in page
    else:
        assert covered == [("gdelt1",)]
        installed.run(study, "index", "GRC", "TUR")
        for name in _QUERIES:
            if name != "weeks_after_events":
                installed.run(study, "sql", name, "--csv")
        is_judged = told == "ended years ago"
        page = _report(installed, study, "GRC-TUR", is_judged=is_judged)
        assert ("No twelve complete" in page) != is_judged
        # Where nothing can be judged no column is empty, and the one event is no zero.
        index = (study / "reports" / "out" / "index.html").read_text(encoding="utf-8")
        assert ("own scale" in index) == is_judged
        assert is_judged or '<td class="num">1</td>' in index


def test_the_tutorial_works_word_for_word(installed: Installed, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "your_own_pair.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 8
    (tmp_path / "mirror").mkdir()
    mirrors.gdelt2_folder(tmp_path / "mirror", _world(2019, 2020))
    shutil.copy(_table(tmp_path / "made"), tmp_path / "acts.csv")
    script = "set -eu\n" + "\n".join(blocks)
    installed.script(tmp_path, ["bash", "-c", script])
    assert (tmp_path / "aegean/reports/out/index.html").stat().st_size > 10_000


def _table(folder: Path) -> Path:
    folder.mkdir()
    lines = [f"{one.day},{one.actor1},{one.actor2},{one.code}" for one in _world(2018, 2020)]
    path = folder / "acts.csv"
    path.write_text("\n".join(["day,actor1,actor2,code", *lines, ""]), encoding="utf-8")
    return path
