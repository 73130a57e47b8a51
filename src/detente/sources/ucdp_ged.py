"""UCDP Georeferenced Event Dataset: yearly releases, and monthly candidate releases after them.

Format: Sundberg & Melander (2013) and the codebook of the release; columns are found by header. A
candidate release that came without a header has the columns of the others.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from detente.sources.base import Layout, Naming, Remote, by_header, in_span
from detente.sources.fetch import Fetcher

BASE_URL = "https://ucdp.uu.se/downloads/"
FIRST_DAY = date(1989, 1, 1)
RELEASES = ("ged/ged251-csv.zip",)
_YEARLY = re.compile(r"ged(\d{2})\d-csv\.zip", re.IGNORECASE)
_CANDIDATE = re.compile(r"GEDEvent_v(\d{2})_0_(\d{1,2})\.csv", re.IGNORECASE)
_REQUIRED = (
    "id", "type_of_violence", "side_a", "side_b", "gwnoa", "gwnob", "date_start", "date_end",
    "latitude", "longitude", "best",
)  # fmt: skip
_OPTIONAL = ("number_of_sources", "source_office", "low", "high", "country")
COLUMNS = (
    "id", "relid", "year", "active_year", "code_status", "type_of_violence", "conflict_dset_id",
    "conflict_new_id", "conflict_name", "dyad_dset_id", "dyad_new_id", "dyad_name",
    "side_a_dset_id", "side_a_new_id", "side_a", "side_b_dset_id", "side_b_new_id", "side_b",
    "number_of_sources", "source_article", "source_office", "source_date", "source_headline",
    "source_original", "where_prec", "where_coordinates", "where_description", "adm_1", "adm_2",
    "latitude", "longitude", "geom_wkt", "priogrid_gid", "country", "country_id", "region",
    "event_clarity", "date_prec", "date_start", "date_end", "deaths_a", "deaths_b",
    "deaths_civilians", "deaths_unknown", "best", "high", "low", "gwnoa", "gwnob",
)  # fmt: skip
EXPECTED = {
    "id": "expected the event's number",
    "date_start": "expected a day as YYYY-MM-DD",
    "type_of_violence": "expected 1, 2 or 3",
}


@dataclass(frozen=True)
class UcdpGed:
    """The releases that the settings name."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    releases: tuple[str, ...] = RELEASES
    name: str = "ucdp_ged"
    title: str = "UCDP georeferenced events"
    naming: Naming = "gwcode"
    projection: str = "ucdp_ged"
    licence: str = "CC BY 4.0"
    producer: str = "Uppsala Conflict Data Program"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the releases of these days; UCDP publishes no list that a program could read."""
        del fetcher
        found = []
        for release in self.releases:
            known = self.recognise(release.rsplit("/", 1)[-1])
            if known:
                url = self.base_url + release
                found.append(Remote(known.name, url, known.first_day, known.last_day))
        return in_span(found, start, end)

    def recognise(self, name: str) -> Remote | None:
        """Read the days that a release covers off its name."""
        if match := _YEARLY.fullmatch(name):
            span = (FIRST_DAY, date(2000 + int(match[1]) - 1, 12, 31))
        elif match := _CANDIDATE.fullmatch(name):
            year, month = 2000 + int(match[1]), int(match[2])
            if not 1 <= month <= 12:
                return None
            span = (date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1]))
        else:
            return None
        return Remote(name, self.base_url + name, *span)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout by the header, or that of a release without one."""
        del name
        columns, header_lines = by_header(first_line, ","), 1
        if not set(_REQUIRED) <= set(columns):
            if len(columns) < len(COLUMNS) or not columns[0].isdigit():
                return None
            columns, header_lines = COLUMNS, 0
        return Layout(
            columns,
            self.projection,
            "type_of_violence",
            EXPECTED,
            is_quoted=True,
            header_lines=header_lines,
            absent=tuple(name for name in _OPTIONAL if name not in columns),
            day_column="date_start",
            earliest=FIRST_DAY,
            has_sides=True,
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""
