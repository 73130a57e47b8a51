"""Look at the curated layer in a browser: Datasette over a copy in SQLite, on loopback.

Datasette (https://datasette.io) only reads, and every script and style of its pages comes from
itself, so that it works without a network. The copy is made again each time and removed at the end.
"""

from __future__ import annotations

import importlib.util
import json
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detente.base.errors import UsageError
from detente.database import curated, export
from detente.database.sql_files import contract
from detente.operations import explore_server

HOST = "127.0.0.1"
_FIRST_PORT, _PORTS = 8001, 20
_SETTINGS = {"sql_time_limit_ms": 5000, "max_returned_rows": 10_000, "allow_download": "off"}


def run(published: Path, study_name: str, announce: Callable[[str], None]) -> None:
    """Serve the curated layer of a published database until Ctrl-C or SIGTERM.

    Parameters
    ----------
    published
        The published database.
    study_name
        Stands at the top of the pages.
    announce
        Hears the address, and what is being done.

    Raises
    ------
    UsageError
        Datasette is not installed, or no port is free.
    """
    if importlib.util.find_spec("datasette") is None:
        raise UsageError(
            "`--explore` needs Datasette, which is not installed: `pip install datasette`. Without "
            "it `detente export --sqlite FOLDER` writes a file that any browser of databases opens."
        )
    with tempfile.TemporaryDirectory(prefix="detente-explore-") as folder:
        announce("Copying the views ...")
        export.write(published, Path(folder), "sqlite")
        described = Path(folder) / "metadata.json"
        described.write_text(json.dumps(metadata(study_name)), encoding="utf-8")
        port = free_port()
        announce(f"http://{HOST}:{port}/detente (read-only; Ctrl-C ends it)")
        process = subprocess.Popen(command(Path(folder), described, port))  # noqa: S603
        # Who ends this process, or closes its terminal, ends the server with it, and the copy goes.
        for name in {"SIGTERM", "SIGHUP"} & {one.name for one in signal.Signals}:
            signal.signal(signal.Signals[name], signal.default_int_handler)
        try:
            process.wait()
        except KeyboardInterrupt:
            announce("Ended.")
        finally:
            process.terminate()
            process.wait()


def command(folder: Path, described: Path, port: int) -> list[str]:
    """Return the command that serves the copy in a folder: immutable, on loopback."""
    settings = [
        str(part) for name, value in _SETTINGS.items() for part in ("--setting", name, value)
    ]
    return [
        sys.executable, "-m", explore_server.__name__, "serve",
        "--immutable", str(folder / "detente.sqlite"),
        "--host", HOST, "--port", str(port), "--metadata", str(described), *settings,
    ]  # fmt: skip


def metadata(study_name: str) -> dict[str, Any]:
    """Return what Datasette says of the database, its tables and their columns."""
    shared = contract()["columns"]
    tables = {
        view.name: {
            "description": view.description,
            "columns": {**shared, **view.columns},
            "facets": list(view.facets),
            "size": 50,
        }
        for view in curated.views()
    }
    return {
        "title": study_name,
        "description": "The curated layer of a detente database, read-only.",
        "databases": {"detente": {"tables": tables}},
    }


def free_port() -> int:
    """Return the first port that nobody listens to.

    Raises
    ------
    UsageError
        All that are tried are taken.
    """
    for port in range(_FIRST_PORT, _FIRST_PORT + _PORTS):
        with socket.socket() as one:
            if one.connect_ex((HOST, port)) != 0:
                return port
    last = _FIRST_PORT + _PORTS - 1
    raise UsageError(f"Expected a free port from {_FIRST_PORT} to {last}; all are taken.")
