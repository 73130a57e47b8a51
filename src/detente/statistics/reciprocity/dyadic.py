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

from detente.statistics.reciprocity.granger import GrangerResult, Question, granger
from detente.statistics.reciprocity.impulse import ImpulseResult, Kind, impulse_responses
from detente.statistics.reciprocity.var_model import VarFit, VarSettings, fit_var
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError
from detente.statistics.wording import probability, significant


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
        Holds the columns ``"A>B"`` and ``"B>A"``; others are left aside. One row a period.
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
    """Ask of three states how each relation hangs on the others.

    Parameters
    ----------
    frame
        With ``is_directed`` the six columns ``"A>B"`` among the actors, else the three columns
        ``"A-B"`` (see :func:`undirected_sums`); others are left aside.
    actors
        Three states; their order is the Cholesky order.
    is_directed
        Six series bear fewer lags than three: a refusal of the first leaves the second.
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


def undirected_sums(frame: pd.DataFrame) -> pd.DataFrame:
    """Add both directions of each pair: ``"A-B"`` from ``"A>B"`` and ``"B>A"``.

    Right for indices that add up over acts (net, cooperation, conflict, counts), wrong for means
    and ratios. Pairs with only one direction are left out.
    """
    pairs = {
        tuple(sorted(name.split(">"))) for name in map(str, frame.columns) if name.count(">") == 1
    }
    sums = {
        f"{a}-{b}": frame[f"{a}>{b}"] + frame[f"{b}>{a}"]
        for a, b in sorted(pairs)
        if {f"{a}>{b}", f"{b}>{a}"} <= set(frame.columns)
    }
    return pd.DataFrame(sums, index=frame.index)


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
    """Say what a series holds: ``"acts of JPN towards KOR"``."""
    if column.count(">") == 1:
        actor, target = column.split(">")
        return f"acts of {actor} towards {target}"
    if column.count("-") == 1:
        return f"acts between {' and '.join(column.split('-'))}"
    return column


def _together(target: str, predictors: Sequence[str]) -> str:
    """Name several predictors, by the third state where it is what they share."""
    names = [in_words(name) for name in predictors]
    if len(names) == 1:
        return names[0]
    common = frozenset.intersection(*(_parties(name) for name in predictors)) - _parties(target)
    complete = 4 if ">" in target else 2
    if len(common) == 1 and len(names) == complete:
        return f"acts that involve {next(iter(common))}"
    return f"{', '.join(names[:-1])} and {names[-1]}"


def granger_sentence(
    result: GrangerResult, *, p_adjusted: float | None = None, level: float = 0.05
) -> str:
    """State the result of a Granger test, and no more than it says.

    Parameters
    ----------
    result
        Of :func:`detente.statistics.reciprocity.granger.granger`.
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
    past = _together(result.target, result.predictors)
    method = ", Toda-Yamamoto" if test.settings.get("extra_lags") else ""
    found = f"{test.distribution} = {test.statistic:.2f}, {probability(test.p_value)}"
    if p_adjusted is not None:
        found += f", BH-adjusted {probability(p_adjusted)}"
    n_lags = int(str(test.settings["lags"]))
    found += f"{method}; {n_lags} lag{'s' if n_lags > 1 else ''}, {result.span}"
    claimed = significant(test, p_adjusted, level)
    plain = result.also.get("Toda-Yamamoto", result.also["F"])
    supposing = f"supposing one variance {probability(plain.p_value)}"
    target = in_words(result.target)
    if not claimed:
        text = f"The data do not show that past {past} help to predict {target} ({found})"
        if plain.rejects(level) and not test.rejects(level):
            text += f", though {supposing}"
        return text + "."
    text = f"Past {past} help to predict {target} ({found})"
    if result.lag_sum is not None and result.lag_sum.p_value < level:
        manner = "in the same" if result.lag_sum.value > 0.0 else "in the opposite"
        text += f", {manner} direction on balance"
    return text + "."


def response_sentence(result: ImpulseResult, impulse: str, response: str) -> str:
    """State at which horizons a surprise in one series is followed by a response in another.

    Parameters
    ----------
    result
        Of :func:`detente.statistics.reciprocity.impulse.impulse_responses`.
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
    start = (
        f"After a surprise of one standard deviation in {in_words(impulse)}, {in_words(response)}"
    )
    coverage = f"pointwise {float(str(result.settings['level'])):.0%} band"
    if clear.empty:
        return (
            f"{start} show no response that its {coverage} sets apart from zero at any horizon "
            f"from 1 to {int(rows['horizon'].max())} {period}s."
        )
    peak = clear.iloc[int(clear["value"].abs().to_numpy().argmax())]
    ahead = int(peak["horizon"])
    manner = "higher" if peak["value"] > 0.0 else "lower"
    return (
        f"{start} are {manner} by {abs(peak['value']):.2f} {ahead} "
        f"{period}{'s' if ahead > 1 else ''} later ({coverage} {peak['lower']:.2f} to "
        f"{peak['upper']:.2f}; the largest of {len(clear)} of {len(rows)} horizons whose band "
        "leaves out zero; generalised response)."
    )


def share_sentence(result: ImpulseResult, impulse: str, response: str, kind: Kind) -> str:
    """State what part of the surprises in one series is owed to another, at the longest horizon.

    Parameters
    ----------
    result
        Of :func:`detente.statistics.reciprocity.impulse.impulse_responses`.
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
    ahead = int(last["horizon"])
    order = (
        f"orthogonalised in the order {', '.join(result.ordering)}"
        if kind == "orthogonalised"
        else "generalised"
    )
    return (
        f"Of the variance of the forecast error of {in_words(response)} {ahead} "
        f"{result.period}{'s' if ahead > 1 else ''} ahead, {last['value']:.0%} goes with surprises "
        f"in {in_words(impulse)} (pointwise {float(str(result.settings['level'])):.0%} band "
        f"{last['lower']:.0%} to {last['upper']:.0%}; {order}; {result.span})."
    )
