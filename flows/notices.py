"""Notices through a notification block of Prefect: Slack, Teams, a webhook, or one of your own.

`python -m flows.notices` sends a test to the block that `[notices]` names.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

# Imported for what it does: the blocks that ship with Prefect are known once it is.
import prefect.blocks.notifications  # noqa: F401
from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block
from prefect.utilities.asyncutils import run_coro_as_sync

from detente import settings
from detente.base.errors import DetenteError
from detente.base.redaction import sayable
from detente.operations import notices
from detente.operations.notices import Notice, NoticeError
from detente.settings import Notices

# They write the address that they ask for, and for a webhook the address is the secret.
_TALKATIVE = ("httpx", "httpcore", "apprise", "urllib3", "requests")


def send(settings: Notices, notice: Notice) -> None:
    """Hand a notice to the block that the settings name.

    Raises
    ------
    NoticeError
        There is no such block, or it does not deliver the notice. The message says nothing that
        the block or its service said: both may repeat the block's secrets.
    """
    name = settings.prefect_block
    block = _load(name)
    try:
        with _quiet(), block.raise_on_failure():
            # A block of your own may have an asynchronous `notify` alone.
            sending = block.notify(body=notice.text, subject=notice.subject)
            if inspect.iscoroutine(sending):
                run_coro_as_sync(sending)
    # Blocks are anyone's code, and raise what they like.
    except Exception as error:
        raise NoticeError(
            f"The Prefect block {name} did not deliver the notice {notice.subject!r}: "
            f"{_reason(error)}. Check the block on the Prefect server; `python -m flows.notices` "
            "sends a test."
        ) from None


def _load(name: str) -> NotificationBlock:
    try:
        block = Block.load(name)
    except ValueError as error:
        # Also what is wrong in a block that is there; its text holds the values.
        is_missing = str(error).startswith("Unable to find block document")
        problem = "there is none" if is_missing else "it cannot be read"
        raise NoticeError(
            f"[notices] prefect_block = {name!r}: expected a block of the Prefect server, "
            f"{problem}. Save it there under this name, or correct detente.toml; `prefect block "
            "ls` lists the blocks as TYPE/NAME."
        ) from None
    except Exception as error:
        raise NoticeError(
            f"[notices] prefect_block = {name!r}: the block cannot be loaded from the Prefect "
            f"server: {_reason(error)}."
        ) from None
    if not isinstance(block, NotificationBlock):
        raise NoticeError(
            f"[notices] prefect_block = {name!r}: expected a block that sends notifications, got "
            f"a {type(block).__name__}. Name another one in detente.toml."
        )
    return block


def _reason(error: Exception) -> str:
    """Say what went wrong without the words of the error, which may hold an address or a token."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"its service answered {error.response.status_code}"
    return type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep what clients of HTTP say of addresses out of the logs until the block ends."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def main() -> int:
    """Send a test notice from the command line and say where it went."""
    try:
        study = settings.load(None)
        if not study.notices.prefect_block:
            raise NoticeError('Expected [notices] prefect_block = "TYPE/NAME" in detente.toml.')
        send(study.notices, notices.of_test(study.study.name))
    except DetenteError as error:
        sys.stderr.write(f"Error: {sayable(error)}\n")
        return error.exit_code
    sys.stdout.write(f"sent to {study.notices.prefect_block}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
