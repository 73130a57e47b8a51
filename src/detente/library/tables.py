"""Results as the tables of a finding: one row per part of the answer."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from detente.statistics.breaks.results import BreakAnalysis
from detente.statistics.effects.results import EffectResult
from detente.statistics.forecasting.mix import judged
from detente.statistics.forecasting.outlook import MIX, Outlook
from detente.statistics.reciprocity.granger import GrangerResult
from detente.statistics.samples import take_sample


def breaks(found: BreakAnalysis) -> pd.DataFrame:
    """Return one row per break, oldest first, with its interval and the means on both sides."""
    columns = ["last_before", "first_after", "lower", "upper", "mean_before", "mean_after"]
    rows = [
        {
            **{name: getattr(one, name) for name in columns[:4]},
            "mean_before": one.before["mean"],
            "mean_after": one.after["mean"],
        }
        for one in found.breaks
    ]
    return pd.DataFrame(rows, columns=columns).assign(
        n_obs=found.n_obs, span=f"{found.first} to {found.last}", sup_f_p_value=found.sup_f.p_value
    )


def regimes(series: pd.Series, found: BreakAnalysis) -> pd.DataFrame:
    """Return one row per regime, with the days on which it begins and ends."""
    labels = take_sample(series, gaps="drop").labels
    index = series.dropna().index
    starts = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    place = dict(zip(labels, starts, strict=True))
    edges = [found.first, *(one.first_after for one in found.breaks)]
    ends = [*(one.last_before for one in found.breaks), found.last]
    mean = float(series.dropna().mean())
    means = [mean] if not found.breaks else [one.before["mean"] for one in found.breaks]
    means += [found.breaks[-1].after["mean"]] if found.breaks else []
    bounds = [
        *((one.lower, one.upper) for one in found.breaks),
        (None, None),
    ]
    return pd.DataFrame(
        {
            "start": [place[one] for one in edges],
            "end": [place[one] for one in ends],
            "mean": means,
            "lower": [place.get(one) if one else None for one, _ in bounds],
            "upper": [place.get(one) if one else None for _, one in bounds],
        }
    )


def granger(found: list[GrangerResult]) -> pd.DataFrame:
    """Return one row per direction: statistic, p-values, lags and sample of its Granger test."""
    return pd.DataFrame(
        [
            {
                "target": one.target,
                "predictor": one.predictors[0],
                "test": one.test.test,
                "null_hypothesis": one.test.null_hypothesis,
                "statistic": one.test.statistic,
                "distribution": one.test.distribution,
                "p_value": one.test.p_value,
                "p_value_robust": one.also["robust F"].p_value if "robust F" in one.also else None,
                "lags": one.test.settings["lags"],
                "n_obs": one.test.n_obs,
                "span": one.span,
            }
            for one in found
        ]
    )


def lag_sums(found: list[GrangerResult]) -> pd.DataFrame:
    """Return the sum of the lags of each direction with its interval."""
    return pd.DataFrame(
        [
            {
                "direction": f"{one.predictors[0]} on {one.target}",
                "value": one.lag_sum.value,
                "lower": one.lag_sum.lower,
                "upper": one.lag_sum.upper,
            }
            for one in found
            if one.lag_sum is not None
        ]
    )


def outlook(found: Sequence[Outlook], last: pd.Period) -> pd.DataFrame:
    """Return one row per month ahead: median, intervals (unit of the series), coverage so far."""
    rows = []
    for one in found:
        if one.target.is_sum:
            continue
        ends = {level: one.interval(level) for level in (0.8, 0.95)}
        held = {level: one.held(level) for level in ends}
        chosen = judged(len(held[0.8]))
        month = last + one.target.horizon
        rows.append(
            {
                "month": month,
                "start": month.to_timestamp(),
                "median": float(one.forecasts[MIX].quantile(0.5)[-1]),
                **{
                    f"{side}_{level:.0%}".rstrip("%"): end
                    for level, both in ends.items()
                    for side, end in zip(("lower", "upper"), both, strict=True)
                },
                **{
                    f"coverage_{level:.0%}".rstrip("%"): float(one_held[chosen].mean())
                    for level, one_held in held.items()
                    if chosen is not None
                },
                "n_judged": 0 if chosen is None else chosen.stop - chosen.start,
                "model": MIX,
            }
        )
    return pd.DataFrame(rows)


def effects(found: Sequence[EffectResult]) -> pd.DataFrame:
    """Return one row per category: effect in the unit of the series, interval, sample."""
    return pd.DataFrame(
        [
            {
                "category": one.category,
                "value": one.main.estimate.value,
                "lower": one.main.estimate.lower,
                "upper": one.main.estimate.upper,
            }
            for one in found
        ]
    )
