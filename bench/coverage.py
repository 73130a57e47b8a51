"""How often the 95% intervals hold the truth, by number of occurrences and kind of source.

Each period is a Poisson number of occurrences whose scores are drawn from real ones: a file of one
score a line, or the values of a column of the CAMEO table by the codes of a records file.

Run: python bench/coverage.py [--periods 4000] [--scores FILE ...]
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detente.indices import intervals

ROOT = Path(__file__).resolve().parents[1]
MEANS = (7, 12, 20, 30, 50, 100, 300)


def kept(name: str) -> npt.NDArray[np.float64]:
    """Return the Goldstein values of the acts of a file of records."""
    with (ROOT / "data/raw/reference/cameo.csv").open(encoding="utf-8") as stream:
        values = {row["cameo_code"]: row["goldstein"] for row in csv.DictReader(stream)}
    with (ROOT / "data/raw/records" / f"{name}.csv").open(encoding="utf-8") as stream:
        codes = [row["cameo_code"] for row in csv.DictReader(stream)]
    return np.array([float(values[code]) for code in codes if values.get(code)])


def coverage(
    scores: npt.NDArray[np.float64], mean: int, periods: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], float]:
    """Return the share of intervals that hold each measure, and of periods without one."""
    n = rng.poisson(mean, periods)
    n = n[n >= intervals.FEWEST]
    drawn = np.round(rng.choice(scores, n.sum()) * intervals.MILLION).astype(np.int64)
    values = np.stack([np.full(len(drawn), intervals.MILLION), drawn, np.abs(drawn)], axis=1)
    period = np.repeat(np.arange(len(n)), n)
    seeds = rng.integers(0, 2**63, len(drawn), dtype=np.uint64)
    sums = intervals.replicate_sums(seeds, period, values, len(n))
    totals = np.zeros((len(n), 3), dtype=np.int64)
    np.add.at(totals, period, values)
    found = intervals.bounds(n, totals, sums, 5.0)
    truth = np.array([mean * scores.mean(), scores.mean(), scores.sum() / np.abs(scores).sum()])
    held = (found.lower <= truth) & (truth <= found.upper)
    return held.mean(axis=0), 1 - len(n) / periods


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--periods", type=int, default=4000)
    parser.add_argument("--scores", type=Path, nargs="*", default=[])
    given = parser.parse_args()
    populations = {name: kept(name) for name in ("security", "statements", "trade_measures")}
    populations |= {path.stem: np.loadtxt(path) for path in given.scores}
    rng = np.random.default_rng(1)
    print(f"{'scores':<16}{'mean n':>7}{'net':>8}{'mean':>8}{'relative':>9}{'no interval':>13}")
    for name, scores in populations.items():
        for mean in MEANS:
            held, without = coverage(scores, mean, given.periods, rng)
            print(
                f"{name:<16}{mean:>7}{held[0]:>8.3f}{held[1]:>8.3f}{held[2]:>9.3f}{without:>13.3f}"
            )


if __name__ == "__main__":
    main()
