"""Numbers, days and counts as running text."""

from __future__ import annotations

from datetime import date

from detente.report.model.content import Period


def scored(period: Period) -> str:
    """Give a net score with its 95 % interval and the acts that it rests on."""
    text = f"{signed(period.net)} from {acts(period.n_events)}"
    if period.net_lo is None or period.net_hi is None:
        return f"{text}, too few records for an interval"
    return f"{text}, 95 % interval {signed(period.net_lo)} to {signed(period.net_hi)}"


def acts(number: int) -> str:
    """Count acts: `1 act`, `2,345 acts`."""
    return "1 act" if number == 1 else f"{number:,} acts"


def signed(value: float) -> str:
    """Write a score with one decimal and a true minus sign."""
    text = f"{abs(value):,.1f}"
    return text if value >= 0 else f"−{text}"


def month(value: date) -> str:
    """Name a month: `March 2023`."""
    return f"{value:%B %Y}"


def long_day(day: date) -> str:
    """Name a day: `16 March 2023`."""
    return f"{day.day} {day:%B %Y}"
