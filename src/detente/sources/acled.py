"""ACLED, the Armed Conflict Location and Event Data: a year is asked for whole, page by page.

Format and access: ACLED's documentation of its interface (access by a token since September 2025)
and its codebook; columns are found by header. Events are altered and deleted for years afterwards.
A year is therefore a snapshot: requested again on each run, it replaces what it said before,
and an event that ACLED has deleted is gone.

User name and password are read from the environment when a token is asked for. They and the tokens
are held in memory alone; no message names them.
"""

from __future__ import annotations

import csv
import math
import os
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detente.base import clock
from detente.base.errors import AccessDenied, DownloadError
from detente.sources import snapshot
from detente.sources.base import Layout, Naming, Offer, Remote, by_header, in_span
from detente.sources.failures import json_object
from detente.sources.fetch import Fetcher
from detente.sources.traits import Traits

BASE_URL = "https://acleddata.com/"
FIRST_DAY = date(1997, 1, 1)
USERNAME, PASSWORD = "ACLED_USERNAME", "ACLED_PASSWORD"
ROWS_A_PAGE = 5000
_CLIENT = "acled"
_EARLY = 60.0  # a token is renewed this many seconds before it ends
_UNSAID = 3600.0
# What ACLED takes back of a year between two versions is less than this share or number of events.
_RETRACTED_SHARE, _RETRACTED_EVENTS = 0.05, 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# The export tool names its files after the days asked for, the regional files have their years.
_EXPORT = re.compile(
    r".*acled.*\.(csv|txt|xlsx)(\.zip|\.gz)?|.*(?<!\d)(19|20)\d\d(?!\d).*\.(csv|xlsx)",
    re.IGNORECASE,
)
_YEARS = re.compile(r"(?<!\d)((?:19|20)\d{2})(?!\d)")
_YEAR = re.compile(r"acled_(\d{4})(@[^.]+)?\.csv")
COLUMNS = (
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type",
    "sub_event_type", "actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2",
    "interaction", "civilian_targeting", "iso", "region", "country", "admin1", "admin2", "admin3",
    "location", "latitude", "longitude", "geo_precision", "source", "source_scale", "notes",
    "fatalities", "tags", "timestamp",
)  # fmt: skip
_REQUIRED = (
    "event_id_cnty", "event_date", "event_type", "sub_event_type", "actor1", "actor2", "latitude",
    "longitude", "source",
)  # fmt: skip
# The regional files for download, in capitals, have no moment of the last change.
_OPTIONAL = ("country", "fatalities", "timestamp")
EXPECTED = {
    "event_id_cnty": "expected the event's number",
    "event_date": "expected a day as YYYY-MM-DD, 16 February 2024 or 9-May-20",
    "sub_event_type": "expected a sub-event type of ACLED",
}


