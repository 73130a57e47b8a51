"""The balance per 1,000 events, as the report tells it: its change in a year and its place."""

from __future__ import annotations

from datetime import date

import pytest

from detente.report.model import balance
from detente.report.model.balance import FEWEST_WINDOWS, WINDOW, Month


def _months(values: list[float | None], margin: float | None = 1.0) -> list[Month]:
    """Months with these balances, each with an interval so far to both sides."""
    return [
        Month(
            month=date(2000 + place // 12, place % 12 + 1, 1),
            net=0.0,
            n_events=1,
            n_source=1000,
            is_complete=value is not None,
            balance=value,
            lo=None if value is None or margin is None else value - margin,
            hi=None if value is None or margin is None else value + 2 * margin,
        )
        for place, value in enumerate(values)
    ]


def test_a_change_is_that_within_a_year_and_is_bounded_by_the_far_ends_of_both() -> None:
    told = balance._with_changes(_months([float(n * n) for n in range(WINDOW + 2)]))
    assert [one.change for one in told[:WINDOW]] == [None] * WINDOW
    last = told[-1]
    # 13 squared less 1 squared. The lower end of the one (169 - 1) less the upper of the other
    # (1 + 2), and the upper (169 + 2) less the lower (1 - 1).
    assert (last.change, last.change_lo, last.change_hi) == (168.0, 165.0, 171.0)


@pytest.mark.parametrize("gone", [0, WINDOW])
def test_without_both_balances_there_is_no_change(gone: int) -> None:
    values: list[float | None] = [1.0] * (WINDOW + 1)
    values[gone] = None
    last = balance._with_changes(_months(values))[-1]
    assert (last.change, last.change_lo, last.change_hi) == (None, None, None)


def test_without_an_interval_a_change_has_none() -> None:
    last = balance._with_changes(_months([1.0] * WINDOW + [3.0], margin=None))[-1]
    assert (last.change, last.change_lo, last.change_hi) == (2.0, None, None)


def test_its_place_is_the_share_of_the_earlier_ones_that_are_lower() -> None:
    earlier: list[float | None] = [float(n % 3) for n in range(FEWEST_WINDOWS)]
    told = balance._with_changes(_months([*earlier, None, 1.0]))
    assert [one.share_lower for one in told[:FEWEST_WINDOWS]] == [None] * FEWEST_WINDOWS
    # Those that are equal are not lower, and an unknown one is none of the earlier ones.
    lower = sum(one == 0.0 for one in earlier)
    assert told[-1].share_lower == pytest.approx(lower / FEWEST_WINDOWS)
