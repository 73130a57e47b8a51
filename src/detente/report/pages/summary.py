"""The reports in a few lines, for a notice by e-mail: HTML fragment and plain text.

One line a dyad: the relation score, its change since the last report, and what happened last.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date
from typing import Any

from detente.database.published import Published
from detente.report import language
from detente.report.model import SOURCE, provenance, standing
from detente.report.model.origin import dateline
from detente.report.render import html
from detente.settings import Settings

_WIDTH = 76
_WEB = ("http://", "https://")


@dataclass(frozen=True)
class Summary:
    """What a notice holds.

    Attributes
    ----------
    subject
        One line for the head of a message.
    text
        Plain text, lines of at most 76 characters except where a word is longer.
    html
        A fragment without scripts and style sheets, to stand inside a message; text is escaped.
    """

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Line:
    """One dyad: where it stands, how that changed, and the weightiest record of its last month.

    `is_later` is whether that month comes after the last one that the score takes in.
    """

    name: str
    score: float | None
    change: float | None
    day: date | None
    title: str
    source_url: str
    is_later: bool = False

    @property
    def told(self) -> str:
        """The score and its change, as text."""
        if self.score is None:
            return "no score yet"
        change = "" if self.change is None else f" ({_change(self.change)})"
        return f"{_score(self.score)}{change}"

    @property
    def when(self) -> str:
        """The day of the record, and whether the score ends before it."""
        if self.day is None:
            return ""
        return f"{_say().day(self.day)}{', not yet in the score' if self.is_later else ''}"


def summary(settings: Settings, database: Published) -> Summary:
    """Return the summary of a published database.

    Parameters
    ----------
    settings
        Names the study, and the folder that holds what the last report said.
    database
        The published database.
    """
    current = standing.now(database)
    earlier = standing.before(settings, current)
    lines = _lines(database, current, earlier)
    subject = f"{settings.report.title}: " + (
        f"relation scores at the end of {_say().month(date.fromisoformat(current.score_month))}"
        if current.score_month
        else "no month is covered whole yet"
    )
    notes = [
        " ".join(dateline(provenance(database), _say())),
        _scale_note(earlier),
        *_notes(database, current, earlier),
    ]
    return Summary(
        subject=subject,
        text=_text(subject, notes, lines),
        html=html.fragment("summary.html.j2", _say(), subject=subject, notes=notes, lines=lines),
    )


def _lines(
    database: Published, current: standing.Standing, earlier: standing.Standing | None
) -> list[Line]:
    rows = database.dicts(
        """
        with last_record as (
            select *
            from marts.dyad_event
            where source = ?
            qualify row_number() over (
                partition by actor1_iso3, actor2_iso3
                order by
                    date_trunc('month', event_date) desc,
                    abs(net) desc,
                    event_date desc,
                    occurrence_id
            ) = 1
        )

        select
            dyad.actor1_iso3 || '-' || dyad.actor2_iso3 as dyad,
            first.name || ' and ' || second.name as name,
            event.event_date as day,
            coalesce(event.title, '') as title,
            coalesce(event.source_url, '') as source_url,
        from meta.study_dyad as dyad
        inner join core.actor as first on first.iso3 = dyad.actor1_iso3
        inner join core.actor as second on second.iso3 = dyad.actor2_iso3
        left join last_record as event using (actor1_iso3, actor2_iso3)
        order by dyad.position
        """,
        [SOURCE],
    )
    return [_line(row, current, earlier) for row in rows]


def _line(
    row: dict[str, Any], current: standing.Standing, earlier: standing.Standing | None
) -> Line:
    score = current.scores.get(row["dyad"])
    then = earlier.scores.get(row["dyad"]) if earlier else None
    return Line(
        name=row["name"],
        score=score,
        change=None if score is None or then is None else score - then,
        day=row["day"],
        is_later=row["day"] is not None
        and row["day"].replace(day=1).isoformat() > current.score_month,
        title=_one_line(row["title"]),
        # A message knows no content policy: nothing but a web address becomes a link.
        source_url=row["source_url"]
        if row["source_url"].startswith(("http://", "https://"))
        else "",
    )


def _scale_note(earlier: standing.Standing | None) -> str:
    scale = "The score runs from −9 (conflict) to 9 (cooperation)"
    if earlier is None:
        return f"{scale}; there is no earlier report to compare with."
    then = _say().day(date.fromisoformat(earlier.published_on))
    return f"{scale}; in brackets, the change since the report of {then}."


def _notes(
    database: Published, current: standing.Standing, earlier: standing.Standing | None
) -> list[str]:
    """Say what a reader should know besides: revised months, files that could not be had."""
    notes = []
    if earlier is not None and (revised := standing.revisions(current, earlier)):
        largest = revised[0]
        notes.append(
            f"{len(revised)} month{'s' if len(revised) > 1 else ''} of the earlier report "
            f"{'were' if len(revised) > 1 else 'was'} revised, most {largest.dyad} in "
            f"{_say().month(largest.month)} (net {_score(largest.net_before)} to "
            f"{_score(largest.net)})."
        )
    n_missing, n_rejected = database.rows(
        "select count(*) filter (status not in ('loaded', 'no_rows', 'superseded')), "
        "coalesce(sum(n_rejected), 0)::bigint from meta.raw_file"
    )[0]
    if n_missing:
        notes.append(f"{n_missing:,} file{'s' if n_missing > 1 else ''} could not be loaded.")
    if n_rejected:
        notes.append(f"{n_rejected:,} row{'s were' if n_rejected > 1 else ' was'} rejected.")
    return notes


def _text(subject: str, notes: list[str], lines: list[Line]) -> str:
    blocks = [_wrapped(subject), "\n".join(_wrapped(note) for note in notes)]
    for line in lines:
        told = f"{line.name}: {line.told}."
        if line.day is not None:
            told += f" {line.when}: {line.title}"
        blocks.append(_wrapped(told, indent="  "))
    return "\n\n".join(blocks) + "\n"


def _wrapped(text: str, indent: str = "") -> str:
    return "\n".join(
        textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_long_words=False) or [""]
    )


def _one_line(text: str, limit: int = 240) -> str:
    """Return text without line breaks and control characters, shortened where it is very long."""
    clean = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"


def _score(value: float) -> str:
    shown = _say().signed(value)
    return "0.0" if shown == "−0.0" else shown


def _change(value: float) -> str:
    shown = _score(value)
    if shown == "0.0":
        return "unchanged"
    return shown if value < 0 else f"+{shown}"


def _say() -> language.Language:
    # The message is in English, as its own sentences are.
    return language.load()
