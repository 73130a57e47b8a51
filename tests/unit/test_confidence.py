"""What a page says of how sure the numbers of a pair are."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest

from detente.report import language
from detente.report.model.pair_results import LevelChange
from detente.report.model.pairs import Pair
from detente.report.pages import confidence

SAY = language.load()


@pytest.mark.parametrize(
    ("is_step", "head"), [(True, "A shift, no firm date"), (False, "A drift, no dated break")]
)
def test_only_what_drifts_is_called_a_drift(is_step: bool, head: str) -> None:
    rise = LevelChange(date(2014, 8, 1), date(2016, 8, 1), -1.2, 4.2)
    pair = SimpleNamespace(
        breaks=(), changes=(rise,), is_step=is_step, series=SimpleNamespace(is_level_per_1k=False)
    )
    told = confidence._shift(cast(Pair, pair), SAY)
    assert told is not None
    assert told.head == head
    assert told.text == "The level rose between Aug 2014 and Aug 2016, from −1 to 4 points a month."
