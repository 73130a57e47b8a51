"""Check who is said to predict whom, on simulated acts with and without reaction.

python bench/reciprocity.py [SERIES]    the table of docs/methods.md, Acts around a common climate
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from detente.statistics.reciprocity import climate, granger, simulation, var_model
from detente.statistics.results import Refusal

N_WEEKS, LEVEL = 1400, 0.05


def main(n_series: int) -> None:
    """Print, by design, how often each test finds a direction, and both, at 5%."""
    print(f"{'design':<32}{'A>B':>7}{'B>A':>7}{'both':>7}{'Granger both: F':>17}{'HC3':>7}{'n':>5}")
    for place, (name, design) in enumerate(simulation.DESIGNS.items()):
        rng = np.random.default_rng(place)
        found, plain, robust = [], [], []
        for _ in range(n_series):
            frame = simulation.simulate(design, N_WEEKS, rng)
            fitted = climate.predictions(frame)
            if isinstance(fitted, Refusal):
                continue
            found.append([one.ratio > 1 and one.test.rejects(LEVEL) for one in fitted.predictions])
            monthly = _granger(frame)
            plain.append(monthly[0])
            robust.append(monthly[1])
        each = 100 * np.mean(found, axis=0)
        both = 100 * np.mean(np.all(found, axis=1))
        print(
            f"{name:<32}{each[0]:>7.0f}{each[1]:>7.0f}{both:>7.0f}"
            f"{100 * np.mean(plain):>17.0f}{100 * np.mean(robust):>7.0f}{len(found):>5}",
            flush=True,
        )


def _granger(frame: pd.DataFrame) -> tuple[bool, bool]:
    """Say whether the F test, and the one with HC3, reject both ways on the sums by month."""
    monthly = frame.groupby(frame.index.to_timestamp().to_period("M")).sum()
    fit = var_model.fit_var(monthly)
    if isinstance(fit, Refusal):
        return False, False
    ways = (("A>B", "B>A"), ("B>A", "A>B"))
    tests = [granger.granger(fit, one, [other]) for one, other in ways]
    kept = [one for one in tests if not isinstance(one, Refusal)]
    return tuple(  # type: ignore[return-value]
        len(kept) == len(ways) and all(one.also[form].rejects(LEVEL) for one in kept)
        for form in ("F", "robust F")
    )


if __name__ == "__main__":
    with threadpool_limits(limits=1, user_api="blas"):
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
