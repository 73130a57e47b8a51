"""GDELT 2.0: an export file of events every 15 minutes, and the same from translated news.

Format: The GDELT Project. 2015. The GDELT Event Database, data format codebook, version 2.0.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from functools import cache
from pathlib import Path

from detente.base.errors import DownloadError
from detente.sources.base import (
    Layout,
    Naming,
    Offer,
    Remote,
    demand_entries,
    in_span,
    unrecognised,
)
from detente.sources.fetch import Fetcher
from detente.sources.local import is_local, path_of
from detente.sources.selection import ALL, Selection, of_section
from detente.sources.traits import Traits

BASE_URL = "http://data.gdeltproject.org/gdeltv2/"
FIRST_DAY = date(2015, 2, 18)
# The codebook: the data set begins here, and an event is no older.
EARLIEST = date(1979, 1, 1)
_LAST_FILE = time(23, 45)
_NAME = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.translation)?\.export\.CSV\.zip", re.IGNORECASE
)
NAMES = "20240131104500.export.CSV.zip"
_LINE = re.compile(
    rb"^(?P<size>\d+) (?P<md5>[0-9a-fA-F]{32}) (?P<address>\S+\.export\.CSV\.zip)\s*$",
    re.IGNORECASE,
)
# What may be left of such a line where it is damaged.
_ADDRESS = re.compile(rb"(?P<address>\S+\.export\.CSV\.zip)", re.IGNORECASE)

# Of any of its files, mentions and knowledge graphs among them.
_ENTRY = re.compile(rb"^\d+ [0-9a-fA-F]{32} \S+\s*$")
_ENTRY_IS = "bytes, MD5 and address of a file"

_ACTOR = (
    "Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code",
    "Religion2Code", "Type1Code", "Type2Code", "Type3Code",
)  # fmt: skip
_PLACE = ("Type", "FullName", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
COLUMNS = (
    "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate",
    *(f"Actor1{name}" for name in _ACTOR),
    *(f"Actor2{name}" for name in _ACTOR),
    "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale",
    "NumMentions", "NumSources", "NumArticles", "AvgTone",
    *(f"Actor1Geo_{name}" for name in _PLACE),
    *(f"Actor2Geo_{name}" for name in _PLACE),
    *(f"ActionGeo_{name}" for name in _PLACE),
    "DATEADDED", "SOURCEURL",
)  # fmt: skip
EXPECTED = {
    "GLOBALEVENTID": "expected the event's number",
    "SQLDATE": "expected a day as YYYYMMDD, from 1979 to the day of publication",
    "DATEADDED": "expected a day or moment as YYYYMMDD or YYYYMMDDHHMMSS",
    "EventCode": "expected a CAMEO code",
}


@cache
def _days(year: int, month: int, day_of_month: int) -> tuple[date, date]:
    """Return a day and the one before it; half a million files share a few thousand of them."""
    day = date(year, month, day_of_month)
    return day, day - timedelta(days=1)


@cache
def layout_of(
    n_fields: int, with_adm2: bool, with_url: bool, selection: Selection = ALL
) -> Layout | None:
    """Return the layout of a GDELT file of so many fields; None if that is none of theirs."""
    columns = tuple(
        name
        for name in COLUMNS
        if (with_adm2 or not name.endswith("ADM2Code")) and (with_url or name != "SOURCEURL")
    )
    if len(columns) != n_fields:
        return None
    absent = () if with_url else ("SOURCEURL",)
    return Layout(
        columns,
        "gdelt",
        "EventCode",
        EXPECTED,
        absent=absent,
        day_column="SQLDATE",
        earliest=EARLIEST,
        has_cameo=True,
        variables=selection.variables,
    )


_EXPORT = re.compile(rb"[^\s/]+\.export\.CSV\.zip(?=\s*$)", re.IGNORECASE | re.MULTILINE)


def _list_name(name: str, *, translated: bool = False) -> str:
    return f"{name}{'-translation' if translated else ''}.txt"


def _named_in(master_list: Path) -> frozenset[str]:
    """Return the names of the files of events in a copy of a master list; none without one."""
    try:
        content = master_list.read_bytes()
    except OSError:
        return frozenset()
    return frozenset(one.decode("ascii", "replace") for one in _EXPORT.findall(content))


@dataclass(frozen=True)
class Gdelt2:
    """The 15-minute feed; `translated` picks the one of machine-translated news."""

    start: date = FIRST_DAY
    base_url: str = BASE_URL
    translated: bool = False
    lists: Path | None = None
    selection: Selection = ALL
    naming: Naming = "cameo"
    projection: str = "gdelt"
    has_releases: bool = False
    licence: str = "free for any use with citation and a link to the GDELT Project"
    producer: str = "The GDELT Project (Leetaru & Schrodt 2013)"

    @property
    def name(self) -> str:
        """Name of the source in every table."""
        return "gdelt2_translation" if self.translated else "gdelt2"

    @property
    def title(self) -> str:
        """What it is, in words."""
        return "GDELT 2.0 events" + (", translated news" if self.translated else "")

    def available(self, fetcher: Fetcher, start: date, end: date) -> list[Remote]:
        """Return the files of these days by the master list and the list of the last update.

        Raises
        ------
        DownloadError
            Neither list could be downloaded.
        """
        lines: list[bytes] = []
        problems: dict[str, DownloadError] = {}
        for name, ask in (
            (_list_name("masterfilelist", translated=self.translated), self._master),
            (_list_name("lastupdate", translated=self.translated), self._last),
        ):
            try:
                lines += ask(fetcher, name)
            except DownloadError as error:
                problems[name] = error
        if len(problems) == 2:
            raise next(iter(problems.values()))
        # The rest of the files is found by the other list, or by the next refresh; a folder on
        # this machine need not have both.
        fetcher.notes += [
            str(error)
            for name, error in problems.items()
            if not is_local(self.base_url) or path_of(self.base_url + name).exists()
        ]
        return in_span(list(self._remotes(lines)), start, end)

    def latest(self, fetcher: Fetcher) -> Remote | None:
        """Return the newest file by the short list of the last update.

        Raises
        ------
        DownloadError
            The list could not be downloaded.
        """
        name = _list_name("lastupdate", translated=self.translated)
        listed = self._remotes(self._last(fetcher, name))
        return next((one for one in listed if not one.problem), None)

    def _master(self, fetcher: Fetcher, name: str) -> list[bytes]:
        if self.lists is None:
            return self._last(fetcher, name)
        kept = fetcher.tail(self.base_url + name, self.lists / name)
        lines = kept.read_bytes().splitlines()
        try:
            demand_entries(name, lines, _ENTRY, _ENTRY_IS)
        except DownloadError:
            kept.unlink()  # the next refresh asks for the whole list, not for what follows this
            raise
        return lines

    def _last(self, fetcher: Fetcher, name: str) -> list[bytes]:
        lines = fetcher.text(self.base_url + name).splitlines()
        demand_entries(name, lines, _ENTRY, _ENTRY_IS)
        return lines

    def _remotes(self, lines: Iterable[bytes]) -> Iterator[Remote]:
        found: dict[str, Remote] = {}
        for line in lines:
            entry = _LINE.match(line)
            named = entry or _ADDRESS.search(line)
            if named is None:
                continue
            url = named["address"].decode("ascii", "replace")
            name = url.rsplit("/", 1)[-1]
            remote = self.recognise(name)
            if remote is None:
                # A list may have the files of the other feed too.
                if not replace(self, translated=not self.translated).recognise(name):
                    found[name] = unrecognised(name, url, NAMES)
            elif entry:
                # The list gives full addresses; a mirror has the same files under its own.
                found[remote.name] = Remote(
                    remote.name,
                    self.base_url + remote.name,
                    remote.first_day,
                    remote.last_day,
                    int(entry["size"]),
                    entry["md5"].decode().lower(),
                    published=remote.published,
                )
            else:
                # A damaged line still names a file, which is fetched without a checksum.
                found.setdefault(remote.name, remote)
        yield from found.values()

    def recognise(self, name: str) -> Remote | None:
        """Read the moment of publication off a file's name."""
        match = _NAME.fullmatch(name)
        if not match or bool(match[7]) != self.translated:
            return None
        try:
            # Not strptime, which takes seconds for the names of a whole list.
            year, month, day_of_month, hour, minute, second = map(int, match.groups()[:6])
            day, day_before = _days(year, month, day_of_month)
            moment = time(hour, minute, second)
        except (ValueError, OverflowError):
            return None
        # Only the last file of a day completes it.
        complete_to = day if moment >= _LAST_FILE else day_before
        return Remote(name, self.base_url + name, day, complete_to, published=day)

    def layout(self, name: str, first_line: bytes) -> Layout | None:
        """Return the one layout of 61 columns, whatever the first line: it may be a cut one."""
        del name, first_line
        return layout_of(61, with_adm2=True, with_url=True, selection=self.selection)

    def recipe(self) -> str:
        """Return a hash of which events count."""
        return self.selection.recipe()


