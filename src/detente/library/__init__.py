"""What `import detente` offers in a notebook: a study, and tests on any series."""
