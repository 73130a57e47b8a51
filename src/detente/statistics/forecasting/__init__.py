"""What comes next: predictive distributions, and how well they did.

``detente.statistics.forecasting.outlook`` holds the mix of the past and the level with its
calibrated intervals, ``detente.statistics.forecasting.mix`` makes it from every month of the
past.
"""
