"""What the tests say of a dyad, in their own sentences."""

from __future__ import annotations

from detente.database.published import Published
from detente.report.model.content import Actor, Finding
from detente.report.model.records import SOURCE


def findings(database: Published, actor1: Actor, actor2: Actor) -> tuple[Finding, ...]:
    """Return what the tests say, breaks first, in the order in which the questions are asked.

    A finding stands if its test rejects after correction, undisputed, or dates a break.
    """
    return tuple(
        Finding(**row)
        for row in database.dicts(
            """
            with told as (
                select 'changed' as subject, 1 as part, test as detail, *
                from stats.break_test
                where test_id = 'number_of_breaks' or is_refused
                union all by name
                select 'changed' as subject, 2 as part, break_number::varchar as detail, *
                from stats.break_point
                union all by name
                -- One sentence stands in every month of the model.
                select 'changed' as subject, 2 as part, 'regimes' as detail, *
                from stats.regime
                qualify
                    row_number() over (
                        partition by source, counting, actor1_iso3, actor2_iso3, freq, measure
                        order by period_start
                    ) = 1
                union all by name
                select 'answers' as subject, 3 as part, acts || actor1_iso3 as detail, *
                from stats.granger
                union all by name
                select 'events' as subject, 4 as part, event_kind || method as detail, *
                from stats.event_effect
            )

            select
                subject,
                sentence,
                outcome in ('rejected', 'estimated') and not is_disputed as stands,
            from told
            where
                source = ?
                and counting = 'all'
                and freq = 'month'
                and measure = 'net'
                and least(actor1_iso3, actor2_iso3) = ?
                and greatest(actor1_iso3, actor2_iso3) = ?
            order by part, detail
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )


def bear(database: Published, actor1: Actor, actor2: Actor) -> tuple[Finding, ...]:
    """Return what the series can bear: the sum of the diagnostics first, then each of them."""
    return tuple(
        Finding(**row)
        for row in database.dicts(
            """
            select
                'bear' as subject,
                sentence,
                test_id = 'suitability' as stands,
            from stats.diagnostic
            where source = ? and actor1_iso3 = ? and actor2_iso3 = ? and measure = 'net'
            order by stands desc, is_refused, test
            """,
            [SOURCE, actor1.iso3, actor2.iso3],
        )
    )
