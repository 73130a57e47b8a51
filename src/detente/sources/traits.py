"""What the reader of an index has to know of a source beside its name."""

from __future__ import annotations

from detente.settings.series import Measure

# Coded by machine from a stream of news that grows over the years: a sum rises because more is
# reported, so that what is shown is the net score per 1,000 events of the source.
_NEWS_STREAMS = frozenset({"gdelt1", "gdelt2", "gdelt2_translation", "icews", "polecat"})


def usual_measure(source: str) -> Measure:
    """Return the measure that is shown of a source unless the study names another one."""
    return "net_per_1k" if source in _NEWS_STREAMS else "net"
