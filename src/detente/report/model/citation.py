"""How to cite the software, a report and the facts, as text and as BibTeX."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detente.report import language
from detente.report.language import Language
from detente.report.model.origin import Provenance

_AUTHORS = "The detente contributors"
_SPECIAL = re.compile(r"([&%$#_{}])")


@dataclass(frozen=True)
class Citation:
    """One thing to cite.

    Attributes
    ----------
    of
        What is cited.
    text
        The reference as running text.
    bibtex
        The same as a BibTeX entry; empty for the facts, whose producers word theirs themselves.
    """

    of: str
    text: str
    bibtex: str = ""


def software(version: str, year: int, say: Language) -> Citation:
    """Return how to cite detente in the version that made a report."""
    title = "detente: measure relations between states from event records"
    return Citation(
        say("methods.cite_software"),
        f"{_AUTHORS} ({year}). {title}. Version {version}. MIT licence.",
        entry(
            "software",
            "detente",
            author=f"{{{_AUTHORS}}}",
            title=escape(title),
            year=str(year),
            version=escape(version),
            note="MIT licence",
        ),
    )


def database(study: str, title: str, provenance: Provenance, year: int, say: Language) -> Citation:
    """Return how to cite the numbers of a report: the study, and the inputs that give them again.

    By its title: who made a study is not known, and the authors of detente did not.

    Parameters
    ----------
    study, title
        Names of the study and of its reports.
    provenance
        What the numbers rest on.
    year
        Year as of which the database stands.
    """
    digest = provenance.inputs_sha256
    covered = _covered(provenance)
    # The commit of the study's folder, which says nothing of an installed program.
    if provenance.git_revision:
        covered += f"; revision {provenance.git_revision}"
    of_study = "" if study == title else f" (study: {study})"
    return Citation(
        say("methods.cite_numbers"),
        f"{title}{of_study}, {year}; {covered}. Computed with detente. "
        f"Inputs SHA-256 {digest[:16]}.",
        entry(
            "misc",
            f"detente-{digest[:8]}",
            title=escape(title),
            year=str(year),
            howpublished="Computed with detente",
            note=escape(f"Study {study}; {covered}; inputs SHA-256 {digest}"),
        ),
    )


def _covered(provenance: Provenance) -> str:
    """Say what the numbers cover; a citation is English, whatever the page is."""
    day = language.load().day
    if provenance.first_day is None or provenance.complete_to is None:
        return "no complete coverage"
    return f"acts from {day(provenance.first_day)}, complete to {day(provenance.complete_to)}"


def entry(kind: str, key: str, **fields: str) -> str:
    """Return a BibTeX entry; values are written as they are."""
    width = max(map(len, fields))
    lines = [f"  {name:<{width}} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def escape(text: str) -> str:
    """Return text that BibTeX and LaTeX print as it stands."""
    plain = text.replace("\\", "\0")
    plain = _SPECIAL.sub(r"\\\1", plain)
    plain = plain.replace("~", r"\textasciitilde{}").replace("^", r"\textasciicircum{}")
    return plain.replace("\0", r"\textbackslash{}")
