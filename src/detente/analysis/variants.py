"""The same series built otherwise: on another scale, without a kind of record, of two states alone.

What a break hangs on shows when it is sought again in these. They are read once for all dyads.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from detente.analysis.rows import Pair
from detente.analysis.series import PANDAS_FREQ, Dyad, values
from detente.database.builder import Warehouse
from detente.records.parsing import Start
from detente.settings import RECORDS, SeriesChoice

VariantKind = Literal[
    "scale", "counting", "trimming", "without", "bilateral", "one_sided", "whole_span", "rule"
]
# What the variants can be built of: sums of the values of acts.
MEASURES = ("net", "net_per_1k")
# Of the dyad's points; leaving out less than this changes little.
SMALLEST_SHARE = 0.01
# The usual least share of the periods that a regime holds (Andrews 1993).
_USUAL_TRIMMING = 0.15
_MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One other way to build, or to search, a dyad's series.

    Attributes
    ----------
    kind, name
        What is done otherwise, and to what: ``"without"`` and ``"military_exercise"``.
    words
        The same in words that end a sentence.
    values
        The series.
    n_left_out, share_left_out
        Acts that are left out, and their share of the dyad's points of cooperation and conflict;
        None where none is.
    trimming
        Least share of the periods in a regime; None for that of the settings.
    level_change
        Points a month by which the level changed; None where it was not estimated.
    """

    kind: VariantKind
    name: str
    words: str
    values: pd.Series
    n_left_out: int | None = None
    share_left_out: float | None = None
    trimming: float | None = None
    level_change: float | None = None


@dataclass(frozen=True, kw_only=True)
class LateKind:
    """A kind of record that is kept only from some day on, and what a dyad has of it.

    Attributes
    ----------
    start
        As the sidecar declares it.
    label
        Of the file.
    n_acts
        Acts of the kind on the dyad.
    share
        Their share of the dyad's points of cooperation and conflict.
    """

    start: Start
    label: str
    n_acts: int
    share: float

    @property
    def words(self) -> str:
        """The kind, the day and the reason, in words."""
        return f"{self.since} ({self.start.why})"

    @property
    def since(self) -> str:
        """The kind and the day, in words."""
        return f"{_name(self.start)}, kept from {self.start.first_day} on"


@dataclass(frozen=True, kw_only=True)
class Variants:
    """Everything that is built otherwise of one dyad.

    Attributes
    ----------
    variants
        The undirected series.
    late
        Kinds of records that begin late.
    one_sided, n_acts, n_two_sided
        See :class:`detente.analysis.series.Dyad`.
    level_change
        Of the series as it is, over the months that every rule of coding is asked about.
    """

    variants: tuple[Variant, ...] = ()
    late: tuple[LateKind, ...] = ()
    one_sided: tuple[pd.Series, pd.Series] | None = None
    n_acts: int | None = None
    n_two_sided: int | None = None
    level_change: float | None = None


def variants(
    warehouse: Warehouse, dyads: Sequence[Dyad], choice: SeriesChoice, trimming: float
) -> dict[Pair, Variants]:
    """Build the other series of every dyad.

    Machine-coded events act one way and name two actors, and their feed has no kinds that begin
    late, so of them only scale, counting and trimming are varied.
    """
    if choice.measure not in MEASURES:
        return {one.pair: Variants() for one in dyads}
    study = warehouse.rows("select scale, weighting from meta.study")[0]
    others = [
        scale
        for (scale,) in warehouse.rows("select scale from meta.scale order by scale")
        if scale != study[0]
    ]
    if choice.source == RECORDS:
        weight = math.log(2.0) if study[1] == "log_mentions" else 1.0
        source: _Records | _Feed = _Records(warehouse, choice, weight)
    else:
        source = _Feed(warehouse, choice)
    found = {}
    for one in dyads:
        late: tuple[LateKind, ...] = ()
        parts: list[Variant] = []
        if isinstance(source, _Records) and not one.values.empty:
            late = source.late(one, study[0])
            parts = list(source.parts(one, study[0], late))
        every = [
            *parts,
            _counted_otherwise(warehouse, one),
            *(
                Variant(
                    kind="scale",
                    name=scale,
                    words=f"on the scale {scale}",
                    values=source.on_scale(one, scale),
                )
                for scale in others
            ),
            *_searched_otherwise(one, trimming),
        ]
        found[one.pair] = Variants(variants=tuple(every), late=late)
        if isinstance(source, _Records) and not one.values.empty:
            found[one.pair] = replace(found[one.pair], **source.sides(one, study[0]))
    return found


