"""Answer the questions that the settings name from the results of the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from detente.settings import Hypothesis

Row = Mapping[str, Any]
SUPPORTED: Final = "supported"
PARTLY: Final = "partly supported"
NOT_SUPPORTED: Final = "not supported"
NOT_TESTED: Final = "not tested"


def answer(
    asked: Hypothesis,
    break_tests: Sequence[Row],
    break_points: Sequence[Row],
    granger: Sequence[Row],
    event_effects: Sequence[Row],
    significance: float,
) -> dict[str, str]:
    """Return the verdict on one question and the sentences of the results that it rests on.

    Parameters
    ----------
    asked
        The question, by the kind of test that answers it.
    break_tests, break_points, granger, event_effects
        Rows of `stats.*`, worded.
    significance
        Level of the decision, on adjusted p-values.

    Returns
    -------
    dict
        ``verdict`` ('supported'; 'partly supported' where a break is dated inside the span and its
        interval reaches beyond; 'not supported'; 'not tested' where every test was refused) and
        ``sentence``. "Not supported" does not mean that the opposite was shown.
    """
    if asked.kind == "break":
        return _break(asked, break_tests, break_points)
    if asked.kind == "reciprocity":
        rows = [
            row for row in granger if {row["actor1_iso3"], row["actor2_iso3"]} == set(asked.dyad)
        ]
    else:
        rows = [
            row
            for row in event_effects
            if {row["actor1_iso3"], row["actor2_iso3"]} == set(asked.dyad)
            and row["event_kind"] == asked.event_kind
            and row["method"] == "event study"
        ]
    told = [row for row in rows if row.get("p_adjusted") is not None]
    sentence = " ".join(row["sentence"] for row in rows) or "No such test was made."
    if not told:
        return {"verdict": NOT_TESTED, "sentence": sentence}
    holds = all(row["p_adjusted"] < significance for row in told) and len(told) == len(rows)
    return {"verdict": SUPPORTED if holds else NOT_SUPPORTED, "sentence": sentence}


def _break(
    asked: Hypothesis, break_tests: Sequence[Row], break_points: Sequence[Row]
) -> dict[str, str]:
    """Say whether a break falls into the span asked about, and its whole interval with it."""
    summary = [
        row for row in break_tests if _is_about(row, asked) and row["test"] == "number of breaks"
    ]
    if not summary:
        refused = " ".join(row["sentence"] for row in break_tests if _is_about(row, asked))
        return {"verdict": NOT_TESTED, "sentence": refused or "No such test was made."}
    first, last = asked.span
    inside = [
        row for row in break_points if _is_about(row, asked) and first <= row["last_before"] <= last
    ]
    # Months count whole: an interval that begins with the span's first month lies inside it.
    whole = [
        row
        for row in inside
        if row["last_before_lo"] is not None
        and first <= row["last_before_lo"]
        and row["last_before_hi"] <= last
    ]
    verdict = SUPPORTED if whole else PARTLY if inside else NOT_SUPPORTED
    return {"verdict": verdict, "sentence": summary[0]["sentence"]}


def _is_about(row: Row, asked: Hypothesis) -> bool:
    return {row["actor1_iso3"], row["actor2_iso3"]} == set(asked.dyad)
