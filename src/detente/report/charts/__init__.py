"""The charts, as Vega-Lite specifications. One specification serves the page and the PDF."""

from detente.report.charts.changes import regimes
from detente.report.charts.curves import paths, responses
from detente.report.charts.forecasts import fan
from detente.report.charts.kinds import quad_years
from detente.report.charts.matrix import actor_grid, dyad_matrix
from detente.report.charts.months import marked_months
from detente.report.charts.scores import score, small_scores
from detente.report.charts.style import Spec
from detente.report.charts.timeline import dyad_timeline
from detente.report.charts.years import directed_years, years_of

__all__ = [
    "Spec",
    "actor_grid",
    "directed_years",
    "dyad_matrix",
    "dyad_timeline",
    "fan",
    "marked_months",
    "paths",
    "quad_years",
    "regimes",
    "responses",
    "score",
    "small_scores",
    "years_of",
]