def _counted_otherwise(warehouse: Warehouse, dyad: Dyad) -> Variant:
    other = "all" if dyad.choice.counting == "one_a_day" else "one_a_day"
    choice = dyad.choice.model_copy(update={"counting": other})
    return Variant(
        kind="counting",
        name=other,
        words="with every act counted" if other == "all" else "with like acts counted once a day",
        values=values(warehouse, choice, "undirected", dyad.pair),
    )


def _searched_otherwise(dyad: Dyad, trimming: float) -> Iterator[Variant]:
    if trimming != _USUAL_TRIMMING:
        yield Variant(
            kind="trimming",
            name=f"{_USUAL_TRIMMING:g}",
            words=f"with the usual trimming of {_USUAL_TRIMMING:g}",
            values=dyad.values,
            trimming=_USUAL_TRIMMING,
        )


class _Records:
    """The acts of the hand-kept records, one row an act."""

    def __init__(self, warehouse: Warehouse, choice: SeriesChoice, weight: float) -> None:
        self.choice, self.weight = choice, weight
        self.acts = _acts(warehouse)
        rows = warehouse.rows(
            "select scale, cameo_code, scale_value from core.scale where scale_value is not null"
        )
        self.points: dict[str, dict[str, int]] = {}
        for scale, code, value in rows:
            self.points.setdefault(scale, {})[code] = round(value * _MILLION)
        self.starts = _starts(warehouse)
        self.divisors = _divisors(warehouse, choice)

    def on_scale(self, dyad: Dyad, scale: str) -> pd.Series:
        """Return the series with the values of another scale."""
        return self._series(dyad, self._of(dyad), scale)

    def late(self, dyad: Dyad, scale: str) -> tuple[LateKind, ...]:
        """Return the kinds that begin late and that the dyad has acts of."""
        acts = self._of(dyad)
        points = self._absolute(acts, scale)
        found = []
        for label, start in self.starts:
            mine = _is_about(acts, label, start)
            if mine.any():
                found.append(
                    LateKind(
                        start=start,
                        label=label,
                        n_acts=int(mine.sum()),
                        share=_share(points, mine),
                    )
                )
        return tuple(found)

    def parts(self, dyad: Dyad, scale: str, late: Sequence[LateKind]) -> Iterator[Variant]:
        """Yield the series without some of the acts."""
        acts = self._of(dyad)
        points = self._absolute(acts, scale)
        begins_late = pd.Series(data=False, index=acts.index)
        for one in late:
            begins_late |= _is_about(acts, one.label, one.start)
        wanted: list[tuple[VariantKind, str, str, pd.Series]] = []
        for category in sorted(acts["category"].unique()):
            is_of = acts["category"] == category
            words = f"without {_acts_of(int(is_of.sum()), str(category))}"
            wanted.append(("without", str(category), words, is_of))
        # The weightiest kind first.
        wanted.sort(key=lambda one: -_share(points, one[3]))
        kept = "; ".join(one.since for one in late)
        wanted = [
            ("whole_span", "", f"without the acts of kinds that begin late ({kept})", begins_late),
            *wanted,
            ("bilateral", "", "with the records of these two states alone", ~acts["is_bilateral"]),
            ("one_sided", "", "with one-sided acts alone", ~acts["is_one_sided"]),
        ]
        for kind, name, words, is_left_out in wanted:
            share = _share(points, is_left_out)
            if share < SMALLEST_SHARE or is_left_out.all():
                continue
            yield Variant(
                kind=kind,
                name=name,
                words=words,
                values=self._series(dyad, acts[~is_left_out], scale),
                n_left_out=int(is_left_out.sum()),
                share_left_out=share,
            )

    def sides(self, dyad: Dyad, scale: str) -> dict[str, Any]:
        """Return both directions of the one-sided acts, and how many acts are of both sides."""
        acts = self._of(dyad)
        alone = acts[acts["is_one_sided"]]
        first, second = dyad.pair
        directed = (
            self._series(dyad, alone[alone["actor1_iso3"] == first], scale),
            self._series(dyad, alone[alone["actor1_iso3"] == second], scale),
        )
        n_two_sided = len(acts) - len(alone)
        return {
            "one_sided": directed if n_two_sided else None,
            "n_acts": len(acts),
            "n_two_sided": n_two_sided,
        }

    def _of(self, dyad: Dyad) -> pd.DataFrame:
        """Return the dyad's acts inside the series, counted as the series counts them."""
        acts = self.acts[self.acts["pair"] == dyad.pair]
        place = dyad.values.index.get_indexer(
            pd.PeriodIndex(pd.to_datetime(acts["event_date"]), freq=PANDAS_FREQ[dyad.choice.freq])
        )
        acts = acts.assign(place=place)[place >= 0]
        if self.choice.counting == "one_a_day":
            acts = acts.drop_duplicates(["event_date", "actor1_iso3", "cameo_code"])
        return acts

    def _absolute(self, acts: pd.DataFrame, scale: str) -> pd.Series:
        return acts["cameo_code"].map(self.points[scale]).fillna(0).astype("int64").abs()

    def _series(self, dyad: Dyad, acts: pd.DataFrame, scale: str) -> pd.Series:
        # In whole millionths, so that no sum depends on its order.
        sums = np.zeros(len(dyad.values), dtype=np.int64)
        points = acts["cameo_code"].map(self.points[scale]).fillna(0).astype("int64")
        np.add.at(sums, acts["place"].to_numpy(), points.to_numpy())
        net = pd.Series(sums / _MILLION * self.weight, index=dyad.values.index, name="net")
        return _per_measure(net, self.divisors.get(dyad.pair))


