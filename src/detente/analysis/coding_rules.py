"""The records counted by other rules of coding, and what that does to the main numbers.

The rules are those that the study names in `[[records.alternative]]`, and those that no study need
name: what was taken is given back once, or up to its value; a measure in force is not counted
again; an act of many is shared among its pairs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from detente.analysis import act_sums
from detente.analysis.levels import SPAN
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad
from detente.analysis.variants import Variant, Variants
from detente.base.phrases import say
from detente.database.builder import Warehouse
from detente.records.parsing import ParsedFile, Record
from detente.records.recoding import recode
from detente.settings import RECORDS, Records, SeriesChoice
from detente.statistics.level.fit import fit
from detente.statistics.level.model import Sums
from detente.statistics.level.nodes import MANY
from detente.statistics.level.summary import smoothed_summary
from detente.statistics.samples import FloatArray

_COLUMNS = ["event_date", "actor1_iso3", "actor2_iso3", "cameo_code", "share"]
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
        ``share``, what part of its points an act counts for.
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
    rules = [Rule(name=_AS_CODED, acts=_acts(every)), *_rules(every, records, points)]
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
    file = ParsedFile(tuple(every), (), (), ())
    by_name: dict[str, list[object]] = {}
    for table in chosen.alternative:
        by_name.setdefault(table.name, []).append(table)
    for name, tables in by_name.items():
        yield Rule(name=name, acts=_by(file, Records.model_construct(recode=tuple(tables))))
    if not chosen.restored_once:
        once = Records.model_construct(restored_once=True)
        yield Rule(name=say("rule.once"), acts=_by(file, once))
        yield Rule(name=say("rule.capped"), acts=_capped(every, points))
    if not chosen.announced_once:
        once = Records.model_construct(announced_once=True)
        yield Rule(name=say("rule.announced"), acts=_by(file, once))
    yield Rule(name=say("rule.shared"), acts=_shared(every))


def _by(file: ParsedFile, rules: Records) -> pd.DataFrame:
    (recoded,) = recode([file], rules)
    return _acts(recoded.records)


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


def _acts(every: Sequence[Record], shares: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Return the acts of records, once per ordered pair and once more where they are returned."""
    acts = []
    for record in every:
        share = 1.0 if shares is None else shares.get(record.record_id, 1.0)
        for actor, target in {(a, b) for a in record.actor1 for b in record.actor2 if a != b}:
            acts.append((record.event_date, actor, target, record.cameo_code, share))
            if record.reverse_cameo_code is not None:
                acts.append((record.event_date, target, actor, record.reverse_cameo_code, share))
    return pd.DataFrame(acts, columns=_COLUMNS)


def _shared(every: Sequence[Record]) -> pd.DataFrame:
    """Divide an act of many by the number of pairs that its occasion has."""
    by_id = {record.record_id: record for record in every}
    shares = {}
    for record in every:
        # The guests of a meeting of three have a record of their own; the host is in the other.
        occasion = by_id.get(record.attributes.get("occurrence_id", ""), record)
        n = len({*record.actor1, *record.actor2, *occasion.actor1, *occasion.actor2})
        shares[record.record_id] = 2.0 / (n * (n - 1)) if n > 2 else 1.0
    return _acts(every, shares)


def _capped(every: Sequence[Record], points: Mapping[str, float]) -> pd.DataFrame:
    """Let steps that take a measure back add up to no more than the measure took."""
    left = {
        record.record_id: sum(
            abs(min(points.get(code, 0.0), 0.0))
            for code in (record.cameo_code, record.reverse_cameo_code)
            if code is not None
        )
        for record in every
    }
    shares: dict[str, float] = {}
    for record in sorted(every, key=lambda one: (one.event_date, one.record_id)):
        named = [name for name in record.attributes.get("restores", "").split(";") if name in left]
        given = sum(
            max(points.get(code, 0.0), 0.0)
            for code in (record.cameo_code, record.reverse_cameo_code)
            if code is not None
        )
        if not named or given <= 0.0:
            continue
        due = given
        for name in named:
            taken = min(due, left[name])
            left[name] -= taken
            due -= taken
        shares[record.record_id] = (given - due) / given
    return _acts(every, shares)


def _points(warehouse: Warehouse) -> dict[str, float]:
    rows = warehouse.rows(
        "select cameo_code, scale_value::double, weighting from core.scale as scale "
        "inner join meta.study as study on study.scale = scale.scale "
        "where scale_value is not null"
    )
    # A record counts as mentioned once.
    return {
        code: value * (math.log(2.0) if weighting == "log_mentions" else 1.0)
        for code, value, weighting in rows
    }


def _sums(
    warehouse: Warehouse, choice: SeriesChoice, rules: Sequence[Rule], dyads: Sequence[Dyad]
) -> dict[tuple[str, Pair], pd.DataFrame]:
    """Add the points of cooperation and of conflict up by period, by rule and pair.

    Acts of one rule and one share are a series of their own (`marts.day_sums` sums apart what the
    acts call their source), so that every rule is one question to the database.
    """
    acts = pd.concat([rule.acts.assign(rule=rule.name) for rule in rules], ignore_index=True)
    if choice.counting == "one_a_day":
        key = ["rule", "event_date", "actor1_iso3", "actor2_iso3", "cameo_code"]
        acts = acts.sort_values("share", ascending=False, kind="stable").drop_duplicates(key)
    series = acts.groupby(["rule", "share"], sort=True).ngroup()
    warehouse.execute("create or replace temp table ruled_act as from core.record_event limit 0")
    chosen = ["event_date", "actor1_iso3", "actor2_iso3", "cameo_code"]
    warehouse.insert(
        "ruled_act",
        ["source", "is_official", *chosen],
        [
            (str(name), True, *act)
            for name, act in zip(
                series, acts[chosen].itertuples(index=False, name=None), strict=True
            )
        ],
    )
    found = act_sums.by_period(warehouse, choice, act_sums.study_scale(warehouse), "from ruled_act")
    told = acts.assign(source=series.astype(str))[["source", "rule", "share"]].drop_duplicates()
    found = found.merge(told, on="source")
    by_series = dict(iter(found.groupby(["rule", "pair"])))
    return {
        (rule.name, one.pair): _shared_out(by_series.get((rule.name, one.pair), found[:0]), one)
        for rule in rules
        for one in dyads
    }


def _shared_out(sums: pd.DataFrame, dyad: Dyad) -> pd.DataFrame:
    """Return the points that a dyad's acts count for, by period."""
    shared = (
        pd.DataFrame({sign: sums[sign] * sums["share"] for sign in _SIGNS}, dtype=float)
        .groupby(sums["period_start"])
        .sum()
        .reset_index()
    )
    return pd.DataFrame(
        {sign: act_sums.placed(shared[sign], shared["period_start"], dyad) for sign in _SIGNS}
    )


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
