"""Reports: one content model, rendered as HTML and as PDF from the same charts."""

from detente.report.render import render_all, render_chosen

__all__ = ["render_all", "render_chosen"]
