"""What the diagnostic tests take, and the sample as their results name it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
from numpy.typing import ArrayLike

from detente.base.phrases import say
from detente.statistics.results import Refusal, TestResult
from detente.statistics.samples import Sample
from detente.statistics.units import own_units

Values = pd.Series | ArrayLike


class SeriesTest(NamedTuple):
    """A test that is made of every series.

    Attributes
    ----------
    refused_as
        What a refusal is named by: the test's `test_id`, or one name for tests that are refused
        for the same reason.
    model
        The same in words.
    run
        The test with its defaults.
    """

    refused_as: str
    model: str
    run: Callable[[Values], TestResult | Refusal]


def in_own_units(sample: Sample, model: str) -> Sample | Refusal:
    """Return the sample in units of its spread around its median, or why the model is refused.

    None of these tests depends on the unit; very large or very small numbers would lose digits.
    """
    own = own_units(sample.values)
    if not own.values.any():
        return Refusal(model=model, reason=say("reason.constant"))
    return replace(sample, values=own.values)


def span(sample: Sample) -> dict[str, str | int | float | bool | None]:
    """Return the sample's first and last period and its gaps, as settings of a result."""
    return {
        "first": sample.labels[0],
        "last": sample.labels[-1],
        "n_missing_dropped": sample.n_missing,
    }
