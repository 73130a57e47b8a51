"""The balance: net points of the last twelve months, with its interval, for every month.

It is a description: what was recorded, not what it says about the relation. Its interval is that of
the occurrences of the twelve months at a constant rate; where the level moves within the year the
interval is somewhat too short (docs/methods.md, The balance).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.database import comparison
from detente.database.builder import Warehouse
from detente.indices import draws, intervals
from detente.indices.sums import Sums
from detente.settings import RECORDS
from detente.store import slicing

TABLE = "stats.balance"
MONTHS = 12
# Of the windows before, fewer than this tell nothing of where a window stands among them.
FEWEST_WINDOWS = 12

_KEY = "source, actor1_iso3, actor2_iso3"
_SERIES = f"select distinct {_KEY} from marts.dyad_value where freq = 'month'"  # noqa: S608
# Records that act in more than one dyad: they name a third state.
_NAME_THIRD = (
    "select md5_number_lower('records:' || record_id) from core.record_event group by record_id "
    "having count(distinct (least(actor1_iso3, actor2_iso3), greatest(actor1_iso3, actor2_iso3))) "
    "> 1"
)
# What the months hold; acts that leave all sums as they were can still be drawn otherwise.
_READ = (
    f"select {_KEY}, counting, period_start, net, n_events, n_source_events, is_complete "  # noqa: S608
    "from {} where direction = 'undirected'"
)
_NOW = _READ.format("marts.dyad_value") + " and freq = 'month'"
_THEN = _READ.format("before.month")
_DIFFERENT = (
    f"select {_KEY} from ({_NOW} except all {_THEN}) union all "  # noqa: S608
    f"select {_KEY} from ({_THEN} except all {_NOW}) union all "
    "select source, least(actor1_iso3, actor2_iso3), greatest(actor1_iso3, actor2_iso3) "
    "from meta.changed_cell where actor1_iso3 is not null union all "
    # Whether a record names a third state is told by its acts on other dyads, too.
    "select meta.hand_kept(), actor1_iso3, actor2_iso3 from meta.study_dyad "
    "where exists (from meta.changed_cell where meta.is_hand_kept(source))"
)

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Kind = TypeVar("Kind", Floats, Integers)


@dataclass(frozen=True)
class Net:
    """A dyad's net points by month, and in each replicate of the bootstrap.

    Attributes
    ----------
    n
        Occurrences of each month; shape (months,).
    total
        Net points; shape (months,).
    replicates
        The same in each replicate; shape (months, replicates).
    """

    n: Integers
    total: Floats
    replicates: Floats

    @classmethod
    def of(cls, sums: Sums, months: pd.DatetimeIndex) -> Net:
        """Return the sums of consecutive months, 0 where nothing happened."""
        places = months.get_indexer(sums.starts)
        inside = places >= 0
        n = np.zeros(len(months), dtype=np.int64)
        total = np.zeros(len(months))
        replicates = np.zeros((len(months), intervals.REPLICATES))
        n[places[inside]] = sums.counts[inside, 2]
        # Whole millionths, so that sums do not depend on their order.
        total[places[inside]] = sums.totals[inside, 1] + sums.totals[inside, 4]
        replicates[places[inside]] = sums.replicates[inside, 1] + sums.replicates[inside, 4]
        return cls(n, total, replicates)

    def windows(self) -> Net:
        """Return the sums of each month and the eleven before; shape (months - 11, ...)."""
        return Net(_added(self.n), _added(self.total), _added(self.replicates))

    def minus_year_before(self) -> Net:
        """Return each window less the one that ends where it begins; shape (windows - 12, ...)."""
        return Net(
            self.n[MONTHS:] + self.n[:-MONTHS],
            self.total[MONTHS:] - self.total[:-MONTHS],
            self.replicates[MONTHS:] - self.replicates[:-MONTHS],
        )

    def bounds(self) -> tuple[Floats, Floats]:
        """Return the 95% bounds in points; NaN where fewer than FEWEST occurrences are there."""
        lower, upper = np.full((2, len(self.n)), np.nan)
        enough = self.n >= intervals.FEWEST
        if enough.any():
            ordered = np.sort(self.replicates[enough], axis=1)
            beyond = intervals.tail(self.n[enough])[:, None]
            low = np.take_along_axis(ordered, beyond - 1, axis=1)[:, 0]
            high = np.take_along_axis(ordered, intervals.REPLICATES - beyond, axis=1)[:, 0]
            # A bound never excludes the value itself.
            lower[enough] = np.minimum(low, self.total[enough]) / intervals.MILLION
            upper[enough] = np.maximum(high, self.total[enough]) / intervals.MILLION
        return lower, upper


def _added(values: Kind) -> Kind:
    summed = np.cumsum(values, axis=0)
    found = summed[MONTHS - 1 :].copy()
    found[1:] -= summed[:-MONTHS]
    return found


def share_lower(values: Floats) -> Floats:
    """Return the share of the earlier values that are lower than each; NaN for the first.

    Examples
    --------
    >>> share_lower(np.arange(14.0)).tolist()[-2:]
    [1.0, 1.0]
    >>> share_lower(np.zeros(13)).tolist()[-1]
    0.0
    """
    earlier = np.array([np.count_nonzero(values[:n] < values[n]) for n in range(len(values))])
    n = np.arange(len(values))
    return np.where(n >= FEWEST_WINDOWS, earlier / np.maximum(n, 1), np.nan)


def table(months: pd.DataFrame, sums: Sums, bilateral: Sums | None = None) -> pd.DataFrame:
    """Return the balance of one dyad and way of counting.

    Parameters
    ----------
    months
        Consecutive months in order: `period_start`, `net`, `n_events`, `n_source_events` and
        `is_complete`. A month of which the source has no file has no numbers, and a window with
        one has no row.
    sums
        What the occurrences of the months add up to.
    bilateral
        The same of occurrences that name no third state of the study; None where that cannot be
        told.

    Returns
    -------
    pandas.DataFrame
        Columns of `stats.balance` but those of the key; a row a month from the twelfth on.
    """
    if len(months) < MONTHS:
        return pd.DataFrame()
    unknown = _added(np.asarray(months["n_events"].isna(), dtype=np.int64)) > 0
    months = months.fillna({"n_events": 0, "n_source_events": 0})
    starts = pd.DatetimeIndex(pd.to_datetime(months["period_start"]))
    net = Net.of(sums, starts).windows()
    lower, upper = net.bounds()
    complete = _added(months["is_complete"].to_numpy(np.int64)) == MONTHS
    found = pd.DataFrame(
        {
            "period_start": starts[MONTHS - 1 :],
            "net_12m": net.total / intervals.MILLION,
            "net_12m_lo": lower,
            "net_12m_hi": upper,
            "n_events_12m": _added(months["n_events"].to_numpy(np.int64)),
            "n_occurrences_12m": net.n,
            "is_complete": complete,
        }
    )
    filled = found.assign(
        **_per_1k(found, _added(months["n_source_events"].to_numpy(np.int64))),
        **_before(found, net),
        **_bilateral(bilateral, starts),
    )
    return filled[~unknown]


def _per_1k(found: pd.DataFrame, volume: Integers) -> dict[str, Floats]:
    each = 1000 / np.where(volume > 0, volume, np.nan)
    return {
        f"net_12m_per_1k{end}": found[f"net_12m{end}"].to_numpy() * each
        for end in ("", "_lo", "_hi")
    }


def _before(found: pd.DataFrame, net: Net) -> dict[str, Any]:
    """Return where each window stands among those before, and its change within a year."""
    complete = found["is_complete"].to_numpy()
    share, n_before = np.full(len(found), np.nan), np.zeros(len(found), dtype=np.int64)
    share[complete] = share_lower(net.total[complete])
    n_before[:] = np.cumsum(complete) - complete
    change, low, high = np.full((3, len(found)), np.nan)
    if len(found) > MONTHS:
        year = net.minus_year_before()
        both = complete[MONTHS:] & complete[:-MONTHS]
        bounds = year.bounds()
        for column, values in zip(
            (change, low, high), (year.total / intervals.MILLION, *bounds), strict=True
        ):
            column[MONTHS:] = np.where(both, values, np.nan)
    return {
        "share_lower": share,
        "n_windows_before": n_before,
        "change_12m": change,
        "change_12m_lo": low,
        "change_12m_hi": high,
    }


def _bilateral(sums: Sums | None, starts: pd.DatetimeIndex) -> dict[str, Any]:
    names = [f"net_12m_bilateral{end}" for end in ("", "_lo", "_hi")]
    n_windows = len(starts) - MONTHS + 1
    if sums is None:
        none = np.full(n_windows, np.nan)
        return {**dict.fromkeys(names, none), "n_events_12m_bilateral": pd.array(none, "Int64")}
    net = Net.of(sums, starts)
    n_acts = np.zeros(len(starts), dtype=np.int64)
    places = starts.get_indexer(sums.starts)
    n_acts[places[places >= 0]] = sums.counts[places >= 0, :2].sum(axis=1)
    windows = net.windows()
    values = (windows.total / intervals.MILLION, *windows.bounds())
    return dict(zip(names, values, strict=True)) | {
        "n_events_12m_bilateral": pd.array(_added(n_acts), "Int64")
    }


def fill(warehouse: Warehouse) -> Iterator[int]:
    """Fill `stats.balance`, dyad by dyad; yields how many months each has.

    After an incremental build only the series that differ are computed again.
    """
    scale, officials, weighting = warehouse.rows(
        "select scale, officials, weighting from meta.study"
    )[0]
    # The names come from the settings, validated.
    occurrences = f"from marts.occurrences('{scale}', '{officials}', '{weighting}', null, null)"
    warehouse.execute(
        "create or replace temp table record_occurrence as select *, seed in ("
        f"{_NAME_THIRD}) as names_third {occurrences} where meta.is_hand_kept(source)"
    )
    chosen = _SERIES
    if comparison.has_base(warehouse):
        warehouse.execute(
            f"create or replace temp table changed_balance as select distinct {_KEY} "  # noqa: S608
            f"from ({_DIFFERENT})"
        )
        warehouse.execute(
            f"delete from {TABLE} where ({_KEY}) in (select ({_KEY}) from changed_balance)"  # noqa: S608
        )
        chosen = f"({_SERIES} intersect select {_KEY} from changed_balance)"  # noqa: S608
    _read_unkept(warehouse, occurrences, chosen)
    with warehouse.transaction():
        for source, first, second in warehouse.rows(f"select * from ({chosen}) order by all"):  # noqa: S608
            n_months = 0
            for counting, found in _of_dyad(warehouse, source, (first, second)):
                keyed = found.assign(
                    source=source, counting=counting, actor1_iso3=first, actor2_iso3=second
                )
                warehouse.insert_frame(TABLE, keyed)
                n_months += len(keyed)
            yield n_months


def _read_unkept(warehouse: Warehouse, occurrences: str, chosen: str) -> None:
    """Read the occurrences of the months whose sums the intervals did not keep, if there are any.

    They are in `unkept_occurrence`; of records, which are never kept, there is a table already.
    """
    warehouse.execute(
        "create or replace temp table unkept as "  # noqa: S608
        f"select distinct {_KEY}, period_start from marts.dyad_value semi join ({chosen}) "
        f"using ({_KEY}) anti join marts.month_draw using ({_KEY}, period_start) "
        f"where freq = 'month' and direction = 'undirected' and n_events > n_unvalued "
        "and not meta.is_hand_kept(source)"
    )
    is_any = warehouse.rows("select count(*) > 0 from unkept")[0][0]
    query = (
        f"select * {occurrences} as one "
        f"semi join unkept on one.source = unkept.source "
        "and one.actor1_iso3 = unkept.actor1_iso3 and one.actor2_iso3 = unkept.actor2_iso3 "
        "and date_trunc('month', one.day) = unkept.period_start"
    )
    if is_any:
        slicing.create(warehouse, query, "unkept_occurrence", draws.OF_EVENTS, is_temporary=True)
    else:
        warehouse.execute(
            f"create or replace temp table unkept_occurrence as select * {occurrences} limit 0"
        )


def _of_dyad(
    warehouse: Warehouse, source: str, pair: tuple[str, str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    months = warehouse.frame(
        "select counting, period_start, net, n_events, n_source_events, is_complete "
        "from marts.dyad_value where freq = 'month' and direction = 'undirected' "
        "and source = ? and actor1_iso3 = ? and actor2_iso3 = ? order by period_start",
        [source, *pair],
    )
    bilateral: dict[str, Sums] = {}
    if source == RECORDS:
        rows = warehouse.frame(
            "select * from record_occurrence where actor1_iso3 = ? and actor2_iso3 = ?", pair
        )
        whole = draws.months(rows)
        bilateral = draws.months(rows[~rows["names_third"].astype(bool)])
        # The volume of hand-kept records is what was recorded, not what happened.
        months["n_source_events"] = 0
    else:
        whole = draws.kept_months(warehouse, source, pair, "unkept_occurrence")
    for counting, of_way in months.groupby("counting"):
        way = str(counting)
        yield way, table(of_way, whole[way], bilateral.get(way))
