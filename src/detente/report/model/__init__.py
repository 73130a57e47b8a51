"""What a report says, before anybody decides how it looks.

Everything a page shows is read here from the published database; the renderers only lay it out.
"""

from detente.report.model.content import (
    Actor,
    Break,
    DyadLine,
    DyadReport,
    Finding,
    Forecast,
    ForecastMonth,
    ForecastScore,
    Marked,
    Occurrence,
    OtherSearch,
    Overview,
    Part,
    Period,
    Provenance,
    Question,
    RankedMonth,
    RawFile,
    Regime,
    TriadLine,
    TriadReport,
    TriadTest,
)
from detente.report.model.dyads import dyad
from detente.report.model.origin import provenance
from detente.report.model.overviews import line, overview
from detente.report.model.records import SOURCE
from detente.report.model.summary import summary
from detente.report.model.triads import has_dyads, triad

__all__ = [
    "SOURCE",
    "Actor",
    "Break",
    "DyadLine",
    "DyadReport",
    "Finding",
    "Forecast",
    "ForecastMonth",
    "ForecastScore",
    "Marked",
    "Occurrence",
    "OtherSearch",
    "Overview",
    "Part",
    "Period",
    "Provenance",
    "Question",
    "RankedMonth",
    "RawFile",
    "Regime",
    "TriadLine",
    "TriadReport",
    "TriadTest",
    "dyad",
    "has_dyads",
    "line",
    "overview",
    "provenance",
    "summary",
    "triad",
]
