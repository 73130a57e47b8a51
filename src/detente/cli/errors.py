"""What a user sees of an error, and with which code the command line ends.

Exit 0 done, 1 a check or the work failed, 2 wrong usage.
"""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Callable
from typing import TextIO, cast

from rich.markup import escape

from detente.base import extras
from detente.base.errors import DetenteError
from detente.base.redaction import redacted, sayable
from detente.cli.output import err, logs_json
from detente.cli.terminal import UndirectedStream
from detente.operations import logs

_INTERRUPTED = 130


def run(app: Callable[[], object]) -> None:
    """Run an application; an error that a user can meet is printed without a traceback."""
    if logs_json():
        logs.to_stderr_as_json()
    else:
        logs.to_stderr_as_text()
    try:
        with contextlib.redirect_stderr(cast(TextIO, UndirectedStream(sys.stderr))):
            app()
    except DetenteError as error:
        if logs_json():
            logging.getLogger(__name__).error("%s", redacted(str(error)))
        else:
            err.print(f"[red]Error:[/red] {escape(sayable(error))}", highlight=False)
        sys.exit(error.exit_code)
    except ModuleNotFoundError as error:
        if (missing := extras.explained(error)) is None:
            raise
        err.print(f"[red]Error:[/red] {escape(str(missing))}", highlight=False)
        sys.exit(missing.exit_code)
    except OSError as error:  # a full disk, a folder that may not be written
        err.print(
            f"[red]Error:[/red] {escape(sayable(error))}. The published database is as it was. "
            "Make room or give access, then run the same command again.",
            highlight=False,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        _stopped()
        sys.exit(_INTERRUPTED)
    except SystemExit as error:
        if error.code == _INTERRUPTED:  # what Typer makes of Ctrl-C
            _stopped()
        raise


def _stopped() -> None:
    err.print(
        "Stopped; the published database is as it was. What was fetched and loaded stays: the same "
        "command goes on from there."
    )
