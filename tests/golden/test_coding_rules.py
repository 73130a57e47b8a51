"""What each rule of coding does to Japan and South Korea, as docs/methods.md tells it.

Counted from the files of records and the scale alone, without the program's indices.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support.studies import ROOT

PAIR = {"JPN", "KOR"}
RAW = ROOT / "data" / "raw"
Row = dict[str, str]


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, strict=True))


VALUE = {
    row["cameo_code"]: float(row["goldstein"] or 0) for row in _rows(RAW / "reference/cameo.csv")
}
RECORDS = sorted(
    (row for path in (RAW / "records").glob("*.csv") for row in _rows(path)),
    key=lambda row: (row["event_date"], row["record_id"]),
)
BY_ID = {row["record_id"]: row for row in RECORDS}


def _split(text: str | None) -> list[str]:
    return [one for one in (text or "").split(";") if one]


def _states(row: Row) -> list[str]:
    return sorted({*_split(row["actor1"]), *_split(row["actor2"])})


def _points(row: Row, code: str | None = None, reverse: str | None = None) -> float:
    """Return what a record adds to the undirected pair, or would add with other codes."""
    codes = [code or row["cameo_code"], reverse or row["reverse_cameo_code"]]
    acts = sum(
        {one, other} == PAIR for one in _split(row["actor1"]) for other in _split(row["actor2"])
    )
    return acts * sum(VALUE[one] for one in codes if one)


def _sum(rows: Iterable[Row], points: Callable[[Row], float] = _points) -> float:
    return sum(points(row) for row in rows)


OURS = [row for row in RECORDS if _points(row) != 0]


def _consultations() -> tuple[float, float]:
    rows = [row for row in OURS if row["category"] == "wto_dispute" and row["cameo_code"] == "040"]
    return _sum(rows), _sum(rows, lambda row: _points(row, "046"))


def _six_party() -> tuple[float, float]:
    rows = [
        row
        for row in RECORDS
        if row["actor2"] == "PRK"
        and set(_split(row["actor1"])) >= PAIR
        and row["reverse_cameo_code"] == row["cameo_code"]
    ]
    return _sum(rows), sum(2 * VALUE[row["cameo_code"]] for row in rows)


def _separate_talks() -> tuple[float, float]:
    rows = [row for row in OURS if row["category"] == "summit" and "separate talks" in row["title"]]
    return _sum(rows), 2 * VALUE["040"] * len(rows)


def _unsigned_texts() -> tuple[float, float]:
    rows = [
        row
        for row in OURS
        if row["cameo_code"] == "019"
        and row["actor1"] == row["actor2"]
        and row["occurrence_id"] in BY_ID
        and BY_ID[row["occurrence_id"]]["category"] == "summit"
    ]
    return _sum(rows), _sum(rows, lambda row: _points(row, "057"))


def _multilateral() -> tuple[float, float]:
    return _sum(row for row in OURS if row.get("is_multilateral") == "true"), 0.0


def _third_states() -> tuple[float, float]:
    # The guests of a meeting of three have a record of their own; the host stands in the other.
    rows = [
        row
        for row in OURS
        if len({*_states(row), *_states(BY_ID.get(row.get("occurrence_id") or "", row))}) > 2
    ]

    def weighted(row: Row) -> float:
        n = len({*_states(row), *_states(BY_ID.get(row.get("occurrence_id") or "", row))})
        return _points(row) / (n * (n - 1) / 2)

    return _sum(rows), _sum(rows, weighted)


def _seizures() -> tuple[float, float]:
    return _sum(row for row in OURS if row.get("kind") == "asset_seizure"), 0.0


def _restored() -> tuple[float, float]:
    """Sum the steps that take something back, whole and up to what they take back."""
    rows = [row for row in OURS if row.get("restores")]
    left = {name: -_points(BY_ID[name]) for row in rows for name in _split(row["restores"])}
    total = 0.0
    for row in rows:
        due = _points(row)
        for name in _split(row["restores"]):
            given = min(due, max(left[name], 0.0))
            left[name] -= given
            due -= given
            total += given
    return _sum(rows), total


def _announced() -> tuple[float, float]:
    rows = [row for row in OURS if row.get("carries_out")]
    before = [sum(_points(BY_ID[name]) for name in _split(row["carries_out"])) for row in rows]
    beyond = 0.0
    for row, already in zip(rows, before, strict=True):
        more = _points(row) - already
        beyond += more if (more > 0) == (_points(row) > 0) else 0.0
    return _sum(rows), beyond


RULES = {
    "WTO consultations": _consultations,
    "Six-party talks": _six_party,
    "Separate talks": _separate_talks,
    "Unsigned texts": _unsigned_texts,
    "Agreements of many": _multilateral,
    "Third states": _third_states,
    "Seizures by courts": _seizures,
    "Taking back": _restored,
    "Announced and in force": _announced,
}


def test_the_table_of_rules_is_what_the_records_give(root: Path) -> None:
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    section = page.split("**Rules that move the index.**")[1].split("\n**")[0]
    told = re.findall(
        r"^\| ([A-Z][\w -]+?): .*? \| .*? \| (-?[\d.]+) \| (-?[\d.]+) \|$", section, re.M
    )
    expected = [
        (name, f"{default:.1f}", f"{other:.1f}")
        for name, (default, other) in ((name, rule()) for name, rule in RULES.items())
    ]
    assert told == expected
