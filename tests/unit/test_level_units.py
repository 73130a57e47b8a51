"""The months that levels rest on, their unit, and levels of some of the dyads."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from detente.analysis import levels
from detente.database.builder import Warehouse
from detente.sources import is_stream_of_news
from detente.statistics.level import simulation
from detente.statistics.level.model import Prior

# Three years in which every third month has five events of the source and four points of the pair.
_MONTHS = """
create table marts.dyad_value as
select
    '{source}' as source, 'all' as counting, 'GRC' as actor1_iso3, 'TUR' as actor2_iso3,
    (date '2015-01-01' + to_months(i::int))::date as period_start,
    if(i % 3 = 0, 4.0, 0.0) as cooperation, 0.0 as conflict,
    if(i % 3 = 0, 5, 0)::bigint as n_source_events,
    'month' as freq, 'undirected' as direction, true as is_complete,
from range(36) as t(i)
"""


@pytest.mark.parametrize(
    ("source", "is_stream"),
    [
        ("gdelt1", True),
        ("icews", True),
        ("ucdp_ged", False),
        ("acled", False),
        ("gdelt_bq", False),
        ("a_list_of_mine", False),
        ("records", False),
    ],
)
def test_only_a_stream_of_news_is_measured_against_its_volume(source: str, is_stream: bool) -> None:
    assert is_stream_of_news(source) is is_stream
    with Warehouse() as warehouse:
        warehouse.execute("create schema marts")
        warehouse.execute(_MONTHS.format(source=source))
        if is_stream:
            # Twelve months with news are too few; a month without any is unknown.
            assert levels.panels(warehouse, set()) == []
            warehouse.execute("update marts.dyad_value set n_source_events = 5")
        (panel,) = levels.panels(warehouse, set())
    assert panel.per_1k is is_stream
    offset = np.log(5 / 1000) if is_stream else 0.0
    assert panel.cooperation.log_offset == pytest.approx(np.full((1, 1, 36), offset))
    assert panel.cooperation.is_known.all()
    assert panel.cooperation.y.sum() == pytest.approx(12 * 4.0)


def test_levels_of_some_dyads_are_those_they_have_among_all() -> None:
    seen = simulation.simulate(simulation.DESIGNS["drift, sparse"], 4, 40, seed=3)
    panel = levels.Panel(
        source="made_up",
        counting="all",
        sources=("made_up",),
        pairs=tuple((f"A{place}", "B") for place in range(4)),
        months=pd.period_range("2000-01", periods=40, freq="M"),
        cooperation=seen.cooperation,
        conflict=seen.conflict,
    )
    tables = [list(levels.fitted(panel, None, Prior(), only)) for only in (None, [1, 3])]
    for name in levels.TABLES:
        whole, some = (pd.concat([part[name] for part in one]) for one in tables)
        if name != "stats.level_change":
            assert set(some["actor1_iso3"]) == {"A1", "A3"}
        if len(whole):
            chosen = whole[whole["actor1_iso3"].isin({"A1", "A3"})]
            pd.testing.assert_frame_equal(
                chosen.reset_index(drop=True), some.reset_index(drop=True), rtol=1e-9
            )
