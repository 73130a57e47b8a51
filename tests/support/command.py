"""The command line as its users start it: in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


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
