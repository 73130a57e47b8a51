"""The page in a real browser: it draws offline, the marks can be hovered, filtered and zoomed."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from detente.refresh import pipeline
from detente.report.run import render_all
from detente.settings import Settings
from tests.support import statistics_rows
from tests.support.browsing import watched
from tests.support.studies import MEETINGS_AND_SANCTIONS, Line, sidecar_text

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TITLE = "Yoon in Tokyo <b>&</b> </script><script>document.title='taken'</script>"

PAGES = ("JPN-KOR", "index", "JPN-KOR-PRK")


@pytest.fixture(scope="module")
def study(
    write_study: Callable[..., Settings], line: Line, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    quoted = f'"{TITLE}"'
    settings = write_study(
        tmp_path_factory.mktemp("browser"),
        [
            line("b", "2011-12-17"),
            line("t", "2019-07-01", "JPN", "KOR", "163", "", "sanction", "Export controls"),
            line("a", "2023-03-16", title=quoted),
            line("l", "2022-11-18", "PRK", "JPN", "150", "", "sanction", "A launch"),
            line("n", "2025-03-16"),
        ],
        statistics_rows.TOML.replace("2019-01-01", "1998-01-01"),
        # The last year is not covered whole, and the database is older than its forecasts begin.
        sidecar_text("1998-01-01", "2025-11-30", MEETINGS_AND_SANCTIONS),
    )
    pipeline.refresh(settings)
    statistics_rows.fill(settings.database)
    with duckdb.connect(str(settings.database)) as con:
        con.execute("update meta.study set as_of = date '2026-03-31'")
    render_all(settings)
    return settings


@pytest.fixture
def page(browser: Browser, study: Settings, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page, drawn; nothing may be asked of the network or complained about."""
    url = (study.reports / f"{getattr(request, 'param', 'JPN-KOR')}.html").as_uri()
    with watched(browser, url) as opened:
        opened.wait_for_selector("html[data-drawn=true]", timeout=30_000)
        yield opened


def _marks(page: Page) -> list[dict[str, float]]:
    """Where the marks of the records stand, from the view's own scene."""
    return page.evaluate(
        """() => [...document.querySelectorAll('#timeline a path, #timeline g.mark-symbol path')]
            .filter(one => (one.getAttribute('aria-label') || '').includes('Goldstein points: '))
            .map(one => { const box = one.getBoundingClientRect();
                return {x: box.x + box.width / 2, y: box.y + box.height / 2,
                        opacity: Number(one.getAttribute('opacity')),
                        label: one.getAttribute('aria-label')}; })"""
    )  # type: ignore[no-any-return]


def _drawn(page: Page, chart: str, role: str, words: str) -> list[tuple[bool, bool, bool]]:
    """Of each mark of a kind: whether its label holds the words, whether it is open, or pale."""
    marks = page.evaluate(
        """([chart, role, words]) =>
            [...document.querySelectorAll(`#${chart} [aria-roledescription="${role}"]`)]
            .map(one => [(one.getAttribute('aria-label') || '').includes(words),
                         ['none', 'transparent'].includes(one.getAttribute('fill') || 'none'),
                         Number(one.getAttribute('opacity') || 1) < 0.5])""",
        [chart, role, words],
    )
    return [tuple(mark) for mark in marks]


def test_what_is_old_or_not_whole_is_marked(page: Page) -> None:
    head = page.locator("header .dateline").inner_text()
    assert "The database stands at 31 March 2026." in head
    assert "cover is November 2025; it ended 121 days before" in head
    assert (
        "Already past: January 2026 to March 2026 were over" in page.locator(".brief").inner_text()
    )
    for chart, role in (("quads", "bar"), ("directed", "point")):
        marks = _drawn(page, chart, role, "not covered whole")
        assert {part for part, _, _ in marks} == {True, False}, chart
        assert all(part == is_open for part, is_open, _ in marks), chart
    bars = _drawn(page, "fan", "bar", "already past")
    # Three bands each of three months that are past and of three to come.
    assert (
        sorted((past, is_pale) for past, _, is_pale in bars)
        == [(False, False)] * 9 + [(True, True)] * 9
    )
    assert page.locator("#fan svg text").filter(has_text="already past").count() == 1


