"""Statistics on arrays and series: models, tests and scores, without a database."""
