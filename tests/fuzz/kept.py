"""The corpus of the fuzzing: inputs worth trying again, a file a parser; every run replays them.

A line of `corpus/PARSER.jsonl` is one input: `parts` holds its bytes as Latin-1 text (most parsers
take one part, some two), `says` what makes it worth keeping. While `make fuzz` runs, an input is
added if the parser says of it what it said of none before, or says it of a shorter input, or if a
property fails; a later run makes its inputs from those of the corpus.
"""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"
# An input is to be read by people and carried by every clone.
MAX_BYTES = 6000
MAX_SAYINGS = 24
# What a message says of the input itself: quoted values, numbers in any notation, what was got.
_VALUE = re.compile(
    r"'[^']*'|\"[^\"]*\"|`[^`]*`|(0x)?[0-9a-fA-F]*\d[0-9a-fA-F.,:-]*|,? (got|it has|because) .*",
    re.DOTALL,
)
_SEVERAL = re.compile(r"~([,;]? ?~)+")

Parts = tuple[bytes, ...]


def saying(text: object) -> str:
    """Return what a message says apart from the values in it."""
    return _SEVERAL.sub("~", " ".join(_VALUE.sub("~", str(text)).split()))[:60]


@dataclass
class Corpus:
    """What is kept of one parser's inputs, by what makes each worth keeping."""

    parser: str
    is_growing: bool = False
    entries: dict[str, Parts] = field(default_factory=dict)
    is_changed: bool = False

    def __post_init__(self) -> None:
        # Fixed for the run: hypothesis must get the same choices when it tries an example again.
        self.seeds = tuple(self.entries.values()) if self.is_growing else ()

    @classmethod
    def read(cls, parser: str, *, is_growing: bool = False) -> Corpus:
        """Read the corpus of a parser; there may be none yet."""
        path = FOLDER / f"{parser}.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        found = [json.loads(line) for line in lines]
        return cls(
            parser,
            is_growing,
            {one["says"]: tuple(part.encode("latin-1") for part in one["parts"]) for one in found},
        )

    @contextmanager
    def watching(self, *parts: bytes) -> Iterator[set[str]]:
        """Keep an input that fails, or that has the parser say something new.

        Yields
        ------
        set of str
            Takes what the parser says.
        """
        said: set[str] = set()
        try:
            yield said
        except Exception as error:
            # Hypothesis ends with its smallest example, so the last one of a kind is the one.
            where = traceback.extract_tb(error.__traceback__)[-1]
            self._keep(f"failed {type(error).__name__} {Path(where.filename).name}", parts)
            raise
        for one in map(saying, said):
            held = self.entries.get(one)
            if held is None and len(self.entries) >= MAX_SAYINGS:
                continue
            if held is None or _size(parts) < _size(held):
                self._keep(one, parts)

    def _keep(self, says: str, parts: Parts) -> None:
        if self.is_growing and _size(parts) <= MAX_BYTES:
            self.entries[says] = parts
            self.is_changed = True

    def write(self) -> None:
        """Write what was added."""
        if self.is_changed:
            FOLDER.mkdir(exist_ok=True)
            (FOLDER / f"{self.parser}.jsonl").write_text(
                "".join(_lines(self.entries)), encoding="utf-8"
            )


def _lines(entries: dict[str, Parts]) -> Iterable[str]:
    """One line for each input, which may be kept for several things that the parser says."""
    for says, parts in sorted(entries.items()):
        content = {"says": says, "parts": [part.decode("latin-1") for part in parts]}
        yield json.dumps(content) + "\n"


def _size(parts: Parts) -> int:
    return sum(map(len, parts))
