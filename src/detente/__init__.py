"""Measure relations between states from event records.

In a notebook a study is opened, its indices read, and a question asked of them::

    import detente

    study = detente.open("detente.toml")            # or a .duckdb file, a folder, nothing
    df = study.index("JPN", "KOR", freq="month")    # one row per month, complete months only
    found = detente.find_breaks(df["net"])          # or any pandas series of your own
    found.summary(); found.to_frame(); found.plot()

Studies
    ``open`` one that a refresh has published, or ``load_csv`` for one file of events. Both
    return a ``Study`` with ``index``, ``events``, ``results`` and ``sql``.
Tests of any series
    ``find_breaks``, ``granger``, ``event_study``, ``forecast``. Each returns a
    ``Finding`` with ``sentence()``, ``summary()``, ``to_frame()`` and ``plot()``.
Errors
    All that detente raises on purpose are a ``DetenteError``.

The command line ``detente --help`` refreshes a study and renders its reports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from detente.base.errors import DetenteError
    from detente.library.one_file import load_csv
    from detente.library.questions import event_study, find_breaks, forecast, granger
    from detente.library.study import Study
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
    "load_csv": ("detente.library.one_file", "load_csv"),
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
