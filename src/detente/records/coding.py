"""Look up CAMEO codes by words: their definitions, and how records already coded use them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from rapidfuzz import fuzz, utils

# A title that says the same in other words still shares most of its words.
_EXAMPLES = 3
# How much the likeness to coded records counts beside that to the code's own name.
_USE = 0.9
# Below it words share letters alone.
_LEAST = 55.0


@dataclass(frozen=True)
class Code:
    """A code of `core.cameo`; ``value`` in points of the study's scale, None without one."""

    cameo_code: str
    name: str
    value: float | None


@dataclass(frozen=True)
class Use:
    """A record that was coded before."""

    cameo_code: str
    title: str


@dataclass(frozen=True)
class Match:
    """A code that fits the words, the better the higher the score (0 to 100)."""

    code: Code
    score: float
    n_uses: int
    examples: tuple[str, ...]


def rank(words: str, codes: Iterable[Code], uses: Sequence[Use], n_best: int = 10) -> list[Match]:
    """Rank codes by how well their names, and records coded with them, match the words.

    A code is known by its name, by the words in which the press reports such acts (`acts.csv`
    beside this module), and by the titles of records that have it.

    Parameters
    ----------
    words
        What happened, for instance ``"recalls ambassador"``; or a code, which gives the codes that
        begin with it.
    codes
        All codes.
    uses
        Records already coded.
    n_best
        Most codes returned.

    Returns
    -------
    list of Match
        The best first; codes that match alike in the order of the codes. Likeness is the token-set
        ratio of RapidFuzz (0 to 100), the largest of that to the name, to the words of the press
        and to the three records most alike. Codes that share letters alone are left out.
    """
    if words.strip().isdecimal():
        return _of_code(words.strip(), codes, uses)[:n_best]
    asked = utils.default_process(words)
    by_code: dict[str, list[tuple[float, str]]] = {}
    for use in uses:
        alike = _likeness(asked, use.title)
        by_code.setdefault(use.cameo_code, []).append((alike, use.title))
    found = []
    for code in codes:
        used = sorted(by_code.get(code.cameo_code, []), key=lambda one: -one[0])
        best = used[:_EXAMPLES]
        of_use = _USE * sum(alike for alike, _ in best) / len(best) if best else 0.0
        named = (code.name, *press_words().get(code.cameo_code, ()))
        score = max(of_use, *(_likeness(asked, one) for one in named))
        found.append(Match(code, round(score, 1), len(used), tuple(title for _, title in best)))
    found.sort(key=lambda match: (-match.score, match.code.cameo_code))
    return [match for match in found if match.score >= _LEAST][:n_best]


def _of_code(asked: str, codes: Iterable[Code], uses: Sequence[Use]) -> list[Match]:
    found = []
    for code in codes:
        if code.cameo_code.startswith(asked):
            titles = tuple(use.title for use in uses if use.cameo_code == code.cameo_code)
            found.append(Match(code, 100.0, len(titles), titles[:_EXAMPLES]))
    return found


@cache
def press_words() -> Mapping[str, tuple[str, ...]]:
    """Return by code the words in which the press reports such acts."""
    text = resources.files("detente.records").joinpath("acts.csv").read_text(encoding="utf-8")
    return {
        row["cameo_code"]: tuple(one.strip() for one in row["words"].split(";"))
        for row in csv.DictReader(text.splitlines(), strict=True)
    }


def _likeness(asked: str, text: str) -> float:
    return float(fuzz.token_set_ratio(asked, utils.default_process(text)))
