"""The series and events that the questions are asked of, from the marts under construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from detente.analysis.rows import Pair, about
from detente.base.phrases import Phrase, join, say
from detente.database import comparison
from detente.database.builder import Warehouse
from detente.indices.periods import PANDAS_FREQ
from detente.settings import RECORDS, SeriesChoice
from detente.sources import traits_of


@dataclass(frozen=True, kw_only=True)
class Dyad:
    """One dyad as the questions see it.

    Attributes
    ----------
    choice
        Which index of which source.
    pair
        The two states in alphabetical order.
    values
        The undirected series, one value a complete period.
    directed
        Acts of the first towards the second, and the reverse.
    one_sided
        The same of the acts alone of records in which one side acts; None where that is all, or
        cannot be told.
    n_acts, n_two_sided
        Acts inside the series, and those of records in which both sides act; None where that
        cannot be told.
    occurrences
        Numbers of acts by week, one column per direction, for each sign.
    tells_who_acted
        Whether the order of an event's two actors says who acted; if not, no question of
        reciprocity is asked.
    """

    choice: SeriesChoice
    pair: Pair
    values: pd.Series
    directed: tuple[pd.Series, pd.Series]
    one_sided: tuple[pd.Series, pd.Series] | None = None
    n_acts: int | None = None
    n_two_sided: int | None = None
    occurrences: Mapping[str, pd.DataFrame] | None = None
    tells_who_acted: bool = True

    @property
    def where(self) -> dict[str, Any]:
        """The columns that say which series a row is about."""
        return about(self.choice, self.pair)

    @property
    def subject(self) -> Phrase:
        """The series as it stands in a sentence."""
        return subject(self.choice, self.pair)


def subject(choice: SeriesChoice, pair: Pair) -> Phrase:
    """Name a series in a sentence, for instance ``"JPN-KOR net score a month"``."""
    words = say(
        f"series.{choice.measure}", pair="-".join(pair), period=say(f"number.{choice.freq}")
    )
    notes: list[str] = [choice.source] if choice.source != RECORDS else []
    notes += [say("series.one_a_day")] if choice.counting == "one_a_day" else []
    return say("series.noted", series=words, notes=join(notes, ", ")) if notes else words


def reads_differ(warehouse: Warehouse, chosen: Sequence[SeriesChoice]) -> bool:
    """Say whether anything that the questions read differs from the database before.

    A question that reads more than the months of the chosen series and the records needs a line of
    its own here. Series by week are not compared: they are asked about again.
    """
    if comparison.differs(
        warehouse, "from before.reported_series", "from meta.reported_series"
    ) or any(one.freq != "month" for one in chosen):
        return True
    reads = [
        (
            f"select * from before.month where source = '{source}'",  # noqa: S608
            "select * exclude (freq) from marts.dyad_value "  # noqa: S608
            f"where freq = 'month' and source = '{source}'",
        )
        for source in sorted({one.source for one in chosen})
    ]
    reads += [
        ("from before.record", "from core.record"),
        ("from before.record_event", "from core.record_event"),
        ("from before.record_start", "from meta.record_start"),
        (
            "from before.record_file",
            "select raw_file_id, label from meta.raw_file where meta.is_hand_kept(source)",
        ),
    ]
    if any(comparison.differs(warehouse, before, now) for before, now in reads):
        return True
    # Two codes may be alike on the study's scale and not on another.
    return any(
        warehouse.rows(
            "select 1 from meta.changed_cell where source = ? and actor1_iso3 is not null limit 1",
            [source],
        )
        for source in sorted({one.source for one in chosen} - {RECORDS})
    )


def has_series(warehouse: Warehouse, choice: SeriesChoice) -> bool:
    """Say whether the marts hold a complete period of the source."""
    query = f"select 1 from marts.dyad_{choice.freq} where source = ? and is_complete limit 1"  # noqa: S608
    return bool(warehouse.rows(query, [choice.source]))


def dyad(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> Dyad:
    """Read one dyad's three series."""
    return Dyad(
        choice=choice,
        pair=pair,
        values=values(warehouse, choice, "undirected", pair),
        directed=(
            values(warehouse, choice, "directed", pair),
            values(warehouse, choice, "directed", (pair[1], pair[0])),
        ),
        tells_who_acted=not traits_of(choice.source).names_sides_alone,
    )


def values(warehouse: Warehouse, choice: SeriesChoice, direction: str, pair: Pair) -> pd.Series:
    """Return one dyad's index by complete period; NaN where it is not defined.

    Tests need periods that follow one another. Where the source has gaps, the longest stretch
    without one is returned, of two as long the later; each result carries its span.

    Parameters
    ----------
    choice
        Source, counting, period and measure.
    direction
        ``"directed"`` (the first acts upon the second) or ``"undirected"``.

    Returns
    -------
    pandas.Series
        Named after the measure, over consecutive periods; empty where there is no such dyad.
    """
    frame = warehouse.frame(
        f"""
        select period_start, {choice.measure}
        from marts.dyad_{choice.freq}
        where
            source = ? and counting = ? and direction = ? and actor1_iso3 = ?
            and actor2_iso3 = ? and is_complete
        order by period_start
        """,  # noqa: S608  # period and measure are each one of a list in the settings
        [choice.source, choice.counting, direction, *pair],
    )
    return by_period(frame, choice)


def by_period(frame: pd.DataFrame, choice: SeriesChoice) -> pd.Series:
    """Turn the columns `period_start` and the measure's into a series over consecutive periods.

    Of periods with gaps between them the longest stretch is taken, of two as long the later.
    """
    periods = pd.PeriodIndex(pd.to_datetime(frame["period_start"]), freq=PANDAS_FREQ[choice.freq])
    kept = max(stretches(periods), key=lambda one: (one.stop - one.start, one.start))
    return pd.Series(
        frame[choice.measure].to_numpy(dtype=float)[kept], index=periods[kept], name=choice.measure
    )


def stretches(periods: pd.PeriodIndex) -> list[slice]:
    """Return the stretches of consecutive periods in their order; an empty one without periods.

    Parameters
    ----------
    periods
        In order, without repeats.
    """
    starts = np.flatnonzero(np.diff(periods.asi8) != 1) + 1
    return [slice(int(a), int(b)) for a, b in pairwise([0, *starts, len(periods)])]
