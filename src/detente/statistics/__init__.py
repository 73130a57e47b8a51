"""The questions asked of the series: what changed, who answers whom, what an event did.

Pure functions over arrays and pandas series; no database and no files. Every result carries its
hypotheses, sample and settings as data, so that a report never has to know them.
"""
