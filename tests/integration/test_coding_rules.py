"""Other rules of coding: each is run beside the one that is applied, and its effect is stored."""

from __future__ import annotations

import pytest

from detente.base.errors import SettingsError
from detente.database.published import Published
from detente.refresh import pipeline
from tests.support.studies import Line, MakeStudy, sidecar_text, study_table

KINDS = '[categories]\nsummit = "a meeting"\nsanction = "a measure"\n'
COLUMNS = """
[columns.restores]
type = "text"
required = false
description = "measures that it takes back"
"""
TOML = (
    study_table("2012-01-01", "JPN", "KOR", "USA")
    + """\
dyads = [["JPN", "KOR"]]
[inference.forecasts]
enabled = false

[[records.alternative]]
name = "meetings are negotiations"
category = "summit"
to = "046"

[[records.alternative]]
name = "no measures"
category = "sanction"
leave_out = true
"""
)


def _lines(line: Line) -> list[str]:
    meetings = [
        line(f"m-{year}-{month}", f"{year}-{month:02}-11")
        for year in range(2012, 2026)
        for month in range(1, 13, 2)
    ]
    measures = [
        line("bad", "2025-01-20", code="163", reverse="", category="sanction"),
        line("ease", "2025-06-20", code="085", reverse="", category="sanction"),
        line("ease-more", "2025-08-20", code="085", reverse="", category="sanction"),
    ]
    return [*meetings, *measures]


def test_each_rule_shows_what_it_does_to_balance_and_level(
    make_study: MakeStudy, line: Line
) -> None:
    study = make_study(
        _lines(line),
        toml=TOML,
        sidecar=sidecar_text("2012-01-01", "2025-12-31", KINDS) + COLUMNS,
    )
    file = study.raw / "records" / "meetings.csv"
    header, *rest = file.read_text(encoding="utf-8").splitlines()
    told = [f"{one},bad" if one.startswith(("ease,", "ease-more,")) else f"{one}," for one in rest]
    file.write_text("\n".join([f"{header},restores", *told, ""]), encoding="utf-8")
    pipeline.refresh(study)
    with Published(study.database) as database:
        rows = database.dicts(
            "select * from stats.robustness where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' "
            "and variant in ('as_asked', 'rule') order by position"
        )
        ((balance,),) = database.rows(
            "select arg_max(net_12m, period_start) from stats.balance where source = 'records' "
            "and counting = 'all' and actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' and is_complete"
        )
        value = dict(
            database.rows(
                "select cameo_code, scale_value::double from core.scale where scale = 'goldstein'"
            )
        )
    found = {row["variant_of"]: row for row in rows}
    assert found[""]["net_12m"] == pytest.approx(balance)
    eased, taken = value["085"], -value["163"]
    by_negotiation = found["meetings are negotiations"]["net_12m"]
    # Six meetings, each of two acts: a visit made and a visit received.
    meetings = 6 * (value["042"] + value["043"])
    assert by_negotiation == pytest.approx(balance - meetings + 12 * value["046"])
    assert found["no measures"]["net_12m"] == pytest.approx(meetings)
    # As coded, two steps give back what the measure took, and no more.
    assert balance == pytest.approx(meetings - taken + min(2 * eased, taken), abs=1e-5)
    once = found["only the first step that restores a measure counts"]["net_12m"]
    assert once == pytest.approx(meetings - taken + eased)
    in_full = found["every step that restores a measure counts in full"]["net_12m"]
    assert in_full == pytest.approx(meetings - taken + 2 * eased)
    assert all(row["level_change"] is not None for row in rows)
    assert found["no measures"]["is_counted"] is False


def test_a_rule_that_means_no_record_is_refused(make_study: MakeStudy, line: Line) -> None:
    toml = TOML.replace('category = "sanction"', 'category = "parade"')
    study = make_study(
        [line("m-1", "2013-05-10")],
        toml=toml,
        sidecar=sidecar_text("1998-01-01", "2025-12-31", KINDS),
    )
    with pytest.raises(SettingsError, match="no measures"):
        pipeline.refresh(study)
