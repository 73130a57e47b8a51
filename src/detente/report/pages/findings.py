"""What the records say about one pair, in a few sentences: for the README."""

from __future__ import annotations

from detente.database.published import Published
from detente.report import language
from detente.report.model import pairs, results
from detente.report.pages import annex, words
from detente.settings import Settings


def sentences(database: Published, settings: Settings, states: tuple[str, str]) -> list[str]:
    """Return the verdict with its sentences, the extremes, and what is said of shifts.

    Raises
    ------
    KeyError
        The study has no such pair.
    """
    say = language.load()
    study = pairs.read(database, settings)
    pair = study.pair(*states)
    if pair is None:
        raise KeyError("-".join(states))
    told = [f"{words.headline(pair, say)}. {' '.join(words.lede(pair, say))}"]
    low, high = words.extremes(pair.months)
    told.append(
        say(
            "figure.balance_alt",
            first=say.month(pair.months[0].month),
            last=say.month(pair.window[1]),
            low=say.points(low.balance or 0.0),
            low_month=say.month(low.month),
            high=say.points(high.balance or 0.0),
            high_month=say.month(high.month),
            now=say.points(pair.verdict.last.balance or 0.0) if pair.verdict else "",
        )
    )
    found = results.results(database, study.series, pair.key)
    return told + annex.shifts_in_words(pair, found, say)
