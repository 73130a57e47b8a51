"""The charts of the report: plain SVG, drawn by pure functions."""
