"""Tests that work on any pandas series, each answered by a ``Finding``.

They are the tests that a refresh asks of a study's series. Give them complete periods only: a
period that is not over yet, or that was not recorded, is not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from detente.base.errors import UsageError
from detente.library import plots, tables
from detente.library.findings import Finding, refused
from detente.library.inputs import (
    Days,
    as_events,
    as_series,
    demand_share,
    demand_whole,
    frequency,
)
from detente.statistics.breaks import results, search
from detente.statistics.breaks.results import BreakAnalysis
from detente.statistics.effects.event_study import WindowSettings, event_study_by_category
from detente.statistics.effects.results import EffectResult, effect_sentence
from detente.statistics.forecasting.mix import MixSettings, outlook_of_series
from detente.statistics.forecasting.outlook import MIX, Outlook
from detente.statistics.frames import period_index
from detente.statistics.reciprocity.dyadic import granger_sentence
from detente.statistics.reciprocity.granger import GrangerResult
from detente.statistics.reciprocity.granger import granger as granger_test
from detente.statistics.reciprocity.var_model import fit_var
from detente.statistics.results import Refusal
from detente.statistics.samples import SeriesError
from detente.statistics.wording import amounts


def find_breaks(
    series: pd.Series, *, trimming: float = 0.15, max_breaks: int = 5, significance: float = 0.05
) -> Finding[BreakAnalysis]:
    """Find and date breaks in the mean of a series (Bai and Perron 1998, 2003).

    Parameters
    ----------
    series
        One value a period, any unit, with a ``PeriodIndex``, a ``DatetimeIndex`` or any increasing
        index, or a list of numbers. Missing values are left out and counted.
    trimming
        Smallest share of the observations in a regime; no break is sought nearer to the ends.
    max_breaks
        Most breaks considered.
    significance
        Level of the sequential test, in (0, 1).

    Returns
    -------
    Finding
        ``to_frame()`` has one row per break: ``last_before``, ``first_after``, ``lower``, ``upper``
        (labels of periods, 95% interval), ``mean_before``, ``mean_after`` (unit of the series).

    Raises
    ------
    SeriesError
        The series is out of order, infinite or empty, or holds something other than numbers.
    UsageError
        A setting is out of its range.

    Notes
    -----
    The null of the first test is one mean throughout; errors allow for autocorrelation and
    heteroskedasticity. A slow drift can pass for breaks as well: for the dyads of a study
    ``stats.step_or_drift`` says which of the two explains the months better. The result is
    ``detente.statistics.breaks.search.find_breaks``.

    References
    ----------
    Bai and Perron (1998), Econometrica 66, 47-78; (2003), Journal of Applied Econometrics 18, 1-22.

    Examples
    --------
    >>> import numpy as np, pandas as pd, detente
    >>> months = pd.period_range("2000-01", periods=120, freq="M")
    >>> noise = np.random.default_rng(0).normal(size=120)
    >>> net = pd.Series(np.where(np.arange(120) < 60, 0.0, 5.0) + noise, months, name="net")
    >>> found = detente.find_breaks(net)
    >>> found.to_frame()["last_before"].tolist()
    ['2004-12']
    """
    demand_share("trimming", trimming, most=0.5)
    demand_share("significance", significance)
    demand_whole("max_breaks", max_breaks)
    if max_breaks < 1:
        raise UsageError(f"expected max_breaks of 1 or more, got {max_breaks}")
    series = as_series(series)
    subject = _subject(series)
    found = search.find_breaks(
        series,
        trimming=trimming,
        max_breaks=max_breaks,
        significance=significance,
        min_active=search.MIN_ACTIVE,
    )
    if isinstance(found, Refusal):
        return refused(found, subject)
    lines = [
        results.analysis_sentence(found, subject),
        *(results.break_sentence(one, subject) for one in found.breaks),
        *(f"Warning: {one}." for one in found.warnings),
    ]
    return Finding(
        value=found,
        subject=subject,
        lines=tuple(lines),
        table=tables.breaks(found),
        draw=lambda: plots.with_breaks(series.dropna(), subject, tables.regimes(series, found)),
    )


def granger(
    first: pd.Series, second: pd.Series, *, level: float = 0.05
) -> Finding[tuple[GrangerResult | Refusal, ...]]:
    """Test whether the past of each of two series helps to predict the other.

    Parameters
    ----------
    first, second
        One value a period over a ``PeriodIndex``, or an evenly spaced ``DatetimeIndex``; the
        periods that both have are used. For a dyad, the acts of the first state towards the second
        and the reverse.
    level
        Level at which the sentence calls a test rejected, in (0, 1).

    Returns
    -------
    Finding
        ``to_frame()`` has one row per direction: the test with its null hypothesis, statistic,
        p-value and lags, and the p-value of the test robust to heteroskedasticity (HC3).

    Raises
    ------
    SeriesError
        The series share no periods, or leave some out.
    UsageError
        The level is out of its range.

    Notes
    -----
    Prediction is not reaction: a climate that both share can make each predict the other.

    References
    ----------
    Goldstein and Freeman (1990), Three-Way Street; Toda and Yamamoto (1995), Journal of
    Econometrics 66, 225-250.

    Examples
    --------
    >>> import numpy as np, pandas as pd, detente
    >>> months = pd.period_range("2000-01", periods=200, freq="M")
    >>> x = np.random.default_rng(1).normal(size=200)
    >>> y = np.concatenate([[0.0], 0.8 * x[:-1]]) + np.random.default_rng(2).normal(size=200)
    >>> found = detente.granger(pd.Series(x, months, name="x"), pd.Series(y, months, name="y"))
    >>> bool((found.to_frame().set_index("target")["p_value"] < 0.05)["y"])
    True
    """
    demand_share("level", level)
    first, second = as_series(first, over_periods=True), as_series(second, over_periods=True)
    names = _names(first, second)
    subject = " and ".join(names)
    if frequency(first) != frequency(second):
        raise SeriesError(
            f"expected periods of one length, got {frequency(first)} in {names[0]} and "
            f"{frequency(second)} in {names[1]}; add up the finer one"
        )
    frame = pd.concat([first.rename(names[0]), second.rename(names[1])], axis=1, join="inner")
    if frame.empty:
        raise SeriesError(f"{subject} have no period in common; compare the spans of their indices")
    fit = fit_var(frame)
    if isinstance(fit, Refusal):
        return refused(fit, subject)
    tests = tuple(granger_test(fit, one, [other]) for one, other in (names, names[::-1]))
    shown = [one for one in tests if isinstance(one, GrangerResult)]
    if not shown:
        return refused(next(one for one in tests if isinstance(one, Refusal)), subject)
    lines: list[str] = [granger_sentence(one, level=level) for one in shown]
    lines += _refusals(tests)
    return Finding(
        value=tests,
        subject=subject,
        lines=tuple(lines),
        table=tables.granger(shown),
        draw=lambda: plots.coefficients(
            tables.lag_sums(shown), f"Lag sums of {subject}", "direction"
        ),
    )


def event_study(
    series: pd.Series,
    events: Days | Mapping[str, Days],
    *,
    before: int = 6,
    after: int = 6,
) -> Finding[tuple[EffectResult | Refusal, ...]]:
    """Compare the mean of a series before and after events.

    Parameters
    ----------
    series
        One value a period over a ``PeriodIndex``, or an evenly spaced ``DatetimeIndex``. It must
        leave out the events themselves: a summit that counts in its own month raises the mean after
        it by construction.
    events
        A day, days, or days by category; each category is tested with the others as controls.
    before, after
        Periods compared, at least 2 each.

    Returns
    -------
    Finding
        ``to_frame()`` has one row per category: difference of means (unit of the series), 95%
        interval, p-value, number of events.

    Raises
    ------
    SeriesError
        The periods of the series are not consecutive.
    UsageError
        An event is no day, or fewer than 2 periods are to be compared.

    References
    ----------
    MacKinlay (1997), Journal of Economic Literature 35, 13-39.

    Examples
    --------
    >>> import numpy as np, pandas as pd, detente
    >>> months = pd.period_range("2000-01", periods=120, freq="M")
    >>> y = pd.Series(np.random.default_rng(0).normal(size=120), months, name="net")
    >>> y.loc["2005-01":"2005-06"] += 4.0
    >>> found = detente.event_study(y, ["2005-01-15"])
    >>> bool(found.to_frame()["value"].iloc[0] > 2.0)
    True
    """
    demand_whole("before", before)
    demand_whole("after", after)
    series = as_series(series, over_periods=True)
    subject = _subject(series)
    listed = as_events(events)
    settings = WindowSettings(before=before, after=after)
    found = tuple(event_study_by_category(series.rename(subject), listed, settings))
    shown = [one for one in found if isinstance(one, EffectResult)]
    if not shown:
        first = next((one for one in found if isinstance(one, Refusal)), None)
        return refused(first or Refusal(model="event study", reason="no events given"), subject)
    lines: list[str] = [effect_sentence(one) for one in shown]
    lines += _refusals(found)
    table = pd.concat([one.frame() for one in shown], ignore_index=True)
    return Finding(
        value=found,
        subject=subject,
        lines=tuple(lines),
        table=table,
        draw=lambda: plots.coefficients(
            tables.effects(shown), f"After minus before, {subject}", "category"
        ),
    )


def forecast(series: pd.Series, *, horizon: int = 6) -> Finding[list[Outlook]]:
    """Forecast a monthly series, with intervals and the record of past forecasts.

    Parameters
    ----------
    series
        One value a month over a ``PeriodIndex``, none missing; at least 173 months with the default
        horizon, since forecasts are judged on past months.
    horizon
        Months ahead.

    Returns
    -------
    Finding
        ``to_frame()`` has one row per month ahead: ``median``, the 80 and 95% intervals (unit of
        the series), the share of past intervals that contained the outcome, and ``model``.
        ``value`` has the sums of the next three and six months as well.

    Raises
    ------
    SeriesError
        A month is missing, or the periods are no months.
    UsageError
        The horizon is not a whole number of 1 or more.

    Notes
    -----
    An equal mix of the past, each month counting half as much as one two years later, and of the
    level model. The ends of the intervals are set by adaptive conformal inference (Gibbs and Candes
    2021). ``detente.statistics.forecasting.outlook`` has the details.

    Examples
    --------
    >>> import numpy as np, pandas as pd, detente
    >>> months = pd.period_range("2000-01", periods=200, freq="M")
    >>> y = pd.Series(np.random.default_rng(0).normal(size=200), months, name="net")
    >>> detente.forecast(y, horizon=2).to_frame()["month"].astype(str).tolist()
    ['2016-09', '2016-10']
    """
    demand_whole("horizon", horizon)
    series = as_series(series, over_periods=True)
    subject = _subject(series)
    if frequency(series) != "M":
        raise SeriesError(
            f"expected one value a month, got periods of frequency {frequency(series)}; the "
            'forecast is judged on months: add days up with series.resample("MS").sum()'
        )
    found = outlook_of_series(series, MixSettings(horizon=horizon))
    if isinstance(found, Refusal):
        return refused(found, subject)
    table = tables.outlook(found, period_index(series, "a forecast")[-1])
    first = table.iloc[0]
    median, *ends = amounts(first["median"], first["lower_80"], first["upper_80"])
    held = " and ".join(
        f"{first[f'coverage_{one}']:.0%} of the {one}% intervals" for one in (80, 95)
    )
    lines = [
        f"{subject}: median {median} in {first['month']}, 80% interval "
        f"{' to '.join(ends)} ({MIX} of the past and the level).",
        f"In {first['n_judged']} past months, {held} contained the outcome.",
        *(
            f"Sum of the next {one.target.length} months: 80% interval "
            f"{' to '.join(amounts(*one.interval(0.8)))}."
            for one in found
            if one.target.is_sum
        ),
    ]
    return Finding(
        value=found,
        subject=subject,
        lines=tuple(lines),
        table=table,
        draw=lambda: plots.with_fan(series, subject, table.drop(columns="month")),
    )


def _refusals(found: Iterable[object]) -> list[str]:
    return [f"No result ({one.model}): {one.reason}." for one in found if isinstance(one, Refusal)]


def _subject(series: pd.Series) -> str:
    # A column that a series without a name became is called 0.
    return "the series" if series.name is None or series.name == 0 else str(series.name)


def _names(first: pd.Series, second: pd.Series) -> tuple[str, str]:
    names = str(first.name or "first"), str(second.name or "second")
    return names if names[0] != names[1] else (f"{names[0]} (1)", f"{names[1]} (2)")
