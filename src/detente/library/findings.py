"""The answer to a question, ready to read: a sentence, a summary, a table, a chart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pandas as pd

from detente.base.errors import DetenteError
from detente.statistics.results import Refusal
from detente.statistics.sentences import result_sentence

Value = TypeVar("Value")


class Refused(DetenteError):
    """A question that the series cannot support was asked for its numbers."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding(Generic[Value]):
    """What a test says about a series: a sentence, a summary, a table and a chart.

    ``detente.find_breaks``, ``detente.granger``, ``detente.event_study`` and
    ``detente.forecast`` return it.

    Attributes
    ----------
    value
        The result with everything that was computed, or a
        ``detente.statistics.results.Refusal`` with its reason.
    subject
        What the series is called in a sentence.
    lines
        The summary, one sentence an entry; the first one is the answer.
    table
        One row per part of the answer; the columns carry hypotheses, sample and settings.

    Examples
    --------
    >>> import detente
    >>> import pandas as pd
    >>> short = pd.Series([1.0, 2.0], pd.period_range("2020-01", periods=2, freq="M"))
    >>> found = detente.find_breaks(short)
    >>> found.is_refused
    True
    >>> found
    <Finding: No result for the series (structural breaks): 2 observations; at least 20 are needed.>
    """

    value: Value | Refusal
    subject: str
    lines: tuple[str, ...]
    table: pd.DataFrame
    draw: Callable[[], Any]

    @property
    def is_refused(self) -> bool:
        """Whether the series cannot support the test; ``sentence`` gives the reason."""
        return isinstance(self.value, Refusal)

    def sentence(self) -> str:
        """Return the answer in one sentence, or why the series cannot support the test."""
        return self.lines[0]

    def summary(self) -> str:
        """Return the answer with tests, sample and warnings, a sentence a line."""
        return "\n".join(self.lines)

    def to_frame(self) -> pd.DataFrame:
        """Return the answer as a table.

        Returns
        -------
        pandas.DataFrame
            One row per part of the answer: a break, a direction, a category or a month ahead.
            Values are in the unit of the series; hypotheses, sample and settings are columns.

        Raises
        ------
        Refused
            The series cannot support the test.
        """
        if isinstance(self.value, Refusal):
            raise Refused(self.sentence())
        return self.table.copy()

    def plot(self) -> Any:
        """Return a chart of the series with the answer.

        Returns
        -------
        altair.LayerChart
            Shows itself in a notebook; ``save("chart.html")`` writes it. Needs ``detente[report]``.

        Raises
        ------
        Refused
            The series cannot support the test.
        """
        if isinstance(self.value, Refusal):
            raise Refused(self.sentence())
        return self.draw()

    def __repr__(self) -> str:
        return f"<Finding: {self.sentence()}>"

    def _repr_html_(self) -> str:
        """Show the summary in a notebook."""
        from html import escape

        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


def refused(refusal: Refusal, subject: str) -> Finding[Any]:
    """Return the finding that there is none, with the reason."""
    return Finding(
        value=refusal,
        subject=subject,
        lines=(result_sentence(refusal, subject),),
        table=pd.DataFrame(),
        draw=lambda: None,
    )
