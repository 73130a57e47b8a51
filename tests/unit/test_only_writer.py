"""The lock on the build: who holds it, and what stays when it is let go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from detente.base.errors import Busy
from detente.refresh import publish


def test_the_holder_is_named_while_it_builds_and_forgotten_after(tmp_path: Path) -> None:
    with publish.only_writer(tmp_path / "new"):
        holder = tmp_path / "new" / ".lock-holder.json"
        assert json.loads(holder.read_text())["pid"] == os.getpid()
        with (
            pytest.raises(Busy, match=rf"process {os.getpid()} since .*Z\. Try again"),
            publish.only_writer(tmp_path / "new"),
        ):
            raise AssertionError("two build at once")
        assert holder.is_file()
    assert not holder.exists()


def test_a_build_does_not_fail_because_somebody_tidied_up_its_name(tmp_path: Path) -> None:
    with publish.only_writer(tmp_path):
        (tmp_path / ".lock-holder.json").unlink()
        with (
            pytest.raises(Busy, match="its process is not known"),
            publish.only_writer(tmp_path),
        ):
            raise AssertionError("two build at once")
    with publish.only_writer(tmp_path):
        assert (tmp_path / ".lock-holder.json").is_file()
