"""The verdict: rules over numbers. Golden texts, and what must hold of any series."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.base import assets
from detente.report import language
from detente.report.model import verdict as rules
from detente.report.model.balance import Month
from detente.report.model.events import Event, Kind, Sum, by_kind
from detente.report.model.pair_results import Outlook
from detente.report.model.pairs import Actor, Pair, Study
from detente.report.model.reported import Reported, Span
from detente.report.model.unknown import KEYS, Unknown, Unknowns, told_once
from detente.report.pages import figures, tiles, verdict_sentences
from detente.report.pages import pair as page
from detente.report.pages.overview import overview
from detente.report.render import html
from tests.support.some import some

SAY = language.load()
RECORDS = Reported("records")


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)


def _series(values: list[float], **last: float | None) -> list[Month]:
    """Windows of so many balances that end in November 2025; `last` says more of the last one."""
    end = 12 * 2025 + 10
    months = [
        Month(_month(end - len(values) + 1 + n), 0.0, 2, 0, True, balance=value, n_window=20)
        for n, value in enumerate(values)
    ]
    before = [one.balance or 0.0 for one in months[:-1]]
    share = sum(one < values[-1] for one in before) / len(before) if len(before) > 23 else None
    given_ = {"lo": values[-1] - 10, "hi": values[-1] + 10, "share_lower": share, **last}
    months[-1] = replace(months[-1], **given_)
    return months


def _pair(months: list[Month], kinds: tuple[Kind, ...] = (), before: tuple[Kind, ...] = ()) -> Pair:
    return Pair(
        Actor("AAA", "Aland"),
        Actor("BBB", "Bland"),
        RECORDS,
        tuple(months),
        kinds=kinds,
        verdict=rules.verdict(months, kinds, before),
    )


HISTORY = [float(n) for n in range(-100, 100)]  # 200 earlier windows, evenly spread

GOLDEN = [
    # balance, its interval, change with its interval, kinds now and before, and what is said.
    (
        (111.0, 38.0, 199.0, -113.0, -249.0, 24.0),
        (Kind("military_exercise", 74.0, 5), Kind("summit", 24.0, 5)),
        "Friendly, the best since records began in 2009",
        "Over the twelve months to November 2025, cooperation outweighed conflict by 111 points, "
        "mainly military exercises (+74). A year earlier the balance was +224: no clear change, "
        "given the margin of error. Relations have been rated friendly since November 2025. No "
        "other twelve months since 2009 had so high a balance.",
    ),
    (
        (-160.0, -278.0, -43.0, -133.0, -284.0, 6.0),
        (Kind("tariff", -102.0, 20), Kind("sanction", -40.0, 3)),
        "Hostile, the worst since records began in 2009",
        "Over the twelve months to November 2025, conflict outweighed cooperation by 160 points, "
        "mainly tariffs (−102). A year earlier the balance was −27: no clear change, given the "
        "margin of error. Relations have been rated hostile since November 2025. No other twelve "
        "months since 2009 had so low a balance.",
    ),
    (
        (-50.0, -80.0, -20.0, 390.0, 232.0, 552.0),
        (Kind("missile_launch", -45.0, 9), Kind("military_posture", 10.0, 3)),
        "Hostile, but better than a year ago",
        "Over the twelve months to November 2025, conflict outweighed cooperation by 50 points, "
        "mainly missile launches (−45). The balance is 390 points higher than a year earlier. "
        "Relations have been rated hostile since November 2025.",
    ),
    (
        (-43.0, -100.0, 14.0, -35.0, -134.0, 54.0),
        (Kind("protest", -10.0, 4), Kind("tariff", -9.0, 4)),
        "Mixed, about usual",
        "Over the twelve months to November 2025, conflict outweighed cooperation by 43 points. A "
        "year earlier the balance was −8: no clear change, given the margin of error. Since 2009 "
        "the balance has been lower than this 28% of the time.",
    ),
]


@pytest.mark.parametrize(("numbers", "kinds", "head", "text"), GOLDEN)
def test_the_verdict_is_said_in_these_words(
    numbers: tuple[float, ...], kinds: tuple[Kind, ...], head: str, text: str
) -> None:
    balance, lo, hi, change, change_lo, change_hi = numbers
    months = _series(
        [*HISTORY, balance], lo=lo, hi=hi, change=change, change_lo=change_lo, change_hi=change_hi
    )
    pair = _pair(months, kinds)
    assert verdict_sentences.headline(pair, SAY) == head
    assert " ".join(verdict_sentences.lede(pair, SAY)) == text


def test_too_few_events_are_not_judged() -> None:
    months = _series([*HISTORY, 9.0], n_window=2, lo=None, hi=None, change=5.0)
    pair = _pair(months, (Kind("summit", 9.4, 2),))
    assert verdict_sentences.headline(pair, SAY) == "Quiet: too few events to judge"
    told = verdict_sentences.lede(pair, SAY)
    assert told[0] == "Only 2 events fall in the twelve months to November 2025."
    assert (
        told[-1]
        == "A year earlier the balance was +4; there are too few events to call that a change."
    )


@pytest.mark.parametrize(
    ("now", "head"),
    [
        ([(0.0, 10.0)], "Only conflict recorded, about usual"),
        ([(6.0, 0.0), (0.5, 0.0)], "Only cooperation recorded, about usual"),
        ([(6.0, 0.0), (0.0, 10.0)], "Mixed, about usual"),
        ([(6.0, 10.0)], "Mixed, about usual"),
        ([(0.0, 0.0)], "Mixed, about usual"),
    ],
)
def test_twelve_months_of_one_sign_are_not_called_mixed(
    now: list[tuple[float, float]], head: str
) -> None:
    pair = _pair(_series([*HISTORY, -5.0], lo=-20.0, hi=1.0))
    long_ago = Sum(date(2012, 3, 1), "summit", "12", 5.0, 5.0, 2)
    inside = [Sum(date(2025, 2, 1), "fighting", "12", *one, 1) for one in now]
    told = verdict_sentences.headline(replace(pair, sums=(long_ago, *inside)), SAY)
    assert told == head


def test_a_balance_as_low_as_an_earlier_one_is_not_higher_than_none() -> None:
    low = _pair(_series([-2.0, *HISTORY[100:], -2.0]))
    lowest = _pair(_series([*HISTORY[100:], -2.0]))
    lines = [tiles.tiles(one, SAY)[2].lines[0] for one in (low, lowest)]
    assert lines == [
        "it was never worse in 8 years",
        "the worst in 8 years",
    ]


def test_a_balance_of_too_few_events_has_no_place_in_its_history() -> None:
    months = _series([*HISTORY, -5.0], lo=-20.0, hi=1.0)
    few = replace(months[-1], n_window=rules.FEWEST - 1, lo=None, hi=None)
    ranked, quiet = (tiles.tiles(_pair(one), SAY)[2] for one in (months, [*months[:-1], few]))
    assert ranked.drawing is not None
    assert quiet.drawing is None
    assert quiet.lines == ("too few events now for a place among them",)
    assert quiet.ends == ranked.ends != ()


def _alone(pair: Pair) -> Study:
    last = date(2025, 11, 30)
    span = Span(date(2009, 1, 1), last, last)
    return Study("Isles", RECORDS, span, last, (pair,), 1)


def test_an_overview_ranks_no_pair_of_too_few_events_and_says_one_pair_once() -> None:
    few = _pair(_series([*HISTORY, -300.0], n_window=1, lo=None, hi=None))
    enough = _pair(_series([*HISTORY, -300.0]))
    view = overview(_alone(few), SAY)
    assert view.headline == "Aland – Bland: too few events to judge"
    assert [one.history for one in view.rows] == ["too few events"]
    view = overview(_alone(enough), SAY)
    assert view.headline == "Aland – Bland: hostile, the worst since records began in 2009"
    assert [one.history for one in view.rows] == ["near its worst"]
    assert view.movers == ()
    assert view.lede[0].startswith("Over the twelve months to November 2025, conflict outweighed")


def test_states_of_whom_too_little_is_known_have_no_line_between_them() -> None:
    def pair(one: str, two: str, n: int) -> Pair:
        months = _series([*HISTORY, 50.0], n_window=n)
        return replace(_pair(months), actor1=Actor(one, one), actor2=Actor(two, two))

    pairs = (pair("AAA", "BBB", 20), pair("AAA", "CCC", 4), pair("BBB", "CCC", 20))
    day = date(2025, 11, 30)
    shown = [
        overview(Study("Isles", RECORDS, Span(day, day, day), day, ones, 3), SAY).network
        for ones in (pairs, (pairs[0], pairs[2]))
    ]
    assert [one and one.wide.svg("a").count('stroke-width="11"') for one in shown] == [2, 2]
    assert [one and "No line: too few events to judge." in one.what for one in shown] == [
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("is_forecast", "words"), [(True, ["<1", "<1", ">99"]), (False, ["0", "0", "100"])]
)
def test_a_forecast_is_never_sure_and_a_count_of_months_may_be(
    is_forecast: bool, words: list[str]
) -> None:
    outlook = Outlook(0.001, 0.0, 0.999, is_forecast, month=date(2025, 12, 1))
    assert [one.words for one in tiles.odds(outlook)] == words
    pair = replace(_pair(_series([*HISTORY, 9.0])), outlook=outlook)
    assert f"{words[2]}% " in tiles.expectations(pair, SAY)[0]
    # What has no part of the bar has no name below it: it would stand under another part.
    assert tiles.tiles(pair, SAY)[-1].ends == ("cooperation",)
    named = replace(pair, outlook=replace(outlook, conflict=0.3, nothing=0.45, cooperation=0.25))
    assert tiles.tiles(named, SAY)[-1].ends == ("conflict", "nothing", "cooperation")


def _acts(first: date, *quads: tuple[int, int, int, int, int]) -> Pair:
    months = _series([*HISTORY, 9.0])
    return replace(_pair([one for one in months if one.month >= first]), quads=quads)


def test_acts_of_one_class_are_told_in_a_sentence_and_not_drawn() -> None:
    pair = _acts(date(2018, 1, 1), (2019, 0, 0, 0, 4), (2024, 0, 0, 0, 1))
    assert figures.act_counts(pair, SAY) is None
    assert figures.one_class(pair, SAY) == (
        "From 2018 to 2024 every act belongs to one class: hostile deeds."
    )
    pair = _acts(date(2018, 1, 1), (2019, 1, 0, 0, 4))
    assert figures.act_counts(pair, SAY) is not None
    assert figures.one_class(pair, SAY) == ""


def test_a_chart_by_year_begins_with_the_first_whole_year() -> None:
    quads = tuple((year, 1, 0, 0, 4) for year in range(2018, 2026))
    drawn = figures.act_counts(_acts(date(2018, 11, 1), *quads), SAY)
    assert drawn is not None
    assert [row[0] for row in drawn.rows] == [2019, 2020, 2021, 2022, 2023, 2024]
    drawn = figures.act_counts(_acts(date(2025, 3, 1), *quads), SAY)
    assert drawn is not None
    assert [row[0] for row in drawn.rows] == [2025]


def test_kinds_that_a_full_page_has_no_room_for_stand_together() -> None:
    kinds = (
        Kind("tariff", -102.0, 20), Kind("sanction", -9.0, 3), Kind("summit", 5.0, 1),
        Kind("protest", -4.0, 1), Kind("", -6.0, 3),
    )  # fmt: skip
    rows = page.moved(_pair(_series([*HISTORY, -116.0]), kinds), SAY, most=3)
    assert [one.points for one in rows] == ["−102", "−9", "+5", "−10"]
    assert rows[-1].n == "4 events"
    assert len(page.moved(_pair(_series([*HISTORY, -116.0]), kinds[:4]), SAY, most=3)) == 4


def test_a_balance_of_one_kind_is_all_of_that_kind() -> None:
    last = {"n_window": 2, "lo": None, "hi": None}
    pair = _pair(_series([*HISTORY, 9.0], **last), (Kind("summit", 9.0, 2),))
    assert (
        verdict_sentences.lede(pair, SAY)[1]
        == "Cooperation outweighed conflict by 9 points, all from summits."
    )
    mixed = (Kind("summit", 12.0, 2), Kind("protest", -3.0, 1))
    pair = _pair(_series([*HISTORY, 9.0], **last), mixed)
    assert verdict_sentences.lede(pair, SAY)[1].endswith("by 9 points, mainly summits (+12).")


@given(st.floats(-400, 400), st.floats(-400, 400))
def test_the_change_is_the_difference_of_the_balances_as_they_are_written(
    now: float, before: float
) -> None:
    last = replace(_series([now])[-1], change=now - before)
    change = verdict_sentences.written_change(last)
    assert change is not None

    def written(value: float) -> int:
        return int(SAY.plus_points(value).replace("−", "-"))

    assert written(change) == written(now) - written(now - last.change)
    assert change * last.change >= 0


def test_a_pair_without_events_and_one_without_a_year_say_so() -> None:
    empty = Pair(Actor("AAA", "Aland"), Actor("BBB", "Bland"), RECORDS)
    assert verdict_sentences.headline(empty, SAY) == "No events on record"
    assert verdict_sentences.lede(empty, SAY) == [
        "The records have no event between Aland and Bland."
    ]
    of_feed = replace(empty, series=Reported("icews"))
    assert verdict_sentences.lede(of_feed, SAY) == ["ICEWS has no event between Aland and Bland."]
    short = replace(empty, months=(Month(date(2025, 1, 1), 1.0, 1, 0, True),))
    assert verdict_sentences.headline(short, SAY) == "No twelve complete months to judge"


def test_complete_months_after_a_gap_are_not_said_to_be_incomplete() -> None:
    months = _series(HISTORY)
    day = date(2026, 6, 30)
    study = Study("Lands", RECORDS, Span(day, day, day), day, (_pair(months),))
    (said, *rest) = page.notice(study, SAY)
    assert (said, rest) == ("Data to November 2025", [SAY("pair.complete_stale")])
    later = [Month(date(2026, month, 1), 0.0, 2, 0, month > 1) for month in (1, 2, 3)]
    study = replace(study, pairs=(replace(study.pairs[0], months=(*months, *later)),))
    assert page.notice(study, SAY) == (SAY("pair.complete_gap", month="November 2025"),)
    assert not page.notice(study, SAY)[0].endswith("."), "the page ends the sentence"


def test_where_nothing_can_be_judged_no_column_is_empty_and_no_event_is_a_zero() -> None:
    short = Pair(
        Actor("AAA", "Aland"), Actor("BBB", "Bland"), RECORDS,
        (Month(date(2025, 1, 1), 1.0, 7, 0, True),), n_events=7,
    )  # fmt: skip
    day = date(2025, 1, 31)
    study = Study("Lands", RECORDS, Span(day, day, day), day, (short,))
    view = overview(study, SAY)
    page = html.render(
        "overview.html.j2", SAY, html.Frame("Lands", (), ()), "Lands", view=view, fewest=5
    )
    assert re.findall(r"<td[^>]*>(.*?)</td>", page)[1:] == [
        "No twelve complete months to judge", "7",
    ]  # fmt: skip
    assert "own scale" not in page
    assert "hollow point" not in page


@pytest.mark.parametrize(
    ("share", "place"),
    [(None, "unknown"), (0.0, "worst"), (0.05, "worst"), (0.0501, "worse"), (0.25, "worse"),
     (0.2501, "usual"), (0.7499, "usual"), (0.75, "better"), (0.9499, "better"), (0.95, "best")],
)  # fmt: skip
def test_a_place_among_earlier_windows_begins_at_its_share(share: float | None, place: str) -> None:
    assert rules.history(_series([1.0], share_lower=share)[-1]) == place


@pytest.mark.parametrize(
    ("n_window", "lo", "hi", "found"),
    [(5, 0.1, 9.0, "friendly"), (5, 0.0, 9.0, "mixed"), (5, -9.0, 0.0, "mixed"),
     (5, -9.0, -0.1, "hostile"), (4, 0.1, 9.0, "quiet"), (5, None, 9.0, "quiet"),
     (5, -9.0, None, "quiet")],
)  # fmt: skip
def test_a_level_wants_five_events_and_an_interval_without_zero(
    n_window: int, lo: float | None, hi: float | None, found: str
) -> None:
    last = _series([1.0], n_window=n_window, lo=lo, hi=hi)[-1]
    assert rules.level(last) == found


@pytest.mark.parametrize(
    ("change", "lo", "hi", "found"),
    [(None, None, None, "unknown"), (2.0, None, None, "unclear"), (2.0, 0.0, 4.0, "unclear"),
     (2.0, 0.1, 4.0, "better"), (-2.0, -4.0, 0.0, "unclear"), (-2.0, -4.0, -0.1, "worse")],
)  # fmt: skip
def test_a_trend_wants_an_interval_without_zero(
    change: float | None, lo: float | None, hi: float | None, found: str
) -> None:
    last = _series([1.0], change=change, change_lo=lo, change_hi=hi)[-1]
    assert rules.trend(last) == found


@pytest.mark.parametrize(
    ("intervals", "since"),
    [
        ([(1, 9), (1, 9), (1, 9)], date(2025, 9, 1)),
        ([(1, 9), (-1, 9), (1, 9)], date(2025, 11, 1)),
        ([(1, 9), (-9, -1), (1, 9), (2, 9)], date(2025, 10, 1)),
        ([(-9, -1), (-9, -1)], date(2025, 10, 1)),
        ([(1, 9), (-1, 9)], None),
    ],
)
def test_a_level_has_held_since_the_last_month_that_had_another(
    intervals: list[tuple[float, float]], since: date | None
) -> None:
    values = [5.0 if lo > 0 else -5.0 for lo, _ in intervals]
    months = [
        replace(one, lo=lo, hi=hi) for one, (lo, hi) in zip(_series(values), intervals, strict=True)
    ]
    found = rules.verdict(months, (), ())
    assert found is not None
    assert found.held_since == since
    # A month that is not known breaks the run.
    gap = rules.verdict([*months[:-2], months[-1]], (), ())
    assert gap is not None
    assert gap.held_since == (since and date(2025, 11, 1))


def test_a_level_that_the_whole_record_has_is_said_to_be_of_every_span() -> None:
    months = [replace(one, lo=1.0, hi=9.0) for one in _series([5.0] * 30)]
    told = " ".join(verdict_sentences.lede(_pair(months), SAY))
    assert "Relations have been rated friendly in every twelve-month span since 2023." in told
    months[0] = replace(months[0], lo=-1.0)
    told = " ".join(verdict_sentences.lede(_pair(months), SAY))
    assert "Relations have been rated friendly since July 2023." in told


@pytest.mark.parametrize(
    ("balance", "line"),
    [
        (-101.0, "the worst in 16 years"),
        (100.0, "the best in 16 years"),
        (0.0, "better than 50% of the time in 16 years"),
        (-20.0, "it was worse 40% of the time in 16 years"),
        (-90.0, "it was worse only 5% of the time in 16 years"),
    ],
)
def test_an_extreme_is_told_as_one_and_not_as_a_share(balance: float, line: str) -> None:
    shown = tiles.tiles(_pair(_series([*HISTORY, balance])), SAY)
    assert shown[2].lines == (line,)


def test_two_fifths_are_a_main_cause_and_less_is_none() -> None:
    kinds = [Kind("a", 40.0, 1), Kind("b", 39.0, 9), Kind("", 21.0, 9), Kind("c", -99.0, 1)]
    assert rules.cause(kinds, 100.0) == kinds[0]
    assert rules.cause(kinds, 100.1) is None
    assert rules.cause(kinds, -240.0) == kinds[3]
    assert rules.cause(kinds, 0.0) is None
    # Of what pulls the same way, however little is left of it against the rest.
    assert rules.cause([*kinds, Kind("d", 1.0, 1)], 2.0) is None
    assert rules.cause(kinds, 1.0) == kinds[0]
    assert rules.cause([Kind("", 99.0, 9)], 99.0) is None


@pytest.mark.parametrize(("months_ago", "is_news"), [(1, False), (12, False), (13, True)])
def test_the_lowest_since_is_news_after_more_than_a_year(months_ago: int, is_news: bool) -> None:
    values = [5.0] * 40
    values[-1] = values[-1 - months_ago] = 1.0
    found = rules.verdict(_series(values), (), ())
    assert (found.lowest_since is not None) == is_news
    assert not found.is_lowest
    # Another as low is as far out; one that is not quite is none.
    values[-1 - months_ago] = 1.1
    assert rules.verdict(_series(values), (), ()).is_lowest


@pytest.mark.parametrize(("n", "is_ranked"), [(24, False), (25, True)])
def test_the_lowest_of_all_is_one_of_more_than_24_windows(n: int, is_ranked: bool) -> None:
    found = rules.verdict(_series([*map(float, range(n))]), (), ())
    assert (found.is_highest, found.is_lowest) == (is_ranked, False)
    assert found.n_years == 2
    found = rules.verdict(_series([*map(float, range(n, 0, -1))]), (), ())
    assert (found.is_highest, found.is_lowest) == (False, is_ranked)


def test_a_cause_of_change_is_what_moved_and_told_of_clear_ones_alone() -> None:
    now, then = [Kind("a", 30.0, 3), Kind("b", 5.0, 1)], [Kind("a", 28.0, 3), Kind("c", -20.0, 2)]
    sure, unsure = (
        rules.verdict(_series([1.0, 2.0], change=27.0, change_lo=lo, change_hi=40.0), now, then)
        for lo in (1.0, -1.0)
    )
    assert sure.cause_of_change == Kind("c", 20.0, 0)
    assert unsure.cause_of_change is None


bounded = st.floats(-1000, 1000, allow_nan=False).map(lambda value: round(value, 1))


@st.composite
def series(draw: st.DrawFn) -> list[Month]:
    """Any balances with any interval around the last one and around its change."""
    values = draw(st.lists(bounded, min_size=2, max_size=60))
    spread, drift = draw(st.floats(0, 500)), draw(st.floats(0, 500))
    change = values[-1] - values[0]
    known = draw(st.booleans())
    return _series(
        values,
        lo=values[-1] - spread if known else None,
        hi=values[-1] + spread if known else None,
        change=change,
        change_lo=change - drift if known else None,
        change_hi=change + drift if known else None,
    )


@given(series())
def test_no_verdict_says_up_while_the_balance_falls(months: list[Month]) -> None:
    pair = _pair(months)
    told = " ".join([verdict_sentences.headline(pair, SAY), *verdict_sentences.lede(pair, SAY)])
    change = months[-1].change or 0.0
    if change < 0:
        assert "better than a year ago" not in told
        assert "points higher" not in told
    if change > 0:
        assert "worse than a year ago" not in told
        assert "points lower" not in told


@given(series())
def test_nothing_is_called_a_change_whose_interval_holds_zero(months: list[Month]) -> None:
    last = months[-1]
    pair = _pair(months)
    told = " ".join([verdict_sentences.headline(pair, SAY), *verdict_sentences.lede(pair, SAY)])
    holds_zero = last.change_lo is None or last.change_lo <= 0 <= (last.change_hi or 0.0)
    assert holds_zero != ("a year ago" in told or "than a year earlier" in told)


@given(series())
def test_the_level_follows_the_interval(months: list[Month]) -> None:
    last = months[-1]
    found = rules.level(last)
    if last.lo is None or last.hi is None:
        assert found == "quiet"
    else:
        assert (found == "friendly") == (last.lo > 0)
        assert (found == "hostile") == (last.hi < 0)


@given(series())
def test_sentences_above_the_fold_are_short(months: list[Month]) -> None:
    pair = _pair(months, (Kind("military_exercise", months[-1].balance or 0.0, 5),))
    for sentence in some(verdict_sentences.lede(pair, SAY)):
        for part in some(re.split(r"(?<=[.:;]) ", sentence)):
            assert len(part.split()) <= 22, part


@given(bounded, bounded, bounded)
def test_a_cause_has_the_sign_of_the_whole_and_two_fifths_of_it(
    total: float, first: float, second: float
) -> None:
    kinds = [Kind("a", first, 1), Kind("b", second, 1), Kind("", 999.0, 3)]
    found = rules.cause(kinds, total)
    if found is not None:
        assert found.points * total > 0
        assert abs(found.points) >= 0.4 * abs(total)
        assert found.kind


events = st.builds(
    lambda n, kind, points, alone: Event(
        f"e{n}", ("AAA", "BBB"), date(2025, 1, 1), kind, "12", points, alone, "", "", "", "", "",
        n, 0,
    ),
    st.integers(0, 9999), st.sampled_from("abcdefghij"), bounded, st.booleans(),
)  # fmt: skip


@given(st.lists(events, max_size=40), st.integers(1, 6), st.floats(0.01, 100))
def test_what_moved_a_balance_adds_up_to_it(ones: list[Event], most: int, factor: float) -> None:
    total = factor * sum(one.points for one in ones)
    told = by_kind(ones, total, factor, most)
    assert sum(one.points for one in told) == pytest.approx(total, abs=0.06)
    assert sum(one.n for one in told) == len(ones)
    assert sum(bool(one.kind) for one in told) <= max(most, 1)


@given(st.lists(events, min_size=1, max_size=20))
def test_the_example_is_of_the_two_alone_where_any_such_pulls_the_same_way(
    ones: list[Event],
) -> None:
    same = [replace(one, kind="a") for one in ones]
    total = sum(one.points for one in same)
    (told, *_) = by_kind(same, total)
    assert told.example is not None
    way = 1 if total >= 0 else -1
    pulling = [one for one in same if one.points * way > 0] or same
    if any(one.is_bilateral for one in pulling):
        assert told.example.is_bilateral


def test_a_pair_without_a_balance_names_the_sources_that_have_events() -> None:
    pair = replace(_pair([]), elsewhere=(("gdelt2", 1439), ("icews", 12)))
    told = verdict_sentences.lede(pair, SAY)
    assert "events of this pair: GDELT 2.0 (1,439) and ICEWS (12)." in told[1]
    assert "[report] series" in told[2]
    assert len(verdict_sentences.lede(replace(pair, elsewhere=()), SAY)) == 1


def test_balances_per_1000_events_have_the_decimals_that_tell_them_apart() -> None:
    feed = Reported("gdelt1", measure="net_per_1k")

    def study(*balances: float) -> Study:
        ones = tuple(
            replace(_pair(_series([*HISTORY[:30], one], change=0.0)), series=feed)
            for one in balances
        )
        return replace(_alone(ones[0]), series=feed, pairs=ones)

    reaches = [(120.0, 0.4), (8.0, 0.4), (0.84, 0.04), (0.084, 0.03)]
    assert [study(*one).places for one in reaches] == [0, 1, 2, 3]
    assert replace(study(0.84), series=RECORDS).places == 0
    say = replace(SAY, places=2)
    assert [say.plus_points(one) for one in (0.84, -0.049, 0.004)] == ["+0.84", "−0.05", "0"]
    shown = study(0.84)
    told = page.view(shown, shown.pairs[0], say)
    assert told.tiles[0].value == "+0.84"
    assert "cooperation outweighed conflict by 0.84 points" in " ".join(told.lede)
    assert ">+0.84 now<" in told.figures["balance"].wide.body
    assert '"d":2' in told.series
    change = verdict_sentences.written_change(
        replace(shown.pairs[0].verdict.last, balance=0.84, change=0.5),  # type: ignore[union-attr]
        say.places,
    )
    assert change == 0.5


def test_the_text_under_a_chart_says_which_days_are_unknown_and_why() -> None:
    months = _series(HISTORY)
    days = (date(2009, 1, 1), date(2011, 7, 8))
    pair = replace(
        _pair(months, (Kind("summit", 24.0, 5),)),
        unknown=Unknowns(
            (
                Unknown("BBB", *days, "the state did not exist", is_from_start=True),
                Unknown("AAA", *days, "before the source covers the state", is_from_start=True),
            ),
            2,
        ),
    )
    assert verdict_sentences.unknown(pair, SAY) == (
        "Some days are unknown, and twelve months with such a day have no balance: Bland did not "
        "exist before 9 July 2011; records covers Aland from 9 July 2011 on."
    )
    assert figures.hero(pair, SAY).note.endswith("from 9 July 2011 on.")
    bare = figures.hero(replace(pair, unknown=Unknowns()), SAY)
    assert bare.note == "Small bars: events a month, 0 in all."
    # A state that ended, or was none for a while, was one before.
    ended = replace(pair.unknown.longest[0], is_from_start=False)
    told = verdict_sentences.unknown(replace(pair, unknown=Unknowns((ended,), 1)), SAY)
    assert told.endswith("Bland did not exist from 1 January 2009 to 8 July 2011.")
    # Without a balance there is no chart: the sentence stands under the verdict.
    short = replace(pair, verdict=None)
    assert verdict_sentences.lede(short, SAY)[1] == verdict_sentences.unknown(pair, SAY)


def test_each_reason_has_a_sentence_and_a_long_list_is_cut_short() -> None:
    reasons = {
        reason
        for table in ("coverage_gap", "state_gap")
        for line in (assets.sql() / "00_meta" / f"{table}.sql").read_text("utf-8").splitlines()
        for reason in re.findall(r"'([a-z ]+)'", line.partition("--")[0])
    }
    assert reasons == set(KEYS)
    pair = _pair(_series(HISTORY))
    for code in ("en", "ko"):
        say = language.load(code)
        for reason in KEYS:
            iso3 = "AAA" if "state" in reason else None
            gap = Unknown(iso3, date(2020, 1, 1), date(2020, 3, 1), reason, is_from_start=False)
            told = verdict_sentences.unknown(replace(pair, unknown=Unknowns((gap,), 1)), say)
            assert "{" not in told
            assert ("Aland" in told) == (iso3 is not None)
            assert say(f"unknown.reason_{KEYS[reason]}")
    gaps = tuple(
        Unknown(None, date(year, 1, 1), date(year, 2, 1), "no file", is_from_start=False)
        for year in range(2010, 2014)
    )
    told = verdict_sentences.unknown(replace(pair, unknown=Unknowns(gaps, 7)), SAY)
    assert told.endswith(
        "no file has the days from 1 January 2013 to 1 February 2013; 3 more spans."
    )


def _gap(iso3: str | None, first: int, last: int, reason: str) -> Unknown:
    return Unknown(iso3, date(first, 1, 1), date(last, 12, 31), reason, is_from_start=False)


def test_what_is_unknown_is_told_once() -> None:
    files = tuple(_gap(iso3, 2016, 2019, "no file of the state") for iso3 in ("AAA", "BBB"))
    nobody = _gap(None, 2016, 2019, "no file")
    uncovered = _gap("AAA", 2016, 2017, "before the source covers the state")
    pair = _pair(_series(HISTORY))

    def told(*gaps: Unknown) -> str:
        text = verdict_sentences.unknown(replace(pair, unknown=Unknowns(gaps, len(gaps))), SAY)
        return text.partition("no balance: ")[2]

    days = "has the days from 1 January 2016 to 31 December 2019."
    assert told(*files, nobody, uncovered) == f"no file {days}"
    assert told(*files, uncovered) == f"no file of Aland or Bland {days}"
    # Days without a file of either state are days without any, not the other way round.
    longer = tuple(replace(one, first_day=date(2015, 1, 1)) for one in files)
    assert told(*longer, nobody) == f"no file of Aland or Bland {days}".replace("2016", "2015")
    assert told(longer[0], nobody) == (
        f"no file of Aland {days[:-1]}; no file {days}".replace("2016", "2015", 1)
    )


@given(
    st.lists(
        st.builds(
            lambda iso3, first, years, reason: _gap(iso3, first, first + years, reason),
            st.sampled_from([None, "AAA", "BBB"]),
            st.integers(2000, 2008),
            st.integers(0, 4),
            st.sampled_from(sorted(KEYS)),
        ),
        max_size=8,
    )
)
def test_telling_once_leaves_no_unknown_day_out(gaps: list[Unknown]) -> None:
    def days(ones: list[Unknown]) -> set[tuple[str, int]]:
        return {
            (state, year)
            for one in ones
            for state in ((one.iso3,) if one.iso3 else ("AAA", "BBB"))
            for year in range(one.first_day.year, one.last_day.year + 1)
        }

    kept = told_once(gaps)
    assert days(kept) == days(gaps)
    assert all(one in gaps for one in kept)


def test_the_focal_pair_leads_the_overview_however_little_it_moved() -> None:
    """And one that changed clearly says as well that it never stood so low."""

    def other(name: str, change: float) -> Pair:
        months = _series(
            [*HISTORY, -300.0], change=change, change_lo=change - 9, change_hi=change + 9
        )
        return replace(_pair(months), actor2=Actor(name, f"{name[0]}land"))

    still = _pair(_series([*HISTORY, 0.5], lo=-9.0, hi=9.0, change=1.0, change_lo=-9.0))
    quiet = _pair(_series([*HISTORY, 9.0], n_window=2, lo=None, hi=None))
    others = [other(name * 3, -100.0 - n) for n, name in enumerate("CDEFGH")]
    told = overview(_study_of(still, *others), SAY).movers
    assert [one.slug for one in told] == [
        "AAA-BBB", "AAA-HHH", "AAA-GGG", "AAA-FFF", "AAA-EEE", "AAA-DDD",
    ]  # fmt: skip
    assert told[0].text == "mixed, about usual; balance 0."
    assert (told[1].arrow, told[1].text) == (
        "▼",
        "hostile and worse than a year ago; balance −300, the lowest since records began in 2009.",
    )
    told = overview(_study_of(quiet, *others), SAY).movers
    assert told[0].text == "quiet: too few events to judge."
    assert len(told) == len({one.slug for one in told}) == 6


def _study_of(*pairs: Pair) -> Study:
    span = Span(date(2009, 1, 1), date(2025, 11, 30), date(2025, 11, 30))
    return Study("Study", RECORDS, span, date(2026, 1, 15), pairs, len(pairs))


def test_a_pair_that_is_known_for_less_time_says_so_wherever_it_stands_beside_others() -> None:
    months = _series(HISTORY)
    whole = _pair(months, (Kind("summit", 24.0, 5),))
    unknown = [
        replace(one, balance=None, lo=None, hi=None, is_complete=False, is_known=False)
        for one in months[-5:]
    ]
    short = replace(
        _pair(
            [
                *months[:-6],
                replace(months[-6], lo=84.0, hi=104.0, share_lower=1.0),
                *unknown,
            ],
            (Kind("summit", 24.0, 5),),
        ),
        actor2=Actor("CCC", "Cland"),
        unknown=Unknowns((_gap("CCC", 2025, 2025, "no file of the state"),), 1),
    )
    # Without an event and without its files: not a pair at peace.
    empty = replace(
        short, actor1=Actor("BBB", "Bland"), months=(), verdict=None, unknown=short.unknown
    )
    study = _study_of(whole, short, empty)
    region = overview(study, SAY)
    cells = {row.name: row.history for row in region.rows}
    assert cells["Aland – Bland"] == "near its best"
    assert cells["Aland – Cland"] == "near its best (to June 2025)"
    assert cells["Bland – Cland"] == "No events known, some days unknown"
    assert region.lede[-1] == "Of 1 pair too many days are unknown to judge it."
    # Of a state that came to be late everything since is known: there is nothing to excuse.
    born = replace(_gap("CCC", 2009, 2011, "the state did not exist"), is_from_start=True)
    for gap, told in (
        (born, "No events on record"),
        (replace(born, is_to_end=True), "No events known, some days unknown"),
    ):
        late = replace(empty, unknown=Unknowns((gap,), 1))
        assert verdict_sentences.headline(late, SAY) == told
    # A pair of which too little is known is not one without a change.
    better = replace(months[-1], change=50.0, change_lo=20.0, change_hi=80.0)
    up = _pair([*months[:-1], better], (Kind("summit", 24.0, 5),))
    assert overview(_study_of(up, short, empty), SAY).lede[0] == (
        "Compared with a year ago: 1 clearly better, 0 clearly worse, 1 without a clear change."
    )
    movers = {one.name: one.text for one in region.movers}
    assert "balance +94 (to June 2025)" in movers["Aland – Cland"]
    assert "(to" not in movers["Aland – Bland"]
    assert region.table is not None
    month = region.table.columns.index("month")
    assert [row[month] for row in region.table.rows] == [date(2025, 11, 1), date(2025, 6, 1)]
    # The page of a pair says how far its own months go, and not those of another one.
    assert page.view(study, short, SAY).notice[0] == "Data to June 2025"
    assert page.view(study, whole, SAY).notice[0] == "Data to November 2025"
    assert page.view(study, empty, SAY).notice == ()
    # Files of the chart are empty where nothing is known, not zero.
    hero = figures.hero(short, SAY)
    named = [dict(zip(hero.columns, row, strict=True)) for row in hero.rows]
    assert {(row["net"], row["n_events"], row["n_events_12m"]) for row in named[-5:]} == {
        (None, None, None)
    }
    assert named[-6]["n_events"] == 2


def test_a_year_of_which_nothing_is_known_has_no_count() -> None:
    months = [
        Month(date(2020 + n // 12, n % 12 + 1, 1), 1.0, 2, 0, n // 12 != 1, is_known=n // 12 != 1)
        for n in range(36)
    ]
    months[-1] = replace(months[-1], balance=12.0, n_window=24)
    pair = replace(
        _pair(months, (Kind("summit", 24.0, 5),)),
        quads=((2020, 3, 1, 0, 0), (2022, 2, 2, 1, 0)),
        sums=(Sum(date(2020, 5, 1), "summit", "1", 3.0, 0.0, 1),
              # What was recorded in a month of which nothing can be known is in no sum.
              Sum(date(2021, 5, 1), "summit", "1", 5.0, 0.0, 1)),
    )  # fmt: skip
    counts = figures.act_counts(pair, SAY)
    assert counts is not None
    assert [row[:3] for row in counts.rows] == [(2020, 3, 1), (2021, None, None), (2022, 2, 2)]
    assert counts.note == "Not known in full: 2021."
    ways = figures.directed(pair, SAY)
    assert ways is not None
    assert [row[0::2] for row in ways.rows[:3]] == [(2020, 3.0), (2021, None), (2022, 0.0)]
    assert ways.note == "Not known in full: 2021."
