"""Which year is the lowest, and how surely."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from detente.analysis.extremes import extreme_year_rows
from detente.database.published import Published
from detente.indices import intervals, reading
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.studies import Line, MakeStudy


def test_ties_share_a_draw() -> None:
    sums = np.array([[1.0, 2.0, 3.0], [1.0, 3.0, 0.0]])
    lowest, highest = intervals.chances_of_extremes(sums)
    # The first draw is a tie; the second and the third have one lowest year each.
    assert lowest.tolist() == pytest.approx([1.5 / 3, 1.5 / 3])
    assert highest.tolist() == pytest.approx([1.5 / 3, 1.5 / 3])


def test_the_chance_of_a_year_is_that_of_its_draws(make_study: MakeStudy, line: Line) -> None:
    # One sanction a year, of equal weight: the year that is drawn oftener is the lower one.
    study = make_study(
        [
            line("a", "2020-03-01", code="163", reverse="", category="sanction"),
            line("b", "2021-03-01", code="163", reverse="", category="sanction"),
        ],
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = extreme_year_rows(database, study, source="records", counting="all")
        seeds = database.frame(
            "select seed from marts.occurrences('goldstein', 'all', 'none', 'JPN', 'KOR') "
            "order by day"
        )["seed"].to_numpy(np.uint64)
    drawn = intervals.weights(seeds)
    first = ((drawn[0] > drawn[1]) + 0.5 * (drawn[0] == drawn[1])).mean()
    own = [row for row in rows if row.scale == "goldstein"]
    found = {row.period_start: row.p_lowest for row in own if not row.is_refused}
    assert found == pytest.approx({date(2020, 1, 1): first, date(2021, 1, 1): 1.0 - first})
    # By hand: two draws of a Poisson number of mean 1 are alike in 0.309 of cases.
    assert first == pytest.approx(0.5, abs=0.05)
    refusals = [row.refusal for row in own if row.is_refused]
    assert refusals == ["0 complete years with acts, fewer than 2"] * 2


def test_chances_add_up_for_every_dyad_and_the_lowest_year_is_likely(
    real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        rows = database.dicts(
            "select actor1_iso3, actor2_iso3, scale, sum(p_lowest) as low, sum(p_highest) as high, "
            "arg_min(p_lowest, net) as of_lowest, max(p_lowest) as most, count(*) as n, "
            "any_value(n_obs) as n_obs from stats.extreme_year group by all"
        )
        years = database.rows(
            "select count(*) from marts.dyad_year where source = 'records' and counting = 'all' "
            "and direction = 'undirected' and is_complete and n_events > 0"
        )
    assert {(row["actor1_iso3"], row["actor2_iso3"]) for row in rows} == set(
        real_settings.study.dyad_pairs
    )
    assert sum(row["n"] for row in rows if row["scale"] == "goldstein") == years[0][0]
    assert len(rows) == 5 * len(real_settings.study.dyad_pairs)
    for row in rows:
        assert row["low"] == pytest.approx(1.0)
        assert row["high"] == pytest.approx(1.0)
        assert row["n"] == row["n_obs"]
        assert row["of_lowest"] >= 0.5 * row["most"]


def test_the_nets_are_those_of_the_published_years(real_database: Path) -> None:
    with Published(real_database) as database:
        for scale in ("goldstein", "weis"):
            years = reading.series(database, "JPN", "KOR", freq="year", scale=scale)
            told = database.rows(
                "select net from stats.extreme_year where actor1_iso3 = 'JPN' "
                "and actor2_iso3 = 'KOR' and scale = ? order by period_start",
                [scale],
            )
            full = years[years["is_complete"] & (years["n_events"] > 0)]
            assert [net for (net,) in told] == pytest.approx(full["net"].tolist())
