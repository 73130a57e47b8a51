"""Whether a relation hangs on what two other states do to each other, or to one of the two."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import pandas as pd

from detente.infer.reciprocity import granger_row
from detente.infer.rows import Pair, Row, Tables, about, ask, refused
from detente.infer.series import values
from detente.inference import reciprocity
from detente.inference.results import Refusal
from detente.settings import Inference, SeriesChoice
from detente.warehouse import Warehouse

TRIADS = "stats.triad"


@dataclass(frozen=True, kw_only=True)
class Triad:
    """Three states and the series of their relations.

    Attributes
    ----------
    choice
        Which index of which source.
    states
        In the order of the settings.
    undirected
        Columns ``"A-B"``, one row a complete period; NaN where a relation has no value.
    """

    choice: SeriesChoice
    states: tuple[str, str, str]
    undirected: pd.DataFrame


def read(warehouse: Warehouse, choice: SeriesChoice, states: tuple[str, str, str]) -> Triad:
    """Read the relations of three states."""
    return Triad(
        choice=choice,
        states=states,
        undirected=pd.DataFrame(
            {
                "-".join(pair): values(warehouse, choice, "undirected", pair)
                for pair in _pairs(states)
            }
        ),
    )


def triad_rows(triad: Triad, chosen: Inference) -> Tables:
    """Ask of each relation of three states whether the past of the others helps to predict it."""
    name = "-".join(triad.states)
    where: Row = {**about(triad.choice, _pairs(triad.states)[0]), "triad": name}
    frame = triad.undirected
    if frame.empty or frame.isna().to_numpy().any():
        lacking = Refusal(
            model=f"vector autoregression of {name}",
            reason="a month of one of the three relations has no net score in this study",
        )
        return {TRIADS: [refused(where, name, lacking)]}
    # Responses of triads are not stored, so few draws do.
    draws = reciprocity.BootstrapSettings(n_draws=20)
    found = ask(
        f"vector autoregression of {name}",
        lambda: reciprocity.triad(frame, triad.states, is_directed=False, bootstrap=draws),
    )
    if isinstance(found, Refusal):
        return {TRIADS: [refused(where, name, found)]}
    return {
        TRIADS: [
            refused(where, name, one)
            if isinstance(one, Refusal)
            else {
                **where,
                "predicted": one.target,
                "predictors": ", ".join(one.predictors),
                **granger_row(one),
            }
            for one in found.tests
        ]
    }


def _pairs(states: tuple[str, str, str]) -> list[Pair]:
    return [(min(pair), max(pair)) for pair in itertools.combinations(states, 2)]
