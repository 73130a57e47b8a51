"""The annex of a pair: every test, refusal, model and score, each with an id to link to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from detente.report.charts import lines
from detente.report.charts.lines import Dates, Effect, Point, month_number
from detente.report.language import Language
from detente.report.model.events import Event, name_of
from detente.report.model.events import title_of as event_title
from detente.report.model.pairs import Pair, Study
from detente.report.model.results import Results, Row
from detente.report.pages import calibration, words
from detente.report.pages.blocks import (
    Block,
    Document,
    Picture,
    Result,
    Section,
    Table,
    Text,
    numbered,
)
from detente.report.pages.figures import Figure, source, title_of
from detente.report.pages.pair import notice

_ALPHA = 0.05
_MINUS = re.compile(r"(?<![\w-])-(?=\d)")  # of a number, not of a date


def annex(
    study: Study,
    pair: Pair,
    results: Results,
    months: pd.DataFrame | None,
    accounts: Table | None,
    say: Language,
) -> Document:
    """Return the annex of a pair.

    Parameters
    ----------
    results
        What `stats` holds about the pair.
    months
        Its rows of `marts.dyad_month`, for the score and the stock.
    accounts
        Where the rows of the files went.
    """
    if not pair.months:  # what a test of nothing says is nothing
        results = Results({})
    told = _Told(pair, results, say)
    sections = [
        Section("definitions", say("annex.definitions"), tuple(_definitions(pair, say))),
        Section("shifts", say("annex.shifts"), tuple(told.shifts())),
        Section("level", say("annex.level"), tuple(told.level())),
        Section("score", say("annex.score"), tuple(_score(pair, months, say))),
        Section("forecasts", say("annex.forecasts"), tuple(told.forecasts())),
        Section("direction", say("annex.direction"), tuple(told.direction())),
        Section("effects", say("annex.effects"), tuple(told.effects())),
        Section("extremes", say("annex.extremes"), tuple(_extremes(pair, results, say))),
        Section("diagnostics", say("annex.diagnostics"), tuple(told.diagnostics())),
        Section("rows", say("annex.rows"), (accounts,) if accounts else ()),
    ]
    slug = pair.slug
    return Document(
        slug=f"{slug}-annex",
        title=say("annex.title", pair=title_of(pair, say)),
        kicker=title_of(pair, say),
        headline=say("annex.headline"),
        lede=(say("annex.lede"),),
        sections=numbered([_once(one) for one in sections]),
        actions=(
            (f"{slug}.html", say("annex.back")),
            (f"{slug}-annex.pdf", say("annex.pdf")),
            (f"{slug}-data.zip", say("pair.data")),
        ),
        notice=notice(study, pair, say),
    )


def _once(section: Section) -> Section:
    """Leave out results that say the same as one before: a refusal of several tests."""
    seen: set[str] = set()
    blocks: list[Block] = []
    for block in section.blocks:
        if isinstance(block, Result) and not block.is_strong:
            if f"{block.tag}{block.plain}{block.full}" in seen:
                continue
            seen.add(f"{block.tag}{block.plain}{block.full}")
        blocks.append(block)
    return Section(section.id, section.title, tuple(blocks))


def ident(*parts: object) -> str:
    """Return an id made of some names."""
    text = "-".join(str(one).lower() for one in parts if one not in (None, ""))
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def p_value(value: float | None) -> str:
    """Write a p-value: three decimals, never zero."""
    if value is None:
        return "–"
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def p_text(value: float | None) -> str:
    """Write a p-value behind a `p` in a sentence: `= 0.353`, `< 0.001`."""
    if value is None:
        return "–"
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"


def _definitions(pair: Pair, say: Language) -> list[Block]:
    found: list[Block] = [Text(say(f"annex.define_{n}")) for n in ("points", "balance", "interval")]
    if pair.series.per_1k:
        found.append(Text(say("annex.define_per_1k")))
    return [*found, Text(say("annex.define_more"))]


class _Told:
    """The results of the tests on a pair, in words."""

    def __init__(self, pair: Pair, results: Results, say: Language) -> None:
        self.pair, self.results, self.say = pair, results, say
        self.names = {one.iso3: one.name for one in (pair.actor1, pair.actor2)}

    def full(self, row: Row) -> str:
        """Return the test in full: the sentence of the database, or its parts in other words."""
        say = self.say
        told = say.result(str(row.get("sentence") or ""), row.get("parts"))
        if told is not None:
            return _MINUS.sub("−", told)
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

    def refused(self, row: Row, key: str, *parts: object) -> Result:
        """Return a test that could not be made, with the reason."""
        reason = str(row["refusal"])
        told = self.say.result(reason, self.results.wording.get(reason))
        plain = told or self.say("annex.refused")
        return Result(
            ident(key, *parts), upper(plain), "" if told else self.full(row),
            self.say("annex.tag_refused"),
        )  # fmt: skip

    # -- shifts ----------------------------------------------------------------------------------

    def shifts(self) -> list[Block]:
        """Return step or drift, the breaks with their intervals, and what they depend on."""
        say = self.say
        found: list[Block] = [*self._step_or_drift()]
        for place, one in enumerate(self.pair.breaks, start=1):
            key = "annex.rose" if one.mean_after > one.mean_before else "annex.fell"
            plain = say(
                key,
                month=say.month(one.day),
                before=f"{one.mean_before:.1f}".replace("-", "−"),
                after=f"{one.mean_after:.1f}".replace("-", "−"),
                lower=say.month(one.lower or one.day),
                upper=say.month(one.upper or one.day),
            )
            row = self.results.of("break_point")[place - 1]
            found.append(
                Result(ident("shift", place), plain, self.full(row), say("annex.tag_dated"), True)
            )
        searches = self._robustness()
        for row in self.results.of("break_test"):
            found.append(self._break_test(row))
        if self.pair.breaks:
            found.append(Text(say("annex.not_cause"), is_soft=True))
        return [*found, *searches]

    def _step_or_drift(self) -> list[Block]:
        found: list[Block] = []
        say = self.say
        for row in self.results.of("step_or_drift"):
            name = ident(row["verdict"]).replace("-", "_")
            key = "annex.drift" if name.startswith("drift") else "annex.unsettled"
            if row["is_step"]:
                key = "annex.step"
            plain = say(key, verdict=say(f"annex.moves_{name}"))
            found.append(Result("step-or-drift", plain, self.full(row)))
        for place, row in enumerate(self.results.of("level_change"), start=1):
            plain = say(
                self._of_level("rose" if row["level_after"] > row["level_before"] else "fell"),
                first=say.month(row["first_month"]),
                last=say.month(row["last_month"]),
                before=_one(row["level_before"]),
                after=_one(row["level_after"]),
                p=_chance(row["probability"]),
            )
            found.append(Result(ident("level-change", place), plain))
        return found

    def _of_level(self, name: str) -> str:
        """Return the key of a sentence about the level, in the unit that it has."""
        return f"annex.level_{name}" + ("_per_1k" if self.pair.series.is_level_per_1k else "")

    def _break_test(self, row: Row) -> Result:
        say = self.say
        if row["is_refused"]:
            return self.refused(row, "test", row["test"])
        if row["outcome"] not in ("rejected", "not rejected"):
            n = len(self.results.of("break_point"))
            plain = say("annex.break_count", n=n)
            return Result(ident("test", row["test"]), plain, self.full(row))
        rejects = row["outcome"] == "rejected"
        # Of the level tells what no break is tried against; others are of breaks beyond the first,
        # of the last months alone, or of the residuals.
        is_first = row["null_hypothesis"] == "the coefficients never change"
        if row["p_value"] is None:
            name = row["distribution"] or ""
            evidence = say("annex.statistic", value=f"{row['statistic']:.4g}", name=name)
        else:
            evidence = say("annex.p", p=p_text(row["p_adjusted"]))
        key = ("yes" if rejects else "no") if is_first else ("against" if rejects else "for")
        plain = say(
            f"annex.break_{key}",
            evidence=evidence,
            # The database names a test with its question before it, which the sentence asks.
            test=self.word(row["test"]).rpartition(": ")[2],
            null=self.word(row["null_hypothesis"]),
        )
        tag = say("annex.tag_yes" if rejects else "annex.tag_no")
        return Result(ident("test", row["test"]), plain, self.full(row), tag, rejects)

    def _robustness(self) -> list[Block]:
        rows = self.results.of("robustness")
        say = self.say
        by_rule = self._by_rule(rows)
        if not self.pair.breaks or len(rows) < 2:
            return by_rule
        first = min(row["position"] for row in rows)
        told = [
            Dates(
                say("annex.main_result")
                if row["position"] == first
                else upper(self.word(row["variant_words"])),
                tuple(
                    zip(
                        row["break_dates"] or (),
                        row["break_dates_lo"] or (),
                        row["break_dates_hi"] or (),
                        strict=True,
                    )
                ),
            )
            for row in rows
            if not row["is_refused"]
        ]
        months = [one.month for one in self.pair.months if one.is_complete]
        title = say("annex.robust_title")
        drawing = lines.dates(
            "robustness", told, (months[0], months[-1]), title, say("annex.robust_what"),
            say("annex.robust_none"),
        )  # fmt: skip
        figure = Figure(
            self.pair.slug, "robustness", title, say("annex.robust_what"), source(self.pair, say),
            "date", drawing, ("search", "dates"),
            tuple((one.name, "; ".join(str(day) for day, _, _ in one.found)) for one in told),
        )  # fmt: skip
        return [Picture(figure), *by_rule]

    def _by_rule(self, rows: Sequence[Row]) -> list[Block]:
        """Return what other rules of coding do to the balance and the level."""
        say = self.say
        rules = [one for one in rows if one["variant"] == "rule" and one["net_12m"] is not None]
        if not rules:
            return []
        asked = [one for one in rows if one["variant"] == "as_asked"]
        return [
            Table(
                say("annex.rules"),
                tuple(say(f"annex.{key}") for key in ("rule", "rule_balance", "rule_level")),
                tuple(
                    (
                        say("annex.main_result")
                        if one["variant"] == "as_asked"
                        else upper(str(one["variant_of"])),
                        _signed(one["net_12m"]),
                        "–" if one["level_change"] is None else _signed(one["level_change"]),
                    )
                    for one in (*asked, *rules)
                ),
                (1, 2),
                "coding-rules",
            )
        ]

    # -- level -----------------------------------------------------------------------------------

    def level(self) -> list[Block]:
        """Return the level of relations by month, where the database has it."""
        rows = [one for one in self.results.of("level") if one.get("kind") == "smoothed"]
        now = [one for one in self.results.of("level") if one.get("kind") == "filtered"]
        say = self.say
        if len(rows) < 2:
            return []
        points = [
            Point(
                month_number(one["period_start"]), one["level"], one["level_lo_95"],
                one["level_hi_95"], (one["level_lo_80"], one["level_hi_80"]),
            )
            for one in rows
        ]  # fmt: skip
        title, what = say("annex.level_title"), say(self._of_level("what"))
        per = " per 1,000 events of the source" if self.pair.series.is_level_per_1k else ""
        draw = partial(lines.curve, "level", points, title, what)
        figure = Figure(
            self.pair.slug, "level", title, what, source(self.pair, say),
            f"points a month{per}", draw(),
            ("month", "level", "lo80", "hi80", "lo95", "hi95", "tone"),
            tuple(
                (
                    one["period_start"], one["level"], one["level_lo_80"], one["level_hi_80"],
                    one["level_lo_95"], one["level_hi_95"], one["tone"],
                )
                for one in rows
            ),
            draw(size=lines.PHONE),
        )  # fmt: skip
        found: list[Block] = [Picture(figure)]
        if now:
            last = now[-1]
            chance = last.get("p_higher_than_year_ago")
            found.append(
                Result(
                    "level-now",
                    say(
                        self._of_level("now"),
                        month=say.month(last["period_start"]),
                        level=_one(last["level"]),
                        lo=_one(last["level_lo_95"]),
                        hi=_one(last["level_hi_95"]),
                    ),
                    "" if chance is None else say("annex.level_p", p=_chance(chance)),
                )
            )
        return found

    # -- forecasts -------------------------------------------------------------------------------

    def forecasts(self) -> list[Block]:
        """Return what is expected of the next months, and how such forecasts fared."""
        say = self.say
        every = self.results.of("outlook")
        if every and self.pair.outlook is None:
            return [Text(say("annex.too_few"))]
        months = sorted(
            (one for one in every if one["target"] == "month"), key=lambda one: one["horizon"]
        )
        found: list[Block] = [Picture(self._fan(months))] if months else []
        now = [one for one in self.results.of("level") if one.get("kind") == "filtered"]
        tested = calibration.figure(self.pair, now, say)
        if tested:
            found += [Picture(tested), Text(say("annex.pit_lead"), is_soft=True)]
        if any(one["n_judged"] for one in every):
            found.append(
                Table(
                    say("annex.held"),
                    tuple(say(f"annex.{key}") for key in
                          ("target", "forecasts_n", "held_80", "held_95")),
                    tuple(
                        (
                            self._target(one),
                            say.count(one["n_judged"]),
                            _per_cent(one["coverage_80"]),
                            _per_cent(one["coverage_95"]),
                        )
                        for one in every
                        if one["n_judged"]
                    ),
                    (1, 2, 3),
                    "forecast-coverage",
                )
            )  # fmt: skip
        scores = self.results.of("outlook_score")
        if scores:
            found.append(Text(say("annex.scores_lead")))
            found.append(
                Table(
                    say("annex.scores"),
                    tuple(say(f"annex.{key}") for key in
                          ("target", "model", "forecasts_n", "crps", "coverage")),
                    tuple(
                        (
                            self._target(one),
                            self._model(one),
                            say.count(one["n_forecasts"]),
                            _decimals(one["crps"], 2),
                            _per_cent(one["coverage_80"]),
                        )
                        for one in scores
                    ),
                    (2, 3, 4),
                    "forecast-scores",
                )
            )  # fmt: skip
        return found

    def _target(self, row: Row) -> str:
        key = "annex.target_sum" if str(row["target"]).startswith("sum") else "annex.target_month"
        return self.say(key, n=row["horizon"])

    def _model(self, row: Row) -> str:
        key = f"annex.model_{ident(row['model']).replace('-', '_')}"
        return self.say(key) if self.say.has(key) else str(row["model"])

    def _fan(self, rows: Sequence[Row]) -> Figure:
        say = self.say
        points = [
            Point(n, one["median"], one["lo_95"], one["hi_95"], (one["lo_80"], one["hi_80"]))
            for n, one in enumerate(rows)
        ]
        title = say("annex.fan_title")
        draw = partial(
            lines.curve, "fan", points, title, say("annex.fan_what"),
            whole_ticks=[(n, say.short_month(one["period_start"])) for n, one in enumerate(rows)],
            has_dots=True,
        )  # fmt: skip
        return Figure(
            self.pair.slug, "fan", title, say("annex.fan_what"), source(self.pair, say), "points",
            draw(size=(774.0, 200.0)), ("month", "median", "mean", "lo80", "hi80", "lo95", "hi95"),
            tuple(
                (
                    one["period_start"], one["median"], one["mean"], one["lo_80"], one["hi_80"],
                    one["lo_95"], one["hi_95"],
                )
                for one in rows
            ),
            draw(size=lines.PHONE),
        )  # fmt: skip

    # -- direction -------------------------------------------------------------------------------

    def direction(self) -> list[Block]:
        """Return whether the past of one side helps to predict the other, and the responses."""
        say = self.say
        found: list[Block] = []
        for row in self.results.of("granger"):
            one, two = row["actor1_iso3"], row["actor2_iso3"]
            key = (row["acts"], two, one)
            if row["is_refused"]:
                found.append(self.refused(row, "predicts", *key))
                continue
            yes = row["outcome"] == "rejected" and not row["is_disputed"]
            plain = say(
                "annex.predicts_yes" if yes else "annex.predicts_no",
                one=self.names.get(two, two),
                two=self.names.get(one, one),
                acts=say(f"annex.acts_{row['acts']}"),
                p=p_text(row["p_adjusted"]),
            )
            found.append(
                Result(
                    ident("predicts", *key), plain, self.full(row),
                    say("annex.tag_yes" if yes else "annex.tag_no"), yes,
                )
            )  # fmt: skip
        found += self._beyond_climate()
        responses = self.results.of("impulse_response")
        if responses:
            found.append(Text(say("annex.response_lead"), is_soft=True))
        ways = sorted({(one["impulse"], one["response"]) for one in responses})
        for impulse, response in ways:
            if impulse == response:
                continue
            rows = [
                one for one in responses if (one["impulse"], one["response"]) == (impulse, response)
            ]
            found.append(Picture(self._response(rows, impulse, response)))
        return found

    def _beyond_climate(self) -> list[Block]:
        """Return whether acts of one side predict those of the other beyond a common climate."""
        say = self.say
        rows = self.results.of("common_climate")
        found: list[Block] = []
        if not all(row["is_refused"] for row in rows):
            found.append(Text(say("annex.climate_lead"), is_soft=True))
        for row in rows:
            one, two = row["actor1_iso3"], row["actor2_iso3"]
            key = (row["sign"], two, one)
            if row["is_refused"]:
                found.append(self.refused(row, "climate", *key))
                continue
            yes = row["outcome"] == "rejected"
            plain = say(
                "annex.climate_yes" if yes else "annex.climate_no",
                one=self.names.get(two, two),
                two=self.names.get(one, one),
                sign=say(f"annex.sign_{row['sign']}"),
                ratio=_decimals(row["ratio"], 2),
                p=p_text(row["p_adjusted"]),
            )
            found.append(
                Result(
                    ident("climate", *key), plain, self.full(row),
                    say("annex.tag_yes" if yes else "annex.tag_no"), yes,
                )
            )  # fmt: skip
        return found

    def _response(self, rows: Sequence[Row], impulse: str, response: str) -> Figure:
        say = self.say
        who = [self._way(one) for one in (impulse, response)]
        title = say("annex.response_title", impulse=who[0], response=who[1])
        points = [
            Point(one["horizon"], one["response_value"], one["response_lo"], one["response_hi"])
            for one in rows
        ]
        draw = partial(
            lines.curve, ident("response", impulse), points, title, say("annex.response_what"),
            whole_ticks=[(one["horizon"], str(one["horizon"])) for one in rows],
        )  # fmt: skip
        return Figure(
            self.pair.slug, ident("response", impulse), title, say("annex.response_what"),
            source(self.pair, say), "points", draw(size=(774.0, 150.0)),
            ("months", "response", "lo95", "hi95"),
            tuple(
                (one["horizon"], one["response_value"], one["response_lo"], one["response_hi"])
                for one in rows
            ),
            draw(size=lines.PHONE),
        )  # fmt: skip

    def _way(self, directed: str) -> str:
        one, _, two = directed.partition(">")
        return self.say(
            "pair.towards", first=self.names.get(one, one), second=self.names.get(two, two)
        )

    # -- effects of events -----------------------------------------------------------------------

    def effects(self) -> list[Block]:
        """Return what follows events of a kind: one forest plot, then each test."""
        say = self.say
        rows = [one for one in self.results.of("event_effect") if one["effect"] is not None]
        found: list[Block] = []
        drawn = [
            Effect(
                say(
                    "annex.effect_name",
                    kind=upper(name_of(one["event_kind"], say)),
                    method=self._method(one),
                ),
                one["effect"],
                one["effect_lo"],
                one["effect_hi"],
                bool(one["p_pre_trend"] is not None and one["p_pre_trend"] < _ALPHA),
            )
            for one in rows
            if one["effect_lo"] is not None
        ]
        if drawn:
            title = say("annex.effect_title")
            found.append(
                Picture(
                    Figure(
                        self.pair.slug, "effects", title, say("annex.effect_what"),
                        source(self.pair, say), "points a month",
                        lines.forest("effects", drawn, title, say("annex.effect_what")),
                        ("effect", "points", "lo95", "hi95", "moves_before"),
                        tuple((o.name, o.value, o.lo, o.hi, o.is_hollow) for o in drawn),
                    )
                )
            )  # fmt: skip
        over_all = {one["event_kind"]: one for one in self.results.of("event_panel")}
        for row in self.results.of("event_effect"):
            key = (row["event_kind"], row["method"])
            found += self._over_all_dyads(over_all.get(row["event_kind"]))
            if row["is_refused"]:
                found.append(self.refused(row, "effect", *key))
                continue
            yes = row["outcome"] == "rejected" and not row["is_disputed"]
            plain = say(
                "annex.effect_yes" if yes else "annex.effect_no",
                kind=name_of(row["event_kind"], say),
                method=self._method(row),
                n=say.count(row["n_events"] or 0),
                effect=_signed(row["effect"] or 0.0),
                p=p_text(row["p_adjusted"]),
            )
            found.append(
                Result(
                    ident("effect", *key), plain, self.full(row),
                    say("annex.tag_yes" if yes else "annex.tag_no"), yes,
                )
            )  # fmt: skip
        return found

    def _over_all_dyads(self, row: Row | None) -> list[Block]:
        """Return the same question asked of all dyads together."""
        if row is None or row["is_refused"]:
            return []
        yes = row["outcome"] == "rejected"
        plain = self.say(
            "annex.panel_yes" if yes else "annex.panel_no",
            kind=row["event_kind"],
            n=row["n_dyads"],
            effect=f"{row['effect']:+.2f}".replace("-", "−"),
            p=p_text(row["p_adjusted"]),
        )
        tag = self.say("annex.tag_yes" if yes else "annex.tag_no")
        return [Result(ident("panel", row["event_kind"]), plain, self.full(row), tag, yes)]

    def _method(self, row: Row) -> str:
        key = f"annex.method_{ident(row['method']).replace('-', '_')}"
        return self.say(key) if self.say.has(key) else str(row["method"])

    # -- diagnostics -----------------------------------------------------------------------------

    def diagnostics(self) -> list[Block]:
        """Return which tests the data can support."""
        found: list[Block] = []
        for row in self.results.of("diagnostic"):
            if row["is_refused"]:
                found.append(self.refused(row, "diagnostic", row["test"]))
                continue
            test, p = self.word(row["test"]), row.get("p_value")
            plain = upper(test)
            if p is not None:
                plain = self.say("annex.diagnostic", test=test, p=p_text(p))
            found.append(Result(ident("diagnostic", row["test"]), plain, self.full(row)))
        return found


# -- score, stock, extremes ----------------------------------------------------------------------


def _score(pair: Pair, months: pd.DataFrame | None, say: Language) -> list[Block]:
    found: list[Block] = []
    if months is None:
        return []
    full = months[months["is_complete"].astype(bool)]
    for name, decimals in (("stock", 0), ("score", 1)):
        rows = full[full[name].notna()]
        if len(rows) < 2:
            continue
        points = [
            Point(month_number(start.date()), float(value))
            for start, value in zip(rows["period_start"], rows[name], strict=True)
        ]
        title = say(f"annex.{name}_title")
        what = say(f"annex.{name}_what")
        draw = partial(lines.curve, name, points, title, what, decimals=decimals)
        figure = Figure(
            pair.slug, name, title, what, source(pair, say), "points",
            draw(size=(774.0, 160.0)), ("month", name),
            tuple(
                (start.date(), float(value))
                for start, value in zip(rows["period_start"], rows[name], strict=True)
            ),
            draw(size=lines.PHONE),
        )  # fmt: skip
        found += [Picture(figure), Text(say(f"annex.{name}_caveat"), is_soft=True)]
    return found


def _extremes(pair: Pair, results: Results, say: Language) -> list[Block]:
    complete = [one for one in pair.months if one.is_complete and one.n_events]
    if not complete:
        return []
    by_month: dict[date, list[Event]] = {}
    for event in pair.events:
        by_month.setdefault(event.month, []).append(event)
    found: list[Block] = []
    for key, sign in (("best", 1), ("worst", -1)):
        ordered = sorted(
            (one for one in complete if one.net * sign > 0), key=lambda one: -one.net * sign
        )[:10]
        rows = []
        for one in ordered:
            weighty = sorted(by_month.get(one.month, ()), key=lambda event: -abs(event.points))
            rows.append(
                (
                    say.month(one.month), say.plus(one.net), str(one.n_events),
                    "; ".join(event_title(event, say) for event in weighty[:2]),
                )
            )  # fmt: skip
        if rows:
            found.append(
                Table(
                    say(f"annex.{key}_months"),
                    tuple(say(f"annex.{name}") for name in ("month", "points", "events", "what")),
                    tuple(rows),
                    (1, 2),
                    f"{key}-months",
                )
            )
    found += _years(results, say)
    return found


def _years(results: Results, say: Language) -> list[Block]:
    rows = results.of("extreme_year")
    if not rows:
        return []
    scales = list(dict.fromkeys(one["scale"] for one in rows))
    table = []
    for scale in scales:
        own = [one for one in rows if one["scale"] == scale]
        low = sorted(own, key=lambda one: -(one["p_lowest"] or 0))[:3]
        high = sorted(own, key=lambda one: -(one["p_highest"] or 0))[:3]
        table.append(
            (
                str(scale),
                *(
                    say.listed(
                        [
                            f"{one['period_start'].year} ({say.percent(one[key])}%)"
                            for one in ones
                            if one[key]
                        ]
                    )
                    for ones, key in ((low, "p_lowest"), (high, "p_highest"))
                ),
            )
        )
    return [
        Text(say("annex.years_lead"), is_soft=True),
        Table(
            say("annex.years"),
            tuple(say(f"annex.{name}") for name in ("scale", "lowest", "highest")),
            tuple(table),
            (),
            "years-by-scale",
        ),
    ]


def upper(text: str) -> str:
    """Return a text whose first letter is a capital."""
    return words.upper_first(text)


def _chance(value: float) -> str:
    """Write a probability: two decimals, never all or nothing."""
    return "<0.01" if value < 0.005 else ">0.99" if value > 0.995 else f"{value:.2f}"


def _one(value: Any) -> str:
    return f"{value:.1f}".replace("-", "−")


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "−")


def _decimals(value: float | None, n: int) -> str:
    return "–" if value is None else f"{value:.{n}f}"


def _per_cent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f}%"
