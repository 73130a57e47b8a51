"""Which actor a name or a code means: in many languages, by ISO, Correlates of War, Gleditsch-Ward.

Names in English, their usual variants, the names that actors give themselves and the codes of
Correlates of War and Gleditsch-Ward stand in the reference tables. Two-letter codes and the names
in other languages are those of the Unicode Common Locale Data Repository, which the library Babel
carries.
A name that could mean several actors is never decided here.
"""

from __future__ import annotations

import csv
import difflib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from babel import Locale
from babel.core import get_global

from detente.records import reference

# Languages in which names are known, after English and the actor's own.
LANGUAGES = (
    "en", "ar", "az", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "es", "et", "fa", "fi", "fil",
    "fr", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk", "km", "ko", "lt", "lv",
    "mk", "mn", "ms", "my", "ne", "nl", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv",
    "sw", "th", "tr", "uk", "ur", "uz", "vi", "zh", "zh_Hant",
)  # fmt: skip
# Short names that one state claims in its own tongue or list, and readers use for two.
_DOUBTFUL = {
    "china republic of": ("CHN", "TWN"), "congo": ("COD", "COG"), "korea": ("KOR", "PRK"),
    "republic of china": ("CHN", "TWN"), "virgin islands": ("VGB", "VIR"),
}  # fmt: skip
_CLOSE = 0.75
_MOST_CANDIDATES = 6


@dataclass(frozen=True)
class Actor:
    """An actor of the reference tables."""

    iso3: str
    name: str


@dataclass(frozen=True)
class Found:
    """What a name or code means.

    Attributes
    ----------
    text
        As it was given.
    actors
        One where that is certain; several, or none, where it is not.
    is_certain
        Whether the text names the one actor exactly.
    """

    text: str
    actors: tuple[Actor, ...]
    is_certain: bool

    @property
    def question(self) -> str:
        """What to ask the reader where it is not certain."""
        if not self.actors:
            return (
                f"{self.text!r} names no actor that the reference tables know. Give its ISO 3166-1 "
                "code, for instance GRC."
            )
        choices = ", ".join(f"{one.iso3} ({one.name})" for one in self.actors)
        return f"{self.text!r} is not clear: did you mean {choices}?"


def plain(text: str) -> str:
    """Return a name without accents, case, articles and punctuation, for comparison alone."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    letters = "".join(
        character if character.isalnum() else " "
        for character in decomposed
        if not unicodedata.combining(character)
    )
    # A dotless i is a letter of its own that no decomposition reaches.
    return re.sub(r"^the ", "", " ".join(letters.replace("ı", "i").split()))


@dataclass(frozen=True)
class Gazetteer:
    """Names and codes of the actors that the reference tables hold.

    Parameters
    ----------
    folder
        The study's own reference tables; one that is not there is taken from the package.
    """

    folder: Path = field(default_factory=Path)

    @cached_property
    def actors(self) -> Mapping[str, Actor]:
        """The actors by ISO 3166-1 alpha-3 code."""
        return {row["iso3"]: Actor(row["iso3"], row["name"]) for row in self._rows("actors.csv")}

    def find(self, text: str) -> Found:
        """Say which actor a name or code means."""
        given = text.strip()
        # U.S. and U.K. are codes written as people write them.
        short = given.replace(".", "") if re.fullmatch(r"([A-Za-z]\.){1,3}", given) else given
        for known in (self._by_code(short), self._by_name(short), self._by_language(given)):
            if known:
                return Found(given, self._sorted(known), is_certain=len(known) == 1)
        # A former state or a part of one: whether the whole is meant is for the reader to say.
        former = self._former.get(plain(given), set())
        return Found(given, self._sorted(former) or self._similar(given), is_certain=False)

    def _rows(self, name: str) -> list[dict[str, str]]:
        with reference.table_path(self.folder, name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def _sorted(self, codes: set[str]) -> tuple[Actor, ...]:
        return tuple(self.actors[code] for code in sorted(codes))

    def _by_code(self, text: str) -> set[str]:
        if text.isdigit():
            return {
                row["iso3"]
                for row in self._rows("actors.csv")
                if str(int(text)) in (row["ccode_cow"], row["gwcode_gw"])
            }
        code = text.upper()
        if not (code.isascii() and code.isalpha()):
            return set()
        if len(code) == 3 and code in self.actors:
            return {code}
        return self._iso2.get(code, set()) if len(code) == 2 else set()

    @cached_property
    def _iso2(self) -> Mapping[str, set[str]]:
        """The actors by ISO 3166-1 alpha-2 code, and by the codes that CLDR keeps for them."""
        aliases: Mapping[str, list[str]] = get_global("territory_aliases")
        found = {alpha2[0]: {code} for code, alpha2 in aliases.items() if code in self.actors}
        found |= {"XK": {"XKX"}} if "XKX" in self.actors else {}
        also = {
            old: found[new[0]] for old, new in aliases.items() if len(old) == 2 and new[0] in found
        }
        return {**also, **found}

    @cached_property
    def _names(self) -> Mapping[str, set[str]]:
        names: dict[str, set[str]] = defaultdict(set)
        for row in self._rows("actors.csv"):
            for name in (row["name"], row["name_native"]):
                names[plain(name)].add(row["iso3"])
        for row in self._rows("actor_aliases.csv"):
            names[plain(row["name"])].add(row["iso3"])
        del names[""]
        return {name: codes & set(self.actors) for name, codes in names.items()}

    @cached_property
    def _former(self) -> Mapping[str, set[str]]:
        """What former states and parts of states count as, by name."""
        return {
            plain(row["code"].removeprefix("name:")): {row["iso3"]} & set(self.actors)
            for row in self._rows("actor_codes.csv")
            if row["code"].startswith("name:")
        }

    def _by_name(self, text: str) -> set[str]:
        doubtful = _DOUBTFUL.get(plain(text))
        return set(doubtful) & set(self.actors) if doubtful else self._names.get(plain(text), set())

    @cached_property
    def _languages(self) -> Mapping[str, set[str]]:
        names: dict[str, set[str]] = defaultdict(set)
        for language in LANGUAGES:
            for alpha2, name in Locale.parse(language).territories.items():
                names[plain(name)] |= self._iso2.get(alpha2, set())
        return names

    def _by_language(self, text: str) -> set[str]:
        return self._languages.get(plain(text), set())

    def _similar(self, text: str) -> tuple[Actor, ...]:
        """Return the actors whose names hold the text as a word, or are spelt much like it."""
        wanted = plain(text)
        if not wanted:
            return ()
        holding: set[str] = set()
        for name, codes in self._names.items():
            if f" {wanted} " in f" {name} ":
                holding |= codes
        if not holding:
            every = {**self._languages, **self._names}
            for name in difflib.get_close_matches(wanted, every, n=4, cutoff=_CLOSE):
                holding |= every[name]
        return self._sorted(holding)[:_MOST_CANDIDATES]
