"""The one place that reads the clock, so that a simulated night has one clock to turn."""

from __future__ import annotations

from datetime import UTC, date, datetime


def now() -> datetime:
    """Return the time in UTC, without a zone."""
    return datetime.now(UTC).replace(tzinfo=None)


def second() -> datetime:
    """Return the time in UTC, without a zone, to the second."""
    return now().replace(microsecond=0)


def today() -> date:
    """Return the day in UTC."""
    return now().date()
