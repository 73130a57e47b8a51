"""What a source does not know of single states: no zero, and nothing of other pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.database.published import Published
from detente.operations import status
from tests.support.effort import examples
from tests.support.given import Given, Row, nothing
from tests.support.indices import CALM

DAY0 = date(2021, 1, 1)
START, AS_OF = DAY0 + timedelta(days=3), DAY0 + timedelta(days=60)
STATES = ("BOL", "CHL", "PER")
PAIRS = (("BOL", "CHL"), ("BOL", "PER"), ("CHL", "PER"))
SQL = (
    "core.state_absence", "meta.covering_file", "meta.coverage_gap", "meta.coverage",
    "meta.state_gap",
    "meta.unknown_run", "meta.dyad_gap",
)  # fmt: skip
NO_FILE, NO_EVENT = "no file of the state", "no event in the state"
BEFORE, ABSENT = "before the source covers the state", "the state did not exist"

Spell = tuple[date, date | None]


def _day(number: int) -> date:
    return DAY0 + timedelta(days=number)


def _days(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


@dataclass(frozen=True)
class File:
    """A file by the numbers of its days, and the states that it has events in; all if None."""

    first: int
    last: int
    places: frozenset[str] | None
    named_to: int | None = None
    n_rows: int = 1000
    is_loaded: bool = True


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.put("meta.study", {"start_date": START, "as_of": AS_OF, "half_life_days": 45.0,
                               "points_per_score": 40.0})  # fmt: skip
        one.put("core.actor", *({"iso3": iso3} for iso3 in (*STATES, "ARG")))
        one.put("meta.study_dyad", *(
            {"position": n, "actor1_iso3": one, "actor2_iso3": other}
            for n, (one, other) in enumerate(PAIRS)
        ))  # fmt: skip
        yield one


@pytest.fixture
def warehouse(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


def _fill(
    given: Given,
    *files: File,
    begun: dict[str, date] | None = None,
    spells: dict[str, list[Spell]] | None = None,
) -> None:
    given.put(
        "meta.raw_file",
        *({"raw_file_id": f"acled/{number}.csv", "source": "acled",
           "status": "loaded" if one.is_loaded else "missing",
           "n_loaded": 1, "covers_from": _day(one.first), "covers_to": _day(one.last),
           "named_to": _day(one.last if one.named_to is None else one.named_to),
           "n_rows": one.n_rows,
           "places": None if one.places is None else "; ".join(sorted(one.places))}
          for number, one in enumerate(files)),
    )  # fmt: skip
    given.put(
        "core.state_coverage",
        *({"source": "acled", "iso3": iso3, "first_day": day}
          for iso3, day in (begun or {}).items()),
        {"source": "other", "iso3": "BOL", "first_day": AS_OF},
    )  # fmt: skip
    given.put(
        "core.state_spell",
        *({"iso3": iso3, "first_day": first, "last_day": last}
          for iso3, these in (spells or {}).items() for first, last in these),
    )  # fmt: skip
    for table in SQL:
        given.ask(table, "select 1")


def _gaps(given: Given) -> list[tuple[date, date, str]]:
    return given.warehouse.rows(
        "select first_day, last_day, reason from meta.coverage_gap order by all"
    )


def _of_states(given: Given, reason: str) -> list[tuple[str, date, date]]:
    return given.warehouse.rows(
        "select iso3, first_day, last_day from meta.state_gap where reason = ? order by all",
        [reason],
    )


def _coverage(given: Given) -> tuple[date, date, date]:
    ((first, last, complete_to),) = given.warehouse.rows(
        "select first_day, last_day, complete_to from meta.coverage"
    )
    return first, last, complete_to


def _acts(given: Given, *acts: tuple[str, str, date]) -> None:
    one: Row = {"source": "acled", "counting": "all", "n_events": 1, "n_deaths": 2,
                "cooperation": 0.0, "conflict": 5.0}  # fmt: skip
    given.put(
        "marts.dyad_day",
        *({**one, "actor1_iso3": actor1, "actor2_iso3": actor2, "day": day}
          for actor1, actor2, day in sorted(set(acts))),
    )  # fmt: skip


Period = tuple[date, date, bool, int | None, bool]


def _periods(given: Given, freq: str) -> dict[tuple[str, str], list[Period]]:
    found: dict[tuple[str, str], list[Period]] = {pair: [] for pair in PAIRS}
    for one, other, *row in given.warehouse.rows(
        "select actor1_iso3, actor2_iso3, period_start, period_end, is_complete, n_events, "
        f"is_zero_filled from marts.period_indices('from marts.dyad_day', '{freq}', null, null, "
        f"null) where freq = '{freq}' and counting = 'all' and direction = 'undirected' "
        "order by all"
    ):
        found[one, other].append(tuple(row))
    return found


def _of(*places: str) -> frozenset[str]:
    return frozenset(places)


def test_the_shorter_export_ends_its_own_state_and_no_other(warehouse: Given) -> None:
    _fill(warehouse, File(3, 40, _of("BOL")), File(5, 20, _of("CHL", "ARG")))
    assert _gaps(warehouse) == []
    assert _coverage(warehouse) == (_day(3), _day(40), _day(40))
    assert _of_states(warehouse, NO_FILE) == [
        ("ARG", _day(3), _day(4)), ("ARG", _day(21), _day(40)),
        ("CHL", _day(3), _day(4)), ("CHL", _day(21), _day(40)),
    ]  # fmt: skip
    assert _of_states(warehouse, NO_EVENT) == [("PER", _day(3), _day(40))]


def test_a_pair_is_complete_as_far_as_the_files_of_both_states_go(warehouse: Given) -> None:
    """The export of one state ends early; the pairs of the others do not."""
    _fill(
        warehouse, File(3, 30, _of("BOL", "ARG")), File(3, 58, _of("CHL")), File(3, 58, _of("PER"))
    )
    _acts(warehouse, ("BOL", "CHL", _day(50)))
    found = _periods(warehouse, "month")
    january, february = date(2021, 1, 1), date(2021, 2, 1)
    # Day 30 is the last of January, day 58 that of February.
    for pair, n in {("BOL", "CHL"): 1, ("BOL", "PER"): None}.items():
        assert [(start, whole, n_events) for start, _, whole, n_events, _ in found[pair]] == [
            (january, False, 0), (february, False, n),
        ]  # fmt: skip
    assert [(start, whole, n) for start, _, whole, n, _ in found["CHL", "PER"]] == [
        (january, False, 0), (february, True, 0),
    ]  # fmt: skip


def test_a_file_of_all_states_reaches_each(warehouse: Given) -> None:
    _fill(warehouse, File(3, 40, None), File(5, 20, _of("CHL")))
    assert _gaps(warehouse) == []
    assert warehouse.warehouse.rows("from meta.state_gap") == []
    assert _coverage(warehouse) == (_day(3), _day(40), _day(40))


def test_exports_of_the_same_states_for_successive_spans_join(warehouse: Given) -> None:
    # Silent from day 19 to the end of the span that was asked for, day 22.
    first = File(3, 18, _of("BOL", "CHL"), named_to=22)
    _fill(warehouse, first, File(23, 40, _of("BOL", "CHL")))
    assert _of_states(warehouse, NO_FILE) == []
    _fill(warehouse, first, File(23, 40, _of("BOL")))
    assert _of_states(warehouse, NO_FILE) == [("CHL", _day(19), _day(40))]


@pytest.mark.parametrize(("n_others", "is_whole"), [(19, True), (9, True), (8, False)])
def test_years_of_the_world_whose_states_differ_a_little_join(
    warehouse: Given, n_others: int, is_whole: bool
) -> None:
    """One year has no event in Peru, and 9 of 10 states are those of the other year."""
    others = {f"X{n:02}" for n in range(n_others - 1)} | {"CHL"}
    _fill(warehouse, File(3, 20, frozenset(others)), File(21, 40, frozenset(others | {"PER"})))
    gap = [] if is_whole else [("PER", _day(3), _day(20))]
    assert _of_states(warehouse, NO_FILE) == gap
    assert [iso3 for iso3, *_ in _of_states(warehouse, NO_EVENT)] == ["ARG", "BOL"]


def test_days_without_any_file_stay_told_as_such(warehouse: Given) -> None:
    _fill(warehouse, File(3, 10, _of(*STATES)), File(15, 40, _of(*STATES)))
    assert _gaps(warehouse) == [(_day(11), _day(14), "no file")]
    _fill(warehouse, File(3, 10, _of("BOL")), File(3, 8, _of("CHL")), File(15, 40, _of(*STATES)))
    assert _gaps(warehouse) == [(_day(11), _day(14), "no file")]
    assert ("CHL", _day(9), _day(14)) in _of_states(warehouse, NO_FILE)
    # Of files of which nobody chose the states, no state has a gap of its own.
    _fill(warehouse, File(3, 10, None), File(15, 40, None))
    assert _gaps(warehouse) == [(_day(11), _day(14), "no file")]
    assert _of_states(warehouse, NO_FILE) == []


def test_days_before_the_source_covers_a_state_are_no_zeros(warehouse: Given) -> None:
    """Wherever the files come from; what was recorded on the soil of the other state is shown."""
    february = date(2021, 2, 1)
    for places in (None, _of(*STATES)):
        _fill(warehouse, File(0, 58, places), begun={"CHL": february})
        assert _of_states(warehouse, BEFORE) == [("CHL", START, date(2021, 1, 31))]
        _acts(warehouse, ("BOL", "CHL", _day(10)))
        found = _periods(warehouse, "month")
        assert [row[2:4] for row in found["BOL", "CHL"]] == [(False, 1), (True, 0)]
        assert [row[2:4] for row in found["CHL", "PER"]] == [(False, None), (True, 0)]
        # The study begins on the fourth of January.
        assert [row[2:4] for row in found["BOL", "PER"]] == [(False, 0), (True, 0)]


def test_days_on_which_a_state_did_not_exist_are_null_whatever_is_recorded(
    warehouse: Given,
) -> None:
    spells: dict[str, list[Spell]] = {
        "BOL": [(date(1900, 1, 1), None)],
        "CHL": [(date(2021, 2, 1), None)],
        # One state by two numbers: the spells meet.
        "PER": [(date(1900, 1, 1), _day(20)), (_day(21), None)],
    }
    _fill(warehouse, File(0, 58, None), spells=spells)
    assert _of_states(warehouse, ABSENT) == [("CHL", START, date(2021, 1, 31))]
    _acts(warehouse, ("BOL", "CHL", _day(10)), ("BOL", "CHL", _day(40)))
    found = _periods(warehouse, "month")
    assert [row[2:4] for row in found["BOL", "CHL"]] == [(False, None), (True, 1)]
    assert [row[2:4] for row in found["CHL", "PER"]] == [(False, None), (True, 0)]
    assert [row[2:4] for row in found["BOL", "PER"]] == [(False, 0), (True, 0)]


def test_acts_from_before_a_state_count_in_no_period_and_not_in_the_stock(
    warehouse: Given,
) -> None:
    """Chile begins on 26 January, a Tuesday: of five acts in January one is later.

    By hand: on 31 January, 0 days after the act of that day, the stock is -5; on 28 February, 28
    days later and 12 after the act of 16 February, -5 (2^(-28/45) + 2^(-12/45)) = -7.4045.
    """
    _fill(warehouse, File(0, 58, None), spells={"CHL": [(_day(25), None)]})
    days = [5, 10, 23, 24, 30, 46]
    _acts(warehouse, *(("BOL", "CHL", _day(n)) for n in days), ("BOL", "PER", _day(10)))
    rows = warehouse.warehouse.rows(
        "select freq, n_events, net, n_deaths, stock from marts.period_indices("
        "'from marts.dyad_day', null, null, 'BOL', 'CHL') where counting = 'all' "
        "and direction = 'undirected' and n_events > 0 order by freq, period_start"
    )
    february = -5 * (2 ** (-28 / 45) + 2 ** (-12 / 45))
    assert february == pytest.approx(-7.4045, abs=5e-5)
    assert [row[:4] for row in rows] == [
        ("month", 1, -5.0, 2), ("month", 1, -5.0, 2), ("quarter", 2, -10.0, 4),
        ("week", 1, -5.0, 2), ("week", 1, -5.0, 2), ("year", 2, -10.0, 4),
    ]  # fmt: skip
    stocks = [(freq, stock) for freq, *_, stock in rows if freq in ("month", "year")]
    assert stocks == [
        ("month", pytest.approx(-5)), ("month", pytest.approx(february)),
        ("year", pytest.approx(february)),
    ]  # fmt: skip
    # Others are as they were.
    found = _periods(warehouse, "month")
    assert [row[3] for row in found["BOL", "PER"]] == [1, 0]
    assert warehouse.warehouse.rows("select iso3, first_day, last_day from core.state_absence") == [
        ("CHL", date(1, 1, 1), _day(24))
    ]


@settings(max_examples=examples(20))
@given(
    acts=st.lists(st.tuples(st.sampled_from(PAIRS), st.integers(3, 58)), max_size=12, unique=True),
    begin=st.integers(1, 56),
    end=st.integers(1, 60),
)
def test_a_longer_period_has_what_its_days_have(
    tables: Given, acts: list[tuple[tuple[str, str], int]], begin: int, end: int
) -> None:
    """Whatever a state's spell; the stock is that of a series without the other acts."""
    spell = (_day(begin), _day(begin + end))
    exists = {(pair, n) for pair, n in acts if "CHL" not in pair or spell[0] <= _day(n) <= spell[1]}
    with tables.for_a_while():
        _fill(tables, File(0, 58, None), spells={"CHL": [spell]})
        stocks = []
        for chosen in (acts, exists):
            tables.put("marts.dyad_day")
            _acts(tables, *((*pair, _day(n)) for pair, n in chosen))
            for freq in ("week", "month", "quarter", "year"):
                for pair, periods in _periods(tables, freq).items():
                    assert sum(row[3] or 0 for row in periods) == sum(
                        one == pair for one, _ in exists
                    )
            stocks.append(
                tables.warehouse.rows(
                    "select freq, actor1_iso3, actor2_iso3, period_start, stock from "
                    "marts.period_indices('from marts.dyad_day', null, null, null, null) "
                    "where direction = 'undirected' and counting = 'all' order by all"
                )
            )
        assert stocks[0] == stocks[1]


