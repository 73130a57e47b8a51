"""Studies as a person makes them: from an empty folder, actors by name, sources tried first."""
