"""What the README says of the guiding case is what the records say."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from detente.analysis.variant import scale_name
from detente.database import queries
from detente.database.published import Published
from detente.indices import reading
from detente.report.language import MINUS
from detente.report.pages import findings
from detente.settings import Settings
from detente.statistics.breaks import search
from detente.statistics.breaks.results import BreakAnalysis


def test_the_findings_are_the_reports_own(
    root: Path, real_settings: Settings, real_database: Path
) -> None:
    with Published(real_database) as database:
        sentences = findings.sentences(database, real_settings, ("JPN", "KOR"))
    readme = (root / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- findings -->\n(.*?)\n<!-- /findings -->", readme, flags=re.S)
    assert block is not None
    told = [re.sub(r"\s+", " ", item).strip() for item in block[1].split("\n- ")]
    told[0] = told[0].removeprefix("- ")
    assert told == sentences


def test_every_number_of_what_follows_the_findings_is_recomputed(
    root: Path, real_settings: Settings, real_database: Path
) -> None:
    readme = (root / "README.md").read_text(encoding="utf-8")
    told = readme.split("<!-- /findings -->")[1].split("## Your own study")[0]
    told = re.sub(r"\s+", " ", told)
    with Published(real_database) as database:
        said = [
            *_lowest_years(database),
            *_consultations(database),
            *_given_back(database),
            *_exercises(database),
            *_searches(database, real_settings),
            *_days_of_march_2023(database),
        ]
    for one in said:
        assert one in told, f"expected {one!r}"
        told = told.replace(one, "", 1)
    # Nothing with a digit is left but names of days, of months, of the years asked about.
    rest = re.sub(r"`[^`]*`", "", told)
    rest = re.sub(
        r"(\d{1,2} )?(March|June|July|December) 20\d\d|\b(2013|2018|2019|2021|2022)\b", "", rest
    )
    assert re.findall(r"\d+", rest) == []


def _lowest_years(database: Published) -> list[str]:
    """Return which year is the lowest by scale and by the draws, and the best months."""
    by_year: dict[int, list[str]] = {}
    for (scale,) in database.rows("select scale from meta.scale order by scale"):
        years = reading.series(database, "JPN", "KOR", freq="year", scale=scale)
        full = years[years["is_complete"] & (years["n_events"] > 0)]
        lowest = full.loc[full["net"].idxmin(), "period_start"].year
        by_year.setdefault(lowest, []).append(scale_name(scale))
        if scale == "goldstein":
            lower, higher = full.nsmallest(2, "net")["net"]
    drawn = database.rows(
        "select year(period_start), p_lowest from stats.extreme_year where actor1_iso3 = 'JPN' "
        "and actor2_iso3 = 'KOR' and scale = 'goldstein' order by p_lowest desc limit 2"
    )
    assert [year for year, _ in drawn] == [2019, 2021]
    assert sorted(by_year) == [2013, 2019, 2021]
    months = reading.series(database, "JPN", "KOR")
    full = months[months["is_complete"]]
    assert full.loc[full["stock"].idxmin(), "period_start"].year == 2019
    best = full[full["period_start"] >= "2022-01-01"].nlargest(3, "net")
    assert [str(day)[:7] for day in best["period_start"]] == ["2024-06", "2023-12", "2023-03"]
    ((of_many,),) = database.rows(
        "select sum(event.net) from marts.dyad_event as event inner join core.record as record "
        "on record.record_id = event.occurrence_id where event.actor1_iso3 = 'JPN' "
        "and event.actor2_iso3 = 'KOR' and record.attributes['is_multilateral'] = 'true' "
        "and date_trunc('month', event.event_date) = date '2024-06-01'"
    )
    first, second, third = best["net"]
    return [
        f"2019: {lower:.1f}; 2021: {higher:.1f}".replace("-", MINUS),
        f"2019 in {100 * drawn[0][1]:.0f}% of the draws, 2021 in {100 * drawn[1][1]:.0f}%",
        f"2019 on the {_listed(by_year[2019])} scales;",
        f"2021 on {_listed(by_year[2021])};",
        f"2013 on {_listed(by_year[2013])} ",
        f"{first:.1f} points, of which {of_many:.1f} from a multilateral agreement",
        f"December 2023: {second:.1f}; March 2023: {third:.1f}",
    ]


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _consultations(database: Published) -> list[str]:
    ((n, points, as_talks),) = database.rows(
        "select count(distinct event.record_id), sum(scale.scale_value), "
        "count(*) * any_value(talks.scale_value) "
        "from core.event as event "
        "inner join core.scale as scale using (cameo_code) "
        "inner join core.scale as talks on talks.scale = scale.scale and talks.cameo_code = '046' "
        "where event.category = 'wto_dispute' and event.cameo_code = '040' "
        "and year(event.event_date) = 2019 and event.actor1_iso3 in ('JPN', 'KOR') "
        "and event.actor2_iso3 in ('JPN', 'KOR') and scale.scale = 'goldstein'"
    )
    assert n == 2
    return [
        f"{points:.1f} points as consultations (040)",
        f"{as_talks:.1f} as negotiations (046)",
    ]


def _given_back(database: Published) -> list[str]:
    ((counted, in_full),) = database.rows(
        "select sum(event.goldstein * event.counted_share), sum(event.goldstein) "
        "from core.event as event inner join core.record as record using (record_id) "
        "where event.actor1_iso3 in ('JPN', 'KOR') and event.actor2_iso3 in ('JPN', 'KOR') "
        "and record.attributes['restores'] is not null"
    )
    lowest = database.rows(
        "select year(event_date) from core.event where actor1_iso3 in ('JPN', 'KOR') "
        "and actor2_iso3 in ('JPN', 'KOR') and year(event_date) between 1998 and 2024 "
        "group by all order by sum(goldstein) limit 1"
    )
    assert lowest == [(2019,)]
    return [f"{counted:.1f} points as counted", f"{in_full:.1f} if each counted in full"]


def _exercises(database: Published) -> list[str]:
    ((part, whole),) = database.rows(
        "select sum(net) filter (category = 'military_exercise'), sum(net) "
        "from marts.dyad_event where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR' "
        "and event_date > '2022-07-31' and event_date <= (select max(period_end) "
        "from marts.dyad_month where source = 'records' and is_complete)"
    )
    with_others = database.rows(
        "select count(*), count(*) filter (list_contains(actor1 || actor2, 'USA')) "
        "from core.record where category = 'military_exercise' "
        "and list_has_all(actor1 || actor2, ['JPN', 'KOR']) and event_date > '2022-07-31'"
    )
    assert with_others[0][0] == with_others[0][1] > 0
    return [f"after July 2022 | {whole:.1f}, of which {part:.1f} from exercises"]


def _searches(database: Published, settings: Settings) -> list[str]:
    rows = database.dicts(
        "select variant, variant_of, survives, settings from stats.robustness "
        "where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
    )
    by_scale = {
        row["variant_of"]: row["survives"]
        for row in rows
        if row["variant"] in ("as_asked", "scale")
    }
    assert by_scale[""]
    assert [name for name, survives in by_scale.items() if not survives] == ["quad_class"]
    found = {(row["variant"], row["variant_of"]): row["survives"] for row in rows}
    assert not found["without", "military_exercise"]
    assert not found["bilateral", ""]
    ((lower, upper),) = database.rows(
        "select last_before_lo, last_before_hi from stats.break_point "
        "where actor1_iso3 = 'JPN' and actor2_iso3 = 'KOR'"
    )
    assert (upper - lower).days > 2 * 366
    assert not found["whole_span", ""]
    (usual,) = [row for row in rows if row["variant"] == "trimming"]
    assert usual["survives"]
    return [
        f"on {sum(by_scale.values())} of the {len(by_scale)} scales, not on quad-class, and",
        f"with {100 * settings.inference.trimming:.0f}% or "
        f"{100 * float(usual['variant_of']):.0f}% of the months left out at each end",
    ]


def _days_of_march_2023(database: Published) -> list[str]:
    named = queries.named(Path(__file__).resolve().parents[2] / "queries")
    visit = database.dicts(
        named["years_between_tokyo_visit_and_the_one_before"].text.rstrip().rstrip(";")
    )[0]
    launches = database.dicts(
        named["icbm_launches_in_the_year_to_the_tokyo_summit"].text.rstrip().rstrip(";")
    )[0]
    assert launches["n_launch_days"] == launches["n_missiles"] == 6
    return [
        f"first bilateral visit in {visit['years_between']} years",
        "sixth of an intercontinental missile in twelve months",
    ]


def test_the_table_of_trimmings_is_what_the_search_finds(root: Path, real_database: Path) -> None:
    with Published(real_database) as database:
        months = reading.series(database, "JPN", "KOR")
    full = months[months["is_complete"]]
    periods = pd.PeriodIndex(full["period_start"], freq="M")
    series = pd.Series(full["net"].to_numpy(), index=periods)
    methods = (root / "docs" / "methods.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (0\.\d\d) \| (\S+) \| p = (\S+) \| (.*) \|$", methods, flags=re.M)
    assert len(rows) == 4
    for trimming, searched_to, p_value, told in rows:
        found = search.find_breaks(series, trimming=float(trimming))
        assert isinstance(found, BreakAnalysis)
        assert found.last_possible == searched_to
        assert f"{found.sup_f.p_value:.3f}" == p_value
        dates = [f"one, after {b.last_before} ({b.lower} to {b.upper})" for b in found.breaks]
        assert told == (dates[0] if dates else "none")
        assert len(dates) <= 1
