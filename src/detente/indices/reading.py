"""Read one dyad's index series from the published database, and add intervals to the indices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Literal, get_args

import pandas as pd

from detente.base.errors import UsageError
from detente.database.builder import Warehouse
from detente.database.published import Published
from detente.database.quoting import literal
from detente.indices import draws, reported

Freq = Literal["day", "week", "month", "quarter", "year"]
Direction = Literal["directed", "undirected"]
Counting = Literal["all", "one_a_day"]
Officials = Literal["all", "official"]
Weighting = Literal["none", "log_mentions"]
# Those that the marts hold; an index by day is computed when it is asked for.
FREQS: tuple[str, ...] = get_args(Freq)[1:]

_ISO3 = re.compile(r"[A-Z]{3}")
_MOST_NAMED = 12


def series(
    database: Published,
    actor1_iso3: str,
    actor2_iso3: str,
    freq: Freq = "month",
    direction: Direction = "undirected",
    counting: Counting = "all",
    source: str | None = None,
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
    source
        Source of the events; default: the one that leads the reported series.
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
    source = source or reported.read(database).source
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
    source: str | None = None,
) -> tuple[float, float] | None:
    """Return the 95 % interval of a dyad's undirected net score over any span of days.

    Over a month or a year of the calendar it is the interval that `marts.dyad_period` holds.

    Parameters
    ----------
    first, last
        The span, both days included.
    source
        As of `series`.

    Returns
    -------
    tuple of float, or None
        Lower and upper bound, in scale points; none where too few occurrences fall into the span.
    """
    pair = (min(actor1_iso3, actor2_iso3), max(actor1_iso3, actor2_iso3))
    source = source or reported.read(database).source
    stored = database.rows("select scale, officials, weighting from meta.study")[0]
    _check(database, pair, stored)
    names = ", ".join(f"'{name}'" for name in stored)
    rows = database.frame(
        f"""
        select *
        from marts.occurrences({names}, '{pair[0]}', '{pair[1]}')
        where source = ? and day between ? and ?
        """,  # noqa: S608  # every name was checked above
        [source, first, last],
    )
    return draws.net_of_all(rows, draws.half_of_range(database, stored[0]))


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
    sums = f"from marts.day_sums({names}, '{pair[0]}', '{pair[1]}')"
    frame = database.frame(
        f"""
        select '{asked[0]}' as scale, '{asked[1]}' as officials, '{asked[2]}' as weighting, *
        from marts.period_indices({literal(sums)}, '{freq}', $source, '{pair[0]}', '{pair[1]}')
        where freq = '{freq}' and counting = $counting and direction = $direction
            and source = $source and actor1_iso3 = '{pair[0]}'
        order by period_start
        """,  # noqa: S608  # every name was checked above
        {"source": source, "counting": counting, "direction": direction},
    )
    occurrences = database.frame(
        f"select * from marts.occurrences({names}, '{pair[0]}', '{pair[1]}') "  # noqa: S608
        "where source = ?",
        [source],
    )
    found = draws.of_dyad(occurrences, draws.half_of_range(database, asked[0]), [freq])
    wanted = found[(found["counting"] == counting) & (found["direction"] == direction)]
    columns = ["actor1_iso3", "actor2_iso3", "period_start"]
    merged = frame.merge(
        wanted[[*columns, "n_occurrences", "interval_rule", *draws.BOUNDS]], how="left", on=columns
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
        raise UsageError(_nothing(database, pair, None))


def _nothing(database: Published, pair: tuple[str, str], source: str | None) -> str:
    """Say why there is no index: an unknown dyad, or a source that is not loaded."""
    dyads = [
        row[0]
        for row in database.rows(
            "select actor1_iso3 || '-' || actor2_iso3 from meta.study_dyad order by position"
        )
    ]
    name = "-".join(pair)
    if "-".join(sorted(pair)) not in dyads:
        known = ", ".join(dyads[:_MOST_NAMED])
        more = f" and {len(dyads) - _MOST_NAMED} more" if len(dyads) > _MOST_NAMED else ""
        return (
            f"{name} is no dyad of the study, which has {known}{more}. Add the dyad under [study] "
            "in detente.toml and run `detente refresh`."
        )
    sources = [row[0] for row in database.rows("select source from meta.coverage order by source")]
    return (
        f"No index of {name} from source {source!r}: expected a source among "
        f"{', '.join(sources) or 'none (nothing is loaded)'}."
    )


def fill_intervals(warehouse: Warehouse) -> Iterator[int]:
    """Fill `marts.dyad_interval`, dyad by dyad; yields how many periods of each got an interval."""
    return draws.fill(warehouse, FREQS)
