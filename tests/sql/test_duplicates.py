"""Which of several rows of one event counts, against a model in plain Python."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.base import assets
from detente.database.builder import Warehouse
from tests.support.effort import examples

FIRST = date(2023, 1, 1)
FILES = ("a", "b", "c")
# Of an event: its name, file, day, and the column that is wrong; a row names one or two pairs.
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["e1", "e2", "e3"]),
        st.sampled_from(FILES),
        st.integers(0, 9),
        st.sampled_from([None, None, None, "event_date"]),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=12,
)
LEVELS = st.fixed_dictionaries(dict.fromkeys(FILES, st.integers(0, 2)))
SCOPES = st.fixed_dictionaries(dict.fromkeys(FILES, st.sampled_from(["", "", "region"])))
SPANS = st.fixed_dictionaries(dict.fromkeys(FILES, st.tuples(st.integers(0, 9), st.integers(0, 4))))
# On which day each was made; of some nobody knows.
MADE = st.fixed_dictionaries(dict.fromkeys(FILES, st.one_of(st.none(), st.integers(0, 2))))
# In which of its provider's numberings a file is; 2 is the present one here. And of which states.
NUMBERINGS = st.fixed_dictionaries(dict.fromkeys(FILES, st.integers(0, 2)))
PLACES = st.fixed_dictionaries(
    dict.fromkeys(FILES, st.one_of(st.none(), st.sets(st.sampled_from(["IND", "PAK"]), min_size=1)))
)
Row = tuple[str, str, int, str | None, int]


@pytest.fixture(scope="module")
def warehouse() -> Iterator[Warehouse]:
    with Warehouse() as one:
        yield one


def _told(number: int, day: int) -> datetime | None:
    """Say when a row was changed last; of every third one nobody knows."""
    n = (number * 7 + day) % 3
    return datetime(2024, 1, n) if n else None


def _age(number: int, day: int) -> int:
    """Order rows by their last change, the latest first, those of which nobody knows last."""
    told = _told(number, day)
    return -told.day if told else 0


def _place(number: int) -> str | None:
    """Say where a row's event took place; of every third one nobody knows."""
    return (None, "IND", "PAK")[number % 3]


def _fill(warehouse: Warehouse, rows: list[Row], numberings: dict[str, int] | None = None) -> None:
    given = numberings or dict.fromkeys(FILES, 2)
    warehouse.execute(
        "create or replace temp table coded (batch_row bigint, event_id varchar, event_date date, "
        "raw_file_id varchar, raw_row bigint, problem varchar, told_at timestamp, "
        "numbering utinyint, numbered_in varchar)"
    )
    lines = [
        (
            number, event, FIRST + timedelta(days=day), file, number + 1, problem,
            _told(number, day), given[file] if given[file] < 2 else None,
            _place(number) if given[file] < 2 else None,
        )
        for number, (event, file, day, problem, n_pairs) in enumerate(rows)
        for _ in range(n_pairs)
    ]  # fmt: skip
    names = [
        "batch_row", "event_id", "event_date", "raw_file_id", "raw_row", "problem", "told_at",
        "numbering", "numbered_in",
    ]  # fmt: skip
    warehouse.insert("coded", names, lines)


def _duplicates(warehouse: Warehouse, name: str) -> set[tuple[int, str, str]]:
    warehouse.execute((assets.sql() / "sources" / f"{name}.sql").read_text(encoding="utf-8"))
    found = warehouse.rows("select batch_row, event_id, raw_file_id from duplicate")
    assert len(found) == len(set(found)), "a row is a duplicate once"
    return set(found)


@settings(max_examples=examples(15))
@given(rows=ROWS)
def test_the_latest_row_counts_and_then_the_first_by_file_and_line(
    warehouse: Warehouse, rows: list[Row]
) -> None:
    _fill(warehouse, rows)
    good = [
        (_age(number, day), file, number + 1, event)
        for number, (event, file, day, problem, _) in enumerate(rows)
        if problem is None
    ]
    kept = {min(one for one in good if one[3] == event) for *_, event in good}
    assert _duplicates(warehouse, "duplicate") == {
        (row - 1, event, file) for _, file, row, event in set(good) - kept
    }


