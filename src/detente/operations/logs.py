"""Structured logs: one JSON object a line, with the run and the step that it belongs to."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from detente.base import clock
from detente.base.control_characters import plain_text
from detente.base.redaction import redacted

FOLDER = "logs"
ROOT = "detente"
# What a record may carry beside its message.
_EXTRA = ("run_id", "step", "seconds", "outcome")


class JsonLines(logging.Formatter):
    """Writes a record as one line of JSON.

    A record that names no run belongs to the last one named: one process builds one database at a
    time, and what a library says in between carries no name.
    """

    def __init__(self) -> None:
        super().__init__()
        self._run_id: str | None = None

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        self._run_id = getattr(record, "run_id", self._run_id)
        content: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
            "run_id": self._run_id,
        }
        content |= {
            name: getattr(record, name)
            for name in _EXTRA
            if getattr(record, name, None) is not None
        }
        if record.exc_info and record.exc_info[0]:
            content["error"] = record.exc_info[0].__name__
            content["traceback"] = redacted(self.formatException(record.exc_info))
        # JSON escapes what is below a blank; the rest that a terminal obeys is escaped alike.
        return plain_text(json.dumps(content, ensure_ascii=False, default=str))


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return plain_text(redacted(super().format(record)))


class _Record(logging.LogRecord):
    """A record whose text and traceback hold no secret and nothing that a terminal obeys."""

    def getMessage(self) -> str:  # noqa: N802  # of the standard library
        return plain_text(redacted(super().getMessage()))


def made_plain() -> None:
    """Make every record of this process plain text, whoever writes and formats it."""
    format_exception = logging.Formatter().formatException

    def made(*arguments: Any, **named: Any) -> logging.LogRecord:
        record = _Record(*arguments, **named)
        if record.exc_info and record.exc_info[0]:
            # What every formatter takes in place of the traceback.
            record.exc_text = plain_text(redacted(format_exception(record.exc_info)))
        return record

    logging.setLogRecordFactory(made)


def path(processed: Path) -> Path:
    """Return the log of the present month (UTC)."""
    return processed / FOLDER / f"{clock.now():%Y-%m}.jsonl"


@contextmanager
def to_file(processed: Path) -> Iterator[Path]:
    """Append what the program says to the log of the month until the block ends."""
    target = path(processed)
    target.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(target, encoding="utf-8")
    handler.setFormatter(JsonLines())
    logger = logging.getLogger(ROOT)
    level = logger.level
    logger.addHandler(handler)
    if not logger.isEnabledFor(logging.INFO):
        logger.setLevel(logging.INFO)
    try:
        yield target
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()


def to_stderr_as_text() -> None:
    """Say warnings on standard error; what a step says is printed by the command as it ends."""
    handler = logging.StreamHandler()
    handler.setFormatter(_Text("%(levelname)s %(name)s: %(message)s"))
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: not hasattr(record, "run_id"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


def to_stderr_as_json() -> None:
    """Say everything on standard error as JSON lines, for a collector of logs."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(ROOT).setLevel(logging.INFO)
