"""Breaks in the mean of a series: tests, dates, and how robust they are."""
