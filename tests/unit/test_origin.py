"""What a page says of its origin: the foot, the citation, a source's line in a brief."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from detente.report import language
from detente.report.model import citation, origin

SAY = language.load()
MADE = origin.Provenance(
    files=(),
    n_events=362,
    n_between=362,
    first_day=date(2012, 1, 5),
    last_day=date(2025, 5, 27),
    complete_to=date(2025, 5, 27),
    stands_at=date(2025, 5, 27),
    is_as_of=False,
    half_life_days=180.0,
    inputs_sha256="4ff4ea8f798a54d9" * 4,
    git_revision="1f2e3d4c5b6a",
    versions=(("duckdb", "2.0"),),
    n_checks=18,
    publishers=(),
)


def test_the_numbers_are_cited_with_the_commit_of_the_study() -> None:
    cited = citation.database("Aegean", "Relations in the Aegean", MADE, 2026, SAY)
    assert cited.text == (
        "Relations in the Aegean (study: Aegean), 2026; acts from 5 January 2012, complete to "
        "27 May 2025; revision 1f2e3d4c5b6a. Computed with detente. Inputs SHA-256 "
        "4ff4ea8f798a54d9."
    )
    # The commit of a study's folder is none of the program.
    assert "revision" not in citation.software("0.1.0", 2026, SAY).text.casefold()


def test_a_study_outside_of_git_and_without_a_title_says_each_thing_once() -> None:
    bare = replace(MADE, git_revision="")
    cited = citation.database("Aegean", "Aegean", bare, 2026, SAY)
    assert cited.text == (
        "Aegean, 2026; acts from 5 January 2012, complete to 27 May 2025. Computed with detente. "
        "Inputs SHA-256 4ff4ea8f798a54d9."
    )
    assert origin.foot(bare, SAY)[-1] == "18 checks passed. Inputs 4ff4ea8f798a54d9."
    assert origin.foot(MADE, SAY)[-1].endswith("4ff4ea8f798a54d9, revision 1f2e3d4c5b6a.")


def test_a_source_of_one_day_is_not_said_to_go_from_it_to_it() -> None:
    day = replace(MADE, last_day=MADE.first_day, complete_to=MADE.first_day)
    assert origin.foot(day, SAY)[0] == "362 acts on 5 January 2012."


def test_the_foot_counts_the_acts_of_the_study_where_a_feed_has_more() -> None:
    feed = replace(MADE, n_events=1149, n_between=20)
    assert origin.foot(feed, SAY)[0] == (
        "1,149 acts from 5 January 2012 to 27 May 2025; all files complete to 27 May 2025. "
        "Between the study's pairs: 20 acts; the others lie outside the study."
    )
    assert "outside" not in origin.foot(MADE, SAY)[0]
