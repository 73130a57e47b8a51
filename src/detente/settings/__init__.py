"""The study: `detente.toml`, validated, immutable, unknown keys refused.

Every path in the file is relative to the file itself, so a study works from any directory.
"""

from detente.base.study_file import FILE_NAME, find
from detente.settings.engine import Engine
from detente.settings.inference import Forecasts, Hypothesis, Inference
from detente.settings.operations import Checks, Notices, Query, Report
from detente.settings.root import Settings, load
from detente.settings.section import CameoCode, Iso3
from detente.settings.series import RECORDS, ReportedSeries, SeriesAsked, SeriesChoice
from detente.settings.sources import (
    BigQuerySection,
    CsvField,
    CsvSection,
    Downloads,
    ReleaseSection,
    SourceName,
    Sources,
    SourceSection,
)
from detente.settings.study import (
    Index,
    Paths,
    Recode,
    Records,
    RuleChange,
    Scope,
    Study,
    TakingBack,
    TargetsByValue,
)

__all__ = [
    "FILE_NAME",
    "RECORDS",
    "BigQuerySection",
    "CameoCode",
    "Checks",
    "CsvField",
    "CsvSection",
    "Downloads",
    "Engine",
    "Forecasts",
    "Hypothesis",
    "Index",
    "Inference",
    "Iso3",
    "Notices",
    "Paths",
    "Query",
    "Recode",
    "Records",
    "ReleaseSection",
    "Report",
    "ReportedSeries",
    "RuleChange",
    "Scope",
    "SeriesAsked",
    "SeriesChoice",
    "Settings",
    "SourceName",
    "SourceSection",
    "Sources",
    "Study",
    "TakingBack",
    "TargetsByValue",
    "find",
    "load",
]
