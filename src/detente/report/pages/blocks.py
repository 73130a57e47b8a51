"""A document in parts that a page and a PDF lay out alike: sections of text, tables and charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from detente.report.language import Language
from detente.report.model.pairs import Pair, Study
from detente.report.pages.figures import Figure

_SENTENCE = 40
_PARAGRAPH = 300


@dataclass(frozen=True)
class Text:
    """A paragraph, with an address that it points to, and its language if not the page's."""

    text: str
    is_soft: bool = False
    link: str = ""
    lang: str = ""
    block: Literal["text"] = "text"


@dataclass(frozen=True)
class Result:
    """The result of one test: an id to link to, a plain line, and the test in full.

    Attributes
    ----------
    number
        Of the result in the document, such as `3.2`.
    tag
        The outcome in a word or two.
    is_strong
        Whether the outcome says that something was found.
    """

    id: str
    plain: str
    full: str = ""
    tag: str = ""
    is_strong: bool = False
    number: str = ""
    block: Literal["result"] = "result"


@dataclass(frozen=True)
class ListedClaim:
    """One claim of a list: its number and verdict, and where it is told in full."""

    number: int
    href: str
    text: str
    tag: str
    is_strong: bool


@dataclass(frozen=True)
class Claims:
    """A list of claims with their verdicts."""

    rows: tuple[ListedClaim, ...]
    block: Literal["claims"] = "claims"


@dataclass(frozen=True)
class Table:
    """A table: its caption, heads, rows of text, and which columns hold numbers.

    `lang` is the language of the cells, if it is not the page's.
    """

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    id: str = ""
    lang: str = ""
    block: Literal["table"] = "table"

    @cached_property
    def is_wordy(self) -> bool:
        """Whether a cell holds a sentence, which a column of a phone would make a tall tower."""
        return any(len(cell) > _SENTENCE for row in self.rows for cell in row)

    @property
    def is_long_row(self) -> bool:
        """Whether all is one row with a paragraph, which paper tells head by head."""
        return len(self.rows) == 1 and any(len(cell) > _PARAGRAPH for cell in self.rows[0])


@dataclass(frozen=True)
class Code:
    """A text that is shown as it stands, folded on a page."""

    title: str
    text: str
    block: Literal["code"] = "code"


@dataclass(frozen=True)
class Picture:
    """A chart in its frame, at the width of the text."""

    figure: Figure
    block: Literal["picture"] = "picture"


@dataclass(frozen=True)
class Prose:
    """A text with its own headings, as HTML from a file of the project; a PDF leaves it out."""

    html: str
    lang: str = ""
    block: Literal["prose"] = "prose"


Block = Text | Result | Claims | Table | Code | Picture | Prose


@dataclass(frozen=True)
class Section:
    """A part of a document with a heading that a link reaches."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A page of sections.

    Attributes
    ----------
    slug
        Name of its files.
    kicker, headline, lede
        What stands at its head.
    here
        The entry of the navigation that it belongs to.
    has_contents
        Whether a list of its sections stands at its head.
    actions
        Links at its head: address and name.
    """

    slug: str
    title: str
    kicker: str
    headline: str
    lede: tuple[str, ...]
    sections: tuple[Section, ...]
    here: str = "pairs"
    actions: tuple[tuple[str, str], ...] = ()
    notice: tuple[str, ...] = ()
    foot: tuple[str, ...] = field(default=())
    has_contents: bool = True

    @property
    def figures(self) -> list[Figure]:
        """Every chart, in order."""
        return [
            block.figure
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Picture)
        ]


def numbered(sections: Sequence[Section]) -> tuple[Section, ...]:
    """Leave out empty sections and number the results of the others: `3.2`."""
    found = []
    for number, section in enumerate((one for one in sections if one.blocks), start=1):
        blocks: list[Block] = []
        n = 0
        for block in section.blocks:
            if isinstance(block, Result):
                n += 1
                block = Result(
                    block.id, block.plain, block.full, block.tag, block.is_strong, f"{number}.{n}"
                )
            blocks.append(block)
        found.append(Section(section.id, f"{number}. {section.title}", tuple(blocks)))
    return tuple(found)


def notice(study: Study, say: Language, pair: Pair | None = None) -> tuple[str, ...]:
    """Return the line that says how far the data go: the month, and what is not scored.

    Of one pair, how far its own go: a source may know the states of another one for longer.
    """
    about = pair or study
    last = about.last_month
    if last is None:
        return ()
    if about.is_interrupted:
        return (say("pair.complete_gap", month=say.month(last)),)
    parts = [say("pair.complete", month=say.month(last))]
    behind = 12 * (study.stands_at.year - last.year) + study.stands_at.month - last.month
    if behind > 1:
        parts.append(say("pair.complete_stale"))
    return tuple(parts)
