"""Whether the two sides of a dyad answer each other, and what follows a surprise."""

from __future__ import annotations

import pandas as pd

from detente.infer.rows import Row, Tables, about, as_json, ask, numbers, refused
from detente.infer.series import Dyad
from detente.inference import reciprocity
from detente.inference.granger import GrangerResult
from detente.inference.impulse import KINDS, ImpulseResult
from detente.inference.results import Refusal
from detente.settings import Inference

ANSWERS, RESPONSES = "stats.granger", "stats.impulse_response"
SHARES = "stats.variance_decomposition"


def reciprocity_rows(dyad: Dyad, chosen: Inference) -> Tables:
    """Ask whether each side answers the other; return tests, responses and shares."""
    first, second = dyad.pair
    ways = (dyad.pair, (second, first))
    frame = pd.DataFrame(
        {">".join(way): values for way, values in zip(ways, dyad.directed, strict=True)}
    )
    draws = reciprocity.BootstrapSettings(n_draws=chosen.draws, seed=chosen.seed)
    found = ask(
        f"vector autoregression of {first}>{second}, {second}>{first}",
        lambda: reciprocity.dyad(frame, first, second, bootstrap=draws),
    )
    between = f"acts between {first} and {second}"
    if isinstance(found, Refusal):
        rows = [
            refused(about(dyad.choice, way), f"acts of {way[0]} towards {way[1]}", found)
            for way in ways
        ]
        nothing = refused(dyad.where, between, found)
        return {ANSWERS: rows, RESPONSES: [nothing], SHARES: [nothing]}
    rows = []
    for way, one in zip(ways, found.tests, strict=True):
        if isinstance(one, Refusal):
            where = about(dyad.choice, way)
            rows.append(refused(where, f"acts of {way[0]} towards {way[1]}", one))
            continue
        target = one.target.split(">")
        rows.append({**about(dyad.choice, (target[0], target[1])), **granger_row(one)})
    return {
        ANSWERS: rows,
        RESPONSES: response_rows(dyad.where, between, found.impulse),
        SHARES: _share_rows(dyad.where, between, found.impulse),
    }


def granger_row(one: GrangerResult) -> Row:
    """Return the columns of one Granger test."""
    return {
        **numbers(one.test),
        "test": one.test.test,
        "span": one.span,
        "warnings": [*one.test.warnings, *one.warnings],
        "result": one,
    }


def response_rows(where: Row, subject: str, found: ImpulseResult | Refusal) -> list[Row]:
    """Return every response with its band, and beside it what the whole path says."""
    if isinstance(found, Refusal):
        return [refused(where, subject, found)]
    sentences = {
        (impulse, response): reciprocity.response_sentence(found, impulse, response)
        for impulse in found.ordering
        for response in found.ordering
    }
    paths = _paths(where, found, found.responses, ("response_value", "response_lo", "response_hi"))
    return [{**row, "sentence": sentences[row["impulse"], row["response"]]} for row in paths]


def _share_rows(where: Row, subject: str, found: ImpulseResult | Refusal) -> list[Row]:
    """Return whose surprises the forecast errors of each side are owed to."""
    if isinstance(found, Refusal):
        return [refused(where, subject, found)]
    sentences = {
        (kind, impulse, response): reciprocity.share_sentence(found, impulse, response, kind)
        for kind in KINDS
        for impulse in found.ordering
        for response in found.ordering
    }
    paths = _paths(where, found, found.shares, ("share", "share_lo", "share_hi"))
    return [
        {**row, "sentence": sentences[row["response_kind"], row["impulse"], row["response"]]}
        for row in paths
    ]


def _paths(
    where: Row, found: ImpulseResult, frame: pd.DataFrame, names: tuple[str, str, str]
) -> list[Row]:
    """Return a row a kind, impulse, response and horizon; `names` are of the value and its band."""
    value, lower, upper = names
    rest = {
        "n_obs": found.n_obs,
        "span": found.span,
        "settings": as_json({**found.settings, "order": ", ".join(found.ordering)}),
        "warnings": list(found.warnings),
    }
    return [
        {
            **where,
            "response_kind": row["kind"],
            "impulse": row["impulse"],
            "response": row["response"],
            "horizon": int(row["horizon"]),
            value: float(row["value"]),
            lower: float(row["lower"]),
            upper: float(row["upper"]),
            **rest,
        }
        for row in frame.to_dict("records")
    ]
