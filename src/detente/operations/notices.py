"""Notices: a run failed, or an index moved far. By mail here; other ways are handed in.

`flows.notices` is one: a notification block of Prefect, which this package does not know.
"""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from html import escape

from detente.base.errors import DetenteError
from detente.base.redaction import redacted
from detente.database.published import Published
from detente.operations import status
from detente.refresh import runs
from detente.refresh.changes import IndexChange
from detente.report.pages.summary import summary
from detente.settings import Notices, Settings

PASSWORD = "DETENTE_SMTP_PASSWORD"  # noqa: S105  # the name of the variable that holds it
TIMEOUT_SECONDS = 30.0
_SUBJECT_LENGTH = 120


class NoticeError(DetenteError):
    """A notice could not be sent; the event that it reports is not changed by that."""


@dataclass(frozen=True)
class Notice:
    """What is sent. `html` says the same as `text`."""

    subject: str
    text: str
    html: str | None = None


def of_failure(settings: Settings, error: BaseException, what: str = "refresh") -> Notice:
    """Say that a refresh (or what else) failed, and what to do."""
    lines = redacted(str(error)).splitlines() or [type(error).__name__]
    published = settings.database
    state = (
        f"Readers have the last good database: {published}"
        if published.is_file()
        else f"There is no published database yet at {published}"
    )
    return Notice(
        _subject(settings.study.name, f"{what} failed: {lines[0]}"),
        "\n".join(
            [
                f"The {what} of {settings.study.name} failed.",
                "",
                *lines,
                "",
                state,
                f"In {settings.home}, `detente doctor` says what is wrong and which command fixes "
                "it.",
            ]
        ),
    )


def of_moves(settings: Settings, changes: tuple[IndexChange, ...]) -> Notice | None:
    """Say which months moved far since the last publish, and where every dyad stands.

    Returns
    -------
    Notice or None
        None if no month moved far.
    """
    large = [
        one for one in changes if one.is_large(settings.notices.surprise, settings.notices.move_sd)
    ]
    if not large:
        return None
    first = large[0]
    more = f" and {len(large) - 1} more" if len(large) > 1 else ""
    opening = (
        "Months that changed since the last publication and are a surprise: net points at least as "
        f"extreme had a probability of {settings.notices.surprise:g} or less, given the months "
        "before. For a month that is not complete yet: a net score that moved by "
        f"{settings.notices.move_sd:g} or more standard deviations of the earlier months:"
    )
    with Published(settings.database) as database:
        standing = summary(settings, database)
    listed = "\n".join(f"- {one}" for one in large)
    items = "".join(f"<li>{escape(str(one))}</li>" for one in large)
    return Notice(
        _subject(
            settings.study.name,
            f"{first.actor1_iso3}-{first.actor2_iso3} {first.period_start:%Y-%m} moved by "
            f"{first.change:+.1f}{more}",
        ),
        f"{opening}\n\n{listed}\n\n{standing.text}\n\nReports: {settings.reports}\n",
        f"<p>{escape(opening)}</p>\n<ul>{items}</ul>\n{standing.html}\n"
        f"<p>Reports: {escape(str(settings.reports))}</p>\n",
    )


def of_silence(settings: Settings) -> Notice | None:
    """Say which sources fell silent since the run before, by their own rhythm or the settings.

    Returns
    -------
    Notice or None
        None if none did; a source that was late then was reported then.
    """
    ends = [one.finished_at for one in runs.history(settings.processed) if one.finished_at]
    if len(ends) < 2:  # what was old when it was first loaded did not fall silent since
        return None
    before = ends[-2].date()
    late = [
        one
        for one in status.look(settings).sources
        if one.is_late and one.allowed is not None and (before - one.newest_day).days <= one.allowed
    ]
    if not late:
        return None
    names = ", ".join(one.source for one in late)
    lines = [
        f"- {one.source}: the newest event is of {one.newest_day}, {one.lag_days} days ago; usual "
        f"are {one.allowed} at the most"
        for one in late
    ]
    return Notice(
        _subject(settings.study.name, f"no new events of {names}"),
        "\n".join(["Sources whose newest event is older than usual:", "", *lines, "",
                   "The latest periods of these sources are unknown, not calm."]),
    )  # fmt: skip


def of_test(study: str) -> Notice:
    """Say that notices come this way."""
    return Notice(
        _subject(study, "test"),
        "This is a test. Notices of failed refreshes and of surprising months come this way.",
    )


def _subject(name: str, text: str) -> str:
    subject = f"[detente] {name}: {text}"
    return subject if len(subject) <= _SUBJECT_LENGTH else subject[: _SUBJECT_LENGTH - 3] + "..."


def send(server: Notices, notice: Notice) -> None:
    """Hand a notice to the mail server.

    Raises
    ------
    NoticeError
        No server is named, or it does not take the notice.
    """
    if not server.host:
        raise NoticeError(
            "Expected a mail server under [notices] in detente.toml (host, from, to), got none."
            + (
                f" The Prefect block {server.prefect_block} is reached by flows alone: `python -m "
                "flows.notices` sends it a test."
                if server.prefect_block
                else ""
            )
        )
    message = _message(server, notice)
    try:
        with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as connection:
            if server.starttls:
                connection.starttls(context=ssl.create_default_context())
            if server.user:
                connection.login(server.user, _password())
            connection.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise NoticeError(
            f"{server.host}:{server.port} did not take the notice {notice.subject!r}: "
            f"{_reason(error)}. Check [notices] in detente.toml; `detente notice` sends a test."
        ) from error


def _message(server: Notices, notice: Notice) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = " ".join(notice.subject.split())
    message["From"] = server.sender
    message["To"] = ", ".join(server.to)
    # An automatic message asks for no answer from an automatic responder (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    if notice.html:
        message.add_alternative(notice.html, subtype="html")
    return message


def _password() -> str:
    password = os.environ.get(PASSWORD, "")
    if not password:
        raise NoticeError(
            f"[notices] names a user, and the environment variable {PASSWORD} that should hold the "
            "password is empty."
        )
    return password


def _reason(error: Exception) -> str:
    """Say what went wrong; an answer of the server may echo what was sent, so only its code."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"it refused user and password ({error.smtp_code})"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"it refused every address of {', '.join(error.recipients)}"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"it answered {error.smtp_code}"
    return f"{type(error).__name__}: {error}"
