"""The event store: Parquet parts, the ledger that lists them, and what loads into both."""
