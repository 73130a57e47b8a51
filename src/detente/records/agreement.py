"""How far coders agree: Krippendorff's alpha of records that several of them coded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

Level = Literal["nominal", "interval"]


@dataclass(frozen=True)
class Coding:
    """What one coder made of one record; None where the coder left a field empty."""

    record_id: str
    coder: str
    event_date: date | None
    actor1: tuple[str, ...]
    actor2: tuple[str, ...]
    cameo_code: str | None


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's alpha of one variable.

    Attributes
    ----------
    variable
        ``day``, ``actors``, ``code``, ``root`` or ``scale value``.
    level
        Of measurement, which sets the distance between two values.
    alpha
        1: no disagreement; 0: what chance would give. None where every value is the same, so that
        there is nothing to agree about.
    lower, upper
        95% percentile bootstrap over records.
    n_records, n_coders
        Records that at least two coders coded, and coders.
    share_same
        Share of those records on which all coders gave the same value.
    """

    variable: str
    level: Level
    alpha: float | None
    lower: float | None
    upper: float | None
    n_records: int
    n_coders: int
    share_same: float


def alphas(
    codings: Iterable[Coding],
    values: Mapping[str, float | None],
    n_draws: int = 1000,
    seed: int = 0,
) -> list[Alpha]:
    """Return the agreement of coders on day, actors, code, root code and scale value.

    Parameters
    ----------
    codings
        Of all coders; a record that one coder alone coded is left out.
    values
        Points of the scale by CAMEO code.
    n_draws, seed
        Of the bootstrap over records.

    Notes
    -----
    Alpha is 1 - observed / expected disagreement (Krippendorff 2019, Content Analysis, 4th ed.,
    chapter 12), computed by the package ``krippendorff``; the interval draws records with
    replacement (Hayes and Krippendorff 2007, Communication Methods and Measures 1, 77-89).
    """
    by_record: dict[str, dict[str, Coding]] = {}
    for coding in codings:
        by_record.setdefault(coding.record_id, {})[coding.coder] = coding
    double = [one for _, one in sorted(by_record.items()) if len(one) > 1]
    coders = sorted({coder for one in double for coder in one})
    return [
        _alpha(variable, level, [[take(one.get(coder)) for coder in coders] for one in double],
               len(coders), n_draws, seed)
        for variable, level, take in _variables(values)
    ]  # fmt: skip


def _variables(values: Mapping[str, float | None]):  # type: ignore[no-untyped-def]
    def day(one: Coding | None) -> float | None:
        return None if one is None or one.event_date is None else float(one.event_date.toordinal())

    def actors(one: Coding | None) -> str | None:
        if one is None or not one.actor1:
            return None
        return f"{';'.join(sorted(one.actor1))}>{';'.join(sorted(one.actor2))}"

    def code(one: Coding | None) -> str | None:
        return None if one is None else one.cameo_code

    def root(one: Coding | None) -> str | None:
        return None if one is None or one.cameo_code is None else one.cameo_code[:2]

    def points(one: Coding | None) -> float | None:
        return None if one is None or one.cameo_code is None else values.get(one.cameo_code)

    return (
        ("day", "interval", day),
        ("actors", "nominal", actors),
        ("code", "nominal", code),
        ("root", "nominal", root),
        ("scale value", "interval", points),
    )


def _alpha(
    variable: str,
    level: Level,
    units: Sequence[Sequence[float | str | None]],
    n_coders: int,
    n_draws: int,
    seed: int,
) -> Alpha:
    table = _numbers(units, level)
    known = table[(~np.isnan(table)).sum(axis=1) > 1] if len(table) else table
    same = [np.nanmax(one) == np.nanmin(one) for one in known]
    estimate = _of(known, level)
    drawn = np.array([]) if estimate is None else redrawn(known, level, n_draws, seed)
    bounds = np.percentile(drawn, [2.5, 97.5]) if len(drawn) else (None, None)
    return Alpha(
        variable=variable,
        level=level,
        alpha=estimate,
        lower=None if bounds[0] is None else float(bounds[0]),
        upper=None if bounds[1] is None else float(bounds[1]),
        n_records=len(known),
        n_coders=n_coders,
        share_same=float(np.mean(same)) if same else 0.0,
    )


def redrawn(
    table: NDArray[np.float64], level: Level, n_draws: int, seed: int
) -> NDArray[np.float64]:
    """Return alpha of records drawn with replacement, by the definition, all draws at once.

    Parameters
    ----------
    table
        One row per record and one column per coder, NaN where a coder has no value; each record has
        two values or more.

    Returns
    -------
    ndarray
        Shape (draws,), without those in which every value is the same.
    """
    values = np.unique(table[~np.isnan(table)])
    counts = (table[:, :, None] == values).sum(axis=1).astype(np.float64)
    gaps = np.subtract.outer(values, values)
    distance = (gaps != 0.0).astype(np.float64) if level == "nominal" else gaps**2
    within = np.einsum("ui,ij,uj->u", counts, distance, counts) / (counts.sum(axis=1) - 1.0)
    chosen = np.random.default_rng(seed).integers(len(table), size=(n_draws, len(table)))
    weights = np.stack([np.bincount(one, minlength=len(table)) for one in chosen]).astype(float)
    totals = weights @ counts
    n_values = totals.sum(axis=1)
    observed = weights @ within / n_values
    expected = np.einsum("dv,vw,dw->d", totals, distance, totals) / (n_values * (n_values - 1.0))
    varies = expected > 0.0
    return np.asarray(1.0 - observed[varies] / expected[varies])


def _numbers(units: Sequence[Sequence[float | str | None]], level: Level) -> NDArray[np.float64]:
    """Return one row per record and one column per coder; a nominal value becomes its number."""
    names: dict[float | str, float] = {}
    rows = [
        [
            np.nan
            if value is None
            else float(value)
            if level == "interval"
            else names.setdefault(value, float(len(names)))
            for value in unit
        ]
        for unit in units
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), -1)


def _of(table: NDArray[np.float64], level: Level) -> float | None:
    values = table[~np.isnan(table)]
    if len(table) < 2 or len(np.unique(values)) < 2:
        return None
    return float(krippendorff.alpha(reliability_data=table.T, level_of_measurement=level))
