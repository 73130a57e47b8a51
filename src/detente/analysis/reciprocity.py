"""Whether past acts of each side help to predict the other's, and what follows a shock."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from detente.analysis.results import Outcome, Wording, as_json, numbers, refusing, saying
from detente.analysis.rows import Rows, about, ask
from detente.analysis.series import Dyad
from detente.analysis.tables import Granger, ImpulseResponse, VarianceShare
from detente.base.phrases import join, lower, say
from detente.settings import Inference
from detente.statistics.reciprocity import dyadic
from detente.statistics.reciprocity.granger import GrangerResult
from detente.statistics.reciprocity.impulse import KINDS, ImpulseResult
from detente.statistics.results import Refusal

RESPONSE, SHARE = "impulse_response", "variance_decomposition"
_FEW_DRAWS = 20
_FEWEST = 3  # periods that a correlation needs


def reciprocity_rows(dyad: Dyad, chosen: Inference) -> Rows:
    """Ask whether past acts of each side help to predict the other's.

    Returns tests, responses and shares.

    The tests are made of all acts, and again of one-sided acts alone: a record in which both sides
    act, such as a meeting, is in both series and no answer of either.
    """
    found = _ask(dyad, dyad.directed, chosen.draws, chosen.seed)
    correlation = _correlation(*dyad.directed) if dyad.tells_who_acted else None
    answers = _answer_rows(dyad, found, "all", correlation, _beside(dyad, correlation))
    if dyad.one_sided is not None:
        # Responses of these are not stored, so few draws do.
        alone = _ask(dyad, dyad.one_sided, _FEW_DRAWS, chosen.seed)
        answers += _answer_rows(dyad, alone, "one_sided", _correlation(*dyad.one_sided))
    between = dyadic.in_words("-".join(dyad.pair))
    impulse = found if isinstance(found, Refusal) else found.impulse
    return [
        *answers,
        *response_rows(dyad.where, between, impulse),
        *_share_rows(dyad.where, between, impulse),
    ]


def _ask(
    dyad: Dyad, directed: tuple[pd.Series, pd.Series], n_draws: int, seed: int
) -> dyadic.ReciprocityResult | Refusal:
    first, second = dyad.pair
    model = f"vector autoregression of {', '.join(_names(dyad))}"
    if not dyad.tells_who_acted:
        return Refusal(model=model, reason=say("reason.sides_alone"))
    frame = pd.DataFrame(dict(zip(_names(dyad), directed, strict=True)))
    draws = dyadic.BootstrapSettings(n_draws=n_draws, seed=seed)
    return ask(
        model,
        lambda: dyadic.dyad(frame, first, second, bootstrap=draws),
    )


def _names(dyad: Dyad) -> list[str]:
    return [">".join(way) for way in (dyad.pair, dyad.pair[::-1])]


def _answer_rows(
    dyad: Dyad,
    found: dyadic.ReciprocityResult | Refusal,
    acts: str,
    correlation: float | None,
    beside: str = "",
) -> list[Granger]:
    """Return one row per direction that is predicted."""
    alone = acts == "one_sided"
    shared = {
        "acts": acts,
        "same_period_correlation": correlation,
        "share_two_sided": 0.0 if alone else _share_two_sided(dyad),
    }
    rows = []
    tests = [found] * 2 if isinstance(found, Refusal) else found.tests
    for way, one in zip((dyad.pair, dyad.pair[::-1]), tests, strict=True):
        where = {**about(dyad.choice, (way[0], way[1])), **shared}
        if isinstance(one, Refusal):
            subject = dyadic.in_words(">".join(way))
            if alone:
                subject = say("granger.one_sided_acts", acts=subject)
            rows.append(
                Granger(**where, **refusing(one, subject), test_id="granger", test=one.model)
            )
            continue
        target = one.target.split(">")
        where |= about(dyad.choice, (target[0], target[1]))
        rows.append(
            Granger(
                **where, **granger_fields(one), wording=of_granger(one, beside, is_one_sided=alone)
            )
        )
    return rows


def _share_two_sided(dyad: Dyad) -> float | None:
    if dyad.n_two_sided is None or not dyad.n_acts:
        return None
    return dyad.n_two_sided / dyad.n_acts


def _correlation(first: pd.Series, second: pd.Series) -> float | None:
    """Return how the two directions move together within a period; None where one stands still."""
    x, y = first.to_numpy(dtype=float), second.to_numpy(dtype=float)
    known = ~(np.isnan(x) | np.isnan(y))
    x, y = x[known], y[known]
    if len(x) < _FEWEST or np.ptp(x) == 0.0 or np.ptp(y) == 0.0:
        return None
    return float(np.corrcoef(x, y)[0, 1])


def _beside(dyad: Dyad, correlation: float | None) -> str:
    """Say what the test cannot see; empty where no act is of both sides."""
    if not dyad.n_two_sided:
        return ""
    together = "" if correlation is None else say("granger.correlate", value=f"{correlation:.2f}")
    return say(
        "granger.beside",
        n_two_sided=dyad.n_two_sided,
        n=dyad.n_acts or 0,
        together=together,
        period=say(f"number.{dyad.choice.freq}"),
    )


def granger_fields(one: GrangerResult) -> dict[str, Any]:
    """Return the columns of one Granger test."""
    return {
        **numbers(one.test),
        "is_disputed": one.is_disputed,
        "span": one.span,
        "warnings": (*one.test.warnings, *one.warnings),
    }


def of_granger(one: GrangerResult, after: str = "", *, is_one_sided: bool = False) -> Wording:
    """Return the wording of a Granger test, and what stands after it."""
    return partial(_of_granger, one, after, is_one_sided)


def _of_granger(
    one: GrangerResult, after: str, is_one_sided: bool, p_adjusted: float | None, level: float
) -> str:
    sentence = dyadic.granger_sentence(one, p_adjusted=p_adjusted, level=level)
    if is_one_sided:
        sentence = say("granger.one_sided", sentence=lower(sentence))
    return join([sentence, after])


def response_rows(
    where: dict[str, Any], subject: str, found: ImpulseResult | Refusal
) -> list[ImpulseResponse]:
    """Return every response with its band, and beside it what the whole path says."""
    if isinstance(found, Refusal):
        return [ImpulseResponse(**where, test_id=RESPONSE, **refusing(found, subject))]
    sentences = {
        (impulse, response): dyadic.response_sentence(found, impulse, response)
        for impulse in found.ordering
        for response in found.ordering
    }
    paths = _paths(where, found, found.responses, ("response_value", "response_lo", "response_hi"))
    return [
        ImpulseResponse(
            **row, test_id=RESPONSE, wording=saying(sentences[row["impulse"], row["response"]])
        )
        for row in paths
    ]


def _share_rows(
    where: dict[str, Any], subject: str, found: ImpulseResult | Refusal
) -> list[VarianceShare]:
    """Return the variance decomposition: for each side the shares due to both directions."""
    if isinstance(found, Refusal):
        return [VarianceShare(**where, test_id=SHARE, **refusing(found, subject))]
    sentences = {
        (kind, impulse, response): dyadic.share_sentence(found, impulse, response, kind)
        for kind in KINDS
        for impulse in found.ordering
        for response in found.ordering
    }
    paths = _paths(where, found, found.shares, ("share", "share_lo", "share_hi"))
    return [
        VarianceShare(
            **row,
            test_id=SHARE,
            wording=saying(sentences[row["response_kind"], row["impulse"], row["response"]]),
        )
        for row in paths
    ]


def _paths(
    where: dict[str, Any],
    found: ImpulseResult,
    frame: pd.DataFrame,
    names: tuple[str, str, str],
) -> list[dict[str, Any]]:
    """Return a row a kind, impulse, response and horizon; `names` are of the value and its band."""
    value, lower, upper = names
    rest = {
        "n_obs": found.n_obs,
        "span": found.span,
        "settings": as_json({**found.settings, "order": ", ".join(found.ordering)}),
        "warnings": found.warnings,
        "outcome": Outcome.ESTIMATED,
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
