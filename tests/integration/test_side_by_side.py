"""The questions side by side give what they give one after the other, and an end is told."""

from __future__ import annotations

import os
from functools import partial

import numpy as np
import pandas as pd
import pytest

from detente.analysis.breaks import break_rows, search
from detente.analysis.reciprocity import reciprocity_rows
from detente.analysis.rows import Rows
from detente.analysis.series import Dyad
from detente.base import processes
from detente.base.errors import DetenteError
from detente.settings import Inference, SeriesChoice


def _dyad(seed: int) -> Dyad:
    months = pd.period_range("2005-01", periods=96, freq="M")
    drawn = np.random.default_rng(seed)
    one, two = (pd.Series(drawn.normal(size=96), months, name="net") for _ in range(2))
    return Dyad(
        choice=SeriesChoice(source="records"), pair=("AAA", "BBB"), values=one + two,
        directed=(one, two),
    )  # fmt: skip


def _breaks(dyad: Dyad, chosen: Inference) -> Rows:
    return list(break_rows(dyad, search(dyad.values, chosen, draws=99)))


def test_processes_find_what_one_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Inference(draws=100)
    todo = [
        partial(question, _dyad(seed), chosen)
        for seed in (1, 2)
        for question in (reciprocity_rows, _breaks)
    ]
    here = list(processes.done(todo, "works"))
    monkeypatch.setattr(processes, "_PATIENCE", -1.0)
    monkeypatch.setattr(processes, "processors", lambda: 2)
    apart = list(processes.done(todo, "works"))

    def told(found: list[Rows]) -> list[list[tuple[object, ...]]]:
        return [[(one.table, *map(repr, one.values())) for one in rows] for rows in found]

    assert told(apart) == told(here)


def test_a_process_that_is_killed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PATIENCE", -1.0)
    monkeypatch.setattr(processes, "processors", lambda: 2)
    with pytest.raises(DetenteError, match=r"ended unexpectedly.*Nothing was published"):
        list(processes.done([partial(os._exit, 9)], "works"))
