"""The questions as tasks that know no database, so that they can run side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from detente.infer.breaks import break_rows
from detente.infer.diagnostics import diagnostic_rows
from detente.infer.effects import effect_rows
from detente.infer.kinds import Kind, kinds, labels
from detente.infer.reciprocity import reciprocity_rows
from detente.infer.regimes import regime_rows
from detente.infer.rows import Tables
from detente.infer.series import Dyad, dyad
from detente.infer.single_events import single_event_rows
from detente.infer.triads import triad_of, triad_rows
from detente.settings import Inference, SeriesChoice, Settings
from detente.warehouse import Warehouse

Task = Callable[[], Tables]

# What is asked of each dyad's series, and of each kind of records and dyad.
OF_A_DYAD: tuple[Callable[[Dyad, Inference], Tables], ...] = (
    break_rows,
    regime_rows,
    diagnostic_rows,
    reciprocity_rows,
)
OF_A_KIND: tuple[Callable[[Dyad, Kind, Inference], Tables], ...] = (effect_rows, single_event_rows)


def tasks(warehouse: Warehouse, settings: Settings, choice: SeriesChoice) -> list[Task]:
    """Read everything that is asked of one series, one task a dyad, triad, or kind of records."""
    chosen = settings.inference
    dyads = [dyad(warehouse, choice, pair) for pair in settings.study.dyad_pairs]
    by_pair = {one.pair: one for one in dyads}
    by_label = [kinds(warehouse, dyads, label, chosen.single_events) for label in labels(warehouse)]
    return [
        *(partial(_of_a_dyad, one, chosen) for one in dyads),
        *(partial(triad_rows, triad_of(by_pair, choice, three), chosen) for three in chosen.triads),
        *(
            partial(_of_a_kind, one, of_label[place], chosen)
            for place, one in enumerate(dyads)
            for of_label in by_label
        ),
    ]


def done(todo: Sequence[Task]) -> Iterator[Tables]:
    """Run the tasks and yield what they found, in their order."""
    for task in todo:
        yield task()


def add(tables: Tables, more: Tables) -> None:
    """Append rows to the tables they belong to."""
    for table, rows in more.items():
        tables.setdefault(table, []).extend(rows)


def _of_a_dyad(one: Dyad, chosen: Inference) -> Tables:
    return _together(question(one, chosen) for question in OF_A_DYAD)


def _of_a_kind(one: Dyad, of_label: Kind, chosen: Inference) -> Tables:
    return _together(question(one, of_label, chosen) for question in OF_A_KIND)


def _together(found: Iterable[Tables]) -> Tables:
    tables: Tables = {}
    for more in found:
        add(tables, more)
    return tables
