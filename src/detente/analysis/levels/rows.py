"""Rows of the tables of the level, from fitted models."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from detente.analysis.levels.panel import Panel
from detente.base.phrases import Phrase, say
from detente.statistics.level import step_or_drift, summary
from detente.statistics.level.filtering import YEAR
from detente.statistics.level.fit import Fit
from detente.statistics.level.step_or_drift import StepOrDrift
from detente.statistics.level.summary import Summary
from detente.statistics.wording import amounts

# Months between which a rise or fall is looked for.
SPAN = 24

Floats = npt.NDArray[np.float64]


def level_rows(
    panel: Panel, cooperation: Fit, conflict: Fit, smoothed: Summary, log2_draws: int
) -> pd.DataFrame:
    """Return rows of `stats.level`, both kinds of each dyad and month."""
    n_pairs, n_months = len(panel.pairs), len(panel.months)

    def long(values: Floats) -> Floats:
        """Return values of shape (months, dyads), dyad by dyad."""
        return values.T.ravel()

    month = summary.months(cooperation, conflict, log2_draws=log2_draws)
    net = (cooperation.sums.y - conflict.sums.y)[:, 0].ravel()
    tables = []
    for kind, found in (
        ("filtered", summary.filtered_summary(cooperation, conflict, log2_draws)),
        ("smoothed", smoothed),
    ):
        columns: dict[str, object] = {
            "period_start": np.tile(panel.months.to_timestamp(), n_pairs),
            "actor1_iso3": np.repeat([first for first, _ in panel.pairs], n_months),
            "actor2_iso3": np.repeat([second for _, second in panel.pairs], n_months),
            "kind": kind,
            "p_higher_than_year_ago": long(found.p_higher[YEAR]),
            "net": net,
            "n_sources": panel.n_sources.ravel(),
        }
        for name, values in (("level", found.level), ("tone", found.tone)):
            ends = ("_lo_95", "_lo_80", "", "_hi_80", "_hi_95")
            columns |= {f"{name}{end}": long(row) for end, row in zip(ends, values, strict=True)}
        if kind == "filtered":
            columns |= {
                "predicted_net": long(month.predicted),
                "predicted_net_sd": long(month.predicted_sd),
                "pit": long(month.pit),
                "pit_tie": long(month.tie),
                "surprise": long(month.surprise),
            }
        tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def fit_rows(panel: Panel, sign: str, one: Fit, fingerprint: str) -> pd.DataFrame:
    """Return rows of `stats.level_fit`."""
    nodes, weight, pairs = one.nodes, one.weight, panel.pairs

    def mean(values: Floats) -> Floats:
        return np.asarray(np.einsum("nk,nk...->n...", weight, values))

    return pd.DataFrame(
        {
            "actor1_iso3": [first for first, _ in pairs],
            "actor2_iso3": [second for _, second in pairs],
            "sign": sign,
            "sources": [list(panel.sources)] * len(pairs),
            "placed_to": panel.months[panel.n_placing - 1].to_timestamp(),
            "months_sha256": fingerprint,
            "power": one.rule.power,
            "q": np.exp(mean(nodes.log_step)),
            "phi": np.exp(mean(nodes.log_dispersion)).tolist(),
            "source_effect": mean(nodes.effect).tolist(),
            "log_mean": nodes.log_mean,
            "node_log_q": nodes.log_step.tolist(),
            "node_log_phi": nodes.log_dispersion.tolist(),
            "node_effect": nodes.effect.tolist(),
            "node_log_weight": nodes.log_weight.tolist(),
            "node_log_evidence": nodes.log_evidence.tolist(),
            "node_weight": weight.tolist(),
        }
    )


def step_rows(panel: Panel, cooperation: Fit, conflict: Fit, months_apart: int) -> pd.DataFrame:
    """Return rows of `stats.step_or_drift`."""
    rows = []
    for place, pair in enumerate(panel.pairs):
        found = step_or_drift.compare(cooperation, conflict, place, months_apart)
        if found is None:
            continue
        several = found.log_marginal[step_or_drift.STEPS]
        seen = panel.months[panel.n_sources[place] > 0]
        rows.append(
            {
                "actor1_iso3": pair[0],
                "actor2_iso3": pair[1],
                "first_month": seen[0].to_timestamp(),
                "last_month": seen[-1].to_timestamp(),
                "log_constant": found.log_marginal[step_or_drift.CONSTANT],
                "log_one_step": found.log_marginal[step_or_drift.STEP],
                "log_several_steps": several if np.isfinite(several) else np.nan,
                "log_drift": found.log_marginal[step_or_drift.DRIFT],
                "log_drift_with_jump": found.log_marginal[step_or_drift.JUMP],
                "verdict": found.verdict,
                "lead": found.lead,
                "is_step": found.is_step,
                "step_after": panel.months[found.step[0]].end_time.normalize(),
                "p_step_after": found.step[1],
                "jump_after": panel.months[found.jump[0]].end_time.normalize(),
                "p_jump_after": found.jump[1],
                "sentence": step_sentence(found, "-".join(pair), panel.months, seen),
            }
        )
    return pd.DataFrame(rows)


def step_sentence(
    found: StepOrDrift,
    subject: str,
    months: pd.PeriodIndex,
    seen: pd.PeriodIndex | None = None,
) -> Phrase:
    """Say which way of moving explains the months best, and what may be called a break."""
    log = found.log_marginal
    seen = months if seen is None else seen
    drift = max(log[step_or_drift.DRIFT], log[step_or_drift.JUMP])
    of_steps = max(log[step_or_drift.STEP], log[step_or_drift.STEPS])
    if found.is_step:
        end = say("level.step", month=str(months[found.step[0]]))
    elif found.verdict in (step_or_drift.STEP, step_or_drift.STEPS):
        end = say("level.unclear_step")
    else:
        end = say("level.no_step")
    return say(
        "level.way",
        subject=subject,
        first=str(seen[0]),
        last=str(seen[-1]),
        way=say(f"level.{_WAYS[found.verdict]}"),
        end=end,
        one=f"{drift - log[step_or_drift.STEP]:.1f}",
        many=f"{drift - of_steps:.1f}",
    )


# The entries of the catalogue that name the ways.
_WAYS = {
    step_or_drift.CONSTANT: "constant",
    step_or_drift.STEP: "one_step",
    step_or_drift.STEPS: "several_steps",
    step_or_drift.DRIFT: "drift",
    step_or_drift.JUMP: "jump",
}


def change_rows(panel: Panel, smoothed: Summary) -> pd.DataFrame:
    """Return rows of `stats.level_change`."""
    rows = []
    unit = "_per_1k" if panel.per_1k else ""
    for place, pair in enumerate(panel.pairs):
        for one in summary.changes(smoothed, SPAN, place, is_known=panel.n_sources[place] > 0):
            first, last = panel.months[one.first], panel.months[one.last]
            before, after = amounts(one.before, one.after)
            rows.append(
                {
                    "actor1_iso3": pair[0],
                    "actor2_iso3": pair[1],
                    "direction": "rise" if one.is_rise else "fall",
                    "first_month": first.to_timestamp(),
                    "last_month": last.to_timestamp(),
                    "level_before": one.before,
                    "level_after": one.after,
                    "probability": one.probability,
                    "sentence": say(
                        f"level.{'rose' if one.is_rise else 'fell'}{unit}",
                        pair="-".join(pair),
                        first=str(first),
                        last=str(last),
                        before=before,
                        after=after,
                        probability=f"{min(one.probability, 0.999):.2f}",
                    ),
                }
            )
    return pd.DataFrame(rows)
