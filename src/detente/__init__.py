"""Measure relations between states from event records."""

__version__ = "0.1.0"
