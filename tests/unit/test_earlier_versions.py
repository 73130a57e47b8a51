"""Where the newest version of a snapshot cannot be had, the newest one that can be counts."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import cast

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from detente import settings as study_settings
from detente.base.errors import StoreError
from detente.database.published import Published
from detente.operations.doctor.events import noted
from detente.refresh import ingest, pipeline, plan, publish
from detente.settings import Settings
from detente.store import manifest
from detente.store.events import Store
from detente.store.raw_file import EARLIER, STAYS
from tests.support.effort import examples
from tests.support.loading import ask, opened, update
from tests.support.some import some
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table, write_study

pytestmark = pytest.mark.study

OWN = (
    '[sources.csv.mine]\npath = "mine.csv"\ncovers_from = 2020-01-01\n[sources.csv.mine.columns]\n'
    'event_date = "day"\nactor1 = "who"\nactor2 = "whom"\ncode = "what"\n'
)
TOML = study_table("1979-01-01", "JPN", "KOR") + NO_INFERENCE + OWN
LOADED = "select raw_file_id, n_loaded from meta.raw_file where status = 'loaded'"


def version(day: int, *, is_good: bool = True) -> str:
    """A file with so many events; one that is no good has lost the zeros of its codes."""
    code = "042" if is_good else "42"
    rows = [f"2021-02-{n:02},JPN,KOR,{code}\n" for n in range(1, day + 1)]
    return "day,who,whom,what\n" + "".join(rows)


def rules(study: Settings, actors: str, name: str = "mine.csv") -> Settings:
    """The same study with another scope, so that everything has to be loaded again."""
    file = study.home / "detente.toml"
    text = TOML.replace('"mine.csv"', f'"{name}"')
    file.write_text(f'{text}[scope]\nactors = "{actors}"\n', encoding="utf-8")
    return study_settings.load(file)


def rebuild(study: Settings) -> ingest.Summary:
    """Load everything again, as `detente rebuild` does."""
    with publish.only_writer(study.processed):
        ingest.demand_raw_files(study)
        manifest.start_anew(Store(study).place)
        (summary,) = ingest.update(study, ("mine",), offline=True)
    return summary


@pytest.fixture
def refused(make_study: MakeStudy) -> Settings:
    """A study whose file has had two good versions; the third one is refused."""
    study = make_study(toml=TOML)
    for content in (version(2), version(3), version(9, is_good=False)):
        (study.home / "mine.csv").write_text(content)
        update(study)
    assert ask(study, "select count(*) from core.event") == [(3,)]
    return study


@pytest.mark.parametrize("is_offline", [True, False])
def test_other_rules_load_the_newest_version_that_can_be_read(
    refused: Settings, is_offline: bool
) -> None:
    changed = rules(refused, "study")
    (summary,) = update(changed, offline=is_offline)
    assert (summary.n_loaded, summary.failures) == (3, {"refused_layout": 1})
    assert len(summary.news) == 1 and EARLIER in summary.news[0]
    assert ask(changed, "select count(*) from core.event") == [(3,)]
    assert ask(changed, "select status from meta.missing_file") == [("refused_layout",)]
    assert ask(changed, "select complete_to from meta.coverage") == [(date(2021, 2, 3),)]
    assert Store(changed).disagreeing() == []
    # From then on as before: the refused one is tried again, the other stays.
    (summary,) = update(changed, offline=is_offline)
    assert (summary.n_loaded, summary.n_files) == (0, 1)
    assert len(summary.news) == 1 and STAYS in summary.news[0]


def test_a_rebuild_publishes_the_newest_version_that_can_be_read(refused: Settings) -> None:
    result = pipeline.rebuild(refused)
    assert any("mine.csv: the codes of the column" in one for one in result.problems)
    assert not any("is loaded" in one and one.startswith("none") for one in result.problems)
    assert ask(refused, "select count(*) from core.event") == [(3,)]
    assert Store(refused).disagreeing() == []


def test_rules_that_can_read_the_newest_version_load_it(refused: Settings) -> None:
    """What the old rules refused and the new ones do not counts at once."""
    (newest,) = [one for one in (refused.downloads / "mine").iterdir() if ",42" in one.read_text()]
    newest.write_text(version(9))  # the codes have their zeros: as if the rules found them
    changed = rules(refused, "study")
    (summary,) = update(changed)
    assert (summary.n_files, summary.n_loaded, summary.failures) == (1, 9, {})
    assert ask(changed, LOADED) == [(f"mine/{newest.name}", 9)]
    assert Store(changed).disagreeing() == []


def test_a_version_that_has_to_be_loaded_again_and_is_gone_is_not_replaced_by_an_older_one(
    refused: Settings,
) -> None:
    ((name, _),) = ask(refused, LOADED)
    (refused.downloads / name).unlink()
    for _ in range(2):
        with pytest.raises(StoreError, match=rf"{name} has to be loaded again .* is not on disk"):
            update(rules(refused, "study"))
        assert ask(refused, "select count(*) from core.event") == [(3,)]
    with pytest.raises(StoreError, match="no longer on disk"):
        rebuild(refused)
    assert Store(refused).disagreeing() == []


def test_settings_that_no_version_fits_leave_the_store_as_it_was(refused: Settings) -> None:
    file = refused.home / "detente.toml"
    file.write_text(TOML.replace('code = "what"', 'code = "kind"'))
    wrong = study_settings.load(file)
    said = r"neither it nor another version .* has no column kind.* it has day, who, whom, what\."
    with pytest.raises(StoreError, match=said):
        update(wrong)
    file.write_text(TOML)
    assert ask(refused, "select count(*) from core.event") == [(3,)]
    assert Store(refused).disagreeing() == []


def test_a_version_without_a_column_leaves_the_one_before_and_the_other_sources(
    make_study: MakeStudy,
) -> None:
    other = OWN.replace("mine", "zwei")
    study = make_study(toml=TOML + other)
    for name in ("mine", "zwei"):
        (study.home / f"{name}.csv").write_text(version(2))
    update(study)
    (study.home / "mine.csv").write_text(version(3).replace("what", "kind"))
    (study.home / "zwei.csv").write_text(version(4))
    mine, zwei = update(study)
    assert (mine.failures, zwei.n_loaded) == ({"refused_layout": 1}, 4)
    assert "it has no column what, as sources.csv.mine.columns" in mine.news[0]
    assert ask(study, "select source, count(*) from core.event group by all order by all") == [
        ("mine", 2),
        ("zwei", 4),
    ]


def test_a_file_that_is_as_before_the_refused_version_is_told_no_longer(refused: Settings) -> None:
    (refused.home / "mine.csv").write_text(version(3))
    (summary,) = update(refused)
    assert summary.failures == {}
    assert ask(refused, "from meta.missing_file") == []
    assert ask(refused, "select count(*) from core.event") == [(3,)]
    (summary,) = update(refused)
    assert (summary.n_files, summary.news) == (0, [])
    # The same mistake again is told again.
    (refused.home / "mine.csv").write_text(version(9, is_good=False))
    for _ in range(2):
        (summary,) = update(refused)
        assert summary.failures == {"refused_layout": 1}
    assert ask(refused, "select count(*) from core.event") == [(3,)]


def test_a_file_that_cannot_be_fetched_leaves_its_newest_version(refused: Settings) -> None:
    (refused.home / "mine.csv").unlink()
    changed = rules(refused, "study")
    (summary,) = update(changed, offline=False)
    assert summary.n_loaded == 3
    assert sorted(summary.failures.values()) == [1, 1]
    assert ask(changed, "select count(*) from core.event") == [(3,)]
    assert Store(changed).disagreeing() == []


def test_a_file_under_another_name_takes_the_place_of_the_former(make_study: MakeStudy) -> None:
    study = make_study(toml=TOML)
    study = rules(study, "study")
    (study.home / "mine.csv").write_text(version(3))
    update(study)
    renamed = rules(study, "study", "acts.csv")
    # The acts of two days are other ones; they do not count beside the former.
    (study.home / "acts.csv").write_text(version(4).replace("042", "043", 2))
    (summary,) = update(renamed)
    assert (summary.n_loaded, summary.failures, summary.news) == (4, {}, [])
    assert ask(renamed, "select cameo_code from core.event order by event_date") == [
        ("043",), ("043",), ("042",), ("042",),
    ]  # fmt: skip
    assert ask(renamed, "from meta.missing_file") == []
    assert Store(renamed).disagreeing() == []
    (summary,) = update(renamed)
    assert (summary.n_files, summary.news) == (0, [])
    assert rebuild(renamed).n_loaded == 4


def test_a_file_under_another_name_that_is_refused_leaves_the_former(make_study: MakeStudy) -> None:
    study = rules(make_study(toml=TOML), "study")
    (study.home / "mine.csv").write_text(version(3))
    update(study)
    (study.home / "acts.csv").write_text(version(4, is_good=False))
    (summary,) = update(rules(study, "study", "acts.csv"))
    assert len(summary.news) == 1 and STAYS in summary.news[0]
    renamed = rules(study, "states", "acts.csv")
    (summary,) = update(renamed)
    assert (summary.n_loaded, len(summary.news)) == (3, 1) and EARLIER in summary.news[0]
    assert rebuild(renamed).n_loaded == 3
    assert ask(renamed, "select count(*) from core.event") == [(3,)]
    assert Store(renamed).disagreeing() == []


@pytest.mark.parametrize(
    ("claim", "told"),
    [("covers_from = 2021-02-01\ncovers_to = 2021-02-03", "2021-02-01 and `covers_to` 2021-02-03:"),
     ("covers_from = 2021-02-02", "2021-02-02:"),
     ("covers_from = 2021-03-01", "2021-03-01:"),
     ("covers_from = 2021-02-01", ""),
     ("covers_from = 2021-02-01\ncovers_to = 2021-02-09", "")],
)  # fmt: skip
def test_events_outside_the_days_that_the_settings_claim_are_told(
    make_study: MakeStudy, claim: str, told: str
) -> None:
    study = make_study(toml=TOML.replace("covers_from = 2020-01-01", claim))
    (study.home / "mine.csv").write_text(version(4))
    (summary,) = update(study)
    said = f"has events of 2021-02-01 to 2021-02-04, but `covers_from` is {told}"
    assert [one.startswith(f"mine.csv {said}") for one in summary.notes] == [True] * bool(told)
    with opened(study) as warehouse:
        found = noted(cast(Published, warehouse))
    assert [said in one.message for one in found] == [True] * bool(told)
    planned = [one for one in plan.plan(study, offline=True) if one.action == plan.BEYOND]
    assert [one.reason.startswith(f"mine.csv {said}") for one in planned] == [True] * bool(told)


_STEP = st.one_of(
    st.tuples(st.just("write"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("rename"), st.integers(1, 5), st.just(True)),
    st.tuples(st.sampled_from(["refresh", "network", "rules", "rebuild"]), st.just(0), st.just(0)),
)


@hypothesis_settings(max_examples=examples(3), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_STEP, min_size=3, max_size=6))
def test_whatever_happened_the_newest_good_version_counts(
    steps: list[tuple[str, int, bool]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        study = write_study(Path(folder) / "study", (), TOML)
        path = study.home / "mine.csv"
        seen: list[tuple[int, bool]] = []
        now, scope, name = (1, True), "study", "mine.csv"
        path.write_text(version(1))
        for action, n, is_good in [*some(steps), ("rebuild", 0, False), ("refresh", 0, False)]:
            if action == "write":
                now = (n, is_good)
                path.write_text(version(n, is_good=is_good))
                continue
            if action == "rename":
                name = f"{path.stem}-again.csv"
                path, now, seen = study.home / name, (n, True), []
                path.write_text(version(n))
            if action == "rules":
                scope = "states" if scope == "study" else "study"
            if action in ("rules", "rename"):
                study = rules(study, scope, name)
            seen.append(now)
            if action == "rebuild":
                summary = rebuild(study)
            else:
                (summary,) = update(study, offline=action != "network")
            good = [n for n, is_good in seen if is_good]
            assert ask(study, "select count(*) from core.event") == [(good[-1] if good else 0,)]
            assert len(ask(study, LOADED)) == bool(good)
            # The refusal is told as long as it is the newest version that is refused.
            is_refused = not now[1]
            assert (bool(summary.failures), bool(summary.news)) == (is_refused, is_refused)
            assert len(ask(study, "from meta.missing_file")) == is_refused
            assert Store(study).disagreeing() == []
