"""Which events of GDELT count: each setting leaves out what it says, and counts it."""

from __future__ import annotations

from typing import Any

import pytest

from detente.operations.doctor.events import LEFT_OUT_BY
from tests.support.gdelt2 import row
from tests.support.loading import ask, put, update
from tests.support.provider import zipped
from tests.support.studies import NO_INFERENCE, MakeStudy, study_table

pytestmark = pytest.mark.study

ARTICLE, OTHER = "https://example.org/1", "https://example.org/2"
NAME = "20200102234500.export.CSV"


def line(number: int, actors: str = "JPN KOR", **values: Any) -> str:
    actor1, actor2 = actors.split()
    told = {
        "GLOBALEVENTID": str(number), "SQLDATE": "20200102", "Actor1Code": actor1,
        "Actor1CountryCode": actor1, "Actor2Code": actor2, "Actor2CountryCode": actor2,
        "EventCode": "042", "IsRootEvent": "1", "NumMentions": "9", "NumSources": "3",
        "DATEADDED": "20200102234500", "SOURCEURL": ARTICLE,
    }  # fmt: skip
    return row(told | {name: str(value) for name, value in values.items()})


ROWS = (
    line(1, NumMentions=10),
    line(2, NumMentions=20),  # the most mentioned of its article and actors
    line(3, "KOR JPN", NumMentions=15),  # the other way round, the same article
    line(4, "JPN PRK"),  # the same article, other actors
    line(5, SOURCEURL=OTHER, IsRootEvent=0),
    line(6, SOURCEURL=OTHER, NumSources=1, NumMentions=2),
    line(7, SOURCEURL=""),
    line(8, "JPN EUR", IsRootEvent=0),  # out of scope whatever it is
)


@pytest.mark.parametrize(
    ("chosen", "kept", "left_out"),
    [
        ("", "1234567", {}),
        ("root_events_only = true", "123467", {"no root event": 1}),
        ("min_sources = 2", "123457", {"too few sources": 1}),
        ("min_mentions = 10", "123", {"too few mentions": 4}),
        # Of the events of one article and two actors the most mentioned one; without an address
        # each counts.
        ("one_per_article = true", "2457", {"another event of the article counts": 3}),
        (
            "root_events_only = true\none_per_article = true",
            "2467",
            {"no root event": 1, "another event of the article counts": 2},
        ),
    ],
)
def test_what_a_setting_leaves_out(
    make_study: MakeStudy, chosen: str, kept: str, left_out: dict[str, int]
) -> None:
    study = make_study(
        toml=study_table("2020-01-01", "JPN", "KOR", "PRK")
        + NO_INFERENCE
        + f"[sources.gdelt2]\nenabled = true\nstart = 2020-01-01\n{chosen}\n"
    )
    text = "".join(f"{one}\n" for one in ROWS).encode()
    put(study, "gdelt2", f"{NAME}.zip", zipped(NAME, text), 2020)
    (summary,) = update(study)
    assert (summary.n_loaded, summary.n_out_of_scope) == (len(kept), len(ROWS) - len(kept))
    assert ask(study, "select string_agg(event_id, '' order by event_id) from core.event") == [
        (kept,)
    ]
    reasons = dict(ask(study, "select reason, count(*)::bigint from core.store_other group by all"))
    reasons.pop("an actor is no state in scope", None)
    assert reasons == left_out
    assert set(left_out) <= set(LEFT_OUT_BY)


def test_another_selection_loads_anew(make_study: MakeStudy) -> None:
    base = study_table("2020-01-01", "JPN", "KOR", "PRK") + NO_INFERENCE
    section = "[sources.gdelt2]\nenabled = true\nstart = 2020-01-01\n"
    study = make_study(toml=base + section)
    text = "".join(f"{one}\n" for one in ROWS).encode()
    put(study, "gdelt2", f"{NAME}.zip", zipped(NAME, text), 2020)
    update(study)
    other = study.model_copy(
        update={
            "sources": study.sources.model_copy(
                update={"gdelt2": study.sources.gdelt2.model_copy(update={"min_sources": 2})}
            )
        }
    )
    update(other)
    assert ask(other, "select count(*) from core.event") == [(6,)]
