"""The questions as tasks that know no database, so that they can run side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from detente.analysis import coding_rules, levels, occurrences
from detente.analysis.diagnostics import diagnostic_rows
from detente.analysis.effects import effect_rows, panel_rows
from detente.analysis.event_kinds import Kind, kinds, labels
from detente.analysis.reciprocity import reciprocity_rows
from detente.analysis.robustness import breaks_and_robustness
from detente.analysis.rows import Rows
from detente.analysis.series import Dyad, dyad
from detente.analysis.triads import triad_of, triad_rows
from detente.analysis.variant import Variants
from detente.analysis.variants import variants
from detente.database.builder import Warehouse
from detente.settings import Inference, SeriesChoice, Settings

Task = Callable[[], Rows]

# What is asked of each dyad's series beside its breaks, and of each kind of records and dyad.
OF_A_DYAD: tuple[Callable[[Dyad, Inference], Rows], ...] = (
    diagnostic_rows,
    reciprocity_rows,
    occurrences.occurrence_rows,
)
OF_A_KIND: tuple[Callable[[Dyad, Kind, Inference], Rows], ...] = (effect_rows,)


def tasks(warehouse: Warehouse, settings: Settings, choice: SeriesChoice) -> list[Task]:
    """Read everything that is asked of one series, one task a dyad, triad, or kind of records."""
    chosen = settings.inference
    dyads = [dyad(warehouse, choice, pair) for pair in settings.study.dyad_pairs]
    by_pair = {one.pair: one for one in dyads}
    power = levels.power(warehouse, choice.source, str(choice.counting))
    by_label = [kinds(warehouse, dyads, label, power) for label in labels(warehouse)]
    otherwise = coding_rules.with_rules(
        warehouse,
        dyads,
        choice,
        variants(warehouse, dyads, choice, chosen.trimming),
        settings.records,
        power,
    )
    weeks = occurrences.by_week(warehouse, dyads, choice)
    with_sides = {
        one.pair: replace(
            one,
            one_sided=otherwise[one.pair].one_sided,
            n_acts=otherwise[one.pair].n_acts,
            n_two_sided=otherwise[one.pair].n_two_sided,
            occurrences=weeks.get(one.pair),
        )
        for one in dyads
    }
    return [
        *(partial(_of_a_dyad, with_sides[one.pair], otherwise[one.pair], chosen) for one in dyads),
        *(partial(panel_rows, choice, of_label) for of_label in by_label),
        *(partial(triad_rows, triad_of(by_pair, choice, three), chosen) for three in chosen.triads),
        *(
            partial(_of_a_kind, one, _told_of(of_label[place], otherwise[one.pair]), chosen)
            for place, one in enumerate(dyads)
            for of_label in by_label
        ),
    ]


def _of_a_dyad(one: Dyad, otherwise: Variants, chosen: Inference) -> Rows:
    breaks = breaks_and_robustness(one, otherwise, chosen)
    return [*breaks, *(row for question in OF_A_DYAD for row in question(one, chosen))]


def _told_of(kind: Kind, otherwise: Variants) -> Kind:
    """Tell a kind of records which of them are kept only from some day on."""
    return replace(kind, late=tuple(one.words for one in otherwise.late if one.label == kind.label))


def _of_a_kind(one: Dyad, of_label: Kind, chosen: Inference) -> Rows:
    return [row for question in OF_A_KIND for row in question(one, of_label, chosen)]
