"""How often a property is tried whose examples are dear: a few times, and many in `make fuzz`."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("DETENTE_EXAMPLES", "1"))


def examples(n: int) -> int:
    """Return how many examples to try where `make test` tries n."""
    return n * TIMES
