"""What there is to fetch and to load of a source: counted in a mirror, else by averages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from detente import sources
from detente.base import clock
from detente.base.errors import DownloadError
from detente.settings import Settings
from detente.sources import traits
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local, path_of
from detente.sources.traits import Cost


def of(settings: Settings, name: str, first: date) -> tuple[Cost, bool]:
    """Return what a source has from a day to today, and whether it was counted.

    Nobody is asked: of a mirror folder the files are counted, of a provider the averages stand in
    (`detente.sources.traits`); the rows of files are those that as many bytes hold on average.
    """
    today = clock.today()
    average = traits.cost(sources.traits_of(name), max(first, sources.first_day(name)), today)
    section = getattr(settings.sources, name)
    if not is_local(section.base_url):
        return average, False
    source = sources.named(settings, name, keep_lists=False)
    try:
        with Fetcher() as fetch:
            listed = [one for one in source.available(fetch, first, today) if not one.problem]
    except DownloadError:
        return Cost(0, 0, 0, is_here=True), True
    there = [path for one in listed if (path := path_of(one.url)).is_file()]
    n_bytes = sum(path.stat().st_size for path in there)
    rows = average.rows * n_bytes / average.bytes if average.bytes else 0.0
    return replace(average, files=len(there), bytes=n_bytes, rows=rows, is_here=True), True
