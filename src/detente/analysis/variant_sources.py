"""What variants are built from: the acts of the records, or the sums of a feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from detente.analysis import act_sums
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad
from detente.analysis.variant import LateKind, Variant, VariantKind
from detente.base.phrases import Phrase, join, say
from detente.database.builder import Warehouse
from detente.database.quoting import literal
from detente.indices.periods import PANDAS_FREQ
from detente.records.sidecar import Start
from detente.settings import RECORDS, SeriesChoice

# Of the dyad's points; leaving out less than this changes little.
SMALLEST_SHARE = 0.01


class RecordActs:
    """The acts of the hand-kept records, one row per act."""

    def __init__(self, warehouse: Warehouse, choice: SeriesChoice, study_scale: str) -> None:
        self.warehouse, self.choice, self.study_scale = warehouse, choice, study_scale
        self.acts = _acts(warehouse, study_scale)
        self.starts = _starts(warehouse)
        self.divisors = _divisors(warehouse, choice)

    def on_scales(self, dyad: Dyad, scales: Sequence[str]) -> dict[str, pd.Series]:
        """Return the series with the values of other scales."""
        acts = self._of(dyad)
        found: dict[str, pd.Series] = {}
        for scale in scales:
            found |= self._series(dyad, {scale: acts}, scale)
        return found

    def late(self, dyad: Dyad) -> tuple[LateKind, ...]:
        """Return the kinds that begin late and that the dyad has acts of."""
        acts = self._of(dyad)
        found = []
        for label, start in self.starts:
            mine = _is_about(acts, label, start)
            if mine.any():
                found.append(
                    LateKind(
                        start=start,
                        label=label,
                        n_acts=int(mine.sum()),
                        share=_share(acts["weight"], mine),
                    )
                )
        return tuple(found)

    def parts(self, dyad: Dyad, late: Sequence[LateKind]) -> list[Variant]:
        """Return the series without some of the acts."""
        acts = self._of(dyad)
        points = acts["weight"]
        begins_late = pd.Series(data=False, index=acts.index)
        for one in late:
            begins_late |= _is_about(acts, one.label, one.start)
        wanted: list[tuple[VariantKind, str, str, pd.Series]] = []
        for category in sorted(acts["category"].unique()):
            is_of = acts["category"] == category
            words = _without(int(is_of.sum()), str(category))
            wanted.append(("without", str(category), words, is_of))
        # The weightiest kind first.
        wanted.sort(key=lambda one: -_share(points, one[3]))
        kept = join([one.since for one in late], "; ")
        wanted = [
            ("whole_span", "", say("variant.whole_span", kinds=kept), begins_late),
            *wanted,
            ("bilateral", "", say("variant.bilateral"), ~acts["is_bilateral"]),
            ("one_sided", "", say("variant.one_sided"), ~acts["is_one_sided"]),
        ]
        wanted = [
            one for one in wanted if _share(points, one[3]) >= SMALLEST_SHARE and not one[3].all()
        ]
        series = self._series(
            dyad, {f"{kind} {name}": acts[~is_out] for kind, name, _, is_out in wanted}
        )
        return [
            Variant(
                kind=kind,
                name=name,
                words=words,
                values=series[f"{kind} {name}"],
                n_left_out=int(is_out.sum()),
                share_left_out=_share(points, is_out),
            )
            for kind, name, words, is_out in wanted
        ]

    def sides(self, dyad: Dyad) -> dict[str, Any]:
        """Return both directions of the one-sided acts, and how many acts are of both sides."""
        acts = self._of(dyad)
        alone = acts[acts["is_one_sided"]]
        n_two_sided = len(acts) - len(alone)
        directed = None
        if n_two_sided:
            one_way = {actor: alone[alone["actor1_iso3"] == actor] for actor in dyad.pair}
            series = self._series(dyad, one_way)
            directed = (series[dyad.pair[0]], series[dyad.pair[1]])
        return {"one_sided": directed, "n_acts": len(acts), "n_two_sided": n_two_sided}

    def _of(self, dyad: Dyad) -> pd.DataFrame:
        """Return the dyad's acts inside the series, counted as the series counts them."""
        acts = self.acts[self.acts["pair"] == dyad.pair]
        place = dyad.values.index.get_indexer(
            pd.PeriodIndex(pd.to_datetime(acts["event_date"]), freq=PANDAS_FREQ[dyad.choice.freq])
        )
        acts = acts[place >= 0]
        if self.choice.counting == "one_a_day":
            acts = acts.drop_duplicates(["event_date", "actor1_iso3", "cameo_code"])
        return acts

    def _series(
        self, dyad: Dyad, kept: Mapping[str, pd.DataFrame], scale: str | None = None
    ) -> dict[str, pd.Series]:
        """Return the series of some of the dyad's acts, by name."""
        names = [name for name, acts in kept.items() for _ in range(len(acts))]
        ids = [event_id for acts in kept.values() for event_id in acts["event_id"]]
        self.warehouse.execute(
            "create or replace temp table kept_act as "
            "select kept.name as source, event.* exclude (source) from core.event as event "
            "inner join (select unnest(?::varchar[]) as name, unnest(?::varchar[]) as event_id) "
            "as kept using (event_id) where event.source = ?",
            [names, ids, RECORDS],
        )
        frame = act_sums.by_period(
            self.warehouse, self.choice, scale or self.study_scale, "from kept_act"
        )
        return {
            name: _per_measure(
                _net(frame[frame["source"] == name], dyad), self.divisors.get(dyad.pair)
            )
            for name in kept
        }


