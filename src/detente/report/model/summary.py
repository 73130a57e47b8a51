"""The sentences that open a page, generated from the periods."""

from __future__ import annotations

from collections.abc import Sequence

from detente.report.model import words
from detente.report.model.content import Period
from detente.report.model.periods import complete


def summary(months: Sequence[Period], years: Sequence[Period]) -> tuple[str, ...]:
    """Say in plain sentences which were the worst year and the best month since.

    Only periods that every file of the source covers whole are compared.
    """
    full_years = [year for year in complete(years) if year.n_events]
    full_months = complete(months)
    if not full_years:
        return ("The records hold no act between the two in a year that they cover whole.",)
    worst = min(full_years, key=lambda year: year.net)
    best = max(full_years, key=lambda year: year.net)
    fiercest = max(full_years, key=lambda year: year.conflict)
    friendliest = max(full_years, key=lambda year: year.cooperation)
    ties = sum(year.net == worst.net for year in full_years)
    sentences = [
        f"Of {len(full_years)} full years with acts on record, {worst.start.year} has the lowest "
        f"net score ({words.scored(worst)})"
        + (f", the first of {ties} with that score" if ties > 1 else "")
        + f", {best.start.year} the highest ({words.scored(best)}).{_unsettled(worst, full_years)}",
        f"Conflict alone was highest in {fiercest.start.year} ({fiercest.conflict:,.1f} points "
        f"from {words.acts(fiercest.n_conflict)} of conflict), cooperation alone in "
        f"{friendliest.start.year} ({friendliest.cooperation:,.1f} points).",
    ]
    after = [month for month in full_months if month.start.year > worst.start.year]
    if after and (month := max(after, key=lambda one: one.net)).net > 0:
        sentences.append(
            f"The best month since {worst.start.year} is {words.month(month.start)} "
            f"({words.scored(month)})."
        )
    low = min(full_months, key=lambda month: month.stock)
    high = max(full_months, key=lambda month: month.stock)
    sentences.append(
        f"The decayed stock was lowest at the end of {words.month(low.start)} "
        f"({words.signed(low.stock)}) and highest at the end of {words.month(high.start)} "
        f"({words.signed(high.stock)})."
    )
    return (*sentences, _latest_year_sentence(full_months))


def _latest_year_sentence(full_months: Sequence[Period]) -> str:
    recent, before = full_months[-12:], full_months[-24:-12]
    now, then = sum(month.net for month in recent), sum(month.net for month in before)
    change = "up from" if now > then else "down from" if now < then else "as in"
    return (
        f"In the twelve months to {words.month(recent[-1].start)}, the last that all files of "
        f"records cover, the net score is {words.signed(now)} from "
        f"{words.acts(sum(month.n_events for month in recent))}, {change} {words.signed(then)} in "
        "the twelve before."
    )


def _unsettled(worst: Period, years: Sequence[Period]) -> str:
    """Say how many other years could be the lowest as well, by their intervals."""
    if worst.net_hi is None:
        return ""
    high = worst.net_hi
    others = sum(
        year.net_lo is not None and year.net_lo <= high for year in years if year is not worst
    )
    if not others:
        return ""
    return (
        f" The intervals of {others} other year{'s' if others > 1 else ''} reach into that of "
        f"{worst.start.year}, so which year is the lowest is not settled."
    )
