"""Read one dyad's index series from the published database."""

from __future__ import annotations

from typing import Literal, get_args

import pandas as pd

from detente.errors import UsageError
from detente.warehouse import Published

Freq = Literal["week", "month", "quarter", "year"]
Direction = Literal["directed", "undirected"]
Counting = Literal["all", "one_a_day"]
FREQS: tuple[str, ...] = get_args(Freq)


def series(
    database: Published,
    actor1_iso3: str,
    actor2_iso3: str,
    freq: Freq = "month",
    direction: Direction = "undirected",
    counting: Counting = "all",
    source: str = "records",
) -> pd.DataFrame:
    """Return the indices of one dyad, one row a period, oldest first.

    Parameters
    ----------
    actor1_iso3, actor2_iso3
        The dyad. Undirected, their order does not matter; directed, the first acts upon the second.
    freq
        Period length; weeks are ISO weeks and start on Monday.

    Returns
    -------
    pandas.DataFrame
        The columns of `marts.dyad_month` (docs/data.md).

    Raises
    ------
    UsageError
        The dyad is not one of the study's, or the source is not loaded; the message lists those
        that are.
    """
    if freq not in FREQS:
        raise UsageError(f"Expected a frequency of {', '.join(FREQS)}, got {freq!r}.")
    pair = (actor1_iso3.upper(), actor2_iso3.upper())
    if direction == "undirected":
        pair = (min(pair), max(pair))
    frame = database.frame(
        f"""
        select *
        from marts.dyad_{freq}
        where source = ? and counting = ? and direction = ? and actor1_iso3 = ? and actor2_iso3 = ?
        order by period_start
        """,  # noqa: S608  # freq is one of FREQS
        [source, counting, direction, *pair],
    )
    if frame.empty:
        raise UsageError(_nothing(database, pair, source))
    return frame


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
