"""Whether the past of some series helps to predict another, beyond that series' own past.

That is all a Granger test says: it is about prediction, not about causes, and the sentences made
from these results keep to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from statsmodels.regression.linear_model import OLS
from statsmodels.tsa.api import VAR

from detente.base.phrases import Phrase, join, say
from detente.statistics.frames import NotEstimableError
from detente.statistics.hac import Estimate
from detente.statistics.reciprocity.var_model import VarFit, require_full_rank
from detente.statistics.results import Refusal, TestResult, reason_of
from detente.statistics.samples import FloatArray, SeriesError

_ALONE = 1.0 - 1e-9  # leverage of an observation that alone decides a coefficient
Question = Literal["reciprocity", "triangularity", "other"]


@dataclass(frozen=True, kw_only=True)
class GrangerResult:
    """Whether the past of ``predictors`` helps to predict ``target``.

    Attributes
    ----------
    target
        The series predicted.
    predictors
        The series whose lags are tested jointly.
    question
        ``"reciprocity"``: the reverse direction of the target; ``"triangularity"``: series that
        involve a third party; else ``"other"``.
    test
        The test to report: ``"robust F"``. In sparse series without any answering the plain F test
        rejected both directions in 29 to 42 of 100, this one in 6.
    also
        All forms of the test by name: ``"F"``, ``"Wald"``, ``"robust F"``, and ``"Toda-Yamamoto"``
        where a root may be one.
    lag_sum
        Sum of the predictor's lag coefficients in the target's equation, from the model of the F
        test, with HC3 errors: what one unit more, held for as long as the lags reach, adds to the
        target. Its sign says whether the answer is in kind. Only for a single predictor.
    instantaneous
        For a system of two series: whether their unpredicted parts move together within a period,
        which a Granger test cannot see.
    span
        First and last period.
    warnings
        In words.
    """

    target: str
    predictors: tuple[str, ...]
    question: Question
    test: TestResult
    also: Mapping[str, TestResult]
    lag_sum: Estimate | None
    instantaneous: TestResult | None
    is_disputed: bool
    span: str
    warnings: tuple[str, ...]


def granger(
    fit: VarFit, target: str, predictors: Sequence[str], question: Question = "other"
) -> GrangerResult | Refusal:
    """Test whether the past of ``predictors`` helps to predict ``target``.

    Parameters
    ----------
    fit
        A fitted vector autoregression that holds all the series; the others stay in the equation.
    target, predictors
        Names of its columns; no column may be both.
    question
        Label of the family of tests.

    Returns
    -------
    GrangerResult or Refusal
        A refusal where a lag-augmented model is due but the sample is too small for it, or where
        its lagged values are linearly dependent.

    Raises
    ------
    SeriesError
        If a name is not a column of the fit, or ``target`` is among ``predictors``.

    Notes
    -----
    With p lags, q predictors and k series:

    - ``F``: the restricted against the unrestricted equation of the target, judged by
      F(q p, T - k p - 1), as in Goldstein and Freeman (1990) and in the program of Brandt and
      Freeman (2006).
    - ``Wald``: the same restrictions as chi-square(q p) (Luetkepohl 2005, 3.6.1).
    - ``robust F``: with the HC3 covariance of MacKinnon and White (1985), since the variance of
      event series changes; it has the untested lags of ``Toda-Yamamoto`` where those are due.
    - ``Toda-Yamamoto``: the first p lags in a model of p + d lags, F form; valid whatever the
      order of integration up to d (Toda and Yamamoto 1995, Journal of Econometrics 66, 225-250).
    """
    _require_columns(fit, target, predictors)
    extra = fit.extra_lags
    if not _is_estimable(fit, fit.lag + extra):
        return Refusal(
            model=say("model.toda_yamamoto", names=join(predictors, ", "), target=target),
            reason=say(
                "reason.root_near_one",
                lag=fit.lag,
                extra=extra,
                n_series=len(fit.columns),
                n=len(fit.values),
            ),
        )
    try:
        return _granger(fit, target, predictors, question, extra)
    except NotEstimableError as reason:
        return Refusal(
            model=say("model.granger", names=join(predictors, ", "), target=target),
            reason=reason_of(reason),
        )


def _granger(
    fit: VarFit, target: str, predictors: Sequence[str], question: Question, extra: int
) -> GrangerResult:
    notes = list(fit.warnings)
    also = {
        "F": _exclusion(fit, target, predictors, extra=0, robust=False),
        "Wald": _wald(fit, target, predictors),
        "robust F": _exclusion(fit, target, predictors, extra=extra, robust=True),
    }
    plain = also["F"]
    if extra > 0:
        plain = also["Toda-Yamamoto"] = _exclusion(
            fit, target, predictors, extra=extra, robust=False
        )
        notes.append(
            say(
                f"warning.root_{'many' if extra > 1 else 'one'}",
                root=f"{fit.largest_root:.3f}",
                orders=join(
                    (
                        say("warning.order", name=name, order=order)
                        for name, order in fit.integration.items()
                    ),
                    ", ",
                ),
                n=extra,
            )
        )
    robust = also["robust F"]
    level = fit.settings.level
    is_disputed = robust.rejects(level) != plain.rejects(level)
    if is_disputed:
        notes.append(
            say(
                "warning.disputed",
                plain=f"{plain.p_value:.3f}",
                robust=f"{robust.p_value:.3f}",
            )
        )
    single = len(predictors) == 1
    return GrangerResult(
        target=target,
        predictors=tuple(predictors),
        question=question,
        test=robust,
        also=also,
        lag_sum=_lag_sum(fit, target, predictors[0]) if single else None,
        instantaneous=_instantaneous(fit) if len(fit.columns) == 2 else None,
        is_disputed=is_disputed,
        span=fit.span,
        warnings=tuple(notes),
    )


def _require_columns(fit: VarFit, target: str, predictors: Sequence[str]) -> None:
    unknown = sorted({target, *predictors} - set(fit.columns))
    if unknown:
        raise SeriesError(
            f"expected columns of the fitted model ({', '.join(fit.columns)}), "
            f"got {', '.join(unknown)}"
        )
    if not predictors or target in predictors or len(set(predictors)) < len(predictors):
        raise SeriesError(
            f"expected distinct predictors other than {target}, got {', '.join(predictors)}"
        )


def _hypotheses(target: str, predictors: Sequence[str]) -> tuple[Phrase, Phrase]:
    names = join(predictors, ", ")
    return (
        say("null.granger", names=names, target=target),
        say("alternative.granger", names=names, target=target),
    )


def _is_estimable(fit: VarFit, lag: int) -> bool:
    """Whether an equation with `lag` lags leaves as many observations as coefficients, at least."""
    n_coefficients = len(fit.settings.trend) + len(fit.columns) * lag
    return len(fit.values) - lag >= 2 * n_coefficients


def _equation(fit: VarFit, target: str, extra: int) -> tuple[Any, int]:
    """Least squares of the target's equation, and the number of deterministic columns before."""
    results = fit.results
    if extra:
        results = VAR(fit.values).fit(fit.lag + extra, trend=fit.settings.trend)
    n_fixed = int(results.k_trend)
    require_full_rank(np.asarray(results.endog_lagged, dtype=np.float64))
    y = np.asarray(results.endog, dtype=np.float64)[int(results.k_ar) :]
    return OLS(y[:, fit.columns.index(target)], results.endog_lagged).fit(), n_fixed


