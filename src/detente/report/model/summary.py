"""The record of a dyad in numbers: its lowest year, its highest, its best month since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detente.report.language import Language
from detente.report.model.content import Occurrence, Period
from detente.report.model.periods import complete

_TOLD = 0.05  # share of the draws from which on a year is named
_LEAST_PERCENT = 0.5  # of the draws; less rounds to nothing


def summary(
    months: Sequence[Period],
    years: Sequence[Period],
    say: Language,
    once_a_day: Sequence[Period] = (),
    occurrences: Sequence[Occurrence] = (),
    chances: Mapping[int, float] | None = None,
    by_scale: Mapping[str, int] | None = None,
) -> tuple[str, ...]:
    """Say in plain sentences which were the worst year and the best month since.

    Only periods that every file of the source covers whole are compared.

    Parameters
    ----------
    months, years
        Periods of the dyad.
    once_a_day
        The years under the counting 'one_a_day', said where they have another lowest year.
    occurrences
        The records, for the lowest year where each kind of them counts once a month.
    chances
        By year, how often it is the lowest in the bootstrap draws; None where there are none.
    by_scale
        The lowest year on the other scales, by their names.
    """
    full_years = [year for year in complete(years) if year.n_events]
    full_months = complete(months)
    if not full_years:
        return (say("summary.nothing"),)
    worst = min(full_years, key=lambda year: year.net)
    best = max(full_years, key=lambda year: year.net)
    fiercest = max(full_years, key=lambda year: year.conflict)
    friendliest = max(full_years, key=lambda year: year.cooperation)
    ties = sum(year.net == worst.net for year in full_years)
    sentences = [
        say(
            "summary.years",
            n=len(full_years),
            worst=worst.start.year,
            worst_score=_scored(worst, say),
            ties=say("summary.ties", n=ties) if ties > 1 else "",
            best=best.start.year,
            best_score=_scored(best, say),
            unsettled=_chances(chances or {}, say) + _scales(by_scale or {}, say),
        ),
        say(
            "summary.flows",
            fiercest=fiercest.start.year,
            conflict=say.signed(fiercest.conflict),
            acts=say.acts(fiercest.n_conflict),
            friendliest=friendliest.start.year,
            cooperation=say.signed(friendliest.cooperation),
        ),
    ]
    after = [month for month in full_months if month.start.year > worst.start.year]
    if after and (month := max(after, key=lambda one: one.net)).net > 0:
        sentences.append(
            say(
                "summary.best_month",
                year=worst.start.year,
                month=say.month(month.start),
                score=_scored(month, say),
            )
        )
    low = min(full_months, key=lambda month: month.stock)
    high = max(full_months, key=lambda month: month.stock)
    sentences.append(
        say(
            "summary.stock",
            low=say.month(low.start),
            low_stock=say.signed(low.stock),
            high=say.month(high.start),
            high_stock=say.signed(high.stock),
        )
    )
    sentences += _once_a_day(worst, [year for year in complete(once_a_day) if year.n_events], say)
    sentences += _once_a_month(worst, full_years, occurrences, say)
    return tuple(sentences)


def _once_a_day(worst: Period, years: Sequence[Period], say: Language) -> list[str]:
    """Say which year is the lowest where doubles of a day count once, if it is another one."""
    if not years:
        return []
    nets = {year.start.year: year.net for year in years}
    return _other(worst.start.year, nets, "summary.once_a_day", say)


def _once_a_month(
    worst: Period, years: Sequence[Period], occurrences: Sequence[Occurrence], say: Language
) -> list[str]:
    """Say which year is the lowest where thirty days of one thing weigh as much as one."""
    if not occurrences:
        return []
    nets = {year.start.year: 0.0 for year in years}
    nets |= {year: net for year, net in kinds_once_a_month(occurrences).items() if year in nets}
    year = worst.start.year
    if found := _other(year, nets, "summary.once_a_month", say):
        return found
    others = {one: net for one, net in nets.items() if one != year}
    if not others:
        return []
    second = min(others, key=lambda one: (others[one], one))
    values = {"net": say.signed(nets[year]), "second_net": say.signed(others[second])}
    return [say("summary.once_a_month_too", year=year, second=second, **values)]


def kinds_once_a_month(occurrences: Sequence[Occurrence]) -> dict[int, float]:
    """Return the net score a year where each kind of record counts once a month and way.

    The heaviest record of a kind in a month stands for all of that month that pull the same way.
    """
    heaviest: dict[tuple[int, int, str, bool], float] = {}
    for one in occurrences:
        key = (one.day.year, one.day.month, one.category, one.net > 0)
        heaviest[key] = max(heaviest.get(key, 0.0), one.net, key=abs)
    years: dict[int, float] = {}
    for (year, *_), net in heaviest.items():
        years[year] = years.get(year, 0.0) + net
    return years


def _other(worst: int, nets: Mapping[int, float], key: str, say: Language) -> list[str]:
    """Say which year is the lowest under another counting, if it is another one."""
    year = min(nets, key=lambda one: (nets[one], one))
    before = nets.get(worst, 0.0)
    if year == worst or say.signed(nets[year]) == say.signed(before):
        return []
    values = {"net": say.signed(nets[year]), "before": say.signed(before)}
    return [say(key, year=year, worst=worst, **values)]


def _scored(period: Period, say: Language) -> str:
    """Give a net score with its 95 % interval and the acts that it rests on."""
    net, acts = say.signed(period.net), say.acts(period.n_events)
    if period.net_lo is None or period.net_hi is None:
        return say("summary.scored_bare", net=net, acts=acts)
    lower, upper = say.signed(period.net_lo), say.signed(period.net_hi)
    return say("summary.scored", net=net, acts=acts, lower=lower, upper=upper)


def _chances(chances: Mapping[int, float], say: Language) -> str:
    """Say which years could be the lowest as well, by how often they are in the draws."""
    told = sorted(
        (year for year, chance in chances.items() if chance >= _TOLD),
        key=lambda year: (-chances[year], year),
    )
    if not told:
        return ""
    named = [
        say("summary.chance", year=year, percent=f"{100 * chances[year]:.0f}") for year in told
    ]
    rest = 100.0 * (1.0 - sum(chances[year] for year in told))
    if rest >= _LEAST_PERCENT:
        named.append(say("summary.chance_rest", percent=f"{rest:.0f}"))
    return say("summary.chances", years=say.listed(named))


def _scales(by_scale: Mapping[str, int], say: Language) -> str:
    """Say which year is the lowest on other scales."""
    if not by_scale:
        return ""
    names: dict[int, list[str]] = {}
    for scale, year in by_scale.items():
        names.setdefault(year, []).append(scale)
    told = [
        say("summary.on_scale", year=year, scales=say.listed(scales))
        for year, scales in sorted(names.items(), key=lambda one: (-len(one[1]), one[0]))
    ]
    return say("summary.scales", years=say.listed(told))
