"""Measure relations between states from event records.

>>> import detente
>>> sorted(detente.__all__)[:3]
['DetenteError', 'Study', '__version__']
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.base.errors import DetenteError
    from detente.library.questions import event_study, find_breaks, forecast, granger
    from detente.library.study import Study, load_csv
    from detente.library.study import open_study as open

__version__ = "0.1.0"
__all__ = [
    "DetenteError",
    "Study",
    "__version__",
    "event_study",
    "find_breaks",
    "forecast",
    "granger",
    "load_csv",
    "open",
]

# Loaded when first used: `import detente` alone takes no time.
_PLACES = {
    "DetenteError": ("detente.base.errors", "DetenteError"),
    "Study": ("detente.library.study", "Study"),
    "open": ("detente.library.study", "open_study"),
    "load_csv": ("detente.library.study", "load_csv"),
    "find_breaks": ("detente.library.questions", "find_breaks"),
    "granger": ("detente.library.questions", "granger"),
    "event_study": ("detente.library.questions", "event_study"),
    "forecast": ("detente.library.questions", "forecast"),
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'detente' has no attribute {name!r}")
    module, attribute = _PLACES[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
