"""The lengths of periods, and the days on which they start."""

from __future__ import annotations

import pandas as pd

# As pandas calls them; a week is that of ISO 8601, from Monday to Sunday.
PANDAS_FREQ = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q-DEC", "year": "Y-DEC"}


def start_of(days: pd.DatetimeIndex, freq: str) -> pd.DatetimeIndex:
    """Return the first day of the period that each day lies in."""
    return pd.DatetimeIndex(days.to_period(PANDAS_FREQ[freq]).start_time.normalize())
