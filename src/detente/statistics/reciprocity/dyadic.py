"""Whose past acts help to predict whose: reciprocity in a pair of states, triangularity in three.

Goldstein and Freeman (1990), Three-Way Street; Goldstein, Pevehouse, Gerner and Telhami (2001),
Journal of Conflict Resolution 45, 594-620. The acts of each state towards each other are the
series of one vector autoregression. Reciprocity: the past acts of B towards A help to predict the
acts of A towards B. Triangularity: the past acts that involve a third state C help to predict
them.

A directed series is named ``"JPN>KOR"`` (acts of JPN towards KOR), an undirected one
``"JPN-KOR"``, in alphabetical order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

import pandas as pd

from detente.base.phrases import Phrase, join, listed, say
from detente.statistics.reciprocity.granger import GrangerResult, Question, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, Kind, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError
from detente.statistics.wording import amounts, beside, periods, probability, significant


@dataclass(frozen=True, kw_only=True)
class BootstrapSettings:
    """Choices behind the bands of impulse responses.

    Attributes
    ----------
    horizon
        Longest horizon, in periods.
    n_draws
        Bootstrap samples.
    level
        Pointwise coverage.
    seed
        Of the draws.
    """

    horizon: int = 12
    n_draws: int = 1000
    level: float = 0.95
    seed: int = 0


@dataclass(frozen=True, kw_only=True)
class ReciprocityResult:
    """Everything asked of one system of series.

    Attributes
    ----------
    actors
        Two or three states.
    is_directed
        Whether the series are acts of one towards another, or sums over both directions.
    fit
        The vector autoregression.
    tests
        One a question, in a fixed order.
    impulse
        Impulse responses and variance decompositions.
    """

    actors: tuple[str, ...]
    is_directed: bool
    fit: VarFit
    tests: tuple[GrangerResult | Refusal, ...]
    impulse: ImpulseResult | Refusal


def dyad(
    frame: pd.DataFrame,
    first: str,
    second: str,
    settings: VarSettings | None = None,
    bootstrap: BootstrapSettings | None = None,
) -> ReciprocityResult | Refusal:
    """Ask of two states whether each one's past acts help to predict the other's.

    Parameters
    ----------
    frame
        Holds the columns ``"A>B"`` and ``"B>A"``; others are left aside. One row per period.
    first, second
        The states A and B. Acts of ``first`` come first in the Cholesky order.
    settings, bootstrap
        Choices; defaults where left out.

    Returns
    -------
    ReciprocityResult or Refusal

    Raises
    ------
    SeriesError
        If a column is absent or the periods are not consecutive.
    """
    return _analyse(frame, (first, second), is_directed=True, settings=settings, draws=bootstrap)


def triad(
    frame: pd.DataFrame,
    actors: Sequence[str],
    *,
    is_directed: bool,
    settings: VarSettings | None = None,
    bootstrap: BootstrapSettings | None = None,
) -> ReciprocityResult | Refusal:
    """Ask of three states how each relation depends on the others.

    Parameters
    ----------
    frame
        With ``is_directed`` the six columns ``"A>B"`` among the actors, else the three columns
        ``"A-B"``; others are ignored.
    actors
        Three states; their order is the Cholesky order.
    is_directed
        Six series allow fewer lags than three: a refusal of the first leaves the second.
    settings, bootstrap
        Choices; defaults where left out.

    Returns
    -------
    ReciprocityResult or Refusal

    Raises
    ------
    SeriesError
        If there are not three distinct actors, a column is absent, or the periods are not
        consecutive.
    """
    if len(set(actors)) != 3 or len(actors) != 3:
        raise SeriesError(f"expected three distinct states, got {', '.join(actors)}")
    return _analyse(
        frame, tuple(actors), is_directed=is_directed, settings=settings, draws=bootstrap
    )


def _analyse(
    frame: pd.DataFrame,
    actors: tuple[str, ...],
    *,
    is_directed: bool,
    settings: VarSettings | None,
    draws: BootstrapSettings | None,
) -> ReciprocityResult | Refusal:
    columns = _columns(actors, is_directed)
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise SeriesError(
            f"expected the columns {', '.join(columns)}; {', '.join(absent)} "
            f"{'is' if len(absent) == 1 else 'are'} absent"
        )
    fit = fit_var(frame[columns], settings)
    if isinstance(fit, Refusal):
        return fit
    draws = draws or BootstrapSettings()
    return ReciprocityResult(
        actors=actors,
        is_directed=is_directed,
        fit=fit,
        tests=tuple(granger(fit, *question) for question in _questions(columns)),
        impulse=impulse_responses(
            fit,
            horizon=draws.horizon,
            n_draws=draws.n_draws,
            level=draws.level,
            seed=draws.seed,
        ),
    )


def _columns(actors: tuple[str, ...], is_directed: bool) -> list[str]:
    if is_directed:
        # Both directions of a pair stand together.
        return [name for a, b in combinations(actors, 2) for name in (f"{a}>{b}", f"{b}>{a}")]
    return ["-".join(sorted(pair)) for pair in combinations(actors, 2)]


def _parties(column: str) -> frozenset[str]:
    return frozenset(column.replace(">", "-").split("-"))


def _questions(columns: list[str]) -> list[tuple[str, list[str], Question]]:
    """Each series by each other, and by all that involve the third state at once."""
    questions: list[tuple[str, list[str], Question]] = []
    for target, predictor in permutations(columns, 2):
        same_pair = _parties(target) == _parties(predictor)
        questions.append((target, [predictor], "reciprocity" if same_pair else "triangularity"))
    for target in columns:
        third = [name for name in columns if _parties(name) != _parties(target)]
        if third:
            questions.append((target, third, "triangularity"))
    return questions


def in_words(column: str) -> str:
    """Say what a series holds: ``"acts of JPN towards KOR"``, or ``"values of x"``."""
    if column.count(">") == 1:
        actor, target = column.split(">")
        return say("dyadic.directed", actor=actor, target=target)
    if column.count("-") == 1:
        return say("dyadic.undirected", actors=listed(column.split("-")))
    return say("dyadic.series", name=column)


def _together(target: str, predictors: Sequence[str]) -> str:
    """Name several predictors, by the third state where it is what they share."""
    names = [in_words(name) for name in predictors]
    if len(names) == 1:
        return names[0]
    common = frozenset.intersection(*(_parties(name) for name in predictors)) - _parties(target)
    complete = 4 if ">" in target else 2
    if len(common) == 1 and len(names) == complete:
        return say("dyadic.involve", state=next(iter(common)))
    return listed(names)


def granger_sentence(
    result: GrangerResult, *, p_adjusted: float | None = None, level: float = 0.05
) -> Phrase:
    """State the result of a Granger test, and no more than it says.

    Parameters
    ----------
    result
        Of ``detente.statistics.reciprocity.granger.granger``.
    p_adjusted
        After correction for the family of tests; decides where given.
    level
        Of the decision.

    Returns
    -------
    str
        One sentence. Where only the test that supposes one variance rejects, it says so.
    """
    test = result.test
    plain = result.also.get("Toda-Yamamoto", result.also["F"])
    n_lags = int(str(test.settings["lags"]))
    about = {
        "past": _together(result.target, result.predictors),
        "target": in_words(result.target),
        "found": say(
            "granger.found",
            distribution=test.distribution,
            statistic=f"{test.statistic:.2f}",
            p=beside(test.p_value, p_adjusted),
            method=say("granger.toda_yamamoto") if test.settings.get("extra_lags") else "",
            lags=say("granger.lags_one" if n_lags == 1 else "granger.lags_many", n=n_lags),
            span=result.span,
        ),
    }
    if not significant(test, p_adjusted, level):
        though = ""
        if plain.rejects(level) and not test.rejects(level):
            though = say("granger.though", p=probability(plain.p_value))
        return say("granger.not_shown", **about, though=though)
    direction = ""
    if result.lag_sum is not None and result.lag_sum.p_value < level:
        direction = say("granger.same" if result.lag_sum.value > 0.0 else "granger.opposite")
    return say("granger.helps", **about, direction=direction)


def response_sentence(result: ImpulseResult, impulse: str, response: str) -> Phrase:
    """State at which horizons a shock to one series is followed by a response in another.

    Parameters
    ----------
    result
        Of ``detente.statistics.reciprocity.impulse.impulse_responses``.
    impulse, response
        Names of its series.

    Raises
    ------
    SeriesError
        If a name is not a series of the result.
    """
    rows = result.responses.query(
        "kind == 'generalised' and impulse == @impulse and response == @response and horizon > 0"
    )
    if rows.empty:
        raise SeriesError(
            f"expected series among {', '.join(result.ordering)}, got {impulse} and {response}"
        )
    clear = rows[(rows["lower"] > 0.0) | (rows["upper"] < 0.0)]
    period = result.period
    about = {
        "impulse": in_words(impulse),
        "response": in_words(response),
        "level": f"{float(str(result.settings['level'])):.0%}",
    }
    if clear.empty:
        ahead = periods(int(rows["horizon"].max()), period)
        return say("impulse.none", **about, ahead=ahead)
    peak = clear.iloc[int(clear["value"].abs().to_numpy().argmax())]
    size, lower, upper_end = amounts(abs(peak["value"]), peak["lower"], peak["upper"])
    return say(
        "impulse.higher" if peak["value"] > 0.0 else "impulse.lower",
        **about,
        size=size,
        ahead=periods(int(peak["horizon"]), period),
        lower=lower,
        upper=upper_end,
        n_clear=len(clear),
        n=len(rows),
    )


def share_sentence(result: ImpulseResult, impulse: str, response: str, kind: Kind) -> Phrase:
    """State what share of the forecast errors of one series is due to shocks to another.

    Parameters
    ----------
    result
        Of ``detente.statistics.reciprocity.impulse.impulse_responses``.
    impulse, response
        Names of its series.
    kind
        Orthogonalised shares depend on the order, which the sentence tells.

    Raises
    ------
    SeriesError
        If a name is not a series of the result.
    """
    rows = result.shares.query(
        "kind == @kind and impulse == @impulse and response == @response"
    ).sort_values("horizon")
    if rows.empty:
        raise SeriesError(
            f"expected series among {', '.join(result.ordering)}, got {impulse} and {response}"
        )
    last = rows.iloc[-1]
    order = (
        say("impulse.ordered", names=join(result.ordering, ", "))
        if kind == "orthogonalised"
        else say("impulse.generalised")
    )
    return say(
        "impulse.share",
        response=in_words(response),
        impulse=in_words(impulse),
        ahead=periods(int(last["horizon"]), result.period),
        share=f"{last['value']:.0%}",
        level=f"{float(str(result.settings['level'])):.0%}",
        lower=f"{last['lower']:.0%}",
        upper=f"{last['upper']:.0%}",
        order=order,
        span=result.span,
    )