def test_a_pair_has_no_score_before_both_states_exist(warehouse: Given) -> None:
    one: Row = {"source": "records", "raw_file_id": "records/own.csv", "status": "loaded"}
    _fill(warehouse, spells={"CHL": [(date(2021, 2, 1), None)]})
    warehouse.put(
        "meta.raw_file", {**one, "n_loaded": 1, "covers_from": START, "covers_to": _day(58)}
    )
    act: Row = {"source": "records", "counting": "all", "n_events": 1, "cooperation": 8.0,
                "conflict": 0.0, "actor2_iso3": "CHL"}  # fmt: skip
    warehouse.put(
        "marts.dyad_day",
        {**act, "actor1_iso3": "BOL", "day": _day(10)},
        {**act, "actor1_iso3": "BOL", "day": _day(40)},
    )
    for table in SQL:
        warehouse.ask(table, "select 1")
    scores = warehouse.warehouse.rows(
        "select score > 0 from marts.period_indices('from marts.dyad_day', 'month', null, 'BOL', "
        "'CHL') where counting = 'all' and direction = 'undirected' order by period_start"
    )
    assert scores == [(None,), (True,)]


def test_days_without_a_state_and_days_without_a_file_that_meet_are_one_run(
    warehouse: Given,
) -> None:
    """Nothing can be known of January, whatever a file tells of a state before it was one."""
    _fill(
        warehouse, File(3, 20, None), File(31, 58, None), spells={"BOL": [(_day(21), None)]}
    )  # fmt: skip
    assert _gaps(warehouse) == [(_day(21), _day(30), "no file")]
    _acts(warehouse, ("BOL", "CHL", _day(10)), ("CHL", "PER", _day(10)))
    found = _periods(warehouse, "month")
    assert [row[2:4] for row in found["BOL", "CHL"]] == [(False, None), (True, 0)]
    assert [row[2:4] for row in found["CHL", "PER"]] == [(False, 1), (True, 0)]


