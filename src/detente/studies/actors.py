"""Which actor a name or a code means: in many languages, by ISO, Correlates of War, Gleditsch-Ward.

Names in English, their usual variants, the names that actors give themselves and the codes of
Correlates of War and Gleditsch-Ward stand in the reference tables. Two-letter codes and the names
in other languages are those of the Unicode Common Locale Data Repository, which the library Babel
carries.
A name that could mean several actors is never decided here.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from babel import Locale
from babel.core import get_global
from rapidfuzz import fuzz, process

from detente.base.errors import UsageError
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
    "republic of china": ("CHN", "TWN"), "roc": ("CHN", "TWN"), "samoa islands": ("ASM", "WSM"),
    "virgin islands": ("VGB", "VIR"),
}  # fmt: skip
# Adjectives that begin names of other actors: French Guiana is not what French means.
_ADJECTIVES = {
    "american": "USA", "british": "GBR", "chinese": "CHN", "dutch": "NLD", "french": "FRA",
}  # fmt: skip
_SHORTENED = {
    "dem": "democratic", "fed": "federated", "is": "islands", "n": "north", "rep": "republic",
    "s": "south", "st": "saint", "sts": "states",
}  # fmt: skip
# "the Hellenic Republic of" says how a state is governed, not which one it is. The Islamic State
# governs none.
_GOVERNED = re.compile(
    r"(?!islamic state)"
    r"((arab|bolivarian|co operative|cooperative|democratic|federal|federated|federative|grand|"
    r"hashemite|independent|islamic|oriental|people s|peoples|plurinational|socialist|sovereign|"
    r"united) )*"
    r"(commonwealth|confederation|duchy|emirate|federation|kingdom|principality|republic|state|"
    r"states|sultanate|union) of (the )?"
)
# How alike a slip is to a name, of 100; in the fifty languages a name of one state may be near to
# that of another.
_CLOSE, _CLOSE_IN_A_LANGUAGE = 78, 86
_MOST_CANDIDATES = 6


@dataclass(frozen=True)
class Actor:
    """An actor of the reference tables."""

    iso3: str
    name: str


@dataclass(frozen=True)
class Former:
    """A name of `actor_codes.csv`: of a former state, of a part of one, or of none.

    Attributes
    ----------
    iso3
        What it counts as; empty for no state.
    last_day
        As YYYY-MM-DD; empty for any.
    note
        Why.
    """

    iso3: str
    last_day: str
    note: str

    @property
    def span(self) -> str:
        """Until when, in words."""
        return f" until {self.last_day}" if self.last_day else ""


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
    former
        What the reference tables say of it where it is a former state, a part of one or none.
    """

    text: str
    actors: tuple[Actor, ...]
    is_certain: bool
    former: Former | None = None

    @property
    def account(self) -> str:
        """What the reference tables count a former state, a part of one or none as."""
        if self.former is None:
            return ""
        if not self.former.iso3:
            return f"{self.text!r} names no state: {self.former.note}"
        return f"{self.text!r} counts as {self.former.iso3}{self.former.span}: {self.former.note}"

    @property
    def question(self) -> str:
        """What to ask the reader where it is not certain."""
        if self.former and not self.former.iso3:
            return (
                f"{self.account}. Give the ISO 3166-1 code of the actor that you mean, for "
                "instance GRC."
            )
        if not self.actors:
            return (
                f"{self.text!r} names no actor that the reference tables know. Give its ISO 3166-1 "
                "code, for instance GRC."
            )
        choices = ", ".join(f"{one.iso3} ({one.name})" for one in self.actors)
        if self.former:
            return f"{self.account}. Did you mean {choices}?"
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
        return (
            self._known(given, self._by_code(given))
            or self._called(given, plain(given))
            or self._by_parts(given)
            or Found(given, self._similar(given), is_certain=False)
        )

    def sure(self, text: str) -> Actor:
        """Return the actor that a name or code means.

        Raises
        ------
        UsageError
            It is not certain; the message asks which one is meant.
        """
        found = self.find(text)
        if not found.is_certain:
            raise UsageError(found.question)
        return found.actors[0]

    def _known(self, given: str, codes: set[str]) -> Found | None:
        return Found(given, self._sorted(codes), is_certain=len(codes) == 1) if codes else None

    def _called(self, given: str, name: str) -> Found | None:
        """Look a plain name up, in each form in which the tables may have it."""
        for form in _forms(name):
            if found := self._known(given, self._by_name(form)):
                return found
            if former := self.former.get(form):
                actors = self._sorted({former.iso3} & set(self.actors))
                return Found(given, actors, is_certain=False, former=former)
        return None

    def _by_parts(self, given: str) -> Found | None:
        """Read a name with a second one beside it, as in Burma (Myanmar): the two must agree."""
        parts = _parts(given)
        if len(parts) == 2 and "/" not in given:
            # Micronesia, Fed. Sts.; Netherlands (Kingdom of the)
            first, second = map(plain, parts)
            for turned in (f"{second} {first}", f"{second} of {first}"):
                if found := self._called(given, turned):
                    return found
        found_of = [self.find(part) for part in parts if part != given]
        known = [one for one in found_of if one.is_certain or one.former]
        if not known:
            return None
        every = [{one.iso3 for one in found.actors} for found in found_of]
        common = set.intersection(*every)
        if len(common) == 1 and any(one.is_certain for one in known):
            return self._known(given, common)
        meant = {one.iso3 for found in known for one in found.actors}
        return Found(given, self._sorted(meant), is_certain=False)

    def _rows(self, name: str) -> list[dict[str, str]]:
        with reference.table_path(self.folder, name).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def _sorted(self, codes: set[str]) -> tuple[Actor, ...]:
        return tuple(self.actors[code] for code in sorted(codes))

    def _by_code(self, given: str) -> set[str]:
        text = re.sub(r"(?i)^the ", "", given)
        if text.isdigit():
            return {
                row["iso3"]
                for row in self._rows("actors.csv")
                if str(int(text)) in (row["ccode_cow"], row["gwcode_gw"])
            }
        # U.S. and U.K. are codes written as people write them.
        dotted = re.fullmatch(r"([A-Za-z]\.){1,3}[A-Za-z]?", text)
        code = (text.replace(".", "") if dotted else text).upper()
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
                names[_spelt_out(plain(name))].add(row["iso3"])
        for row in self._rows("actor_aliases.csv"):
            names[_spelt_out(plain(row["name"]))].add(row["iso3"])
        del names[""]
        return {name: codes & set(self.actors) for name, codes in names.items()}

    @cached_property
    def former(self) -> Mapping[str, Former]:
        """What former states and parts of states count as, by name as `plain` has it."""
        return {
            plain(row["code"].removeprefix("name:")): Former(
                row["iso3"], row["last_day"], row["note"]
            )
            for row in self._rows("actor_codes.csv")
            if row["code"].startswith("name:")
        }

    def _by_name(self, form: str) -> set[str]:
        if doubtful := _DOUBTFUL.get(form):
            return set(doubtful) & set(self.actors)
        # A language's word for one state does not count where English has it for another.
        return (
            self._names.get(form)
            or (set() if form in self.former else self._languages.get(form))
            or set()
        )

    @cached_property
    def _languages(self) -> Mapping[str, set[str]]:
        names: dict[str, set[str]] = defaultdict(set)
        for language in LANGUAGES:
            for alpha2, name in Locale.parse(language).territories.items():
                names[_spelt_out(plain(name))] |= self._iso2.get(alpha2, set())
        return {name: codes for name, codes in names.items() if codes}

    def _similar(self, text: str) -> tuple[Actor, ...]:
        """Return the actors whose names hold the text as a word, or are spelt much like it."""
        wanted = _spelt_out(plain(text))
        if not wanted:
            return ()
        if iso3 := _ADJECTIVES.get(wanted):
            return self._sorted({iso3} & set(self.actors))
        near = (
            [codes for name, codes in self._names.items() if f" {wanted} " in f" {name} "]
            or _near(wanted, self._names, _CLOSE)
            or _near(wanted, self._languages, _CLOSE_IN_A_LANGUAGE)
        )
        return self._sorted(set().union(*near))[:_MOST_CANDIDATES]


def _spelt_out(form: str) -> str:
    joined = re.sub(r"\b(\w) (?=\w\b)", r"\1", form)  # U.S.S.R. and P.R. China
    return " ".join(_SHORTENED.get(word, word) for word in joined.split())


def _forms(form: str) -> Iterator[str]:
    """Yield the ways in which a plain name may stand in the tables, the nearest first."""
    whole = _spelt_out(form)
    yield from dict.fromkeys((form, whole, _GOVERNED.sub("", whole, count=1)))


def _parts(text: str) -> list[str]:
    """Return what stands in a name before and inside brackets, or around a comma or a stroke."""
    parts = [one.strip() for one in re.split(r"[][()/,]", text)]
    return [one for one in parts if one and one.casefold() != "the"]


def _near(wanted: str, names: Mapping[str, set[str]], close: float) -> Iterable[set[str]]:
    """Return what is spelt much like a name; a slip seldom spoils the first letter."""
    alike = [name for name in names if name[:1] == wanted[:1]]
    found = process.extract(wanted, alike, scorer=fuzz.ratio, score_cutoff=close, limit=4)
    return [names[name] for name, _, _ in found]
