"""Mirror folders of every provider, with made-up events among three states over some years."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from detente.sources import acled_interface, gdelt2, icews, polecat
from detente.sources.gdelt2 import COLUMNS as GDELT_COLUMNS
from tests.support.gdelt2 import master_list, row

STATES = {"GRC": "Greece", "TUR": "Turkey", "CYP": "Cyprus"}
_COOPERATION = ("010", "036", "042", "057")
_CONFLICT = ("112", "130", "138", "173")


@dataclass(frozen=True)
class Act:
    """One act of a made-up world."""

    number: int
    day: date
    actor1: str
    actor2: str
    code: str


def acts(first: date, last: date, a_month: int = 12, seed: int = 1) -> list[Act]:
    """Return acts among Greece, Türkiye and Cyprus whose tone turns bad after two thirds."""
    chance = random.Random(seed)
    turn = first + (last - first) * 2 / 3
    found, number = [], 0
    for month in _months(first, last):
        length = ((month.replace(day=28) + timedelta(days=4)).replace(day=1) - month).days
        for _ in range(a_month):
            day = month + timedelta(days=chance.randrange(length))
            number += 1
            actor1, actor2 = chance.sample(sorted(STATES), 2)
            is_bad = chance.random() < (0.25 if day < turn else 0.7)
            code = chance.choice(_CONFLICT if is_bad else _COOPERATION)
            if first <= day <= last:
                found.append(Act(number, day, actor1, actor2, code))
    return found


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def gdelt(one: Act, columns: Sequence[str] = GDELT_COLUMNS, *, has_time: bool = True) -> str:
    """Return a row of GDELT."""
    values = {
        "GLOBALEVENTID": str(one.number), "SQLDATE": f"{one.day:%Y%m%d}",
        "Actor1Code": f"{one.actor1}GOV", "Actor1CountryCode": one.actor1,
        "Actor1Type1Code": "GOV", "Actor2Code": f"{one.actor2}GOV",
        "Actor2CountryCode": one.actor2, "Actor2Type1Code": "GOV", "IsRootEvent": "1",
        "EventCode": one.code, "EventBaseCode": one.code[:3], "EventRootCode": one.code[:2],
        "QuadClass": "1", "GoldsteinScale": "1.0", "NumMentions": str(1 + one.number % 9),
        "NumSources": "1", "NumArticles": "1", "AvgTone": "-1.5",
        "DATEADDED": f"{one.day:%Y%m%d}" + ("120000" if has_time else ""),
        "SOURCEURL": f"https://example.org/{one.number}",
    }  # fmt: skip
    if columns is GDELT_COLUMNS:
        return row(values)
    return "\t".join(values.get(name, "") for name in columns)


def gdelt2_folder(folder: Path, world: Sequence[Act]) -> None:
    """Write one file a day, the last quarter of an hour, and the list that names no other."""
    by_day: dict[date, list[str]] = {}
    for one in world:
        by_day.setdefault(one.day, []).append(gdelt(one))
    first, last = min(by_day), max(by_day)
    for place in range((last - first).days + 1):
        day = first + timedelta(days=place)
        # A feed always has something: here, words that name one actor alone.
        other = row(
            {
                "GLOBALEVENTID": str(10_000_000 + place), "SQLDATE": f"{day:%Y%m%d}",
                "Actor1Code": "GRC", "Actor1CountryCode": "GRC", "EventCode": "010",
                "DATEADDED": f"{day:%Y%m%d}120000",
            }
        )  # fmt: skip
        name = f"{day:%Y%m%d}234500.export.CSV"
        _zip(
            folder / f"{name}.zip",
            name,
            "".join(f"{one}\n" for one in [*by_day.get(day, []), other]),
        )
    files = {one.name: one.read_bytes() for one in folder.glob("*.export.CSV.zip")}
    (folder / "masterfilelist.txt").write_bytes(master_list(files))


def gdelt1_folder(folder: Path, world: Sequence[Act]) -> None:
    """Write one file a month of the backfile, without addresses."""
    columns = tuple(
        name for name in gdelt2.COLUMNS if not name.endswith("ADM2Code") and name != "SOURCEURL"
    )
    by_month: dict[str, list[str]] = {}
    for one in world:
        by_month.setdefault(f"{one.day:%Y%m}", []).append(gdelt(one, columns, has_time=False))
    for month, lines in by_month.items():
        _zip(folder / f"{month}.zip", f"{month}.csv", "".join(f"{one}\n" for one in lines))


def icews_folder(folder: Path, world: Sequence[Act]) -> None:
    """Write one file a year, which has something from its first day on, as a feed has."""
    by_year: dict[int, list[Act]] = {}
    for one in world:
        by_year.setdefault(one.day.year, []).append(one)
    for year, chosen in by_year.items():
        alone = {"Event ID": str(10_000_000 + year), "Event Date": f"{year}-01-01",
                 "Source Country": "Greece", "Event Text": "x", "CAMEO Code": "010"}  # fmt: skip
        path = folder / f"events.{year}.20230101000000.tab"
        path.write_text(icews_table(chosen, alone), encoding="utf-8")


def icews_table(chosen: Sequence[Act], *others: dict[str, str]) -> str:
    """Return a table of ICEWS with some acts and other rows before them."""
    rows = [*others]
    for one in chosen:
        rows.append({
            "Event ID": str(one.number), "Event Date": str(one.day),
            "Source Name": f"Government ({STATES[one.actor1]})", "Source Sectors": "Government",
            "Source Country": STATES[one.actor1], "Event Text": "x", "CAMEO Code": one.code,
            "Intensity": "1", "Target Name": f"Government ({STATES[one.actor2]})",
            "Target Sectors": "Government", "Target Country": STATES[one.actor2],
            "Publisher": "Example Daily",
        })  # fmt: skip
    lines = ["\t".join(row.get(name, "") for name in icews.COLUMNS) for row in rows]
    return "\n".join(["\t".join(icews.COLUMNS), *lines, ""])


def polecat_folder(folder: Path, world: Sequence[Act]) -> None:
    """Write one file a month."""
    by_month: dict[str, list[Act]] = {}
    for one in world:
        by_month.setdefault(f"{one.day:%Y-%b}", []).append(one)
    for month, chosen in by_month.items():
        path = folder / f"ngecEventsDV-{month}.txt"
        path.write_text(polecat_table(chosen), encoding="utf-8")


def polecat_table(chosen: Sequence[Act]) -> str:
    """Return a table of POLECAT with some acts."""
    types = {
        "010": ("CONSULT", ""), "036": ("AGREE", ""), "042": ("CONSULT", "visit"),
        "057": ("COOPERATE", ""), "112": ("ACCUSE", "allege"), "130": ("THREATEN", "restrict"),
        "138": ("THREATEN", "violence"), "173": ("COERCE", "arrest"),
    }  # fmt: skip
    lines = ["\t".join(polecat.COLUMNS)]
    for one in chosen:
        kind, mode = types[one.code]
        values = dict.fromkeys(polecat.COLUMNS, "None") | {
            "Event ID": f"{one.day:%Y%m%d}-{one.number}_{kind}", "Event Date": str(one.day),
            "Event Type": kind, "Event Mode": mode or "None", "Event Intensity": "0.00",
            "Actor Country": STATES[one.actor1], "Primary Actor Sector": "GOV",
            "Recipient Country": STATES[one.actor2], "Primary Recipient Sector": "GOV",
            "Source": "Example Daily", "Publication Date": str(one.day), "Language": "English",
        }  # fmt: skip
        lines.append("\t".join(values[name] for name in polecat.COLUMNS))
    return "\n".join([*lines, ""])


def acled_folder(folder: Path, world: Sequence[Act]) -> None:
    """Write one file a year: clashes between the armed forces."""
    by_year: dict[int, list[Act]] = {}
    for one in world:
        by_year.setdefault(one.day.year, []).append(one)
    for year, chosen in by_year.items():
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, list(acled_interface.COLUMNS))
        writer.writeheader()
        for one in chosen:
            writer.writerow(
                dict.fromkeys(acled_interface.COLUMNS, "")
                | {
                    "event_id_cnty": f"GRC{one.number}",
                    "event_date": str(one.day),
                    "year": str(year),
                    "event_type": "Battles",
                    "sub_event_type": "Armed clash",
                    "actor1": f"Military Forces of {STATES[one.actor1]} (2015-)",
                    "actor2": f"Military Forces of {STATES[one.actor2]} (2015-)",
                    "latitude": "37.5",
                    "longitude": "25.0",
                    "source": "Example Daily",
                    "notes": "A clash",
                    "fatalities": str(one.number % 3),
                    "timestamp": "1700000000",
                }
            )
        (folder / f"acled_{year}.csv").write_text(text.getvalue(), encoding="utf-8")


def _zip(path: Path, name: str, text: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
