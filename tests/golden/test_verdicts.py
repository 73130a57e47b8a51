"""What the report says of every pair of the project's own study, word for word.

The texts stand in `verdicts.txt` beside this file. A change of the records, of a rule or of a
sentence shows there as a difference to review; `DETENTE_WRITE_GOLDEN=1` writes the file anew.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from detente.database.published import Published
from detente.report import language
from detente.report.model import pairs
from detente.report.model.pairs import Pair, Study
from detente.report.pages import chart_labels, overview, pair, verdict_sentences
from detente.report.pages.figures import title_of
from detente.settings import Settings
from tests.support.some import some

FILE = Path(__file__).with_name("verdicts.txt")
SAY = language.load()
_MOST_WORDS = 22


@pytest.fixture(scope="module")
def study(real_settings: Settings, real_database: Path) -> Study:
    with Published(real_database) as database:
        return pairs.read(database, real_settings)


def _told(study: Study, one: Pair) -> str:
    view = pair.view(study, one, SAY)
    tiles = [f"  {tile.title}: {'; '.join((tile.value, *tile.lines))}" for tile in view.tiles[:3]]
    moved = ", ".join(f"{row.name} {row.points}" for row in view.moved)
    return "\n".join(
        [
            f"{one.slug}: {view.headline}",
            f"  {' '.join([*view.lede, *view.caution])}",
            *tiles,
            f"  Moved by: {moved}",
        ]
    )


def test_every_verdict_is_as_reviewed(study: Study) -> None:
    region = overview.overview(study, SAY)
    movers = [f"  {one.arrow} {one.name}: {one.text}" for one in region.movers]
    head = "\n".join([f"{region.heading}: {region.headline}", *region.lede, *movers])
    text = "\n\n".join([head, *(_told(study, one) for one in study.pairs)]) + "\n"
    if os.environ.get("DETENTE_WRITE_GOLDEN"):
        FILE.write_text(text, encoding="utf-8")
        pytest.skip(f"{FILE.name} is written anew; review the difference")
    assert text == FILE.read_text(encoding="utf-8")


def test_what_moved_a_balance_adds_up_to_it(study: Study) -> None:
    for one in some(study.pairs):
        assert one.verdict is not None
        total = sum(kind.points for kind in one.kinds)
        assert total == pytest.approx(one.verdict.last.balance, abs=0.05)


def test_both_signs_are_marked_where_there_are_any(study: Study) -> None:
    for one in some(study.pairs):
        drawn = pair.view(study, one, SAY).figures["balance"].wide.body
        balances = [month.balance for month in one.months if month.balance is not None]
        named = chart_labels.labels(one.months, one.events, SAY)
        ways = {label.is_above for label in named if f">{escape(label.words)}<" in drawn}
        # An act against the sign of the balance may be marked as well.
        assert ways >= {value > 0 for value in (max(balances), min(balances))}, one.slug


def test_sentences_above_the_fold_are_short(study: Study) -> None:
    for one in some(study.pairs):
        told = [
            verdict_sentences.headline(one, SAY),
            *verdict_sentences.lede(one, SAY),
            *verdict_sentences.caution(one, SAY),
        ]
        for sentence in told:
            assert len(re.findall(r"\S+", sentence)) <= _MOST_WORDS, (title_of(one, SAY), sentence)
