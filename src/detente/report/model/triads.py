"""The page of three states: whether one relation hangs on the past of the others."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from detente.database.published import Published
from detente.report import language
from detente.report.language import Language
from detente.report.model.content import (
    DyadLine,
    DyadReport,
    Occurrence,
    TogetherMonth,
    TriadReport,
    TriadTest,
)
from detente.report.model.dyads import actors, dyad
from detente.report.model.origin import provenance
from detente.report.model.overviews import line
from detente.report.model.periods import complete, joined, periods_of
from detente.report.model.records import SOURCE, by_month_of
from detente.settings import Settings


def triad(
    database: Published,
    settings: Settings,
    states: tuple[str, str, str],
    reports: Sequence[DyadReport] = (),
) -> TriadReport:
    """Return the page of three states.

    Parameters
    ----------
    states
        ISO 3166-1 alpha-3 codes, in the order of the settings.
    reports
        Dyads that are read already; what is missing is read.

    Raises
    ------
    UsageError
        One of the three dyads is none of the study's.
    """
    say = language.load(settings.report.language)
    known = {report.slug: report for report in reports}
    sides = [
        known.get(f"{pair[0]}-{pair[1]}") or dyad(database, settings, pair)
        for first, second in combinations(states, 2)
        for pair in [(min(first, second), max(first, second))]
    ]
    slug = "-".join(states)
    names = actors(database)
    three = names[states[0]], names[states[1]], names[states[2]]
    tests = _tests(database, slug)
    lines = tuple(line(report) for report in sides)
    return TriadReport(
        title=say.listed([one.name for one in three]),
        slug=slug,
        actors=three,
        summary=tuple(_summary(sides, lines, tests, say)),
        dyads=lines,
        tests=tests,
        together=_together(sides, settings.report.months_in_ranking),
        months=joined(sides, "months"),
        years=joined(sides, "years"),
        provenance=provenance(database),
    )


def has_dyads(settings: Settings, states: tuple[str, str, str]) -> bool:
    """Say whether all three dyads of a triad are among the study's."""
    wanted = {(min(pair), max(pair)) for pair in combinations(states, 2)}
    return wanted <= set(settings.study.dyad_pairs)


def _tests(database: Published, slug: str) -> tuple[TriadTest, ...]:
    return tuple(
        TriadTest(**row)
        for row in database.dicts(
            """
            select
                coalesce(predicted, '') as predicted,
                coalesce(predictors, '') as predictors,
                p_value,
                p_adjusted,
                refusal,
                -- A test that does not reject shows nothing, whatever robust errors say.
                outcome = 'rejected' and test.is_disputed as is_disputed,
                outcome = 'rejected' and not test.is_disputed as stands,
                sentence,
            from stats.triad as test
            where
                source = ?
                and triad = ?
                and direction = 'undirected'
                and counting = 'all'
                and freq = 'month'
                and measure = 'net'
            order by len(predictors), predicted, predictors
            """,
            [SOURCE, slug],
        )
    )


def _summary(
    sides: Sequence[DyadReport],
    lines: Sequence[DyadLine],
    tests: Sequence[TriadTest],
    say: Language,
) -> list[str]:
    month = complete(periods_of(sides[0].months))[-1].start
    scores = [
        say("triad.score", score=say.signed(one.score), dyad=one.name)
        for one in lines
        if one.score is not None
    ]
    sentences = []
    if scores:
        sentences.append(say("triad.now", month=say.month(month), scores=say.listed(scores)))
    made = [test for test in tests if test.refusal is None]
    shown = sum(test.stands for test in made)
    disputed = sum(test.is_disputed for test in made)
    if made and shown:
        sentences.append(say("triad.shown_some", shown=shown, n=len(made)))
    elif made:
        sentences.append(say("triad.shown_none", n=len(made)))
    elif tests:
        sentences.append(say("triad.refused", reason=tests[0].refusal))
    else:
        sentences.append(say("triad.missing"))
    if disputed:
        key = "triad.disputed_one" if disputed == 1 else "triad.disputed_many"
        sentences.append(say(key, n=disputed))
    return sentences


def _together(sides: Sequence[DyadReport], number: int) -> tuple[TogetherMonth, ...]:
    """Return the months with the largest sum of absolute net scores in which all three moved."""
    months = [{period.start: period for period in periods_of(report.months)} for report in sides]
    by_month = [by_month_of(report.occurrences) for report in sides]
    found = []
    for start in months[0]:
        nets = [one[start].net if start in one else 0.0 for one in months]
        if not all(nets):
            continue
        weightiest: dict[str, Occurrence] = {}
        for one in by_month:
            for occurrence in one.get(start, [])[:1]:
                weightiest.setdefault(occurrence.occurrence_id, occurrence)
        found.append(
            TogetherMonth(
                month=start,
                size=sum(abs(net) for net in nets),
                nets=tuple((report.title, net) for report, net in zip(sides, nets, strict=True)),
                occurrences=tuple(weightiest.values()),
            )
        )
    found.sort(key=lambda one: (-one.size, one.month))
    return tuple(found[:number])
