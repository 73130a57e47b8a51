"""Scales: what they hold, what a study's own may hold, and how an index is computed under them."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest

from detente.base.errors import RawFileError, SettingsError, UsageError
from detente.database.published import Published
from detente.indices import reading
from detente.records import scales
from detente.refresh import pipeline
from detente.settings import Settings
from tests.support.command import detente_here
from tests.support.some import some
from tests.support.studies import NO_INFERENCE, Line, MakeStudy

OWN = """\
title = "Mine"
unit = "points"
lowest = -1
highest = 5
mapping = "by hand"
leaves_out = "almost everything"
citation = "nobody"
url = "https://example.org/"
licence = "CC0"
"""


def _cameo(root: Path) -> dict[str, dict[str, str]]:
    with (root / "data/raw/reference/cameo.csv").open(encoding="utf-8") as stream:
        return {row["cameo_code"]: row for row in csv.DictReader(stream)}


def _all(root: Path) -> dict[str, scales.Scale]:
    known = {
        code: float(row["goldstein"]) if row["goldstein"] else None
        for code, row in _cameo(root).items()
    }
    return {one.name: one for one in scales.read_all(root / "data/raw/reference/scales", known)}


def test_the_scales_name_every_code_and_keep_within_their_range(root: Path) -> None:
    found = _all(root)
    assert set(found) == {"goldstein", "weis", "quad_class", "plover", "azar_sloan"}
    for scale in found.values():
        assert set(scale.values) == set(_cameo(root)), scale.name
        numbers = [value for value, _ in scale.values.values() if value is not None]
        assert min(numbers) >= scale.lowest
        assert max(numbers) <= scale.highest


def test_quad_class_and_plover_follow_the_code_table(root: Path) -> None:
    found, cameo = _all(root), _cameo(root)
    # The class that the PLOVER manual (draft 0.8) prints beside each type.
    plover = {
        "AGREE": 1, "CONSULT": 1, "SUPPORT": 1, "CONCEDE": 1,
        "COOPERATE": 2, "AID": 2, "RETREAT": 2,
        "REQUEST": -1, "ACCUSE": -1, "REJECT": -1, "THREATEN": -1,
        "PROTEST": -2, "SANCTION": -2, "MOBILIZE": -2, "COERCE": -2, "ASSAULT": -2, "": None,
    }  # fmt: skip
    for code, row in some(cameo.items()):
        assert found["quad_class"].values[code][0] == (1 if row["quad_class"] in "12" else -1)
        assert found["plover"].values[code][0] == plover[row["plover_type"]]


def test_a_category_has_one_weight_wherever_it_stands(root: Path) -> None:
    found = _all(root)
    # Azar and Havener (1976); the neutral point counts as zero here.
    copdab = [92, 47, 31, 27, 14, 10, 6, 0, -6, -16, -29, -44, -50, -65, -102]
    for value, category in found["azar_sloan"].values.values():
        assert (value is None) == (category is None)
        assert category is None or value == copdab[int(category) - 1]
    # Goldstein (1992), table 1, a few of its rows.
    weis = {"223": -10.0, "211": -9.2, "182": -7.6, "150": -4.9, "032": 1.9, "033": 2.8, "081": 6.5,
            "072": 8.3, "025": 0.0, "063": -1.1}  # fmt: skip
    seen: dict[str, float] = {}
    for value, category in found["weis"].values.values():
        assert (value is None) == (category is None)
        if category is not None and value is not None:
            assert seen.setdefault(category, value) == value
    assert {code: seen[code] for code in weis} == weis


def test_opposite_acts_keep_their_sign_under_every_scale(root: Path) -> None:
    for scale in some(_all(root).values()):
        for code in ("042", "043", "057", "061", "071", "085"):
            value = scale.values[code][0]
            assert value is not None and value > 0, (scale.name, code)
        for code in ("112", "120", "138", "150", "163", "190"):
            value = scale.values[code][0]
            assert value is not None and value < 0, (scale.name, code)


def test_the_sidecars_say_which_codes_have_no_value(root: Path) -> None:
    for name, codes in {
        "weis": ["034", "082", "083", "172", "115", "116", "045", "145", "181", "184", "191", "201",
                 "203", "155", "176"],
        "azar_sloan": ["034", "081", "082", "083", "172", "115", "116", "128", "075", "086", "170",
                       "155", "176", "201", "203"],
    }.items():  # fmt: skip
        text = tomllib.loads((root / f"data/raw/reference/scales/{name}.toml").read_text())
        for code in some(codes):
            assert code in text["leaves_out"], (name, code)
            assert _all(root)[name].values[code][0] is None, (name, code)


def test_gdelts_own_value_is_ours_on_every_sample_row(root: Path, shared_data: Path) -> None:
    cameo, n_rows = _cameo(root), 0
    for file, code, value in (
        ("gdelt2/20191024143000.export.CSV", 26, 30),
        ("gdelt1/daily_58col.export.CSV", 26, 30),
        ("gdelt1/historical_57col.csv", 26, 30),
    ):
        with (shared_data / file).open(encoding="utf-8", newline="") as stream:
            text = stream.read()
        for line in text.splitlines():
            fields = line.split("\t") if "\t" in line else next(csv.reader([line]))
            if len(fields) < 57 or not fields[code].isdigit() or not fields[value]:
                continue
            assert float(fields[value]) == float(cameo[fields[code]]["goldstein"]), line[:80]
            n_rows += 1
    assert n_rows >= 1250


def _own(study: Settings, rows: str, sidecar: str = OWN) -> None:
    folder = study.raw / "reference" / "scales"
    (folder / "mine.csv").write_text(rows, encoding="utf-8")
    (folder / "mine.toml").write_text(sidecar, encoding="utf-8")


def test_a_scale_of_ones_own_needs_two_files(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31"), line("b", "2020-01-31", code="163", reverse="")])
    _own(study, "cameo_code,value\n042,5\n043,\n163,-0.25\n")
    pipeline.refresh(study)
    with Published(study.database) as database:
        january = reading.series(database, "JPN", "KOR", scale="mine").set_index("period_start")
        row = january.loc["2020-01-01"]
        assert (row["scale"], row["cooperation"], row["conflict"]) == ("mine", 5, 0.25)
        assert (row["n_events"], row["n_unvalued"], row["weight"]) == (3, 1, 2)
        # An event without a value does not pull the mean towards zero.
        assert row["mean_goldstein"] == 4.75 / 2
        stored = reading.series(database, "JPN", "KOR").set_index("period_start")
        assert stored.loc["2020-01-01", "scale"] == "goldstein"
        assert list(january.columns) == list(stored.columns)
        with pytest.raises(UsageError, match="azar_sloan, goldstein, mine"):
            reading.series(database, "JPN", "KOR", scale="nope")
        with pytest.raises(UsageError, match="JPN-USA is not a dyad of the study"):
            reading.series(database, "JPN", "USA", scale="mine")


def test_the_settings_choose_what_the_marts_hold(make_study: MakeStudy, line: Line) -> None:
    toml = (
        '[study]\nname = "T"\nstart = 1998-01-01\nactors = ["JPN", "KOR"]\n'
        'focal_dyad = ["JPN", "KOR"]\n[index]\nscale = "{}"\n' + NO_INFERENCE
    )
    study = make_study([line("a", "2020-01-31")], toml.format("azar_sloan"))
    pipeline.refresh(study)
    with Published(study.database) as database:
        stored = reading.series(database, "JPN", "KOR")
        # COPDAB point 7 (6) twice: made and received.
        assert stored["net"].sum() == 12
        computed = reading.series(database, "JPN", "KOR", scale="goldstein")
        assert computed["net"].sum() == pytest.approx(4.7)
    with pytest.raises(SettingsError, match=r"index\.scale.*goldstein.*'nope'"):
        pipeline.refresh(make_study([line("a", "2020-01-31")], toml.format("nope")))


def test_every_check_passes_on_weighted_official_acts(make_study: MakeStudy, line: Line) -> None:
    toml = (
        '[study]\nname = "T"\nstart = 1998-01-01\nactors = ["JPN", "KOR"]\n'
        'focal_dyad = ["JPN", "KOR"]\n'
        '[index]\nscale = "weis"\nofficials = "official"\nweighting = "log_mentions"\n'
        + NO_INFERENCE
    )
    records = [line(f"r{n}", f"2020-01-{1 + n:02d}", title=f"Visit {n}") for n in range(28)]
    study = make_study(records, toml)
    pipeline.refresh(study)
    with Published(study.database) as database:
        january = reading.series(database, "JPN", "KOR").set_index("period_start").loc["2020-01-01"]
    assert january["net"] == pytest.approx(28 * (1.9 + 2.8) * 0.6931471805599453)
    assert january["net_lo"] < january["net"] < january["net_hi"]
    assert january["mean_goldstein"] == pytest.approx(2.35)


def test_computed_intervals_equal_stored_ones(make_study: MakeStudy, line: Line) -> None:
    records = [
        line(f"r{n}", f"2020-{1 + n % 12:02d}-{1 + n:02d}", title=f"Visit {n}") for n in range(27)
    ]
    toml = (
        '[study]\nname = "T"\nstart = 1998-01-01\nactors = ["JPN", "KOR"]\n'
        'focal_dyad = ["JPN", "KOR"]\n[index]\nscale = "{}"\n' + NO_INFERENCE
    )
    study = make_study(records, toml.format("plover"))
    pipeline.refresh(study)
    with Published(study.database) as database:
        stored = reading.series(database, "JPN", "KOR", "year")
    pipeline.refresh(make_study(records, toml.format("goldstein")))
    with Published(study.database) as database:
        computed = reading.series(database, "JPN", "KOR", "year", scale="plover")
    assert stored["net_lo"].notna().sum() == 1
    assert stored.equals(computed[stored.columns])


@pytest.mark.parametrize(
    ("rows", "sidecar", "message"),
    [
        ("cameo_code,value\n10,1\n042,7\n", OWN, "line 3: expected a value from -1 to 5, got 7"),
        ("cameo_code,value\n42,1\n", OWN, "expected a code of cameo.csv, got '42'"),
        ("cameo_code,value\n042,1\n042,1\n", OWN, "expected each code once, got 042 again"),
        ("cameo_code,value\n042,x\n", OWN, "expected a number or nothing, got 'x'"),
        ("cameo_code,value\n042,nan\n", OWN, "expected a value from -1 to 5, got nan"),
        ("cameo_code,value\n042,0.1234567\n", OWN, "expected at most 6 decimals"),
        ("code,value\n042,1\n", OWN, "expected the columns cameo_code,value"),
        ("cameo_code,value\n042,1\n", OWN.replace("title", "name"), "unknown key `name`"),
        (
            "cameo_code,value\n042,1\n",
            OWN.replace("-1", "9"),
            "more than `lowest`, 9; got 5",
        ),
        ("cameo_code,value\n042,1\n", "not toml", "not valid TOML"),
    ],
)
def test_a_wrong_scale_is_refused_with_its_place(
    make_study: MakeStudy, line: Line, rows: str, sidecar: str, message: str
) -> None:
    study = make_study([line("a", "2020-01-31")])
    _own(study, rows, sidecar)
    with pytest.raises(RawFileError, match=message):
        pipeline.refresh(study)


def test_a_scale_without_its_description_is_refused(make_study: MakeStudy, line: Line) -> None:
    study = make_study([line("a", "2020-01-31")])
    _own(study, "cameo_code,value\n")
    (study.raw / "reference" / "scales" / "mine.toml").unlink()
    with pytest.raises(RawFileError, match=r"expected mine\.toml beside it"):
        pipeline.refresh(study)


def test_the_command_line_prints_an_index_under_another_scale(visited: Settings) -> None:
    arguments = (
        "index JPN KOR --freq year --scale azar_sloan --official --weight log_mentions --json"
    )
    done = detente_here(visited.home, *arguments.split())
    assert done.returncode == 0, done.stderr
    years = json.loads(done.stdout)
    assert {year["scale"] for year in years} == {"azar_sloan"}
    assert {year["officials"] for year in years} == {"official"}
    # ln(1 + 1) times 6, twice.
    assert sum(year["net"] for year in years) == pytest.approx(12 * 0.6931471805599453)
