"""The fixed texts of the reports, in one file a language, and how that language writes numbers."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from detente.base import assets, phrases
from detente.base.errors import DetenteError, UsageError

_RESULT = f"{phrases.SECTION}."
MINUS = "−"  # a true minus sign, as wide as a plus
_HYPHEN = re.compile(r"(?<![\w-])-(?=\d)")  # of a number, not of a date


def with_minus(text: str) -> str:
    """Write the numbers of a text with a true minus sign; dates keep their hyphens."""
    return _HYPHEN.sub(MINUS, text)


@dataclass(frozen=True)
class Language:
    """The texts of one language by key; called with a key, it fills the text in.

    Attributes
    ----------
    code
        Name of the file in `reports/lang`, an IETF language tag.
    texts
        Text by dotted key; values in braces are filled in.
    months, short_months
        Names of the twelve months, and their abbreviations.
    places
        Decimals of points: none of a sum, some of points per 1,000 events, which are small.
    """

    code: str
    texts: Mapping[str, str]
    months: tuple[str, ...]
    short_months: tuple[str, ...]
    places: int = 0

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its values filled in.

        Raises
        ------
        DetenteError
            The language lacks the key, or the text asks for a value that was not given.
        """
        try:
            return self.texts[key].format(**values)
        except (KeyError, IndexError) as error:
            raise DetenteError(
                f"reports/lang/{self.code}.toml: the text `{key}` lacks {error}. Every language "
                "has the keys of reports/lang/en.toml, with the same values in braces."
            ) from error

    def result(self, sentence: str, parts: str | None) -> str | None:
        """Say the sentence of a result; None where the language has no words for it.

        Parameters
        ----------
        sentence, parts
            In English, and how it is made (`stats.wording`).
        """
        if self.code == "en":
            return with_minus(sentence)
        made = None if parts is None else json.loads(parts)
        texts = self._of_results
        if made is None or not set(phrases.keys(made)) <= texts.keys():
            return None
        lists = {name: self(f"format.{name}") for name in (phrases.AND, phrases.COMMA)}
        return with_minus(phrases.render(made, texts, lists))

    @cached_property
    def _of_results(self) -> Mapping[str, str]:
        """The entries of the catalogue that results are said in."""
        return {
            key.removeprefix(_RESULT): text
            for key, text in self.texts.items()
            if key.startswith(_RESULT)
        }

    def day(self, value: date) -> str:
        """Name a day: `16 March 2023`."""
        return self(
            "format.day", day=value.day, month=self.months[value.month - 1], year=value.year
        )

    def month(self, value: date) -> str:
        """Name a month: `March 2023`."""
        return self("format.month", month=self.months[value.month - 1], year=value.year)

    def signed(self, value: float) -> str:
        """Write a score with one decimal and a true minus sign: `12.7`, `−8.0`."""
        text = f"{abs(value):,.1f}"
        return text if value >= 0 or text == "0.0" else f"{MINUS}{text}"

    def plus(self, value: float) -> str:
        """Write a change: `+12.7`, `−8.0`, `0`."""
        text = f"{abs(value):,.1f}"
        if text == "0.0":
            return "0"
        return f"+{text}" if value > 0 else f"{MINUS}{text}"

    def points(self, value: float) -> str:
        """Write points, as a rule a whole number, with a true minus sign: `111`, `−129`."""
        text = self._absolute(value)
        return text if value >= 0 or text == "0" else f"{MINUS}{text}"

    def plus_points(self, value: float) -> str:
        """Write points with their sign: `+111`, `−129`, `0`."""
        text = self._absolute(value)
        if text == "0":
            return "0"
        return f"+{text}" if value > 0 else f"{MINUS}{text}"

    def _absolute(self, value: float) -> str:
        text = f"{abs(value):,.{self.places}f}"
        return text if text.strip("0.") else "0"

    def short_month(self, value: date) -> str:
        """Name a month briefly: `Nov 2025`."""
        return self("format.month", month=self.short_months[value.month - 1], year=value.year)

    def short_day(self, value: date) -> str:
        """Name a day briefly: `3 Nov 2025`."""
        return self(
            "format.day", day=value.day, month=self.short_months[value.month - 1], year=value.year
        )

    def percent(self, share: float) -> str:
        """Write a share in per cent, never rounded to all or nothing: `84`, `<1`, `>99`."""
        if 0 < share < 0.005:
            return "<1"
        if 0.995 <= share < 1:
            return ">99"
        return f"{100 * share:.0f}"

    def column(self, name: str) -> str:
        """Name a column of a chart's data for readers; one without a text is named already."""
        return self.texts.get(f"column.{name}", name)

    def events(self, number: int) -> str:
        """Count events: `1 event`, `2,345 events`."""
        if number == 1:
            return self("format.events_one")
        return self("format.events_many", n=self.count(number))

    def has(self, key: str) -> bool:
        """Say whether there is a text of this key."""
        return key in self.texts

    def actor(self, iso3: str, name: str, form: str = "name") -> str:
        """Name a state: `name` in a heading, `the` in a sentence, `short` in a chart."""
        for key in (f"actors.{iso3}.{form}", f"actors.{iso3}.name"):
            if key in self.texts and form != "short":
                return self.texts[key]
        if form == "short":
            return self.texts.get(f"actors.{iso3}.short", iso3)
        return name

    def count(self, value: int) -> str:
        """Write a whole number: `2,345`."""
        return f"{value:,}"

    def acts(self, number: int) -> str:
        """Count acts: `1 act`, `2,345 acts`."""
        if number == 1:
            return self("format.acts_one")
        return self("format.acts_many", n=self.count(number))

    def n_months(self, number: int) -> str:
        """Count months: `1 month`, `335 months`."""
        if number == 1:
            return self("format.months_one")
        return self("format.months_many", n=self.count(number))

    def listed(self, items: Sequence[str]) -> str:
        """Join items: `a`, `a and b`, `a, b and c`."""
        if len(items) < 2:
            return "".join(items)
        head = self("format.list_comma").join(items[:-1])
        return f"{head}{self('format.list_and')}{items[-1]}"


@cache
def load(code: str = "en") -> Language:
    """Read a language of `reports/lang`.

    Raises
    ------
    UsageError
        There is no such file; the message lists those there are.
    """
    path = assets.languages() / f"{code}.toml"
    known = sorted(one.stem for one in assets.languages().glob("*.toml"))
    if code not in known:
        raise UsageError(
            f"Expected a language of {', '.join(known)}, got {code!r}. A language is a file "
            "reports/lang/XX.toml with the keys of en.toml."
        )
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    months = tuple(content["format"].pop("months"))
    short_months = tuple(content["format"].pop("short_months"))
    return Language(code, dict(phrases.flat(content)), months, short_months)
