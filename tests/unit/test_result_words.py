"""What a test is called, and what it tests, can be said in every language of the catalogue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from detente.base.phrases import Phrase
from detente.report import language
from detente.statistics.breaks.search import find_breaks
from detente.statistics.diagnostics.suitability import suitability
from detente.statistics.effects.estimate import category_effects
from detente.statistics.effects.events import Event
from detente.statistics.reciprocity.climate import predictions
from detente.statistics.reciprocity.granger import granger
from detente.statistics.reciprocity.var_model import fit_var
from detente.statistics.results import Refusal, TestResult
from detente.statistics.wording import amounts

KOREAN = language.load("ko")
MONTHS = pd.period_range("2005-01", periods=180, freq="M")
RNG = np.random.default_rng(7)
SERIES = pd.Series(RNG.normal(size=180).round(2), index=MONTHS, name="JPN-KOR")
SHIFTED = (SERIES + np.where(np.arange(180) < 90, 0.0, 4.0)).rename("JPN-KOR")
SPARSE = pd.Series(np.eye(1, 180, 90)[0], index=MONTHS, name="JPN-KOR")
EVENTS = [Event(when=month, category="summit", title="") for month in MONTHS[20:160:20]]
PAIR = pd.DataFrame({"JPN>KOR": SERIES, "KOR>JPN": SERIES.shift(1, fill_value=0.0) + SHIFTED})
COUNTS = pd.DataFrame(
    RNG.poisson(1.0, size=(200, 2)),
    index=pd.period_range("2010-01-04", periods=200, freq="W-SUN"),
    columns=["JPN>KOR", "KOR>JPN"],
)


def _told(found: object) -> Iterator[tuple[str, str]]:
    """Yield every text for readers in a result, with its name."""
    if isinstance(found, TestResult):
        yield from (
            (name, getattr(found, name)) for name in ("test", "null_hypothesis", "alternative")
        )
    if isinstance(found, Refusal):
        yield from (("model", found.model), ("reason", found.reason))
    if is_dataclass(found) and not isinstance(found, type):
        yield from (("warning", one) for one in getattr(found, "warnings", ()))
        for field in fields(found):
            yield from _told(getattr(found, field.name))
    elif isinstance(found, Mapping):
        for one in found.values():
            yield from _told(one)
    elif isinstance(found, (list, tuple)):
        for one in found:
            yield from _told(one)


@pytest.mark.parametrize(
    "find",
    [
        lambda: find_breaks(SHIFTED),
        lambda: find_breaks(SPARSE),
        lambda: find_breaks(SERIES[:20]),
        lambda: suitability(SERIES),
        lambda: suitability(SPARSE),
        lambda: category_effects(SERIES, EVENTS, "summit"),
        lambda: category_effects(SPARSE, EVENTS, "summit"),
        lambda: category_effects(SERIES, EVENTS[:1], "summit"),
        lambda: granger(fit_var(PAIR), "JPN>KOR", ["KOR>JPN"]),
        lambda: fit_var(PAIR.assign(other=PAIR["JPN>KOR"])),
        lambda: fit_var(PAIR[:8]),
        lambda: predictions(COUNTS),
        lambda: predictions(COUNTS[:30]),
    ],
)
def test_a_result_is_said_in_korean(find: object) -> None:
    texts = list(_told(find()))
    assert texts
    for name, text in texts:
        assert isinstance(text, Phrase), (name, text)
        said = KOREAN.result(text, text.as_json())
        assert said, (name, text)


def test_amounts_of_any_size_show_digits() -> None:
    assert amounts(-0.214, -1.447, 1.021) == ("-0.21", "-1.45", "1.02")
    assert amounts(0.0, 0.0) == ("0.00", "0.00")
    assert amounts(-0.004, 0.31) == ("0.00", "0.31")
    assert amounts(2.14e-13, -1.4e-12) == ("2.14e-13", "-1.4e-12")
    assert amounts(1.0, 3.2e15) == ("1", "3.2e+15")