@settings(max_examples=examples(20))
@given(
    rows=ROWS,
    levels=LEVELS,
    spans=SPANS,
    scopes=SCOPES,
    made=MADE,
    numberings=NUMBERINGS,
    places=PLACES,
)
def test_a_higher_release_counts_and_owns_the_days_that_it_covers(
    warehouse: Warehouse,
    rows: list[Row],
    levels: dict[str, int],
    spans: dict[str, tuple[int, int]],
    scopes: dict[str, str],
    made: dict[str, int | None],
    numberings: dict[str, int],
    places: dict[str, set[str] | None],
) -> None:
    _fill(warehouse, rows, numberings)
    warehouse.execute(
        "create or replace temp table rank "
        "(raw_file_id varchar, level int, scope varchar, made date); "
        "create or replace temp table release "
        "(level int, scope varchar, made date, first_day date, last_day date)"
    )
    # A file without a rank is of the lowest level and of no scope of its own.
    scopes = {file: scope if levels[file] else "" for file, scope in scopes.items()}
    days = {
        file: FIRST + timedelta(days=day) if day is not None else None for file, day in made.items()
    }
    ranked = [
        (file, level, scopes[file], days[file])
        for file, level in levels.items()
        if level or days[file]
    ]
    warehouse.insert("rank", ["raw_file_id", "level", "scope", "made"], ranked)
    warehouse.insert(
        "release",
        ["level", "scope", "made", "first_day", "last_day"],
        [
            (
                levels[file],
                scopes[file],
                days[file],
                FIRST + timedelta(days=first),
                FIRST + timedelta(days=first + length),
            )
            for file, (first, length) in spans.items()
        ],
    )
    warehouse.execute(
        "create or replace temp table renumbered as select unnest(?::integer[]) as numbering, "
        "unnest(?::date[]) as first_day, unnest(?::date[]) as last_day, "
        "unnest(?::varchar[][]) as places",
        [
            list(numberings.values()),
            [FIRST + timedelta(days=spans[file][0]) for file in numberings],
            [FIRST + timedelta(days=sum(spans[file])) for file in numberings],
            [None if (one := places[file]) is None else sorted(one) for file in numberings],
        ],
    )

    def is_renumbered(file: str, day: int, place: str | None) -> bool:
        return numberings[file] < 2 and any(
            numberings[other] > numberings[file]
            and first <= day <= first + length
            and ((states := places[other]) is None or place in states)
            for other, (first, length) in spans.items()
        )

    def is_owned(file: str, day: int, number: int) -> bool:
        return is_renumbered(file, day, _place(number)) or any(
            levels[other] > levels[file]
            and scopes[other] == scopes[file]
            and (made[other] is None or made[file] is None or made[file] <= made[other])
            and first <= day <= first + length
            for other, (first, length) in spans.items()
        )

    good = [
        (is_owned(file, day, number), _age(number, day), -levels[file], file, number + 1, event)
        for number, (event, file, day, problem, _) in enumerate(rows)
        if problem is None
    ]
    kept = {min(one for one in good if one[5] == event) for *_, event in good}
    kept = {one for one in kept if not one[0]}
    assert _duplicates(warehouse, "duplicate_release") == {
        (row - 1, event, file) for _, _, _, file, row, event in set(good) - kept
    }


def test_the_parts_of_a_batch_are_apart_and_together_all_good_rows(warehouse: Warehouse) -> None:
    """Each good row is an event, an event outside the scope, or told again; never two of them."""
    texts = {
        name: (assets.sql() / "sources" / f"{name}.sql").read_text(encoding="utf-8")
        for name in ("kept", "event_part", "other_part", "again_part")
    }
    empty = (
        "null::timestamp as added_at, null::varchar as goldstein_reported, "
        "null::int as quad_class_reported, null::bigint as n_sources, "
        "null::boolean as is_root_event, null::double as avg_tone, null::bigint as n_deaths, "
        "null::bigint as n_deaths_low, null::bigint as n_deaths_high, null::varchar as contexts, "
        "null::varchar as category, null::varchar as title, null::varchar as source_name, "
        "null::varchar as source_url, null::varchar as unknown_names, "
        "null::varchar as place_country, null::double as latitude, "
        "null::double as longitude, null::timestamp as told_at, null::utinyint as numbering, "
        "null::varchar as numbered_in, "
        "false as is_preliminary, 'f' as raw_file_id"
    )
    unknown = "an actor is unknown"
    warehouse.execute(
        f"""
        create or replace temp table coded as
        select *, batch_row + 1 as raw_row, date '2023-01-01' as event_date, '010' as cameo_code,
            case when batch_row = 4 then null else 7 end as n_mentions, {empty}
        from (values
            (0, 'e0', null, null, 1, 'JPN', 'KOR', 'JPN', 'KOR', 'GOV', 'MIL', true, true),
            (1, 'e1', null, null, 1, 'JPN', 'KOR', 'JPN', 'KOR', 'GOV', 'BUS', true, true),
            (2, 'e2', null, '{unknown}', 1, null, null, 'Xyz', 'KOR', null, null, false, true),
            (3, 'e3', null, '{unknown}', 1, null, null, 'JPN', 'Abc', null, null, true, false),
            (4, 'e4', null, null, 2, 'JPN', 'KOR', 'JPN', 'KOR', 'COP', 'SPY', true, true),
            (4, 'e4', null, null, 2, 'JPN', 'USA', 'JPN', 'USA', 'LEG', 'JUD', true, true),
            (5, 'e5', 'event_date', null, 1, 'JPN', 'KOR', 'JPN', 'KOR', 'GOV', 'GOV', true, true),
            (6, 'e0', null, null, 1, 'JPN', 'KOR', 'JPN', 'KOR', 'GOV', null, true, true),
            (7, 'e2', null, '{unknown}', 1, null, null, 'Xyz', 'KOR', null, null, false, true)
        ) as rows (batch_row, event_id, problem, reason, n_pairs, actor1_iso3, actor2_iso3,
            actor1_name, actor2_name, actor1_sector, actor2_sector, is_known1, is_known2);
        create or replace temp table duplicate as
        select batch_row, event_id, raw_file_id from coded where batch_row in (6, 7)
        """
    )
    warehouse.execute(texts["kept"])
    events = warehouse.rows(
        f"select event_id, is_official, n_mentions, raw_row from ({texts['event_part']})"
    )
    assert events == [
        ("e0", True, 7, 1),
        ("e1", False, 7, 2),
        ("e4:JPN>KOR", True, 1, 5),
        ("e4:JPN>USA", True, 1, 5),
    ]
    others = warehouse.rows(
        f"select event_id, unknown1, unknown2, raw_row from ({texts['other_part']}) order by all"
    )
    assert others == [("e2", "Xyz", None, 3), ("e3", None, "Abc", 4)]
    again = warehouse.rows(
        "select event_id, is_official, unknown1, unknown2, raw_row "
        f"from ({texts['again_part']}) order by all"
    )
    assert again == [("e0", False, None, None, 7), ("e2", False, "Xyz", None, 8)]
