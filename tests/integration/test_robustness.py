"""What a break depends on: the search again, in the series built otherwise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from detente.analysis.series import dyad
from detente.analysis.variant import Variant
from detente.analysis.variants import variants
from detente.base.errors import RawFileError
from detente.database.published import Published
from detente.indices import reading
from detente.records import sidecar
from detente.refresh import pipeline
from detente.report.model import pairs
from detente.settings import SeriesChoice, Settings
from detente.statistics.breaks.results import Break
from detente.statistics.breaks.robustness import lost_breaks
from detente.statistics.breaks.search import find_breaks
from detente.statistics.results import Refusal
from tests.support.studies import (
    Line,
    MakeStudy,
    meetings_and_later_acts,
    sidecar_text,
    study_table,
)

QUIET = "[inference.forecasts]\nenabled = false\n"
KINDS = '[categories]\nsummit = "a meeting"\nexercise = "an exercise"\n'
LATE = '[[starts]]\ncategory = "exercise"\nfirst_day = 2012-01-01\nwhy = "held before as well"\n'


def _break(
    last: str, lower: str | None = None, upper: str | None = None, *, up: bool = True
) -> Break:
    low, high = {"mean": 0.0}, {"mean": 1.0}
    return Break(
        last_before=last,
        first_after="",
        position=0,
        lower=lower,
        upper=upper,
        level=0.95,
        before=low if up else high,
        after=high if up else low,
    )


def test_a_break_is_found_again_inside_its_interval_or_within_a_year() -> None:
    asked = _break("2012-06", "2012-05", "2014-01")
    assert lost_breaks([asked], [_break("2014-01")], "M") == ()
    assert lost_breaks([asked], [_break("2011-07")], "M") == ()
    assert lost_breaks([asked], [_break("2014-02")], "M") == (asked,)
    assert lost_breaks([asked], [_break("2012-06", up=False)], "M") == (asked,)
    assert lost_breaks([asked], [], "M") == (asked,)
    assert lost_breaks([], [asked], "M") == ()


def test_one_break_stands_for_one_break() -> None:
    first, second = _break("2012-01", "2010-01", "2014-01"), _break("2013-01", "2011-01", "2015-01")
    assert lost_breaks([first, second], [_break("2012-11")], "M") == (first,)


@pytest.mark.full
def test_a_break_that_one_kind_of_record_carries_is_told_so(make_study: MakeStudy) -> None:
    lines = meetings_and_later_acts(2025, "062", "062", "exercise")
    study = make_study(
        lines,
        toml=study_table("1998-01-01", "JPN", "KOR") + QUIET,
        sidecar=sidecar_text("1998-01-01", "2025-12-31", KINDS + LATE),
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = database.dicts("select * from stats.robustness order by position")
        (point,) = database.dicts("select * from stats.break_point")
        (compared,) = database.dicts("select * from stats.step_or_drift")
        (told, *_) = pairs.read(database, study).pairs
    found = {(row["variant"], row["variant_of"]): row for row in rows}
    assert found["as_asked", ""]["break_dates"] == [point["last_before"]]
    assert abs((point["last_before"] - date(2011, 12, 31)).days) <= 62
    for key in (("without", "exercise"), ("whole_span", "")):
        assert found[key]["n_breaks"] == 0
        assert found[key]["lost_breaks"] == [point["last_before"]]
        assert not found[key]["survives"]
        # 144 months with an exercise, two acts each, of 7.4 points; 112 meetings of 4.7 points.
        assert found[key]["n_left_out"] == 288
        assert found[key]["share_left_out"] == pytest.approx(2131.2 / (2131.2 + 526.4), abs=1e-3)
    assert found["without", "summit"]["survives"]
    assert found["scale", "weis"]["survives"]
    # Every record names these two alone, and acts both ways: such variants would change nothing.
    assert not {row["variant"] for row in rows} & {"bilateral", "one_sided"}
    assert "exercise only from 2012-01-01 on (held before as well)" in " ".join(point["warnings"])
    assert "may reflect the records rather than the relation" in point["sentence"]
    # A drifting level with one jump explains the same months better: the page dates no break.
    assert not compared["is_step"]
    assert compared["jump_after"] == point["last_before"]
    assert told.breaks == ()


def test_the_variants_add_up_to_the_published_series(
    real_settings: Settings, real_database: Path
) -> None:
    choice = SeriesChoice(source="records")
    with Published(real_database) as database:
        dyads = [dyad(database, choice, pair) for pair in real_settings.study.dyad_pairs]
        built = variants(database, dyads, choice, real_settings.inference.trimming)
        weis = {
            one.pair: reading.series(database, *one.pair, scale="weis").query("is_complete")["net"]
            for one in dyads[:2]
        }
        by_kind = database.frame(
            "select event.event_date, event.net from marts.dyad_event as event "
            "where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' and category = 'military_exercise'"
        )
    for pair, published in weis.items():
        (mine,) = [one for one in built[pair].variants if (one.kind, one.name) == ("scale", "weis")]
        np.testing.assert_allclose(mine.values, published, atol=1e-9)
    focal = dyads[0]
    (without,) = [one for one in built[focal.pair].variants if one.name == "military_exercise"]
    months = pd.PeriodIndex(pd.to_datetime(by_kind["event_date"]), freq="M")
    sums = by_kind["net"].groupby(months).sum().reindex(focal.values.index, fill_value=0.0)
    np.testing.assert_allclose(focal.values - without.values, sums, atol=1e-9)


def test_every_variant_is_the_search_that_it_says(
    real_settings: Settings, real_database: Path
) -> None:
    choice, pair = SeriesChoice(source="records"), ("JPN", "KOR")
    with Published(real_database) as database:
        one = dyad(database, choice, pair)
        built = variants(database, [one], choice, real_settings.inference.trimming)[pair].variants
        rows = database.dicts(
            "select * from stats.robustness where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' "
            "and variant <> 'rule' order by position"
        )
    assert len(rows) == len(built) + 1
    for row, variant in zip(rows[1:], built, strict=True):
        assert (row["variant"], row["variant_of"]) == (variant.kind, variant.name)
    chosen: list[tuple[dict[str, object], Variant]] = [
        (row, variant)
        for row, variant in zip(rows[1:], built, strict=True)
        if variant.name in ("military_exercise", "weis") or variant.kind == "bilateral"
    ]
    assert len(chosen) == 3
    for row, variant in chosen:
        found = find_breaks(variant.values, trimming=real_settings.inference.trimming)
        assert not isinstance(found, Refusal)
        assert row["p_value"] == found.sup_f.p_value
        assert row["n_breaks"] == len(found.breaks)


def test_a_rise_that_the_coverage_made_is_marked(real_database: Path) -> None:
    with Published(real_database) as database:
        rows = database.rows(
            "select last_before, warnings, sentence from stats.break_point "
            "where actor1_iso3 = 'KOR' and actor2_iso3 = 'USA' order by break_number"
        )
        effects = database.rows(
            "select distinct event_kind from stats.event_effect where actor1_iso3 = 'KOR' "
            "and actor2_iso3 = 'USA' and sentence like '%only from 2008-01-01 on%'"
        )
        starts = database.rows("select category, first_day from meta.record_start order by all")
    assert ("military_exercise", date(2008, 1, 1)) in starts
    late = [last for last, _, sentence in rows if "only from 2008-01-01 on" in sentence]
    assert rows[0][0] in late
    assert rows[0][0].year == 2008
    assert effects == [("Security",)]
    assert any("only from 2008-01-01 on" in warning for warning in rows[0][1])


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (
            'category = "parade"\nfirst_day = 2012-01-01\nwhy = "x"',
            "`starts.category`: expected a category among summit, exercise; got 'parade'",
        ),
        ('category = "summit"\nwhy = "x"', "`starts.first_day` is required"),
        (
            'category = "summit"\nfirst_day = 2012-01-01\nwhy = "x"\nday = 1',
            "unknown key `starts.day`. Allowed here: attributes, category, first_day, why.",
        ),
        (
            'category = "summit"\nfirst_day = 1998-01-01\nwhy = "x"',
            "`starts.first_day`: expected a day after 1998-01-01",
        ),
        ('category = "summit"\nfirst_day = 2026-01-01\nwhy = "x"', "not after 2025-12-31"),
        (
            'category = "summit"\nfirst_day = "2012"\nwhy = "x"',
            "`starts.first_day`: expected a day such as 2023-03-16, without quotes; got '2012'",
        ),
        ('category = "summit"\nfirst_day = 2012-01-01\nwhy = " "', "`starts.why`: "),
        (
            'category = "summit"\nattributes = { kind = "x" }\nfirst_day = 2012-01-01\nwhy = "x"',
            "`starts.attributes`: expected a column among none; got 'kind'",
        ),
    ],
)
def test_a_wrong_start_is_refused_with_its_line(tmp_path: Path, start: str, expected: str) -> None:
    path = tmp_path / "meetings.toml"
    text = sidecar_text("1998-01-01", "2025-12-31", f"{KINDS}[[starts]]\n{start}\n")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RawFileError) as caught:
        sidecar.read(path)
    first = text.splitlines().index("[[starts]]") + 1
    line = int(str(caught.value).split(":")[1])
    assert first <= line <= len(text.splitlines())
    assert expected in str(caught.value)


def test_a_record_before_the_declared_start_of_its_kind_is_rejected(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study(
        [
            line("e-1", "2011-12-31", category="exercise"),
            line("e-2", "2012-01-01", category="exercise"),
            line("m-1", "2011-12-31"),
        ],
        sidecar=sidecar_text("1998-01-01", "2025-12-31", KINDS + LATE),
    )
    pipeline.refresh(study)
    with Published(study.database) as database:
        kept = database.rows("select record_id from core.record order by 1")
        ((column, reason),) = database.rows("select column_name, reason from core.event_rejected")
    assert kept == [("e-2",), ("m-1",)]
    assert column == "event_date"
    assert "expected a day not before 2012-01-01" in reason


def test_reciprocity_is_asked_of_one_sided_acts_as_well(real_database: Path) -> None:
    with Published(real_database) as database:
        rows = database.dicts(
            "select * from stats.granger where least(actor1_iso3, actor2_iso3) = 'JPN' "
            "and greatest(actor1_iso3, actor2_iso3) = 'KOR' order by acts, actor1_iso3"
        )
        n_acts, n_two_sided = database.rows(
            "select sum(n_events), sum(n_events) filter (who_acts = 'both act') "
            "from marts.dyad_event where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' "
            "and event_date < (select max(period_end) + 1 from marts.dyad_month "
            "where source = 'records' and is_complete)"
        )[0]
        months = [
            reading.series(database, *way, direction="directed").query("is_complete")["net"]
            for way in (("JPN", "KOR"), ("KOR", "JPN"))
        ]
        (question,) = database.dicts(
            "select * from stats.hypothesis where question like '%predict%'"
        )
    assert [(row["acts"], row["actor1_iso3"]) for row in rows] == [
        ("all", "JPN"), ("all", "KOR"), ("one_sided", "JPN"), ("one_sided", "KOR"),
    ]  # fmt: skip
    for row in rows[:2]:
        assert row["share_two_sided"] == pytest.approx(n_two_sided / n_acts)
        assert row["same_period_correlation"] == pytest.approx(np.corrcoef(*months)[0, 1])
        assert f"{n_two_sided} of {n_acts} acts" in row["sentence"]
    for row in rows[2:]:
        assert row["share_two_sided"] == 0.0
        assert row["same_period_correlation"] < 0.5
        assert row["sentence"].startswith("Of one-sided acts alone: ")
    assert question["p_value"] == max(row["p_value"] for row in rows)
    assert all(row["sentence"] in question["sentence"] for row in rows)
