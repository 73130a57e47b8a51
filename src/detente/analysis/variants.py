"""The same series built otherwise: on another scale, without a kind of record, of two states alone.

What a break depends on shows when it is sought again in these. They are read once for all dyads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from detente.analysis import act_sums
from detente.analysis.rows import Pair
from detente.analysis.series import Dyad, values
from detente.analysis.variant import LateKind, Variant, Variants, scale_name
from detente.analysis.variant_sources import FeedSums, RecordActs
from detente.base.phrases import say
from detente.database.builder import Warehouse
from detente.settings import RECORDS, SeriesChoice

# What the variants can be built of: sums of the values of acts.
MEASURES = ("net", "net_per_1k")
# The usual least share of the periods that a regime holds (Andrews 1993).
_USUAL_TRIMMING = 0.15


def variants(
    warehouse: Warehouse, dyads: Sequence[Dyad], choice: SeriesChoice, trimming: float
) -> dict[Pair, Variants]:
    """Build the other series of every dyad.

    Machine-coded events act one way and name two actors, and their feed has no kinds that begin
    late, so of them only scale, counting and trimming are varied.
    """
    if choice.measure not in MEASURES:
        return {one.pair: Variants() for one in dyads}
    study_scale = act_sums.study_scale(warehouse)
    others = [
        str(scale)
        for (scale,) in warehouse.rows("select scale from meta.scale order by scale")
        if scale != study_scale
    ]
    source: RecordActs | FeedSums = (
        RecordActs(warehouse, choice, study_scale)
        if choice.source == RECORDS
        else FeedSums(warehouse, choice, others)
    )
    found = {}
    for one in dyads:
        late: tuple[LateKind, ...] = ()
        parts: list[Variant] = []
        if isinstance(source, RecordActs) and not one.values.empty:
            late = source.late(one)
            parts = source.parts(one, late)
        every = [
            *parts,
            _counted_otherwise(warehouse, one),
            *(
                Variant(
                    kind="scale",
                    name=scale,
                    words=say("variant.scale", scale=scale_name(scale)),
                    values=values_,
                )
                for scale, values_ in source.on_scales(one, others).items()
            ),
            *_searched_otherwise(one, trimming),
        ]
        found[one.pair] = Variants(variants=tuple(every), late=late)
        if isinstance(source, RecordActs) and not one.values.empty:
            found[one.pair] = replace(found[one.pair], **source.sides(one))
    return found


def _counted_otherwise(warehouse: Warehouse, dyad: Dyad) -> Variant:
    other = "all" if dyad.choice.counting == "one_a_day" else "one_a_day"
    choice = dyad.choice.model_copy(update={"counting": other})
    return Variant(
        kind="counting",
        name=other,
        words=say(f"variant.{other}"),
        values=values(warehouse, choice, "undirected", dyad.pair),
    )


def _searched_otherwise(dyad: Dyad, trimming: float) -> Iterator[Variant]:
    if trimming != _USUAL_TRIMMING:
        yield Variant(
            kind="trimming",
            name=f"{_USUAL_TRIMMING:g}",
            words=say("variant.trimming", share=f"{_USUAL_TRIMMING:g}"),
            values=dyad.values,
            trimming=_USUAL_TRIMMING,
        )
