"""What a dyad's breaks hang on: the other searches for them, and the caveat of each break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from detente.database.published import Published
from detente.report.language import Language
from detente.report.model.content import Actor, Break, OtherSearch
from detente.report.model.records import SOURCE

_NAMED = 2  # other searches that the caveat names


def other_searches(database: Published, actor1: Actor, actor2: Actor) -> tuple[OtherSearch, ...]:
    """Return the search as asked and, after it, the same search in the series built otherwise."""
    return tuple(
        OtherSearch(
            **{
                **row,
                "dates": tuple(row["dates"] or ()),
                "lost": tuple(row["lost"] or ()),
            }
        )
        for row in database.dicts(
            """
            select
                variant as kind, variant_words as words, share_left_out,
                break_dates as dates, lost_breaks as lost, p_value, survives, refusal,
            from stats.robustness
            where
                source = ? and counting = 'all' and freq = 'month' and measure = 'net'
                and actor1_iso3 = ? and actor2_iso3 = ?
            order by position
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def with_caveats(
    breaks: Sequence[Break], searches: Sequence[OtherSearch], say: Language
) -> tuple[Break, ...]:
    """Return the breaks, each with a caveat where another search does not find it."""
    return tuple(replace(one, caveat=_caveat(one, searches, say)) for one in breaks)


def _caveat(one: Break, searches: Sequence[OtherSearch], say: Language) -> str:
    lost = [search for search in searches if one.day in search.lost]
    if not lost:
        return ""
    n_asked = sum(search.survives is not None for search in searches) - 1
    named = "; ".join(search.words for search in lost[:_NAMED])
    key = "hangs.caveat_some" if len(lost) > _NAMED else "hangs.caveat_all"
    told = say(key, lost=len(lost), n=n_asked, named=named)
    if any(search.kind == "whole_span" for search in lost):
        told += say("hangs.caveat_late")
    return told