class FeedSums:
    """The sums of a machine-coded source on every scale."""

    def __init__(self, warehouse: Warehouse, choice: SeriesChoice, scales: Sequence[str]) -> None:
        acts = (  # of the dyads of the study
            "select event.* from core.event as event semi join meta.study_dyad as dyad "  # noqa: S608
            "on least(event.actor1_iso3, event.actor2_iso3) = dyad.actor1_iso3 "
            "and greatest(event.actor1_iso3, event.actor2_iso3) = dyad.actor2_iso3 "
            f"where event.source = {literal(choice.source)}"
        )
        self.frames = {
            scale: act_sums.by_period(warehouse, choice, scale, acts) for scale in scales
        }
        self.divisors = _divisors(warehouse, choice)

    def on_scales(self, dyad: Dyad, scales: Sequence[str]) -> dict[str, pd.Series]:
        """Return the series with the values of other scales."""
        found = {}
        for scale in scales:
            frame = self.frames[scale]
            net = _net(frame[frame["pair"] == dyad.pair], dyad)
            found[scale] = _per_measure(net, self.divisors.get(dyad.pair))
        return found


def _net(sums: pd.DataFrame, dyad: Dyad) -> pd.Series:
    return act_sums.placed(sums["net"], sums["period_start"], dyad)


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


def _without(n: int, category: str) -> Phrase:
    kind = "one" if n == 1 else "many"
    return say(f"variant.without_{kind}", n=n, category=category.replace("_", " "))


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
        (
            label,
            Start(
                category=category,
                attributes=_as_dict(attributes),
                first_day=first_day,
                why=why,
            ),
        )
        for label, category, attributes, first_day, why in rows
    ]


def _as_dict(attributes: Mapping[str, str] | None) -> dict[str, str]:
    return dict(attributes or {})


def _acts(warehouse: Warehouse, scale: str) -> pd.DataFrame:
    """Return every act of the records: on whom, of what kind, and how many states it names.

    `weight` is the distance of its value from zero, in millionths of a point of the scale, for the
    shares of kinds.
    """
    rows = warehouse.rows(
        """
        with actors as (
            select list(distinct actor) as study
            from (select unnest([actor1_iso3, actor2_iso3]) as actor from meta.study_dyad)
        )

        select
            least(event.actor1_iso3, event.actor2_iso3) as side_a,
            greatest(event.actor1_iso3, event.actor2_iso3) as side_b,
            event.event_id,
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
            coalesce(abs(round(scale.scale_value * 1e6)), 0)::bigint as weight,
        from core.record_event as event
        inner join core.record as record using (record_id)
        inner join meta.raw_file as file on file.raw_file_id = record.raw_file_id
        cross join actors
        left join core.scale as scale
            on scale.cameo_code = event.cameo_code and scale.scale = ?
        order by event.event_date, event.event_id
        """,
        [scale],
    )
    return pd.DataFrame(
        [((a, b), *rest[:6], _as_dict(rest[6]), *rest[7:]) for a, b, *rest in rows],
        columns=[
            "pair", "event_id", "event_date", "actor1_iso3", "cameo_code", "category", "label",
            "attributes", "is_bilateral", "is_one_sided", "weight",
        ],
    ).astype({"is_bilateral": bool, "is_one_sided": bool})  # fmt: skip


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
