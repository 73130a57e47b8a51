"""Refreshes that come to grief: readers see the evening or the morning, and the next run mends.

The default suite has a few of each kind; `make faults` kills two hundred at random moments and one
before every rename, removal and sync that a refresh does, and fills the disk at every size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.studies import ROOT

pytestmark = pytest.mark.full


def _run(folder: Path, *parts: str) -> dict[str, Counter[str]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.forks", str(folder / "study"), *parts],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Counter[str]] = {}
    for line in done.stdout.splitlines():
        kind, places = json.loads(line)
        found.setdefault(kind, Counter()).update(places)
    return found


def test_killed_stopped_by_a_full_disk_or_three_at_once(tmp_path: Path) -> None:
    found = _run(tmp_path, "moments:3:1", "places:30:99", "full:90", "together:3")
    assert found["moments"].total() == 3
    assert found["places"]
    # What could not be written is an error that says so, never a database with holes.
    assert all("rite" in place or "large" in place for place in found["full"])


@pytest.mark.slow
@pytest.mark.skipif("DETENTE_FAULTS" not in os.environ, reason="takes long: run `make faults`")
def test_two_hundred_kills_every_place_and_every_size_of_disk(tmp_path: Path) -> None:
    sizes = ":".join(str(share) for share in range(0, 100, 5))
    found = _run(tmp_path, "moments:200:7", "places:1:1", f"full:{sizes}", "together:5")
    sys.stdout.write(f"{found}\n")
    assert found["moments"].total() == 200
    # The steps that rename, remove or sync files; the others write to the database in building.
    assert {"events", "publish"} <= set(found["places"])
