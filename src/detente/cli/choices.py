"""What an option may be one of."""

from __future__ import annotations

from enum import StrEnum


class Freq(StrEnum):
    """Length of a period."""

    day = "day"
    week = "week"
    month = "month"
    quarter = "quarter"
    year = "year"


class Direction(StrEnum):
    """Whether a dyad's two directions are kept apart."""

    directed = "directed"
    undirected = "undirected"


class Counting(StrEnum):
    """How often an actor pair and code counts on a day."""

    all = "all"
    one_a_day = "one_a_day"


class Weighting(StrEnum):
    """How much an event counts."""

    none = "none"
    log_mentions = "log_mentions"


class Format(StrEnum):
    """How a table is written."""

    table = "table"
    csv = "csv"
    json = "json"
    parquet = "parquet"
