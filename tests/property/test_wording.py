"""Sentences say what results decided; rewording them decides nothing."""

from __future__ import annotations

import json
import pickle
import re
import string
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pytest

from detente.analysis import hypotheses, rows
from detente.analysis.breaks import break_rows, search
from detente.analysis.reciprocity import reciprocity_rows
from detente.analysis.series import Dyad
from detente.base import assets, phrases
from detente.report import language
from detente.settings import Hypothesis, Inference, SeriesChoice
from tests.support.some import some
from tests.support.studies import ROOT


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.fixture(scope="module")
def dyad() -> Dyad:
    months = pd.period_range("1998-01", periods=240, freq="M")
    draws = np.random.default_rng(3)
    first, second = draws.poisson(2.0, (2, 240)) * draws.normal(1.0, 3.0, (2, 240))
    second[1:] += 0.6 * first[:-1]
    second[120:] += 9.0
    directed = tuple(pd.Series(one, months, name="net") for one in (first, second))
    return Dyad(
        choice=SeriesChoice(source="records"),
        pair=("JPN", "KOR"),
        values=pd.Series(first + second, months, name="net"),
        directed=(directed[0], directed[1]),
        one_sided=(directed[0] - 1.0, directed[1]),
        n_acts=900,
        n_two_sided=300,
    )


ASKED = (
    Hypothesis(
        id="then", question="Then?", kind="break", dyad=("JPN", "KOR"),
        first="2007-01-01", last="2009-01-01",
    ),
    Hypothesis(
        id="never", question="Never?", kind="break", dyad=("JPN", "KOR"),
        first="2001-01-01", last="2002-01-01",
    ),
    Hypothesis(id="answers", question="Do they?", kind="reciprocity", dyad=("JPN", "KOR")),
    Hypothesis(
        id="absent", question="Is it?", kind="effect", dyad=("JPN", "KOR"), event_kind="none"
    ),
)  # fmt: skip


def _decided(dyad: Dyad) -> tuple[list[object], list[str]]:
    """Ask everything of a dyad: what the columns decide, and the sentences."""
    chosen = Inference(draws=100)
    asked = break_rows(dyad, search(dyad.values, chosen, draws=99))
    asked += reciprocity_rows(dyad, chosen)
    asked = rows.in_families(asked, chosen.significance)
    answers = hypotheses.answers(ASKED, asked, chosen.significance)
    told = [one.sentence() for one in (*asked, *answers)]
    text = {"sentence", "refusal", "warnings"}
    decided: list[object] = [
        [
            value if value == value else None
            for name, value in zip(one.columns(), one.values(), strict=True)
            if name not in text and not isinstance(value, phrases.Phrase)
        ]
        for one in (*asked, *answers)
    ]
    return decided, told


@pytest.fixture(scope="module")
def as_shipped(dyad: Dyad) -> tuple[list[object], list[str]]:
    return _decided(dyad)


# Once is enough: whatever reads a verdict out of words meets all of them in every sentence.
WORDS = ("not", "not rejected", "rejected", "not supported", "supported", "partly", "cannot be")


@pytest.mark.slow
def test_rewording_every_sentence_changes_no_verdict(
    dyad: Dyad, as_shipped: tuple[list[object], list[str]]
) -> None:
    reworded = {
        key: WORDS[n % len(WORDS)]
        + "".join(f" {{{name}}} {WORDS[-1 - n % len(WORDS)]}" for name in sorted(_names(text)))
        for n, (key, text) in enumerate(phrases.english().items())
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phrases, "english", lambda: MappingProxyType(reworded))
        decided, told = _decided(dyad)
    assert decided == as_shipped[0]
    assert told != as_shipped[1]


def test_a_sentence_can_be_said_again_from_its_parts(
    as_shipped: tuple[list[object], list[str]],
) -> None:
    _, told = as_shipped
    lists = {phrases.AND: " and ", phrases.COMMA: ", "}
    assert len(told) > 10
    for one in told:
        assert isinstance(one, phrases.Phrase), one
        parts = json.loads(one.as_json())
        assert phrases.render(parts, {}, lists) == one
        assert set(phrases.keys(parts)) <= set(phrases.english())
        back = pickle.loads(pickle.dumps(one))
        assert (back, back.parts) == (one, one.parts)


def test_another_language_says_what_its_catalogue_has() -> None:
    other = language.Language(
        "xx",
        {
            "result.number.p": "{value} ist p",
            "result.breaks.after": "nach {last_before}{interval}",
            "result.breaks.dates": "; {dates}",
            "format.list_and": " und ",
            "format.list_comma": ", ",
        },
        (),
        (),
    )
    dates = [phrases.say("breaks.after", last_before=day, interval="") for day in ("A", "B", "C")]
    made = phrases.say("breaks.dates", dates=phrases.listed(dates))
    assert made == ", after A, after B and after C"
    assert other.result(made, made.as_json()) == "; nach A, nach B und nach C"
    assert other.result("p < 0.001", phrases.say("number.p_small").as_json()) is None
    assert other.result("old text", None) is None
    assert language.load().result("old text", None) == "old text"


def _used() -> Iterator[str]:
    for path in (ROOT / "src" / "detente").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "detente.base.phrases import" in text:
            yield from re.findall(r"""["']([a-z]+\.[a-z_0-9]+)["']""", text)
            for begun in re.findall(r"""f["']([a-z]+\.[a-z_0-9]*)\{""", text):
                yield from (key for key in phrases.english() if key.startswith(begun))


def test_every_entry_is_said() -> None:
    assert set(phrases.english()) - set(_used()) == set()


def test_languages_have_no_other_entries_and_values() -> None:
    english = phrases.english()
    for path in some(assets.languages().glob("*.toml")):
        texts: Mapping[str, str] = language.load(path.stem).texts
        start = f"{phrases.SECTION}."
        own = {key[len(start) :]: text for key, text in texts.items() if key.startswith(start)}
        assert set(own) <= set(english), path.name
        for key, text in own.items():
            assert _names(text) <= _names(english[key]), f"{path.name}: {key}"
