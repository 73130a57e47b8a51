"""What the reader of an index has to know of a source beside its name, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.settings.series import Measure

_DAYS_A_YEAR = 365.25
_SHORTEST_LAG = 14
# What an ordinary connection and two cores do: bytes fetched a second, rows loaded a second, the
# pause of the provider's server before each file, four of which are asked for side by side, and
# what a file costs to copy, check and unpack, however small it is (35,040 files: 65 s of CPU).
_BYTES_A_SECOND, _ROWS_A_SECOND, _SECONDS_A_FILE = 5e6, 300_000, 0.05
_SECONDS_OF_HANDLING = 0.002


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
    lag_days
        How far its newest event lies back at the most while it is published as usual; None where
        that is not known.
    keys
        Environment variables that it needs.
    retracts
        Newer versions of its files take events back.
    names_sides_alone
        Its events name two sides in an order that does not tell who began or who acted.
    names_codes
        It tells kinds of event in words, compared without regard to case and punctuation.
    written
        Its name as readers know it; by default that of the settings.
    file_names
        What its files are called, by examples.
    files_a_day
        How many files make a day, of a source that publishes several a day at even distances; a
        file's name begins with the moment of its publication.
    """

    measure: Measure
    about: str
    files: float
    bytes: float
    rows: float
    is_whole: bool = False
    last: date | None = None
    lag_days: int | None = None
    keys: tuple[str, ...] = ()
    retracts: bool = False
    names_sides_alone: bool = False
    names_codes: bool = False
    written: str = ""
    file_names: str = ""
    files_a_day: int | None = None


@dataclass(frozen=True)
class Cost:
    """About how much there is to fetch and to load of a source.

    Attributes
    ----------
    files, bytes, rows
        How many.
    is_here
        They lie in a folder of this machine.
    seconds
        To fetch and load them over a connection of 5 MB a second, on two cores.
    """

    files: int
    bytes: float
    rows: float
    is_here: bool = False

    @property
    def seconds(self) -> float:
        """Time to fetch and to load."""
        loading = self.rows / _ROWS_A_SECOND + self.files * _SECONDS_OF_HANDLING
        if self.is_here:
            return loading
        return self.bytes / _BYTES_A_SECOND + self.files * _SECONDS_A_FILE + loading


def usual_lag(traits: Traits, longest_silence: int | None) -> int | None:
    """Return how many days the newest event lies back at the most in ordinary times.

    Parameters
    ----------
    longest_silence
        Days between two of its events that were the furthest apart of the latest ones: the rhythm
        of a source that nothing else is known of.
    """
    if traits.lag_days is not None or traits.last is not None:
        return traits.lag_days
    if longest_silence is None:
        return None
    return max(2 * longest_silence, _SHORTEST_LAG)


def cost(traits: Traits, first: date, last: date) -> Cost:
    """Return about how much a source has between two days."""
    end = min(last, traits.last) if traits.last else last
    share = 1.0 if traits.is_whole else max(0.0, ((end - first).days + 1) / _DAYS_A_YEAR)
    return Cost(
        files=round(traits.files * share + 0.49) if share else 0,
        bytes=traits.bytes * share,
        rows=traits.rows * share,
    )
