"""Draw the intervals of the indices, and keep what the next refresh can add up.

The replicates of the bootstrap are sums over occurrences, in whole millionths. What a month sums up
to in each of them is kept in `marts.month_draw`. A refresh draws the weeks and months whose events
differ; their quarter and year are added up from these months and from those that were kept. The
sums are exact, so that the result is that of drawing everything.

A kept month is some 100 kB. Of a study's first dyads all are kept, of the others only those of many
occurrences; months that were not kept are drawn again with their year, as are hand-kept records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.database import comparison
from detente.database.builder import Warehouse
from detente.database.reader import Readable
from detente.indices import intervals
from detente.indices.periods import start_of
from detente.indices.sums import Integers, Sums
from detente.settings import RECORDS
from detente.store import part_macros, slicing

# All months of so many dyads are kept: those that the study names first, or with most events.
KEPT_DYADS = 30
# Of a month with so many occurrences the sums are not larger than the occurrences themselves, and
# to draw it again takes milliseconds.
KEPT_FROM = 1000
# So many occurrences are drawn at once; whole months, so that no span of time is cut.
_PIECE = 500_000

MEASURES = ("net", "mean_goldstein", "relative_net")
BOUNDS = [f"{measure}_{end}" for measure in MEASURES for end in ("lo", "hi")]
# The view whose events the occurrences are.
OF_EVENTS = ("core.event",)
# The ways of counting, and how the columns of `marts.occurrences` begin for each.
_COUNTINGS = {"all": "every", "one_a_day": "once"}
_KEY = ["freq", "source", "counting", "direction", "actor1_iso3", "actor2_iso3", "period_start"]
_COLUMNS = [*_KEY, "n_occurrences", "interval_rule", *BOUNDS]
_SUMS = [f"{way}_{what}" for way in ("forward", "backward") for what in ("weight", "net", "sum")]
_COUNTS = ["n_forward", "n_backward", "n_occurrences"]


def of_dyad(occurrences: pd.DataFrame, half_range: float, freqs: Sequence[str]) -> pd.DataFrame:
    """Return the intervals of one dyad, for every period with enough occurrences.

    Parameters
    ----------
    occurrences
        Rows of the macro `marts.occurrences` of one dyad.
    half_range
        Half of the scale's largest absolute value, in scale points.
    """
    tables = []
    for source, rows in occurrences.groupby("source"):
        pair = (str(rows["actor1_iso3"].iloc[0]), str(rows["actor2_iso3"].iloc[0]))
        for counting, spans in _draw(rows, by_day="day" in freqs).items():
            found = _table({freq: spans.by(freq) for freq in freqs}, pair, half_range)
            tables.append(found.assign(source=str(source), counting=counting))
    return _stacked(tables)


def fill(warehouse: Warehouse, freqs: Sequence[str]) -> Iterator[int]:
    """Fill `marts.dyad_interval`, dyad by dyad; yields how many periods of each got an interval.

    After an incremental build only what the events that differ reach is drawn again.
    """
    scale, officials, weighting = warehouse.rows(
        "select scale, officials, weighting from meta.study"
    )[0]
    half_range = half_of_range(warehouse, scale)
    dyads = warehouse.rows("select actor1_iso3, actor2_iso3 from meta.study_dyad order by position")
    # One pass over the events for all dyads. The names come from the settings, validated.
    query = (
        "select * from marts.occurrences("  # noqa: S608
        f"'{scale}', '{officials}', '{weighting}', null, null)"
    )
    again: _Again | None = None
    if comparison.has_base(warehouse):
        again = _Again(warehouse, query)
    else:
        slicing.create(warehouse, query, "occurrence", OF_EVENTS, is_temporary=True)
    # In one transaction: the sums by month are much to write again and again.
    with warehouse.transaction():
        for place, pair in enumerate(dyads):
            fewest = 0 if place < KEPT_DYADS else KEPT_FROM
            found = _fill_dyad(warehouse, pair, half_range, freqs, again, fewest)
            warehouse.insert_frame("marts.dyad_interval", found)
            yield len(found)


def _fill_dyad(
    warehouse: Warehouse,
    pair: tuple[str, str],
    half_range: float,
    freqs: Sequence[str],
    again: _Again | None,
    fewest: int,
) -> pd.DataFrame:
    """Return the intervals of one dyad, and keep the sums of its months.

    Parameters
    ----------
    fewest
        Only months with so many occurrences are kept.
    """
    sources = again.sources(pair) if again else _sources(warehouse, pair)
    tables = []
    for source in sources:
        drawn = _draw_pieces(_pieces(warehouse, source, pair))
        is_large = drawn["all"].by("month")
        kept = is_large.starts[is_large.counts[:, 2] >= fewest]
        for counting, spans in drawn.items():
            series = (source, counting, *pair)
            periods, months = again.periods(spans, series) if again else _periods(spans, freqs)
            found = _table(periods, pair, half_range)
            tables.append(found.assign(source=source, counting=counting))
            if source != RECORDS:
                warehouse.insert_frame("marts.month_draw", _kept(months.starting_on(kept), series))
    return _stacked(tables)


def _sources(warehouse: Warehouse, pair: tuple[str, str]) -> list[str]:
    return [
        source
        for (source,) in warehouse.rows(
            "select distinct source from occurrence where actor1_iso3 = ? and actor2_iso3 = ? "
            "order by source",
            pair,
        )
    ]


def _pieces(
    warehouse: Warehouse, source: str, pair: tuple[str, str], table: str = "occurrence"
) -> Iterator[pd.DataFrame]:
    """Yield the occurrences of one dyad and source in order of time, some whole months at a time.

    At least one piece, which is empty where there is no occurrence.
    """
    of_series = f"from {table} where source = ? and actor1_iso3 = ? and actor2_iso3 = ?"
    series = [source, *pair]
    months = warehouse.rows(
        "select date_trunc('month', day)::date, last_day(day) + 1, "
        f"count(*) {of_series} group by all order by all",
        series,
    )
    pieces: list[list[Any]] = []
    for first, after, n in months:
        if pieces and pieces[-1][2] + n <= _PIECE:
            pieces[-1][1:] = after, pieces[-1][2] + n
        else:
            pieces.append([first, after, n])
    for first, after, _ in pieces:
        yield warehouse.frame(f"{of_series} and day >= ? and day < ?", [*series, first, after])
    if not pieces:
        yield warehouse.frame(of_series, series)


def _draw_pieces(pieces: Iterable[pd.DataFrame]) -> dict[str, Sums]:
    """Draw the weights of the occurrences of consecutive spans of whole months."""
    drawn = [_draw(rows) for rows in pieces]
    return {counting: Sums.together([one[counting] for one in drawn]) for counting in _COUNTINGS}


def months(occurrences: pd.DataFrame) -> dict[str, Sums]:
    """Return what the occurrences of one dyad and source add up to by month and way of counting.

    Parameters
    ----------
    occurrences
        As of `of_dyad`, of one source.
    """
    return {counting: spans.by("month") for counting, spans in _draw(occurrences).items()}


def kept_months(
    warehouse: Warehouse, source: str, pair: tuple[str, str], others: str
) -> dict[str, Sums]:
    """Return the same of a machine-coded source: as `fill` kept it, and drawn again.

    Parameters
    ----------
    others
        A table with the occurrences of the months that were not kept.
    """
    rows = warehouse.frame(
        "select * from marts.month_draw where source = ? and actor1_iso3 = ? and actor2_iso3 = ? "
        "order by period_start",
        [source, *pair],
    )
    drawn = _draw_pieces(_pieces(warehouse, source, pair, others))
    return {
        counting: _read(rows[rows["counting"] == counting]).and_(drawn[counting].by("month"))
        for counting in _COUNTINGS
    }


def half_of_range(warehouse: Readable, scale: str) -> float:
    """Return half of the largest absolute value of a scale, in its points (docs, Uncertainty)."""
    lowest, highest = warehouse.rows(
        "select lowest, highest from meta.scale where scale = ?", [scale]
    )[0]
    return float(max(abs(lowest), abs(highest))) / 2


def _draw(rows: pd.DataFrame, *, by_day: bool = False) -> dict[str, Sums]:
    """Draw the weights of the occurrences of one dyad and source; the sums by way of counting.

    Once for all frequencies: in spans of time that no week and no month cuts.
    """
    rows = rows.sort_values(["day", "seed"], ignore_index=True)
    day = pd.DatetimeIndex(pd.to_datetime(rows["day"]))
    week, month = start_of(day, "week"), start_of(day, "month")
    span = day if by_day else week.where(week > month, month)
    is_first = ~span.duplicated()
    firsts = np.flatnonzero(is_first)
    ways = list(_COUNTINGS.values())
    values = rows[[f"{way}_{name}" for way in ways for name in _SUMS]].to_numpy(np.int64)
    segment = np.cumsum(is_first) - 1
    replicates = intervals.replicate_sums(
        rows["seed"].to_numpy(np.uint64), segment, values, len(firsts)
    )
    found = {}
    for place, counting in enumerate(_COUNTINGS):
        of_way = slice(place * len(_SUMS), (place + 1) * len(_SUMS))
        forward, backward = values[:, of_way][:, 0] > 0, values[:, of_way][:, 3] > 0
        acts = np.stack([forward, backward, forward | backward], axis=1).astype(np.int64)
        found[counting] = Sums(
            span[firsts],
            _added(acts, firsts),
            _added(values[:, of_way], firsts),
            replicates[:, of_way],
        )
    return found


def _added(values: Integers, firsts: npt.NDArray[np.intp]) -> Integers:
    return np.add.reduceat(values, firsts, axis=0) if len(firsts) else values[:0]


def _periods(spans: Sums, freqs: Sequence[str]) -> tuple[dict[str, Sums], Sums]:
    """Return the periods of each frequency, and the months."""
    months = spans.by("month")
    return {freq: (spans if freq == "week" else months).by(freq) for freq in freqs}, months


class _Again:
    """What has to be drawn again after an incremental build, and what was kept of the rest."""

    def __init__(self, warehouse: Warehouse, query: str) -> None:
        for name in ("changed_period", "drop_intervals", "drop_month_draws", "drawn_month"):
            part_macros.run(warehouse, name)
        with part_macros.narrowed(warehouse, "changed_period"):
            slicing.create(warehouse, query, "occurrence", OF_EVENTS, is_temporary=True)
        part_macros.run(warehouse, "drop_occurrences")
        key = ["source", "actor1_iso3", "actor2_iso3"]
        self._wanted = _grouped(warehouse.frame("from before.changed_period"), key)
        self._drawn = _grouped(warehouse.frame("from before.drawn_month"), key)
        kept = warehouse.frame(
            "select * from marts.month_draw as kept semi join before.changed_period as period on "
            "period.freq = 'year' and kept.source = period.source "
            "and kept.actor1_iso3 = period.actor1_iso3 and kept.actor2_iso3 = period.actor2_iso3 "
            "and kept.period_start between period.period_start and period.period_end "
            "order by period_start"
        )
        self._none = kept.iloc[:0]
        self._kept = _grouped(kept, ["source", "counting", *key[1:]])

    def sources(self, pair: Sequence[str]) -> list[str]:
        """Return the sources of which something of a dyad is drawn again."""
        return sorted(source for source, *other in self._wanted if tuple(other) == tuple(pair))

    def periods(
        self, spans: Sums, series: tuple[str, str, str, str]
    ) -> tuple[dict[str, Sums], Sums]:
        """Return the periods to be drawn again by frequency, and the months that were drawn.

        Parameters
        ----------
        spans
            Of the weeks and months to be drawn again.
        series
            Source, way of counting and dyad.
        """
        source, _, *pair = series
        wanted = {
            str(freq): pd.DatetimeIndex(rows["period_start"])
            for freq, rows in self._wanted[source, *pair].groupby("freq")
        }
        # Of other months only the days of a week that two of them share were drawn.
        whole_months = pd.DatetimeIndex(self._drawn[source, *pair]["period_start"])
        drawn = spans.by("month").starting_on(whole_months)
        whole = drawn.and_(_read(self._kept.get(series, self._none)))
        periods = {
            freq: (spans if freq == "week" else whole).by(freq).starting_on(days)
            for freq, days in wanted.items()
        }
        return periods, drawn


def _grouped(rows: pd.DataFrame, key: list[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    return {cast("tuple[str, ...]", found): group for found, group in rows.groupby(key)}


def _kept(months: Sums, series: tuple[str, ...]) -> pd.DataFrame:
    """Return months as rows of `marts.month_draw`."""
    frame = pd.DataFrame(months.counts, columns=_COUNTS).assign(period_start=months.starts)
    frame[["source", "counting", "actor1_iso3", "actor2_iso3"]] = series
    for place, name in enumerate(_SUMS):
        first, others = months.totals[:, [place]], months.replicates[:, place]
        frame[name] = list(np.concatenate([first, others], axis=1) / intervals.MILLION)
    return frame


def _read(rows: pd.DataFrame) -> Sums:
    """Return rows of `marts.month_draw` as months."""
    shape = (len(rows), len(_SUMS), 1 + intervals.REPLICATES)
    sums = np.empty(shape)
    for place, name in enumerate(_SUMS):
        if len(rows):
            sums[:, place] = np.stack(list(rows[name]))
    # Millionths are whole numbers, kept in points.
    sums = np.rint(sums * intervals.MILLION)
    return Sums(
        pd.DatetimeIndex(rows["period_start"]),
        rows[_COUNTS].to_numpy(np.int64),
        sums[:, :, 0].astype(np.int64),
        sums[:, :, 1:],
    )


def _table(periods: Mapping[str, Sums], pair: tuple[str, str], half_range: float) -> pd.DataFrame:
    """Return the intervals of periods by frequency, in both directions and without one."""
    tables = []
    for freq, sums in periods.items():
        forward, backward = slice(3), slice(3, 6)
        both = (
            sums.totals[:, forward] + sums.totals[:, backward],
            sums.replicates[:, forward] + sums.replicates[:, backward],
        )
        for place, (direction, actors, (totals, replicates)) in enumerate(
            (
                ("directed", pair, (sums.totals[:, forward], sums.replicates[:, forward])),
                ("directed", pair[::-1], (sums.totals[:, backward], sums.replicates[:, backward])),
                ("undirected", pair, both),
            )
        ):
            n = sums.counts[:, place]
            enough = n >= intervals.FEWEST
            if not enough.any():
                continue
            bounds = intervals.bounds(n[enough], totals[enough], replicates[enough], half_range)
            ends = np.stack([bounds.lower, bounds.upper], axis=2).reshape(len(bounds.lower), -1)
            tables.append(
                pd.DataFrame(
                    {
                        "freq": freq,
                        "direction": direction,
                        "actor1_iso3": actors[0],
                        "actor2_iso3": actors[1],
                        "period_start": sums.starts[enough],
                        "n_occurrences": n[enough],
                        "interval_rule": [intervals.rule(int(one)) for one in n[enough]],
                        **dict(zip(BOUNDS, ends.T, strict=True)),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=_COLUMNS)


def _stacked(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    filled = [table for table in tables if len(table)]
    if not filled:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(filled, ignore_index=True)[_COLUMNS].sort_values(_KEY, ignore_index=True)