def test_gaps_that_overlap_or_follow_each_other_are_one_run(warehouse: Given) -> None:
    gap = {"source": "acled", "iso3": "BOL", "reason": NO_FILE}
    ends = [(1, 50), (5, 10), (40, 60), (61, 70), (72, 90)]
    warehouse.put(
        "meta.state_gap",
        *({**gap, "first_day": _day(first), "last_day": _day(last)} for first, last in ends),
    )
    warehouse.put("meta.coverage_gap")
    assert warehouse.ask("meta.unknown_run", "from meta.unknown_run") == [
        ("acled", "BOL", False, _day(1), _day(70)),
        ("acled", "BOL", False, _day(72), _day(90)),
    ]


def test_a_file_that_is_not_loaded_hides_no_event_of_another(warehouse: Given) -> None:
    _fill(
        warehouse, File(3, 58, None), File(3, 30, None, is_loaded=False),
        begun={"BOL": _day(6)},
    )  # fmt: skip
    assert _gaps(warehouse) == [(_day(3), _day(30), "a file is not loaded")]
    _acts(warehouse, ("BOL", "CHL", _day(10)))
    found = _periods(warehouse, "month")
    assert [row[2:4] for row in found["BOL", "CHL"]] == [(False, 1), (True, 0)]
    assert [row[2:4] for row in found["CHL", "PER"]] == [(False, None), (True, 0)]


