"""The questions asked of the series: what changed, whose acts predict whose, what an event did.

Pure functions over arrays and pandas series; no database and no files. Every result carries its
hypotheses, sample and settings as data, so that a report never has to know them.
"""
