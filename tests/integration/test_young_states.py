"""Acts that are dated when one of their states did not exist are listed and in no sum."""

from __future__ import annotations

import pytest

from detente.database.published import Published
from detente.operations.doctor import days as of_days
from detente.refresh import pipeline
from tests.support.studies import NO_INFERENCE, Line, MakeStudy, sidecar_text, study_table

pytestmark = pytest.mark.slow

# South Sudan begins on 9 July 2011.
BEFORE = ("2011-01-05", "2011-05-21", "2011-07-03", "2011-07-08")
AFTER = ("2011-07-09", "2011-07-20", "2011-08-01", "2011-09-12", "2011-10-03", "2011-12-31")


@pytest.mark.parametrize("days", [AFTER, BEFORE + AFTER])
def test_a_series_begins_with_its_state_in_every_sum(
    make_study: MakeStudy, line: Line, days: tuple[str, ...]
) -> None:
    """Visits of one state to the other: the same numbers with and without the earlier ones."""
    lines = [line(f"v{day}", day, "SDN", "SSD") for day in days]
    study = make_study(
        lines,
        study_table("2010-01-01", "JPN", "KOR", "SDN", "SSD") + NO_INFERENCE,
        sidecar_text("2010-01-01", "2012-12-31"),
    )
    pipeline.refresh(study)  # the checks, too, see that days and periods agree
    with Published(study.database) as database:
        pair = "direction = 'undirected' and counting = 'all' and actor2_iso3 = 'SSD'"
        years = database.rows(
            f"select period_start::varchar, n_events from marts.dyad_year where {pair} "
            "and actor1_iso3 = 'SDN' order by all"
        )
        # Each visit is an act of both.
        assert years == [("2010-01-01", None), ("2011-01-01", 12), ("2012-01-01", 0)]
        assert database.rows(
            f"select n_events, net from marts.dyad_month where {pair} "
            "and actor1_iso3 = 'SDN' and period_start = '2011-07-01'"
        ) == [(4, pytest.approx(2 * (1.9 + 2.8)))]
        assert database.rows(
            f"select n_occurrences from marts.dyad_interval where {pair} and freq = 'year'"
        ) == [(6,)]
        assert database.rows(
            "select sum(net) from stats.vintage where counting = 'all' and actor1_iso3 = 'SDN' "
            "or counting = 'all' and actor1_iso3 = 'SSD'"
        ) == [(pytest.approx(6 * (1.9 + 2.8)),)]
        # The stock of the last day of 2011 is that of the six visits alone.
        ((stock, half_life),) = database.rows(
            f"select stock, half_life_days from marts.dyad_year, meta.study where {pair} "
            "and actor1_iso3 = 'SDN' and period_start = '2011-01-01'"
        )
        ages = [175, 164, 152, 110, 89, 0]
        assert stock == pytest.approx(sum(4.7 * 2 ** (-age / half_life) for age in ages))
        assert database.rows("select count(*) from main.act") == [(2 * len(days),)]
        told = [one.message for one in of_days.lacking(database)]
    assert any("in no month, year or stock" in one for one in told) == (len(days) > len(AFTER))
