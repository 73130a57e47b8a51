"""The charts, as Vega-Lite specifications. One specification serves the page and the PDF."""

from detente.report.charts.directed import directed_years
from detente.report.charts.matrix import dyad_matrix
from detente.report.charts.style import Spec
from detente.report.charts.timeline import dyad_timeline

__all__ = ["Spec", "directed_years", "dyad_matrix", "dyad_timeline"]
