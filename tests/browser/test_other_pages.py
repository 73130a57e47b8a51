"""Case study and methods in a real browser: offline, by keyboard, on a phone, on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from detente.database.published import Published
from detente.refresh import pipeline
from detente.report.pages import appendix, case
from detente.report.spec import load
from detente.settings import Settings
from tests.support.browsing import watched
from tests.support.studies import Line

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "</script><script>document.title='taken'</script><img src=x onerror=alert(1)>"
SPEC = f"""\
title = "A story"
introduction = "What was told."
[[claims]]
id = "one"
claim = "{HOSTILE}"
source = "A paper"
source_url = "https://example.org/"
reading = "As it stands."
sql = "select '{HOSTILE.replace("'", "''")}' as told, event_date from core.record"
supported = [{{ rows = 1 }}]
[[claims]]
id = "two"
claim = "Nobody can tell."
source = "Another paper"
reading = "As it stands."
out_of_reach = "No table holds it."
"""


@pytest.fixture(scope="module")
def pages(
    write_study: Callable[..., Settings], line: Line, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("other-pages")
    study = write_study(folder, [line("visit", "2023-03-16")])
    pipeline.refresh(study)
    (folder / "story.toml").write_text(SPEC, encoding="utf-8")
    with Published(study.database) as database:
        made = (
            case.page(case.study(database, study, load(folder / "story.toml")), study),
            appendix.page(appendix.appendix(database, study), study),
        )
    return {one.slug: one.write(folder)[0] for one in made}


@pytest.fixture(params=["story", "methods"])
def page(
    request: pytest.FixtureRequest, browser: Browser, pages: dict[str, Path]
) -> Iterator[Page]:
    """A page; nothing may be asked of the network or complained about."""
    with watched(browser, pages[request.param].as_uri()) as opened:
        yield opened


def test_text_of_the_story_is_text(page: Page) -> None:
    assert page.title() in ("A story", "Methods and data")
    assert page.locator("main img, main script").count() == 0
    if page.title() == "A story":
        assert HOSTILE in page.locator("#one h2").inner_text()
        assert HOSTILE in page.locator("#one td").first.inner_text()


def test_the_verdicts_and_the_contents_lead_to_their_parts(page: Page) -> None:
    links = page.locator("main a[href^='#']")
    assert links.count() >= 2
    for position in range(links.count()):
        target = links.nth(position).get_attribute("href")
        assert page.locator(f"{target}").count() == 1, target


def test_what_scrolls_can_be_reached_by_keyboard_and_has_a_name(page: Page) -> None:
    regions = page.locator(".scroll")
    assert regions.count() > 0
    for position in range(regions.count()):
        assert regions.nth(position).get_attribute("tabindex") == "0"
        assert regions.nth(position).get_attribute("aria-label")
    # One heading of the first level, and no level is skipped.
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(one => +one.tagName[1])")
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_narrow_phone_needs_no_sideways_scroll(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.wait_for_timeout(100)
    too_wide = page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(one => one.getBoundingClientRect().right > window.innerWidth + 1
                && !one.closest('.scroll, pre') && !one.closest('.skip'))
            .map(one => one.outerHTML.slice(0, 80))"""
    )
    assert too_wide == []


def test_the_bundle_is_beside_the_page(page: Page) -> None:
    link = page.locator("footer a[download]")
    target = Path(page.url.removeprefix("file://")).with_name(str(link.get_attribute("href")))
    assert target.is_file()
