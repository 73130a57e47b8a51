"""Batches are parsed in a thread, which ends before the connection that it uses is closed."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from detente.database.builder import Warehouse
from detente.sources.gdelt2 import Gdelt2, layout_of
from detente.store.batches import Batch
from detente.store.parsing import Parser


def test_what_ends_a_load_is_not_hidden_by_a_batch_that_is_still_parsed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    begun = threading.Event()
    n_begun = 0

    def stage(self: Parser, batch: Batch, warehouse: Warehouse) -> None:
        nonlocal n_begun
        n_begun += 1
        if n_begun == 2:
            begun.set()
            warehouse.execute("select sum(sqrt(range)) from range(30_000_000)")

    monkeypatch.setattr(Parser, "_stage", stage)
    layout = layout_of(61, with_adm2=True, with_url=True)
    batches = [Batch(tmp_path / f"{n}.txt", layout, 2022, n_rows=1) for n in range(4)]
    stopping = threading.Event()

    def load(warehouse: Warehouse) -> Any:
        coming = Parser(Gdelt2(), warehouse, {}, stopping, lambda: None).parsed(iter(batches))
        try:
            assert next(coming) is batches[0]
            begun.wait()
            raise OSError("the disk is full")
        finally:
            coming.close()

    with Warehouse() as warehouse:
        with pytest.raises(OSError, match="the disk is full"):
            load(warehouse)
        assert stopping.is_set()
        assert n_begun == 2
        assert warehouse.rows("select 1") == [(1,)]