class _Feed:
    """The sums of a machine-coded source on every scale."""

    def __init__(self, warehouse: Warehouse, choice: SeriesChoice) -> None:
        self.frame = _sums_by_scale(warehouse, choice)
        self.divisors = _divisors(warehouse, choice)

    def on_scale(self, dyad: Dyad, scale: str) -> pd.Series:
        """Return the series with the values of another scale."""
        mine = self.frame[(self.frame["scale"] == scale) & (self.frame["pair"] == dyad.pair)]
        periods = pd.PeriodIndex(
            pd.to_datetime(mine["period_start"]), freq=PANDAS_FREQ[dyad.choice.freq]
        )
        net = pd.Series(mine["net"].to_numpy(dtype=float), index=periods, name="net")
        return _per_measure(
            net.reindex(dyad.values.index, fill_value=0.0), self.divisors.get(dyad.pair)
        )


def _per_measure(net: pd.Series, divisor: pd.Series | None) -> pd.Series:
    """Turn net scores into the measure; a period without any event of the source has no value."""
    if divisor is None:
        return net
    per = divisor.reindex(net.index)
    return (1000.0 * net / per.where(per > 0)).rename("net_per_1k")


def _share(points: pd.Series, chosen: pd.Series) -> float:
    total = int(points.sum())
    return int(points[chosen].sum()) / total if total else 0.0


def _is_about(acts: pd.DataFrame, label: str, start: Start) -> pd.Series:
    """Mark the acts of the kind that a start is about."""
    mine = (acts["label"] == label) & (acts["category"] == start.category)
    for name, value in start.attributes.items():
        mine &= acts["attributes"].map(lambda own, name=name: own.get(name)) == value
    return mine


def _acts_of(n: int, category: str) -> str:
    return f"the {n} act{'s' if n > 1 else ''} of {category.replace('_', ' ')}"


def _name(start: Start) -> str:
    """Name a kind in a sentence: its category, or the values of its columns."""
    return ", ".join(start.attributes.values() or [start.category]).replace("_", " ")


def _starts(warehouse: Warehouse) -> list[tuple[str, Start]]:
    rows = warehouse.rows(
        """
        select file.label, start.category, start.attributes, start.first_day, start.why
        from meta.record_start as start
        inner join meta.raw_file as file using (raw_file_id)
        order by start.first_day, start.raw_file_id, start.category, start.attributes::varchar
        """
    )
    return [
        (label, Start(category, _as_dict(attributes), first_day, why))
        for label, category, attributes, first_day, why in rows
    ]


