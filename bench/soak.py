"""Sixty simulated nights: a clock under control, a provider that fails now and then, late files.

Each night the provider has a new file, or gives it some nights later; now and then it corrects an
old one, resets a connection, serves noise or half a file, or is not there at all; now and then a
record is added. At the end the tables must be those of one clean load. Prints time, memory and
size a night, and by a fitted line how fast each grows.

Run: python -m bench.soak [--nights 60] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from detente.base import clock
from detente.refresh import pipeline
from tests.support import gdelt2, provider, world

ROOT = Path(__file__).resolve().parents[1]
FAULTS = ("reset", "garbage", "cut", "html", "500", "empty", "404")
LISTS = ("masterfilelist.txt", "lastupdate.txt")
FIRST_NIGHT = datetime(2023, 1, 2, 3, 30)


@dataclass(frozen=True)
class Night:
    """What one night cost."""

    number: int
    seconds: float
    resident_mib: float
    processed_mib: float
    build: str


def resident_mib() -> float:
    """Return the memory that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def processed_mib(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


class Soak:
    """The study, its provider, and what the provider will have at last."""

    def __init__(self, folder: Path, server: Any, nights: int, seed: int) -> None:
        self.folder, self.server, self.nights = folder, server, nights
        self.chosen = random.Random(seed)
        self.had: dict[str, bytes] = {}
        self.waiting: list[tuple[int, str, bytes]] = []
        self.records = [1]

    def evening(self, number: int, quiet: bool) -> None:
        """Let the provider's day pass; on a quiet one all is delivered and nothing fails."""
        if not quiet:
            self._news(number)
        for one in list(self.waiting):
            due, name, content = one
            if due <= number or quiet:
                self.had[name] = content
                self.waiting.remove(one)
        self.server.files.clear()
        self.server.faults.clear()
        for name, content in self.had.items():
            self.server.put(name, content)
        for name in LISTS:
            self.server.put(name, gdelt2.master_list(self.had))
        if not quiet:
            self._trouble()

    def _news(self, number: int) -> None:
        late = self.chosen.choice((0, 0, 0, 0, 1, 3))
        self.waiting.append((number + late, *world.export(number)))
        if number > 3 and self.chosen.random() < 0.15:
            old = self.chosen.randrange(number - 3)
            self.waiting.append((number, *world.export(old, version=number)))
        if self.chosen.random() < 0.1 and len(self.records) < 28:
            self.records.append(len(self.records) + 1)

    def _trouble(self) -> None:
        if self.chosen.random() < 0.1:  # the provider is not there
            for name in (*self.had, *LISTS):
                self.server.fault(name, "always reset")
        for name in self.had:
            if self.chosen.random() < 0.1:
                fault = self.chosen.choice(FAULTS)
                self.server.fault(name, *[fault] * self.chosen.randint(1, 3))

    def night(self, number: int, quiet: bool = False) -> Night:
        """Let the day pass and refresh in the night after it."""
        self.evening(number, quiet)
        study = world.write_study(self.folder / "study", self.server.url, self.records)
        moment = FIRST_NIGHT + timedelta(days=number)
        started = time.perf_counter()
        with mock.patch.object(clock, "now", lambda: moment):
            result = pipeline.refresh(study)
        seconds = time.perf_counter() - started
        failed = world.faults(study)
        assert not failed, f"night {number}: {failed}"
        return Night(
            number, seconds, resident_mib(), processed_mib(study.processed), result.run.build
        )

    def run(self) -> Iterator[Night]:
        """Live through the nights, and one more in which all is well."""
        for number in range(self.nights):
            yield self.night(number)
        yield self.night(self.nights, quiet=True)

    def compare(self) -> list[str]:
        """Load all at once in a study of its own; name the tables that differ."""
        moment = FIRST_NIGHT + timedelta(days=self.nights)
        study = world.write_study(self.folder / "clean", self.server.url, self.records)
        with mock.patch.object(clock, "now", lambda: moment):
            pipeline.refresh(study)
        lived = world.digest(self.folder / "study" / "data" / "processed" / "detente.duckdb")
        clean = world.digest(study.database)
        return sorted(name for name in lived | clean if lived.get(name) != clean.get(name))


def slope(values: list[float]) -> tuple[float, float]:
    """Return the slope a night of a fitted line, and its share of the mean in percent."""
    fitted = float(np.polyfit(np.arange(len(values)), values, 1)[0])
    return fitted, 100 * fitted / float(np.mean(values))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, provider.serving() as server:
        soak = Soak(Path(folder), server, asked.nights, asked.seed)
        nights = []
        for night in soak.run():
            nights.append(night)
            print(
                f"night {night.number:3}  {night.seconds:6.2f} s  {night.resident_mib:7.1f} MiB "
                f"resident  {night.processed_mib:7.1f} MiB on disk  {night.build}",
                flush=True,
            )
        differ = soak.compare()
    settled = nights[5:]  # the first nights fill caches
    for name in ("seconds", "resident_mib", "processed_mib"):
        fitted, share = slope([getattr(night, name) for night in settled])
        print(f"{name}: {fitted:+.4f} a night ({share:+.2f}% of the mean)")
    print("tables that differ from one clean load:", ", ".join(differ) or "none")
    sys.exit(bool(differ))


if __name__ == "__main__":
    main()
