"""UCDP Georeferenced Event Dataset: yearly releases, and monthly candidate releases after them.

Format: Sundberg & Melander (2013) and the codebook of the release; columns are found by header. A
candidate release that came without a header has the columns of the others.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from detente.base import clock
from detente.base.errors import DownloadError
from detente.sources import encoding, header
from detente.sources.base import Layout, Naming, Offer, Remote, by_header, in_span, unrecognised
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

BASE_URL = "https://ucdp.uu.se/downloads/"
FIRST_DAY = date(1989, 1, 1)
# The oldest release that is looked for; the settings may name any.
_OLDEST = 25
_CURRENT = "ged/ged{year}1-csv.zip"
_YEARLY = re.compile(
    r"ged(\d{2})(\d)(?:-csv|-xlsx)?\.(?:zip|csv(?:\.gz)?|xlsx)"
    r"|GEDEvent_v(\d{2})_(\d)\.(?:csv(?:\.zip|\.gz)?|xlsx)",
    re.IGNORECASE,
)
# GEDEvent_v25_0_3.csv is a month, GEDEvent_v25_01_25_12.csv all months from one to the other.
_MONTH = re.compile(r"GEDEvent_v(\d{2})_0_(\d{1,2})\.(?:csv(?:\.zip|\.gz)?|xlsx)", re.IGNORECASE)
_BUNDLE = re.compile(
    r"GEDEvent_v(\d{2})_(\d{2})_(\d{2})_(\d{2})\.(?:csv(?:\.zip|\.gz)?|xlsx)", re.IGNORECASE
)
# A bundle of months stands above its months, a yearly release above both, a newer one above older.
_LEVEL_OF_BUNDLES, _LEVEL_OF_YEARS = 10, 1000
# A year is published in June of the next one, a candidate release within a month after its last day
# (Hegre, Croicu, Eck & Hogbladh 2020, Introducing the UCDP Candidate Events Dataset).
_YEARLY_PUBLIC, _CANDIDATE_LAG = (7, 1), timedelta(days=31)
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
NAMES = "ged251-csv.zip, GEDEvent_v25_0_3.csv or GEDEvent_v25_01_25_12.csv"
EXPECTED = {
    "id": "expected the event's number, with all its digits",
    "date_start": "expected a day as YYYY-MM-DD; of 02/03/2024 nobody can tell which is the month "
    "(in Excel, give the column the format yyyy-mm-dd)",
    "type_of_violence": "expected 1, 2 or 3",
    "best": "expected a whole number of deaths",
    "low": "expected a whole number of deaths",
    "high": "expected a whole number of deaths",
    "latitude": "expected degrees from -90 to 90",
    "longitude": "expected degrees from -180 to 180",
}


def _encoding(name: str) -> str:
    """Say what a release may be written in: a spreadsheet saves it as UTF-16 too."""
    return "" if name.lower().endswith(".xlsx") else encoding.MARKED


def _first(year: str, month: str) -> date | None:
    return date(2000 + int(year), int(month), 1) if 1 <= int(month) <= 12 else None


def _last(year: str, month: str) -> date | None:
    if (first := _first(year, month)) is None:
        return None
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


@dataclass(frozen=True)
class UcdpGed:
    """The releases that the settings name, else the newest yearly one."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    releases: tuple[str, ...] = ()
    name: str = "ucdp_ged"
    title: str = "UCDP georeferenced events"
    naming: Naming = "gwcode"
    projection: str = "ucdp_ged"
    has_releases: bool = True
    licence: str = "CC BY 4.0"
    producer: str = "Uppsala Conflict Data Program"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the releases of these days.

        Raises
        ------
        DownloadError
            No yearly release could be found, or the provider could not be asked.
        """
        found = []
        for release in self.releases or (self._newest(fetcher),):
            name, url = release.rsplit("/", 1)[-1], self.base_url + release
            known = self.recognise(name)
            found.append(replace(known, url=url) if known else unrecognised(name, url, NAMES))
        return in_span(found, start, end)

    def _newest(self, fetcher: Fetcher) -> str:
        """Ask for yearly releases, the newest first: UCDP has no list that programs can read."""
        this_year = clock.today().year % 100
        for year in range(this_year, _OLDEST - 1, -1):
            release = _CURRENT.format(year=year)
            if fetcher.exists(self.base_url + release):
                return release
        raise DownloadError(
            f"{self.base_url}: expected a yearly release from {_CURRENT.format(year=_OLDEST)} to "
            f"{_CURRENT.format(year=this_year)}, found none. UCDP may have renamed it: name "
            'it in detente.toml, [sources.ucdp_ged] releases = ["..."].'
        )

    def recognise(self, name: str) -> Remote | None:
        """Read the days that a release covers, and its place among the releases, off its name."""
        url = self.base_url + name
        if match := _YEARLY.fullmatch(name):
            version = 10 * int(match[1] or match[3]) + int(match[2] or match[4])
            end = date(2000 + version // 10 - 1, 12, 31)
            level = _LEVEL_OF_YEARS + version
            public = date(end.year + 1, *_YEARLY_PUBLIC)
            return Remote(
                name,
                url,
                FIRST_DAY,
                end,
                level=level,
                encoding=_encoding(name),
                public_from=public,
            )
        if match := _MONTH.fullmatch(name):
            months, level = (match[1], match[2], match[1], match[2]), 1
        elif match := _BUNDLE.fullmatch(name):
            months, level = (match[1], match[2], match[3], match[4]), _LEVEL_OF_BUNDLES
        else:
            return None
        first, last = _first(*months[:2]), _last(*months[2:])
        if first is None or last is None or last < first:
            return None
        return Remote(
            name,
            url,
            first,
            last,
            level=level,
            is_preliminary=True,
            encoding=_encoding(name),
            public_from=last + _CANDIDATE_LAG,
        )

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout by the header, or that of a release without one."""
        del name
        found = header.read(first_line, _REQUIRED, _OPTIONAL)
        columns: tuple[str, ...] = COLUMNS
        separator, header_lines = ",", 0
        if found:
            columns, separator, header_lines = found.columns, found.separator, 1
        elif len(cells := by_header(first_line, ",")) < len(COLUMNS) or not cells[0].isdigit():
            return None
        return Layout(
            columns,
            self.projection,
            "type_of_violence",
            EXPECTED,
            is_quoted=True,
            separator=separator,
            header_lines=header_lines,
            absent=tuple(name for name in _OPTIONAL if name not in columns),
            day_column="date_start",
            earliest=FIRST_DAY,
            has_sides=True,
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""


OFFERS = {
    "ucdp_ged": Offer(
        Traits(
            "n_deaths",
            "deadly violence, coded by people, from 1989 on",
            1,
            3e7,
            3.5e5,
            is_whole=True,
            lag_days=580,  # a year comes in the middle of the next one
            retracts=True,
            names_sides_alone=True,
            names_codes=True,
            written="UCDP GED",
            file_names=NAMES,
        ),
        FIRST_DAY,
        lambda given, lists: UcdpGed(
            given.sources.ucdp_ged.start or FIRST_DAY,
            given.sources.ucdp_ged.base_url or BASE_URL,
            given.sources.ucdp_ged.releases,
        ),
    )
}
