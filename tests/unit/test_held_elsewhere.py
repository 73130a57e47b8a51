"""A database that another program has open for writing is not called damaged."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from detente.base.errors import NotPublished
from detente.database.published import Published


def test_who_holds_the_database_is_told(tmp_path: Path) -> None:
    path = tmp_path / "held.duckdb"
    code = (
        f"import duckdb; held = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(NotPublished, match=rf"PID {other.pid}\), which opened it") as raised:
            Published(path)
        assert "damaged" not in str(raised.value)
        other.kill()
