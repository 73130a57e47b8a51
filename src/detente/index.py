"""Read one dyad's index series from the published database, and add intervals to the indices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd

from detente import incremental, intervals
from detente.errors import UsageError
from detente.warehouse import Published, Warehouse

Freq = Literal["day", "week", "month", "quarter", "year"]
Direction = Literal["directed", "undirected"]
Counting = Literal["all", "one_a_day"]
Officials = Literal["all", "official"]
Weighting = Literal["none", "log_mentions"]
# Those that the marts hold; an index by day is computed when it is asked for.
FREQS: tuple[str, ...] = get_args(Freq)[1:]

_PANDAS_FREQ = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}
_MEASURES = ("net", "mean_goldstein", "balance")
_KEY = ["freq", "source", "counting", "direction", "actor1_iso3", "actor2_iso3", "period_start"]
_BOUNDS = [f"{measure}_{end}" for measure in _MEASURES for end in ("lo", "hi")]
_ISO3 = re.compile(r"[A-Z]{3}")


def series(
    database: Published,
    actor1_iso3: str,
    actor2_iso3: str,
    freq: Freq = "month",
    direction: Direction = "undirected",
    counting: Counting = "all",
    source: str = "records",
    scale: str | None = None,
    officials: Officials | None = None,
    weighting: Weighting | None = None,
) -> pd.DataFrame:
    """Return the indices of one dyad, one row a period, oldest first.

    Parameters
    ----------
    actor1_iso3, actor2_iso3
        The dyad. Undirected, their order does not matter; directed, the first acts upon the second.
    freq
        Period length; weeks are ISO weeks and start on Monday. An index by day is not in the marts
        and is computed from the events.
    scale, officials, weighting
        Which values, whose events and which weights the sums add up; default: those of the
        settings, which the marts hold. Any other choice is computed from the events.

    Returns
    -------
    pandas.DataFrame
        The columns of `marts.dyad_month` (docs/data.md).

    Raises
    ------
    UsageError
        The dyad is not one of the study's, or the source is not loaded, or there is no such scale;
        the message lists those that are.
    """
    if freq not in get_args(Freq):
        raise UsageError(f"Expected a frequency of {', '.join(get_args(Freq))}, got {freq!r}.")
    pair = (actor1_iso3.upper(), actor2_iso3.upper())
    if direction == "undirected":
        pair = (min(pair), max(pair))
    stored = database.rows("select scale, officials, weighting from meta.study")[0]
    asked = (scale or stored[0], officials or stored[1], weighting or stored[2])
    if asked == stored and freq in FREQS:
        frame = database.frame(
            f"""
            select *
            from marts.dyad_{freq}
            where source = ? and counting = ? and direction = ?
                and actor1_iso3 = ? and actor2_iso3 = ?
            order by period_start
            """,  # noqa: S608  # freq is one of FREQS
            [source, counting, direction, *pair],
        )
    else:
        frame = _computed(database, pair, freq, direction, counting, source, asked)
    if frame.empty:
        raise UsageError(_nothing(database, pair, source))
    return frame


def net_interval(
    database: Published,
    actor1_iso3: str,
    actor2_iso3: str,
    first: date,
    last: date,
    source: str = "records",
) -> tuple[float, float] | None:
    """Return the 95 % interval of a dyad's undirected net score over any span of days.

    Over a month or a year of the calendar it is the interval that `marts.dyad_period` holds.

    Parameters
    ----------
    first, last
        The span, both days included.

    Returns
    -------
    tuple of float, or None
        Lower and upper bound, in scale points; none where too few occurrences fall into the span.
    """
    pair = (min(actor1_iso3, actor2_iso3), max(actor1_iso3, actor2_iso3))
    stored = database.rows("select scale, officials, weighting from meta.study")[0]
    _check(database, pair, stored)
    names = ", ".join(f"'{name}'" for name in stored)
    rows = database.frame(
        f"""
        select
            seed,
            forward_weight + backward_weight as weight,
            forward_net + backward_net as net,
            forward_sum + backward_sum as size,
        from marts.occurrences({names}, '{pair[0]}', '{pair[1]}')
        where source = ? and counting = 'all' and day between ? and ?
        order by seed
        """,  # noqa: S608  # every name was checked above
        [source, first, last],
    )
    n = len(rows)
    if n < intervals.FEWEST:
        return None
    values = rows[["weight", "net", "size"]].to_numpy(np.int64)
    sums = intervals.replicate_sums(
        rows["seed"].to_numpy(np.uint64), np.zeros(n, dtype=np.int64), values, 1
    )
    bounds = intervals.bounds(
        np.array([n]), values.sum(axis=0)[None], sums, _half_range(database, stored[0])
    )
    return float(bounds.lower[0, 0]), float(bounds.upper[0, 0])


def _computed(
    database: Published,
    pair: tuple[str, str],
    freq: Freq,
    direction: Direction,
    counting: Counting,
    source: str,
    asked: tuple[str, str, str],
) -> pd.DataFrame:
    """Compute a choice that the marts do not hold."""
    _check(database, pair, asked)
    names = ", ".join(f"'{name}'" for name in asked)
    frame = database.frame(
        f"""
        select *
        from dyad_index(
            '{pair[0]}', '{pair[1]}', '{freq}', of_direction := '{direction}',
            of_counting := '{counting}', of_source := ?,
            of_scale := '{asked[0]}', of_officials := '{asked[1]}', of_weighting := '{asked[2]}'
        )
        """,  # noqa: S608  # every name was checked above
        [source],
    )
    occurrences = database.frame(
        f"select * from marts.occurrences({names}, '{pair[0]}', '{pair[1]}') "  # noqa: S608
        "where source = ?",
        [source],
    )
    found = _intervals(occurrences, _half_range(database, asked[0]), [freq])
    wanted = found[(found["counting"] == counting) & (found["direction"] == direction)]
    columns = ["actor1_iso3", "actor2_iso3", "period_start"]
    merged = frame.merge(
        wanted[[*columns, "n_occurrences", "interval_rule", *_BOUNDS]], how="left", on=columns
    )
    merged["n_occurrences"] = merged["n_occurrences"].fillna(0).astype("int64")
    merged["interval_rule"] = merged["interval_rule"].fillna("none")
    order = [name for name in database.columns("marts.dyad_period") if name in merged.columns]
    return merged[order]


def _check(database: Published, pair: tuple[str, str], asked: tuple[str, str, str]) -> None:
    scales = [row[0] for row in database.rows("select scale from meta.scale order by scale")]
    if asked[0] not in scales:
        raise UsageError(f"Expected a scale of {', '.join(scales)}, got {asked[0]!r}.")
    if asked[1] not in get_args(Officials):
        allowed = ", ".join(get_args(Officials))
        raise UsageError(f"Expected officials of {allowed}, got {asked[1]!r}.")
    if asked[2] not in get_args(Weighting):
        allowed = ", ".join(get_args(Weighting))
        raise UsageError(f"Expected a weighting of {allowed}, got {asked[2]!r}.")
    dyads = database.rows("select actor1_iso3, actor2_iso3 from meta.study_dyad")
    known = {tuple(row) for row in dyads}
    if not all(_ISO3.fullmatch(actor) for actor in pair) or tuple(sorted(pair)) not in known:
        raise UsageError(_nothing(database, pair, "any"))


def _nothing(database: Published, pair: tuple[str, str], source: str) -> str:
    dyads = database.rows(
        "select actor1_iso3 || '-' || actor2_iso3 from meta.study_dyad order by position"
    )
    sources = database.rows("select source from meta.coverage order by source")
    return (
        f"No index of {pair[0]}-{pair[1]} from source {source!r}. "
        f"Dyads of the study: {', '.join(row[0] for row in dyads)}. "
        f"Sources loaded: {', '.join(row[0] for row in sources)}. "
        "Add a dyad under [study] in detente.toml and run `detente refresh`."
    )


# -- intervals -----------------------------------------------------------------------------------


def fill_intervals(warehouse: Warehouse) -> Iterator[int]:
    """Fill `marts.dyad_interval`, dyad by dyad; yields how many periods of each got an interval.

    After an incremental build only the intervals of periods whose events differ are drawn again.
    """
    scale, officials, weighting = warehouse.rows(
        "select scale, officials, weighting from meta.study"
    )[0]
    half_range = _half_range(warehouse, scale)
    dyads = warehouse.rows("select actor1_iso3, actor2_iso3 from meta.study_dyad order by position")
    # One pass over the events for all dyads. The names come from the settings, validated.
    drawn = (
        "create or replace temp table occurrence as select * from marts.occurrences("  # noqa: S608
        f"'{scale}', '{officials}', '{weighting}', null, null)"
    )
    wanted: pd.DataFrame | None = None
    is_update = incremental.has_base(warehouse)
    if is_update:
        incremental.run(warehouse, "changed_period")
        with incremental.narrowed(warehouse, "before.changed_period"):
            warehouse.execute(drawn)
        incremental.run(warehouse, "drop_intervals")
        incremental.run(warehouse, "drop_occurrences")
    else:
        warehouse.execute(drawn)
    for first, second in dyads:
        occurrences = warehouse.frame(
            "select * from occurrence where actor1_iso3 = ? and actor2_iso3 = ?", [first, second]
        )
        if is_update:
            wanted = warehouse.frame(
                "select freq, source, period_start from before.changed_period "
                "where actor1_iso3 = ? and actor2_iso3 = ?",
                [first, second],
            )
        found = _intervals(occurrences, half_range, FREQS, wanted)
        warehouse.insert_frame("marts.dyad_interval", found)
        yield len(found)


def _half_range(warehouse: Warehouse, scale: str) -> float:
    """Return half of the largest absolute value of a scale, in its points."""
    lowest, highest = warehouse.rows(
        "select lowest, highest from meta.scale where scale = ?", [scale]
    )[0]
    return float(max(abs(lowest), abs(highest))) / 2


def _intervals(
    occurrences: pd.DataFrame,
    half_range: float,
    freqs: Sequence[str],
    wanted: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the intervals of one dyad, for every period with enough occurrences.

    Parameters
    ----------
    occurrences
        Rows of the macro `marts.occurrences` of one dyad.
    wanted
        The periods to draw, columns freq, source and period_start; default: all.
    """
    tables: list[pd.DataFrame] = []
    for (source, counting), rows in occurrences.groupby(["source", "counting"], sort=True):
        in_order = rows.sort_values(["day", "seed"], ignore_index=True)
        chosen = None if wanted is None else wanted[wanted["source"] == source]
        for table in _of_one_source(in_order, half_range, freqs, chosen):
            tables.append(table.assign(source=str(source), counting=str(counting)))
    columns = [*_KEY, "n_occurrences", "interval_rule", *_BOUNDS]
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables, ignore_index=True)[columns].sort_values(_KEY, ignore_index=True)