def test_a_state_that_ended_is_unknown_afterwards_and_between_two_spells(warehouse: Given) -> None:
    spells: dict[str, list[Spell]] = {
        "BOL": [(date(1900, 1, 1), _day(10)), (_day(20), _day(30))],
    }
    _fill(warehouse, File(0, 58, None), spells=spells)
    assert _of_states(warehouse, ABSENT) == [
        ("BOL", _day(11), _day(19)), ("BOL", _day(31), _day(58)),
    ]  # fmt: skip


def test_the_gaps_of_a_pair_are_those_of_both_states_and_of_the_source(warehouse: Given) -> None:
    _fill(
        warehouse, File(3, 10, _of(*STATES)), File(15, 40, _of("BOL", "PER")),
        begun={"BOL": _day(6)},
    )  # fmt: skip
    rows = warehouse.warehouse.rows(
        "select iso3, first_day, last_day, reason from meta.dyad_gap "
        "where actor1_iso3 = 'BOL' and actor2_iso3 = 'CHL' order by all"
    )
    assert rows == [
        ("BOL", _day(3), _day(5), BEFORE),
        ("BOL", _day(11), _day(14), NO_FILE),
        ("CHL", _day(11), _day(40), NO_FILE),
        (None, _day(11), _day(14), "no file"),
    ]


