"""What an act counts for that takes back what an earlier act took: by hand, and as a property."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.records.record import Record
from detente.records.restoring import acts, shares
from detente.settings import Records

# As Goldstein's scale has them, and an act without points.
POINTS = {"1312": -5.8, "163": -8.0, "085": 7.0, "0354": 7.0, "040": 1.0, "155": None}

ANNOUNCED = Record(
    raw_row=2, record_id="announced", event_date=date(2019, 7, 1), end_date=None, actor1=("JPN",),
    actor2=("KOR",), cameo_code="1312", reverse_cameo_code=None, category="ban", title="A ban",
    source_name="S", source_url="", rule=None, attributes={}, raw_text="",
)  # fmt: skip
BAN = replace(ANNOUNCED, record_id="ban", cameo_code="163", event_date=date(2019, 7, 4))
EASED = replace(
    ANNOUNCED, record_id="eased", cameo_code="085", event_date=date(2019, 12, 20),
    attributes={"restores": "announced;ban"},
)  # fmt: skip
TOLD = replace(EASED, record_id="told", cameo_code="0354", event_date=date(2023, 3, 16))
LIFTED = replace(EASED, record_id="lifted", event_date=date(2023, 3, 23))
STORY = [LIFTED, BAN, TOLD, ANNOUNCED, EASED]


def test_steps_give_back_no_more_than_the_measures_took() -> None:
    # 13.8 points were taken: the first step gives 7.0 back, the second 6.8, the third nothing.
    found = shares(STORY, POINTS, "up_to_taken")
    assert found == {("told", "JPN", "KOR"): 0.971428, ("lifted", "JPN", "KOR"): 0.0}
    assert found["told", "JPN", "KOR"] * 7.0 == pytest.approx(6.8, abs=1e-5)


def test_what_was_taken_can_count_once_or_at_every_step() -> None:
    assert shares(STORY, POINTS, "once") == {
        ("told", "JPN", "KOR"): 0.0,
        ("lifted", "JPN", "KOR"): 0.0,
    }
    assert shares(STORY, POINTS, "every_step") == {}
    assert Records().taking_back == "up_to_taken"


def test_a_step_is_an_act_of_its_own_towards_a_state_from_which_nothing_was_taken() -> None:
    tours = replace(LIFTED, record_id="tours", actor2=("CHN", "KOR"), event_date=date(2024, 1, 1))
    found = shares([*STORY, tours], POINTS, "up_to_taken")
    assert found["tours", "JPN", "KOR"] == 0.0
    assert ("tours", "JPN", "CHN") not in found


def test_a_step_that_both_sides_take_gives_back_what_each_took() -> None:
    answer = replace(BAN, record_id="answer", actor1=("KOR",), actor2=("JPN",))
    truce = replace(
        LIFTED, record_id="truce", actor1=("JPN", "KOR"), actor2=("JPN", "KOR"),
        attributes={"restores": "announced;answer"},
    )  # fmt: skip
    found = shares([ANNOUNCED, answer, truce], POINTS, "up_to_taken")
    # 5.8 of 7.0 towards South Korea; all of 7.0 towards Japan, which took 8.0.
    assert found == {("truce", "JPN", "KOR"): 0.828571}


STEPS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(sorted(POINTS)),
        st.sets(st.sampled_from(["JPN", "KOR", "USA"]), min_size=1).map(sorted),
        st.sets(st.integers(0, 11), max_size=3),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.slow
@given(STEPS)
def test_what_is_given_back_never_exceeds_what_was_taken(
    drawn: list[tuple[int, str, list[str], set[int]]],
) -> None:
    records = [
        replace(
            ANNOUNCED, record_id=f"r{place}", event_date=date(2019, 1, 1) + timedelta(days=day),
            cameo_code=code, actor2=tuple(targets), actor1=("CHN",),
            attributes={"restores": ";".join(f"r{one}" for one in sorted(named))},
        )
        for place, (day, code, targets, named) in enumerate(drawn)
    ]  # fmt: skip
    found = shares(records, POINTS, "up_to_taken")
    assert found.keys() <= {(one.record_id, *act[:2]) for one in records for act in acts(one)}
    assert all(0.0 <= share < 1.0 for share in found.values())
    taken = {
        (record.record_id, *act[:2]): max(-(POINTS[act[2]] or 0.0), 0.0)
        for record in records
        for act in acts(record)
    }
    # Of every set of steps: what they give together is at most what all that they name took.
    named: dict[str, set[str]] = defaultdict(set)
    given_back: dict[str, float] = defaultdict(float)
    for record in records:
        for actor, target, code in acts(record):
            names = [one for one in record.attributes["restores"].split(";") if one]
            if (POINTS[code] or 0.0) > 0 and any(taken.get((n, actor, target)) for n in names):
                share = found.get((record.record_id, actor, target), 1.0)
                given_back[target] += (POINTS[code] or 0.0) * share
                named[target] |= set(names)
    for target, names_of in named.items():
        all_taken = sum(taken.get((one, "CHN", target), 0.0) for one in names_of)
        assert given_back[target] <= all_taken + 1e-9
