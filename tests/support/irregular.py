"""What every statement of `sql/` answers where all that it reads holds made-up, irregular rows.

Each table and view holds rows drawn from a seed: from few keys, so that joins meet and there are
ties; with unknown values, zeros and numbers of many digits, so that it shows where a null falls,
how far a number is rounded and in which order rows come. Over these each view, table, named query
and check is asked by itself, and `tests/golden/irregular_rows.tsv` holds how many rows answer and a
hash of each column in the order of the rows. What a statement should answer is proved elsewhere:
this says which statements a change reaches, meant or not. A change that is meant is written with
`make ledger`, and the diff shows the columns that it moved.
"""

from __future__ import annotations

import hashlib
import itertools
import random
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from detente.database import checks, queries
from detente.database.sql_files import sql_files
from tests.support.given import Given, nothing
from tests.support.studies import ROOT

KEPT = ROOT / "tests" / "golden" / "irregular_rows.tsv"
_NO_QUERIES = ROOT / "tests" / "fixtures" / "small" / "queries"
_N_ROWS = 60
_FIRST = date(2020, 1, 1)
# What a study has one of; and of what takes acts out of sums, few, so that some are left.
_SINGLE = (
    "meta.study", "meta.reported_series", "meta.current_run", "meta.layout", "core.state_absence",
)  # fmt: skip
# What tells the rows of a table apart.
_UNIQUE: Mapping[str, tuple[str, ...]] = {
    "core.actor": ("iso3",), "core.cameo": ("cameo_code",), "core.scale": ("cameo_code", "scale"),
    "core.event": ("event_id",), "core.record": ("record_id",), "meta.coverage": ("source",),
    "meta.raw_file": ("raw_file_id",), "meta.run": ("run_id",),
}  # fmt: skip
_STATES = ("JPN", "KOR", "PRK")
_KEYS: Mapping[str, tuple[Any, ...]] = {
    "source": ("records", "feed"), "source1": ("records", "feed"), "source2": ("feed", "other"),
    "counting": ("all", "all", "one_a_day"), "direction": ("directed", "undirected"),
    "freq": ("month", "month", "week", "quarter", "year"), "measure": ("net", "net", "n_conflict"),
    "actor1_iso3": _STATES, "actor2_iso3": _STATES, "iso3": _STATES, "actor1": _STATES,
    "actor2": _STATES, "side_a": _STATES, "side_b": _STATES, "response": _STATES,
    "impulse": _STATES, "scale": ("goldstein", "plover"), "officials": ("all", "official"),
    "weighting": ("none", "log_mentions"), "category": ("summit", "missile_launch", None),
    "cameo_code": ("042", "112", "155", "190"), "cameo_root": ("04", "11", "15", "19"),
    "quad_class": (1, 2, 3, 4), "reason": ("no file", "short day", "unknown actor"),
    "status": ("loaded", "missing", "damaged"), "half_life_days": (45.0,), "test_id": ("a", "b"),
    "variant": ("as_asked", "scale", "rule"), "event_kind": ("Summits", "Launches"),
    "target": ("month", "sum_3m"), "horizon": (1, 2, 12), "outcome": ("rejected", "not_rejected"),
    "raw_file_id": tuple(f"f{n}" for n in range(12)), "event_id": tuple(f"e{n}" for n in range(60)),
    "record_id": tuple(f"r{n}" for n in range(30)), "run_id": ("n1", "n2", "n3"),
}  # fmt: skip
_PREVIOUS = re.compile(rf"\b{checks.PREVIOUS}\.(\w+\.\w+)")
_ORDERED = re.compile(r"\border by [^()]*\Z")
# It passes to a macro what a published study fills in as plain values.
_OF_A_STUDY = ("how_the_scale_changes_the_picture",)
_MAP = re.compile(r"MAP\(VARCHAR, (.*)\)")
_MACROS = {
    "main.dyad_index": "main.dyad_index('JPN', 'KOR')",
    "main.all_dyads": "main.all_dyads()",
    "main.events_between": "main.events_between('JPN', 'KOR')",
}


