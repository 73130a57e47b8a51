"""The page of the whole region: the verdict, the movers, who is close to whom, and every pair."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from detente.report.charts import panels, ranges
from detente.report.charts.panels import Edge
from detente.report.charts.svg import Drawing
from detente.report.language import Language
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import Row as Result
from detente.report.pages import verdict_sentences
from detente.report.pages.annex.wording import ident, p_text
from detente.report.pages.blocks import notice
from detente.report.pages.figures import Figure, source, title_of
from detente.report.pages.pair import reach_of
from detente.report.rules import NOT_SUPPORTED, SUPPORTED

MOVERS = 5  # beside the focal pair
_NETWORK, _MATRIX = 12, 60  # states up to which each of the two is legible
MOST_ROWS = 200
_MOST_IN_CHART = 40


@dataclass(frozen=True)
class Mover:
    """The focal pair, or one that moved or stands at an end of its own history."""

    slug: str
    name: str
    arrow: str
    text: str


@dataclass(frozen=True)
class Row:
    """One pair in the table."""

    slug: str
    name: str
    value: float
    balance: str
    tone: str
    range: Drawing | None
    change: str
    change_value: float
    is_clear: bool
    history: str
    share: float
    spark: Drawing | None
    # Events of the twelve months; of a pair that cannot be judged, all of them.
    n: int
    verdict: str


@dataclass(frozen=True)
class Line:
    """A link with a line of text: a case study, three states."""

    href: str
    name: str
    text: str


@dataclass(frozen=True)
class Question:
    """A question of the study: its verdict, a line about the test, and the result in full."""

    id: str
    asked: str
    verdict: str
    is_supported: bool
    text: str
    full: str


@dataclass(frozen=True)
class Overview:
    """Everything on the page of the region."""

    title: str
    heading: str
    headline: str
    lede: tuple[str, ...]
    notice: tuple[str, ...]
    movers: tuple[Mover, ...]
    rows: tuple[Row, ...]
    n_pairs: int
    capped: str
    first_year: str
    network: Figure | None
    table: Figure | None
    source: str
    is_matrix: bool = False
    unit: str = ""
    axis: Drawing | None = None
    cases: tuple[Line, ...] = ()
    questions: tuple[Question, ...] = ()
    triads: tuple[Line, ...] = ()


def question(row: Result, significance: float, say: Language) -> Question:
    """Return a question of the study with its answer, from a row of `stats.hypothesis`."""
    verdict, p = str(row["verdict"]), row["p_adjusted"]
    key = f"case.verdict_{verdict.replace(' ', '_')}"
    if p is None:
        line = "untested"
    elif verdict == NOT_SUPPORTED:
        line = "but" if p < significance else "no"
    else:
        line = "yes" if verdict == SUPPORTED else "partly"
    return Question(
        id=ident("question", row["hypothesis_id"]),
        asked=str(row["question"]),
        verdict=say(key) if say.has(key) else verdict,
        is_supported=verdict == SUPPORTED,
        text=say(f"region.question_{line}", p=p_text(p)),
        full=say.result(str(row["sentence"] or ""), row["parts"]) or "",
    )


def overview(
    study: Study,
    say: Language,
    cases: tuple[Line, ...] = (),
    questions: tuple[Question, ...] = (),
    triads: tuple[Line, ...] = (),
) -> Overview:
    """Return what the page of the region shows."""
    judged = [one for one in study.pairs if one.verdict is not None]
    reach, month = reach_of(study), study.last_month
    order = sorted(judged, key=lambda one: (-_value(one), one.slug))
    kept = sorted(order, key=lambda one: -abs(_value(one)))[:MOST_ROWS]
    rows = tuple(_row(one, month, reach, say) for one in order if one in kept)
    unknown = tuple(_empty(one, say) for one in study.pairs if one.verdict is None)
    heading = (
        say("region.heading", study=study.title, month=say.month(month)) if month else study.title
    )
    firsts = [one.verdict.first.year for one in judged if one.verdict]
    return Overview(
        title=study.title,
        heading=heading,
        headline=_headline(study, judged, say),
        lede=_lede(study, judged, say),
        notice=notice(study, say),
        # Of one pair the headline has said it.
        movers=tuple(_movers(study, judged, say)) if judged and len(study.pairs) > 1 else (),
        rows=(*rows, *unknown[: max(MOST_ROWS - len(rows), 0)]),
        n_pairs=len(study.pairs),
        capped=_capped(study, say),
        first_year=str(min(firsts)) if firsts else "",
        network=_network(study, judged, say),
        table=_table(study, order, reach, say) if order else None,
        source=source(study.pairs[0], say),
        is_matrix=len(_states(study)) > _NETWORK,
        unit=say("region.per_1k") if study.series.per_1k else "",
        axis=ranges.range_axis(reach, say) if order else None,
        cases=cases,
        questions=questions,
        triads=triads,
    )


def _capped(study: Study, say: Language) -> str:
    """Say which pairs the table leaves out; empty where it has all."""
    shown, n_all = len(study.pairs), study.n_all
    if shown > MOST_ROWS:
        return say("region.table_capped", shown=MOST_ROWS, n=say.count(max(shown, n_all)))
    if n_all > shown:
        pair = study.pairs[0].slug
        return say("region.table_limited", shown=say.count(shown), n=say.count(n_all), pair=pair)
    return ""


def _value(pair: Pair) -> float:
    return (pair.verdict.last.balance or 0.0) if pair.verdict else 0.0


def _headline(study: Study, judged: list[Pair], say: Language) -> str:
    if not judged:
        return say("region.title_empty")
    if len(study.pairs) == 1:
        pair = study.pairs[0]
        if pair.verdict is not None and pair.verdict.level == "quiet":
            return say("region.title_one_quiet", pair=title_of(pair, say))
        return say(
            "region.title_one_pair",
            pair=title_of(pair, say),
            verdict=verdict_sentences.lower_first(verdict_sentences.headline(pair, say)),
        )
    levels = [one.verdict.level for one in judged if one.verdict]
    friendly, hostile = levels.count("friendly"), levels.count("hostile")
    names = {(True, True): "mix", (True, False): "friendly", (False, True): "hostile"}
    key = names.get((friendly > 0, hostile > 0), "none")
    if key != "none" and (friendly or hostile) == 1:
        key += "_one"
    counts = {"friendly": friendly, "hostile": hostile, "n": len(study.pairs)}
    return say(f"region.title_{key}", **{name: say.count(n) for name, n in counts.items()})


def _lede(study: Study, judged: list[Pair], say: Language) -> tuple[str, ...]:
    """Return how many pairs clearly changed within a year; of one pair, what it rests on."""
    if len(study.pairs) == 1:
        return tuple(verdict_sentences.lede(study.pairs[0], say)[:1])
    n_unknown = sum(one.verdict is None and one.unknown.is_since for one in study.pairs)
    key = "region.unjudged_one" if n_unknown == 1 else "region.unjudged_many"
    unjudged = (say(key, n=say.count(n_unknown)),) if n_unknown and judged else ()
    known = [one for one in judged if one.verdict and one.verdict.trend != "unknown"]
    if not known:
        return unjudged
    trends = [one.verdict.trend for one in known if one.verdict]
    better, worse = trends.count("better"), trends.count("worse")
    if not better and not worse:
        return (say("region.changed_none"), *unjudged)
    return (
        say(
            "region.changed",
            better=say.count(better),
            worse=say.count(worse),
            rest=say.count(len(study.pairs) - n_unknown - better - worse),
        ),
        *unjudged,
    )


def _movers(study: Study, judged: list[Pair], say: Language) -> list[Mover]:
    """Return the focal pair, those with a clear change, the largest first, then the extremes."""

    def weight(pair: Pair) -> tuple[int, float, str]:
        found = pair.verdict
        if found is None or found.level == "quiet":
            return (3, 0.0, pair.slug)
        clear = found.trend in ("better", "worse")
        extreme = found.history in ("worst", "best")
        return (0 if clear else 1 if extreme else 2, -abs(found.last.change or 0.0), pair.slug)

    focal = study.pairs[0]
    order = [one for one in sorted(judged, key=weight) if one != focal and weight(one)[0] < 3]
    return [_mover(one, study.last_month, say) for one in (focal, *order[:MOVERS])]


def _mover(pair: Pair, month: date | None, say: Language) -> Mover:
    found = pair.verdict
    told = verdict_sentences.lower_first(verdict_sentences.headline(pair, say))
    if found is None or found.level == "quiet":
        return Mover(pair.slug, title_of(pair, say), "•", f"{told}.")
    since = ""
    share, year = found.last.share_lower, found.first.year
    is_clear = found.trend in ("better", "worse")
    if share is not None and share <= 0.25 and found.lowest_since:
        since = say("region.lowest_since", month=say.month(found.lowest_since))
    elif share is not None and share >= 0.75 and found.highest_since:
        since = say("region.highest_since", month=say.month(found.highest_since))
    # Where the change takes the place of the history in the verdict.
    elif is_clear and (found.is_lowest or found.is_highest):
        since = say("region.lowest_ever" if found.is_lowest else "region.highest_ever", year=year)
    return Mover(
        pair.slug,
        title_of(pair, say),
        # Only what is clear points up or down.
        {"better": "▲", "worse": "▼"}.get(found.trend, "•"),
        say(
            "region.mover",
            verdict=told,
            balance=say.plus_points(found.last.balance or 0.0)
            + verdict_sentences.ended(pair, month, say),
            cause=verdict_sentences.because(pair, found, say, ("region.only", "region.mainly")),
            since=since,
        ),
    )


def _row(pair: Pair, month: date | None, reach: float, say: Language) -> Row:
    found = pair.verdict
    if found is None:
        return _empty(pair, say)
    last = found.last
    change = verdict_sentences.written_change(last, say.places)
    arrow = "" if not change else "▲ " if change > 0 else "▼ "
    tones = {"friendly": "cot", "hostile": "cft"}
    return Row(
        pair.slug,
        title_of(pair, say),
        last.balance or 0.0,
        say.plus_points(last.balance or 0.0),
        tones.get(found.level, ""),
        ranges.dot_range(last, reach),
        "" if change is None else f"{arrow}{say.plus_points(change)}",
        change or 0.0,
        found.trend in ("better", "worse"),
        # A rank of two or three events would say more than they bear.
        say(f"judge.cell_{'quiet' if found.level == 'quiet' else found.history}")
        + verdict_sentences.ended(pair, month, say),
        last.share_lower if last.share_lower is not None else 0.5,
        ranges.spark(pair.months),
        last.n_window,
        verdict_sentences.headline(pair, say),
    )


def _empty(pair: Pair, say: Language) -> Row:
    return Row(
        pair.slug, title_of(pair, say), 0.0, "", "", None, "", 0.0, False,
        verdict_sentences.headline(pair, say), 0.5, None, pair.n_events,
        verdict_sentences.headline(pair, say),
    )  # fmt: skip


def _states(study: Study) -> list[str]:
    return sorted({code for one in study.pairs for code in one.key})


def _network(study: Study, judged: list[Pair], say: Language) -> Figure | None:
    """Return who is close to whom: a network of few states, a matrix of more, none of very many."""
    codes = _states(study)
    if not judged or len(codes) < 3 or len(codes) > _MATRIX:
        return None
    actors = {one.iso3: one.name for pair in study.pairs for one in (pair.actor1, pair.actor2)}
    edges = [
        Edge(*one.key, _value(one), one.verdict.level in ("friendly", "hostile"))
        for one in judged
        if one.verdict is not None and one.verdict.level != "quiet"
    ]  # fmt: skip
    best = max(judged, key=_value)
    worst = min(judged, key=_value)
    alt = say(
        "figure.network_alt",
        n=len(codes),
        best=f"{title_of(best, say)} {say.plus_points(_value(best))}",
        worst=f"{title_of(worst, say)} {say.plus_points(_value(worst))}",
    )
    nodes = [(code, actors[code]) for code in codes]
    title = say("figure.network_title")
    few = len(codes) <= _NETWORK
    said = [say("figure.network_what" if few else "figure.matrix_what")]
    if len(edges) < len(study.pairs):
        said.append(say("figure.network_few" if few else "figure.matrix_few"))
    drawing = (
        panels.network(nodes, edges, 380.0, title, alt)
        if few
        else panels.matrix(nodes, edges, title, alt)
    )
    return Figure(
        "index",
        "network",
        title,
        " ".join(said),
        source(judged[0], say),
        "points",
        drawing,
        ("actor1_iso3", "actor2_iso3", "month", "net_12m", "lo95", "hi95"),
        tuple(
            (
                *one.key,
                one.last_month,
                one.verdict.last.balance,
                one.verdict.last.lo,
                one.verdict.last.hi,
            )
            for one in judged
            if one.verdict
        ),
    )


def _table(study: Study, order: list[Pair], reach: float, say: Language) -> Figure:
    """Return how each pair stands, as a chart to take away: the largest balances of many."""
    shown = sorted(order, key=lambda one: -abs(_value(one)))[:_MOST_IN_CHART]
    shown = [one for one in order if one in shown]
    title = say("figure.pairs_title")
    month = study.last_month
    what = say("figure.pairs_what", month=say.month(month) if month else "")
    rows = [
        (
            title_of(one, say) + verdict_sentences.ended(one, month, say),
            say.plus_points(_value(one)),
            one.verdict.last,
        )
        for one in shown
        if one.verdict
    ]
    return Figure(
        "all",
        "pairs",
        title,
        what,
        source(study.pairs[0], say),
        "points",
        ranges.dot_ranges(rows, reach, say, title, what),
        ("actor1_iso3", "actor2_iso3", "month", "net_12m", "lo95", "hi95", "change", "change_lo95",
         "change_hi95", "share_lower", "n_events"),
        tuple(
            (*one.key, last.month, last.balance, last.lo, last.hi, last.change, last.change_lo,
             last.change_hi, last.share_lower, last.n_window)
            for one in order
            if one.verdict
            for last in [one.verdict.last]
        ),
    )  # fmt: skip
