"""Whether a relation depends on what two other states do to each other, or to one of the two."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import pandas as pd

from detente.analysis.reciprocity import granger_fields, of_granger, response_rows
from detente.analysis.results import refusing
from detente.analysis.rows import Pair, Rows, ask
from detente.analysis.series import Dyad
from detente.analysis.tables import Triad as TriadRow
from detente.base.phrases import say
from detente.settings import Inference, SeriesChoice
from detente.statistics.reciprocity import dyadic
from detente.statistics.results import Refusal

TEST_ID = "granger"


@dataclass(frozen=True, kw_only=True)
class Triad:
    """Three states and the series of their relations.

    Attributes
    ----------
    choice
        Which index of which source.
    states
        In the order of the settings.
    undirected, directed
        Columns ``"A-B"`` and ``"A>B"``, one row per complete period; NaN where a relation has no
        value, and no column where a pair is not among the study's dyads.
    tells_who_acted
        As in `Dyad`.
    """

    choice: SeriesChoice
    states: tuple[str, str, str]
    undirected: pd.DataFrame
    directed: pd.DataFrame
    tells_who_acted: bool = True


def triad_of(dyads: dict[Pair, Dyad], choice: SeriesChoice, states: tuple[str, str, str]) -> Triad:
    """Put the series of three states together."""
    pairs = [(min(pair), max(pair)) for pair in itertools.combinations(states, 2)]
    found = [dyads[pair] for pair in pairs if pair in dyads]
    ways = {
        ">".join(way): values
        for one in found
        for way, values in zip((one.pair, one.pair[::-1]), one.directed, strict=True)
    }
    return Triad(
        choice=choice,
        states=states,
        undirected=pd.DataFrame({"-".join(one.pair): one.values for one in found}),
        directed=pd.DataFrame(ways),
        tells_who_acted=all(one.tells_who_acted for one in found),
    )


def triad_rows(triad: Triad, chosen: Inference) -> Rows:
    """Ask of each relation of three states whether the past of the others helps to predict it.

    Once of the three undirected relations, and once of their six directions: does what A does to B
    follow what C does to A? The directed model leaves its impulse responses as well.
    """
    undirected = _ask(triad, chosen, is_directed=False)
    directed = _ask(triad, chosen, is_directed=True)
    where = {**_where(triad), "actor1_iso3": None, "actor2_iso3": None}
    subject = f"the directions of {'-'.join(triad.states)}"
    impulse = directed if isinstance(directed, Refusal) else directed.impulse
    return [
        *_test_rows(triad, undirected, "undirected"),
        *_test_rows(triad, directed, "directed"),
        *response_rows(where, subject, impulse),
    ]


def _ask(
    triad: Triad, chosen: Inference, *, is_directed: bool
) -> dyadic.ReciprocityResult | Refusal:
    name = "-".join(triad.states)
    frame = triad.directed if is_directed else triad.undirected
    model = say("model.var_of", names=name)
    if is_directed and not triad.tells_who_acted:
        return Refusal(model=model, reason=say("reason.sides_alone"))
    wanted = 6 if is_directed else 3
    if frame.shape[1] < wanted or frame.empty or frame.isna().to_numpy().any():
        measure = _NAMES.get(triad.choice.measure, triad.choice.measure)
        reason = say(
            "reason.no_measure", period=say(f"number.{triad.choice.freq}"), measure=measure
        )
        return Refusal(model=model, reason=reason)
    # Responses of the undirected model are not stored, so few draws do.
    n_draws = chosen.draws if is_directed else 20
    draws = dyadic.BootstrapSettings(n_draws=n_draws, seed=chosen.seed)
    return ask(
        model,
        lambda: dyadic.triad(frame, triad.states, is_directed=is_directed, bootstrap=draws),
    )


_NAMES = {"net": "net score", "n_deaths": "number of deaths"}


def _where(triad: Triad) -> dict[str, Any]:
    choice = triad.choice
    return {
        "source": choice.source,
        "counting": choice.counting,
        "freq": choice.freq,
        "measure": choice.measure,
        "triad": "-".join(triad.states),
    }


def _test_rows(
    triad: Triad, found: dyadic.ReciprocityResult | Refusal, direction: str
) -> list[TriadRow]:
    where = {**_where(triad), "direction": direction}
    tests = [found] if isinstance(found, Refusal) else found.tests
    return [
        TriadRow(
            **where,
            **refusing(one, "-".join(triad.states)),
            test_id=TEST_ID,
            test=one.model,
        )
        if isinstance(one, Refusal)
        else TriadRow(
            **where,
            predicted=one.target,
            predictors=", ".join(one.predictors),
            **granger_fields(one),
            wording=of_granger(one),
        )
        for one in tests
    ]
