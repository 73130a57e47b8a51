"""Questions of the trade, asked as the documentation leads one to ask, against the raw files.

Each question is a query on the curated layer. The answer is computed a second time with pandas from
the CSV files of data/raw alone: the records, the table of codes and the rule of launches in
detente.toml.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from detente import settings
from detente.database.published import Published
from detente.refresh import pipeline
from detente.settings import Settings

QUESTIONS: dict[str, tuple[str, Callable[[Raw], Any]]] = {}


class Raw:
    """The raw files as they lie on disk."""

    def __init__(self, study: Settings) -> None:
        self.study = study
        self.sidecars = {
            path.stem: tomllib.loads(path.read_text(encoding="utf-8"))
            for path in sorted((study.raw / "records").glob("*.toml"))
        }

    @cached_property
    def records(self) -> pd.DataFrame:
        frames = [
            pd.read_csv(
                self.study.raw / "records" / f"{name}.csv", dtype=str, keep_default_na=False
            ).assign(file=name)
            for name in self.sidecars
        ]
        frame = pd.concat(frames, ignore_index=True).fillna("")
        frame["day"] = pd.to_datetime(frame["event_date"])
        if "occurrence_id" not in frame:
            frame["occurrence_id"] = ""
        frame["occurrence"] = frame["occurrence_id"].where(
            frame["occurrence_id"] != "", frame["record_id"]
        )
        return frame

    @cached_property
    def acts(self) -> pd.DataFrame:
        """Every directed act with its points, by the words of the methods page."""
        codes = pd.read_csv(self.study.raw / "reference" / "cameo.csv", dtype=str)
        points = codes.set_index("cameo_code")["goldstein"].astype(float)
        rule = self.sidecars["missile_launches"]["rule"]
        found = []
        for row in self.records.itertuples():
            targets, code = row.actor2, row.cameo_code
            if not targets:
                reached = {
                    state
                    for column, by_value in rule["targets"].items()
                    for state in by_value.get(getattr(row, column), [])
                }
                targets, code = ";".join(sorted(reached)), rule["cameo_code"]
            for one in row.actor1.split(";"):
                for other in targets.split(";"):
                    if one != other:
                        found.append((row.record_id, row.occurrence, row.day, one, other, code))
                        if row.reverse_cameo_code:
                            reverse = row.reverse_cameo_code
                            found.append(
                                (row.record_id, row.occurrence, row.day, other, one, reverse)
                            )
        frame = pd.DataFrame(
            found, columns=["record_id", "occurrence", "day", "actor", "target", "code"]
        )
        frame = frame.drop_duplicates(["record_id", "actor", "target", "code"])
        frame["points"] = frame["code"].map(points).fillna(0.0)
        self._give_back(frame)
        pairs = [sorted(pair) for pair in zip(frame["actor"], frame["target"], strict=True)]
        frame["dyad"] = ["-".join(pair) for pair in pairs]
        return frame

    def _give_back(self, acts: pd.DataFrame) -> None:
        """Let steps that take measures back add up to no more than the measures took."""
        restores = self.records.set_index("record_id")["restores"]
        left = {
            (one.record_id, one.actor, one.target): -one.points
            for one in acts.itertuples()
            if one.points < 0
        }
        for one in acts.sort_values(["day", "record_id"]).itertuples():
            named = [(name, one.actor, one.target) for name in restores[one.record_id].split(";")]
            taken = [key for key in named if key in left]
            if one.points > 0 and taken:
                given = min(one.points, sum(left[key] for key in taken))
                acts.loc[one.Index, "points"] = given
                for key in taken:
                    part = min(given, left[key])
                    left[key], given = left[key] - part, given - part

    @property
    def complete_to(self) -> pd.Timestamp:
        return pd.Timestamp(min(one["covers_to"] for one in self.sidecars.values()))

    def net(self, dyad: str, freq: str) -> pd.Series[float]:
        """The net of each complete period, zeros included."""
        last = self.complete_to.to_period(freq)
        if last.end_time.normalize() > self.complete_to:
            last -= 1
        periods = pd.period_range(pd.Timestamp(self.study.study.start), last.end_time, freq=freq)
        own = self.acts[self.acts["dyad"] == dyad]
        sums = own.groupby(own["day"].dt.to_period(freq))["points"].sum()
        return sums.reindex(periods, fill_value=0.0).round(4)

    def meetings(self, *states: str) -> pd.DataFrame:
        """The meetings of leaders of exactly these states, each once."""
        own = self.records[self.records["category"] == "summit"]
        both = own["actor1"] + ";" + own["actor2"]
        met = pd.DataFrame(
            {"occurrence": own["occurrence"], "day": own["day"], "state": both.str.split(";")}
        ).explode("state")
        grouped = met.groupby("occurrence").agg(
            day=("day", "min"), states=("state", lambda given: ";".join(sorted(set(given))))
        )
        return grouped[grouped["states"] == ";".join(sorted(states))].sort_values("day")

    def launches(self) -> pd.DataFrame:
        """Launches of missiles and satellites; a nuclear explosion is none."""
        own = self.records
        return own[own["category"].isin(["missile_launch", "satellite_launch"])]

    def measures(self, category: str, codes: set[str]) -> pd.DataFrame:
        """The steps of a category by what their code does."""
        own = self.records
        return own[(own["category"] == category) & own["cameo_code"].isin(codes)]


def asks(query: str) -> Callable[[Callable[[Raw], Any]], Callable[[Raw], Any]]:
    """Register a question: a query on the curated layer, and what answers it anew."""

    def register(answer: Callable[[Raw], Any]) -> Callable[[Raw], Any]:
        QUESTIONS[answer.__name__] = (query, answer)
        return answer

    return register


@asks("select net from relation_year where dyad = 'JPN-KOR' and year = 2023")
def net_of_a_year(raw: Raw) -> float:
    return float(raw.net("JPN-KOR", "Y")["2023"])


@asks("select sum(net) from relation_month where dyad = 'JPN-KOR' and year = 2019")
def months_add_up_to_the_year(raw: Raw) -> float:
    return float(raw.net("JPN-KOR", "Y")["2019"])


@asks("select period from relation_year where dyad = 'JPN-KOR' order by net limit 1")
def worst_year(raw: Raw) -> str:
    return str(raw.net("JPN-KOR", "Y").idxmin())


@asks("select period from relation_year where dyad = 'CHN-USA' order by net desc, period limit 1")
def best_year(raw: Raw) -> str:
    return str(raw.net("CHN-USA", "Y").idxmax())


@asks(
    "select dyad from (select dyad, net - lag(net) over (partition by dyad order by period) "
    "as change from relation_year) order by change limit 1"
)
def worsened_most_from_one_year_to_the_next(raw: Raw) -> str:
    dyads = sorted(raw.acts["dyad"].unique())
    return min(dyads, key=lambda dyad: raw.net(dyad, "Y").diff().min())


@asks("select max(period) from relation_month where dyad = 'JPN-KOR' and is_complete")
def last_complete_month(raw: Raw) -> str:
    return str(raw.net("JPN-KOR", "M").index.max())


@asks("select count(net) from relation_month where dyad = 'KOR-PRK' and year >= 2026")
def nothing_is_said_after_the_files_end(raw: Raw) -> int:
    return int((raw.net("KOR-PRK", "M").index.year >= 2026).sum())


@asks("select last_as_low from relation_month where dyad = 'JPN-KOR' and period = '2018-10'")
def since_when_no_month_was_as_bad(raw: Raw) -> date | None:
    net = raw.net("JPN-KOR", "M")
    before = net[net.index < pd.Period("2018-10")]
    lower = before[before <= net[pd.Period("2018-10")]]
    return None if lower.empty else lower.index.max().start_time.date()


@asks("select net_12m from relation_month where dyad = 'JPN-KOR' and period = '2023-03'")
def balance_of_twelve_months(raw: Raw) -> float:
    net = raw.net("JPN-KOR", "M")
    return float(round(net[(net.index > "2022-03") & (net.index <= "2023-03")].sum(), 4))


@asks("select sum(n_acts) from relation_month where dyad = 'JPN-KOR' and year = 2022")
def acts_of_a_year(raw: Raw) -> int:
    own = raw.acts[(raw.acts["dyad"] == "JPN-KOR") & (raw.acts["day"].dt.year == 2022)]
    return len(own)


@asks("select n_records from relation_year where dyad = 'JPN-KOR' and year = 2022")
def records_of_a_year(raw: Raw) -> int:
    own = raw.acts[(raw.acts["dyad"] == "JPN-KOR") & (raw.acts["day"].dt.year == 2022)]
    return int(own["record_id"].nunique())


@asks("select net from direction_year where actor = 'JPN' and target = 'KOR' and year = 2019")
def what_one_side_did(raw: Raw) -> float:
    own = raw.acts
    chosen = (own["actor"] == "JPN") & (own["target"] == "KOR") & (own["day"].dt.year == 2019)
    return float(round(own[chosen]["points"].sum(), 4))


@asks(
    "select arg_min(actor, net) from direction_year where year = 2017 "
    "and actor in ('KOR', 'PRK') and target in ('KOR', 'PRK')"
)
def who_was_harder_on_whom(raw: Raw) -> str:
    own = raw.acts[(raw.acts["dyad"] == "KOR-PRK") & (raw.acts["day"].dt.year == 2017)]
    return str(own.groupby("actor")["points"].sum().idxmin())


@asks("select count(*) from launch")
def launches_without_nuclear_tests(raw: Raw) -> int:
    return len(raw.launches())


@asks("select count(distinct day) from launch where year(day) = 2022")
def days_of_launches(raw: Raw) -> int:
    own = raw.launches()
    return int(own[own["day"].dt.year == 2022]["day"].nunique())


@asks("select sum(n_missiles) from launch where year(day) = 2022")
def missiles_at_least(raw: Raw) -> int:
    own = raw.launches()
    return int(pd.to_numeric(own[own["day"].dt.year == 2022]["n_missiles"]).sum())


@asks("select count(*) from launch where not is_number_known")
def launches_of_an_unknown_number(raw: Raw) -> int:
    return int((raw.launches()["n_missiles"] == "").sum())


@asks("select count(*) from event where category = 'nuclear_test'")
def nuclear_tests(raw: Raw) -> int:
    return int((raw.records["category"] == "nuclear_test").sum())


@asks(
    "select count(*) from launch where missile_class = 'ICBM' "
    "and day between date '2022-03-17' and date '2023-03-16'"
)
def launches_of_a_class_in_a_span(raw: Raw) -> int:
    own = raw.launches()
    inside = own["day"].between("2022-03-17", "2023-03-16")
    return int((inside & (own["missile_class"] == "ICBM")).sum())


@asks("select count(distinct day) from meeting where parties = 'JPN;KOR;USA'")
def days_of_meetings_of_three_given_states(raw: Raw) -> int:
    return int(raw.meetings("JPN", "KOR", "USA")["day"].nunique())


@asks(
    "select datediff('day', max(day), date '2024-05-27') from meeting "
    "where parties = 'CHN;JPN;KOR' and day < date '2024-05-01'"
)
def days_since_the_last_meeting_of_three_given_states(raw: Raw) -> int:
    days = raw.meetings("CHN", "JPN", "KOR")["day"]
    return int((pd.Timestamp("2024-05-27") - days[days < "2024-05-01"].max()).days)


@asks("select count(*) from meeting where parties = 'JPN;KOR'")
def meetings_of_two_states(raw: Raw) -> int:
    return len(raw.meetings("JPN", "KOR"))


@asks(
    "select count(*) from event where category = 'summit' "
    "and parties like '%CHN%' and parties like '%JPN%' and parties like '%KOR%'"
)
def an_event_of_three_counts_once(raw: Raw) -> int:
    return len(raw.meetings("CHN", "JPN", "KOR"))


@asks(
    "select count(*) from measure where category = 'export_control' and effect = 'imposed' "
    "and status = 'in_force'"
)
def export_controls_in_force(raw: Raw) -> int:
    return len(raw.measures("export_control", {"163", "1711", "172"}))


@asks("select count(*) from measure where category = 'tariff' and effect = 'eased'")
def tariffs_eased(raw: Raw) -> int:
    return len(raw.measures("tariff", {"0354", "085"}))


@asks(
    "select round(sum(points), 4) from act where least(actor, target) = 'JPN' "
    "and greatest(actor, target) = 'KOR' and year(day) = 2023 and known_on <= date '2023-03-16'"
)
def points_of_a_year_as_known_on_a_day(raw: Raw) -> float:
    own = raw.acts[raw.acts["dyad"] == "JPN-KOR"]
    inside = own["day"].between("2023-01-01", "2023-03-16")
    return float(round(own[inside]["points"].sum(), 4))


@asks(
    "select quad_class from act where actor = 'PRK' and target = 'KOR' "
    "group by quad_class order by count(*) desc, quad_class limit 1"
)
def what_one_state_does_most_to_another(raw: Raw) -> str:
    own = raw.acts[(raw.acts["actor"] == "PRK") & (raw.acts["target"] == "KOR")]
    codes = pd.read_csv(raw.study.raw / "reference" / "cameo.csv", dtype=str)
    quads = own["code"].map(codes.set_index("cameo_code")["quad_class"])
    words = {
        "1": "verbal cooperation", "2": "material cooperation",
        "3": "verbal conflict", "4": "material conflict",
    }  # fmt: skip
    return str(quads.map(words).value_counts().idxmax())


@asks("select complete_to from data_status where source = 'records'")
def how_far_the_records_are_complete(raw: Raw) -> date:
    return raw.complete_to.date()


@asks("select count(*) from code_value")
def words_that_the_files_define(raw: Raw) -> int:
    return sum(
        len(one["categories"])
        + sum(len(column.get("values", {})) for column in one.get("columns", {}).values())
        for one in raw.sidecars.values()
    )


@asks("select file || ':' || line from event where event_id = 'jpn-kor-summit-london-1998-04-02'")
def where_an_event_stands(raw: Raw) -> str:
    lines = (raw.study.raw / "records" / "summits.csv").read_text(encoding="utf-8").splitlines()
    place = next(
        number
        for number, line in enumerate(lines, start=1)
        if line.startswith("jpn-kor-summit-london-1998-04-02,")
    )
    return f"data/raw/records/summits.csv:{place}"


@asks("select count(distinct day) from launch where missile_class = 'ICBM' and year(day) = 2017")
def days_of_launches_of_one_class(raw: Raw) -> int:
    own = raw.launches()
    of_class = own[(own["missile_class"] == "ICBM") & (own["day"].dt.year == 2017)]
    return int(of_class["day"].nunique())


@asks(
    "select max(gap)::int from (select day - lag(day) over (order by day) as gap from meeting "
    "where parties = 'JPN;KOR' and category = 'summit')"
)
def longest_time_without_a_meeting_of_two(raw: Raw) -> int:
    return int(raw.meetings("JPN", "KOR")["day"].diff().dt.days.max())


@asks(
    "select period from relation_month where dyad = 'CHN-JPN' and year between 2010 and 2014 "
    "order by conflict desc, period limit 1"
)
def month_with_most_conflict(raw: Raw) -> str:
    own = raw.acts[(raw.acts["dyad"] == "CHN-JPN") & raw.acts["day"].dt.year.between(2010, 2014)]
    hostile = own[own["points"] < 0]
    return str(hostile.groupby(hostile["day"].dt.to_period("M"))["points"].sum().idxmin())


@asks(
    "select count(*) from measure where actors = 'USA' and targets = 'CHN' and year(day) = 2019 "
    "and effect = 'imposed' and status = 'in_force'"
)
def measures_that_took_effect_in_a_year(raw: Raw) -> int:
    own = raw.records[raw.records["file"] == "trade_measures"]
    sides = (own["actor1"] == "USA") & (own["actor2"] == "CHN") & (own["day"].dt.year == 2019)
    return int((sides & own["cameo_code"].isin(["162", "163"])).sum())


@asks(
    "select count(distinct occurrence_id) from act "
    "where actor = 'JPN' and target = 'KOR' and code = '055' and year(day) = 2005"
)
def apologies_of_a_year(raw: Raw) -> int:
    own = raw.acts[(raw.acts["code"] == "055") & (raw.acts["day"].dt.year == 2005)]
    between = own[(own["actor"] == "JPN") & (own["target"] == "KOR")]
    return int(between["occurrence"].nunique())


@asks("select count(*) from event where dyads like '%JPN-KOR%' and year(day) = 2023")
def events_between_two_states(raw: Raw) -> int:
    """A missile aimed at both is none: neither did anything to the other."""
    own = raw.acts[(raw.acts["dyad"] == "JPN-KOR") & (raw.acts["day"].dt.year == 2023)]
    kinds = own.merge(raw.records[["record_id", "category"]], on="record_id")
    return len(kinds[["occurrence", "category"]].drop_duplicates())


@asks(
    "select count(*) from events_between('South Korea', 'Japan', since := date '2019-07-01', "
    "until := date '2019-12-31')"
)
def events_between_two_states_in_a_span(raw: Raw) -> int:
    between = raw.acts["day"].between("2019-07-01", "2019-12-31")
    own = raw.acts[(raw.acts["dyad"] == "JPN-KOR") & between]
    kinds = own.merge(raw.records[["record_id", "category"]], on="record_id")
    return len(kinds[["occurrence", "category"]].drop_duplicates())


@asks("select complete_to from file_status where categories like '%missile_launch%'")
def until_when_no_row_means_no_launch(raw: Raw) -> date:
    found: date = raw.sidecars["missile_launches"]["covers_to"]
    return found


@asks(
    "select actor from direction_year where dyad = 'JPN-KOR' and year = 2019 order by net limit 1"
)
def who_of_a_dyad_was_harder(raw: Raw) -> str:
    own = raw.acts[(raw.acts["dyad"] == "JPN-KOR") & (raw.acts["day"].dt.year == 2019)]
    return str(own.groupby("actor")["points"].sum().idxmin())


@asks(
    "select year(period_start) from dyad_index('Japan', 'South Korea', of_freq := 'year', "
    "of_scale := 'quad_class') order by net desc limit 1"
)
def best_year_under_another_scale(raw: Raw) -> int:
    path = raw.study.raw / "reference" / "scales" / "quad_class.csv"
    scale = pd.read_csv(path, dtype=str)
    points = scale.set_index("cameo_code").iloc[:, 0].astype(float)
    own = raw.acts[raw.acts["dyad"] == "JPN-KOR"]
    sums = own["code"].map(points).groupby(own["day"].dt.year).sum()
    complete = sums[sums.index <= raw.net("JPN-KOR", "Y").index.max().year]
    return int(complete.idxmax())


@asks(
    "select dyad from all_dyads(of_freq := 'year') where year(period_start) = 2017 "
    "order by net limit 1"
)
def worst_dyad_of_a_year(raw: Raw) -> str:
    return min(sorted(raw.acts["dyad"].unique()), key=lambda dyad: raw.net(dyad, "Y")["2017"])


@asks("select round(avg(net), 4) from relation_month where dyad = 'CHN-JPN' and year = 2012")
def mean_of_the_months_of_a_year(raw: Raw) -> float:
    net = raw.net("CHN-JPN", "M")
    return float(round(net[net.index.year == 2012].mean(), 4))


@asks("select count(*) from relation_month where dyad = 'JPN-PRK' and n_acts = 0")
def months_in_which_nothing_happened(raw: Raw) -> int:
    own = raw.acts[raw.acts["dyad"] == "JPN-PRK"]
    active = set(own["day"].dt.to_period("M"))
    return sum(month not in active for month in raw.net("JPN-PRK", "M").index)


@asks("select period from relation_quarter where dyad = 'CHN-USA' order by net, period limit 1")
def worst_quarter(raw: Raw) -> str:
    worst = raw.net("CHN-USA", "Q").idxmin()
    return f"{worst.year}-Q{worst.quarter}"


@asks(
    "select round(100 * avg((quad_class like '%conflict')::int), 2) from act "
    "where actor = 'CHN' and target = 'JPN' and year(day) between 2010 and 2019"
)
def share_of_conflict_in_what_one_state_did(raw: Raw) -> float:
    codes = pd.read_csv(raw.study.raw / "reference" / "cameo.csv", dtype=str)
    quads = codes.set_index("cameo_code")["quad_class"]
    own = raw.acts[(raw.acts["actor"] == "CHN") & (raw.acts["target"] == "JPN")]
    own = own[own["day"].dt.year.between(2010, 2019)]
    return float(round(100 * own["code"].map(quads).isin(["3", "4"]).mean(), 2))


def _statements(raw: Raw, issue: str) -> pd.DataFrame:
    found = pd.read_csv(raw.study.raw / "records" / "statements.csv", dtype=str)
    return found[found["issue"] == issue]


@asks(
    "select count(*) from event "
    "where category = 'protest' and issue = 'yasukuni' and actors = 'CHN' and targets = 'JPN'"
)
def protests_about_a_shrine(raw: Raw) -> int:
    found = _statements(raw, "yasukuni")
    own = (found["category"] == "protest") & (found["actor1"] == "CHN")
    return int((own & (found["actor2"] == "JPN")).sum())


@asks(
    "select count(*) from event where issue = 'forced_labour' "
    "and dyads = 'JPN-KOR' and year(day) between 2018 and 2019"
)
def events_about_forced_labour(raw: Raw) -> int:
    found = _statements(raw, "forced_labour")
    found = found[found["event_date"].str[:4].isin(["2018", "2019"])]
    return len(found.fillna({"occurrence_id": found["record_id"]}).drop_duplicates(
        ["occurrence_id", "category"]
    ))  # fmt: skip


@pytest.fixture(scope="module")
def database(
    real_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """The shipped records with their indices; the tests of statistics answer none of these."""
    folder: Path = tmp_path_factory.mktemp("questions")
    paths = settings.Paths(processed=folder / "processed", reports=folder / "reports")
    inference = real_settings.inference.model_copy(update={"enabled": False})
    study = real_settings.model_copy(update={"paths": paths, "inference": inference})
    with Published(pipeline.refresh(study).database) as opened:
        yield opened


@pytest.fixture(scope="module")
def raw(real_settings: Settings) -> Raw:
    return Raw(real_settings)


@pytest.mark.parametrize("name", QUESTIONS)
def test_the_first_attempt_is_right(database: Published, raw: Raw, name: str) -> None:
    query, answer = QUESTIONS[name]
    rows = database.rows(query)
    assert len(rows) == 1
    wanted = answer(raw)
    assert rows[0][0] == (pytest.approx(wanted) if isinstance(wanted, float) else wanted)


def test_there_are_at_least_45_questions() -> None:
    assert len(QUESTIONS) >= 45
