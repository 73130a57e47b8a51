"""The one place that opens DuckDB: builds the tables, reads the published file, runs checks."""
