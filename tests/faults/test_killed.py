"""Refreshes killed with SIGKILL: readers see the evening or the morning, and the next run mends.

The default suite kills a few; `make faults` kills two hundred at random moments, and one before
every rename, removal and sync that a refresh does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

SCRIPT = Path(__file__).with_name("forks.py")


def _run(folder: Path, *arguments: str) -> Counter[str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder / "study"), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Counter(place for line in done.stdout.splitlines() for place in json.loads(line))


def test_killed_at_random_moments(tmp_path: Path) -> None:
    kills = int(os.environ.get("DETENTE_KILLS", "6"))
    died = _run(tmp_path, "moments", str(kills), os.environ.get("DETENTE_SEED", "1"))
    assert sum(died.values()) == kills
    assert sum(died.values()) > died["finished"], "none was killed before its end"


def test_killed_before_a_rename_a_removal_or_a_sync(tmp_path: Path) -> None:
    step = int(os.environ.get("DETENTE_EVERY_PLACE", "9"))
    died = _run(tmp_path, "places", str(step))
    assert {"events", "publish"} & set(died)


def test_a_full_disk_is_said_and_nothing_half_written_is_published(tmp_path: Path) -> None:
    shares = (
        ["0", "90"] if "DETENTE_KILLS" not in os.environ else [str(n) for n in range(0, 100, 4)]
    )
    died = _run(tmp_path, "full", *shares)
    assert sum(died.values()) == len(shares)
    assert all(place.startswith(("! OSError", "! DetenteError", "! RawFile")) for place in died)


def test_three_refreshes_at_once_do_the_work_once(tmp_path: Path) -> None:
    # One of the three builds, the others wait for it and find nothing to do; two before prepared.
    assert _run(tmp_path, "together", "3") == {"2 runs": 1}
