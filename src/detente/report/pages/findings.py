"""What the numbers say about one pair, in a few sentences: for the README."""

from __future__ import annotations

from detente.database.published import Published
from detente.report import language
from detente.report.model import pairs
from detente.report.pages.verdict_sentences import extremes, headline, lede
from detente.settings import Settings


def sentences(database: Published, settings: Settings, states: tuple[str, str]) -> list[str]:
    """Return the verdict with its sentences, and the ends of the pair's own history.

    Raises
    ------
    KeyError
        The study has no such pair.
    """
    say = language.load()
    pair = pairs.read(database, settings).pair(*states)
    if pair is None:
        raise KeyError("-".join(states))
    found = [f"{headline(pair, say)}. {' '.join(lede(pair, say))}"]
    if pair.verdict is not None:
        low, high = extremes(pair.months)
        found.append(
            say(
                "judge.extremes",
                low=say.plus_points(low.balance or 0.0),
                low_month=say.month(low.month),
                high=say.plus_points(high.balance or 0.0),
                high_month=say.month(high.month),
            )
        )
    return found