def _selector(fit: VarFit, predictors: Sequence[str], n_fixed: int, n_columns: int) -> FloatArray:
    """Restriction matrix that picks the first ``fit.lag`` lags of the predictors."""
    width = len(fit.columns)
    places = [
        n_fixed + lag * width + fit.columns.index(name)
        for lag in range(fit.lag)
        for name in predictors
    ]
    return np.asarray(np.eye(n_columns)[places], dtype=np.float64)


def _hc3(equation: Any) -> FloatArray:
    """Return the HC3 covariance, which divides by one minus the leverage of each observation.

    Raises
    ------
    NotEstimableError
        An observation alone decides a coefficient: its leverage is 1 and its residual 0 whatever
        happened, so that nothing tells how sure the coefficient is.
    """
    leverage = np.einsum("ij,ji->i", equation.model.exog, equation.model.pinv_wexog)
    if leverage.max() > _ALONE:
        raise NotEstimableError(say("reason.decides_alone"))
    return np.asarray(equation.cov_HC3)


def _exclusion(
    fit: VarFit, target: str, predictors: Sequence[str], *, extra: int, robust: bool
) -> TestResult:
    equation, n_fixed = _equation(fit, target, extra)
    restriction = _selector(fit, predictors, n_fixed, int(equation.model.exog.shape[1]))
    covariance = _hc3(equation) if robust else None
    tested = equation.cov_params(r_matrix=restriction, cov_p=covariance)
    if np.linalg.matrix_rank(tested) < len(restriction):
        raise NotEstimableError(
            say("reason.errors_dependent_robust" if robust else "reason.errors_dependent")
        )
    found = equation.f_test(restriction, cov_p=covariance)
    name = say("named.toda_yamamoto" if extra else "named.granger")
    if robust:
        name = say("named.hc3", test=name)
    null, alternative = _hypotheses(target, predictors)
    return TestResult(
        test_id=f"{'granger_toda_yamamoto' if extra else 'granger'}{'_robust' if robust else ''}",
        test=name,
        null_hypothesis=null,
        alternative=alternative,
        statistic=float(np.squeeze(found.fvalue)),
        p_value=float(np.squeeze(found.pvalue)),
        n_obs=int(equation.nobs),
        distribution=f"F({int(found.df_num)}, {int(found.df_denom)})",
        settings={
            "lags": fit.lag,
            "extra_lags": extra,
            "lag_criterion": fit.settings.criterion,
            "max_lag": fit.max_lag,
            "trend": fit.settings.trend,
            "covariance": "HC3" if robust else "homoskedastic",
        },
        warnings=fit.warnings,
    )


