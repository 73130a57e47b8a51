"""Which years a sentence names as the lowest, and what it says of the rest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.analysis import extremes

YEARS = pd.Index([2019, 2020, 2021])


@pytest.mark.parametrize(
    ("chances", "named", "rest"),
    [
        ([0.20, 0.75, 0.05], ["2020", "2019", "2021"], None),  # a twentieth is named
        ([0.20, 0.751, 0.049], ["2020", "2019"], "5%"),
        ([0.006, 0.994, 0.0], ["2020"], "1%"),
        ([0.004, 0.996, 0.0], ["2020"], None),  # less than half a percent is not told
    ],
)
def test_the_likeliest_years_are_named_first_and_the_rest_is_added_up(
    chances: list[float], named: list[str], rest: str | None
) -> None:
    told = str(extremes._sentence("The balance", YEARS, np.array(chances)))
    places = [told.index(year) for year in named]
    assert places == sorted(places)
    assert not any(str(year) in told for year in YEARS if str(year) not in named)
    other = str(extremes.say("extremes.other", share=rest or ""))
    assert (other in told) == (rest is not None)
