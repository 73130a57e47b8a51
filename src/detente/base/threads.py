"""One thread for linear algebra on small matrices."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

from threadpoolctl import ThreadpoolController


def one_thread() -> AbstractContextManager[object]:
    """Return a context in which linear algebra runs on one thread.

    On small matrices more threads would mostly wait for each other.
    """
    limited: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limited


@cache
def _libraries() -> ThreadpoolController:
    # To find the libraries takes longer than to draw a small dyad; once is enough.
    return ThreadpoolController()
