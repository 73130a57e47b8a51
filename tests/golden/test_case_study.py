"""The case study of the thaw: verdicts on the project's own records, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.database.published import Published
from detente.report import spec
from detente.report.claims import CheckedClaim
from detente.report.model import pairs
from detente.report.pages import case
from detente.settings import Settings

# Each verdict with what a reader finds in data/raw/records, counted there without the program.
EXPECTED = {
    # 17 December 2011 (Kyoto) to 16 March 2023: 11 years and 3 months.
    "first-visit": "partly supported",
    # 24 March, 25 May, 3 and 18 November 2022, 18 February and 16 March 2023: six, of which those
    # of 24 March, 18 November, 18 February and 16 March were a success.
    "fourth-icbm": "partly supported",
    # 12, 14 and 16 March 2023.
    "third-test-of-the-week": "supported",
    # Lowest by conflict, by stock and under two other scales, not by Goldstein's net score (2021).
    "lowest-in-2019": "partly supported",
    # 1 July 2019 to 21 July 2023 (the list of trusted partners), the complaint to 23 March 2023.
    "trade-dispute": "supported",
    "wave-of-launches": "supported",
    # Madrid and Phnom Penh in 2022; Hiroshima and Camp David in 2023, Lima in 2024.
    "leaders-of-three": "supported",
    "ministers-and-exercises-of-three": "cannot be checked",
    # 22 August and 22 November 2019, 21 March 2023.
    "gsomia": "supported",
    # Both on 6 March 2023.
    "compensation-plan": "supported",
    "march-first-speech": "supported",
    # Chengdu, 24 December 2019; nothing of the two alone until 21 September 2022.
    "new-york-2022": "supported",
    # Leaders three times (Phnom Penh, Hiroshima, Camp David), advisers twice, ministers and chiefs
    # once each: 7. In the five years before 2, 5, 6 and 3: 16. Neither part of the claim holds.
    "meetings-of-three": "not supported",
    "china-protest": "supported",
    "neighbours": "cannot be checked",
    "exclusive-economic-zone": "supported",
    "public-opinion": "cannot be checked",
}


@pytest.fixture(scope="module")
def claims(real_settings: Settings, real_database: Path) -> dict[str, CheckedClaim]:
    own = real_settings.home / "queries"
    found = spec.load(real_settings.specs / "thaw_2023.toml", own)
    with Published(real_database) as database:
        study = case.check(database, real_settings, found, pairs.read(database, real_settings))
    return {claim.id: claim for claim in study.claims}


def test_the_claims_get_the_verdicts_that_the_records_give(
    claims: dict[str, CheckedClaim],
) -> None:
    found = {name: claims[name].verdict for name in EXPECTED}
    assert found == EXPECTED
    assert set(claims) == {*EXPECTED, "dated-break"}


def test_the_launches_stand_beside_the_claim_that_they_refute(
    claims: dict[str, CheckedClaim],
) -> None:
    result = claims["fourth-icbm"].result
    days = [row[result.columns.index("event_date")].isoformat() for row in result.rows]
    assert days == [
        "2022-03-24", "2022-05-25", "2022-11-03", "2022-11-18", "2023-02-18", "2023-03-16",
    ]  # fmt: skip


def test_the_break_is_judged_as_the_studys_own_question_is(
    claims: dict[str, CheckedClaim], real_database: Path
) -> None:
    with Published(real_database) as database:
        ((verdict,),) = database.rows(
            "select verdict from stats.hypothesis where hypothesis_id = 'thaw-2022-2023'"
        )
    assert claims["dated-break"].verdict == verdict.replace("not tested", "cannot be checked")