def test_the_status_page_has_for_each_source_its_pairs_and_the_longest_span(
    warehouse: Given,
) -> None:
    _fill(warehouse, File(3, 40, _of("BOL", "PER")), begun={"PER": _day(6)})
    found = status.unknown_of_pairs(cast(Published, warehouse.warehouse))
    # Every pair has Chile or Peru; Chile is unknown on all days, of which the others tell less.
    assert found == (
        status.UnknownOfPairs("acled", 3, 3, "CHL", _day(3), _day(40), NO_EVENT),
    )  # fmt: skip
    # Days without any file are gaps of the source, and told elsewhere.
    _fill(warehouse, File(3, 10, None), File(15, 40, None), begun={"BOL": _day(6)})
    assert _gaps(warehouse) != []
    found = status.unknown_of_pairs(cast(Published, warehouse.warehouse))
    assert found == (status.UnknownOfPairs("acled", 2, 3, "BOL", _day(3), _day(5), BEFORE),)
    _fill(warehouse, File(3, 40, None))
    assert status.unknown_of_pairs(cast(Published, warehouse.warehouse)) == ()


def test_the_status_counts_pairs_of_which_a_state_is_unknown_and_days_without_files(
    warehouse: Given,
) -> None:
    status = "select n_days_short, n_dyads_short from main.data_status"
    _fill(warehouse, File(3, 10, None), File(15, 40, None))
    assert warehouse.ask("main.data_status", status) == [(4, 0)]
    _fill(warehouse, File(3, 14, _of(*STATES)), File(15, 40, _of("BOL", "PER")))
    assert warehouse.ask("main.data_status", status) == [(0, 2)]