def test_the_charts_are_drawn(page: Page) -> None:
    assert page.title() == "Japan and South Korea"
    for name in (
        "score", "timeline", "regimes", "fan", "directed", "quads", "responses", "paths",
    ):  # fmt: skip
        box = page.locator(f"#{name} svg").bounding_box()
        assert box is not None
        assert box["width"] > 350


@pytest.mark.parametrize("page", ["index"], indirect=True)
def test_the_overview_draws_the_grid_the_matrix_and_every_dyad(page: Page) -> None:
    for name in ("grid", "small", "matrix"):
        assert page.locator(f"#{name} svg").bounding_box() is not None
    assert "South Korea" in page.locator("#grid").inner_text()
    links = page.locator("table a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert {"JPN-KOR.html", "JPN-KOR.pdf", "JPN-KOR-PRK.html", "JPN-KOR-PRK.pdf"} <= set(links)


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_axe_finds_no_serious_violation(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    found = Axe().run(page).response["violations"]
    assert [
        (one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ] == []


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_print_shows_everything_and_no_wider_than_the_paper(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    page.wait_for_timeout(200)
    assert page.locator(".skip").first.is_hidden()
    too_wide = page.locator(".chart svg").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > window.innerWidth + 1).length"
    )
    assert too_wide == 0
    folded = page.locator("details > ul").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().height === 0).length"
    )
    assert folded == 0


def test_hovering_a_record_names_it_as_text(page: Page) -> None:
    page.locator("#timeline").scroll_into_view_if_needed()
    mark = next(one for one in _marks(page) if "Yoon" in str(one["label"]))
    page.mouse.move(mark["x"], mark["y"])
    tooltip = page.locator("#vg-tooltip-element")
    tooltip.wait_for(state="visible")
    assert TITLE in tooltip.inner_text()
    assert "16 March 2023" in tooltip.inner_text()
    assert "taken" not in page.title()


def test_a_click_in_the_legend_keeps_one_kind(page: Page) -> None:
    assert len({one["opacity"] for one in _marks(page)}) == 1
    page.evaluate(
        "window.detenteViews.timeline.signal('kind_group_legend', 'Other').runAsync().then(() => 0)"
    )
    page.wait_for_timeout(300)
    assert all(one["opacity"] < 0.1 for one in _marks(page))


def test_a_drag_over_the_strip_zooms_in(page: Page) -> None:
    box = page.locator("#timeline svg").bounding_box()
    assert box is not None
    page.mouse.wheel(0, box["y"] - 40)
    page.wait_for_timeout(200)
    box = page.locator("#timeline svg").bounding_box()
    assert box is not None
    before = {str(one["label"]): one["x"] for one in _marks(page)}
    y = box["y"] + box["height"] - 55
    page.mouse.move(box["x"] + box["width"] * 0.80, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.97, y, steps=8)
    page.mouse.up()
    page.wait_for_timeout(400)
    after = {str(one["label"]): one["x"] for one in _marks(page)}
    moved = [label for label in before if abs(before[label] - after.get(label, -1e9)) > 20]
    assert moved


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_a_narrow_phone_needs_no_sideways_scroll(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_timeout(200)
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(one => one.getBoundingClientRect().right > window.innerWidth
                && !one.closest('.chart, .scroll') && !one.closest('.skip'))
            .map(one => one.tagName + '#' + one.id + '.' + one.className)"""
    )
    assert too_wide == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_everything_can_be_reached_by_keyboard(page: Page) -> None:
    reached = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"timeline", "directed", "A"} <= reached
