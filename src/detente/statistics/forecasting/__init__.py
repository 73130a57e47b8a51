"""What comes next: predictive distributions, how well they did, and which one to believe.

Pure functions over arrays of months. :mod:`~detente.inference.forecasting.backtest` runs the models
as if at past months, with what was known then; :mod:`~detente.inference.forecasting.choice` picks
on the earlier part of that record and judges on the later one.
"""
