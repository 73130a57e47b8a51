"""The site in a real browser: offline, without scripts, by keyboard, on a phone, in the dark."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detente.refresh import pipeline
from detente.report.run import render_all
from detente.settings import Settings
from tests.support.browsing import drawn, watched
from tests.support.studies import (
    MEETINGS_AND_SANCTIONS,
    NO_INFERENCE,
    Line,
    MakeStudy,
    sidecar_text,
    study_table,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.browser, pytest.mark.full]

TITLE = "Yoon in Tokyo <b>&</b> </script></noscript><script>document.title='taken'</script>"
PAGES = ("JPN-KOR", "index", "JPN-KOR-annex", "events", "JPN-KOR-PRK", "methods")


@pytest.fixture(scope="module")
def study(write_study: MakeStudy, line: Line, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    records = [
        line(f"s{year}-{month}", f"{year}-{month:02d}-11", title=f"Visit {year}-{month}")
        for year in range(2010, 2026)
        for month in (2, 6, 9)
    ]
    records += [
        line(f"t{year}", f"{year}-07-01", "JPN", "KOR", "163", "", "sanction", "Export controls")
        for year in (2012, 2019, 2020)
    ]
    records += [line("y", "2023-03-16", title=f'"{TITLE}"'), line("n", "2025-12-10")]
    settings = write_study(
        tmp_path_factory.mktemp("site"),
        records,
        study_table("2005-01-01", "JPN", "KOR", "PRK")
        + NO_INFERENCE
        + 'triads = [["JPN", "KOR", "PRK"]]\n',
        sidecar_text("2005-01-01", "2025-12-15", MEETINGS_AND_SANCTIONS),
    )
    pipeline.refresh(settings)
    render_all(settings)
    return settings


def _address(study: Settings, name: str) -> str:
    return (study.reports / f"{name}.html").as_uri()


@pytest.fixture
def page(browser: Browser, study: Settings, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page; nothing may be asked of the network or complained about."""
    with watched(browser, _address(study, getattr(request, "param", "JPN-KOR"))) as opened:
        yield opened


