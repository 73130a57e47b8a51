"""What the README says of the guiding case is what the records say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from detente import index
from detente.inference import breaks
from detente.inference.breaks import BreakAnalysis
from detente.report import model
from detente.settings import Settings
from detente.warehouse import Published


def test_the_findings_are_the_reports_own(
    root: Path, real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        report = model.dyad(database, real_settings, ("JPN", "KOR"))
    sentences = [*report.summary[:4], report.findings[0].sentence]
    readme = (root / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- findings -->\n(.*?)\n<!-- /findings -->", readme, flags=re.S)
    assert block is not None
    told = [re.sub(r"\s+", " ", item).strip() for item in block[1].split("\n- ")]
    told[0] = told[0].removeprefix("- ")
    assert told == sentences


def test_the_table_of_trimmings_is_what_the_search_finds(root: Path, real_database: Path) -> None:
    with Published(real_database) as database:
        months = index.series(database, "JPN", "KOR")
    full = months[months["is_complete"]]
    periods = pd.PeriodIndex(full["period_start"], freq="M")
    series = pd.Series(full["net"].to_numpy(), index=periods)
    methods = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (0\.\d\d) \| (\S+) \| p = (\S+) \| (.*) \|$", methods, flags=re.M)
    assert len(rows) == 4
    for trimming, searched_to, p_value, told in rows:
        found = breaks.find_breaks(series, trimming=float(trimming))
        assert isinstance(found, BreakAnalysis)
        assert found.last_possible == searched_to
        assert f"{found.sup_f.p_value:.3f}" == p_value
        dates = [f"one, after {b.last_before} ({b.lower} to {b.upper})" for b in found.breaks]
        assert told == (dates[0] if dates else "none")
        assert len(dates) <= 1
