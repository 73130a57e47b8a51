"""Say what is wrong with a study and which command fixes it. Nothing is written."""

from __future__ import annotations

from detente.base.errors import DetenteError
from detente.database.published import Published
from detente.operations.doctor import days, events, published, runs, store
from detente.operations.doctor.finding import Finding
from detente.refresh import publish
from detente.settings import Settings

__all__ = ["Finding", "examine"]


def examine(settings: Settings, *, deep: bool = False) -> list[Finding]:
    """Look at the settings, the published database, the last run and what was rejected.

    Parameters
    ----------
    deep
        Read everything: the published databases, every account against the events of its file, and
        every download against its checksum.
    """
    findings = [Finding("ok", "settings", f"{settings.home / 'detente.toml'} is valid")]
    findings += [
        Finding(
            "note",
            "settings",
            f"[sources.{name}] has settings, but does not say `enabled = true`: nothing is loaded",
            f"write `enabled = true` into [sources.{name}], or remove the section",
        )
        for name in settings.sources.left_off
    ]
    stored = store.event_store(settings, deep=deep)
    stored += store.on_disk(settings, deep=deep)
    stored += store.strays_beside(settings)
    if deep:
        stored += store.read_through(settings)
    try:
        with Published(settings.database) as database:
            findings += published.layout(database)
            findings += published.built(settings.database, database)
            findings += published.moved(settings, database)
            findings += events.rejected(database)
            findings += days.coverage(database)
            findings += events.without_events(database)
            findings += days.open_ends(database)
            findings += days.long_silences(database)
            findings += events.letters(database)
            findings += days.gaps(database)
            findings += days.lacking(database)
            findings += events.noted(database)
            findings += events.unknown_actors(database)
            findings += events.left_out(database)
            findings += events.downloads(database)
            findings += days.short_days(database)
            findings += days.part_days(database)
            findings += events.goldstein(database)
    except DetenteError as error:
        # A database whose parts of the store are damaged cannot be read either.
        is_damaged = any(one.severity == "problem" for one in stored)
        remedy = "detente rebuild" if is_damaged else "detente refresh"
        findings.append(Finding("problem", "database", str(error), remedy))
    findings += published.as_of(settings.processed)
    findings += stored
    findings += runs.late(settings)
    findings += runs.disk(settings)
    findings += runs.pending(settings)
    findings += runs.last_run(settings)
    findings += [
        Finding("note", "left over", f"{path} was left by a run that was killed", "detente refresh")
        for path in publish.left_over(settings.processed)
    ]
    return findings
