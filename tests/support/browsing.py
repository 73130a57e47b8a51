"""A page in a real browser, watched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page


@contextmanager
def watched(browser: Browser, url: str) -> Iterator[Page]:
    """Open a page; by its end nothing was asked of the network, and nothing complained about."""
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: requests.append(one.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    # The explorer fills after the first paint.
    page.wait_for_function("!document.querySelector('#explorer[hidden]')")
    yield page
    assert [one for one in requests if not one.startswith(("data:", "blob:"))] == [url]
    assert complaints == []
    context.close()
