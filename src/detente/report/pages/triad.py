"""The page of three states: how the three relations stand, and whether one predicts another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from typing import Any

from detente.database.published import Published
from detente.report.charts import balance as drawn
from detente.report.language import Language
from detente.report.model.events import Event
from detente.report.model.events import title_of as event_title
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import WORDS, Row
from detente.report.pages import verdict_sentences
from detente.report.pages.annex.wording import ident, p_text
from detente.report.pages.blocks import (
    Block,
    Document,
    Picture,
    Result,
    Section,
    Table,
    Text,
    notice,
)
from detente.report.pages.figures import Figure, source, title_of


def sides(study: Study, states: Sequence[str]) -> list[Pair]:
    """Return the three pairs of three states; fewer where the study lacks one."""
    found = [study.pair(one, two) for one, two in combinations(states, 2)]
    return [one for one in found if one is not None]


def tests(database: Published, study: Study, states: Sequence[str]) -> tuple[Row, ...]:
    """Return the tests of `stats.triad` on the monthly points of three states."""
    return tuple(
        database.dicts(
            f"select * from stats.triad {WORDS} where source = ? and triad = ? "  # noqa: S608
            "and direction = 'undirected' and counting = ? and freq = ? and measure = ? "
            "order by len(predictors), predicted, predictors",
            [
                study.series.source,
                "-".join(states),
                study.series.counting,
                study.series.freq,
                study.series.measure,
            ],
        )
    )


def triad(
    study: Study, states: Sequence[str], rows: Sequence[Row], n_ranked: int, say: Language
) -> Document:
    """Return the page of three states; the `n_ranked` best and worst months are listed."""
    three = sides(study, states)
    names = {one.iso3: one.name for pair in three for one in (pair.actor1, pair.actor2)}
    title = say.listed([names.get(one, one) for one in states])
    tests = [_test(row, names, say) for row in rows]
    shown = sum(one.is_strong for one in tests)
    made = sum(not row["is_refused"] for row in rows)
    if not made:
        lede = say("three.not_tested")
    else:
        key = "three.none" if not shown else "three.some"
        lede = say(key, shown=shown, n=made)
    slug = "-".join(states)
    return Document(
        slug=slug,
        title=title,
        kicker=say("three.kicker"),
        headline=title,
        lede=(lede,),
        sections=(
            Section("pairs", say("figure.pairs_title"), tuple(_stand(slug, three, say))),
            Section(
                "together", say("three.together"), tuple(_months_of_all_three(three, n_ranked, say))
            ),
            Section("tests", say("three.tests"), (Text(say("three.tests_lead"), True), *tests)),
        ),
        here="triads",
        actions=tuple((f"{one.slug}.html", title_of(one, say)) for one in three),
        notice=notice(study, say),
    )


def _stand(slug: str, three: Sequence[Pair], say: Language) -> list[Block]:
    rows = []
    found: list[Block] = []
    for pair in three:
        if pair.verdict is None:
            rows.append((title_of(pair, say), "", "", verdict_sentences.headline(pair, say)))
            continue
        last = pair.verdict.last
        moved = verdict_sentences.written_change(last, say.places)
        change = "" if moved is None else say.plus_points(moved)
        rows.append(
            (
                title_of(pair, say), say.plus_points(last.balance or 0.0), change,
                verdict_sentences.headline(pair, say),
            )
        )  # fmt: skip
    heads = tuple(say(f"region.{one}") for one in ("pair", "balance", "change"))
    found.append(
        Table(say("three.stand"), (*heads, say("three.verdict")), tuple(rows), (1, 2), "stand")
    )
    judged = [pair for pair in three if pair.verdict]
    ends = [drawn.reach_of(pair.months) for pair in judged]
    reach = (min((low for low, _ in ends), default=0.0), max((high for _, high in ends), default=0))
    if judged:
        found.append(Text(say("three.scale"), True))
    return [*found, *(Picture(_curve(slug, pair, reach, say)) for pair in judged)]


def _curve(slug: str, pair: Pair, reach: tuple[float, float], say: Language) -> Figure:
    """Return the balance of one pair, on the scale of all three."""
    title = title_of(pair, say)
    what = say("figure.balance_what_1k" if pair.series.per_1k else "figure.balance_what")
    alt = f"{title}: {what}"
    drawings = [
        drawn.hero(pair.months, (), say, title, alt, size, reach=reach)
        for size in ((774.0, 210.0), (358.0, 190.0))
    ]
    return Figure(
        slug, f"balance-{pair.slug.lower()}", title, what,
        source(pair, say), "points", drawings[0], ("month", "net_12m", "lo95", "hi95"),
        tuple((one.month, one.balance, one.lo, one.hi) for one in pair.months),
        phone=drawings[1],
    )  # fmt: skip


def _months_of_all_three(three: Sequence[Pair], n_ranked: int, say: Language) -> list[Block]:
    """Return the months in which all three moved most, with the event of each that counts most."""
    nets = [{one.month: one.net for one in pair.months if one.is_complete} for pair in three]
    if len(nets) < 3:
        return []
    weighty = [_largest_by_month(pair.events) for pair in three]
    found: list[tuple[float, date]] = []
    for month in nets[0]:
        values = [one.get(month, 0.0) for one in nets]
        if all(values):
            found.append((-sum(map(abs, values)), month))
    rows: list[tuple[str, ...]] = []
    for _, month in sorted(found)[:n_ranked]:
        titles: dict[str, str] = {}
        for one in weighty:
            if event := one.get(month):
                titles.setdefault(event.id, event_title(event, say))
        rows.append(
            (
                say.month(month),
                *(say.plus(one[month]) for one in nets),
                "; ".join(titles.values()),
            )
        )
    if not rows:
        return [Text(say("three.together_none"))]
    heads = (say("annex.month"), *(title_of(one, say) for one in three), say("annex.what"))
    return [Table(say("three.together_what"), heads, tuple(rows), (1, 2, 3), "together-months")]


def _largest_by_month(events: Sequence[Event]) -> dict[date, Event]:
    found: dict[date, Event] = {}
    for one in events:
        if one.month not in found or abs(one.points) > abs(found[one.month].points):
            found[one.month] = one
    return found


def _test(row: Row, names: dict[str, str], say: Language) -> Result:
    key = ident("predicts", row["predicted"], "by", row["predictors"])
    if row["is_refused"]:
        plain = say.result(str(row["sentence"] or ""), row.get("parts")) or say("annex.refused")
        reason = str(row["refusal"]) if say.code == "en" else plain
        return Result(
            key or "refused", verdict_sentences.upper_first(reason), "", say("annex.tag_refused")
        )
    yes = row["outcome"] == "rejected" and not row["is_disputed"]
    plain = say(
        "three.yes" if yes else "three.no",
        predicted=_pairs(row["predicted"], names, say),
        predictors=_pairs(row["predictors"], names, say),
        p=p_text(row["p_adjusted"]),
    )
    full = say.result(str(row["sentence"] or ""), row.get("parts")) or ""
    return Result(key, plain, full, say("annex.tag_yes" if yes else "annex.tag_no"), yes)


def _pairs(text: Any, names: dict[str, str], say: Language) -> str:
    """Name the pairs of a text such as `JPN-KOR, JPN-PRK`."""
    named = []
    for part in str(text or "").replace(" and ", ",").split(","):
        one, _, two = part.strip().partition("-")
        if two:
            named.append(say("format.dash", first=names.get(one, one), second=names.get(two, two)))
        elif one:
            named.append(one)
    return say.listed(named)
