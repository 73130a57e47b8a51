"""The numbers above a chart cover none of their neighbours."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from detente.report.charts.lanes import lanes

PLACES = st.lists(st.integers(0, 820), max_size=40).map(sorted)


def test_far_apart_all_stand_on_the_lowest_lane_and_a_cluster_is_stacked() -> None:
    assert lanes([0, 19, 400, 405, 410, 420, 500], apart=19, most=6) == [0, 0, 0, 1, 2, 0, 0]
    assert lanes([], apart=19, most=6) == []


@given(places=PLACES)
def test_with_lanes_enough_no_two_on_a_lane_are_too_close(places: list[int]) -> None:
    chosen = lanes(places, apart=19, most=len(places) + 1)
    for lane in set(chosen):
        on_it = [place for place, one in zip(places, chosen, strict=True) if one == lane]
        assert all(later - one >= 19 for one, later in itertools.pairwise(on_it))
    # No more lanes than the thickest stretch needs.
    crowd = max((sum(0 <= place - one < 19 for one in places) for place in places), default=0)
    assert max(chosen, default=-1) + 1 <= crowd


@given(places=PLACES)
def test_there_are_never_more_lanes_than_allowed(places: list[int]) -> None:
    assert set(lanes(places, apart=19, most=3)) <= {0, 1, 2}