def _month(chance: random.Random) -> date:
    n = chance.randrange(30)
    return date(2020 + n // 12, n % 12 + 1, 1)


def _day(chance: random.Random) -> date:
    return _FIRST + timedelta(days=chance.randrange(900))


def _moment(chance: random.Random) -> datetime:
    return datetime(2020, 1, 1) + timedelta(seconds=chance.randrange(900 * 86400))


def _number(chance: random.Random) -> float:
    # Many digits, both signs, now and then zero.
    return chance.choice((0.0, *(chance.gauss(0, 3) for _ in range(8))))


_BY_KIND: Mapping[str, Callable[[random.Random], Any]] = {
    "DATE": _day, "TIMESTAMP": _moment, "TIMESTAMP WITH TIME ZONE": _moment,
    "BOOLEAN": lambda chance: chance.random() < 0.6, "DOUBLE": _number, "FLOAT": _number,
    "VARCHAR": lambda chance: chance.choice(("a", "b", "c'd", "Éa")),
}  # fmt: skip


def _value(name: str, kind: str, chance: random.Random) -> Any:
    if kind.endswith("[]"):
        return [_value(name, kind[:-2], chance) for _ in range(chance.randrange(3))]
    if found := _MAP.fullmatch(kind):
        return {key: _value("", found[1], chance) for key in ("a", "b")[: chance.randrange(3)]}
    if name in _KEYS:
        return chance.choice(_KEYS[name])
    if chance.random() < 0.08:
        return None
    if name in ("period_start", "month", "published_in"):
        return _month(chance)
    if make := _BY_KIND.get(kind):
        return make(chance)
    if kind.startswith("DECIMAL"):
        return round(_number(chance), 3)
    return chance.randrange(9) if "INT" in kind else None


def rows(table: str, columns: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the rows of a table, always the same."""
    if table == "meta.study_dyad":
        pairs = itertools.combinations(_STATES, 2)
        return [
            {"actor1_iso3": one, "actor2_iso3": other, "position": place, "is_focal": place == 1}
            for place, (one, other) in enumerate(pairs, start=1)
        ]
    chance = random.Random(table)
    wanted = 1 if table in _SINGLE else _N_ROWS
    found: list[dict[str, Any]] = []
    while len(found) < wanted:
        row = {name: _value(name, kind, chance) for name, kind in columns.items()}
        if row.get("actor1_iso3") != row.get("actor2_iso3") or "actor2_iso3" not in row:
            found.append(row)
    key = _UNIQUE.get(table)
    return list({tuple(row[name] for name in key): row for row in found}.values()) if key else found


def fill(given: Given) -> None:
    """Let every table and view hold irregular rows."""
    for file in sql_files():
        if not file.is_macro:
            described = given.warehouse.rows(f"describe {file.table}")
            columns = {name: kind for name, kind, *_ in described}
            given.put(file.table, *rows(file.table, columns))


def answers() -> dict[str, str]:
    """Return what each column of each answer holds, in the order of the rows, by its name."""
    found: dict[str, str] = {}
    with nothing() as given:
        given.warehouse.execute("set threads = 1")  # in one order, numbers are added up alike
        fill(given)
        for file in sql_files():
            if not file.is_input and not file.is_macro:
                with given.for_a_while():
                    given.ask(file.table, "select 1")
                    found |= _of(given, file.table, f"from {file.table}", file.query)
        for name, call in _MACROS.items():
            found |= _of(given, name, f"from {call}", "")
        for name, query in queries.named(_NO_QUERIES).items():
            if name in _OF_A_STUDY:
                continue
            values = {"category": "summit"} if name == "weeks_after_events" else {}
            text = query.filled(values)
            found |= _of(given, f"query {name}", text, text)
        _fill_previous(given)
        for check in checks.all_checks():
            found |= _of(given, f"check {check.name}", check.query, check.query)
    return found


def _fill_previous(given: Given) -> None:
    """Let the database published before hold fewer rows, for the checks that compare."""
    told = {one for check in checks.all_checks() for one in _PREVIOUS.findall(check.query)}
    given.warehouse.execute(f"attach ':memory:' as {checks.PREVIOUS}")
    for table in sorted(told):
        layer = table.partition(".")[0]
        before = f"{checks.PREVIOUS}.{table}"
        given.warehouse.execute(f"create schema if not exists {checks.PREVIOUS}.{layer}")
        given.warehouse.execute(f"create table {before} as from {table} offset 5")


def _of(given: Given, name: str, question: str, text: str) -> dict[str, str]:
    answer = given.warehouse.execute(question)
    columns = [one[0] for one in answer.description]
    rows = [[_told(value) for value in row] for row in answer.fetchall()]
    if not _ORDERED.search(text):
        rows.sort()
    found = {name: f"{len(rows)} rows"}
    for place, column in enumerate(columns):
        hashed = hashlib.md5("|".join(row[place] for row in rows).encode(), usedforsecurity=False)
        n_known = sum(row[place] != "None" for row in rows)
        found[f"{name}.{column}"] = f"{n_known} values, {hashed.hexdigest()[:12]}"
    return found


def _told(value: Any) -> str:
    # Seven digits: the last ones of a logarithm depend on the processor.
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def read() -> dict[str, str]:
    """Return what is written of the answers."""
    return dict(line.split("\t") for line in KEPT.read_text(encoding="utf-8").splitlines())


def write() -> None:
    """Write what the statements answer now."""
    lines = (f"{name}\t{told}\n" for name, told in answers().items())
    KEPT.write_text("".join(lines), encoding="utf-8")
