"""A level is in points per 1,000 events of a stream of news, and of chosen events plainly."""

from __future__ import annotations

import numpy as np
import pytest

from detente.analysis import levels
from detente.database.builder import Warehouse
from detente.sources import is_stream_of_news

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