def test_the_first_screen_has_verdict_and_chart(page: Page) -> None:
    for width, height, limit, screens in ((1280, 800, 800, 5), (390, 844, 1100, 9)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(100)
        verdict, hero = (
            page.locator(one).first.bounding_box() for one in ("h1.verdict", "#hero svg:visible")
        )
        assert verdict is not None
        assert hero is not None
        assert verdict["y"] < hero["y"] < limit
        assert page.evaluate("document.documentElement.scrollHeight") <= screens * height


# In each frame in which the chart is there: are the fonts ready, has the page's script not begun.
FRAMES = """
window.frames_seen = new Promise(done => {
  const seen = [];
  const look = () => {
    const brush = document.querySelector("#brush");
    if (brush) seen.push([
      document.fonts.size > 1 && [...document.fonts].every(one => one.status === "loaded"),
      brush.hidden,
    ]);
    if (seen.length < 5) requestAnimationFrame(look);
    else done(seen);
  };
  requestAnimationFrame(look);
});
"""


def test_the_first_picture_is_in_the_fonts_of_the_page_and_waits_for_no_script(
    browser: Browser, study: Settings
) -> None:
    context = browser.new_context()
    opened = context.new_page()
    opened.add_init_script(FRAMES)
    opened.goto(_address(study, "JPN-KOR"))
    seen = opened.evaluate("window.frames_seen")
    assert seen[0] == [True, True]
    assert seen[-1] == [True, False]
    context.close()


@pytest.mark.parametrize("name", ["JPN-KOR", "index"])
def test_without_scripts_every_chart_and_event_is_there(
    browser: Browser, study: Settings, name: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(_address(study, name))
    assert plain.locator("main svg:visible").count() >= 3
    assert plain.locator("#explorer .controls, #more").filter(visible=True).count() == 0
    if name == "JPN-KOR":
        assert plain.locator("#rows tbody tr").count() == 12
        plain.locator("noscript a").click()
        row = plain.locator("details tr", has_text="Yoon in Tokyo")
        assert not row.is_visible()
        # The inner locator starts at the outer one: "details tr" would ask for nested details.
        year = plain.locator("details", has=plain.locator("tr", has_text="Yoon in Tokyo"))
        year.locator("summary").click()
        assert row.is_visible()
    context.close()


def test_a_page_reads_the_list_of_events_when_it_is_asked_for(
    browser: Browser, study: Settings, tmp_path: Path
) -> None:
    for name in ("JPN-KOR.html", "JPN-KOR-events.js"):
        (tmp_path / name).write_bytes((study.reports / name).read_bytes())
    context = browser.new_context()
    opened = context.new_page()
    opened.goto((tmp_path / "JPN-KOR.html").as_uri())
    drawn(opened)
    opened.evaluate("location.hash = 'events'")
    opened.wait_for_timeout(100)
    assert opened.locator("script[src]").count() == 0
    opened.locator("#rows tbody a").first.click()
    opened.locator("#rows tr[tabindex]").wait_for()
    opened.goto((tmp_path / "JPN-KOR.html").as_uri())
    drawn(opened)
    opened.locator("#more").click()
    opened.wait_for_function("document.querySelectorAll('#rows tbody tr').length === 53")
    (tmp_path / "JPN-KOR-events.js").unlink()
    opened.reload()
    drawn(opened)
    opened.fill("#q", "Yoon")
    opened.locator("#count", has_text="JPN-KOR-events.js").wait_for()
    context.close()


def test_titles_are_text(page: Page) -> None:
    assert page.title() == "Japan – South Korea"
    assert page.locator("main b", has_text="&").count() == 0
    page.fill("#q", "Yoon")
    page.wait_for_timeout(300)
    assert page.locator("#rows tbody tr").count() == 1
    assert TITLE in page.locator("#rows tbody").inner_text()
    assert page.evaluate("location.hash") == "#q=Yoon"


def test_what_is_chosen_stands_in_the_address_and_back_undoes_it(page: Page) -> None:
    assert page.locator("#count").inner_text() == "12 of 53 events"
    page.select_option("#sign", "-")
    page.wait_for_timeout(200)
    assert "sign=-" in page.evaluate("location.hash")
    assert page.locator("#rows tbody tr").count() == 3
    page.go_back()
    page.wait_for_timeout(200)
    assert page.locator("#count").inner_text() == "25 of 53 events"


def test_the_brush_moves_chart_kinds_and_events_together_by_keyboard(page: Page) -> None:
    chart, kinds = page.locator("#hero").inner_html(), page.locator(".moved").inner_text()
    page.get_by_role("button", name="5 years").click()
    page.wait_for_timeout(200)
    assert "from=2020-12" in page.evaluate("location.hash")
    assert page.locator("#hero").inner_html() != chart
    assert page.locator(".moved").inner_text() != kinds
    days = page.locator("#rows tbody tr td:first-child").all_inner_texts()
    assert min(days) >= "2020-12"
    handle = page.get_by_role("slider").first
    handle.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(200)
    assert "from=2021-01" in page.evaluate("location.hash")
    page.get_by_role("button", name="All", exact=True).click()
    page.wait_for_timeout(200)
    assert page.locator("#hero").inner_html() == chart
    assert page.locator(".moved").inner_text() == kinds


def test_a_link_to_an_event_shows_it_even_far_down(browser: Browser, study: Settings) -> None:
    with watched(browser, _address(study, "events")) as opened:
        assert opened.locator("#e-s2010-2-JPN-KOR").count() == 0
        assert opened.locator("script[src]").count() == 0
        opened.evaluate("location.hash = 'event=e-s2010-2-JPN-KOR'")
        opened.wait_for_timeout(300)
        assert opened.locator("#e-s2010-2-JPN-KOR").is_visible()


def test_the_table_of_the_chart_opens_and_events_can_be_taken_away(page: Page) -> None:
    page.get_by_role("button", name="Table", exact=True).click()
    assert page.locator("#balance-table tr").count() > 100
    with page.expect_download() as caught:
        page.locator("#csv").click()
    text = Path(caught.value.path()).read_text(encoding="utf-8-sig")
    assert text.splitlines()[0].startswith("date,title,kind")
    assert len(text.splitlines()) == 1 + 53


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_a_page_moves_only_for_who_has_not_asked_for_less_motion(page: Page, motion: str) -> None:
    page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
    scroll = page.evaluate("getComputedStyle(document.documentElement).scrollBehavior")
    assert scroll == ("auto" if motion == "reduce" else "smooth")
    # Whatever else would move, one day, is to stand still as well.
    moving = """[...document.querySelectorAll("*")].filter(one => {
        const style = getComputedStyle(one);
        return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0;
    }).length"""
    assert page.evaluate(moving) == 0


@pytest.mark.parametrize("page", ["JPN-KOR", "index", "events"], indirect=True)
def test_the_tab_key_reaches_every_control_and_shows_where_it_is(page: Page) -> None:
    wanted = page.evaluate("""() => {
        const all = "a[href], button, input, select, summary, [tabindex='0']";
        const seen = [...document.querySelectorAll(all)].filter(
            one => one.checkVisibility() && !one.matches(".skip"));
        seen.forEach((one, n) => (one.dataset.n = n));
        return seen.length;
    }""")
    assert wanted > 10
    reached, unmarked = set(), []
    for _ in range(3 * wanted):  # a field of a month has several stops
        page.keyboard.press("Tab")
        at, outline, tag = page.evaluate("""() => {
            const one = document.activeElement, style = getComputedStyle(one);
            return [one.dataset.n ?? null, style.outlineStyle, one.outerHTML.slice(0, 80)];
        }""")
        if at is None:
            continue
        if outline == "none":
            unmarked.append(tag)
        reached.add(int(at))
        if len(reached) == wanted:
            break
    assert sorted(set(range(wanted)) - reached) == []
    assert unmarked == []


@pytest.mark.parametrize("page", ["index"], indirect=True)
def test_the_table_of_pairs_sorts(page: Page) -> None:
    page.get_by_role("button", name="Pair", exact=True).click()
    names = page.locator("#pairs tbody tr td:first-child").all_inner_texts()
    assert names == sorted(names)
    assert page.locator("th[aria-sort=ascending]").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_axe_finds_no_serious_violation(page: Page, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # brings Playwright

    page.emulate_media(color_scheme=scheme)
    found = Axe().run(page).response["violations"]
    assert [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ] == []


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_a_narrow_phone_needs_no_sideways_scroll(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    # Every entry of the navigation can be seen.
    ends = page.locator(".nav a").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect().right)"
    )
    assert ends and max(ends) <= 320
    assert (
        page.evaluate(
            "[...document.querySelectorAll('main *')].filter(one => one.getClientRects().length"
            " && parseFloat(getComputedStyle(one).fontSize) < 12).length"
        )
        == 0
    )


@pytest.mark.parametrize("page", PAGES, indirect=True)
def test_headings_skip_no_level_and_every_section_has_an_address(page: Page) -> None:
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("main section.section:not([id])").count() == 0


def test_a_chart_can_be_embedded(browser: Browser, study: Settings, tmp_path: Path) -> None:
    embed = (study.reports / "embed" / "JPN-KOR-balance.html").as_uri()
    host = tmp_path / "host.html"
    host.write_text(f'<iframe src="{embed}" width="700" height="480"></iframe>', encoding="utf-8")
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(host.as_uri())
    frame = opened.frame_locator("iframe")
    frame.locator("svg").first.wait_for()
    assert "Japan – South Korea" in frame.locator("h1").inner_text()
    context.close()


@pytest.mark.parametrize("page", ["JPN-KOR-PRK"], indirect=True)
def test_a_cell_of_a_phones_table_has_the_name_of_its_column(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    told = page.locator(".told td").evaluate_all(
        "all => all.map(one => getComputedStyle(one, '::before').content)"
    )
    assert told
    assert not [one for one in told if one.startswith('": ')]


@pytest.mark.parametrize("page", ["JPN-KOR", "index", "events", "methods"], indirect=True)
def test_paper_cuts_no_table_and_no_listing(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 without its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 688
    cut = page.locator(".scroll, pre, table").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > 688"
        " || one.scrollHeight > one.clientHeight + 4).map(one => one.outerHTML.slice(0, 200))"
    )
    assert cut == []


@pytest.mark.parametrize("page", ["JPN-KOR", "index"], indirect=True)
def test_paper_keeps_the_names_of_pairs_on_a_line_and_the_tiles_apart(page: Page) -> None:
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1000})  # A4, whose margins are the body's
    page.add_style_tag(content="body{width:688px}")
    lines = page.locator(".pairs td:first-child a").evaluate_all(
        "all => all.map(one => one.getClientRects().length)"
    )
    assert set(lines) <= {1}
    wide = page.locator(".tile").evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)"
    )
    assert wide == []
    assert lines or page.locator(".tile").count() > 0


def test_paper_shows_every_bar_and_is_never_dark(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    # A browser leaves out backgrounds on paper unless a page says that they mean something.
    kept = "one => getComputedStyle(one).printColorAdjust"
    for bars in (".odds i", ".bar i"):
        assert set(page.locator(bars).evaluate_all(f"all => all.map({kept})")) <= {"exact"}
    assert page.locator(".bar i").count() > 0
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
