"""Where the heavy statements of a refresh run: in DuckDB, or on an engine that others share."""