FILES = st.lists(
    st.builds(
        lambda first, length, places: File(first, first + length, places),
        st.integers(0, 55),
        st.integers(0, 25),
        st.none() | st.frozensets(st.sampled_from([*STATES, "ARG"]), min_size=1),
    ),
    min_size=1,
    max_size=6,
)
BEGUN = st.dictionaries(st.sampled_from(STATES), st.integers(0, 60).map(_day), max_size=2)
SPELLS = st.dictionaries(
    st.sampled_from(STATES),
    st.tuples(st.integers(-10, 60), st.none() | st.integers(0, 60)).map(
        lambda ends: [(_day(ends[0]), None if ends[1] is None else _day(max(ends)))]
    ),
    max_size=2,
)
ACTS = st.lists(
    st.tuples(st.sampled_from(PAIRS), st.integers(0, 60)).map(
        lambda one: (one[0][0], one[0][1], _day(one[1]))
    ),
    max_size=6,
)


@pytest.mark.slow
@settings(CALM, max_examples=examples(40))
@given(files=FILES, begun=BEGUN, spells=SPELLS, acts=ACTS, freq=st.sampled_from(["week", "month"]))
def test_no_period_is_zero_or_complete_that_touches_a_day_unknown_of_either_state(
    tables: Given,
    files: list[File],
    begun: dict[str, date],
    spells: dict[str, list[Spell]],
    acts: list[tuple[str, str, date]],
    freq: str,
) -> None:
    every = _days(START, AS_OF)
    read = set().union(*(_days(_day(one.first), _day(one.last)) for one in files))
    known = {}
    exists = {}
    for iso3 in STATES:
        looked = set().union(*(
            _days(_day(one.first), _day(one.last))
            for one in files
            if one.places is None or iso3 in one.places
        ))  # fmt: skip
        exists[iso3] = every.intersection(*(
            _days(max(first, START), last or AS_OF) for first, last in spells.get(iso3, [])
        ))  # fmt: skip
        known[iso3] = {
            day for day in looked & exists[iso3] if day >= begun.get(iso3, date.min)
        }  # fmt: skip
    with tables.for_a_while():
        _fill(tables, *files, begun=begun, spells=spells)
        _acts(tables, *acts)
        found = _periods(tables, freq)
        span = every & _days(min(read), max(read))
        if not span:
            assert found == {pair: [] for pair in PAIRS}
            return
        told = {
            iso3: set().union(*(
                _days(first, last)
                for first, last in tables.warehouse.rows(
                    "select first_day, last_day from meta.state_gap where iso3 = ? union all "
                    "select first_day, last_day from meta.coverage_gap", [iso3]
                )
            ))
            for iso3 in STATES
        }  # fmt: skip
        assert told == {iso3: span - known[iso3] for iso3 in STATES}
        for (one, other), periods in found.items():
            both = known[one] & known[other]
            dark = span - (exists[one] & exists[other] & read)
            for start, end, is_complete, n_events, is_zero_filled in periods:
                mine = _days(start, end) & span
                # Acts of the days on which both states existed, whether or not anybody looked.
                n = len({
                    act for act in acts
                    if act[:2] == (one, other) and act[2] in _days(start, end)
                    and all(
                        first <= act[2] <= (last or date.max)
                        for iso3 in (one, other) for first, last in spells.get(iso3, [])
                    )
                })  # fmt: skip
                assert is_complete == (_days(start, end) <= both)
                if n == 0:
                    assert n_events == (0 if mine <= both else None)
                elif n_events is None:
                    assert not mine & (known[one] | known[other]) or mine <= dark
                else:
                    assert n_events == n
                    assert mine & (known[one] | known[other])
                    assert mine & exists[one] & read
                    assert mine & exists[other] & read
                assert is_zero_filled == (n_events == 0)


@pytest.mark.slow
@settings(CALM, max_examples=examples(15))
@given(files=FILES, acts=ACTS, begun=st.integers(0, 60).map(_day))
def test_a_gap_of_one_state_changes_no_value_of_a_pair_of_others(
    tables: Given, files: list[File], acts: list[tuple[str, str, date]], begun: date
) -> None:
    whole = [File(0, 60, None), *files]
    values = []
    for gaps in ({}, {"PER": begun}):
        with tables.for_a_while():
            _fill(tables, *whole, begun=gaps)
            _acts(tables, *acts)
            values.append(
                tables.warehouse.rows(
                    "select * from marts.period_indices('from marts.dyad_day', null, null, null, "
                    "null) where 'PER' not in (actor1_iso3, actor2_iso3) order by all"
                )
            )
    assert values[0] == values[1]
    assert values[0]
