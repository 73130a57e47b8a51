"""How good the data are, as blocks of the page of methods."""

from __future__ import annotations

from collections.abc import Iterator

from detente.report.language import Language
from detente.report.model.events import name_of
from detente.report.model.quality import Quality
from detente.report.model.unknown import KEYS
from detente.report.pages.blocks import Block, Table, Text


def blocks(found: Quality, say: Language) -> Iterator[Block]:
    """Tell who published what, how far coders agree, whom no table knows, and where gaps are."""
    yield from _kinds(found, say)
    yield from _alphas(found, say)
    yield from _unknown(found, say)
    yield from _gaps(found, say)


def _kinds(found: Quality, say: Language) -> Iterator[Block]:
    total = sum(n for _, n in found.kinds)
    if not total:
        return
    yield Table(
        say("quality.kinds"),
        (say("quality.kind"), say("quality.records"), say("quality.share")),
        tuple(
            (name_of(kind, say), say.count(n), f"{say.percent(n / total)}%")
            for kind, n in found.kinds
        ),
        (1, 2),
        "source-kinds",
    )


def _alphas(found: Quality, say: Language) -> Iterator[Block]:
    if not found.alphas:
        return
    n = max(one.n_records for one in found.alphas)
    coders = max(one.n_coders for one in found.alphas)
    yield Text(say("quality.alpha_lead", n=say.count(n), coders=coders))
    yield Table(
        say("quality.alpha"),
        tuple(say(f"quality.{key}") for key in ("variable", "alpha_head", "interval", "same", "n")),
        tuple(
            (
                say(f"quality.variable_{one.variable.replace(' ', '_')}"),
                f"{one.alpha:.3f}",
                "" if one.lower is None else f"{one.lower:.3f} – {one.upper:.3f}",
                f"{say.percent(one.share_same)}%",
                say.count(one.n_records),
            )
            for one in found.alphas
        ),
        (1, 2, 3, 4),
        "coder-agreement",
    )


def _unknown(found: Quality, say: Language) -> Iterator[Block]:
    if not found.n_unknown:
        yield Text(say("quality.unknown_none"))
        return
    shown = len(found.unknown)
    key = "quality.unknown" if shown == found.n_unknown else "quality.unknown_some"
    yield Table(
        say(key, n=say.count(found.n_unknown), shown=say.count(shown)),
        tuple(say(f"quality.{one}") for one in ("source", "name", "rows", "first", "last")),
        tuple(
            (
                one.source,
                one.name,
                say.count(one.n_rows),
                say.day(one.first_day),
                say.day(one.last_day),
            )
            for one in found.unknown
        ),
        (2,),
        "unknown-actors",
    )


def _gaps(found: Quality, say: Language) -> Iterator[Block]:
    if not found.n_gaps:
        yield Text(say("quality.gaps_none"))
        return
    shown = len(found.gaps)
    key = "quality.gaps" if shown == found.n_gaps else "quality.gaps_some"
    yield Table(
        say(key, n=say.count(found.n_gaps), shown=say.count(shown)),
        tuple(say(f"quality.{one}") for one in ("source", "state", "first", "last", "reason")),
        tuple(
            (
                one.source,
                one.iso3 or say("quality.every_state"),
                say.day(one.first_day),
                say.day(one.last_day),
                say(f"unknown.reason_{KEYS[one.reason]}"),
            )
            for one in found.gaps
        ),
        (),
        "gaps",
    )
