"""POLECAT: yearly and weekly files of events coded in PLOVER, from a Dataverse data set.

Format: the header of the files, and Halterman, Bagozzi, Beger, Schrodt & Scarborough. 2023. PLOVER
and POLECAT: A New Political Event Ontology and Dataset. Some files name columns in the header that
their rows lack, others end their rows with empty fields; both are read by the known columns.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from detente.sources import copies, dataverse, encoding, header, icews
from detente.sources.base import Layout, Naming, Offer, Remote, in_span, unrecognised
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

FIRST_DAY = date(2018, 1, 1)
DATA_SETS = ("doi:10.7910/DVN/AJGVIT",)
_TABLE = re.compile(r".+\.(txt|tab|tsv)(\.zip|\.gz)?|.+\.zip", re.IGNORECASE)
# As a program saves one of them; in the list such a name is a document's.
_SAVED = re.compile(r"ngecEvents.+\.csv(\.zip|\.gz)?", re.IGNORECASE)
# ngecEvents.20230103111842.Release603.DV.txt: a week, with the moment at which it was made.
_WEEK = re.compile(r"ngecEvents\.(\d{4})(\d{2})(\d{2})\d{0,6}\..+", re.IGNORECASE)
_DAYS_OF_WEEK = 8
# ngecEventsDV-2018-Jan.txt
_MONTH = re.compile(r"ngecEventsDV-(\d{4})-([a-z]{3})[a-z]*\..+", re.IGNORECASE)
_MONTHS = [one.lower() for one in calendar.month_abbr]
COLUMNS = (
    "Event ID", "Event Date", "Event Type", "Event Mode", "Event Intensity", "Quad Code",
    "Contexts", "Actor Name", "Actor Country", "Actor COW", "Primary Actor Sector", "Actor Sectors",
    "Actor Title", "Actor Name Raw", "Wikipedia Actor ID", "Recipient Name", "Recipient Country",
    "Recipient COW", "Primary Recipient Sector", "Recipient Sectors", "Recipient Title",
    "Recipient Name Raw", "Wikipedia Recipient ID", "Placename", "City", "District", "Province",
    "Country", "Latitude", "Longitude", "GeoNames ID", "Raw Placename", "Feature Type", "Source",
    "Publication Date", "Story People", "Story Organizations", "Story Locations", "Language",
    "Version",
)  # fmt: skip
# In the headers of some files, not always in their rows.
_HEADER_ONLY = ("Headline", "Event Text", "Feed", "Story ID")
_REQUIRED = ("Event ID", "Event Date", "Event Type", "Actor Country", "Recipient Country")
_USED = (
    *_REQUIRED, "Event Mode", "Event Intensity", "Intensity", "Quad Code", "Contexts",
    "Actor Name", "Primary Actor Sector",
    "Recipient Name", "Primary Recipient Sector", "Country", "Latitude", "Longitude", "Source",
    "Publication Date",
)  # fmt: skip
NAMES = "ngecEvents.20230103111842.Release603.DV.txt or ngecEventsDV-2022.txt.zip"
EXPECTED = {
    "Event ID": "expected the event's name",
    "Event Date": "expected a day as YYYY-MM-DD",
    "Event Type": "expected a PLOVER type that data/raw/reference/event_names.csv knows",
}


def _month(name: str) -> tuple[date, date] | None:
    """Read the days of a file that covers a month off its name."""
    match = _MONTH.fullmatch(name)
    if not match or match[2].lower() not in _MONTHS[1:]:
        return None
    year, month = int(match[1]), _MONTHS.index(match[2].lower())
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


@dataclass(frozen=True)
class Polecat:
    """Every file of events in the data set."""

    start: date = FIRST_DAY
    base_url: str = dataverse.HARVARD
    data_sets: tuple[str, ...] = DATA_SETS
    name: str = "polecat"
    title: str = "POLECAT events"
    naming: Naming = "name"
    projection: str = "polecat"
    has_releases: bool = True
    licence: str = "terms of the Harvard Dataverse data set; cite"
    producer: str = "Halterman et al., POLECAT, Harvard Dataverse"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days by the Dataverse's list.

        Raises
        ------
        DownloadError
            The list could not be downloaded.
        """
        found = [
            replace(known, url=one.url, bytes=one.bytes, md5=one.md5)
            for doi in self.data_sets
            for one in dataverse.files(fetcher, self.base_url, doi)
            if _TABLE.fullmatch(one.name)
            for known in [self.recognise(one.name) or unrecognised(one.name, one.url, NAMES)]
        ]
        return in_span(found, start, end)

    def recognise(self, name: str) -> Remote | None:
        """Say whether a file holds events, and of which days."""
        if not _TABLE.fullmatch(name) and not _SAVED.fullmatch(name):
            return None
        if copies.original(name) != name:
            return None
        published = None
        if match := _WEEK.fullmatch(name):
            published = icews.date_of(match)
            days = published and (
                published - timedelta(days=_DAYS_OF_WEEK),
                published - timedelta(days=1),
            )
        else:
            days = _month(name) or icews.span(name)
        if not days:
            return None
        # A year is twelve texts in one archive.
        has_members = name.lower().endswith(".zip")
        url = self.base_url + name
        return Remote(
            name,
            url,
            *days,
            published=published,
            has_members=has_members,
            encoding=encoding.MARKED,
            starts_with_data=published is not None,
            # A year or a month, made later, replaces its weeks.
            level=0 if published else 1,
            is_preliminary=published is not None,
            public_from=published,
        )

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how rows are read if the header is POLECAT's; else None."""
        del name
        found = header.read(
            first_line, _REQUIRED, (*_USED, *_HEADER_ONLY), separators=("\t", ",", ";")
        )
        if found is None:
            return None
        columns = found.columns
        return Layout(
            columns,
            "polecat",
            "Event Type",
            EXPECTED,
            is_quoted=found.is_quoted or found.separator != "\t",
            separator=found.separator,
            header_lines=1,
            absent=tuple(name for name in _USED if name not in columns),
            day_column="Event Date",
            is_month_first=True,
            has_sides=True,
            header_only=tuple(name for name in columns if name in _HEADER_ONLY),
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""


OFFERS = {
    "polecat": Offer(
        Traits(
            "net_per_1k",
            "news of the world in seven languages",
            52,
            3e8,
            2e6,
            lag_days=21,  # a file a week, some days after the week
            retracts=True,
            names_codes=True,
            written="POLECAT",
            file_names=NAMES,
        ),
        FIRST_DAY,
        lambda given, lists: Polecat(
            given.sources.polecat.start or FIRST_DAY,
            given.sources.polecat.base_url or dataverse.HARVARD,
        ),
    )
}
