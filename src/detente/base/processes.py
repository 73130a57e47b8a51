"""Work of a processor in processes of their own, side by side."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.context import BaseContext
from typing import TypeVar

from detente.base.errors import DetenteError
from detente.base.threads import one_thread

T = TypeVar("T")

_PATIENCE = 5.0  # seconds; the first processes take two to start, later ones next to nothing
_MOST = 8  # of more the memory would be the limit
# One server starts the processes of questions and of reports: it reads both before the first. What
# is not installed it passes over.
_READ_BEFORE = ["detente.analysis.question_tasks", "detente.report.run"]


# What starts processes, once it runs.
_server: set[BaseContext] = set()


def processors() -> int:
    """Return how many processes may compute side by side."""
    return min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, _MOST)


def side_by_side(n_workers: int) -> ProcessPoolExecutor:
    """Return processes that start from one that has read the modules and has no threads."""
    return ProcessPoolExecutor(n_workers, mp_context=_starting())


def done(todo: Sequence[Callable[[], T]], work: str) -> Iterator[T]:
    """Run the tasks of a refresh and yield what they return, in their order.

    Where they take longer than processes take to start, the rest of them run side by side. What a
    task returns must depend on nothing but its arguments, so that neither changes a result.

    Parameters
    ----------
    todo
        The tasks, which can be pickled.
    work
        What they do, as a verb with its object, for the error.

    Raises
    ------
    DetenteError
        A process ended before its work was done.
    """
    n_workers, started, place = processors(), time.monotonic(), 0
    patience = 0.0 if _server else _PATIENCE
    while place < len(todo) and (n_workers == 1 or time.monotonic() - started < patience):
        yield todo[place]()
        place += 1
    rest = todo[place:]
    if not rest:
        return
    with side_by_side(min(n_workers, len(rest))) as workers:
        try:
            yield from workers.map(_alone, rest)
        except BrokenProcessPool as error:
            raise DetenteError(
                f"A process that {work} ended unexpectedly, perhaps for lack of memory. "
                "Nothing was published; run `detente refresh` again."
            ) from error
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise


def _alone(task: Callable[[], T]) -> T:
    with one_thread():
        return task()


def _starting() -> BaseContext:
    # This process has threads, of the database and the chart renderer, and must not be forked.
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(_READ_BEFORE)
    _server.add(context)
    return context
