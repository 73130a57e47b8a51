"""Reports: one content model, rendered as HTML and as PDF from the same charts."""