def _wald(fit: VarFit, target: str, predictors: Sequence[str]) -> TestResult:
    # By position: the model was fitted on a bare array.
    places = [fit.columns.index(name) for name in predictors]
    found = fit.results.test_causality(fit.columns.index(target), places, kind="wald")
    null, alternative = _hypotheses(target, predictors)
    return TestResult(
        test_id="granger_wald",
        test=say("named.granger_wald"),
        null_hypothesis=null,
        alternative=alternative,
        statistic=float(found.test_statistic),
        p_value=float(found.pvalue),
        n_obs=fit.n_obs,
        distribution=f"chi-square({int(found.df)})",
        settings={"lags": fit.lag, "trend": fit.settings.trend},
        warnings=fit.warnings,
    )


def _lag_sum(fit: VarFit, target: str, predictor: str) -> Estimate:
    equation, n_fixed = _equation(fit, target, 0)
    selector = _selector(fit, [predictor], n_fixed, int(equation.model.exog.shape[1])).sum(axis=0)
    level = 1.0 - fit.settings.level
    found = equation.t_test(selector, cov_p=_hc3(equation))
    # In the units of the two series.
    unit = fit.units[fit.columns.index(target)] / fit.units[fit.columns.index(predictor)]
    lower, upper = unit * np.squeeze(found.conf_int(alpha=fit.settings.level))
    return Estimate(
        value=float(unit * np.squeeze(found.effect)),
        standard_error=float(unit * np.squeeze(found.sd)),
        degrees_of_freedom=float(found.df_denom),
        lower=float(lower),
        upper=float(upper),
        level=level,
        p_value=float(np.squeeze(found.pvalue)),
        n_obs=int(equation.nobs),
    )


def _instantaneous(fit: VarFit) -> TestResult:
    found = fit.results.test_inst_causality(0)
    first, second = fit.columns
    return TestResult(
        test_id="instantaneous",
        test=say("named.instantaneous"),
        null_hypothesis=say("null.uncorrelated", first=first, second=second),
        alternative=say("alternative.move_together"),
        statistic=float(found.test_statistic),
        p_value=float(found.pvalue),
        n_obs=fit.n_obs,
        distribution=f"chi-square({int(found.df)})",
        settings={
            "lags": fit.lag,
            "residual_correlation": float(np.asarray(fit.results.resid_corr)[0, 1]),
        },
        warnings=fit.warnings,
    )
