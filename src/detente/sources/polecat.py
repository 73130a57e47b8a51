"""POLECAT: yearly and weekly files of events coded in PLOVER, from a Dataverse data set.

Format: the header of the files, and Halterman, Bagozzi, Beger, Schrodt & Scarborough. 2023. PLOVER
and POLECAT: A New Political Event Ontology and Dataset. Some files name columns in the header that
their rows lack, others end their rows with empty fields; both are read by the known columns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from detente.sources import dataverse, icews
from detente.sources.base import Layout, Naming, Remote, by_header, in_span
from detente.sources.fetch import Fetcher

FIRST_DAY = date(2018, 1, 1)
DATA_SETS = ("doi:10.7910/DVN/AJGVIT",)
_TABLE = re.compile(r".+\.(txt|tab|tsv)(\.zip|\.gz)?|.+\.zip", re.IGNORECASE)
COLUMNS = (
    "Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Quad Code", "Contexts",
    "Actor Name", "Actor Country", "Actor COW", "Primary Actor Sector", "Actor Sectors",
    "Actor Title", "Actor Name Raw", "Wikipedia Actor ID", "Recipient Name", "Recipient Country",
    "Recipient COW", "Primary Recipient Sector", "Recipient Sectors", "Recipient Title",
    "Recipient Name Raw", "Wikipedia Recipient ID", "Placename", "City", "District", "Province",
    "Country", "Latitude", "Longitude", "GeoNames ID", "Raw Placename", "Feature Type", "Source",
    "Publication Date", "Story People", "Story Organizations", "Story Locations", "Language",
    "Version",
)  # fmt: skip
# In the headers of some files, not in their rows.
_HEADER_ONLY = ("Headline",)
_REQUIRED = ("Event ID", "Event Date", "Event Type", "Actor Country", "Recipient Country")
_USED = (
    *_REQUIRED, "Event Mode", "Intensity", "Actor Name", "Primary Actor Sector",
    "Recipient Name", "Primary Recipient Sector", "Latitude", "Longitude", "Source",
    "Publication Date",
)  # fmt: skip
EXPECTED = {
    "Event ID": "expected the event's name",
    "Event Date": "expected a day as YYYY-MM-DD",
    "Event Type": "expected a PLOVER type that data/raw/reference/event_names.csv knows",
}


@dataclass(frozen=True)
class Polecat:
    """Every file of events in the data set."""

    start: date = FIRST_DAY
    base_url: str = dataverse.HARVARD
    data_sets: tuple[str, ...] = DATA_SETS
    name: str = "polecat"
    title: str = "POLECAT events"
    naming: Naming = "iso3"
    projection: str = "polecat"
    licence: str = "terms of the Harvard Dataverse data set; cite"
    producer: str = "Halterman et al., POLECAT, Harvard Dataverse"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days by the Dataverse's list.

        Raises
        ------
        DownloadError
            The list could not be had.
        """
        found = [
            Remote(one.name, one.url, known.first_day, known.last_day, one.bytes, one.md5)
            for doi in self.data_sets
            for one in dataverse.files(fetcher, self.base_url, doi)
            if (known := self.recognise(one.name))
        ]
        return in_span(found, start, end)

    def recognise(self, name: str) -> Remote | None:
        """Say whether a file holds events, and of which days."""
        days = icews.span(name)
        if not days or not _TABLE.fullmatch(name):
            return None
        return Remote(name, self.base_url + name, *days)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout by the header."""
        del name
        columns = tuple(one for one in by_header(first_line) if one and one not in _HEADER_ONLY)
        if len(set(columns)) < len(columns) or not set(_REQUIRED) <= set(columns):
            return None
        return Layout(
            columns,
            "polecat",
            "Event Type",
            EXPECTED,
            header_lines=1,
            absent=tuple(name for name in _USED if name not in columns),
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""
