"""Views and tables over given rows: what each row of the inputs does to the answer."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from detente.base.errors import DetenteError
from detente.operations import status
from tests.support.given import Given, Row, nothing

JANUARY, FEBRUARY, MARCH = (date(2023, n, 1) for n in (1, 2, 3))
ENDS = {JANUARY: date(2023, 1, 31), FEBRUARY: date(2023, 2, 28), MARCH: date(2023, 3, 31)}
PAIR: Row = {"actor1_iso3": "JPN", "actor2_iso3": "KOR"}
BACK: Row = {"actor1_iso3": "KOR", "actor2_iso3": "JPN"}
SERIES: Row = {"source": "records", "counting": "all", **PAIR}


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.put("meta.study", {"as_of": date(2023, 3, 31), "scale": "goldstein",
                               "officials": "all", "weighting": "none",
                               "significance": 0.05})  # fmt: skip
        one.put("meta.study_dyad", {**PAIR, "position": 1, "is_focal": True})
        one.put("core.cameo", {"cameo_code": "042", "name": "Visit", "cameo_root": "04",
                               "quad_class": 1, "goldstein": 1.9})  # fmt: skip
        one.put("core.scale", {"scale": "goldstein", "cameo_code": "042", "scale_value": 1.9},
                {"scale": "weis", "cameo_code": "042", "scale_value": 7.0})  # fmt: skip
        one.put("meta.raw_file", {"raw_file_id": "f", "path": "f.csv", "source": "records"})
        yield one


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


# -- stats -----------------------------------------------------------------------------------------


def act(day: date, known: date, net: float, **told: Any) -> Row:
    return {**SERIES, "event_date": day, "known_on": known, "net": net, "scale_value": net, **told}


def test_a_revision_counts_what_was_known_at_the_end_and_thirty_days_later(given: Given) -> None:
    end = ENDS[FEBRUARY]
    given.put("meta.coverage", {"source": "records", "last_day": ENDS[FEBRUARY]})
    given.put(
        "stats.study_act",
        act(FEBRUARY, end, 1.0),
        act(FEBRUARY, MARCH, 2.0, **BACK),
        act(end, date(2023, 3, 30), -4.0),  # on the thirtieth day
        act(end, date(2023, 3, 31), 8.0),
        act(MARCH, MARCH, 99.0),  # of a month that is not over
        act(FEBRUARY, end, 0.5, counting="one_a_day"),
    )
    columns = "n_events_at_end, n_events, net_at_end, net_after_30_days, net, net_revision"
    assert given.ask("stats.revision", f"select counting, {columns}, last_known_on "
                     "from stats.revision") == [
        ("all", 1, 4, 1.0, -1.0, 7.0, 6.0, date(2023, 3, 31)),
        ("one_a_day", 1, 1, 0.5, 0.5, 0.5, 0.0, end),
    ]  # fmt: skip


def test_a_vintage_is_the_month_in_which_an_act_became_known(given: Given) -> None:
    given.put(
        "stats.study_act",
        act(FEBRUARY, date(2023, 2, 28), 1.0),
        act(FEBRUARY, date(2023, 1, 5), -2.0),  # foretold: it counts in its own month
        act(FEBRUARY, MARCH, -4.0),
        act(FEBRUARY, MARCH, 0.0, scale_value=None),
        act(FEBRUARY, MARCH, 8.0, **BACK),
    )
    assert given.ask(
        "stats.vintage",
        "select actor1_iso3, period_start, known_month, n_conflict, net from stats.vintage",
    ) == [
        ("JPN", FEBRUARY, FEBRUARY, 1, -1.0),
        ("JPN", FEBRUARY, MARCH, 1, -4.0),
        ("KOR", FEBRUARY, MARCH, 0, 8.0),
    ]


@pytest.mark.parametrize(
    ("officials", "weighting", "every", "once"),
    [
        ("all", "none", [1.9, 1.9, 1.9], [1.9]),
        ("official", "none", [1.9, 1.9], [1.9]),
        # ln 2, ln 4 and, where none are told, ln 2; the most mentioned one of the day is ln 4.
        ("all", "log_mentions", [1.316979643064, 1.316979643064, 2.633959286128], [2.633959286128]),
        ("official", "log_mentions", [1.316979643064, 1.316979643064], [1.316979643064]),
    ],
)
def test_acts_count_in_two_ways(
    given: Given, officials: str, weighting: str, every: list[float], once: list[float]
) -> None:
    given.put("meta.study", {"officials": officials, "weighting": weighting, "scale": "goldstein"})
    event = {
        **PAIR,
        "source": "records",
        "event_date": FEBRUARY,
        "cameo_code": "042",
        "counted_share": 1.0,
    }
    given.put(
        "core.event",
        {**event, "n_mentions": 1, "is_official": True, "added_at": datetime(2023, 2, 3)},
        {**event, "n_mentions": None, "is_official": True, "added_at": datetime(2023, 2, 2, 23)},
        {**event, "n_mentions": 3, "is_official": False, "added_at": datetime(2023, 2, 4)},
        {**event, "actor2_iso3": "PRK", "is_official": True},  # no dyad of the study
    )
    found = given.ask(
        "stats.study_act",
        "select counting, known_on, net::double from stats.study_act order by all",
    )
    assert sorted(net for way, _, net in found if way == "all") == pytest.approx(every)
    ((day, net),) = [row[1:] for row in found if row[0] == "one_a_day"]
    assert (day, [net]) == (date(2023, 2, 2), pytest.approx(once))


def value(source: str, start: date, net: float, **told: Any) -> Row:
    of = {**SERIES, "source": source, "freq": "month", "direction": "undirected"}
    return {**of, "period_start": start, "net": net, "n_events": 1, "is_complete": True, **told}


def test_sources_agree_over_the_months_that_both_cover(given: Given) -> None:
    days = [JANUARY, FEBRUARY, MARCH]
    one = [value("a", day, net) for day, net in zip(days, (1.0, 2.0, 3.0), strict=True)]
    other = [value("b", day, net) for day, net in zip(days, (2.0, 4.0, 6.0), strict=True)]
    april = date(2023, 4, 1)
    left_out = [
        *(value(name, april, net, is_complete=name == whole)
          for whole in ("a", "b") for name, net in (("a", 9.0), ("b", -9.0))),
        *(value(name, april, 99.0, **told)
          for name in ("a", "b")
          for told in ({"freq": "week"}, {"direction": "directed"})),
    ]  # fmt: skip
    pair = {"actor2_iso3": "PRK"}
    # Of another pair: correlation -1, with three times the events.
    strange = [
        value(name, day, net, n_events=3, **pair)
        for name, nets in (("a", (1.0, 2.0, 3.0)), ("b", (3.0, 2.0, 1.0)))
        for day, net in zip(days, nets, strict=True)
    ]
    still = [value(name, day, net, actor2_iso3="USA", n_events=50)
             for name, net in (("a", 1.0), ("b", 5.0)) for day in days]  # fmt: skip
    still[0]["net"] = 2.0
    given.put("marts.dyad_value", *one, *other, *strange, *still, left_out[0], left_out[1])
    columns = "source1, source2, actor2_iso3, n_periods, n_events, round(correlation, 9)"
    query = f"select {columns} from stats.source_agreement order by actor2_iso3 nulls first"
    wanted = [
        ("a", "b", None, 6, 24, -0.5),
        ("a", "b", "KOR", 3, 6, 1.0),
        ("a", "b", "PRK", 3, 18, -1.0),
        ("a", "b", "USA", 3, 300, None),
    ]
    assert given.ask("stats.source_agreement", query) == wanted
    given.put("marts.dyad_value", *one, *other, *strange, *still, *left_out[2:])
    assert given.ask("stats.source_agreement", query) == wanted


# -- what a period of a relation shows -------------------------------------------------------------


def period(freq: str, start: date, end: date, **told: Any) -> Row:
    of = {**SERIES, "freq": freq, "direction": "undirected", "period_start": start}
    sums = {"n_events": 3, "cooperation": 3.00004, "conflict": 1.0, "net": 2.00004, "n_deaths": 1}
    bounds = {"net_lo": 1.0, "net_hi": 3.0}
    return {**of, **sums, **bounds, "period_end": end, "is_complete": True, **told}


@pytest.fixture
def relations(given: Given) -> Given:
    quarter_end = ENDS[MARCH]
    whole = period("quarter", JANUARY, quarter_end)
    given.put(
        "marts.dyad_period",
        whole,
        period("year", JANUARY, date(2023, 12, 31), is_complete=False),
        {**whole, "source": "feed"},
        {**whole, "direction": "directed"},
        {**whole, "counting": "one_a_day", "n_events": 99},
        period("month", MARCH, quarter_end),
    )
    of_month = {**SERIES, "is_complete": True}
    given.put(
        "stats.balance",
        {**of_month, "period_start": JANUARY, "net_12m": 1.0},
        {**of_month, "period_start": MARCH, "net_12m": 3.0},
        {**of_month, "period_start": MARCH, "net_12m": 5.0, "counting": "one_a_day"},
        {**of_month, "period_start": date(2023, 12, 1), "net_12m": 7.0},
    )
    level = {**SERIES, "kind": "smoothed", "period_start": MARCH}
    given.put(
        "stats.level",
        {**level, "level": 30.0},
        {**level, "level": 31.0, "kind": "filtered"},
        {**level, "level": 32.0, "counting": "one_a_day"},
        {**level, "level": 33.0, "period_start": JANUARY},
    )
    record = {**PAIR, "event_date": date(2023, 3, 5)}
    given.put(
        "core.record_event",
        {**record, "record_id": "visit"},
        {**record, **BACK, "record_id": "visit"},
        {**record, "record_id": "note"},
        {**record, "record_id": "earlier", "event_date": date(2022, 12, 31)},
    )
    given.warehouse.build("stats.relation_period")
    return given


def test_a_period_has_the_balance_and_level_of_its_last_month(relations: Given) -> None:
    found = relations.warehouse.rows(
        "select freq, period, net_12m, level from stats.relation_period "
        "where source = 'records' and direction = 'undirected' order by freq"
    )
    assert found == [
        ("month", "2023-03", 3.0, 30.0),
        ("quarter", "2023-Q1", 3.0, 30.0),
        ("year", "2023", None, None),
    ]
    others = "select net_12m, level from stats.relation_period where source = 'feed' or direction"
    assert relations.warehouse.rows(f"{others} = 'directed'") == [(None, None)] * 2


def test_an_incomplete_balance_is_not_shown(relations: Given) -> None:
    relations.put("stats.balance", {**SERIES, "period_start": MARCH, "net_12m": 3.0,
                                    "is_complete": False})  # fmt: skip
    assert relations.ask(
        "stats.relation_period", "select count(net_12m) from stats.relation_period"
    ) == [(0,)]


def test_sums_are_those_of_complete_periods_and_what_is_known_stands_beside(
    relations: Given,
) -> None:
    found = relations.warehouse.rows(
        "select freq, n_acts, cooperation, conflict, net, net_lo, net_hi, n_deaths, n_acts_so_far, "
        "net_so_far from stats.relation_period "
        "where source = 'records' and direction = 'undirected' and freq <> 'month' order by freq"
    )
    assert found == [
        ("quarter", 3, 3.0, 1.0, 2.0, 1.0, 3.0, 1, 3, 2.0),
        ("year", None, None, None, None, None, None, None, 3, 2.0),
    ]


def test_a_record_counts_once_whichever_way_it_acts(relations: Given) -> None:
    found = relations.warehouse.rows(
        "select source, direction, freq, n_records from stats.relation_period order by all"
    )
    assert found == [
        ("feed", "undirected", "quarter", 3),  # of a feed every act is one
        ("records", "directed", "quarter", 2),
        ("records", "undirected", "month", 2),
        ("records", "undirected", "quarter", 2),
        ("records", "undirected", "year", None),
    ]
    relations.put("core.record_event")
    assert relations.ask(
        "stats.relation_period",
        "select n_records from stats.relation_period where source = 'records' and freq = 'month'",
    ) == [(0,)]


@pytest.mark.parametrize("freq", ["month", "quarter", "year"])
def test_each_view_of_relations_is_of_its_own_periods(relations: Given, freq: str) -> None:
    rows = relations.ask(
        f"main.relation_{freq}", f"select distinct dyad, state1, state2 from relation_{freq}"
    )
    assert rows == [("JPN-KOR", "JPN", "KOR")]
    n = {"month": 1, "quarter": 2, "year": 1}[freq]
    assert relations.warehouse.rows(f"select count(*) from relation_{freq}") == [(n,)]


def test_a_direction_is_told_by_actor_and_target(given: Given) -> None:
    year = period("year", JANUARY, date(2023, 12, 31), direction="directed")
    given.put("marts.dyad_period", {**year, **BACK}, {**year, "direction": "undirected"},
              {**year, **BACK, "freq": "month"})  # fmt: skip
    given.warehouse.build("stats.relation_period")
    assert given.ask("main.direction_year", "select actor, target, net from direction_year") == [
        ("KOR", "JPN", 2.0)
    ]


# -- acts, occasions and what is expected ----------------------------------------------------------


@pytest.mark.parametrize(
    ("officials", "weighting", "points"),
    [
        ("all", "none", [1.9, 1.9, None, 0.95]),
        ("official", "none", [1.9, 0.0, None, 0.95]),
        ("all", "log_mentions", [2.634, 1.317, None, 0.6585]),
        ("official", "log_mentions", [2.634, 0.0, None, 0.6585]),
    ],
)
def test_an_act_has_the_points_that_it_adds(
    given: Given, officials: str, weighting: str, points: list[float | None]
) -> None:
    given.put("meta.study", {"officials": officials, "weighting": weighting, "scale": "goldstein"})
    given.put("core.cameo", *({"cameo_code": code, "name": code} for code in ("042", "155")))
    event = {
        **PAIR,
        "source": "records",
        "cameo_code": "042",
        "event_date": MARCH,
        "counted_share": 1.0,
    }
    given.put(
        "core.event",
        {**event, "event_id": "1", "is_official": True, "n_mentions": 3},
        {**event, "event_id": "2", "is_official": False, "n_mentions": None},
        {**event, "event_id": "3", "is_official": True, "cameo_code": "155"},
        {**event, "event_id": "4", "is_official": True, "counted_share": 0.5},
    )
    found = given.ask("main.act", "select points from act order by act_id")
    assert [row[0] for row in found] == points


def test_an_act_belongs_to_its_occasion(given: Given) -> None:
    event = {**PAIR, "source": "records", "cameo_code": "042", "event_date": MARCH,
             "raw_file_id": "f"}  # fmt: skip
    given.put("core.record", {"record_id": "a", "attributes": {"occurrence_id": "occasion"}},
              {"record_id": "b", "attributes": {}})  # fmt: skip
    given.put("core.event", {**event, "event_id": "1", "record_id": "a"},
              {**event, "event_id": "2", "record_id": "b"},
              {**event, "event_id": "3"})  # fmt: skip
    found = given.ask(
        "main.act", "select occurrence_id, actor, target, file from act order by act_id"
    )
    assert found == [(one, "JPN", "KOR", "f.csv") for one in ("occasion", "b", "3")]


def record(name: str, day: int, line: int, **told: Any) -> Row:
    return {"view_name": "meeting", "record_id": name, "occurrence_id": "met", "category": "talk",
            "day": date(2023, 3, day), "actor1": ["KOR"], "actor2": ["JPN"], "title": name,
            "file": "f.csv", "line": line, "attributes": {}, "columns": {}, "effect": {},
            "status": {}, **told}  # fmt: skip


@pytest.mark.parametrize("view", ["meeting", "event"])
def test_records_of_one_occasion_are_told_by_the_one_that_it_is_named_for(
    given: Given, view: str
) -> None:
    given.put(
        "core.curated_record",
        record("first", 5, 1, actor1=["USA"]),
        record("met", 6, 2, last_day=date(2023, 3, 12)),
        record("last", 9, 3),
        record("another", 1, 4, occurrence_id="another"),
    )
    found = given.ask(
        f"main.{view}",
        f"select title, line, day, last_day, parties, n_records from {view} order by day",
    )
    assert found == [
        ("another", 4, MARCH, MARCH, "JPN;KOR", 1),
        ("met", 2, date(2023, 3, 5), date(2023, 3, 12), "JPN;KOR;USA", 3),
    ]
    # Without such a one: the first by file and line.
    given.put("core.curated_record", record("b", 6, 2), record("a", 5, 3),
              record("z", 5, 1, file="g.csv"))  # fmt: skip
    assert given.ask(f"main.{view}", f"select title from {view}") == [("b",)]


def test_an_outlook_is_past_once_its_last_day_is(given: Given) -> None:
    row = {**SERIES, "target": "month", "origin": FEBRUARY, "mean": 1.00004}
    given.put(
        "stats.outlook",
        {**row, "period_start": FEBRUARY, "period_end": date(2023, 3, 30)},
        {**row, "period_start": MARCH, "period_end": ENDS[MARCH]},
        {**row, "period_start": MARCH, "period_end": date(2023, 5, 31), "target": "sum_3m"},
    )
    found = given.ask(
        "main.outlook", "select dyad, span, period, is_past, mean from outlook order by period_end"
    )
    assert found == [
        ("JPN-KOR", "month", "2023-02", True, 1.0),
        ("JPN-KOR", "month", "2023-03", False, 1.0),
        ("JPN-KOR", "3 months", "2023-03 to 2023-05", False, 1.0),
    ]


def test_an_outlook_names_the_last_month_known_of_the_pair(given: Given) -> None:
    """All pairs begin after the source's last month; of one, two months less are known."""
    short = {**SERIES, "actor2_iso3": "PRK"}
    months = [date(2022, 12, 1), date(2023, 1, 1), FEBRUARY]
    about = {"freq": "month", "direction": "undirected"}
    given.put(
        "marts.dyad_value",
        *({**SERIES, **about, "period_start": one, "is_complete": True} for one in months),
        *({**short, **about, "period_start": one, "is_complete": one == months[0]}
          for one in months),
        # Neither the other way of counting nor a direction alone says anything of it.
        {**short, **about, "period_start": FEBRUARY, "is_complete": True, "counting": "one_a_day"},
        {**short, **about, "period_start": FEBRUARY, "is_complete": True, "direction": "directed"},
    )  # fmt: skip
    row = {"target": "month", "origin": FEBRUARY, "period_start": MARCH,
           "period_end": ENDS[MARCH]}  # fmt: skip
    given.put("stats.outlook", {**SERIES, **row}, {**short, **row})
    assert given.ask("main.outlook", "select dyad, last_known from outlook order by dyad") == [
        ("JPN-KOR", FEBRUARY), ("JPN-PRK", months[0]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("outcome", "is_disputed", "rejects"),
    [("rejected", False, True), ("rejected", True, False), ("not rejected", False, False),
     (None, False, False), ("rejected", None, False)],
)  # fmt: skip
def test_a_claim_is_shown_where_nothing_decides_otherwise(
    given: Given, outcome: str | None, is_disputed: bool | None, rejects: bool
) -> None:
    row = {"test": "sup F", "outcome": outcome, "is_disputed": is_disputed, "p_value": 0.01,
           **SERIES, "freq": "month", "measure": "net"}  # fmt: skip
    for table in ("break_test", "granger", "event_effect", "diagnostic", "common_climate"):
        given.put(f"stats.{table}", row)
    found = given.ask("main.test_result", "select subject, rejects from test_result order by all")
    predicted = ("KOR -> JPN", rejects)
    assert found == [("JPN-KOR", rejects)] * 3 + [predicted] * 2


@pytest.mark.parametrize(
    ("verdict", "p_adjusted", "is_disputed", "shown", "rejects"),
    [
        ("supported", 0.01, False, 0.004, True),
        ("supported", 0.01, True, 0.004, False),
        ("not supported", 0.05, False, 0.004, False),
        ("not supported", 0.049, False, None, False),  # its test found something else
    ],
)
def test_a_question_shows_the_p_value_of_its_own_claim(
    given: Given, verdict: str, p_adjusted: float, is_disputed: bool, shown: Any, rejects: bool
) -> None:
    given.put(
        "stats.hypothesis",
        {"hypothesis_id": "h", "question": "q", "verdict": verdict, "is_disputed": is_disputed,
         "is_refused": False, "p_value": 0.004, "p_adjusted": p_adjusted},
    )  # fmt: skip
    found = given.ask("main.test_result", "select p, p_adjusted, rejects from test_result")
    assert found == [(shown, shown and p_adjusted, rejects)]


BREAK_TESTS = ("any_break", "stability", "residual_autocorrelation")


def test_what_judges_the_model_of_breaks_is_no_break(given: Given) -> None:
    row = {"outcome": "rejected", "is_disputed": False, "p_value": 0.01, **SERIES}
    given.put("stats.break_test", *({**row, "test_id": one, "test": one} for one in BREAK_TESTS))
    found = given.ask("main.test_result", "select question, is_specification from test_result")
    assert dict(found) == {one: one == "residual_autocorrelation" for one in BREAK_TESTS}


def test_an_event_says_what_it_is_about_in_the_word_of_its_file(given: Given) -> None:
    told = {"columns": {"issue": "about"}, "attributes": {"about": "fishery", "x": "y"}}
    given.put("core.curated_record", {**record("a", 5, 1), "view_name": "event", **told},
              record("b", 6, 2, occurrence_id="b"))  # fmt: skip
    found = given.ask("main.event", "select title, issue, kind from event order by title")
    assert found == [("a", "fishery", None), ("b", None, None)]


def test_a_test_without_a_p_value_is_listed_where_it_was_refused(given: Given) -> None:
    row = {"test": "t", **SERIES, "is_disputed": False}
    for table in ("break_test", "granger", "diagnostic"):
        given.put(f"stats.{table}", row, {**row, "refusal": "too few months"})
    assert given.ask("main.test_result", "select family, refusal from test_result order by 1") == [
        (family, "too few months") for family in ("break", "prediction", "specification")
    ]


@pytest.mark.parametrize(
    ("said", "iso3"),
    [("CIV", "CIV"), ("civ", "CIV"), ("Côte d'Ivoire", "CIV"), ("cote d'ivoire", "CIV"),
     ("Ivory Coast", "CIV"), ("IVORY CÖAST", "CIV"), ("Benin", "BEN")],
)  # fmt: skip
def test_a_state_is_known_by_code_name_and_alias(given: Given, said: str, iso3: str) -> None:
    given.put("core.actor", {"iso3": "CIV", "name": "Côte d'Ivoire", "is_state": True},
              {"iso3": "BEN", "name": "Benin", "is_state": True},
              {"iso3": "BEX", "name": "Benim", "is_state": False})  # fmt: skip
    given.put("core.actor_alias", {"name": "Ivory Coast", "iso3": "CIV"})
    given.warehouse.build("main.iso3")
    assert given.warehouse.rows("select main.iso3(?)", [said]) == [(iso3,)]
    # Of the states the nearest is named, and no other body.
    with pytest.raises(DetenteError, match=r"got Benum; nearest: Benin \(BEN\)"):
        given.warehouse.rows("select main.iso3('Benum')")


# -- meta ------------------------------------------------------------------------------------------


def test_how_far_a_source_goes_and_which_of_its_files_are_missing(given: Given) -> None:
    cover = {"first_day": JANUARY, "last_day": ENDS[MARCH]}
    given.put("meta.coverage", {"source": "late", **cover, "complete_to": ENDS[FEBRUARY]},
              {"source": "whole", **cover, "complete_to": ENDS[MARCH]},
              {"source": "ahead", **cover, "complete_to": date(2023, 4, 2)})  # fmt: skip
    given.put("meta.short_day", {"source": "late", "day": MARCH}, {"source": "other"})
    # The day that lacks some files lies in a gap of three that lack them all.
    gap = {"first_day": MARCH, "last_day": MARCH + timedelta(days=2)}
    given.put("meta.coverage_gap", {"source": "late", **gap}, {"source": "whole", **gap})
    file = {"source": "late", "n_rows": 2, "n_rejected": 1}
    given.put(
        "meta.raw_file",
        *({**file, "raw_file_id": status, "status": status}
          for status in ("loaded", "no_rows", "superseded", "missing", "truncated")),
    )  # fmt: skip
    found = given.ask(
        "main.data_status",
        "select source, n_days_incomplete, n_days_short, n_files, n_missing_files, n_rows, "
        "n_rejected from data_status order by source",
    )
    assert found == [
        ("ahead", 0, 0, None, None, None, None),
        ("late", 31, 3, 2, 2, 10, 5),
        ("whole", 0, 3, None, None, None, None),
    ]


def test_the_run_that_was_written_last_is_the_current_one(given: Given) -> None:
    given.put("meta.run", {"run_id": "first", "started_at": datetime(2030, 1, 1)},
              {"run_id": "last", "started_at": datetime(2020, 1, 1)})  # fmt: skip
    assert given.ask("meta.current_run", "select run_id from meta.current_run") == [("last",)]


def test_a_reported_value_differs_by_more_than_a_twentieth(given: Given) -> None:
    event = {"source": "feed", "cameo_code": "042", "goldstein": 2.0, "quad_class": 1}
    given.put(
        "core.store_event",
        *({**event, "goldstein_reported": one} for one in (2.0, 2.049, 1.951, None)),
        {**event, "cameo_code": "b", "goldstein_reported": 2.06, "quad_class_reported": 1},
        {**event, "cameo_code": "a", "goldstein_reported": 1.9, "quad_class_reported": 2},
        {**event, "goldstein": None, "goldstein_reported": 9.0},
    )
    found = given.ask("meta.goldstein_difference", "from meta.goldstein_difference")
    assert found == [("feed", 7, 6, 2, ["a", "b"], 2, 1)]


def test_a_name_that_no_table_knows_is_counted_by_row(given: Given) -> None:
    row = {"source": "feed", "event_date": FEBRUARY, "raw_file_id": "b", "raw_row": 7}
    given.put(
        "core.store_other",
        {**row, "unknown1": "Atlantis"},
        {**row, "unknown2": "Atlantis", "raw_file_id": "a", "raw_row": 9, "event_date": MARCH},
        {**row, "unknown1": "Mu", "unknown2": "Mu"},
        row,
    )
    told = {**row, "unknown_names": "Atlantis; Lemuria", "raw_file_id": "c"}
    given.put("core.store_event", told, {**told, "event_id": "of the same row"}, row)
    found = given.ask("core.unknown_actor", "from core.unknown_actor")
    assert found == [
        ("feed", "Atlantis", 3, FEBRUARY, MARCH, "a", 9),
        ("feed", "Mu", 2, FEBRUARY, FEBRUARY, "b", 7),
        ("feed", "Lemuria", 1, FEBRUARY, FEBRUARY, "c", 7),
    ]


def test_an_occurrence_is_told_by_who_acts(given: Given) -> None:
    event = {
        "source": "records",
        "cameo_code": "042",
        "goldstein": 1.9,
        "raw_file_id": "f",
        "counted_share": 1.0,
    }
    given.put(
        "core.event",
        {**event, **PAIR, "record_id": "visit", "event_id": "1"},
        {**event, **BACK, "record_id": "visit", "event_id": "2", "cameo_code": "043",
         "goldstein": 2.8},
        {**event, **BACK, "record_id": "note", "event_id": "3"},
        {**event, **PAIR, "event_id": "4", "goldstein": None},
    )  # fmt: skip
    found = given.ask(
        "marts.dyad_event",
        "select occurrence_id, actor1_iso3, actor2_iso3, who_acts, n_events, net, cameo_codes "
        "from marts.dyad_event order by occurrence_id",
    )
    assert found == [
        ("4", "JPN", "KOR", "actor1 acts", 1, None, ["042"]),
        ("note", "JPN", "KOR", "actor2 acts", 1, 1.9, ["042"]),
        ("visit", "JPN", "KOR", "both act", 2, pytest.approx(4.7), ["042", "043"]),
    ]


def test_the_volume_of_a_day_counts_what_is_in_scope_and_what_is_not(given: Given) -> None:
    event = {"source": "feed", "event_date": MARCH, "cameo_code": "042"}
    given.put("core.event", {**event, **PAIR}, {**event, **PAIR}, {**event, **BACK})
    other = {**event, "actor1_name": "JPN", "actor2_name": "IGO"}
    given.put("core.store_other", other, other, {**other, "cameo_code": "043"})
    found = given.ask("marts.volume_day", "select counting, n_events from marts.volume_day")
    assert found == [("all", 6), ("one_a_day", 4)]


def test_the_longest_silence_is_that_of_the_last_fifty_days_with_events(given: Given) -> None:
    """How late a source may be by its own rhythm; what it did long ago tells nothing of it."""
    day, days = date(2020, 1, 1), []
    for place in range(60):
        days.append(day)
        # Before the fiftieth day from the end, the eleventh, five days of silence; earlier, thirty.
        day += timedelta(days={8: 30, 9: 5}.get(place, 1))
    volume = {"source": "feed", "counting": "all", "n_events": 2}
    given.put(
        "marts.volume_day",
        *({**volume, "day": one} for one in days),
        {**volume, "day": day + timedelta(days=99), "counting": "one_a_day"},
    )
    given.put("meta.coverage", {"source": "feed", "first_day": days[0]})
    given.put("meta.check_limit", {"source": "feed", "max_lag_days": 7})
    (found,) = given.warehouse.dicts(status._SOURCES)
    assert found["longest_silence"] == 5
    assert (found["newest_day"], found["n_events"]) == (days[-1], 120)
    assert (found["first_day"], found["max_lag_days"]) == (days[0], 7)


@pytest.mark.parametrize("source", ["records", "feed"])
def test_events_between_two_states_are_those_of_the_first_day_to_the_last(
    given: Given, source: str
) -> None:
    days = {n: date(2023, 1, n) for n in (1, 2, 3, 4)}
    event = {"source": source, "dyads": "JPN-KOR", "actors": "JPN", "targets": "KOR"}
    given.put("core.actor", *({"iso3": one, "name": one} for one in ("JPN", "KOR", "PRK")))
    given.put(
        "main.event",
        *({**event, "event_id": f"e{n}", "day": day} for n, day in days.items()),
        {**event, "event_id": "back", "day": days[2], "actors": "KOR", "targets": "JPN"},
        {**event, "event_id": "other", "day": days[2], "dyads": "JPN-PRK", "targets": "PRK"},
    )
    between = "select event_id from events_between('KOR', 'JPN'"
    spans = {
        "": ["e1", "back", "e2", "e3", "e4"],
        ", date '2023-01-02', date '2023-01-03'": ["back", "e2", "e3"],
        ", since := date '2023-01-03'": ["e3", "e4"],
        ", until := date '2023-01-01'": ["e1"],
    }
    for span, ids in spans.items():
        found = given.ask("main.events_between", f"{between}{span})")
        assert [one for (one,) in found] == ids, span


@pytest.mark.parametrize("weighting", ["none", "log_mentions"])
def test_what_a_scale_has_no_value_for_is_counted_and_weighs_nothing(
    given: Given, weighting: str
) -> None:
    given.put(
        "core.cameo",
        {"cameo_code": "042", "quad_class": 1}, {"cameo_code": "120", "quad_class": 3},
        {"cameo_code": "017", "quad_class": 1},
    )  # fmt: skip
    given.put(
        "core.scale",
        {"scale": "goldstein", "cameo_code": "042", "scale_value": 1.5},
        {"scale": "goldstein", "cameo_code": "120", "scale_value": -4.0},
        {"scale": "goldstein", "cameo_code": "017", "scale_value": None},
    )
    event = {"source": "feed", **PAIR, "event_date": JANUARY, "is_official": True,
             "counted_share": 1.0}  # fmt: skip
    told = [("042", 1), ("042", 3), ("120", 1), ("017", 7), ("017", 1)]
    given.put("core.event", *({**event, "cameo_code": c, "n_mentions": n} for c, n in told))
    found = given.ask(
        "marts.day_sums",
        "select counting, n_events, n_cooperation, n_conflict, n_unvalued, n_quad1, n_quad3, "
        "weight, cooperation, conflict "
        f"from marts.day_sums('goldstein', 'all', '{weighting}', null, null) order by counting",
    )
    one, three = (math.log(2), math.log(4)) if weighting == "log_mentions" else (1.0, 1.0)
    every = (one + three + one, 1.5 * (one + three), 4 * one)
    once = (three + one, 1.5 * three, 4 * one)
    assert [row[:7] for row in found] == [
        ("all", 5, 2, 1, 2, 4, 1),
        ("one_a_day", 3, 1, 1, 1, 2, 1),
    ]
    assert [row[7:] for row in found] == [pytest.approx(every), pytest.approx(once)]


def test_of_doubles_the_first_id_stands_for_all_and_weighs_as_much_as_the_heaviest(
    given: Given,
) -> None:
    event = {"source": "feed", **PAIR, "event_date": JANUARY, "is_official": True,
             "cameo_code": "042"}  # fmt: skip
    told = {"b": 1.0, "a": 0.25, "c": 0.5}
    given.put(
        "core.event",
        *({**event, "event_id": name, "counted_share": share} for name, share in told.items()),
        {**event, **BACK, "event_id": "back", "counted_share": 1.0},
    )
    found = given.ask(
        "marts.occurrences",
        "select seed, every_forward_weight, once_forward_weight, every_backward_weight, "
        "once_backward_weight from marts.occurrences('goldstein', 'all', 'none', null, null)",
    )
    seeds = {
        name: given.warehouse.rows(f"select md5_number_lower('feed:{name}')")[0][0]
        for name in (*told, "back")
    }
    assert {name: row[1:] for name, seed in seeds.items() for row in found if row[0] == seed} == {
        "a": (250_000, 1_000_000, 0, 0), "b": (1_000_000, 0, 0, 0), "c": (500_000, 0, 0, 0),
        "back": (0, 0, 1_000_000, 1_000_000),
    }  # fmt: skip
