"""Named queries over given rows: which rows answer, in which order, and which do not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from detente.database import queries
from tests.support.given import Given, Row, nothing

PAIR: Row = {"source": "records", "counting": "all", "direction": "undirected",
             "actor1_iso3": "JPN", "actor2_iso3": "KOR"}  # fmt: skip
# Rows that no question about the pair asks for.
OTHERS: tuple[Row, ...] = (
    {"source": "feed"}, {"counting": "one_a_day"}, {"direction": "directed"},
)  # fmt: skip
TODAY = date(2023, 6, 30)


@pytest.fixture(scope="module")
def tables() -> Iterator[Given]:
    with nothing() as one:
        one.put("meta.study", {"as_of": TODAY, "scale": "goldstein"})
        one.put("meta.reported_series", {"source": "records", "counting": "all", "freq": "month",
                                         "measure": "net"})  # fmt: skip
        one.put("meta.study_dyad", {**_key("JPN", "KOR"), "position": 1, "is_focal": True},
                {**_key("JPN", "PRK"), "position": 2, "is_focal": False})  # fmt: skip
        yield one


def _key(first: str, second: str) -> Row:
    return {"actor1_iso3": first, "actor2_iso3": second}


@pytest.fixture
def given(tables: Given) -> Iterator[Given]:
    with tables.for_a_while():
        yield tables


def ask(given: Given, name: str, **values: str) -> list[tuple[Any, ...]]:
    return given.warehouse.rows(queries.named()[name].filled(values))


def month(number: int, **told: Any) -> Row:
    start = date(2020 + (number - 1) // 12, (number - 1) % 12 + 1, 1)
    return {**PAIR, "period_start": start, "n_events": 1, "is_complete": True, **told}


@pytest.mark.parametrize("weekday", range(7))
def test_thirteen_weeks_stand_before_and_after_a_day(given: Given, weekday: int) -> None:
    """The week of the day itself is neither, whatever day of the week it is."""
    monday = date(2023, 1, 2)
    weeks = [monday + 7 * timedelta(days=n) for n in range(-20, 21)]
    given.put("marts.dyad_week",
              *({**PAIR, "period_start": one, "net": 1.0, "is_complete": True} for one in weeks),
              *({**PAIR, **other, "period_start": one, "net": 50.0, "is_complete": True}
                for other in OTHERS for one in weeks),
              *({**PAIR, **_key("JPN", "PRK"), "period_start": one, "net": 2.0, "is_complete": True}
                for one in weeks))  # fmt: skip
    day = monday + timedelta(days=weekday)
    given.put("core.record", {"category": "summit", "event_date": day},
              {"category": "summit", "event_date": day},
              {"category": "protest", "event_date": monday + timedelta(days=7)})  # fmt: skip
    found = [(day, "JPN", "KOR", 13.0, 13.0), (day, "JPN", "PRK", 26.0, 26.0)]
    assert ask(given, "weeks_after_events", category="summit") == found
    assert ask(given, "weeks_after_events", category="summit", dyad="JPN-KOR") == found[:1]


def test_weeks_before_and_after_are_told_apart(given: Given) -> None:
    monday = date(2023, 1, 2)
    given.put("core.record", {"category": "summit", "event_date": monday})
    nets = {-14: 100.0, -13: 1.0, -1: 2.0, 0: 4.0, 1: 8.0, 13: 16.0, 14: 200.0}

    def put(n_known: int) -> None:
        given.put(
            "marts.dyad_week",
            *(
                {**PAIR, "period_start": monday + timedelta(days=7 * n), "net": nets.get(n, 0.0),
                 "is_complete": n <= n_known}
                for n in range(-14, 15)
            ),
        )  # fmt: skip

    put(13)
    assert ask(given, "weeks_after_events", category="summit")[0][3:] == (3.0, 24.0)
    # Where the source ends within the thirteen weeks, their sum is not known.
    put(12)
    assert ask(given, "weeks_after_events", category="summit")[0][3:] == (3.0, None)


def test_the_five_best_and_worst_months_are_those_with_events(given: Given) -> None:
    nets = [3.0, -1.0, 3.0, 0.0, 7.0, -5.0, 2.0, 9.0, -2.0, 4.0, 5.0, -7.0]
    rows = [month(n, net=net, n_events=int(n != 4)) for n, net in enumerate(nets, start=1)]
    strange = [{**row, **other, "net": 99.0} for other in OTHERS for row in rows]
    strange.append(month(13, net=-99.0, is_complete=False))
    given.put("marts.dyad_month", *rows, *strange)
    found = ask(given, "best_and_worst_months", dyad="JPN-KOR")
    # All but the second three: the earlier of two equal months is the better and the worse one.
    assert [(row[3], row[5], row[6]) for row in found] == [
        (9.0, 1, 11), (7.0, 2, 10), (5.0, 3, 9), (4.0, 4, 8), (3.0, 5, 6), (2.0, 7, 5),
        (-1.0, 8, 4), (-2.0, 9, 3), (-5.0, 10, 2), (-7.0, 11, 1),
    ]  # fmt: skip
    assert ask(given, "best_and_worst_months", dyad="JPN-PRK") == []


def test_the_latest_complete_month_with_events_is_compared(given: Given) -> None:
    given.put(
        "marts.dyad_month",
        month(1, net=1.0, net_percentile=50.04, net_z=0.126, as_bad_before=date(2019, 1, 1),
              as_good_before=date(2019, 2, 1)),
        month(2, net=2.0, n_events=0),
        month(3, net=3.0, is_complete=False),
        *(month(4, net=9.0, **other) for other in OTHERS),
        month(2, net=5.0, actor2_iso3="PRK"),
    )  # fmt: skip
    assert ask(given, "worst_month_since") == [
        ("JPN", "KOR", date(2020, 1, 1), 1.0, date(2019, 1, 1), date(2019, 2, 1), 50.0, 0.13),
        ("JPN", "PRK", date(2020, 2, 1), 5.0, None, None, None, None),
    ]
    assert len(ask(given, "worst_month_since", dyad="kor-jpn")) == 1
    assert ask(given, "worst_month_since", since="2020-02-01", dyad="JPN-KOR") == []
    assert len(ask(given, "worst_month_since", since="2020-01-01", until="2020-01-01")) == 1


def test_months_below_zero_are_those_whose_interval_ends_there(given: Given) -> None:
    given.put(
        "marts.dyad_month",
        *(month(n, net=-5.0, net_hi=high) for n, high in enumerate((-0.1, 0.0, None, -3.0), 1)),
        *(month(5, net_hi=-9.0, **other) for other in OTHERS[1:]),
        month(6, net_hi=-9.0, is_complete=False),
    )  # fmt: skip
    found = ask(given, "months_with_an_interval_below_zero")
    assert [row[6] for row in found] == [-3.0, -0.1]
    assert {row[0] for row in found} == {"records"}


def test_revisions_are_of_the_net_score_or_of_the_number_of_events(given: Given) -> None:
    row = {**_key("JPN", "KOR"), "counting": "all", "n_events_at_end": 2, "n_events": 2}
    given.put(
        "stats.revision",
        {**row, "source": "same", "net_revision": 0.0},
        {**row, "source": "less", "net_revision": -4.0},
        {**row, "source": "more", "net_revision": 3.0},
        {**row, "source": "one more of no value", "net_revision": 0.0, "n_events": 3},
        {**row, "source": "once a day", "net_revision": 9.0, "counting": "one_a_day"},
    )
    assert [found[0] for found in ask(given, "largest_revisions")] == [
        "less", "more", "one more of no value",
    ]  # fmt: skip


def test_top_events_are_those_of_both_ways_within_the_span(given: Given) -> None:
    def event(title: str, day: int, mentions: int | None, **told: Any) -> Row:
        return {"source": "records", **_key("KOR", "JPN"), "event_date": date(2023, 1, day),
                "n_mentions": mentions, "title": title, **told}  # fmt: skip

    given.put(
        "core.event",
        event("unknown", 5, None),
        event("early", 2, 3),
        event("late", 3, 3, actor1_iso3="JPN", actor2_iso3="KOR"),
        event("most", 2, 9),
        event("before", 1, 99),
        event("after", 6, 99),
        event("of others", 3, 99, actor2_iso3="PRK"),
        event("of a feed", 3, 99, source="feed"),
    )
    found = ask(given, "top_events", dyad="JPN-KOR", since="2023-01-02", until="2023-01-05")
    assert [row[6] for row in found] == ["most", "late", "early", "unknown"]
    given.put("core.event", *(event(f"{n}", 2, n) for n in range(60)))
    assert len(ask(given, "top_events", dyad="JPN-KOR")) == 50


def test_who_is_harder_is_told_of_the_last_ten_years(given: Given) -> None:
    def year(first: int, actor: str, good: float, bad: float, **told: Any) -> Row:
        pair = _key("JPN", "KOR") if actor == "JPN" else _key("KOR", "JPN")
        sums = {"n_events": 2, "net": good - bad, "cooperation": good, "conflict": bad}
        start = date(first, 1, 1)
        return {**PAIR, "direction": "directed", **pair, "period_start": start, **sums, **told}

    given.put(
        "marts.dyad_year",
        year(2013, "JPN", 0.0, 99.0),  # began more than ten years before 30 June 2023
        year(2014, "JPN", 4.0, 1.0),
        year(2022, "JPN", 4.0, 1.0),
        year(2022, "KOR", 1.0, 3.0),
        year(2021, "KOR", 0.0, 0.0),
        *(year(2022, "KOR", 50.0, 0.0, **other) for other in (OTHERS[0], OTHERS[1])),
        year(2022, "JPN", 50.0, 0.0, direction="undirected"),
    )
    assert ask(given, "who_is_harder_on_whom") == [
        ("KOR", "JPN", 4, -2.0, -0.5),
        ("JPN", "KOR", 4, 6.0, 0.6),
    ]


def test_a_break_is_found_again_in_searches_that_count(given: Given) -> None:
    key = {"source": "records", "counting": "all", **_key("JPN", "KOR"), "freq": "month",
           "measure": "net"}  # fmt: skip
    given.put("stats.break_point", {**key, "last_before": date(2012, 8, 1), "mean_before": 1.0,
                                    "mean_after": -1.0},
              {**key, "measure": "stock", "last_before": date(2000, 1, 1)})  # fmt: skip
    search = {**key, "is_counted": True, "lost_breaks": []}
    lost = {**search, "lost_breaks": [date(2012, 8, 1)]}
    given.put(
        "stats.robustness",
        {**lost, "position": 3, "variant_words": "third"},
        {**lost, "position": 2, "variant_words": "second"},
        {**search, "position": 1, "variant_words": "first"},
        {**search, "position": 4, "variant_words": "of another", "lost_breaks": [date(2000, 1, 1)]},
        {**lost, "position": 5, "variant_words": "hardly another series", "is_counted": False},
    )
    assert ask(given, "what_the_breaks_depend_on") == [
        ("JPN", "KOR", date(2012, 8, 1), 1.0, -1.0, 2, 4, ["second", "third"])
    ]


def test_shares_are_those_of_the_farthest_horizon_and_of_the_other_side(given: Given) -> None:
    of = {"source": "records", "counting": "all", "measure": "net", **_key("JPN", "KOR")}
    row = {**of, "is_refused": False, "response": "a", "impulse": "b", "horizon": 12, "share": 0.25}
    given.put(
        "stats.variance_decomposition",
        row,
        {**row, "horizon": 11, "share": 0.5},
        {**row, "impulse": "a", "share": 0.75},
        {**row, "is_refused": True, "horizon": 13},
        {**row, "measure": "stock", "horizon": 13},
    )
    assert [found[5] for found in ask(given, "whose_shocks_drive_whom")] == [0.25]


def test_sources_are_listed_with_whom_they_agree_or_alone(given: Given) -> None:
    given.put("meta.coverage", *({"source": one} for one in ("a", "b", "lone")))
    row = {"source1": "a", "source2": "b", "counting": "all", "n_periods": 9, "n_events": 5}
    given.put("stats.source_agreement", {**row, **_key("JPN", "KOR"), "correlation": 0.12345},
              {**row, "correlation": 0.5}, {**row, "counting": "one_a_day"})  # fmt: skip
    found = ask(given, "agreement_of_sources")
    assert [(row[0], row[3], row[7]) for row in found] == [
        ("a", None, 0.5), ("a", "JPN", 0.123), ("b", None, 0.5), ("b", "JPN", 0.123),
        ("lone", None, None),
    ]  # fmt: skip


def test_every_named_query_answers_where_nothing_is_there(given: Given) -> None:
    # What asks a macro is given plain values, which a study has.
    for name in queries.named().keys() - {"how_the_scale_changes_the_picture"}:
        values = {"category": "summit"} if name == "weeks_after_events" else {}
        assert ask(given, name, **values) == [], name
