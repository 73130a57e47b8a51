"""Read one dyad's index series from the published database, and add intervals to the indices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal, get_args

import numpy as np
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
    """Return the indices of one dyad, one row per period, oldest first.

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
        The dyad is not one of the study's, the source is not loaded, or a choice is not among those
        that there are; the message lists them.
    """
    _demand("a frequency", freq, get_args(Freq))
    _demand("a direction", direction, get_args(Direction))
    _demand("a counting", counting, get_args(Counting))
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
        raise UsageError(why_nothing(database, pair, source))
    return frame


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
    unknown = merged["n_events"].isna()
    merged["n_occurrences"] = merged["n_occurrences"].fillna(0).mask(unknown)
    if not unknown.any():
        merged["n_occurrences"] = merged["n_occurrences"].astype("int64")
    merged["interval_rule"] = merged["interval_rule"].fillna("none").mask(unknown, "none")
    merged.loc[unknown, list(draws.BOUNDS)] = np.nan
    return merged[database.columns("marts.dyad_month")]


def _check(database: Published, pair: tuple[str, str], asked: tuple[str, str, str]) -> None:
    scales = [row[0] for row in database.rows("select scale from meta.scale order by scale")]
    _demand("a scale", asked[0], scales)
    _demand("officials", asked[1], get_args(Officials))
    _demand("a weighting", asked[2], get_args(Weighting))
    dyads = database.rows("select actor1_iso3, actor2_iso3 from meta.study_dyad")
    known = {tuple(row) for row in dyads}
    if not all(_ISO3.fullmatch(actor) for actor in pair) or tuple(sorted(pair)) not in known:
        raise UsageError(why_nothing(database, pair, None))


def _demand(what: str, value: str, allowed: Sequence[str]) -> None:
    if value not in allowed:
        raise UsageError(f"Expected {what} of {', '.join(allowed)}, got {value!r}.")


def why_nothing(database: Published, pair: tuple[str, str], source: str | None) -> str:
    """Say why there is nothing of a dyad: none of the study's, or a source that is not loaded."""
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
            f"{name} is not a dyad of the study, which has {known}{more}. Add it under [study] in "
            "detente.toml and run `detente refresh`."
        )
    sources = [row[0] for row in database.rows("select source from meta.coverage order by source")]
    return (
        f"No index of {name} from source {source!r}: expected a source among "
        f"{', '.join(sources) or 'none (nothing is loaded)'}."
    )


def fill_intervals(warehouse: Warehouse) -> Iterator[int]:
    """Fill `marts.dyad_interval`, dyad by dyad; yields how many periods of each got an interval."""
    return draws.fill(warehouse, FREQS)
