"""What a report says, before anybody decides how it looks.

Everything a page shows is read here from the published database; the renderers only lay it out.
"""

from detente.report.model.content import (
    Actor,
    Break,
    DyadLine,
    DyadReport,
    Finding,
    Marked,
    Occurrence,
    Overview,
    Period,
    Provenance,
    Question,
    RankedMonth,
    RawFile,
)
from detente.report.model.dyads import dyad
from detente.report.model.origin import provenance
from detente.report.model.overviews import overview
from detente.report.model.records import SOURCE
from detente.report.model.summary import summary

__all__ = [
    "SOURCE",
    "Actor",
    "Break",
    "DyadLine",
    "DyadReport",
    "Finding",
    "Marked",
    "Occurrence",
    "Overview",
    "Period",
    "Provenance",
    "Question",
    "RankedMonth",
    "RawFile",
    "dyad",
    "overview",
    "provenance",
    "summary",
]
