"""A page in a real browser, watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Page]:
    """Open a page; in the end only its own list of events was read, nothing complained about."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: requests.append(one.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    drawn(page)
    yield page
    asked = [one for one in requests if not one.startswith(("data:", "blob:"))]
    assert asked[0] == url
    assert asked[1:] in ([], [_listed(url)])
    assert complaints == []
    context.close()


def drawn(page: Page) -> None:
    """Wait for what a page does after its first picture."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def _listed(url: str) -> str:
    """Return the file of all events that belongs to a page."""
    folder, _, name = url.rpartition("/")
    stem = name.removesuffix(".html")
    return f"{folder}/{'all' if stem == 'events' else stem}-events.js"
