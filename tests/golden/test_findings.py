"""The sentences for a README, of two pairs of a small study, against the balances themselves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detente import settings
from detente.database.published import Published
from detente.report import language
from detente.report.model import pairs
from detente.report.pages import findings
from detente.report.pages.verdict_sentences import headline, lede

pytestmark = pytest.mark.study

_WINDOWS = """
select strftime(period_start, '%B %Y'), net_12m::double from stats.balance
where source = ? and counting = ? and actor1_iso3 = ? and actor2_iso3 = ? and is_complete
order by net_12m {}, period_start limit 1
"""


def test_the_findings_are_the_verdict_and_the_ends_of_the_pairs_own_history(
    built_study: Callable[[str], Path],
) -> None:
    path = built_study("asked")
    study, say = settings.load(path.parents[2] / "detente.toml"), language.load()
    with Published(path) as database:
        pair = pairs.read(database, study).pair("JPN", "KOR")
        assert pair is not None and pair.verdict is not None
        first, second = findings.sentences(database, study, ("KOR", "JPN"))
        lowest, highest = (
            database.rows(_WINDOWS.format(order), ["records", "all", "JPN", "KOR"])[0]
            for order in ("asc", "desc")
        )
        with pytest.raises(KeyError, match="JPN-FRA"):
            findings.sentences(database, study, ("JPN", "FRA"))
    assert first == f"{headline(pair, say)}. {' '.join(lede(pair, say))}"
    assert second == (
        f"The twelve-month balance was lowest in {lowest[0]} ({say.plus_points(lowest[1])}) and "
        f"highest in {highest[0]} ({say.plus_points(highest[1])})."
    )