# GDELT 2.0 has 96 files a day of about 0.1 MB and 1,500 rows.
OFFERS = {
    "gdelt2": Offer(
        Traits(
            "net_per_1k",
            "news of the world, every 15 minutes",
            35_064,
            3.7e9,
            5.3e7,
            lag_days=2,
            written="GDELT 2.0",
            file_names=NAMES,
            files_a_day=96,
        ),
        FIRST_DAY,
        lambda given, lists: Gdelt2(
            given.sources.gdelt2.start or FIRST_DAY,
            given.sources.gdelt2.base_url or BASE_URL,
            lists=lists,
            selection=of_section(given.sources.gdelt2),
        ),
        lambda lists: _named_in(lists / _list_name("masterfilelist")),
    ),
    "gdelt2_translation": Offer(
        Traits(
            "net_per_1k",
            "the same of news in 65 other languages",
            35_064,
            2.6e9,
            3.7e7,
            lag_days=2,
            written="GDELT 2.0, translated news",
            file_names="20240131104500.translation.export.CSV.zip",
            files_a_day=96,
        ),
        FIRST_DAY,
        lambda given, lists: Gdelt2(
            given.sources.gdelt2_translation.start or FIRST_DAY,
            given.sources.gdelt2_translation.base_url or BASE_URL,
            translated=True,
            lists=lists,
            selection=of_section(given.sources.gdelt2_translation),
        ),
        lambda lists: _named_in(lists / _list_name("masterfilelist", translated=True)),
    ),
}
