"""How many examples an expensive property test tries: a few, and many more in `make fuzz`."""

from __future__ import annotations

import os

TIMES = int(os.environ.get("DETENTE_EXAMPLES", "1"))


def examples(n: int) -> int:
    """Return how many examples to try where `make test` tries n."""
    return n * TIMES
