"""Where the numbers above a chart stand, so that none covers its neighbour."""

from __future__ import annotations

from collections.abc import Sequence


def lanes(places: Sequence[float], apart: float, most: int) -> list[int]:
    """Give each place a lane, the lowest on which it is clear of the one before it.

    Parameters
    ----------
    places
        Ascending, in pixels.
    apart
        Two places on one lane are clear of each other from this distance on.
    most
        No more lanes than this; where all are taken, the one that has been free for longest.

    Returns
    -------
    list
        0 for the lowest lane, for each place.
    """
    last: list[float] = []
    chosen = []
    for place in places:
        free = [number for number, one in enumerate(last) if place - one >= apart]
        if free:
            lane = free[0]
        elif len(last) < most:
            lane = len(last)
            last.append(place)
        else:
            lane = last.index(min(last))
        last[lane] = place
        chosen.append(lane)
    return chosen