def _of_one_source(
    rows: pd.DataFrame, half_range: float, freqs: Sequence[str], wanted: pd.DataFrame | None
) -> Iterator[pd.DataFrame]:
    day = pd.DatetimeIndex(pd.to_datetime(rows["day"]))
    starts = {freq: day.to_period(_PANDAS_FREQ[freq]).start_time.normalize() for freq in freqs}
    # The weights are drawn once for all periods: in stretches that no week and no month cuts.
    stretches = pd.MultiIndex.from_arrays(list(starts.values()))
    stretch = stretches[~stretches.duplicated()]
    segment = stretch.get_indexer(stretches)
    forward = rows[["forward_weight", "forward_net", "forward_sum"]].to_numpy(np.int64)
    backward = rows[["backward_weight", "backward_net", "backward_sum"]].to_numpy(np.int64)
    sums = intervals.replicate_sums(
        rows["seed"].to_numpy(np.uint64),
        segment.astype(np.int64),
        np.hstack([forward, backward]),
        len(stretch),
    )
    pair = (rows["actor1_iso3"].iloc[0], rows["actor2_iso3"].iloc[0])
    ways: list[tuple[str, tuple[str, str], Any, Any]] = [
        ("directed", pair, forward, sums[:, :3]),
        ("directed", (pair[1], pair[0]), backward, sums[:, 3:]),
        ("undirected", pair, forward + backward, sums[:, :3] + sums[:, 3:]),
    ]
    for place, freq in enumerate(freqs):
        of_stretch, period = pd.factorize(stretch.get_level_values(place))
        of_row = of_stretch[segment]
        asked = np.ones(len(period), dtype=bool)
        if wanted is not None:
            starts_wanted = wanted.loc[wanted["freq"] == freq, "period_start"]
            asked = pd.DatetimeIndex(period).isin(starts_wanted)
        for direction, actors, values, way_sums in ways:
            n = np.bincount(of_row[values[:, 0] > 0], minlength=len(period))
            enough = (n >= intervals.FEWEST) & asked
            if not enough.any():
                continue
            totals = np.zeros((len(period), 3), dtype=np.int64)
            np.add.at(totals, of_row, values)
            firsts = np.searchsorted(of_stretch, np.arange(len(period)))
            grouped = np.add.reduceat(way_sums, firsts, axis=0)
            bounds = intervals.bounds(n[enough], totals[enough], grouped[enough], half_range)
            ends = np.stack([bounds.lower, bounds.upper], axis=2).reshape(len(bounds.lower), -1)
            yield pd.DataFrame(
                {
                    "freq": freq,
                    "direction": direction,
                    "actor1_iso3": actors[0],
                    "actor2_iso3": actors[1],
                    "period_start": pd.DatetimeIndex(period)[enough],
                    "n_occurrences": n[enough],
                    "interval_rule": [intervals.rule(int(one)) for one in n[enough]],
                    **dict(zip(_BOUNDS, ends.T, strict=True)),
                }
            )
