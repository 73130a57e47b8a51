"""Charts: labels keep clear of each other, shares add up, both signs are named."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from datetime import date
from pathlib import Path

import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from detente.report import language
from detente.report.charts import balance, lines, panels, ranges, svg
from detente.report.charts.balance import Label, Span
from detente.report.model.balance import Month
from detente.report.model.events import Event
from detente.report.pages import chart_files, chart_labels
from detente.report.pages.figures import Figure

SAY = language.load()


def _month(count: int) -> date:
    return date(count // 12, count % 12 + 1, 1)


bounded = st.floats(-900, 900, allow_nan=False)


@st.composite
def months(draw: st.DrawFn) -> list[Month]:
    """A series of any shape, with gaps."""
    values = draw(st.lists(st.one_of(bounded, st.none()), min_size=3, max_size=200))
    values[-1] = draw(bounded)
    spread = draw(st.floats(0, 300))
    return [
        Month(
            _month(12 * 2000 + n), (value or 0.0) / 12, n % 5, 0, True, value,
            None if value is None else value - spread, None if value is None else value + spread, 9,
        )
        for n, value in enumerate(values)
    ]  # fmt: skip


names = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=28)


@given(months(), st.lists(st.tuples(st.integers(0, 199), names, st.booleans()), max_size=12))
def test_labels_never_overlap_and_stay_inside(
    series: list[Month], labels: list[tuple[int, str, bool]]
) -> None:
    told = [Label(series[n % len(series)].month, words, up) for n, words, up in labels]
    for size in ((774.0, 370.0), (358.0, 270.0)):
        made = balance.hero(series, told, SAY, "A", "B", size)
        assert len(made.boxes) <= 7
        for place, box in enumerate(made.boxes):
            assert box[1] >= 0
            assert box[3] <= size[1]
            assert svg.apart(box, made.boxes[:place])


def test_no_strip_is_left_empty_above_labels_that_stand_inside_the_scale() -> None:
    """The label is far below the end of the band, or above the end of the scale."""
    tops = {}
    for above in (90.0, 1.0):
        series = [
            Month(_month(24000 + n), 0.0, 2, 0, True, float(n), n - 1.0, n + above)
            for n in range(40)
        ]
        made = balance.hero(series, [Label(series[-1].month, "A peak", True)], SAY, "A", "B")
        ends = re.findall(r'y="([\d.]+)" class="s">[+−]?\d+<', made.body)
        tops[above] = (min(map(float, ends)), made.boxes[0][1])
    scale, label = tops[90.0]
    assert scale < 35 and label > scale
    scale, label = tops[1.0]
    assert 0 <= label < 15 and scale > 50


@given(st.lists(st.tuples(*[st.integers(0, 199)] * 3), min_size=1, max_size=5))
def test_the_name_of_a_break_meets_no_whisker(spans: list[tuple[int, int, int]]) -> None:
    series = [
        Month(_month(12 * 2000 + n), 0.0, 1, 0, True, n % 7 - 3.0, -9.0, 9.0, 9) for n in range(200)
    ]
    breaks = [
        Span(*(_month(12 * 2000 + n) for n in (middle, first, last)))
        for first, middle, last in sorted(map(sorted, spans))
    ]
    for size in ((774.0, 370.0), (358.0, 270.0)):
        made = balance.hero(series, [], SAY, "A", "B", size, breaks=breaks)
        y = size[1] - 8
        whiskers = [
            (float(left), y, float(right), y)
            for left, right in re.findall(rf'd="M([0-9.]+) {y:g}H([0-9.]+)"', made.body)
        ]
        assert len(whiskers) == len(breaks)
        for place, box in enumerate(made.boxes):
            assert box[0] >= 0
            assert box[2] <= size[0]
            assert svg.apart(box, [*whiskers, *made.boxes[:place]])


def test_charts_of_one_scale_have_the_same_axis() -> None:
    low, high = (
        [Month(_month(24000 + n), 0.0, 2, 0, True, value, value - 5, value + 5) for n in range(40)]
        for value in (-400.0, 90.0)
    )
    ends = [balance.reach_of(one) for one in (low, high)]
    reach = (min(one for one, _ in ends), max(one for _, one in ends))
    axes = [
        set(re.findall(r'y="([\d.]+)" class="s">([+−]?\d+)<', made.body))
        for made in (
            balance.hero(one, [], SAY, "A", "B", (774.0, 210.0), reach=reach) for one in (low, high)
        )
    ]
    # A number that the end of a line covers is left out.
    assert len(axes[0] & axes[1]) >= 2
    assert len({words for _, words in axes[0] | axes[1]}) == len(axes[0] | axes[1])


@given(st.floats(0.5, 1e6))
def test_a_scale_of_ranges_names_zero_and_both_sides_inside_its_width(reach: float) -> None:
    made = ranges.range_axis(reach, SAY)
    named = re.findall(r'x="([\d.]+)" y="12"[^>]*>([^<]+)<', made.body)
    assert "0" in {words for _, words in named}
    for x, words in named:
        half = svg.width(words) / 2
        assert half - 0.1 <= float(x) <= made.width - half + 0.1


@pytest.mark.parametrize(
    ("highest", "words"),
    [(7.8, ["0", "2", "4", "6", "8"]), (0.78, ["0", "0.2", "0.4", "0.6", "0.8"])],
)
def test_a_value_axis_has_the_decimals_that_its_steps_need(
    highest: float, words: list[str]
) -> None:
    points = [lines.Point(2000.0, 0.0), lines.Point(2001.0, highest)]
    made = lines.curve("a", points, "A", "")
    assert re.findall(r'class="s">([^<]+)<', made.body)[: len(words)] == words


@pytest.mark.parametrize(
    ("values", "words"),
    [((-22.0, 38.0), ["−20", "0", "20"]), ((50.0, 51.0), ["0", "20", "40"]), ((3.0, 3.0), None)],
)
def test_an_axis_ends_with_its_values_and_not_a_step_beyond(
    values: tuple[float, float], words: list[str] | None
) -> None:
    points = [lines.Point(2000.0 + n, value) for n, value in enumerate(values)]
    made = lines.curve("a", points, "A", "")
    shown = re.findall(r'class="s">(−?\d+)<', made.body)
    assert shown[: len(words or ())] == (words or [])
    line = re.search(r'class="ln"[^>]* d="([^"]+)"', made.body)
    assert line is not None
    height = [float(y) for y in re.findall(r"-?[\d.]+ (-?[\d.]+)", line[1])[:1]]
    assert all(0 <= y <= made.height for y in height)


def test_a_table_beside_a_chart_has_one_precision_and_its_file_all_digits() -> None:
    rows = ((date(2025, 11, 1), -14.04, 0.04401, True), (date(2025, 12, 1), None, -0.00001, False))
    figure = Figure(
        "a", "b", "A", "", "", "points", svg.Drawing("b", 1, 1, "", "", ""),
        ("month", "net", "share", "complete"), rows,
    )  # fmt: skip
    assert figure.cells == [
        ["2025-11", "−14.0", "0.0440", "true"],
        ["2025-12", "", "0.0000", "false"],
    ]
    assert figure.csv().splitlines()[1:] == [
        "2025-11-01,-14.04,0.04401,true", "2025-12-01,,-1e-05,false",
    ]  # fmt: skip


def test_bars_that_go_down_have_numbers_below_zero() -> None:
    up, down = {2000: 28.0, 2001: 3.0}, {2001: 66.0}
    both = panels.years("a", [panels.Panel("A", up, down)], (2000, 2001), (270.0, 190.0), 1, "", "")
    assert re.findall(r'class="s">([^<]*\d)<', both.body)[:2] == ["+28", "−66"]
    alone = panels.years("a", [panels.Panel("A", up, {})], (2000, 2001), (270.0, 190.0), 1, "", "")
    assert re.findall(r'class="s">([^<]*\d)<', alone.body)[0] == "28"


@given(months())
def test_every_drawing_is_xml_with_a_title_and_a_description(series: list[Month]) -> None:
    spans = [Span(series[0].month, None, None), Span(series[-1].month, series[0].month, None)]
    for made in (
        balance.hero(series, [], SAY, "A <b>", 'B & "c"', breaks=spans),
        ranges.spark(series),
    ):
        tree = ElementTree.fromstring(made.svg("x", alone=True))
        tags = [one.tag.rpartition("}")[2] for one in tree]
        assert tags[:2] == ["title", "desc"]
        assert "nan" not in made.body


def test_a_picture_shows_its_words(tmp_path: Path) -> None:
    drawing = svg.Drawing("x", 200, 40, svg.text(10, 20, "Words"), "A", "B")
    figure = Figure(
        "JPN-KOR", "x", "Title", "What", "Source: x", "points", drawing, ("n",), ((1,),)
    )
    chart_files.write_charts([figure], tmp_path, "JPN-KOR.html", "cite", "CC0", SAY)
    picture = (tmp_path / "charts" / "JPN-KOR-x.png").read_bytes()
    without = {
        part: re.sub(f"<text[^>]*>{part}.*?</text>", "", figure.alone())
        for part in ("Words", "Title", "What", "Source")
    }
    for part, text in without.items():
        assert picture != vl_convert.svg_to_png(text, scale=2), part


@pytest.mark.parametrize("words", ["Exercise of three, naval", "<b> & +117 now"])
def test_words_without_the_fonts_keep_the_width_by_which_they_were_placed(words: str) -> None:
    drawn = svg.text(10, 20, words, "b h") + svg.text(10, 40, words, "s", size=17)
    framed = svg.Drawing("x", 200, 40, drawn, "A", "B").svg("x", is_framed=True)
    told = [
        float(one.attrib["textLength"])
        for one in ElementTree.fromstring(framed)
        if one.tag.endswith("text")
    ]
    wanted = [svg.width(words, bold=True), svg.width(words, 17)]
    assert told == pytest.approx(wanted, abs=0.05)


def test_a_drawing_names_no_id_twice_on_a_page() -> None:
    series = [
        Month(_month(24000 + n), 1.0, 1, 0, True, float(n - 5), n - 9.0, n + 9.0) for n in range(30)
    ]
    one, two = (
        balance.hero(series, [], SAY, "A", "B", size).svg(key)
        for size, key in (((774.0, 370.0), "a"), ((358.0, 270.0), "b"))
    )
    ids = re.findall(r' id="([^"]+)"', one + two)
    assert len(ids) == len(set(ids)) >= 4
    # What is referred to is there.
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', one + two)) <= set(ids)


@given(st.tuples(*[st.floats(0, 1, allow_nan=False)] * 3).filter(lambda one: sum(one) > 0))
def test_odds_add_up_to_a_hundred(shares: tuple[float, float, float]) -> None:
    whole = panels.to_hundred(shares)
    assert sum(whole) == 100
    total = sum(shares)
    assert all(abs(one - 100 * raw / total) < 1 for one, raw in zip(whole, shares, strict=True))


thousandths = st.integers(-(10**9), 10**9).map(lambda one: one / 1000)


@given(thousandths, thousandths)
def test_ticks_span_the_range_and_hold_zero(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    found = svg.ticks(low, high)
    assert found[0] <= min(low, 0) + 1e-6 * abs(low)
    assert found[-1] >= max(high, 0) - 1e-6 * abs(high)
    assert min(abs(one) for one in found) == 0
    assert len(found) <= 9


def test_labels_take_the_two_signs_in_turn() -> None:
    values = [0.0] * 20 + [80.0] + [10.0] * 30 + [-90.0] + [-10.0] * 30 + [60.0] + [5.0] * 20
    series = [
        Month(_month(24000 + n), value / 2, 1, 0, True, value, n_window=5)
        for n, value in enumerate(values)
    ]
    told = [
        Event(
            f"e{n}", ("AAA", "BBB"), one.month, "summit" if one.net > 0 else "tariff", "12",
            one.net, True, "A title", "Short name" if n == 20 else "", "", "", "", n, 0,
        )
        for n, one in enumerate(series)
        if one.net
    ]  # fmt: skip
    found = chart_labels.labels(series, told, SAY)
    assert [one.is_above for one in found[:2]] == [True, False]
    assert found[0].words == "Short name"
    assert found[1].words == "Tariffs, 2004"
    # The second peak comes after both extremes; what lies below zero is never a peak.
    assert series[83 - 1].month in {one.month for one in found} or len(found) >= 3
    assert sum(not one.is_above for one in found) >= len(found) / 3


def test_one_event_has_one_label_though_it_stays_in_the_balance_for_a_year() -> None:
    series = [
        Month(_month(24000 + n), 4.7 * (n == 17), 1, 0, True, 4.7 * (17 <= n < 29), n_window=1)
        for n in range(60)
    ]
    visit = Event(
        "e", ("AAA", "BBB"), series[17].month, "summit", "042", 4.7, True, "A visit",
        "", "", "", "", 17, 0,
    )  # fmt: skip
    found = chart_labels.labels(series, [visit], SAY)
    assert [(one.month, one.words) for one in found] == [(series[17].month, "Summits, 2001")]


def test_a_peak_is_not_named_by_a_kind_that_mostly_lowers() -> None:
    values = [0.0] * 12 + [50.0] + [5.0] * 12 + [-60.0] + [-5.0] * 12
    series = [
        Month(_month(24000 + n), 0.0, 1, 0, True, value, n_window=5)
        for n, value in enumerate(values)
    ]
    acts = [(12, "tariff", 30.0), (12, "summit", 20.0), (25, "tariff", -60.0)]
    told = [
        Event(
            f"e{n}{kind}", ("AAA", "BBB"), series[n].month, kind, "12", points, True, "A title",
            "", "", "", "", n, 0,
        )
        for n, kind, points in acts
    ]  # fmt: skip
    words = [one.words for one in chart_labels.labels(series, told, SAY)]
    assert "Summits, 2001" in words
    assert "Tariffs, 2002" in words


@given(st.lists(bounded, min_size=3, max_size=40))
def test_the_highest_peak_stands_out_most(values: list[float]) -> None:
    top = max(range(len(values)), key=lambda n: values[n])
    others = [chart_labels.prominence(values, n) for n in range(len(values))]
    assert chart_labels.prominence(values, top) == max(others)
