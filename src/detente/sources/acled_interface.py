"""ACLED's interface: a token for an account, and the events of a year, page by page.

After ACLED's documentation of the interface (access by a token since September 2025). User name and
password are read from the environment when a token is asked for. They and the tokens are held in
memory alone; no message names them.
"""

from __future__ import annotations

import csv
import math
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from detente.base.errors import AccessDenied, DownloadError
from detente.sources.failures import json_object
from detente.sources.fetch import Fetcher

USERNAME, PASSWORD = "ACLED_USERNAME", "ACLED_PASSWORD"
ROWS_A_PAGE = 5000
_CLIENT = "acled"
_EARLY = 60.0  # a token is renewed this many seconds before it ends
_UNSAID = 3600.0
# What ACLED takes back of a year between two versions is less than this share or number of events.
_RETRACTED_SHARE, _RETRACTED_EVENTS = 0.05, 20
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
COLUMNS = (
    "event_id_cnty", "event_date", "year", "time_precision", "disorder_type", "event_type",
    "sub_event_type", "actor1", "assoc_actor_1", "inter1", "actor2", "assoc_actor_2", "inter2",
    "interaction", "civilian_targeting", "iso", "region", "country", "admin1", "admin2", "admin3",
    "location", "latitude", "longitude", "geo_precision", "source", "source_scale", "notes",
    "fatalities", "tags", "timestamp",
)  # fmt: skip


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
            f"{PASSWORD}. Register for an account at https://acleddata.com. Exports in "
            "data/raw/downloads/acled load without one: `detente refresh --offline`."
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
