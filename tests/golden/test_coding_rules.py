"""What each rule of coding does to Japan and South Korea, as docs/methods.md tells it.

Counted from the files of records and the scale alone, without the program's indices. The other
choices are the tables that the page gives for `detente.toml`, applied as a refresh applies them.
"""

from __future__ import annotations

import csv
import re
import textwrap
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

from detente import settings
from detente.records import sidecar
from detente.records.parsing import parse
from detente.records.recoding import recode
from detente.records.record import ParsedFile, Record, Vocabulary
from detente.records.restoring import acts, shares
from detente.settings import Records, TakingBack
from tests.support.studies import ROOT

PAIR = {"JPN", "KOR"}
RAW = ROOT / "data" / "raw"


def _column(name: str, key: str, value: str) -> dict[str, str]:
    with (RAW / "reference" / name).open(encoding="utf-8", newline="") as stream:
        return {row[key]: row[value] for row in csv.DictReader(stream, strict=True)}


VALUE = {
    code: float(value or 0)
    for code, value in _column("cameo.csv", "cameo_code", "goldstein").items()
}


@pytest.fixture(scope="module")
def files() -> list[ParsedFile]:
    study = settings.load(ROOT / "detente.toml")
    known = Vocabulary(frozenset(_column("actors.csv", "iso3", "iso3")), frozenset(VALUE))
    paths = sorted((RAW / "records").glob("*.csv"))
    return [
        parse(path.read_bytes(), sidecar.read(path.with_suffix(".toml")), known, study.study.start)
        for path in paths
    ]


@pytest.fixture(scope="module")
def section(root: Path) -> str:
    page = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    return page.split("**Rules that move the index.**")[1].split("**Missing codes.**")[0]


def _points(record: Record) -> float:
    """Return what a record adds to the undirected pair."""
    acts = sum({one, other} == PAIR for one in record.actor1 for other in record.actor2)
    codes = (record.cameo_code, record.reverse_cameo_code)
    return acts * sum(VALUE[code] for code in codes if code)


def _records(files: Iterable[ParsedFile]) -> dict[str, Record]:
    return {record.record_id: record for file in files for record in file.records}


def _effect(files: list[ParsedFile], rules: Records) -> tuple[str, str]:
    """Return the points of the records that the rules touch, before and after."""
    before, after = _records(files), _records(recode(files, rules))
    touched = [name for name, record in before.items() if after.get(name) != record]
    if rules.announced_once:
        # The step that stays belongs to what the rule is about as well.
        touched = [name for name, record in before.items() if "carries_out" in record.attributes]
    assert touched
    return (
        f"{sum(_points(before[name]) for name in touched):.1f}",
        f"{sum(_points(after[name]) for name in touched if name in after):.1f}",
    )


def _taking_back(files: list[ParsedFile], way: TakingBack) -> str:
    """Return what the acts add to the pair that take something back."""
    records = _records(files)
    found = shares(records.values(), VALUE, way)
    points = 0.0
    for name, record in records.items():
        if "restores" in record.attributes:
            points += sum(
                VALUE[code] * found.get((name, actor, target), 1.0)
                for actor, target, code in acts(record)
                if {actor, target} == PAIR
            )
    return f"{points:.1f}"


def _third_states(files: list[ParsedFile]) -> tuple[str, str]:
    """Return the acts of three and more, whole and divided by the number of pairs."""
    records = _records(files)
    whole = divided = 0.0
    for record in records.values():
        # The guests of a meeting of three have a record of their own; the host is in the other.
        occasion = records.get(record.attributes.get("occurrence_id", ""), record)
        n = len({*record.actor1, *record.actor2, *occasion.actor1, *occasion.actor2})
        if n > 2:
            whole += _points(record)
            divided += _points(record) / (n * (n - 1) / 2)
    return f"{whole:.1f}", f"{divided:.1f}"


def test_the_table_of_rules_is_what_the_settings_give(
    files: list[ParsedFile], section: str
) -> None:
    told = {
        name: (coded, otherwise)
        for name, coded, otherwise in re.findall(
            r"^\| ([A-Z][\w ,-]+?): .*? \| .*? \| (-?[\d.]+) \| (-?[\d.]+) \|$", section, re.M
        )
    }
    block = re.search(r"(?:^    .*\n|^\n)+", section.split("In `detente.toml`:")[1], re.M)
    assert block is not None
    given = tomllib.loads(textwrap.dedent(block[0]))["records"]
    by_name: dict[str, list[dict[str, object]]] = {}
    for table in given["recode"]:
        by_name.setdefault(table["name"], []).append(table)
    expected = {
        name: _effect(files, Records.model_validate({"recode": tables}))
        for name, tables in by_name.items()
    }
    as_coded = _taking_back(files, Records().taking_back)
    assert Records().taking_back == "up_to_taken"
    expected["Taking back"] = as_coded, _taking_back(files, "every_step")
    expected["Taking back, the first step"] = as_coded, _taking_back(files, "once")
    expected["Announced and in force"] = _effect(
        files, Records(announced_once=given["announced_once"])
    )
    expected["Third states"] = _third_states(files)
    assert told == expected
