"""A series built otherwise, and what it leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import pandas as pd

from detente.base.phrases import english, say
from detente.records.sidecar import Start

VariantKind = Literal[
    "scale", "counting", "trimming", "without", "bilateral", "one_sided", "whole_span", "rule"
]


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One other way to build, or to search, a dyad's series.

    Attributes
    ----------
    kind, name
        What is done otherwise, and to what: ``"without"`` and ``"military_exercise"``.
    words
        The same in words that end a sentence.
    values
        The series.
    n_left_out, share_left_out
        Acts that are left out, and their share of the dyad's points of cooperation and conflict;
        None where none is.
    trimming
        Least share of the periods in a regime; None for that of the settings.
    level_change
        Points a month by which the level changed; None where it was not estimated.
    """

    kind: VariantKind
    name: str
    words: str
    values: pd.Series
    n_left_out: int | None = None
    share_left_out: float | None = None
    trimming: float | None = None
    level_change: float | None = None


@dataclass(frozen=True, kw_only=True)
class LateKind:
    """A kind of record that is kept only from some day on, and what a dyad has of it.

    Attributes
    ----------
    start
        As the sidecar declares it.
    label
        Of the file.
    n_acts
        Acts of the kind on the dyad.
    share
        Their share of the dyad's points of cooperation and conflict.
    """

    start: Start
    label: str
    n_acts: int
    share: float

    @property
    def words(self) -> str:
        """The kind, the day and the reason, in words."""
        return say("variant.late", kind=self.since, why=self.start.why)

    @property
    def since(self) -> str:
        """The kind and the day, in words."""
        return say("variant.since", kind=_name(self.start), day=str(self.start.first_day))


@dataclass(frozen=True, kw_only=True)
class Variants:
    """Everything that is built otherwise of one dyad.

    Attributes
    ----------
    variants
        The undirected series.
    late
        Kinds of records that begin late.
    one_sided, n_acts, n_two_sided
        See ``detente.analysis.series.Dyad``.
    level_change
        Of the series as it is, over the months that every rule of coding is asked about.
    """

    variants: tuple[Variant, ...] = ()
    late: tuple[LateKind, ...] = ()
    one_sided: tuple[pd.Series, pd.Series] | None = None
    n_acts: int | None = None
    n_two_sided: int | None = None
    level_change: float | None = None


def scale_name(scale: str) -> str:
    """Return what a reader calls a scale; one of the study's own goes by the name of its file."""
    key = f"scale.{scale}"
    return say(key) if key in english() else scale.replace("_", " ")


def _name(start: Start) -> str:
    """Name a kind in a sentence: its category, or the values of its columns."""
    return ", ".join(start.attributes.values() or [start.category]).replace("_", " ")
