"""Where the settings of a study lie."""

from __future__ import annotations

from pathlib import Path

from detente.base.errors import SettingsError

FILE_NAME = "detente.toml"


def find(start: Path | None = None) -> Path:
    """Return the nearest `detente.toml` in `start` (default: here) or a folder above it."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SettingsError(
        f"No {FILE_NAME} in {here} or any folder above it. "
        "Change to the study's folder, or name the file (--config on the command line)."
    )
