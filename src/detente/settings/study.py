"""What is studied, and how records and events become indices."""

from __future__ import annotations

from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from detente.base.toml_models import Declared
from detente.settings.section import CameoCode, Iso3

# With more pairs than this, only those with enough events are kept.
MANY_PAIRS = 200


class Study(Declared):
    """What is studied: the span, the actors and the pairs that get a report."""

    name: str = Field(min_length=1)
    start: date
    # In the file also "all": every state of the reference tables.
    actors: tuple[Iso3, ...] = Field(min_length=2)
    focal_dyad: tuple[Iso3, Iso3]
    dyads: tuple[tuple[Iso3, Iso3], ...] = ()
    # Of many pairs those are kept that have so many events, and of these so many are asked about
    # and get a report, the ones with most events; a report of any other is made when asked for.
    least_events: int = Field(default=100, ge=1)
    most_reported: int = Field(default=50, ge=1)

    @field_validator("actors")
    @classmethod
    def _distinct(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("each actor is named once")
        return value

    @model_validator(mode="after")
    def _dyads_are_among_actors(self) -> Study:
        for pair in (self.focal_dyad, *self.dyads):
            if pair[0] == pair[1] or not set(pair) <= set(self.actors):
                raise ValueError(
                    f"the dyad {pair[0]}-{pair[1]} must be two different members of "
                    f"study.actors ({', '.join(self.actors)})"
                )
        return self

    @property
    def has_many_pairs(self) -> bool:
        """Whether the pairs are more than anyone would list, so that events choose among them."""
        n = len(self.actors)
        return not self.dyads and n * (n - 1) // 2 > MANY_PAIRS

    @property
    def dyad_pairs(self) -> tuple[tuple[str, str], ...]:
        """Undirected pairs, alphabetical inside; all pairs of actors unless `dyads` names some."""
        pairs = self.dyads or tuple(combinations(sorted(self.actors), 2))
        focal = tuple(sorted(self.focal_dyad))
        rest = sorted({tuple(sorted(pair)) for pair in pairs} - {focal})
        return tuple((pair[0], pair[1]) for pair in (focal, *rest))


class Paths(Declared):
    """Folders, relative to `detente.toml`."""

    raw: Path = Path("data/raw")
    processed: Path = Path("data/processed")
    reports: Path = Path("reports/out")
    specs: Path = Path("reports/specs")
    # The study's own named queries, a file a question.
    queries: Path = Path("queries")


class Index(Declared):
    """How events become indices."""

    # 2 ** (days / half_life) must stay a finite double over half a century of days.
    half_life_days: float = Field(default=180.0, ge=20.0, le=36525.0)
    # What the marts hold; `detente index` and the macro dyad_index compute any other choice.
    scale: str = Field(default="goldstein", pattern=r"^[a-z][a-z0-9_]*$")
    officials: Literal["all", "official"] = "all"
    weighting: Literal["none", "log_mentions"] = "none"
    # Points of the scale that a month must gain to move the relation score by one point from zero.
    points_per_score: float = Field(default=40.0, gt=0)


# States by the value of a column of a file of records.
TargetsByValue = dict[str, dict[str, tuple[Iso3, ...]]]


class RuleChange(Declared):
    """What the settings say otherwise than the `[rule]` of a file of records (docs/methods.md)."""

    cameo_code: CameoCode | None = None
    # The states of a value replace those that the file names for it.
    targets: TargetsByValue = {}


TakingBack = Literal["up_to_taken", "once", "every_step"]


class Recode(Declared):
    """Records that are counted otherwise than their file codes them (docs/methods.md)."""

    name: str = Field(min_length=1)
    # Which records are meant: all of these hold.
    category: str | None = None
    cameo_code: CameoCode | None = None
    attributes: dict[str, str] = {}
    filled: str | None = None
    min_actors: int = Field(default=2, ge=2)
    # What becomes of them: another code, acts among all who take part, or nothing.
    to: CameoCode | None = None
    reverse_to: CameoCode | None = None
    among_all: bool = False
    leave_out: bool = False

    @model_validator(mode="after")
    def _says_which_and_what(self) -> Recode:
        which = (self.category, self.cameo_code, self.attributes, self.filled)
        if not any(which) and self.min_actors == 2:
            raise ValueError(
                "say which records are meant: category, cameo_code, attributes, filled, min_actors"
            )
        if not (self.to or self.among_all or self.leave_out):
            raise ValueError("say what becomes of the records: to, among_all or leave_out")
        if self.leave_out and (self.to or self.among_all):
            raise ValueError("records that are left out have no other code")
        if self.reverse_to and (self.among_all or not self.to):
            raise ValueError("reverse_to goes with to, and not with among_all")
        return self


class Records(Declared):
    """Rules that fill what a hand-kept record leaves open, or count it otherwise."""

    # By the name of the rule.
    rules: dict[str, RuleChange] = {}
    recode: tuple[Recode, ...] = ()
    # Rules that could be another: not applied, and each run to show what it would change. Tables of
    # one name are one rule.
    alternative: tuple[Recode, ...] = ()
    # What a step counts for that takes a measure back (detente.records.restoring).
    taking_back: TakingBack = "up_to_taken"
    # A measure counts when it is announced, and not again when it takes effect.
    announced_once: bool = False


class Scope(Declared):
    """Which machine-coded events are kept whole; the others are counted by day and reason."""

    # 'states': both sides are states of core.actor. 'listed': territories count as well.
    # 'study': both sides are actors of the study. The two sides always differ.
    actors: Literal["states", "listed", "study"] = "states"
