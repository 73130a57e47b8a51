"""ACLED, the Armed Conflict Location and Event Data: years, and exports in a mirror folder.

Format: ACLED's codebook; columns are found by header. Events are altered and deleted for years
afterwards. A year is therefore a snapshot: requested again on each run, it replaces what it said
before, and an event that ACLED has deleted is gone.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import TypedDict

from detente.base import clock
from detente.base.errors import RawFileError
from detente.sources import encoding, header, snapshot
from detente.sources.acled_interface import PASSWORD, USERNAME, Session, credentials, write_year
from detente.sources.base import Layout, Naming, Offer, Remote, in_span
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local
from detente.sources.table_header import key
from detente.sources.traits import Traits

BASE_URL = "https://acleddata.com/"
FIRST_DAY = date(1997, 1, 1)
# The export tool names its files after the days asked for, the regional files have their years.
_EXPORT = re.compile(
    r".*acled.*\.((csv|txt|xlsx)(\.zip|\.gz)?|zip)|.*(?<!\d)(19|20)\d\d(?!\d).*\.(csv|xlsx)",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
# Africa_1997-2025_Apr04.xlsx: the region from a year on, as it was on a day of the last year.
_REGIONAL = re.compile(
    r"(?P<region>[A-Za-z][A-Za-z-]+_(?:19|20)\d\d)-(?P<last>20\d\d)_(?P<month>[A-Za-z]{3})"
    r"(?P<day>\d{1,2})\.(?:csv|xlsx)",
    re.IGNORECASE,
)
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d-\d\d-\d\d(?!\d)")
_YEAR = re.compile(r"acled_(\d{4})(@[^.]+)?\.csv")
_REQUIRED = (
    "event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "actor2", "latitude",
    "longitude", "source",
)  # fmt: skip
# The regional files for download, in capitals, have no moment of the last change.
_OPTIONAL = (
    "country", "fatalities", "timestamp", "assoc_actor_1", "assoc_actor_2", "inter1", "inter2",
)  # fmt: skip
# The layout before 2019: it has no sub-event types, and its columns of associates other names.
_REQUIRED_BEFORE_2019 = tuple(one for one in _REQUIRED if one != "sub_event_type")
_BEFORE_2019 = {"ally_actor_1": "assoc_actor_1", "ally_actor_2": "assoc_actor_2"}
# What stands for an event's number in the tables of counts that ACLED also offers.
_COUNTS = {"week", "month"}
EXPECTED = {
    "event_id_cnty": "expected the event's number",
    "event_date": "expected a day as YYYY-MM-DD, 16 February 2024 or 9-May-20; of 02/03/2024 "
    "nobody can tell which is the month (in Excel, give the column the format yyyy-mm-dd)",
    "fatalities": "expected a whole number of deaths",
    "latitude": "expected degrees from -90 to 90, with a point",
    "longitude": "expected degrees from -180 to 180, with a point",
    "sub_event_type": "expected a sub-event type of ACLED",
    "event_type": "expected an event type of ACLED's layout before 2019",
}


def _made(name: str) -> date | None:
    """Read the day on which an export or a regional file was made off its name."""
    if regional := _REGIONAL.fullmatch(name):
        written = f"{regional['last']} {regional['month']} {regional['day']}"
        form = "%Y %b %d"
    elif len(days := _DAY.findall(name)) == 1:  # two are the days that were asked for
        written, form = days[0], "%Y-%m-%d"
    else:
        return None
    try:
        return datetime.strptime(written, form).date()
    except ValueError:
        return None


def _asked(name: str) -> tuple[date, date] | None:
    """Read the two days between which events were asked for off the name of an export."""
    try:
        days = [date.fromisoformat(one) for one in _DAY.findall(name)]
    except ValueError:
        return None
    if len(days) != 2 or not FIRST_DAY <= days[0] <= days[1]:
        return None
    return days[0], days[1]


def _release(name: str) -> _Release:
    """Say what a file replaces: of a region, which ACLED writes whole, the older files."""
    regional, made = _REGIONAL.fullmatch(name), _made(name)
    if not regional or not made:
        return {"level": 0, "scope": ""}
    return {"level": made.toordinal(), "scope": regional["region"].casefold()}


def _is_before_2019(names: Collection[str]) -> bool:
    """Say whether the names of a header are those of the layout before 2019."""
    return key("sub_event_type") not in names and all(key(one) in names for one in _BEFORE_2019)


class _Release(TypedDict):
    level: int
    scope: str


@dataclass(frozen=True)
class Acled:
    """The years from `start` on; a folder holds them as acled_YEAR.csv, and exports beside them."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    name: str = "acled"
    title: str = "ACLED events"
    naming: Naming = "name"
    projection: str = "acled"
    has_releases: bool = True
    licence: str = "ACLED terms of use; no redistribution of the data"
    producer: str = "Armed Conflict Location and Event Data (ACLED)"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the years; whether one has changed is known when it is fetched.

        Raises
        ------
        DownloadError
            User name or password is missing.
        """
        del fetcher
        is_mirror = is_local(self.base_url)
        if not is_mirror:
            credentials()
        session = Session(self.base_url)
        found = []
        for year in range(max(start, FIRST_DAY).year, end.year + 1):
            remote = self._year(year, min(date(year, 12, 31), end))
            make = None if is_mirror else partial(write_year, session, year)
            found.append(replace(remote, make=make))
        return in_span(found, start, end)

    def _year(self, year: int, last_day: date) -> Remote:
        name = f"acled_{year}.csv"
        url = self.base_url + (name if is_local(self.base_url) else "api/acled/read")
        return snapshot.remote(name, url, date(year, 1, 1), last_day)

    def _export(self, name: str) -> Remote | None:
        """Return a file that a person fetched with the export tool: by its name it is ACLED's."""
        if not _EXPORT.fullmatch(name):
            return None
        years = [int(year) for year in _YEARS.findall(name) if int(year) >= FIRST_DAY.year]
        first, last = FIRST_DAY, clock.today()
        # A day alone may be that of the download.
        is_year = bool(years and _YEAR.fullmatch(name))
        if len(years) > 1 or is_year:
            first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        # The tool's name tells which days were asked for: two exports of successive years join.
        if asked := _asked(name):
            first, last = asked
        # Otherwise the first event tells from when on there is any.
        return Remote(
            name,
            self.base_url,
            first,
            last,
            starts_with_data=not (is_year or asked),
            is_part_of_world=True,
            encoding="" if name.lower().endswith(".xlsx") else encoding.MARKED,
            header=_REQUIRED,
            **_release(name),
        )

    def recognise(self, name: str) -> Remote | None:
        """Return a kept version of a year, or a file of the export tool."""
        match = _YEAR.fullmatch(name)
        if not match or not match[2]:
            return self._export(name)
        if int(match[1]) < FIRST_DAY.year:
            return None
        year = self._year(int(match[1]), date(int(match[1]), 12, 31))
        found = snapshot.recognise(name, year.name, year.url, year.first_day)
        return replace(found, last_day=min(found.last_day, year.last_day)) if found else None

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout by the header, whatever separates its columns."""
        names = {key(one) for one in re.split("[,;\t]", first_line.decode("utf-8", "replace"))}
        before_2019 = _is_before_2019(names)
        required = _REQUIRED_BEFORE_2019 if before_2019 else _REQUIRED
        found = header.read(first_line, required, (*_OPTIONAL, *_BEFORE_2019))
        if found is None:
            if "events" in names and names & _COUNTS:
                raise RawFileError(
                    "expected a table of events, got one of counts by week or month. Export "
                    "events with ACLED's export tool or interface"
                )
            return None
        layout = Layout(
            found.columns,
            self.projection,
            "sub_event_type",
            EXPECTED,
            is_quoted=True,
            separator=found.separator,
            header_lines=1,
            absent=tuple(name for name in _OPTIONAL if name not in found.columns),
            variables={"export_day": str(_made(name) or "")},
            day_column="event_date",
            earliest=FIRST_DAY,
            has_sides=True,
        )
        if not before_2019:
            return layout
        columns = tuple(_BEFORE_2019.get(name, name) for name in layout.columns)
        return replace(
            layout,
            columns=columns,
            code_column="event_type",
            reads="*, event_type as sub_event_type",
            absent=tuple(name for name in _OPTIONAL if name not in columns),
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events; older accounts lack the states of a file."""
        return "states of each export"


OFFERS = {
    "acled": Offer(
        Traits(
            "net",
            "political violence and protest, coded by people",
            1,
            8e7,
            3e5,
            lag_days=21,
            keys=(USERNAME, PASSWORD),
            retracts=True,
            # By the codebook the first of two actors need not be the aggressor.
            names_sides_alone=True,
            names_codes=True,
            written="ACLED",
            file_names="acled_2024.csv or 2024-01-01-2024-12-31-Ukraine.csv",
        ),
        FIRST_DAY,
        lambda given, lists: Acled(
            given.sources.acled.start or FIRST_DAY, given.sources.acled.base_url or BASE_URL
        ),
    )
}
