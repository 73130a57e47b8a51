"""The command line as its users start it, in a process of its own, or in this one."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

from detente.cli.main import main


def detente(
    folder: Path, *arguments: str, text: str = "", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `detente` in a folder and wait for it.

    Parameters
    ----------
    folder
        Where it is started; it finds the settings from there.
    arguments
        The words after `detente`.
    text
        What it reads from standard input.
    environment
        Variables to set beside those that are.
    """
    return subprocess.run(
        [sys.executable, "-m", "detente.cli", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        input=text,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def detente_here(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `detente` in this process, where it is not the process that is tested.

    A process of its own takes a second to start. Parameters are those of `detente`.
    """
    out, err = io.StringIO(), io.StringIO()
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    code: object = 0
    try:
        with (
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            mock.patch.object(sys, "argv", ["detente", *arguments]),
        ):
            main()
    except SystemExit as end:
        code = end.code
    finally:
        root.handlers[:], root.level = handlers, level
    assert isinstance(code, int)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
