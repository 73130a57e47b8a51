"""What a question to the published database needs of the settings.

To validate the settings takes longer than to answer most questions. So what a question needs of
them is remembered in the user's folder of caches, for as long as the file reads the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import detente
from detente.base.errors import NotPublished
from detente.base.study_file import find

if TYPE_CHECKING:
    from detente.settings import Settings


@dataclass(frozen=True)
class Reading:
    """Where the published database of a study is, and within which limits it answers.

    Attributes
    ----------
    queries
        Folder of the study's own named queries.
    is_remote
        Whether the events lie in an object store.
    """

    database: Path
    queries: Path
    memory_limit: str
    timeout_seconds: float
    is_remote: bool

    @classmethod
    def of(cls, study: Settings, as_of: date | None = None) -> Reading:
        """Return it for today's database, or for one as of a past day.

        Raises
        ------
        NotPublished
            There is none as of that day.
        """
        path = study.database_as_of(as_of)
        if as_of and not path.is_file():
            raise NotPublished(
                f"No database as of {as_of} at {path} yet. Run `detente refresh --as-of "
                f"{as_of}` first."
            )
        query = study.query
        return cls(
            path, study.queries, query.memory_limit, query.timeout_seconds, study.store.is_remote
        )


def reading(config: Path | None, as_of: date | None = None) -> Reading:
    """Return what a question needs of the settings that lie here, above, or at `config`.

    Raises
    ------
    SettingsError
        There are none, or they are wrong.
    NotPublished
        There is no database as of that day.
    """
    path = find() if config is None else config
    if as_of is None and (known := _recalled(path)):
        return known
    from detente import settings

    found = Reading.of(settings.load(path), as_of)
    if as_of is None:
        _keep(path, found)
    return found


def _place(path: Path) -> Path:
    """Return where it is kept, by the XDG rules: a name for each file of settings and text."""
    said = f"{detente.__version__}\n{path.resolve()}\n".encode() + path.read_bytes()
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "detente" / "settings" / f"{hashlib.sha256(said).hexdigest()[:32]}.json"


def _recalled(path: Path) -> Reading | None:
    with suppress(OSError, RuntimeError, ValueError, TypeError):
        database, queries, *limits = json.loads(_place(path).read_text(encoding="utf-8"))
        return Reading(Path(database), Path(queries), *limits)
    return None


def _keep(path: Path, known: Reading) -> None:
    """Remember it; where nothing can be written, the next question takes as long as this one."""
    from detente.base import files

    with suppress(OSError, RuntimeError):
        files.write(_place(path), json.dumps(astuple(known), default=str))
