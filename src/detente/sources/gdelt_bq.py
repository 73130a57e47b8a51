"""GDELT 2.0 by BigQuery: the events between the study's actors, a month a query.

The public tables hold every event; a query is billed to the user's own project by the bytes that it
reads. So that nothing is spent unawares, each month that is missing is estimated by a dry run, the
sum is told, and nothing at all is asked for where it is above the ceiling of the settings.

Tables: The GDELT Project, `gdelt-bq.gdeltv2.events_partitioned`, with the columns of the codebook
and a partition for each day of publication (`_PARTITIONTIME`). Built from this published
description, and never run against the real service.
"""

from __future__ import annotations

import calendar
import csv
import logging
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

from detente.base import assets, clock, files
from detente.base.counted import counted
from detente.base.errors import DownloadError
from detente.sources import bigquery, gdelt2
from detente.sources.base import Layout, Naming, Offer, Remote, hashed, in_span
from detente.sources.bigquery import BigQuery
from detente.sources.fetch import Fetcher
from detente.sources.gdelt2 import EARLIEST, EXPECTED
from detente.sources.selection import ALL
from detente.sources.traits import Traits

_log = logging.getLogger(__name__)

BASE_URL, FIRST_DAY = bigquery.BASE_URL, gdelt2.FIRST_DAY

TABLE = "gdelt-bq.gdeltv2.events_partitioned"
# What sql/sources/gdelt.sql reads; a query is billed by the columns that it names.
COLUMNS = (
    "GLOBALEVENTID", "SQLDATE", "Actor1Code", "Actor1Name", "Actor1CountryCode",
    "Actor1Type1Code", "Actor2Code", "Actor2Name", "Actor2CountryCode", "Actor2Type1Code",
    "IsRootEvent", "EventCode", "GoldsteinScale", "NumMentions", "NumSources", "AvgTone",
    "ActionGeo_CountryCode", "ActionGeo_Lat", "ActionGeo_Long", "DATEADDED", "SOURCEURL",
)  # fmt: skip
_NAME = re.compile(r"gdelt_bq_(\d{4})(\d\d)_([0-9a-f]{10})\.tsv")
_CODE = re.compile(r"[A-Z]{3}")
_GIGA = 10**9
# A day after a month's end its last files are in the tables.
_SETTLED_AFTER = timedelta(days=2)


def codes_of(actors: Iterable[str], reference: Path) -> tuple[str, ...]:
    """Return the codes by which GDELT calls some states, in order.

    Parameters
    ----------
    actors
        ISO 3166 codes.
    reference
        The study's own folder of reference tables; the package's stand in for what it lacks.
    """
    wanted = set(actors)
    found = set(wanted)
    for row in _rows(reference, "actors.csv"):
        if row["iso3"] in wanted and row["cameo"]:
            found.add(row["cameo"])
    for row in _rows(reference, "actor_codes.csv"):
        kind, _, code = row["code"].partition(":")
        if kind == "cameo" and row["iso3"] in wanted:
            found.add(code)
    return tuple(sorted(one for one in found if _CODE.fullmatch(one)))


def _rows(reference: Path, name: str) -> list[dict[str, str]]:
    own = reference / name
    path = own if own.is_file() else assets.reference() / name
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def query_of(first: date, codes: Sequence[str]) -> str:
    """Return the query for the events of a month of publication, on one line."""
    sides = [
        f"COALESCE(NULLIF(Actor{side}CountryCode, ''), SUBSTR(Actor{side}Code, 1, 3))"
        for side in (1, 2)
    ]
    listed = ", ".join(f"'{code}'" for code in codes)
    after = _next_month(first)
    return (
        f"SELECT {', '.join(COLUMNS)} FROM `{TABLE}` "  # noqa: S608  # dates, and codes as above
        f"WHERE _PARTITIONTIME >= TIMESTAMP('{first}') AND _PARTITIONTIME < TIMESTAMP('{after}') "
        f"AND {sides[0]} IN ({listed}) AND {sides[1]} IN ({listed}) AND {sides[0]} <> {sides[1]}"
    )


def _next_month(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1]) + timedelta(days=1)


@dataclass(frozen=True)
class _Estimate:
    """What the missing months would read together; told once, before the first is asked for."""

    n_bytes: int
    n_months: int
    ceiling: float
    _told: threading.Event = field(default_factory=threading.Event, repr=False)

    def __str__(self) -> str:
        return (
            f"{counted(self.n_months, 'month')} read {self.n_bytes / _GIGA:.2f} GB by dry run, of "
            f"{self.ceiling:g} GB allowed a refresh"
        )

    def warn_once(self) -> None:
        """Say what is about to be spent."""
        if not self._told.is_set():
            self._told.set()
            _log.warning("gdelt_bq: %s", self)


