"""The reports in a few lines, for a notice by e-mail: HTML fragment and plain text.

One line a pair: the balance with its verdict, its change since the last report, and what happened
last.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date

from detente.database.published import Published
from detente.report import language
from detente.report.language import Language
from detente.report.model import pairs, standing
from detente.report.model.events import title_of as event_title
from detente.report.model.pairs import Pair, Study
from detente.report.model.standing import Standing
from detente.report.pages import verdict_sentences
from detente.report.pages.blocks import notice
from detente.report.pages.figures import title_of
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
    """One pair: where it stands, and the weightiest event of its last month."""

    name: str
    sentence: str
    when: str
    title: str
    source_url: str


def summary(settings: Settings, database: Published) -> Summary:
    """Return the summary of a published database.

    Parameters
    ----------
    settings
        Names the study, and the folder that holds what the last report said.
    database
        The published database.
    """
    study = pairs.read(database, settings)
    current = standing.now(study, *published(database))
    earlier = standing.before(settings.processed, current)
    return of_study(database, study, current, earlier, language.load(settings.report.language))


def published(database: Published) -> tuple[str, str]:
    """Return the hash of the inputs and the day (UTC) on which the database was published."""
    digest, finished = database.rows("select inputs_sha256, finished_at from meta.current_run")[0]
    return digest or "", finished.date().isoformat() if finished else ""


def of_study(
    database: Published,
    study: Study,
    current: Standing,
    earlier: Standing | None,
    say: Language,
) -> Summary:
    """Return the summary of a study that is read already."""
    month = study.last_month
    subject = (
        say("message.subject", title=study.title, month=say.month(month))
        if month
        else say("message.subject_none", title=study.title)
    )
    then = (
        say("message.since", day=say.day(date.fromisoformat(earlier.published_on)))
        if earlier and earlier.published_on
        else say("message.first")
    )
    notes = [*_stale(study, say), say("message.scale"), then]
    notes += _notes(database, current, earlier, say)
    lines = [_line(one, month, earlier, say) for one in study.pairs]
    return Summary(
        subject=subject,
        text=_text(subject, notes, lines),
        html=html.fragment("summary.html.j2", say, subject=subject, notes=notes, lines=lines),
    )


def _stale(study: Study, say: Language) -> list[str]:
    last, told = study.last_month, notice(study, say)
    if study.is_interrupted:
        return list(told)
    if last is None or len(told) < 2:
        return []
    return [say("message.stale", month=say.month(last))]


def _line(pair: Pair, month: date | None, earlier: Standing | None, say: Language) -> Line:
    found = pair.verdict
    sentence = say("message.none")
    if found is not None:
        balance = found.last.balance or 0.0
        before = earlier.balances.get(pair.slug) if earlier else None
        values = {
            "balance": say.plus_points(balance) + verdict_sentences.ended(pair, month, say),
            "verdict": verdict_sentences.headline(pair, say),
        }
        if before is None or say.plus_points(balance - before) == "0":
            sentence = say("message.told", **values)
        else:
            change = say.plus_points(balance - before)
            sentence = say("message.told_change", change=change, **values)
    if not pair.events:
        return Line(title_of(pair, say), sentence, "", "", "")
    latest = pair.events[-1].month
    last = max(
        (one for one in pair.events if one.month == latest),
        key=lambda one: (abs(one.points), one.day, one.id),
    )
    day = say.day(last.day)
    return Line(
        title_of(pair, say),
        sentence,
        say("message.later", day=day) if last in pair.later else day,
        _one_line(event_title(last, say)),
        # A message knows no content policy: nothing but a web address becomes a link.
        last.source_url if last.source_url.startswith(_WEB) else "",
    )


def _notes(
    database: Published, current: Standing, earlier: Standing | None, say: Language
) -> list[str]:
    ((n_missing, n_rejected),) = database.rows(
        "select (select count(*) from meta.missing_file), "
        "(select coalesce(sum(n_rejected), 0)::bigint from meta.raw_file)"
    )
    notes = []
    if earlier and (revised := standing.revisions(current, earlier)):
        notes.append(say("message.revised", n=say.count(len(revised))))
    for key, n in (("missing", n_missing), ("rejected", n_rejected)):
        if n:
            which = "one" if n == 1 else "many"
            notes.append(say(f"message.{key}_{which}", n=say.count(n)))
    return notes


def _text(subject: str, notes: list[str], lines: list[Line]) -> str:
    blocks = [_wrapped(subject), "\n".join(_wrapped(note) for note in notes)]
    for line in lines:
        sentence = f"{line.name}: {line.sentence}."
        if line.when:
            sentence += f" {line.when}: {line.title}"
        blocks.append(_wrapped(sentence, indent="  "))
    return "\n\n".join(blocks) + "\n"


def _wrapped(text: str, indent: str = "") -> str:
    return "\n".join(
        textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_long_words=False) or [""]
    )


def _one_line(text: str, limit: int = 240) -> str:
    """Return text without line breaks and control characters, shortened where it is very long."""
    clean = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1].rstrip() + "…"
