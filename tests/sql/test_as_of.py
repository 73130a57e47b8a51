"""What a database shows that stands as of a day: that day itself, and nothing of the next."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest

from tests.support.given import Given, nothing

AS_OF = date(2023, 5, 20)
DAYS = [AS_OF + timedelta(days=n) for n in (-1, 0, 1)]


@pytest.fixture(scope="module")
def given() -> Iterator[Given]:
    """Of everything one on the day before, one on the day, one on the day after."""
    with nothing() as one:
        one.put("meta.study", {"as_of": AS_OF})
        one.put("meta.raw_file", {"raw_file_id": "f", "path": "f.csv", "source": "records"})
        one.put("core.cameo", {"cameo_code": "042", "cameo_root": "04", "quad_class": 1})
        acts = [
            {"event_id": f"{day}", "event_date": day, "added_at": datetime(2023, 5, 1),
             "actor1_iso3": "JPN", "actor2_iso3": "KOR", "cameo_code": "042"}
            for day in DAYS
        ]  # fmt: skip
        for kind in ("event", "again"):
            one.put_part(kind, *acts)
        one.put_part("other", *({"event_date": day} for day in DAYS))
        one.put(
            "core.record",
            *(
                {"record_id": f"{day}", "raw_file_id": "f", "event_date": day, "actor1": ["JPN"],
                 "actor2": ["KOR"], "cameo_code": "042", "category": "summit", "attributes": {}}
                for day in DAYS
            ),
        )  # fmt: skip
        yield one


@pytest.mark.parametrize(
    ("table", "day"),
    [
        ("core.store_event", "event_date"),
        ("core.store_other", "event_date"),
        ("core.record_event", "event_date"),
        ("core.event", "event_date"),
        ("core.curated_record", "day"),
        ("main.act", "day"),
        ("main.event", "day"),
    ],
)
def test_what_happened_on_the_day_itself_is_shown(given: Given, table: str, day: str) -> None:
    assert given.ask(table, f"select distinct {day} from {table} order by 1") == [
        (one,) for one in DAYS[:2]
    ]


def test_a_telling_that_does_not_count_is_shown_up_to_the_day_too(given: Given) -> None:
    found = given.ask(
        "core.event_telling",
        "select is_current, event_date from core.event_telling order by is_current, event_date",
    )
    assert found == [(is_current, day) for is_current in (False, True) for day in DAYS[:2]]


def test_what_was_published_before_midnight_was_known_on_the_day(given: Given) -> None:
    moments = {
        "late": datetime(2023, 5, 20, 23, 59, 59),
        "at midnight": datetime(2023, 5, 21),
        "at its first moment": datetime(2023, 5, 20),
    }
    given.put_part(
        "event",
        *(
            {"event_id": name, "event_date": DAYS[0], "added_at": at, "cameo_code": "042"}
            for name, at in moments.items()
        ),
    )
    found = given.ask("core.store_event", "select event_id from core.store_event order by 1")
    assert found == [("at its first moment",), ("late",)]
