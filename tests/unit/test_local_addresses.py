"""Addresses of files on this machine lead back to the files, whatever their names hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.sources import local


@pytest.mark.parametrize("name", ["a b", "a%20b", "100%", "c?d#e", "기록"])
def test_the_address_of_a_file_leads_to_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"x")
    assert local.is_local(path.as_uri())
    assert local.path_of(path.as_uri()) == path
    assert local.read_local(path.as_uri()) == b"x"
