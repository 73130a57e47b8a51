"""Fill `stats.level` and the tables beside it: the level of relations of every dyad, by month.

Each source is asked by itself, and where there are several, all of them together (`panel`). The
levels of each are fitted (`fitting`), told as rows (`rows`), stored (`filling`), and read by what
rests on them (`reading`).
"""

from detente.analysis.levels.filling import fill
from detente.analysis.levels.fitting import TABLES, fitted
from detente.analysis.levels.panel import FEWEST_MONTHS, Panel, panels
from detente.analysis.levels.reading import movements, power, power_of
from detente.analysis.levels.rows import SPAN, step_sentence

__all__ = [
    "FEWEST_MONTHS", "SPAN", "TABLES", "Panel", "fill", "fitted", "movements", "panels", "power",
    "power_of", "step_sentence",
]  # fmt: skip
