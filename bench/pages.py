"""How long a browser takes to show the pages, as shares of limits.

A page of a pair should be drawn within half a second on a processor four times slower, the page of
all events within a second. The peer, in the same run, is an empty page: what the browser takes.

Run: python bench/pages.py [--config detente.toml]   (after `detente report`; needs Chromium)
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from detente import settings

SLOWER = 4
LIMIT_PAIR, LIMIT_EVENTS = 0.5, 1.0
_REPEATS = 5
# The first paint with content, and when the scripts of the page have ended.
_TIMES = """() => new Promise(done => requestAnimationFrame(() => setTimeout(() => {
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    const load = performance.getEntriesByType("navigation")[0];
    done([paint ? paint.startTime : NaN, load.loadEventEnd]);
}, 0)))"""


def seconds(browser: Browser, url: str, slower: int) -> tuple[float, float]:
    """Return the median seconds to the first paint and to the end of loading."""
    paints, loads = [], []
    for _ in range(_REPEATS):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.goto(url, wait_until="load")
        paint, load = page.evaluate(_TIMES)
        paints.append(paint / 1000)
        loads.append(load / 1000)
        context.close()
    return statistics.median(paints), statistics.median(loads)


def main() -> None:
    """Open the pages of a study and print what they take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=Path, default=None)
    study = settings.load(parser.parse_args().config)
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise SystemExit("needs Chromium (Debian: apt-get install chromium)")
    largest = max(
        ("-".join(one) for one in study.study.dyad_pairs),
        key=lambda name: (study.reports / f"{name}.html").stat().st_size,
    )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        empty = seconds(browser, "data:text/html,<title>x</title><p>x", SLOWER)
        print(f"{'empty page':<24}paint {empty[0]:.2f} s, loaded {empty[1]:.2f} s")
        for name, limit in ((largest, LIMIT_PAIR), ("events", LIMIT_EVENTS)):
            slower = SLOWER if name == largest else 1
            url = (study.reports / f"{name}.html").resolve().as_uri()
            paint, load = seconds(browser, url, slower)
            print(
                f"{name:<24}paint {paint:.2f} s, loaded {load:.2f} s "
                f"(processor {slower} times slower); {load / limit:.2f} of the limit of {limit} s"
            )
        browser.close()


if __name__ == "__main__":
    main()