@dataclass(frozen=True)
class GdeltBq:
    """The months that have ended, from `start` on.

    Attributes
    ----------
    project
        The Google Cloud project that is billed.
    max_gigabytes
        What the queries of one refresh may read together.
    codes
        How GDELT calls the study's actors.
    folder
        Where the months lie that were asked for before; None asks for all of them.
    """

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    project: str = ""
    max_gigabytes: float = 100.0
    codes: tuple[str, ...] = ()
    folder: Path | None = None
    name: str = "gdelt_bq"
    title: str = "GDELT 2.0 events between the study's actors, by BigQuery"
    naming: Naming = "cameo"
    projection: str = "gdelt"
    has_releases: bool = False
    licence: str = "free for any use with citation and a link to the GDELT Project"
    producer: str = "The GDELT Project (Leetaru & Schrodt 2013)"

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the months that have ended; those that are missing with what they would read.

        Raises
        ------
        DownloadError
            The project or the key is missing or not let in, or the months would read more than
            the settings allow.
        """
        if not self.project:
            raise DownloadError(
                "gdelt_bq: expected the Google Cloud project that is billed, as `project` in "
                "[sources.gdelt_bq] of detente.toml."
            )
        months = in_span(self._months(max(start, FIRST_DAY), end), start, end)
        here = self._downloaded_names()
        missing = [one for one in months if one.name not in here]
        if not missing:
            return months
        service = BigQuery(self.project, self.base_url)
        queries = {one.name: query_of(one.first_day, self.codes) for one in missing}
        n_bytes = {name: service.estimate(fetcher, query) for name, query in queries.items()}
        estimate = _Estimate(sum(n_bytes.values()), len(missing), self.max_gigabytes)
        if estimate.n_bytes > self.max_gigabytes * _GIGA:
            raise DownloadError(
                f"gdelt_bq: {estimate}. Nothing was asked for. Raise `max_gigabytes` in "
                "[sources.gdelt_bq], begin later, or ask for fewer days by `detente backfill`."
            )
        return [
            replace(
                one,
                about=str(estimate),
                make=partial(write_month, service, queries[one.name], n_bytes[one.name], estimate),
            )
            if one.name in queries
            else one
            for one in months
        ]

    def _downloaded_names(self) -> set[str]:
        found = files.below(self.folder) if self.folder else ()
        return {path.name for path in found if path.suffix == ".tsv"}

    def _months(self, start: date, end: date) -> list[Remote]:
        found, first = [], start.replace(day=1)
        while (after := _next_month(first)) + _SETTLED_AFTER <= clock.today() and first <= end:
            found.append(self._month(first, self._asked, after - timedelta(days=1)))
            first = after
        return found

    @property
    def _asked(self) -> str:
        """Tells apart what was asked of whom: other actors are another query, and other files."""
        return hashed(query_of(FIRST_DAY, self.codes))[:10]

    def _month(self, first: date, asked: str, last: date) -> Remote:
        name = f"gdelt_bq_{first:%Y%m}_{asked}.tsv"
        url = f"{self.base_url}bigquery/v2/projects/{self.project or '-'}/queries"
        # The query names its days, so that the answer covers them all.
        return Remote(name, url, first, last, published=last, is_closed=True)

    def recognise(self, name: str) -> Remote | None:
        """Read the month off a file's name; one of other actors covers nothing of this study's."""
        match = _NAME.fullmatch(name)
        if not match or not 1 <= int(match[2]) <= 12:
            return None
        first = date(int(match[1]), int(match[2]), 1)
        is_own = match[3] == self._asked
        last = _next_month(first) - timedelta(days=1) if is_own else first - timedelta(days=1)
        return replace(
            self._month(first, match[3], last), published=_next_month(first) - timedelta(days=1)
        )

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the layout of a file that begins with its query; None for another one."""
        del name
        if not first_line.startswith(b"-- SELECT GLOBALEVENTID, "):
            return None
        return Layout(
            COLUMNS,
            self.projection,
            "EventCode",
            EXPECTED,
            header_lines=1,
            day_column="SQLDATE",
            earliest=EARLIEST,
            has_cameo=True,
            variables=ALL.variables,
        )

    def recipe(self) -> str:
        """Nothing in the settings decides the events of a file; the actors are in its name."""
        return ""


def write_month(
    service: BigQuery, query: str, n_bytes: int, estimate: _Estimate, fetcher: Fetcher, target: Path
) -> None:
    """Write the events of a month as the provider's feed has them, below the query itself.

    Raises
    ------
    DownloadError
        They did not arrive whole, or the table is not as it was published.
    """
    estimate.warn_once()
    answer = service.run(fetcher, query, n_bytes)
    if tuple(answer.types) != COLUMNS or answer.types["EventCode"] != "STRING":
        raise DownloadError(
            f"gdelt_bq: expected the columns of {TABLE} with codes as text (010 is not 10), got "
            f"{', '.join(f'{name} {kind}' for name, kind in answer.types.items()) or 'none'}."
        )
    with target.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(f"-- {query}\n")
        for row in answer.rows:
            stream.write("\t".join(" ".join((one or "").split()) for one in row) + "\n")


# Its volume is what was asked for: no denominator of all news.
OFFERS = {
    "gdelt_bq": Offer(
        Traits(
            "net",
            "GDELT 2.0 between the study's actors, by queries that you pay for",
            12,
            3e7,
            3e5,
            lag_days=3,
            keys=("GOOGLE_APPLICATION_CREDENTIALS",),
            written="GDELT 2.0",
        ),
        FIRST_DAY,
        lambda given, lists: GdeltBq(
            given.sources.gdelt_bq.start or FIRST_DAY,
            given.sources.gdelt_bq.base_url or BASE_URL,
            given.sources.gdelt_bq.project,
            given.sources.gdelt_bq.max_gigabytes,
            codes_of(given.study.actors, given.raw / "reference"),
            given.downloads / "gdelt_bq",
        ),
    )
}
