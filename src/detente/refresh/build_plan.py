"""Decide what a build computes: everything, or what differs from the published database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from detente.refresh import incremental, step_inputs
from detente.refresh.step_inputs import Inputs, Key

# These take in differing records and events by themselves; anything else makes them rebuild all.
FROM_ROWS = ("load", "build")


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """What a build starts from and which of its steps start from nothing.

    Attributes
    ----------
    given
        What each step rests on, as it is now.
    base
        The published database that it starts from; None for a full build.
    why_full
        Why there is none.
    anew
        Of the steps that start from nothing in spite of a base: why.
    reasons
        Of each step, why it runs.
    """

    given: Mapping[str, Inputs] = field(default_factory=dict)
    base: incremental.Base | None = None
    why_full: str | None = None
    anew: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What `meta.run` calls it."""
        return incremental.INCREMENTAL if self.base else incremental.FULL

    def starts_anew(self, step: str) -> bool:
        """Say whether a step starts from nothing although the build starts from a base."""
        return self.base is not None and step in self.anew

    def is_whole(self, step: str) -> bool:
        """Say whether a step computes everything, as it has no base or may not rest on it."""
        return self.base is None or step in self.anew

    def as_full(self, why: str) -> BuildPlan:
        """Return this plan with everything built from nothing; `why` goes into `meta.run`."""
        return full(self.given, tuple(self.reasons), why)


def full(given: Mapping[str, Inputs], steps: tuple[str, ...], why: str) -> BuildPlan:
    """Return the plan of a full build.

    Parameters
    ----------
    given
        What each step rests on.
    steps
        The names of the steps, in their order.
    why
        Why nothing of the published database serves.
    """
    return BuildPlan(given=given, why_full=why, reasons=dict.fromkeys(steps, why))


def choose(
    base: incremental.Base,
    before: Inputs,
    given: Mapping[str, Inputs],
    steps: tuple[str, ...],
) -> BuildPlan:
    """Decide what of a base serves, by what differs of the inputs of each step.

    Parameters
    ----------
    base
        The published database.
    before
        What it was built from.
    given
        What each step rests on now.
    steps
        The names of the steps, in their order.
    """
    differing = {name: step_inputs.differing(before, now, step_inputs.NEEDS[name])
                 for name, now in given.items()}  # fmt: skip
    for name in FROM_ROWS:
        if blocking := [key for key in differing[name] if not _is_taken_in(key)]:
            return full(given, steps, step_inputs.all_in_words(blocking, before, given[name]))
    anew: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for name in steps:
        own = step_inputs.all_in_words(differing.get(name, ()), before, given.get(name, {}))
        needs = step_inputs.NEEDS.get(name)
        earlier = [one for one in (needs.steps if needs else ()) if one in anew]
        if name not in FROM_ROWS and (own or earlier):
            anew[name] = own or f"after {', '.join(earlier)}"
        reasons[name] = anew.get(name) or own or "nothing of its own differs"
    return BuildPlan(given=given, base=base, anew=anew, reasons=reasons)


def _is_taken_in(key: Key) -> bool:
    """Say whether an incremental build takes in another value of an input."""
    return key[0] in step_inputs.ROWS or incremental.is_built_whole(key)
