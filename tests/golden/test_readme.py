"""What the README says of the guiding case is what the records say."""

from __future__ import annotations

import re
from pathlib import Path

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
