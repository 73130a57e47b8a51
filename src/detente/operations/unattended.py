"""What surrounds an unattended refresh: a log, notices, and the status page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from detente.base import extras
from detente.base.errors import DetenteError, UsageError
from detente.operations import logs, notices, status
from detente.operations.notices import Notice
from detente.refresh.job import Result
from detente.settings import Notices, Settings

# Delivers a notice, or raises a NoticeError.
Send = Callable[[Notices, Notice], None]

_log = logging.getLogger(__name__)


@contextmanager
def watched(
    settings: Settings, what: str = "refresh", to_block: Send | None = None
) -> Iterator[Callable[[Result], None]]:
    """Log the work inside the block, tell of its failure, and write the status page after it.

    A notice that cannot be sent, or a page that cannot be written, is logged and changes nothing
    else: the work ended as it ended.

    Parameters
    ----------
    what
        What the work is, for the notice.
    to_block
        Delivers to the Prefect block that the settings name; None where there is no Prefect.

    Yields
    ------
    callable
        Takes the result of the refresh and reports large moves.
    """
    ways = tuple(_ways(settings.notices, to_block))
    with logs.to_file(settings.processed):
        try:
            yield lambda result: _tell_of(settings, ways, result)
        except UsageError:
            raise  # a mistake of the person who is there to read it
        except Exception as error:
            _log.info("The %s failed: %s", what, error, extra={"outcome": "failed"})
            if settings.notices.on_failure:
                failure = notices.of_failure(settings, error, what)
                _tell(settings, ways, lambda: failure)
            raise
        finally:
            _write_status(settings)


def _tell_of(settings: Settings, ways: tuple[Send, ...], result: Result) -> None:
    _tell(settings, ways, lambda: notices.of_moves(settings, result.changes))
    _tell(settings, ways, lambda: notices.of_silence(settings))


def _ways(chosen: Notices, to_block: Send | None) -> Iterator[Send]:
    """Yield each way on which the settings want a notice to go, as far as it is open here."""
    if chosen.host:
        yield notices.send
    if chosen.prefect_block and (to_block or not chosen.host):
        # Without Prefect and without a mail server nobody would be told; mail's error says so.
        yield to_block or notices.send


def _tell(settings: Settings, ways: tuple[Send, ...], compose: Callable[[], Notice | None]) -> None:
    """Send what `compose` returns, if anything; whatever goes wrong is logged and no more."""
    if not ways:
        return
    try:
        notice = compose()
    except Exception:
        _log.exception("The notice could not be written")
        return
    if notice is None:
        return
    for send in ways:
        # One way that is closed leaves the others open.
        try:
            send(settings.notices, notice)
            _log.info("Notice sent: %s", notice.subject)
        except DetenteError as error:
            _log.error("%s", error)
        except Exception:
            _log.exception("The notice could not be sent")


def _write_status(settings: Settings) -> None:
    try:
        _log.info("Status page: %s", status.write(settings))
    except ModuleNotFoundError as error:
        missing = extras.explained(error)
        _log.info("No status page: %s", missing or error)
    except Exception:
        _log.exception("The status page could not be written")
