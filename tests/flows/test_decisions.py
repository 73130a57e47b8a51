"""The flows' own decisions, without a Prefect server: what is tried again, and what is asked."""

from __future__ import annotations

import importlib
import os
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import httpx
import pytest

from detente.base.errors import Busy, CheckFailed, DetenteError, DownloadError, UsageError
from detente.refresh import steps
from detente.refresh.job import Request, Step


@pytest.fixture
def tasks(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The module of tasks; Prefect takes seconds to import, which not every collection should."""
    os.environ.setdefault("PREFECT_HOME", str(tmp_path_factory.mktemp("prefect")))
    return importlib.import_module("flows.tasks")


@pytest.fixture
def backfill(tasks: ModuleType) -> ModuleType:
    return importlib.import_module("flows.backfill")


class _State:
    def __init__(self, error: Exception) -> None:
        self._error = error

    def result(self, raise_on_failure: bool) -> Exception:
        assert not raise_on_failure
        return self._error


@pytest.mark.parametrize(
    ("error", "is_tried_again"),
    [
        (DownloadError("the list"), True),
        (httpx.ConnectTimeout("slow"), True),
        (ConnectionResetError("gone"), True),
        (CheckFailed("a row"), False),
        (Busy("another run"), False),
        (DetenteError("spoilt"), False),
        (OSError("the disk is full"), False),
        (ValueError("a fault of ours"), False),
    ],
)
def test_only_the_network_is_tried_again(
    tasks: ModuleType, error: Exception, is_tried_again: bool
) -> None:
    assert tasks.is_network_failure(None, None, _State(error)) == is_tried_again


@pytest.mark.parametrize("step", [steps.UPDATE_EVENTS, *steps.STEPS], ids=lambda one: one.name)
def test_only_the_step_that_fetches_is_retried_and_each_has_its_time(
    tasks: ModuleType, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def remembered(**given: Any) -> Any:
        asked.update(given)
        return lambda work: lambda one, job: f"{work.__name__} {one.name} {job}"

    monkeypatch.setattr(tasks, "task", remembered)
    assert tasks.run_as_task(step, "job") == f"run_step {step.name} job"
    assert asked["retries"] == (tasks.NETWORK_RETRIES if step is steps.UPDATE_EVENTS else 0)
    assert asked["timeout_seconds"] == step.timeout_seconds
    assert asked["retry_condition_fn"] is tasks.is_network_failure
    assert (asked["name"], asked["task_run_name"]) == (step.title, step.name)


def test_a_backfill_asks_for_its_source_and_days(
    backfill: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    told: list[Any] = []

    def refreshed(study: Any, **given: Any) -> Any:
        asked.append((study, given))
        return SimpleNamespace(database=Path("published.duckdb"))

    @contextmanager
    def watched(study: Any, what: str, send: Any) -> Any:
        assert (study, what) == ("study", "backfill")
        yield told.append

    monkeypatch.setattr(backfill, "refresh", refreshed)
    monkeypatch.setattr(backfill.settings, "load", lambda config: "study")
    monkeypatch.setattr(backfill.unattended, "watched", watched)
    days = date(2023, 1, 2), date(2023, 1, 31)
    found = backfill.backfill.fn("gdelt2", *days, offline=True, wait_seconds=3.0)
    assert found == "published.duckdb"
    request = Request(("gdelt2",), True, *days)
    assert asked == [("study", {"request": request, "wait_seconds": 3.0})]
    assert len(told) == 1
    one_day = backfill.backfill.fn("gdelt2", days[0], days[0])
    assert one_day == "published.duckdb"
    assert asked[1][1]["request"] == Request(("gdelt2",), False, days[0], days[0])
    with pytest.raises(UsageError, match="on or after the start 2023-01-31, got 2023-01-02"):
        backfill.backfill.fn("gdelt2", days[1], days[0])
