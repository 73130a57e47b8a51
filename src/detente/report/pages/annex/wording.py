"""How the annex writes a result, a number and an id."""

from __future__ import annotations

import re
from collections.abc import Sequence

from detente.report.language import Language, with_minus
from detente.report.model.pairs import Pair
from detente.report.model.results import Results, Row
from detente.report.pages import verdict_sentences
from detente.report.pages.blocks import Result


class ResultsInWords:
    """The results of the tests on a pair, in words."""

    def __init__(self, pair: Pair, results: Results, say: Language) -> None:
        self.pair, self.results, self.say = pair, results, say
        self.names = {one.iso3: one.name for one in (pair.actor1, pair.actor2)}

    def full(self, row: Row) -> str:
        """Return the test in full: the sentence of the database, or its parts in other words."""
        say = self.say
        text = say.result(str(row.get("sentence") or ""), row.get("parts"))
        if text is not None:
            return text
        parts = []
        if row.get("statistic") is not None:
            name = row.get("distribution") or ""
            parts.append(say("annex.statistic", value=f"{row['statistic']:.4g}", name=name))
        if row.get("p_value") is not None:
            parts.append(say("annex.p", p=p_text(row["p_value"])))
        if row.get("p_adjusted") is not None:
            parts.append(say("annex.p_adjusted", p=p_text(row["p_adjusted"])))
        if row.get("n_obs") is not None:
            parts.append(say("annex.n", n=row["n_obs"], span=row.get("span") or ""))
        return say("annex.joined").join(parts)

    def word(self, text: object) -> str:
        """Return words of the database in the language of the report, where it has them."""
        return self.say.result(str(text), self.results.wording.get(str(text))) or str(text)

    def of_null(self, row: Row, name: str = "null") -> str:
        """Say whether a test rejects its null, by the sentence `annex.NAME_yes` or `_no`."""
        if row["p_value"] is None:
            value = f"{row['statistic']:.4g}"
            evidence = self.say("annex.statistic", value=value, name=row["distribution"] or "")
        else:
            p = row["p_value"] if row["p_adjusted"] is None else row["p_adjusted"]
            evidence = self.say("annex.p", p=p_text(p))
        return self.say(
            f"annex.{name}_{'yes' if row['outcome'] == 'rejected' else 'no'}",
            evidence=evidence,
            test=self.test(row),
            null=self.word(row["null_hypothesis"]),
        )

    def test(self, row: Row) -> str:
        """Name a test without its question, which the database puts before it."""
        return self.word(row["test"]).rpartition(": ")[2]

    def refused(self, row: Row, asked: str, key: str, *parts: object) -> Result:
        """Return a test that could not be made: what was asked, and the reason."""
        reason = str(row["refusal"])
        text = self.say.result(reason, self.results.wording.get(reason))
        why = text or self.say("annex.refused")
        plain = self.say("annex.refused_of", asked=asked, reason=why)
        return Result(
            ident(key, *parts),
            verdict_sentences.upper_first(plain),
            "" if text else self.full(row),
            self.say("annex.tag_refused"),
        )  # fmt: skip

    def decided(
        self, row: Row, name: str, key: Sequence[object], *, yes: bool, **values: object
    ) -> Result:
        """Return a test that was made, by the sentence `annex.NAME_yes` or `annex.NAME_no`.

        Parameters
        ----------
        key
            What tells the test apart from others of its name, for its id.
        yes
            Whether the test supports what the sentence says.
        values
            For the sentence, beside the adjusted p-value.
        """
        answer = "yes" if yes else "no"
        return Result(
            ident(name, *key),
            self.say(f"annex.{name}_{answer}", p=p_text(row["p_adjusted"]), **values),
            self.full(row),
            self.say(f"annex.tag_{answer}"),
            yes,
        )

    def of_level(self, name: str) -> str:
        """Return the key of a sentence about the level, in the unit that it has."""
        return f"annex.level_{name}" + ("_per_1k" if self.pair.series.is_level_per_1k else "")

    def level(self, value: float) -> str:
        """Write a level, with one decimal or as many as the report's points have."""
        return decimals(value, max(1, self.say.places))


def ident(*parts: object) -> str:
    """Return an id made of some names."""
    text = "-".join(str(one).lower() for one in parts if one not in (None, ""))
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def p_text(value: float | None) -> str:
    """Write a p-value behind a `p` in a sentence: `= 0.353`, `< 0.001`."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def chance(value: float) -> str:
    """Write a probability: two decimals, never all or nothing."""
    return "<0.01" if value < 0.005 else ">0.99" if value > 0.995 else f"{value:.2f}"


def signed(value: float) -> str:
    """Write a number with its sign and one decimal."""
    return with_minus(f"{value:+z.1f}")


def decimals(value: float | None, n: int) -> str:
    """Write a number with some decimals; a dash where there is none."""
    return "–" if value is None else with_minus(f"{value:z.{n}f}")


def per_cent(value: float | None) -> str:
    """Write a share as a whole number of per cent; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.0f}%"