@dataclass
class Session:
    """A way into the interface: gets a token, renews it, asks with it. Safe between threads."""

    base_url: str
    _access: str = field(default="", repr=False)
    _refresh: str = field(default="", repr=False)
    _ends: float = field(default=0.0, repr=False)
    _refused: AccessDenied | None = field(default=None, repr=False)
    # The last day that the account may see, where the interface restricts it.
    sees_to: date | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def read(self, fetcher: Fetcher, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return an answer of the interface.

        Raises
        ------
        DownloadError
            It could not be downloaded, or the account is not let in.
        """
        url = self.base_url + path
        token = self._token(fetcher)
        try:
            content = self._ask(fetcher, url, params, token)
        except AccessDenied as error:
            if error.status != 401:
                raise
            # The server ended the token before its time.
            content = self._ask(fetcher, url, params, self._token(fetcher, stale=token))
        return json_object(content, url)

    def note_restriction(self, fetcher: Fetcher, answer: Mapping[str, Any]) -> None:
        """Tell once that the account may not see the latest events."""
        restrictions = answer.get("data_query_restrictions")
        recency = restrictions.get("date_recency") if isinstance(restrictions, dict) else None
        if not isinstance(recency, dict):
            return
        try:
            day = date.fromisoformat(str(recency.get("date"))[:10])
        except ValueError:
            return
        with self._lock:
            if self.sees_to == day:
                return
            self.sees_to = day
        fetcher.notes.append(
            f"acled: the account may see events up to {day} alone "
            f"({recency.get('quantity', '')} {recency.get('unit', '')} back); what came later is "
            "unknown, not zero. ACLED sets this by the kind of account"
        )

    def _ask(self, fetcher: Fetcher, url: str, params: Mapping[str, str], token: str) -> bytes:
        headers = {"Authorization": f"Bearer {token}"}
        return fetcher.text(url, params=params, headers=headers, final=(400, 401, 403))

    def _token(self, fetcher: Fetcher, stale: str = "") -> str:
        """Return a token that holds; `stale` is one that the server no longer takes."""
        with self._lock:
            if self._access and self._access != stale and time.monotonic() < self._ends:
                return self._access
            if self._refresh:
                try:
                    return self._request_token(
                        fetcher, {"grant_type": "refresh_token", "refresh_token": self._refresh}
                    )
                except AccessDenied:
                    self._refresh = ""
            if self._refused:  # asked once a run, lest the provider lock the account
                raise AccessDenied(str(self._refused), self._refused.status)
            username, password = credentials()
            form = {"grant_type": "password", "username": username, "password": password}
            try:
                return self._request_token(fetcher, form)
            except AccessDenied as error:
                self._refused = error
                raise

    def _request_token(self, fetcher: Fetcher, form: Mapping[str, str]) -> str:
        url = self.base_url + "oauth/token"
        address = urlsplit(url)
        if address.scheme != "https" and address.hostname not in _LOOPBACK:
            raise DownloadError(
                f"{url}: expected an https address; the password is not sent in the clear."
            )
        content = fetcher.text(url, data={**form, "client_id": _CLIENT}, final=(400, 401, 403))
        answer = json_object(content, url)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise DownloadError(f"{url}: expected a token, got an answer without one.")
        self._access = token
        self._refresh = str(answer.get("refresh_token") or "")
        # Where it is not said how long the token holds, it is used until the server refuses it.
        holds = _number(answer.get("expires_in"))
        self._ends = time.monotonic() + (_UNSAID if holds is None else holds) - _EARLY
        return token


def credentials() -> tuple[str, str]:
    """Return user name and password from the environment.

    Raises
    ------
    DownloadError
        One of them is missing.
    """
    username, password = os.environ.get(USERNAME, ""), os.environ.get(PASSWORD, "")
    if not username or not password:
        raise DownloadError(
            f"acled: expected user name and password in the environment variables {USERNAME} and "
            f"{PASSWORD}. Register for an account at https://acleddata.com."
        )
    return username, password


def _number(value: object) -> float | None:
    """Return a number of an answer, which may be told as text; None if it is none."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def pages(session: Session, fetcher: Fetcher, year: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the events of a year, some thousand at a time.

    Raises
    ------
    DownloadError
        A page could not be downloaded, or the pages do not make up the year: it changed meanwhile.
    """
    url = session.base_url + "api/acled/read"
    seen: set[str] = set()
    n_told, page, total = 0, 1, None
    while True:
        answer = session.read(
            fetcher,
            "api/acled/read",
            {
                "_format": "json",
                "event_date": f"{year}-01-01|{year}-12-31",
                "event_date_where": "BETWEEN",
                "limit": str(ROWS_A_PAGE),
                "page": str(page),
                "with_total": "true",
            },
        )
        session.note_restriction(fetcher, answer)
        rows = answer.get("data")
        if (
            answer.get("success") is False
            or not isinstance(rows, list)
            or not all(isinstance(row, dict) for row in rows)
        ):
            raise DownloadError(f"{url}: expected events of {year}, got an answer without any.")
        total = _number(answer.get("total_count", total))
        n_told += len(rows)
        names = {str(row.get("event_id_cnty")) for row in rows}
        if rows and names <= seen:  # it would go on so for ever
            raise DownloadError(
                f"{url}: expected other events of {year} on page {page}, got those of an earlier "
                "page. Ask again."
            )
        seen |= names
        # A server may allow fewer rows a page than were asked for; an empty page is the end.
        if not rows:
            break
        yield rows
        page += 1
    if len(seen) != n_told or (total is not None and total != n_told):
        raise DownloadError(
            f"{url}: expected {total if total is not None else n_told} different events of {year}, "
            f"got {len(seen)} in {n_told} rows; the list changed while it was read. Ask again."
        )


def write_year(session: Session, year: int, fetcher: Fetcher, target: Path) -> None:
    """Write the events of a year as comma-separated text with a header.

    Raises
    ------
    DownloadError
        They could not be downloaded whole, or they are so few beside those of the version before
        that the account must see less than it did.
    """
    before = _days_before(year, target.parent)
    now: Counter[str] = Counter()
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer: csv.DictWriter[str] | None = None
        for rows in pages(session, fetcher, year):
            if writer is None:
                writer = csv.DictWriter(stream, list(rows[0]), extrasaction="ignore")
                writer.writeheader()
            writer.writerows(rows)
            now.update(str(row.get("event_date")) for row in rows)
        if writer is None:
            csv.writer(stream).writerow(COLUMNS)
    _demand_no_less(session, year, before, now)


def _days_before(year: int, folder: Path) -> Counter[str]:
    """Count the events of each day in the newest version of a year that was fetched before."""
    versions = sorted(folder.glob(f"acled_{year}@*.csv"))
    if not versions:
        return Counter()
    with versions[-1].open(encoding="utf-8", errors="replace", newline="") as stream:
        return Counter(row.get("event_date") or "" for row in csv.DictReader(stream))


def _demand_no_less(session: Session, year: int, before: Counter[str], now: Counter[str]) -> None:
    """Refuse a version of a year that lacks much of what the one before had.

    ACLED alters and deletes some events of every year; where far more are gone, the account's
    rights have shrunk, and nothing says that the events did not happen.
    """
    n_before, n_now = before.total(), now.total()
    is_cut = session.sees_to is not None and max(before, default="") > session.sees_to.isoformat()
    allowed = 0 if is_cut else max(_RETRACTED_EVENTS, _RETRACTED_SHARE * n_before)
    if n_before - n_now <= allowed:
        return
    why = (
        f"The account may see events up to {session.sees_to} alone"
        if is_cut
        else "The account seems to see fewer countries or events"
    )
    raise DownloadError(
        f"acled: expected about the {n_before} events of {year} that were there before, got "
        f"{n_now}. {why}; nothing was replaced. Ask ACLED about the account's access. If the "
        f"events are really gone, remove acled_{year}@*.csv from the folder of downloads."
    )


@dataclass(frozen=True)
class Acled:
    """The years from `start` on; a folder holds them as acled_YEAR.csv, and exports beside them."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    name: str = "acled"
    title: str = "ACLED events"
    naming: Naming = "name"
    projection: str = "acled"
    has_releases: bool = False
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
        is_mirror = urlsplit(self.base_url).scheme == "file"
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
        is_mirror = urlsplit(self.base_url).scheme == "file"
        url = self.base_url + (name if is_mirror else "api/acled/read")
        return snapshot.remote(name, url, date(year, 1, 1), last_day)

    def _export(self, name: str) -> Remote | None:
        """Return a file that a person fetched with the export tool: by its name it is ACLED's."""
        if not _EXPORT.fullmatch(name):
            return None
        years = [int(year) for year in _YEARS.findall(name) if int(year) >= FIRST_DAY.year]
        first, last = FIRST_DAY, clock.today()
        # A day alone may be that of the download.
        if len(years) > 1 or (years and _YEAR.fullmatch(name)):
            first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        # The tool's name tells what was asked for, the first event from when on there is any.
        return Remote(name, self.base_url, first, last, starts_with_data=True)

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
        del name
        for separator in (",", ";", "\t"):
            columns = tuple(name.lower() for name in by_header(first_line, separator))
            if set(_REQUIRED) <= set(columns):
                break
        else:
            return None
        return Layout(
            columns,
            self.projection,
            "sub_event_type",
            EXPECTED,
            is_quoted=True,
            separator=separator,
            header_lines=1,
            absent=tuple(name for name in _OPTIONAL if name not in columns),
            day_column="event_date",
            earliest=FIRST_DAY,
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events."""
        return ""


OFFERS = {
    "acled": Offer(
        Traits(
            "net",
            "political violence and protest, coded by people",
            1,
            8e7,
            3e5,
            lag_days=21,
            keys=("ACLED_USERNAME", "ACLED_PASSWORD"),
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
