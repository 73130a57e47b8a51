"""ICEWS coded events: yearly, monthly, weekly and daily files of a Dataverse data set.

Format: Boschee, Lautenschlager, O'Brien, Shellman, Starz & Ward. 2015. ICEWS Coded Event Data.
Harvard Dataverse, doi:10.7910/DVN/28075, and its daily successor doi:10.7910/DVN/QI2T9A. Columns
are found by their header: the file of 2017 came with other dates and without CAMEO codes.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from detente.sources import copies, dataverse, encoding, header
from detente.sources.base import Layout, Naming, Offer, Remote, in_span, unrecognised
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

FIRST_DAY = date(1995, 1, 1)
DATA_SETS = ("doi:10.7910/DVN/28075", "doi:10.7910/DVN/QI2T9A")
_TABLE = re.compile(r".+\.(tab|tsv|txt|csv)(\.zip|\.gz)?|.+\.zip", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])[-_]?(0[1-9]|[12]\d|3[01])(?!\d)")
_MONTH = re.compile(r"(?<!\d)((?:19|20)\d{2})[-_]?(0[1-9]|1[0-2])(?!\d)")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_EVENTS = re.compile(r"event", re.IGNORECASE)
# When a yearly file was made: events.1995.20150313082510.tab, Events.2017.20201006.tab.
_STAMP = re.compile(r"\.(20\d{6})(?:\d{6})?\.")
_DAYS_OF_MONTH, _DAYS_OF_YEAR = 31, 366
# 20200719-icews-events.tab is of 13 to 20 July 2020 by its description in the Dataverse, with some
# events of the weeks before; 20230106-icews-events.tab has three days, a daily file of 2018 fewer.
_BEFORE_MADE, _AFTER_MADE = timedelta(days=7), timedelta(days=1)
NAMES = "events.1995.20150313082510.tab or 20181004-icews-events.tab"
_REQUIRED = ("Event ID", "Event Date", "Source Country", "Target Country", "Event Text")
_OPTIONAL = (
    "Source Name", "Source Sectors", "CAMEO Code", "Intensity", "Target Name", "Target Sectors",
    "Publisher", "Country", "Latitude", "Longitude",
)  # fmt: skip
COLUMNS = (
    "Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text",
    "CAMEO Code", "Intensity", "Target Name", "Target Sectors", "Target Country", "Story ID",
    "Sentence Number", "Publisher", "City", "District", "Province", "Country", "Latitude",
    "Longitude",
)  # fmt: skip
EXPECTED = {
    "Event ID": "expected the event's number",
    "Event Date": "expected a day as YYYY-MM-DD or MM/DD/YYYY",
    "CAMEO Code": "expected a CAMEO code",
    "Event Text": "expected a kind of event that data/raw/reference/event_names.csv knows",
}


def span(name: str) -> tuple[date, date] | None:
    """Read the days that a file covers off its name.

    `events.1995.20150313082510.tab` covers a year (the second number is when it was made),
    `202201-icews-events.tab` a month; `20200719-icews-events.tab` was made on that day, of the week
    around it; `-1` is a second part.
    """
    stem = re.sub(r"\d{14}", "", name)
    if re.match(r"events?\.(\d{4})\.", stem, re.IGNORECASE):
        year = int(re.findall(r"\d{4}", stem)[0])
        return date(year, 1, 1), date(year, 12, 31)
    days = [date_of(match) for match in _DAY.finditer(stem)]
    known = [day for day in days if day]
    if known:
        return known[0], known[-1]
    if match := _MONTH.search(stem):
        year, month = int(match[1]), int(match[2])
        return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
    if match := _YEAR.search(stem):
        return date(int(match[1]), 1, 1), date(int(match[1]), 12, 31)
    return None


def date_of(match: re.Match[str]) -> date | None:
    """Return the day that a match names; None for the 31st of June and the like."""
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None


def _day_of(stamp: str) -> date | None:
    """Return the day of a stamp like 20150313."""
    match = _DAY.fullmatch(stamp)
    return date_of(match) if match else None


def _unique_name(name: str, doi: str) -> str:
    """Return a name of its own for a file that another data set has under the same name."""
    stem, dot, suffix = name.partition(".tab")
    mark = doi.rsplit("/", 1)[-1]
    return f"{stem}-{mark}{dot}{suffix}" if dot else f"{mark}-{name}"


@dataclass(frozen=True)
class Icews:
    """Every file of events in the data sets."""

    start: date = FIRST_DAY
    base_url: str = dataverse.HARVARD
    data_sets: tuple[str, ...] = DATA_SETS
    name: str = "icews"
    title: str = "ICEWS coded events"
    naming: Naming = "name"
    projection: str = "icews"
    has_releases: bool = True
    licence: str = "terms of the Harvard Dataverse data set; cite"
    producer: str = "Boschee et al., ICEWS Coded Event Data, Harvard Dataverse"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days by the Dataverse's list.

        Raises
        ------
        DownloadError
            The list could not be downloaded.
        """
        found: dict[str, Remote] = {}
        for doi in self.data_sets:
            for one in dataverse.files(fetcher, self.base_url, doi):
                if not _TABLE.fullmatch(one.name):
                    continue  # a codebook or the like
                name = one.name
                if name in found and found[name].md5 != one.md5:
                    name = _unique_name(name, doi)
                known = self.recognise(name) or (
                    unrecognised(name, one.url, NAMES) if _EVENTS.search(name) else None
                )
                if known:
                    found[name] = replace(known, url=one.url, bytes=one.bytes, md5=one.md5)
        return in_span(list(found.values()), start, end)

    def recognise(self, name: str) -> Remote | None:
        """Say whether a file holds events, of which days, and where it stands among the others."""
        # The name of a copy does not say how new it is.
        days = span(name) if copies.original(name) == name else None
        if not days or not _TABLE.fullmatch(name) or not _EVENTS.search(name):
            return None
        made = _STAMP.search(name)
        n_days = (days[1] - days[0]).days
        # A year replaces its weeks, a later edition of a year an earlier one.
        level = int(made[1]) if made and n_days > _DAYS_OF_MONTH else min(n_days, _DAYS_OF_YEAR)
        is_dated = not n_days
        return Remote(
            name,
            self.base_url + name,
            days[0] - _BEFORE_MADE if is_dated else days[0],
            days[1] + _AFTER_MADE if is_dated else days[1],
            covers_its_rows=is_dated,
            level=level,
            encoding=encoding.MARKED,
            is_preliminary=n_days <= _DAYS_OF_MONTH,
            public_from=(_day_of(made[1]) if made else None) or days[1] + timedelta(days=1),
        )

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how rows are read: the header decides, as layouts changed over the years."""
        del name
        found = header.read(first_line, _REQUIRED, _OPTIONAL, separators=("\t", ",", ";"))
        if found is None:
            return None
        columns = found.columns
        return Layout(
            columns,
            "icews",
            "CAMEO Code" if "CAMEO Code" in columns else "Event Text",
            EXPECTED,
            is_quoted=found.is_quoted or found.separator != "\t",
            separator=found.separator,
            header_lines=1,
            absent=tuple(name for name in _OPTIONAL if name not in columns),
            day_column="Event Date",
            is_month_first=True,
            has_cameo="CAMEO Code" in columns,
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events; by older rules a week covered one day."""
        return "weeks"


OFFERS = {
    "icews": Offer(
        Traits(
            "net_per_1k",
            "news of the world, 1995 to April 2023",
            1,
            6e7,
            8e5,
            last=date(2023, 4, 11),
            retracts=True,
            names_codes=True,
            written="ICEWS",
            file_names=NAMES,
        ),
        FIRST_DAY,
        lambda given, lists: Icews(
            given.sources.icews.start or FIRST_DAY,
            given.sources.icews.base_url or dataverse.HARVARD,
        ),
    )
}
