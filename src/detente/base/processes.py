"""Work of a processor in processes of their own, side by side."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext

_MOST = 8  # of more the memory would be the limit
# One server starts the processes of questions and of reports: it reads both before the first. What
# is not installed it passes over.
_READ_BEFORE = ["detente.analysis.work", "detente.report.run"]


def processors() -> int:
    """Return how many processes may compute side by side."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST)


def side_by_side(n_workers: int) -> ProcessPoolExecutor:
    """Return processes that start from one that has read the modules and has no threads."""
    return ProcessPoolExecutor(n_workers, mp_context=_starting())


def _starting() -> BaseContext:
    # This process has threads, of the database and the chart renderer, and must not be forked.
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_READ_BEFORE)
    return context
