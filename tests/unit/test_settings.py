"""detente.toml: what is refused, where, and with which words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from detente import settings, sources
from detente.base.errors import SettingsError

GOOD = """\
[study]
name = "Test"
start = 1998-01-01
actors = ["JPN", "KOR"]
focal_dyad = ["KOR", "JPN"]
"""


OWN_FILE = """\
[sources.csv.mine]
path = "mine.csv"
covers_from = 2020-01-01
cameo_code = "042"
columns = { event_date = "day", actor1 = "who", actor2 = "whom" }
"""


def _load(tmp_path: Path, text: str) -> settings.Settings:
    path = tmp_path / "detente.toml"
    path.write_text(text, encoding="utf-8")
    return settings.load(path)


def test_a_minimal_study_has_defaults_and_absolute_folders(tmp_path: Path) -> None:
    study = _load(tmp_path, GOOD)
    assert study.index.half_life_days == 180
    assert study.database == tmp_path / "data" / "processed" / "detente.duckdb"
    assert study.study.dyad_pairs == (("JPN", "KOR"),)


def test_pairs_are_all_pairs_with_the_focal_one_first(tmp_path: Path) -> None:
    study = _load(tmp_path, GOOD.replace('"KOR"]\nf', '"KOR", "CHN"]\nf'))
    assert study.study.dyad_pairs == (("JPN", "KOR"), ("CHN", "JPN"), ("CHN", "KOR"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (GOOD + "[index]\nhalflife = 3\n", 7, ["index.halflife", "half_life_days"]),
        (GOOD + "[index]\nhalf_life_days = -3\n", 7, ["a value greater than or equal to 20", "-3"]),
        (GOOD + "[index]\nhalf_life_days = 'x'\n", 7, ["index.half_life_days", "'x'"]),
        (GOOD + "[nope]\n", 6, ["unknown key `nope`", "study", "report"]),
        (GOOD.replace('"KOR"]\nf', '"kor"]\nf'), 4, ["study.actors", "kor"]),
        (GOOD.replace('["KOR", "JPN"]', '["KOR", "USA"]'), 1, ["KOR-USA", "JPN, KOR"]),
        *(
            (GOOD.replace("1998-01-01", day), 3, ["study.start", "a day such as 2023-03-16", day])
            for day in ("'soon'", "'2011'", "'1.2.2011'", "'2011-01'")
        ),
        (GOOD.replace('name = "Test"\n', ""), 1, ["study.name", "required"]),
        (GOOD + "home = 'x'\n", 6, ["home"]),
        (GOOD + "[records.rules.x]\ncode = '150'\n", 7, ["records.rules.x.code", "cameo_code"]),
        (GOOD + "[records.rules.x.targets.a]\nb = ['kor']\n", 7, ["targets.a.b", "kor"]),
        (GOOD + "[[inference.hypotheses]]\nid = 'a'\n", 6, ["inference.hypotheses.question"]),
        *(
            (GOOD + f"{OWN_FILE}date_format = '{form}'\n", 11, ["date_format", form, "%d.%m.%Y"])
            for form in ("%Y-%m", "d.m.Y", "%Q")
        ),
        (GOOD + "[raport]\n", 6, ["unknown key `raport`. Did you mean `report`?"]),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, words: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    message = str(caught.value)
    assert f"detente.toml:{line}:" in message
    for word in words:
        assert word in message


QUESTION = """\
[[inference.hypotheses]]
id = "q"
question = "Is it so?"
kind = "reciprocity"
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (QUESTION + 'dyad = ["JPN", "USA"]\n', ["the question q", "JPN-USA", "JPN-KOR"]),
        (QUESTION + 'dyad = ["JPN", "JPN"]\n', ["the question q", "not a dyad of the study"]),
        ('[inference]\ntriads = [["JPN", "KOR", "USA"]]\n', ["JPN-KOR-USA", "three different"]),
        ('[[inference.series]]\nsource = "gdelt"\n', ["gdelt2", "got gdelt"]),
        ('[[inference.series]]\nmeasure = "goldstein"\n', ["mean_goldstein", "got 'goldstein'"]),
        ("[[inference.series]]\n[[inference.series]]\n", ["once"]),
        ('[[inference.series]]\nmeasure = "score"\nfreq = "week"\n', ["by month"]),
    ],
)
def test_what_is_asked_is_of_the_study(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, GOOD + text)
    message = str(caught.value)
    assert re.match(r".*detente\.toml:[6-9]+: `inference", message), message
    assert "sha256" not in message, "the whole file is no help"
    for word in words:
        assert word in message


