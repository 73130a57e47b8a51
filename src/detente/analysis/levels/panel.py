"""The months of every dyad, from one source or several together.

The first of several sources is the one that the others are measured against: the hand-kept records
where they are loaded, else the source with the most months. Months that a source does not cover
whole are unknown, not zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.analysis.rows import Pair
from detente.database.builder import Warehouse
from detente.settings import RECORDS
from detente.sources import is_stream_of_news
from detente.statistics.level.model import Sums

ALL = "all"
SIGNS = ("cooperation", "conflict")
# Fewer complete months than this say next to nothing of how fast a relation moves.
FEWEST_MONTHS = 24

_COLUMNS = (
    "source, counting, actor1_iso3, actor2_iso3, period_start, cooperation, conflict, "
    "n_source_events"
)
# Complete months as they are now, and as they were in the database that this one started from.
NOW = (
    f"select {_COLUMNS} from marts.dyad_value "  # noqa: S608
    "where freq = 'month' and direction = 'undirected' and is_complete"
)
THEN = f"select {_COLUMNS} from before.month where direction = 'undirected' and is_complete"  # noqa: S608


@dataclass(frozen=True)
class Panel:
    """The months of every dyad, from one source or several.

    Attributes
    ----------
    source, counting
        As the rows name them.
    sources
        Those that are seen; the others are measured against the first.
    pairs
        The dyads, in alphabetical order.
    months
        Consecutive months.
    cooperation, conflict
        Points by dyad, source and month.
    """

    source: str
    counting: str
    sources: tuple[str, ...]
    pairs: tuple[Pair, ...]
    months: pd.PeriodIndex
    cooperation: Sums
    conflict: Sums

    @property
    def n_placing(self) -> int:
        """How many first months place the values of the parameters."""
        return _n_placing(self.months)

    @property
    def fingerprint(self) -> str:
        """A hash of the months that place the values of the parameters."""
        digest = hashlib.sha256(repr((self.sources, self.pairs, self.months[0])).encode())
        for sums in (self.cooperation, self.conflict):
            placing = sums.to(self.n_placing)
            digest.update(np.ascontiguousarray(placing.y).tobytes())
            digest.update(np.ascontiguousarray(placing.log_offset).tobytes())
        return digest.hexdigest()

    def of(self, chosen: slice | Sequence[int]) -> Panel:
        """Return some of the dyads."""
        places = range(len(self.pairs))[chosen] if isinstance(chosen, slice) else chosen
        return replace(
            self,
            pairs=tuple(self.pairs[place] for place in places),
            cooperation=self.cooperation.of(chosen),
            conflict=self.conflict.of(chosen),
        )

    @property
    def per_1k(self) -> bool:
        """Whether levels are points per 1,000 events of the source that leads."""
        return is_stream_of_news(self.sources[0])

    @property
    def n_sources(self) -> npt.NDArray[np.int64]:
        """How many sources cover each month of each dyad; shape (dyads, months)."""
        return np.asarray(self.cooperation.is_known.sum(axis=1))


def panels(warehouse: Warehouse, asked: set[tuple[str, str]]) -> list[Panel]:
    """Read the months of every source, and of all together.

    Parameters
    ----------
    asked
        Sources with a way of counting that is read beside 'all'.
    """
    return list(_panels(warehouse.frame(f"{NOW} order by all"), asked))


def _panels(frame: pd.DataFrame, asked: set[tuple[str, str]]) -> Iterator[Panel]:
    for counting, of_way in frame.groupby("counting"):
        way = str(counting)
        n_months = of_way.groupby("source")["period_start"].nunique()
        order = sorted(n_months.index, key=lambda one: (one != RECORDS, -int(n_months[one]), one))
        for source in order:
            if way == ALL or (source, way) in asked:
                yield from _panel(source, way, of_way, (str(source),))
        if way == ALL and len(order) > 1:
            yield from _panel(ALL, way, of_way, tuple(map(str, order)))


def _n_placing(months: pd.PeriodIndex) -> int:
    """Return how many months there are up to the last December that has enough before it."""
    decembers = np.flatnonzero(months.month == 12) + 1
    enough = decembers[decembers >= FEWEST_MONTHS]
    return int(enough[-1]) if len(enough) else len(months)


def _panel(
    name: str, counting: str, frame: pd.DataFrame, sources: tuple[str, ...]
) -> Iterator[Panel]:
    """Yield the months of some sources; nothing where they are too few."""
    rows = frame[frame["source"].isin(sources)]
    periods = pd.PeriodIndex(pd.to_datetime(rows["period_start"]), freq="M")
    months = pd.period_range(periods.min(), periods.max(), freq="M")
    if len(months) < FEWEST_MONTHS:
        return
    names = rows["actor1_iso3"].str.cat(rows["actor2_iso3"], "-")
    pairs = sorted(set(names))
    place = (
        names.map({one: n for n, one in enumerate(pairs)}).to_numpy(),
        rows["source"].map({one: n for n, one in enumerate(sources)}).to_numpy(),
        months.get_indexer(periods),
    )
    shape = (len(pairs), len(sources), len(months))
    offset = np.zeros(shape)
    volume = rows["n_source_events"].to_numpy(dtype=float)
    is_stream = rows["source"].map({one: is_stream_of_news(one) for one in sources}).to_numpy(bool)
    # Points a thousand events of a stream of news. Of a month of which it shows none nothing is
    # known; a list of chosen events without any is a month in which there were none.
    offset[place] = np.where(is_stream, np.log(np.maximum(volume, 1.0) / 1000), 0.0)
    known = ~is_stream | (volume > 0)
    if len(set(place[2][known])) < FEWEST_MONTHS:
        return
    signs = []
    for sign in SIGNS:
        points = np.full(shape, np.nan)
        points[place] = np.where(known, rows[sign].to_numpy(dtype=float), np.nan)
        # The months that place the parameters say what a typical act is: a later one moves nothing.
        placing = points[..., : _n_placing(months)]
        positive = placing[placing > 0]
        signs.append(Sums(points, offset, float(np.median(positive)) if len(positive) else 1.0))
    split = tuple((one[:3], one[4:]) for one in pairs)
    yield Panel(name, counting, sources, split, months, *signs)
