"""The text of a new study's files: short, commented, and nothing that has a good default."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from detente.studies.actors import Actor

RECORDS_HEADER = (
    "record_id", "event_date", "end_date", "actor1", "actor2", "cameo_code", "reverse_cameo_code",
    "category", "title", "source_name", "source_url",
)  # fmt: skip


@dataclass(frozen=True)
class Outline:
    """What a new study is about.

    Attributes
    ----------
    actors
        In the order in which they were given; empty for every state.
    """

    name: str
    start: date
    actors: tuple[Actor, ...]
    focal: tuple[Actor, Actor]


def settings_text(outline: Outline) -> str:
    """Return the text of `detente.toml`."""
    codes = ", ".join(json.dumps(one.iso3) for one in outline.actors)
    names = ", ".join(one.name for one in outline.actors)
    actors = f"[{codes}]   # {names}" if outline.actors else '"all"   # every state of core.actor'
    first, second = outline.focal
    return f"""\
# The study. Paths are relative to this file; an unknown or wrong key is refused with its line.
# `detente source list` shows where events can come from, `detente source add NAME` adds one here.
# Every other section has defaults: [index], [scope], [inference], [checks], [notices], [query], and
# for a study on several machines [store] and [engine] (docs/study.md and docs/scale.md).

[study]
name = {json.dumps(outline.name, ensure_ascii=False)}
start = {outline.start}   # first day of every series
actors = {actors}
focal_dyad = ["{first.iso3}", "{second.iso3}"]   # {first.name} and {second.name}

[report]
# Which series is shown first. Default: the records if there are any, else sources that overlap,
# else the one feed.
# series = {{ sources = ["gdelt2"], measure = "net_per_1k" }}

# [[inference.hypotheses]]            # a question that the report answers first
# id = "a-break"
# question = "Did relations break in these years?"
# kind = "break"
# dyad = ["{first.iso3}", "{second.iso3}"]
# first = {outline.start}
# last = {outline.start.replace(year=outline.start.year + 2, month=12, day=31)}
"""


def records_text(rows: Sequence[Sequence[str]] = ()) -> str:
    """Return the text of a file of records: the header alone, unless rows are given."""
    return "\n".join([",".join(RECORDS_HEADER), *(",".join(row) for row in rows), ""])


def sidecar_text(outline: Outline, until: date) -> str:
    """Return the text that describes a file of records."""
    return f"""\
# What events.csv contains. A row is one act: day, source actor, target, CAMEO code (`detente sql
# "from core.cameo"` lists them), category, title, source. If both act, reverse_cameo_code is the
# code of the reverse act. Several actors on one side are separated by a semicolon.
title = {json.dumps("Records of " + outline.name, ensure_ascii=False)}
label = "Records"
covers = "Say which acts the file covers."
leaves_out = "Say which acts it leaves out."
producer = "Say who keeps the file."
licence = "CC BY 4.0"
checked = {until}
# From covers_from to covers_to a month without a record counts as zero; outside nothing is known.
# Without covers_to the file is known up to its last record: say so when you have looked further.
covers_from = {outline.start}
# covers_to = {until}

[categories]
meeting = "a meeting of leaders or ministers"
statement = "words of praise or blame"
sanction = "a sanction, or a restriction of trade"
incident = "an incident between armed forces"
"""
