"""Look up CAMEO codes by words: their definitions, and how records already coded use them."""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import snowballstemmer
from rapidfuzz import fuzz, utils

# A title that says the same in other words still shares most of its words.
_EXAMPLES = 3
# How much the likeness to coded records counts beside that to the code's own name.
_USE = 0.9
# Below it two texts share what says little.
_LEAST = 25.0
# Of a likeness, what the words asked for decide; the rest is how much of the other text they are.
_ASKED = 0.6
_FIRST = 1.5  # so much more the first word counts
# From this ratio on two stems are one word: organis and organiz, or a slip of the pen.
_SAME = 84.0
_SHORT = 5  # letters; shorter stems have too many neighbours
_FILLERS = {
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "of", "on", "or",
    "over", "the", "their", "to", "under", "with", "within",
    # Verbs that say nothing of the act, and what the names of general codes end with.
    "express", "expresses", "expressed", "make", "makes", "made", "making", "pay", "pays", "paid",
    "take", "takes", "took",
    "unspecified", "kind", "form", "object",
}  # fmt: skip

_ENGLISH = snowballstemmer.stemmer("english")

Words = tuple[str, ...]


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
        The best first; codes that match alike in the order of the codes. Likeness (0 to 100) is
        the larger of that to the code's name or to words of the press, and 0.9 of the mean of that
        to the three records most alike. Two texts are alike as far as they share stems (Porter
        1980, as extended by Snowball), where a stem counts more the fewer names have it: ln(N / n).
        Codes that share hardly anything are left out.
    """
    codes = list(codes)
    if words.strip().isdecimal():
        return _of_code(words.strip(), codes, uses)[:n_best]
    named = {
        code.cameo_code: [
            _stems(text) for text in (code.name, *press_words().get(code.cameo_code, ()))
        ]
        for code in codes
    }
    likeness = _likeness_to(_stems(words), [text for texts in named.values() for text in texts])
    by_code: dict[str, list[tuple[float, str]]] = {}
    for use in uses:
        alike = likeness(_stems(use.title))
        by_code.setdefault(use.cameo_code, []).append((alike, use.title))
    found = []
    for code in codes:
        used = sorted(by_code.get(code.cameo_code, []), key=lambda one: -one[0])
        best = used[:_EXAMPLES]
        of_use = _USE * sum(alike for alike, _ in best) / len(best) if best else 0.0
        score = max(of_use, *map(likeness, named[code.cameo_code]))
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


@cache
def _stems(text: str) -> Words:
    """Return the stems of a text's words, each once, without those that say nothing."""
    words = utils.default_process(text).split()
    return tuple(dict.fromkeys(_stem(word) for word in words if word not in _FILLERS))


@cache
def _stem(word: str) -> str:
    stem: str = _ENGLISH.stemWord(word)
    return stem


def _likeness_to(asked: Words, names: Sequence[Words]) -> Callable[[Words], float]:
    """Return how like the words asked for a text is, where rare stems of all names weigh more."""
    n_with = Counter(stem for name in names for stem in name)

    @cache
    def weight(stem: str) -> float:
        # What no name has says nothing of the act: a place, a ship, a person.
        return math.log(len(names) / n_with[stem]) if stem in n_with else 1.0

    @cache
    def is_same(one: str, other: str) -> bool:
        if one == other:
            return True
        is_long = min(len(one), len(other)) >= _SHORT
        return is_long and one[0] == other[0] and fuzz.ratio(one, other) >= _SAME

    def total(stems: Iterable[str], text: Words) -> float:
        # The first word is the verb, in a headline and in these names.
        return sum(weight(stem) * (_FIRST if stem == text[0] else 1) for stem in stems)

    def likeness(text: Words) -> float:
        shared = [stem for stem in asked if any(is_same(stem, one) for one in text)]
        common = [one for one in text if any(is_same(stem, one) for stem in asked)]
        if not shared:
            return 0.0
        of_asked = total(shared, asked) / total(asked, asked)
        of_text = total(common, text) / total(text, text)
        return 100 * of_asked * (_ASKED + (1 - _ASKED) * of_text)

    return likeness
