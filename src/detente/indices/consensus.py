"""One relation behind several sources: a local-level model with source loadings.

Each source sees the same relation through its own glass: it reports more or less of it, on another
level, with its own noise. With f the relation, y the relative net score that source i reports in
month t,

    y[i, t] = a[i] + b[i] * f[t] + e[i, t],    e[i, t] ~ N(0, s[i]**2)
    f[t] = f[t - 1] + u[t],                    u[t] ~ N(0, q**2)

The reference source has a = 0 and b = 1, so f is in its units. A month that a source does not
report drops out of the likelihood, so sources may start, stop and pause. Because a and b are
estimated together with f, and not by centring each series on its own span, a source that joins in
bad times does not pull the past up (Durbin and Koopman 2012, Time Series Analysis by State Space
Methods, chapter 4 on missing observations; Harvey 1989, Forecasting, Structural Time Series Models
and the Kalman Filter, section 8.5 on common trends).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.mlemodel import MLEModel

from detente.base.threads import one_thread
from detente.database import comparison
from detente.database.builder import Warehouse
from detente.indices.reported import FEWEST_SHARED

QUANTILE = 1.959963984540054
# Of a source's standard deviation; a smaller error is none (a Heywood case of factor analysis).
_NO_NOISE = 1e-3

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Consensus:
    """The relation behind several sources of one dyad.

    Attributes
    ----------
    level
        One row per period: `consensus`, `consensus_lo`, `consensus_hi` (95%, given the estimated
        parameters), `n_sources`. Empty where there is no consensus.
    sources
        One row per source: `n_periods`, `n_overlap`, `is_reference`, `intercept`, `loading`,
        `noise`, `note` (why it is left out, or that no error of it was found, else None).
    """

    level: pd.DataFrame
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)


class _Model(MLEModel):  # type: ignore[misc]
    """The state space form; the first column of the data is the reference."""

    def __init__(self, endog: pd.DataFrame) -> None:
        super().__init__(endog, k_states=1, k_posdef=1, initialization="approximate_diffuse")
        self["transition"] = np.eye(1)
        self["selection"] = np.eye(1)
        self["design", 0, 0] = 1.0
        self.k_others = self.k_endog - 1

    @property
    def param_names(self) -> list[str]:
        """Names of the parameters: intercepts, loadings, deviations of noise and of steps."""
        others = self.endog_names[1:]
        return [
            *(f"intercept.{name}" for name in others),
            *(f"loading.{name}" for name in others),
            *(f"noise.{name}" for name in self.endog_names),
            "step",
        ]

    @property
    def start_params(self) -> Floats:
        """Intercepts and loadings from regressions on the reference, noise from what they leave."""
        data = np.asarray(self.endog, dtype=float)
        reference = data[:, 0]
        spread = float(np.nanstd(reference)) or 0.1
        intercepts, loadings, noises = [], [], [spread / 2]
        for column in data[:, 1:].T:
            both = ~np.isnan(column) & ~np.isnan(reference)
            deviation = float(np.std(column[both])) or 0.1
            loading = deviation / (float(np.std(reference[both])) or 0.1)
            intercepts.append(float(np.mean(column[both]) - loading * np.mean(reference[both])))
            loadings.append(loading)
            noises.append(deviation / 2)
        return np.array([*intercepts, *loadings, *noises, spread / 4])

    def transform_params(self, unconstrained: Floats) -> Floats:
        """Deviations are positive."""
        changed = np.array(unconstrained, ndmin=1)
        start = 2 * self.k_others
        changed[start:] = np.abs(changed[start:]) + 1e-6
        return changed

    def untransform_params(self, constrained: Floats) -> Floats:
        """Invert `transform_params`."""
        changed = np.array(constrained, ndmin=1)
        start = 2 * self.k_others
        changed[start:] = np.maximum(changed[start:] - 1e-6, 1e-8)
        return changed

    def update(self, params: Floats, **kwargs: object) -> None:
        """Put parameters into the matrices."""
        params = super().update(params, **kwargs)
        k = self.k_others
        self["obs_intercept"] = np.concatenate([[0.0], params[:k]])[:, None]
        self["design"] = np.concatenate([[1.0], params[k : 2 * k]])[:, None]
        self["obs_cov"] = np.diag(params[2 * k : -1] ** 2)
        self["state_cov", 0, 0] = params[-1] ** 2


def estimate(reported: pd.DataFrame) -> Consensus:
    """Estimate the relation behind several sources.

    Parameters
    ----------
    reported
        One column per source, one row per period in order and without gaps; NaN where a source does
        not report.

    Returns
    -------
    Consensus
        Without levels where fewer than two sources share FEWEST_SHARED periods, or where the
        likelihood has no maximum that the search finds; the notes say which.
    """
    counts = reported.notna().sum()
    order = sorted(counts.index, key=lambda name: (-int(counts[name]), str(name)))
    reference = order[0]
    shared = {
        name: int((reported[name].notna() & reported[reference].notna()).sum()) for name in order
    }
    notes: dict[str, str | None] = dict.fromkeys(order)
    for name in order[1:]:
        if shared[name] < FEWEST_SHARED:
            notes[name] = (
                f"shares {shared[name]} periods with {reference}; {FEWEST_SHARED} are needed to "
                "tell its level from the relation's"
            )
        elif reported[name].std() == 0 or reported[reference].std() == 0:
            notes[name] = "never moves"
    used = [name for name in order if notes[name] is None]
    if len(used) < 2:
        notes[reference] = "no second source to agree or disagree with it"
        return Consensus(_no_level(), _sources(order, counts, shared, notes, {}))
    data = reported[used]
    fitted = _fit(data)
    if fitted is None:
        notes = dict.fromkeys(order, "the search for the likelihood's maximum did not converge")
        return Consensus(_no_level(), _sources(order, counts, shared, notes, {}))
    level = np.asarray(fitted.smoothed_state[0])
    # Where a source is taken to be without error the variance is zero, and rounding may be below.
    deviation = np.sqrt(np.maximum(np.asarray(fitted.smoothed_state_cov[0, 0]), 0.0))
    table = pd.DataFrame(
        {
            "consensus": level,
            "consensus_lo": level - QUANTILE * deviation,
            "consensus_hi": level + QUANTILE * deviation,
            "n_sources": data.notna().sum(axis=1).to_numpy(),
        },
        index=reported.index,
    )
    # Before the first and after the last report there is nothing to smooth between.
    reports = np.flatnonzero(data.notna().any(axis=1))
    parameters = dict(zip(fitted.model.param_names, fitted.params, strict=True))
    parameters |= {f"intercept.{reference}": 0.0, f"loading.{reference}": 1.0}
    for name in used:
        if abs(parameters[f"noise.{name}"]) < _NO_NOISE * float(reported[name].std()):
            notes[name] = (
                "the likelihood is highest without an error of this source: the consensus is what "
                "it reports, and the band leaves its error out"
            )
    return Consensus(
        table.iloc[reports[0] : reports[-1] + 1],
        _sources(order, counts, shared, notes, parameters),
    )


def _fit(data: pd.DataFrame) -> Any:
    model = _Model(data)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # asked for below
        fitted = model.fit(method="lbfgs", maxiter=2000, disp=False)
        if not fitted.mle_retvals["converged"]:
            fitted = model.fit(fitted.params, method="nm", maxiter=20000, disp=False)
    return fitted if fitted.mle_retvals["converged"] else None


def _no_level() -> pd.DataFrame:
    return pd.DataFrame(columns=["consensus", "consensus_lo", "consensus_hi", "n_sources"])


def _sources(
    order: list[str],
    counts: pd.Series,
    shared: dict[str, int],
    notes: dict[str, str | None],
    parameters: dict[str, float],
) -> pd.DataFrame:
    reference = order[0]
    return pd.DataFrame(
        [
            {
                "source": name,
                "n_periods": int(counts[name]),
                "n_overlap": shared[name],
                "is_reference": name == reference,
                "intercept": parameters.get(f"intercept.{name}"),
                "loading": parameters.get(f"loading.{name}"),
                "noise": parameters.get(f"noise.{name}"),
                "note": notes[name],
            }
            for name in order
        ]
    )


TABLES = ("stats.consensus_index", "stats.consensus_source")
_KEY = "counting, actor1_iso3, actor2_iso3"
_BALANCES = (
    f"select {_KEY}, source, period_start, relative_net "  # noqa: S608
    "from {} where direction = 'undirected' and is_complete"
)
_NOW = _BALANCES.format("marts.dyad_value") + " and freq = 'month'"


def fill(warehouse: Warehouse) -> int:
    """Fill the two tables of the consensus; return how many series were estimated.

    After an incremental build only the series that differ are estimated again.
    """
    chosen = _NOW
    if comparison.has_base(warehouse):
        before = _BALANCES.format("before.month")
        warehouse.execute(
            f"create or replace temp table changed_series as select distinct {_KEY} from ("  # noqa: S608
            f"({_NOW} except all {before}) union all ({before} except all {_NOW}))"
        )
        for table in TABLES:
            warehouse.execute(
                f"delete from {table} where ({_KEY}) in (select ({_KEY}) from changed_series)"  # noqa: S608
            )
        chosen = f"select * from ({_NOW}) semi join changed_series using ({_KEY})"  # noqa: S608
    balances = warehouse.frame(f"{chosen} order by all")
    n_found = 0
    for key, rows in balances.groupby(["counting", "actor1_iso3", "actor2_iso3"], sort=True):
        wide = rows.pivot(index="period_start", columns="source", values="relative_net")
        if not wide.notna().to_numpy().any():
            continue
        wide.index = pd.PeriodIndex(wide.index, freq="M")
        wide = wide.reindex(pd.period_range(wide.index[0], wide.index[-1], freq="M"))
        with one_thread():
            found = estimate(wide.dropna(axis=1, how="all").rename_axis(columns=None))
        tables = {"stats.consensus_source": found.sources}
        if not found.level.empty:
            months = pd.PeriodIndex(found.level.index).to_timestamp()
            tables["stats.consensus_index"] = found.level.assign(period_start=months)
            n_found += 1
        counting, first, second = (str(part) for part in key)
        for table, frame in tables.items():
            named = frame.assign(counting=counting, actor1_iso3=first, actor2_iso3=second)
            warehouse.insert_frame(table, named)
    return n_found
