"""How the indices differ from those published before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from detente.base import assets
from detente.base.errors import DetenteError
from detente.database import checks
from detente.database.builder import Warehouse

# Of the differences, the largest are kept; a first load of a source would be all of them.
KEPT = 50


@dataclass(frozen=True)
class IndexChange:
    """One dyad's month whose net score is not what it was.

    Attributes
    ----------
    net_before, net
        Net score then and now, in points; 0 where the month was not there.
    change
        The difference, in points.
    change_in_sd
        The difference in standard deviations of the dyad's monthly net score before; None where
        there were fewer than 24 complete months, or no variation.
    surprise
        Probability of net points at least as far out, given the months before; None where no level
        is estimated.
    """

    source: str
    actor1_iso3: str
    actor2_iso3: str
    period_start: date
    n_events_before: int
    n_events: int
    net_before: float
    net: float
    change: float
    change_in_sd: float | None
    surprise: float | None = None

    def is_large(self, surprise: float, move_sd: float) -> bool:
        """Say whether the month is a surprise, or moved far where that cannot be told.

        Parameters
        ----------
        surprise
            Largest probability that counts as a surprise.
        move_sd
            Standard deviations by which a month without a level must have moved.
        """
        if self.surprise is not None:
            return self.surprise <= surprise
        return self.change_in_sd is not None and abs(self.change_in_sd) >= move_sd

    def __str__(self) -> str:
        sd = "" if self.change_in_sd is None else f", {self.change_in_sd:+.1f} standard deviations"
        if self.surprise is not None:
            sd = f", probability of a month so far out {self.surprise:.3f}"
        return (
            f"{self.actor1_iso3}-{self.actor2_iso3} {self.period_start:%Y-%m} ({self.source}): net "
            f"score {self.net_before:.1f} to {self.net:.1f} ({self.change:+.1f}{sd}), "
            f"{self.n_events_before} to {self.n_events} acts"
        )


def since(warehouse: Warehouse, published: Path) -> tuple[IndexChange, ...]:
    """Compare a database under construction with the published one; the largest change first.

    Nothing is returned where there is no published database, or none that can be compared.
    """
    if not published.is_file():
        return ()
    query = (assets.sql() / "compare" / "index_changes.sql").read_text(encoding="utf-8")
    try:
        with warehouse.attached(published, checks.PREVIOUS):
            rows = warehouse.dicts(query.rstrip().rstrip(";") + f"\nlimit {KEPT}")
    except DetenteError:
        return ()
    return tuple(IndexChange(**row) for row in rows)