def test_a_series_may_be_of_any_source(tmp_path: Path) -> None:
    text = '[[inference.series]]\nsource = "gdelt2"\nmeasure = "net_per_1k"\n'
    (chosen,) = _load(tmp_path, GOOD + text).inference.series
    assert (chosen.source, chosen.counting, chosen.freq, chosen.measure) == (
        "gdelt2", "all", "month", "net_per_1k",
    )  # fmt: skip
    assert _load(tmp_path, GOOD).inference.series == ()


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, GOOD + "[index]\nhalf_life_days = 0\n[query]\nmemory_limit = 'much'\n")
    assert "half_life_days" in str(caught.value)
    assert "memory_limit" in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[study", b""])
def test_what_is_no_toml_is_refused_in_words(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "detente.toml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"detente\.toml"):
        settings.load(path)


def test_the_file_is_found_from_a_folder_below(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _load(tmp_path, GOOD)
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert settings.find(below) == tmp_path / "detente.toml"
    monkeypatch.chdir("/")
    with pytest.raises(SettingsError, match="--config"):
        settings.load()


def test_the_projects_own_study_is_valid(real_settings: settings.Settings) -> None:
    assert real_settings.study.dyad_pairs[0] == ("JPN", "KOR")
    assert len(real_settings.study.dyad_pairs) == 10


def test_every_source_of_the_settings_is_offered_by_a_module(tmp_path: Path) -> None:
    study = _load(tmp_path, GOOD)
    assert set(sources.offers()) == set(study.sources.names)
    assert set(sources.known(study)) == set(study.sources.names)
    for name, source in sources.known(study, keep_lists=False).items():
        assert source.name == name
        assert source.start == sources.first_day(name)


def test_a_source_with_settings_that_is_not_switched_on_is_named(tmp_path: Path) -> None:
    text = (
        GOOD
        + "[sources.gdelt1]\nstart = 2020-01-01\n[sources.gdelt2]\nenabled = false\n"
        + "start = 2020-01-01\n[sources.icews]\n"
    )
    assert _load(tmp_path, text).sources.left_off == ("gdelt1",)


ASKED = GOOD + '[[inference.hypotheses]]\nid = "a"\nquestion = "b"\ndyad = ["JPN", "KOR"]\nkind = '


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ('"break"\n', "`first` and `last` day"),
        ('"break"\nfirst = 2012-01-01\n', "`first` and `last` day"),
        ('"break"\nlast = 2013-12-31\n', "`first` and `last` day"),
        ('"break"\nfirst = 2012-01-01\nlast = 2013-12-31\n', None),
        ('"effect"\n', "names its `event_kind`"),
        ('"effect"\nevent_kind = ""\n', "names its `event_kind`"),
        ('"effect"\nevent_kind = "Summits"\n', None),
        ('"reciprocity"\n', None),
    ],
)
def test_a_question_names_what_its_kind_needs(tmp_path: Path, rest: str, words: str | None) -> None:
    if words is None:
        assert len(_load(tmp_path, ASKED + rest).inference.hypotheses) == 1
    else:
        with pytest.raises(SettingsError, match=words):
            _load(tmp_path, ASKED + rest)
