"""The records counted by other rules of coding, and what that does to the main numbers.

The rules are those that the study names in `[[records.alternative]]`, and those that no study need
name: what was taken is given back up to its value, once, or step by step in full; a measure in
force is not counted again; an act of many is shared among its pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
import pandas as pd

from detente.analysis import act_sums
from detente.analysis.levels import SPAN
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad
from detente.analysis.variant import Variant, Variants
from detente.base.phrases import say
from detente.database.builder import Warehouse
from detente.records.recoding import recode
from detente.records.record import ParsedFile, Record
from detente.records.restoring import Act, acts, shares
from detente.settings import RECORDS, Recode, Records, SeriesChoice, TakingBack
from detente.statistics.level.fit import fit
from detente.statistics.level.model import Sums
from detente.statistics.level.nodes import MANY
from detente.statistics.level.summary import smoothed_summary
from detente.statistics.samples import FloatArray

_COLUMNS = ["event_date", "actor1_iso3", "actor2_iso3", "cameo_code", "counted_share"]
_SIGNS = ("cooperation", "conflict")
_AS_CODED = ""
_TINY = 1e-9


@dataclass(frozen=True, kw_only=True)
class Rule:
    """The acts of the records by one rule of coding.

    Attributes
    ----------
    name
        Of the rule.
    acts
        Columns ``event_date``, ``actor1_iso3`` (who acts), ``actor2_iso3``, ``cameo_code`` and
        ``counted_share``, what part of its points an act counts for.
    """

    name: str
    acts: pd.DataFrame


def with_rules(
    warehouse: Warehouse,
    dyads: Sequence[Dyad],
    choice: SeriesChoice,
    found: Mapping[Pair, Variants],
    records: Records,
    power: float | None,
) -> dict[Pair, Variants]:
    """Add to each dyad's variants the series that other rules of coding make.

    Parameters
    ----------
    found
        What is built otherwise already.
    records
        The section of the settings that names the rules.
    power
        Of the level; None where none was estimated.
    """
    asked = [one for one in dyads if not one.values.empty]
    if choice.source != RECORDS or choice.measure != "net" or choice.freq != "month" or not asked:
        return dict(found)
    points = _points(warehouse)
    every = _records(warehouse)
    rules = [
        Rule(name=_AS_CODED, acts=_by(every, records, points)),
        *_rules(every, records, points),
    ]
    by_rule = _sums(warehouse, choice, rules, asked)
    built: list[tuple[Pair, str, pd.DataFrame]] = []
    for rule in rules:
        for one in asked:
            own, as_coded = by_rule[rule.name, one.pair], by_rule[_AS_CODED, one.pair]
            if rule.name == _AS_CODED or (own - as_coded).abs().to_numpy().max() > _TINY:
                built.append((one.pair, rule.name, own))
    changes = _level_changes(warehouse, choice, built, power)
    added: dict[Pair, list[Variant]] = {}
    for (pair, name, sums), change in zip(built, changes, strict=True):
        values = (sums["cooperation"] - sums["conflict"]).rename("net")
        added.setdefault(pair, []).append(
            Variant(
                kind="rule",
                name=name,
                words=say("variant.rule", name=name),
                values=values,
                level_change=change,
            )
        )
    return {
        pair: replace(
            one,
            variants=(*one.variants, *added.get(pair, [])[1:]),
            level_change=added[pair][0].level_change if pair in added else None,
        )
        for pair, one in found.items()
    }


def _rules(every: Sequence[Record], chosen: Records, points: Mapping[str, float]) -> Iterator[Rule]:
    """Yield the acts by each rule that could be another."""
    by_name: dict[str, list[Recode]] = {}
    for table in chosen.alternative:
        by_name.setdefault(table.name, []).append(table)
    for name, tables in by_name.items():
        yield Rule(name=name, acts=_by(every, chosen, points, recode=tuple(tables)))
    for way in get_args(TakingBack):
        if way != chosen.taking_back:
            yield Rule(name=say(f"rule.{way}"), acts=_by(every, chosen, points, taking_back=way))
    if not chosen.announced_once:
        acts = _by(every, chosen, points, announced_once=True)
        yield Rule(name=say("rule.announced"), acts=acts)
    yield Rule(name=say("rule.shared"), acts=_shared(every, chosen, points))


def _by(
    every: Sequence[Record], chosen: Records, points: Mapping[str, float], **other: object
) -> pd.DataFrame:
    """Return the acts by the rules that the study chose, and another one in addition.

    The study's own tables and `announced_once` are applied to the records of the database already.
    """
    rules = Records().model_copy(update={"taking_back": chosen.taking_back, **other})
    (recoded,) = recode([ParsedFile(tuple(every), (), (), ())], rules)
    return _acts(recoded.records, shares(recoded.records, points, rules.taking_back))


# Of core.record, named as in a Record.
_TOLD = (
    "raw_row", "record_id", "event_date", "end_date", "cameo_code", "reverse_cameo_code",
    "category", "title", "source_name", "source_url", "rule",
)  # fmt: skip


def _records(warehouse: Warehouse) -> list[Record]:
    rows = warehouse.rows(
        f"""
        select {", ".join(_TOLD)}, actor1, actor2, attributes
        from core.record
        cross join meta.study as study
        where event_date <= study.as_of
        order by record_id
        """  # noqa: S608
    )
    return [
        Record(
            **dict(zip(_TOLD, row, strict=True)),
            actor1=tuple(actor1),
            actor2=tuple(actor2),
            attributes=dict(attributes or {}),
            raw_text="",
        )
        for *row, actor1, actor2, attributes in rows
    ]


def _acts(every: Sequence[Record], counted: Mapping[Act, float]) -> pd.DataFrame:
    """Return the acts of records, and for what part of its points each counts."""
    return pd.DataFrame(
        [
            (record.event_date, *act, counted.get((record.record_id, *act[:2]), 1.0))
            for record in every
            for act in acts(record)
        ],
        columns=_COLUMNS,
    )


def _shared(every: Sequence[Record], chosen: Records, points: Mapping[str, float]) -> pd.DataFrame:
    """Divide an act of many by the number of pairs that its occasion has."""
    counted = shares(every, points, chosen.taking_back)
    by_id = {record.record_id: record for record in every}
    for record in every:
        # The guests of a meeting of three have a record of their own; the host is in the other.
        occasion = by_id.get(record.attributes.get("occurrence_id", ""), record)
        n = len({*record.actor1, *record.actor2, *occasion.actor1, *occasion.actor2})
        if n > 2:
            for actor, target, _ in acts(record):
                act = (record.record_id, actor, target)
                counted[act] = counted.get(act, 1.0) * 2.0 / (n * (n - 1))
    return _acts(every, counted)


def _points(warehouse: Warehouse) -> dict[str, float]:
    rows = warehouse.rows(
        "select cameo_code, scale_value::double from core.scale as scale "
        "inner join meta.study as study on study.scale = scale.scale "
        "where scale_value is not null"
    )
    return dict(rows)


def _sums(
    warehouse: Warehouse, choice: SeriesChoice, rules: Sequence[Rule], dyads: Sequence[Dyad]
) -> dict[tuple[str, Pair], pd.DataFrame]:
    """Add the points of cooperation and of conflict up by period, by rule and pair.

    `marts.day_sums` sums apart what the acts call their source, so that every rule is one question
    to the database.
    """
    every = pd.concat([rule.acts.assign(rule=rule.name) for rule in rules], ignore_index=True)
    warehouse.execute("create or replace temp table ruled_act as from core.record_event limit 0")
    warehouse.insert(
        "ruled_act",
        ["is_official", "source", *_COLUMNS],
        [(True, *act) for act in every[["rule", *_COLUMNS]].itertuples(index=False, name=None)],
    )
    found = act_sums.by_period(warehouse, choice, act_sums.study_scale(warehouse), "from ruled_act")
    by_rule = dict(iter(found.groupby(["source", "pair"])))
    return {
        (rule.name, one.pair): pd.DataFrame(
            {
                sign: act_sums.placed(sums[sign].astype(float), sums["period_start"], one)
                for sign in _SIGNS
            }
        )
        for rule in rules
        for one in dyads
        for sums in [by_rule.get((rule.name, one.pair), found[:0])]
    }


def _level_changes(
    warehouse: Warehouse,
    choice: SeriesChoice,
    built: Sequence[tuple[Pair, str, pd.DataFrame]],
    power: float | None,
) -> list[float | None]:
    """Return by how much the level changed, over the months of the dyad's largest change.

    Where the level of a dyad has no clear change, over the last months that one is looked for in.
    """
    months = {pair: _months_of_change(warehouse, choice, pair) for pair, _, _ in built}
    if power is None or any(len(sums) <= SPAN for _, _, sums in built):
        return [None] * len(built)
    spans = {len(sums) for _, _, sums in built}
    if len(spans) > 1:
        return [None] * len(built)
    level = _levels(built, power)
    changes: list[float | None] = []
    for place, (pair, _, sums) in enumerate(built):
        chosen = months[pair]
        first, last = (
            sums.index.get_indexer(pd.PeriodIndex(chosen, freq="M"))
            if chosen
            else (len(sums) - 1 - SPAN, len(sums) - 1)
        )
        outside = min(first, last) < 0
        changes.append(None if outside else float(level[last, place] - level[first, place]))
    return changes


def _levels(built: Sequence[tuple[Pair, str, pd.DataFrame]], power: float) -> FloatArray:
    fits = []
    for sign in _SIGNS:
        y = np.stack([sums[sign].to_numpy() for _, _, sums in built])[:, None]
        positive = y[y > 0]
        unit = float(np.median(positive)) if len(positive) else 1.0
        fits.append(fit(Sums(y, np.zeros_like(y), unit), power, grid=MANY))
    return np.asarray(smoothed_summary(fits[0], fits[1]).level[2])


def _months_of_change(warehouse: Warehouse, choice: SeriesChoice, pair: Pair) -> list[pd.Timestamp]:
    rows = warehouse.rows(
        "select first_month, last_month from stats.level_change "
        "where source = ? and counting = ? and actor1_iso3 = ? and actor2_iso3 = ? "
        "order by abs(level_after - level_before) desc, first_month limit 1",
        [choice.source, choice.counting, *pair],
    )
    return [pd.Timestamp(day) for day in rows[0]] if rows else []
