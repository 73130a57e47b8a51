"""What the reader of an index has to know of a source beside its name, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from detente.settings.series import Measure

_DAYS_A_YEAR = 365.25
# What an ordinary connection and two cores do: bytes fetched a second, rows loaded a second, and
# the pause of the provider's server before each file, four of which are asked for side by side.
_BYTES_A_SECOND, _ROWS_A_SECOND, _SECONDS_A_FILE = 5e6, 300_000, 0.05


@dataclass(frozen=True)
class Traits:
    """What there is to know of a source before it is switched on.

    Attributes
    ----------
    measure
        What is shown of it unless the study names another measure.
    about
        What it holds, in words.
    files, bytes, rows
        About how much a year is; of a source that comes as one whole, all of it.
    is_whole
        It comes as one whole, whatever the span.
    last
        Last day that it holds, of a source that has ended.
    keys
        Environment variables that it needs.
    """

    measure: Measure
    about: str
    files: float
    bytes: float
    rows: float
    is_whole: bool = False
    last: date | None = None
    keys: tuple[str, ...] = ()


# Orders of magnitude. GDELT 2.0 has 96 files a day of about 0.1 MB and 1,500 rows,
# GDELT 1.0 one file a day of about 8 MB, ICEWS and POLECAT a file a year or a month.
_TRAITS: Mapping[str, Traits] = {
    "gdelt2": Traits("net_per_1k", "news of the world, every 15 minutes", 35_064, 3.7e9, 5.3e7),
    "gdelt2_translation": Traits(
        "net_per_1k", "the same of news in 65 other languages", 35_064, 2.6e9, 3.7e7
    ),
    "gdelt1": Traits("net_per_1k", "news of the world, a file a day", 365, 2.9e9, 6e7),
    "gdelt_bq": Traits(
        # Its volume is what was asked for: no denominator of all news.
        "net", "GDELT 2.0 between the study's actors, by queries that you pay for", 12, 3e7, 3e5,
        keys=("GOOGLE_APPLICATION_CREDENTIALS",),
    ),
    "icews": Traits(
        "net_per_1k", "news of the world, 1995 to April 2023", 1, 6e7, 8e5, last=date(2023, 4, 11)
    ),
    "polecat": Traits("net_per_1k", "news of the world in seven languages", 52, 3e8, 2e6),
    "csis_provocations": Traits(
        "net", "North Korean launches and other provocations", 1, 2e5, 500, is_whole=True
    ),
    "ucdp_ged": Traits(
        "net", "deadly violence, coded by people, from 1989 on", 1, 3e7, 3.5e5, is_whole=True
    ),
    "acled": Traits(
        "net", "political violence and protest, coded by people", 1, 8e7, 3e5,
        keys=("ACLED_USERNAME", "ACLED_PASSWORD"),
    ),
}  # fmt: skip
_OWN = Traits("net", "a file of your own", 1, 0, 0, is_whole=True)


@dataclass(frozen=True)
class Cost:
    """About how much there is to fetch and to load of a source.

    Attributes
    ----------
    files, bytes, rows
        How many.
    seconds
        To fetch and load them over a connection of 5 MB a second, on two cores.
    """

    files: int
    bytes: float
    rows: float

    @property
    def seconds(self) -> float:
        """Time to fetch and to load."""
        fetching = self.bytes / _BYTES_A_SECOND + self.files * _SECONDS_A_FILE
        return fetching + self.rows / _ROWS_A_SECOND


def of(source: str) -> Traits:
    """Return what there is to know of a source."""
    return _TRAITS.get(source, _OWN)


def usual_measure(source: str) -> Measure:
    """Return the measure that is shown of a source unless the study names another one.

    A sum over a stream of news rises because more is reported, so that of such a source the net
    score per 1,000 of its events is shown.
    """
    return of(source).measure


def cost(source: str, first: date, last: date) -> Cost:
    """Return about how much a source has between two days."""
    traits = of(source)
    end = min(last, traits.last) if traits.last else last
    share = 1.0 if traits.is_whole else max(0.0, ((end - first).days + 1) / _DAYS_A_YEAR)
    return Cost(
        files=round(traits.files * share + 0.49) if share else 0,
        bytes=traits.bytes * share,
        rows=traits.rows * share,
    )
