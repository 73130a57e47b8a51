"""Which model to believe: chosen on the earlier origins, judged on the later ones.

To pick the winner of a backtest and report its score in the same backtest flatters it. So the best
baseline and its challenger, the best model, are picked by the score of the earlier origins, and all
scores and tests come from the later ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from detente.statistics.forecasting.backtest import Backtest, Record
from detente.statistics.forecasting.diebold_mariano import diebold_mariano
from detente.statistics.forecasting.predictive import Predictive
from detente.statistics.forecasting.scores import crps, log_score
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import FloatArray

LEVELS = (0.50, 0.80, 0.95)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How one model did over the later origins at one horizon, or at all of them.

    Attributes
    ----------
    horizon
        Months ahead; 0 for all of them together.
    n_origins, n_forecasts
        Origins, and forecasts made from them.
    crps, crps_earlier
        Mean over the later and over the earlier origins, in the unit of the series.
    log_score
        Mean of minus the log probability of the unit around the outcome.
    coverage
        Share of outcomes inside the central interval, by its level.
    skill
        1 - CRPS / CRPS of the best baseline; above 0 is better.
    test
        Diebold-Mariano test against the best baseline; none for baselines.
    """

    model: str
    horizon: int
    n_origins: int
    n_forecasts: int
    crps: float
    crps_earlier: float
    log_score: float
    coverage: Mapping[float, float]
    skill: float | None
    test: TestResult | Refusal | None


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The backtest of one series, scored.

    Attributes
    ----------
    baseline
        The best baseline by the earlier origins.
    challenger
        The best model by the earlier origins; none where no model is estimable.
    earlier, later
        First and last origin of each part.
    scores
        One for each model and horizon, 0 first.
    """

    baseline: str
    challenger: str | None
    earlier: tuple[str, str]
    later: tuple[str, str]
    scores: tuple[Score, ...] = field(repr=False)

    def of(self, model: str, horizon: int = 0) -> Score:
        """Return the score of a model."""
        return next(s for s in self.scores if (s.model, s.horizon) == (model, horizon))

    def chosen(self, p_value: float | None, level: float) -> str:
        """Return the model to use: the challenger if it beat the baseline, else the baseline.

        Parameters
        ----------
        p_value
            Of the challenger's test over all horizons, corrected for the tests of its family.
        level
            At which the test decides.
        """
        if self.challenger is None or p_value is None or p_value >= level:
            return self.baseline
        skill = self.of(self.challenger).skill
        return self.challenger if skill is not None and skill > 0.0 else self.baseline


def compare(found: Backtest, selection_share: float = 0.5) -> Comparison:
    """Choose on the earlier origins and score on the later ones.

    Parameters
    ----------
    found
        The forecasts.
    selection_share
        Of the origins, in (0, 1), that belong to the earlier part. From its end so many origins are
        left out that every month which the choice knows of had passed at the first later origin.
    """
    n_origins, horizon = found.observed.shape
    cut = round(selection_share * n_origins)
    cut = min(max(cut, horizon + 1), n_origins - 2)
    earlier, later = slice(0, cut - horizon + 1), slice(cut, n_origins)
    losses = {one.model: crps(one.past, found.observed) for one in found.records}
    by_model = {name: float(loss[earlier].mean()) for name, loss in losses.items()}
    names = {
        kind: [r.model for r in found.records if r.is_baseline is kind] for kind in (True, False)
    }
    baseline = min(names[True], key=by_model.__getitem__)
    challenger = min(names[False], key=by_model.__getitem__) if names[False] else None
    label = [str(found.months[origin]) for origin in found.origins]
    return Comparison(
        baseline=baseline,
        challenger=challenger,
        earlier=(label[earlier][0], label[earlier][-1]),
        later=(label[later][0], label[later][-1]),
        scores=tuple(
            _score(record, ahead, losses, baseline, found.observed, earlier, later)
            for record in found.records
            for ahead in range(horizon + 1)
        ),
    )


def _score(
    record: Record,
    horizon: int,
    losses: Mapping[str, FloatArray],
    baseline: str,
    observed: FloatArray,
    earlier: slice,
    later: slice,
) -> Score:
    ahead = slice(None) if horizon == 0 else slice(horizon - 1, horizon)
    mine, best = losses[record.model], losses[baseline]
    forecast = Predictive(points=record.past.points[later, ahead])
    came = observed[later, ahead]
    # All horizons together: the mean loss of an origin's path, whose forecasts overlap the longest.
    test = None
    if not record.is_baseline:
        test = diebold_mariano(
            mine[later, ahead].mean(axis=1),
            best[later, ahead].mean(axis=1),
            horizon or observed.shape[1],
            (record.model, baseline),
            "CRPS",
        )
    score, of_best = float(mine[later, ahead].mean()), float(best[later, ahead].mean())
    return Score(
        model=record.model,
        horizon=horizon,
        n_origins=len(came),
        n_forecasts=int(came.size),
        crps=score,
        crps_earlier=float(mine[earlier, ahead].mean()),
        log_score=float(log_score(forecast, came).mean()),
        coverage={level: float(np.mean(forecast.holds(came, level))) for level in LEVELS},
        skill=1.0 - score / of_best if of_best > 0.0 else None,
        test=test,
    )
