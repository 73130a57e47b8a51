"""CSIS Beyond Parallel's list of North Korean provocations, from a copy that is renewed daily."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.sources import snapshot
from detente.sources.base import Layout, Naming, Offer, Remote, by_header
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

BASE_URL = "https://raw.githubusercontent.com/stiles/north-korea-provocations/main/data/processed/"
FILE = "csis_provocations_1958_present.csv"
FIRST_DAY = date(1958, 2, 16)
_REQUIRED = ("date", "type", "event", "description", "resources")


@dataclass(frozen=True)
class CsisProvocations:
    """The one file, from the beginning to the day on which it was fetched."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    name: str = "csis_provocations"
    title: str = "North Korean provocations, CSIS Beyond Parallel"
    naming: Naming = "iso3"
    projection: str = "csis_provocations"
    has_releases: bool = False
    licence: str = "compiled copy CC0; cite CSIS"
    producer: str = "CSIS Beyond Parallel; compiled by M. Stiles"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the file; whether it is newer is known when it is fetched."""
        del fetcher, start
        return [snapshot.remote(FILE, self.base_url + FILE, FIRST_DAY, end)]

    def recognise(self, name: str) -> Remote | None:
        """Return a kept version."""
        return snapshot.recognise(name, FILE, self.base_url + FILE, FIRST_DAY)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return how rows are read if the header is the list's; else None."""
        del name
        columns = by_header(first_line, ",")
        if not set(_REQUIRED) <= set(columns):
            return None
        expected = {
            "date": "expected a day as YYYY-MM-DD",
            "type": "expected a kind of provocation",
        }
        return Layout(
            columns,
            self.projection,
            "type",
            expected,
            is_quoted=True,
            header_lines=1,
            day_column="date",
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""


OFFERS = {
    "csis_provocations": Offer(
        Traits(
            "net",
            "North Korean launches and other provocations",
            1,
            2e5,
            500,
            is_whole=True,
            retracts=True,
            written="CSIS Beyond Parallel",
        ),
        FIRST_DAY,
        lambda given, lists: CsisProvocations(
            given.sources.csis_provocations.start or FIRST_DAY,
            given.sources.csis_provocations.base_url or BASE_URL,
        ),
    )
}
