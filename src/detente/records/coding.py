"""Look up CAMEO codes by words: their definitions, and how records already coded use them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, utils

# A title that says the same in other words still shares most of its words.
_EXAMPLES = 3
# How much the likeness to coded records counts beside that to the code's own name.
_USE = 0.9


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

    Parameters
    ----------
    words
        What happened, for instance ``"recalls ambassador"``.
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
        ratio of RapidFuzz (0 to 100), the larger of that to the name and that to the three records
        most alike.
    """
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
        score = max(_likeness(asked, code.name), of_use)
        found.append(Match(code, round(score, 1), len(used), tuple(title for _, title in best)))
    found.sort(key=lambda match: (-match.score, match.code.cameo_code))
    return [match for match in found if match.score > 0.0][:n_best]


def _likeness(asked: str, text: str) -> float:
    return float(fuzz.token_set_ratio(asked, utils.default_process(text)))
