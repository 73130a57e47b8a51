"""Calibration: where outcomes fell within the forecasts that were made of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import sqrt

from detente.report.charts import lines
from detente.report.language import Language
from detente.report.model.pairs import Pair
from detente.report.model.results import Row
from detente.report.pages.figures import Figure, source

BINS = 10
_FEWEST = 40  # months, four a bin


def heights(values: Sequence[tuple[float, float]], bins: int = BINS) -> list[float]:
    """Return the probability integral transform as a histogram, one where a forecast is calibrated.

    An outcome that is as likely as a lump of the forecast spreads over that lump: the histogram
    that is not randomised of Czado, Gneiting and Held (2009), "Predictive model assessment for
    count data", Biometrics 65, p. 1257.

    Parameters
    ----------
    values
        Of each outcome the probability of less, with half of that of just as much, and the
        probability of just as much.

    Returns
    -------
    list of float
        Density of each bin; the mean of all is one.
    """
    density = [0.0] * bins
    for middle, tie in values:
        low, high = max(middle - tie / 2, 0.0), min(middle + tie / 2, 1.0)
        for place in range(bins):
            left, right = place / bins, (place + 1) / bins
            if high - low < 1e-12:
                inside = float(left <= low < right or (place == bins - 1 and low >= right))
            else:
                inside = max(min(high, right) - max(low, left), 0.0) / (high - low)
            density[place] += inside * bins / len(values)
    return density


def figure(pair: Pair, rows: Sequence[Row], say: Language) -> Figure | None:
    """Return the chart; None where too few months were forecast.

    Parameters
    ----------
    rows
        Of `stats.level`, the months as the months before foretold them.
    """
    values = [
        (float(one["pit"]), float(one["pit_tie"] or 0.0))
        for one in rows
        if one.get("pit") is not None
    ]
    if len(values) < _FEWEST:
        return None
    found = heights(values)
    # 95% of the bins of a calibrated forecast; a lump makes them vary less.
    spread = 1.96 * sqrt((BINS - 1) / len(values))
    title = say("annex.pit_title")
    what = say("annex.pit_what", n=say.n_months(len(values)))
    band = (max(1 - spread, 0.0), 1 + spread)
    draw = partial(lines.histogram, "calibration", found, band, title, what)
    return Figure(
        pair.slug, "calibration", title, what, source(pair, say), "density", draw(),
        ("from", "to", "density"),
        tuple((place / BINS, (place + 1) / BINS, one) for place, one in enumerate(found)),
        draw(size=lines.PHONE),
    )  # fmt: skip