def _as_dict(attributes: Mapping[str, str] | None) -> dict[str, str]:
    return dict(attributes or {})


def _acts(warehouse: Warehouse) -> pd.DataFrame:
    """Return every act of the records: on whom, of what kind, and how many states it names."""
    rows = warehouse.rows(
        """
        with actors as (
            select list(distinct actor) as study
            from (select unnest([actor1_iso3, actor2_iso3]) as actor from meta.study_dyad)
        )

        select
            least(event.actor1_iso3, event.actor2_iso3) as side_a,
            greatest(event.actor1_iso3, event.actor2_iso3) as side_b,
            event.event_date,
            event.actor1_iso3,
            event.cameo_code,
            record.category,
            file.label,
            record.attributes,
            len(list_intersect(
                list_distinct(list_concat(record.actor1, record.actor2)), actors.study
            )) = 2 as is_bilateral,
            count(distinct event.actor1_iso3) over (
                partition by event.record_id, side_a, side_b
            ) = 1 as is_one_sided,
        from core.record_event as event
        inner join core.record as record using (record_id)
        inner join meta.raw_file as file on file.raw_file_id = record.raw_file_id
        cross join actors
        order by event.event_date, event.event_id
        """
    )
    return pd.DataFrame(
        [((a, b), *rest[:5], _as_dict(rest[5]), *rest[6:]) for a, b, *rest in rows],
        columns=[
            "pair", "event_date", "actor1_iso3", "cameo_code", "category", "label", "attributes",
            "is_bilateral", "is_one_sided",
        ],
    ).astype({"is_bilateral": bool, "is_one_sided": bool})  # fmt: skip


def _sums_by_scale(warehouse: Warehouse, choice: SeriesChoice) -> pd.DataFrame:
    """Return the net score of a machine-coded source by scale, dyad and period."""
    officials, weighting = warehouse.rows("select officials, weighting from meta.study")[0]
    weight = "ln(1 + coalesce(event.n_mentions, 1))" if weighting == "log_mentions" else "1"
    many = "max" if choice.counting == "one_a_day" else "sum"
    rows = warehouse.rows(
        f"""
        with cells as (
            select
                event.actor1_iso3, event.actor2_iso3, event.event_date, event.cameo_code,
                {many}(round({weight} * 1e6)::hugeint) as weight,
            from core.event as event
            where event.source = ? and (? = 'all' or event.is_official)
            group by all
        )

        select
            scale.scale,
            dyad.actor1_iso3,
            dyad.actor2_iso3,
            date_trunc(?, cells.event_date)::date as period_start,
            sum(cells.weight * round(scale.scale_value * 1e6)::hugeint)::double / 1e12 as net,
        from cells
        inner join meta.study_dyad as dyad
            on least(cells.actor1_iso3, cells.actor2_iso3) = dyad.actor1_iso3
            and greatest(cells.actor1_iso3, cells.actor2_iso3) = dyad.actor2_iso3
        inner join core.scale as scale using (cameo_code)
        group by all
        order by all
        """,  # noqa: S608  # parts of the statement are named above
        [choice.source, officials, choice.freq],
    )
    return pd.DataFrame(
        [(scale, (a, b), start, net) for scale, a, b, start, net in rows],
        columns=["scale", "pair", "period_start", "net"],
    )


def _divisors(warehouse: Warehouse, choice: SeriesChoice) -> dict[Pair, pd.Series]:
    """Return how many events the source reported in each period; empty where nothing is divided."""
    if choice.measure != "net_per_1k":
        return {}
    frame = warehouse.frame(
        f"""
        select actor1_iso3, actor2_iso3, period_start, n_source_events
        from marts.dyad_{choice.freq}
        where source = ? and counting = ? and direction = 'undirected' and is_complete
        order by period_start
        """,  # noqa: S608  # the period is one of a list in the settings
        [choice.source, choice.counting],
    )
    return {
        (str(a), str(b)): pd.Series(
            rows["n_source_events"].to_numpy(dtype=float),
            index=pd.PeriodIndex(
                pd.to_datetime(rows["period_start"]), freq=PANDAS_FREQ[choice.freq]
            ),
        )
        for (a, b), rows in frame.groupby(["actor1_iso3", "actor2_iso3"], sort=True)
    }
