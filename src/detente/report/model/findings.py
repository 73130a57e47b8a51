"""What the tests say of a dyad, in their own sentences."""

from __future__ import annotations

from detente.report.model.content import Actor, Break, Finding
from detente.report.model.records import SOURCE
from detente.warehouse import Published


def breaks(database: Published, actor1: Actor, actor2: Actor) -> tuple[Break, ...]:
    """Return the breaks in the dyad's monthly net score, oldest first."""
    return tuple(
        Break(**row)
        for row in database.dicts(
            """
            select
                last_before as day,
                coalesce(last_before_lo, last_before) as lower,
                coalesce(last_before_hi, last_before) as upper,
                sentence,
            from stats.break_point
            where source = ? and actor1_iso3 = ? and actor2_iso3 = ?
            order by last_before
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def findings(database: Published, actor1: Actor, actor2: Actor) -> tuple[Finding, ...]:
    """Return what the tests say, breaks first, in the order in which the questions are asked."""
    return tuple(
        Finding(**row)
        for row in database.dicts(
            """
            with told as (
                select 'What changed, and when' as subject, 1 as part, test as detail, *
                from stats.break_test
                where test = 'number of breaks' or refusal is not null
                union all by name
                select
                    'What changed, and when' as subject, 2 as part,
                    break_number::varchar as detail, *
                from stats.break_point
                union all by name
                select 'Who answers whom' as subject, 3 as part, actor1_iso3 as detail, *
                from stats.granger
                union all by name
                select 'What events did' as subject, 4 as part, event_kind || method as detail, *
                from stats.event_effect
            )

            select subject, sentence
            from told
            where
                source = ?
                and least(actor1_iso3, actor2_iso3) = ?
                and greatest(actor1_iso3, actor2_iso3) = ?
            order by part, detail
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )
