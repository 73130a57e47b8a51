"""The level of relations: a state-space model of cooperation and of conflict, month by month.

A dyad's cooperation, and its conflict, is a sum of points that comes in occurrences: many months
are zero, some are large. `tweedie` holds its distribution, `model` the model and its prior, `mode`
the most likely path of the state, `nodes` the values that the parameters may take, `filtering` what
is known of the state month by month, and `summary` what a reader is told.
"""
