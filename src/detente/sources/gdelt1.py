"""GDELT 1.0: a file a day from April 2013, a file a month from 2006, a file a year before.

Format: The GDELT Project. 2013. GDELT data format codebook, version 1.03. The files a month and a
year have 57 columns; the daily ones a 58th, SOURCEURL.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from detente.base.errors import DownloadError
from detente.sources.base import (
    Layout,
    Naming,
    Offer,
    Remote,
    demand_entries,
    in_span,
    unrecognised,
)
from detente.sources.fetch import Fetcher
from detente.sources.gdelt2 import layout_of
from detente.sources.selection import ALL, Selection, of_section
from detente.sources.traits import Traits

BASE_URL = "http://data.gdeltproject.org/events/"
FIRST_DAY = date(1979, 1, 1)
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})\.export\.CSV\.zip", re.IGNORECASE)
_MONTH = re.compile(r"(\d{4})(\d{2})\.zip", re.IGNORECASE)
_YEAR = re.compile(r"(\d{4})\.zip", re.IGNORECASE)
# All years in seventeen columns, which the provider lists beside the files of days.
_REDUCED = re.compile(r"GDELT\.MASTERREDUCED.*", re.IGNORECASE)
NAMES = "20240131.export.CSV.zip, 201203.zip or 1995.zip"
_SUM = re.compile(rb"^([0-9a-fA-F]{32})\s+(\S+)\s*$")
_SIZE = re.compile(rb"^(\d+)\s+(\S+)\s*$")


@dataclass(frozen=True)
class Gdelt1:
    """The daily files and the backfile."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    selection: Selection = ALL
    name: str = "gdelt1"
    title: str = "GDELT 1.0 events"
    naming: Naming = "cameo"
    projection: str = "gdelt"
    has_releases: bool = False
    licence: str = "free for any use with citation and a link to the GDELT Project"
    producer: str = "The GDELT Project (Leetaru & Schrodt 2013)"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days by the lists of checksums and sizes, or by the index.

        Raises
        ------
        DownloadError
            No list could be downloaded.
        """
        try:
            listed = fetcher.text(self.base_url + "md5sums")
            # A damaged line still names a file, which is fetched without a checksum.
            named = (word.rsplit("/", 1)[-1] for word in listed.decode("utf-8", "replace").split())
            sums = dict.fromkeys((word for word in named if self.recognise(word)), "")
            sums |= _pairs(_SUM, listed)
        except DownloadError as problem:
            # Without sums the index still tells what there is.
            sums = dict.fromkeys(self._indexed(fetcher), "")
            if not sums:
                raise problem from None
        try:
            sizes = _pairs(_SIZE, fetcher.text(self.base_url + "filesizes"))
        except DownloadError:
            sizes = {}
        remotes = []
        for name, md5 in sums.items():
            known = self.recognise(name)
            if known:
                size = int(sizes[name]) if name in sizes else None
                remotes.append(
                    Remote(name, known.url, known.first_day, known.last_day, size, md5 or None)
                )
            elif not _REDUCED.fullmatch(name):
                remotes.append(unrecognised(name, self.base_url + name, NAMES))
        return in_span(remotes, start, end)

    def _indexed(self, fetcher: Fetcher) -> list[str]:
        """Return the names on the provider's page; none where there is no page either."""
        try:
            page = fetcher.text(self.base_url + "index.html", is_page=True)
        except DownloadError:
            return []
        return re.findall(r'href="([^"/]+\.zip)"', page.decode("utf-8", "replace"), re.IGNORECASE)

    def recognise(self, name: str) -> Remote | None:
        """Read the days that a file covers off its name."""
        try:
            if match := _DAY.fullmatch(name):
                day = date(int(match[1]), int(match[2]), int(match[3]))
                span = (day, day)
            elif match := _MONTH.fullmatch(name):
                year, month = int(match[1]), int(match[2])
                last = calendar.monthrange(year, month)[1]
                span = (date(year, month, 1), date(year, month, last))
            elif match := _YEAR.fullmatch(name):
                span = (date(int(match[1]), 1, 1), date(int(match[1]), 12, 31))
            else:
                return None
        except (ValueError, calendar.IllegalMonthError):
            return None
        return Remote(name, self.base_url + name, *span)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout with or without SOURCEURL, by the first line or else by the name."""
        n_fields = first_line.count(b"\t") + 1
        if n_fields not in (57, 58):  # the first line itself may be cut
            n_fields = 58 if _DAY.fullmatch(name) else 57
        return layout_of(
            n_fields, with_adm2=False, with_url=n_fields == 58, selection=self.selection
        )

    def recipe(self) -> str:
        """Return a hash of which events count."""
        return self.selection.recipe()


def _pairs(pattern: re.Pattern[bytes], content: bytes) -> dict[str, str]:
    """Read a list of a value and a file name a line."""
    lines = content.splitlines()
    demand_entries("the list of files", lines, pattern, "a checksum or a size and a file's name")
    matches = (pattern.match(line) for line in lines)
    return {
        match[2].decode("utf-8", "replace").rsplit("/", 1)[-1]: match[1].decode().lower()
        for match in matches
        if match
    }


# GDELT 1.0 has one file a day of about 8 MB.
OFFERS = {
    "gdelt1": Offer(
        Traits(
            "net_per_1k",
            "news of the world, a file a day",
            365,
            2.9e9,
            6e7,
            lag_days=3,
            written="GDELT 1.0",
            file_names=NAMES,
        ),
        FIRST_DAY,
        lambda given, lists: Gdelt1(
            given.sources.gdelt1.start or FIRST_DAY,
            given.sources.gdelt1.base_url or BASE_URL,
            of_section(given.sources.gdelt1),
        ),
    )
}
